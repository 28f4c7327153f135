//! The institutions that the sandbox plays, and what each of them is.
//!
//! Thousands of real ones have no part of their own here: one of the three with `any-` in their id stands for each of them.

/// What an institution keeps for its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Current accounts and savings of a household.
    Household,
    /// Payment cards.
    Cards,
    /// Insurance and savings policies.
    Policies,
    /// Accounts of a company.
    Business,
    /// Loans to a household.
    Loans,
    /// Portfolios of securities.
    Securities,
}

/// What its login form asks for beside the national id and the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Nothing else.
    Nothing,
    /// A user name.
    Username,
    /// A user code of the bank's own.
    UserCode,
    /// A second code that the bank sent by post.
    SecondCode,
    /// The last six digits of a card.
    CardDigits,
    /// An e-mail address.
    Email,
    /// The company's number and a user name.
    Company,
    /// One field of each kind.
    Everything,
}

/// What comes after a right login form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A code by SMS.
    Code,
    /// The choice of a method: a code by SMS, a code in a call, an approval in the app.
    Methods,
    /// A security question.
    Question,
    /// A picture whose digits are to be typed.
    Picture,
    /// A code by SMS, then the choice of the accounts that are given.
    CodeThenAccounts,
}

/// One institution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Institution {
    /// The id in the address, which is the route's id at the sandbox provider.
    pub(crate) id: &'static str,
    /// The bank's number in an IBAN. Issuers have none.
    pub(crate) code: u16,
    /// What it keeps.
    pub(crate) keeps: Keeps,
    /// What its form asks for.
    pub(crate) asks: Asks,
    /// What it asks for after the form.
    pub(crate) challenge: Challenge,
}

const fn bank(id: &'static str, code: u16, asks: Asks) -> Institution {
    Institution {
        id,
        code,
        keeps: Keeps::Household,
        asks,
        challenge: Challenge::Code,
    }
}

const fn challenging(id: &'static str, code: u16, challenge: Challenge) -> Institution {
    Institution {
        challenge,
        ..bank(id, code, Asks::Username)
    }
}

const fn issuer(id: &'static str, asks: Asks) -> Institution {
    Institution {
        id,
        code: 0,
        keeps: Keeps::Cards,
        asks,
        challenge: Challenge::Code,
    }
}

/// How many of [`INSTITUTIONS`], from the first, are invented.
const INVENTED: usize = 10;

/// All of them. The invented ones have bank numbers that no bank has.
static INSTITUTIONS: [Institution; 41] = [
    bank("sandbox-bank", 990, Asks::Username),
    issuer("sandbox-card", Asks::Username),
    Institution {
        id: "sandbox-insurance",
        code: 992,
        keeps: Keeps::Policies,
        asks: Asks::Username,
        challenge: Challenge::Code,
    },
    Institution {
        id: "sandbox-business",
        code: 993,
        keeps: Keeps::Business,
        asks: Asks::Company,
        challenge: Challenge::Code,
    },
    challenging("sandbox-methods", 980, Challenge::Methods),
    challenging("sandbox-question", 981, Challenge::Question),
    challenging("sandbox-picture", 982, Challenge::Picture),
    challenging("sandbox-accounts", 983, Challenge::CodeThenAccounts),
    bank("sandbox-forms", 984, Asks::Everything),
    Institution {
        keeps: Keeps::Securities,
        ..bank("sandbox-broker", 987, Asks::Username)
    },
    bank("il-leumi", 10, Asks::Username),
    bank("il-discount", 11, Asks::SecondCode),
    bank("il-hapoalim", 12, Asks::UserCode),
    bank("il-mizrahi", 20, Asks::Username),
    bank("il-fibi", 31, Asks::Username),
    bank("il-mercantile", 17, Asks::SecondCode),
    bank("il-massad", 46, Asks::Username),
    bank("il-yahav", 4, Asks::Username),
    bank("il-jerusalem", 54, Asks::Username),
    bank("il-onezero", 18, Asks::Email),
    bank("il-otsar-hahayal", 14, Asks::Username),
    bank("il-pagi", 52, Asks::Username),
    bank("il-ubank", 26, Asks::Username),
    bank("il-union", 13, Asks::Username),
    bank("il-esh", 3, Asks::Username),
    bank("il-postal", 9, Asks::Username),
    bank("il-citibank", 22, Asks::Username),
    bank("il-hsbc", 23, Asks::Username),
    bank("il-sbi", 39, Asks::Username),
    bank("il-bank-of-israel", 99, Asks::Username),
    bank("il-pepper", 10, Asks::Username),
    issuer("il-isracard", Asks::CardDigits),
    issuer("il-max", Asks::Username),
    issuer("il-cal", Asks::Username),
    issuer("il-amex", Asks::CardDigits),
    issuer("il-diners", Asks::Username),
    issuer("il-beyahad-bishvilha", Asks::Nothing),
    issuer("il-behatsdaa", Asks::Nothing),
    bank("any-bank", 985, Asks::Username),
    issuer("any-card", Asks::Username),
    Institution {
        id: "any-insurer",
        code: 986,
        keeps: Keeps::Policies,
        asks: Asks::Username,
        challenge: Challenge::Code,
    },
];

/// Every institution.
#[cfg(test)]
pub(crate) fn all() -> &'static [Institution] {
    &INSTITUTIONS
}

/// Those that exist nowhere but here.
pub(crate) fn invented() -> &'static [Institution] {
    &INSTITUTIONS[..INVENTED]
}

/// The institution with this id.
pub(crate) fn find(id: &str) -> Option<&'static Institution> {
    INSTITUTIONS.iter().find(|institution| institution.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_the_invented_come_first() {
        let real = |id: &str| id.starts_with("il-") || id.starts_with("any-");
        let ids: HashSet<_> = all().iter().map(|institution| institution.id).collect();
        assert_eq!(ids.len(), all().len());
        assert!(invented().iter().all(|institution| institution.id.starts_with("sandbox-")));
        assert!(all()[INVENTED..].iter().all(|institution| real(institution.id)));
    }

    #[test]
    fn what_keeps_accounts_has_a_bank_number_and_an_issuer_has_none() {
        for institution in all() {
            assert_eq!(institution.code == 0, institution.keeps == Keeps::Cards, "{}", institution.id);
            assert!(institution.code < 1000);
        }
    }
}
