//! People for whom the vendor itself misbehaves. No other sandbox bank knows them.

use crate::banks::psu::PsuId;

/// What the vendor does wrong for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quirk {
    /// Every other call for data is one too many.
    TooMany,
    /// Each page of transactions begins with the last of the page before it.
    Overlap,
    /// The pages of transactions have no end: the next is always the first.
    Circle,
    /// Every webhook comes twice.
    TwiceTold,
    /// The webhooks never come.
    Untold,
}

/// Whose quirk is promised.
pub(super) const QUIRKS: [(&str, Quirk); 5] = [
    ("316159201", Quirk::TooMany),
    ("316159219", Quirk::Overlap),
    ("316159227", Quirk::Circle),
    ("316159235", Quirk::TwiceTold),
    ("316159243", Quirk::Untold),
];

/// The quirk that a person meets, if any.
pub(super) fn of(psu: &PsuId) -> Option<Quirk> {
    QUIRKS.iter().find(|(id, _)| *id == psu.as_str()).map(|(_, quirk)| *quirk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::banks::psu::{Outcome, TEST_USERS};
    use crate::psd2::manner::PSD2_USERS;
    use crate::trouble::TROUBLED;

    #[test]
    fn they_are_ids_and_nobody_elses() {
        for (id, quirk) in QUIRKS {
            let psu = PsuId::parse(id).expect(id);
            assert_eq!((of(&psu), psu.outcome()), (Some(quirk), Outcome::Active));
            let others = TEST_USERS.iter().map(|(id, _)| *id).chain(PSD2_USERS.iter().map(|(id, _)| *id));
            let others = others.chain(TROUBLED.iter().map(|(id, _)| *id));
            assert!(others.into_iter().all(|other| other != id), "{id}");
        }
    }
}
