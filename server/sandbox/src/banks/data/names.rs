//! Names and numbers of accounts: invented owners, IBANs whose check digits hold, card numbers with their middle hidden.

use crate::random::Dice;

const FIRST: [&str; 16] = [
    "נועה", "יואב", "תמר", "אורי", "מאיה", "איתי", "שירה", "עידו", "רוני", "גיל", "יעל", "עומר", "דנה", "אסף", "הילה", "ניר",
];
const LAST: [&str; 14] = [
    "אלמוגי",
    "ברקתי",
    "גולנר",
    "דקלון",
    "שקדיאל",
    "זיתוני",
    "חרמוני",
    "כרמלון",
    "סביון",
    "ערבון",
    "תבורי",
    "רימוני",
    "ארזון",
    "אשלון",
];
const COMPANIES: [&str; 6] = [
    "מאפיית הגליל בע״מ",
    "סטודיו אגוז בע״מ",
    "קפה הערבה בע״מ",
    "גלריית השקמה בע״מ",
    "בית הדפוס התבור בע״מ",
    "משתלת הרימון בע״מ",
];

/// The invented name of a person.
pub(crate) fn person(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&FIRST), dice.pick(&LAST))
}

/// The invented name of a company.
pub(crate) fn company(dice: &mut Dice) -> String {
    dice.pick(&COMPANIES).to_owned()
}

/// An Israeli IBAN: bank, branch and a thirteen-digit account, with the two check digits in front.
pub(crate) fn iban(bank: u16, branch: u16, account: u32) -> String {
    let domestic = format!("{bank:03}{branch:03}{account:013}");
    // I is 18 and L is 21 (ISO 13616); the check digits make the whole 1 modulo 97.
    let check = 98 - remainder(&format!("{domestic}182100"));
    format!("IL{check:02}{domestic}")
}

/// Remainder modulo 97 of a number written in digits.
fn remainder(digits: &str) -> u32 {
    digits.bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97)
}

#[cfg(test)]
pub(crate) fn iban_holds(iban: &str) -> bool {
    let turned = format!("{}{}", &iban[4..], &iban[..4]);
    let digits: String = turned.chars().map(|letter| letter.to_digit(36).expect(iban).to_string()).collect();
    iban.len() == 23 && iban.starts_with("IL") && remainder(&digits) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registers_own_example_comes_out_and_holds() {
        // The example of the IBAN registry for Israel.
        assert_eq!(iban(10, 800, 99_999_999), "IL620108000000099999999");
        assert!(iban_holds("IL620108000000099999999"));
        assert!(!iban_holds("IL620108000000099999998"));
    }
}
