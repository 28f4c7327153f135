//! Small checks that need nothing but the text.

/// Digits of an Israeli national id.
const NATIONAL_ID_LEN: usize = 9;
/// Shortest and longest IBAN.
const IBAN_LEN: std::ops::RangeInclusive<usize> = 15..=34;

/// ISO 3166-1 alpha-2, all that are given out.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD \
    CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF \
    GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI \
    SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS YE YT ZA ZM ZW";

/// Why a text is not a national id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdError {
    /// It is empty or has something else than digits.
    #[error("digits only")]
    DigitsOnly,
    /// It has more than nine digits.
    #[error("more than nine digits")]
    TooLong,
    /// Its check digit is wrong.
    #[error("wrong check digit")]
    CheckDigit,
}

/// Checks an Israeli national id of up to nine digits and gives it with all nine.
///
/// Digits are weighed 1, 2, 1, 2, … from the left; the digits of each product are added; the sum is a multiple of ten.
///
/// # Errors
/// [`NationalIdError`].
pub fn national_id(text: &str) -> Result<String, NationalIdError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NationalIdError::DigitsOnly);
    }
    if text.len() > NATIONAL_ID_LEN {
        return Err(NationalIdError::TooLong);
    }
    let padded = format!("{text:0>NATIONAL_ID_LEN$}");
    let sum: u32 = padded
        .bytes()
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    // Nine zeros add up, and are nobody.
    if sum.is_multiple_of(10) && sum > 0 {
        Ok(padded)
    } else {
        Err(NationalIdError::CheckDigit)
    }
}

