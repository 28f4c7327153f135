//! The institutions of the fake: names that nobody owns, in each of Plaid's countries.
//!
//! Each country has a bank with a form, a bank with pages of its own (OAuth) and a card issuer; a few more stand for what else there
//! is: one for companies, one without transactions, one whose logins fail at present.

use crate::banks::institutions as banks;
use crate::banks::institutions::{Asks, Challenge, Keeps};
use serde_json::{Value, json};

/// Plaid's countries (`CountryCode` of its interface file).
pub(crate) const COUNTRIES: [&str; 20] = [
    "US", "GB", "ES", "NL", "FR", "IE", "CA", "DE", "IT", "PL", "DK", "NO", "SE", "EE", "LT", "LV", "PT", "BE", "AT", "FI",
];

/// How its logins do at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Healthy,
    Degraded,
    Down,
}

/// One institution.
#[derive(Debug)]
pub(crate) struct Institution {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) country: &'static str,
    /// It has the person log in on a page of its own.
    pub(crate) oauth: bool,
    keeps: Keeps,
    health: Health,
}

const fn bank(id: &'static str, country: &'static str, name: &'static str) -> Institution {
    Institution {
        id,
        name,
        country,
        oauth: false,
        keeps: Keeps::Household,
        health: Health::Healthy,
    }
}

const fn oauth(id: &'static str, country: &'static str, name: &'static str) -> Institution {
    Institution {
        oauth: true,
        ..bank(id, country, name)
    }
}

const fn issuer(id: &'static str, country: &'static str, name: &'static str) -> Institution {
    Institution {
        keeps: Keeps::Cards,
        ..bank(id, country, name)
    }
}

static LIST: [Institution; 66] = [
    bank("ins_900001", "US", "Quillhaven Bank"),
    oauth("ins_900002", "US", "Marrowby National"),
    issuer("ins_900003", "US", "Tessellate Card"),
    Institution {
        keeps: Keeps::Business,
        ..bank("ins_900004", "US", "Ironloom Business Bank")
    },
    Institution {
        keeps: Keeps::Policies,
        ..bank("ins_900005", "US", "Larkspire Retirement")
    },
    Institution {
        health: Health::Down,
        ..bank("ins_900006", "US", "Dimlantern Credit Union")
    },
    Institution {
        health: Health::Degraded,
        ..bank("ins_900007", "US", "Slowmeadow Savings")
    },
    bank("ins_900011", "GB", "Wrenfold Bank"),
    oauth("ins_900012", "GB", "Hollowbeck Building Society"),
    issuer("ins_900013", "GB", "Pennifold Cards"),
    bank("ins_900021", "ES", "Banco Almarilla"),
    oauth("ins_900022", "ES", "Caja Roblenegro"),
    issuer("ins_900023", "ES", "Tarjeta Veredal"),
    bank("ins_900031", "NL", "Duinwolk Bank"),
    oauth("ins_900032", "NL", "Rietkraai Spaarbank"),
    issuer("ins_900033", "NL", "Kade Zestig Kaart"),
    bank("ins_900041", "FR", "Banque Clairbrume"),
    oauth("ins_900042", "FR", "Crédit Vallombrune"),
    issuer("ins_900043", "FR", "Carte Solenrive"),
    bank("ins_900051", "IE", "Ballyfenner Bank"),
    oauth("ins_900052", "IE", "Glenmorrow Credit Union"),
    issuer("ins_900053", "IE", "Shaleport Card"),
    bank("ins_900061", "CA", "Bank of Northlarch"),
    oauth("ins_900062", "CA", "Caisse Rivebouleau"),
    issuer("ins_900063", "CA", "Loonharbour Card"),
    bank("ins_900071", "DE", "Bank am Erlengrund"),
    oauth("ins_900072", "DE", "Sparbank Wiesenhöhe"),
    issuer("ins_900073", "DE", "Kranichkarte"),
    bank("ins_900081", "IT", "Banca Pietralupo"),
    oauth("ins_900082", "IT", "Cassa di Montefosco"),
    issuer("ins_900083", "IT", "Carta Lucerna Blu"),
    bank("ins_900091", "PL", "Bank Jarzębiny"),
    oauth("ins_900092", "PL", "Kasa Modrego Brodu"),
    issuer("ins_900093", "PL", "Karta Żurawia"),
    bank("ins_900101", "DK", "Egeskov Lund Bank"),
    oauth("ins_900102", "DK", "Klitheden Sparekasse"),
    issuer("ins_900103", "DK", "Mågekortet"),
    bank("ins_900111", "NO", "Granlia Bank"),
    oauth("ins_900112", "NO", "Fjordtind Sparebank"),
    issuer("ins_900113", "NO", "Rypekortet"),
    bank("ins_900121", "SE", "Björkhaga Bank"),
    oauth("ins_900122", "SE", "Tallmo Sparbank"),
    issuer("ins_900123", "SE", "Renkortet"),
    bank("ins_900131", "EE", "Kadakametsa Pank"),
    oauth("ins_900132", "EE", "Rannaliiva Hoiupank"),
    issuer("ins_900133", "EE", "Pääsukaart"),
    bank("ins_900141", "LT", "Ąžuolyno Krantas Bankas"),
    oauth("ins_900142", "LT", "Gintaro Kopos Unija"),
    issuer("ins_900143", "LT", "Gandro Kortelė"),
    bank("ins_900151", "LV", "Bērzupes Banka"),
    oauth("ins_900152", "LV", "Kāpu Krājbanka"),
    issuer("ins_900153", "LV", "Stārķa Karte"),
    bank("ins_900161", "PT", "Banco Sobralvivo"),
    oauth("ins_900162", "PT", "Caixa Pedrafria"),
    issuer("ins_900163", "PT", "Cartão Andorinhal"),
    bank("ins_900171", "BE", "Veldkapel Bank"),
    oauth("ins_900172", "BE", "Banque Houtmarelle"),
    issuer("ins_900173", "BE", "Leeuwerikkaart"),
    bank("ins_900181", "AT", "Bank Zirbenau"),
    oauth("ins_900182", "AT", "Almkasse Steinbichl"),
    issuer("ins_900183", "AT", "Gämsenkarte"),
    bank("ins_900191", "FI", "Koivuranta Pankki"),
    oauth("ins_900192", "FI", "Kuusilahden Säästöpankki"),
    issuer("ins_900193", "FI", "Joutsenkortti"),
    Institution {
        keeps: Keeps::Business,
        ..oauth("ins_900014", "GB", "Cooperfold Business Bank")
    },
    Institution {
        keeps: Keeps::Business,
        ..bank("ins_900074", "DE", "Werkbank Lindenhof")
    },
];

