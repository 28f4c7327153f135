//! The check digit of an Israeli national id: checked in the page while a person types, and again by the server.

/// Digits of a full id; shorter ones are filled with zeros on the left.
const LENGTH: usize = 9;

/// Whether the text is a national id: up to nine digits, not all zero, whose check digit is right.
pub fn is_valid(text: &str) -> bool {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > LENGTH || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let weighed = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            weighed / 10 + weighed % 10
        })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn leading_zeros_do_not_matter() {
        for id in [
            "043510023",
            "43510023",
            "321547416",
            "1772268",
            "001772268",
            "8332884",
            "058766718",
            "050299338",
        ] {
            assert!(is_valid(id), "{id}");
        }
    }

    #[test]
    fn a_wrong_digit_is_found() {
        for id in [
            "043510024",
            "043510032",
            "",
            "0",
            "000000000",
            "0435100230",
            "43510023a",
            "-43510023",
        ] {
            assert!(!is_valid(id), "{id}");
        }
    }
}