/// Whether a text is an IBAN whose check digits are right (ISO 13616, mod 97), without spaces, in capitals.
pub fn iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = IBAN_LEN.contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        // 00, 01 and 99 leave the same remainder as 97, 98 and 02, and are never given out.
        && !matches!(&bytes[2..4], b"00" | b"01" | b"99");
    if !shaped {
        return false;
    }
    let remainder = bytes[4..].iter().chain(&bytes[..4]).fold(0, |remainder: u32, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        letter => (remainder * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    remainder == 1
}

/// Whether a text is a country's code by ISO 3166-1 alpha-2, in capitals.
pub fn country(text: &str) -> bool {
    COUNTRIES.split(' ').any(|code| code == text)
}

/// Whether a text is written like a part of a country by ISO 3166-2: the country, a hyphen, one to three letters or digits.
pub fn region(text: &str) -> bool {
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    text.split_once('-')
        .is_some_and(|(of, part)| country(of) && (1..=3).contains(&part.len()) && plain(part))
}

/// Whether a text is an origin that a host page may have, written exactly as a browser writes it: `https`, or `http` on
/// this machine (`localhost`, `*.localhost`, `127.0.0.1`, `[::1]`) only; a host in lower case; a port unless it is the
/// scheme's own; and nothing else.
pub fn origin(text: &str) -> bool {
    let (rest, own_port, secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, "443", true),
        (None, Some(rest)) => (rest, "80", false),
        (None, None) => return false,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let port_fits = port.is_none_or(|port| {
        port != own_port && !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    let local = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "[::1]";
    port_fits && is_host(host) && (secure || local)
}

/// A DNS name in lower case, an IPv4 address as browsers write it, or `[::1]`.
fn is_host(host: &str) -> bool {
    if host == "[::1]" {
        return true;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let named = host.len() <= 253 && labels.iter().all(|label| is_label(label));
    // A last label of digits makes a browser read the whole as an IPv4 address, and rewrite all but one way to write it.
    let numeric = labels
        .last()
        .is_some_and(|last| last.starts_with(|first: char| first.is_ascii_digit()));
    named && (!numeric || is_ipv4(&labels))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || byte == b'-')
}

fn is_ipv4(labels: &[&str]) -> bool {
    labels.len() == 4
        && labels
            .iter()
            .all(|label| label.parse::<u8>().is_ok_and(|number| number.to_string() == **label))
}

/// Fewest and most characters of a passport's number.
const PASSPORT_LEN: std::ops::RangeInclusive<usize> = 5..=20;

/// Why a text is not a passport's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassportError {
    /// Fewer than five characters.
    TooShort,
    /// More than twenty.
    TooLong,
    /// Something else than Latin letters and digits.
    Characters,
}

/// Takes a passport's number, in upper case. There is no check digit that all countries share.
///
/// # Errors
/// [`PassportError`].
pub fn passport(text: &str) -> Result<String, PassportError> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Err(PassportError::Characters)
    } else if text.len() > *PASSPORT_LEN.end() {
        Err(PassportError::TooLong)
    } else if text.len() < *PASSPORT_LEN.start() {
        Err(PassportError::TooShort)
    } else {
        Ok(text.to_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_national_id_is_padded_to_nine_digits() {
        for (typed, whole) in [
            ("43510023", "043510023"),
            ("043510023", "043510023"),
            ("321547416", "321547416"),
            ("1772268", "001772268"),
            ("8332884", "008332884"),
            ("58766718", "058766718"),
            ("050299338", "050299338"),
            ("064837123", "064837123"),
            ("316159011", "316159011"),
            ("316159029", "316159029"),
            ("316159052", "316159052"),
        ] {
            assert_eq!(national_id(typed).as_deref(), Ok(whole));
        }
    }

    #[test]
    fn a_country_is_one_that_is_given_out_and_a_region_is_a_part_of_one() {
        for code in ["IL", "AD", "ZW", "GB"] {
            assert!(country(code), "{code}");
        }
        for text in ["il", "IS R", "XX", "UK", "ISR", "", " ", "AD AE"] {
            assert!(!country(text), "{text}");
        }
        for code in ["IL-TA", "US-CA", "FR-75C", "AT-9"] {
            assert!(region(code), "{code}");
        }
        for text in ["IL", "IL-", "IL-ABCD", "XX-TA", "il-ta", "IL-ta", "IL_TA", ""] {
            assert!(!region(text), "{text}");
        }
    }

    #[test]
    fn a_slip_in_a_national_id_is_seen() {
        for typed in ["043510024", "043510032", "403510023", "000000000", "0"] {
            assert_eq!(national_id(typed), Err(NationalIdError::CheckDigit), "{typed}");
        }
        let right = (0..=9).filter(|last| national_id(&format!("04351002{last}")).is_ok());
        assert_eq!(right.collect::<Vec<_>>(), [3]);
        assert_eq!(national_id("1043510023"), Err(NationalIdError::TooLong));
        for typed in ["", "04351002 3", "+43510023", "٠٤٣٥١٠٠٢٣"] {
            assert_eq!(national_id(typed), Err(NationalIdError::DigitsOnly), "{typed}");
        }
    }

    #[test]
    fn an_iban_checks_by_its_two_digits() {
        for good in ["IL620108000000099999999", "GB82WEST12345698765432", "DE89370400440532013000"] {
            assert!(iban(good), "{good}");
        }
        for bad in [
            "IL630108000000099999999",
            "IL620108000000099999998",
            "il620108000000099999999",
            "IL62 0108 0000 0009 9999 999",
            "IL62",
            "",
            "6L620108000000099999999",
            "ILX20108000000099999999",
            "ILשם0108000000099999999",
        ] {
            assert!(!iban(bad), "{bad}");
        }
    }

    #[test]
    fn an_iban_with_check_digits_that_nobody_gives_out_is_refused() {
        // Each pair leaves the same remainder; only the second of them can be given out.
        let with = |digits: &str| format!("GB{digits}WEST12345698765432");
        let remainders: Vec<String> = (0..100).map(|n| with(&format!("{n:02}"))).filter(|text| iban(text)).collect();
        assert_eq!(remainders, [with("82")]);
        let at_the_edge = |digits: &str| {
            (0..97)
                .map(|n| format!("GB{digits}WEST123456987654{n:02}"))
                .filter(|text| iban(text))
                .count()
        };
        assert_eq!((at_the_edge("00"), at_the_edge("01"), at_the_edge("99")), (0, 0, 0));
        assert_eq!((at_the_edge("97"), at_the_edge("98"), at_the_edge("02")), (1, 1, 1));
    }

    #[test]
    fn an_origin_is_written_exactly_as_a_browser_writes_it() {
        for good in [
            "https://shop.example",
            "https://shop.example:8443",
            "https://xn--4dbcagdahymbxekheh6e0a7fei0b.example",
            "https://192.0.2.7",
            "http://localhost",
            "http://localhost:3001",
            "http://shop.localhost",
            "http://127.0.0.1:3001",
            "http://[::1]:3001",
            "https://[::1]",
        ] {
            assert!(origin(good), "{good}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "",
            "https://",
            "https://:443",
            "shop.example",
            "//shop.example",
            "http://shop.example",
            "http://shop.example:80",
            "http://10.0.0.1",
            "http://notlocalhost",
            "http://localhost.shop.example",
            "http://.localhost",
            "ftp://shop.example",
            "HTTPS://shop.example",
            "https://Shop.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?q",
            "https://shop.example#f",
            "https://user@shop.example",
            "https://user:pass@shop.example",
            "https://*.shop.example",
            "https://*",
            "*",
            "null",
            "https://shop.example:",
            "https://shop.example:443",
            "http://localhost:80",
            "https://shop.example:0443",
            "https://shop.example:70000",
            "https://shop.example:+1",
            "https://shop..example",
            "https://shop.example.",
            "https://-shop.example",
            "https://shop_1.example",
            "https://שופ.example",
            "https://shop.example ",
            " https://shop.example",
            "https://shop.example\n",
            "https://127.1",
            "https://127.0.0.01",
            "https://256.0.0.1",
            "https://0x7f.0.0.1",
            "https://[::2]",
            "http://[::1",
            "http://::1",
            "https://a.b:c:1",
        ] {
            assert!(!origin(bad), "{bad}");
        }
    }
}