/// Every institution, in the order of the list.
pub(crate) fn all() -> &'static [Institution] {
    &LIST
}

/// The institution with this id.
pub(crate) fn find(id: &str) -> Option<&'static Institution> {
    LIST.iter().find(|institution| institution.id == id)
}

impl Institution {
    /// The same to the data of the fake banks.
    pub(crate) fn bank(&self) -> banks::Institution {
        banks::Institution {
            id: self.id,
            code: 979,
            keeps: self.keeps,
            asks: Asks::Nothing,
            challenge: Challenge::Code,
        }
    }

    /// What Plaid offers there.
    pub(crate) fn products(&self) -> &'static [&'static str] {
        match self.keeps {
            Keeps::Household | Keeps::Business => &["auth", "balance", "identity", "transactions"],
            Keeps::Cards | Keeps::Loans => &["balance", "identity", "liabilities", "transactions"],
            Keeps::Policies | Keeps::Securities => &["balance", "identity", "investments"],
        }
    }

    /// Whether it offers all of these. Balances come with any product.
    pub(crate) fn offers(&self, products: &[String]) -> bool {
        products.iter().all(|wanted| self.products().contains(&wanted.as_str()))
    }

    /// Its logins fail at present.
    pub(crate) fn is_down(&self) -> bool {
        self.health == Health::Down
    }

    /// It asks the person for their consent again from time to time, as banks of Europe do.
    pub(crate) fn consent_ends(&self) -> bool {
        self.oauth && !matches!(self.country, "US" | "CA")
    }

    /// The currency of its accounts.
    pub(crate) fn currency(&self) -> &'static str {
        match self.country {
            "US" => "USD",
            "GB" => "GBP",
            "CA" => "CAD",
            "DK" => "DKK",
            "NO" => "NOK",
            "SE" => "SEK",
            "PL" => "PLN",
            _ => "EUR",
        }
    }

    /// As the institutions' endpoints tell it.
    pub(crate) fn told(&self, optional: bool, status: bool) -> Value {
        let mut told = json!({
            "institution_id": self.id,
            "name": self.name,
            "products": self.products(),
            "country_codes": [self.country],
            "routing_numbers": [],
            "dtc_numbers": [],
            "oauth": self.oauth,
        });
        if optional {
            let host = self.id.replace('_', "-");
            told["url"] = json!(format!("https://{host}.example"));
            told["primary_color"] = json!(self.colour());
            told["logo"] = Value::Null;
        }
        if status {
            told["status"] = self.status();
        }
        told
    }

    fn colour(&self) -> &'static str {
        const COLOURS: [&str; 6] = ["#1f5f8b", "#7a3e00", "#2d6a4f", "#6d2e46", "#4a4e69", "#9a031e"];
        let sum: usize = self.id.bytes().map(usize::from).sum();
        COLOURS[sum % COLOURS.len()]
    }

    fn status(&self) -> Value {
        let (status, good, at_plaid, at_bank) = match self.health {
            Health::Healthy => ("HEALTHY", 0.96, 0.01, 0.03),
            Health::Degraded => ("DEGRADED", 0.62, 0.02, 0.36),
            Health::Down => ("DOWN", 0.0, 0.0, 1.0),
        };
        let product = json!({
            "status": status,
            "last_status_change": "2026-11-01T08:00:00Z",
            "breakdown": {
                "success": good,
                "error_plaid": at_plaid,
                "error_institution": at_bank,
                "refresh_interval": "NORMAL",
            },
        });
        json!({ "item_logins": product, "transactions_updates": product, "health_incidents": null })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_and_names_are_unique_and_every_country_has_both_kinds_of_login() {
        let ids: HashSet<_> = all().iter().map(|institution| institution.id).collect();
        let names: HashSet<_> = all().iter().map(|institution| institution.name).collect();
        assert_eq!((ids.len(), names.len()), (all().len(), all().len()));
        for country in COUNTRIES {
            for oauth in [true, false] {
                assert!(all().iter().any(|one| one.country == country && one.oauth == oauth), "{country}");
            }
        }
        assert!(all().iter().all(|one| COUNTRIES.contains(&one.country)));
    }
}
