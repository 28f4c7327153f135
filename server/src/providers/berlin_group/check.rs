//! What is wrong with what a tenant has set, found out without touching anybody's consent.

use super::BerlinGroup;
use super::client::{Client, Trouble};
use super::identity::{self, IdentityError};
use super::place::Unset;
use super::profile::{Host, Profile};
use super::seal::Seal;
use super::setting::{ALL, QSEALC_CERTIFICATE, QSEALC_KEY, QWAC_CERTIFICATE, QWAC_KEY};
use super::wire::ConsentStanding;
use crate::providers::{Cx, Remark};

/// A consent that is nobody's.
const NO_CONSENT: &str = "00000000-0000-4000-8000-000000000000";
/// Days before its end from which on a certificate is remarked upon.
const SOON: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

impl BerlinGroup {
    /// Looks at the certificates, and asks each bank that the tenant means to reach about a consent that is nobody's: one that lets us
    /// in does not know it.
    pub(super) async fn remarks(&self, cx: &Cx) -> Vec<Remark> {
        let mut remarks = self.of_certificates(cx);
        let readable = remarks.is_empty();
        for profile in self.profiles.values().filter(|profile| self.is_meant(profile, cx)) {
            let missing = profile.needs().into_iter().filter(|name| cx.settings.get(name).is_none());
            let missing: Vec<Remark> = ALL
                .iter()
                .filter(|setting| missing.clone().any(|name| name == setting.name))
                .map(Remark::missing)
                .collect();
            if !missing.is_empty() {
                remarks.extend(missing);
            } else if readable {
                remarks.extend(self.of_bank(cx, profile).await);
            }
        }
        remarks.dedup();
        remarks
    }

    /// Whether the tenant wants to reach a bank that needs something: one whose address is set, or one of the sandbox's for which all is.
    fn is_meant(&self, profile: &Profile, cx: &Cx) -> bool {
        let is_set = |name: &&str| cx.settings.get(name).is_some();
        let needs = profile.needs();
        match profile.host {
            Host::Operator => needs.last().is_some_and(is_set),
            _ => self.sandbox.is_some() && !needs.is_empty() && needs.iter().all(is_set),
        }
    }

    fn of_certificates(&self, cx: &Cx) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let is_set = |names: [&str; 2]| names.into_iter().any(|name| cx.settings.get(name).is_some());
        let now = cx.now.0.div_euclid(1_000_000);
        if is_set([QSEALC_CERTIFICATE, QSEALC_KEY]) {
            match Seal::of(&cx.settings) {
                Ok(seal) => remarks.extend(of_end(QSEALC_CERTIFICATE, seal.good_until, now)),
                Err(error) => remarks.push(Remark::new(format!("{error}."), "Set the QSealC and its key, each in PEM.")),
            }
        }
        if is_set([QWAC_CERTIFICATE, QWAC_KEY]) {
            let read = || -> Result<i64, IdentityError> {
                self.identities.client(&cx.settings)?;
                identity::good_until(&cx.settings)
            };
            match read() {
                Ok(end) => remarks.extend(of_end(QWAC_CERTIFICATE, end, now)),
                Err(error) => remarks.push(Remark::new(format!("{error}."), "Set the QWAC and its key, each in PEM.")),
            }
        }
        remarks
    }

    async fn of_bank(&self, cx: &Cx, profile: &Profile) -> Option<Remark> {
        let client = match self.client(cx, &profile.id) {
            Ok(client) => client,
            Err(error @ Unset::NotHttps(_)) => {
                return Some(Remark::new(format!("{error}."), "Set the address as the bank's portal has it."));
            }
            Err(error) => return Some(Remark::new(format!("{}: {error}.", profile.id), "Set what is missing.")),
        };
        let id = &profile.id;
        match client.asks_nobody().await {
            Ok(()) => None,
            Err(Trouble::Refused(refusal)) => {
                let code = refusal.code.as_deref().filter(|_| refusal.is_about_us())?;
                let remedy = "See that the certificates are the tenant's own, are not over, and are known to the bank.";
                Some(Remark::new(format!("{id} refuses us: {code}."), remedy))
            }
            Err(Trouble::Unreachable | Trouble::Silent { .. }) => Some(Remark::new(
                format!("{id} cannot be reached, or does not take the QWAC."),
                "See that its address is right and that this machine reaches it; then that the QWAC is the tenant's own.",
            )),
            Err(Trouble::Nonsense) => Some(Remark::new(
                format!("What answers at the address of {id} is no interface of NextGenPSD2."),
                "Set the address below which its /v1 is.",
            )),
        }
    }
}

impl Client<'_> {
    async fn asks_nobody(&self) -> Result<(), Trouble> {
        let address = self.resource(&["consents", NO_CONSENT, "status"])?;
        self.get::<ConsentStanding>(address, None, None).await.map(|_| ())
    }
}

fn of_end(name: &str, end: i64, now: i64) -> Option<Remark> {
    let days = (end - now).div_euclid(DAY);
    let finding = match days {
        days if days < 0 => format!("{name} is over."),
        days if days < SOON => format!("{name} ends in {days} days."),
        _ => return None,
    };
    Some(Remark::new(finding, "Set the certificate that follows it, with its key."))
}
