//! Which institution comes first among those that match equally well: the ones that the tenant's own connections stand at, then those
//! of the countries that they stand in, and of equals the one that can be reached now.

use super::parts;
use crate::store::directory::CountRow;
use gesher_directory::{Directory, Filter, Found, Institution};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Connections that have to be unreached before an institution counts as one in trouble.
const FEWEST: i64 = 2;

/// What connections say, by tenant and mode.
#[derive(Debug, Default)]
pub struct Standings {
    of: HashMap<(String, String), Arc<Counted>>,
    /// By mode; of tenants' own institutions by who sees them.
    troubled: HashMap<String, Arc<HashSet<String>>>,
}

#[derive(Debug, Default)]
struct Counted {
    by_institution: HashMap<String, u32>,
    /// Few: they are gone through for each institution that matches.
    by_country: Vec<(String, u32)>,
}

impl Counted {
    fn country(&self, country: &str) -> Option<u32> {
        self.by_country.iter().find(|(known, _)| known == country).map(|(_, count)| *count)
    }

    fn add(&mut self, country: &str, number: u32) {
        match self.by_country.iter_mut().find(|(known, _)| known == country) {
            Some((_, count)) => *count = count.saturating_add(number),
            None => self.by_country.push((country.to_owned(), number)),
        }
    }
}

/// What comes first for a tenant in a mode.
#[derive(Clone, Debug)]
pub struct Standing {
    counted: Option<Arc<Counted>>,
    /// Everybody's in this mode, and the tenant's own.
    troubled: [Option<Arc<HashSet<String>>>; 2],
    /// Those that did not answer the tenant again and again.
    open: Option<Arc<HashSet<String>>>,
}

impl Standings {
    /// From the counts of connections.
    pub fn new(counts: &[CountRow], directory: &Directory) -> Self {
        let mut of: HashMap<(String, String), Counted> = HashMap::new();
        let mut totals: HashMap<(String, &str), (i64, i64)> = HashMap::new();
        for row in counts {
            let counted = of.entry((row.tenant_id.clone(), row.mode.clone())).or_default();
            let number = u32::try_from(row.standing).unwrap_or(u32::MAX);
            counted.by_institution.insert(row.institution_id.clone(), number);
            let viewer = parts::viewer(&row.tenant_id, &row.mode);
            if let Some(institution) = directory.seen_by(&viewer).get(&row.institution_id) {
                counted.add(&institution.country, number);
            }
            let is_common = directory.get(&row.institution_id).is_some();
            let scope = if is_common { row.mode.clone() } else { viewer };
            let total = totals.entry((scope, &row.institution_id)).or_default();
            *total = (total.0 + row.standing, total.1 + row.unreached);
        }
        let mut troubled: HashMap<String, HashSet<String>> = HashMap::new();
        for ((scope, id), (standing, unreached)) in totals {
            if unreached >= FEWEST && unreached * 2 >= standing {
                troubled.entry(scope).or_default().insert(id.to_owned());
            }
        }
        Self {
            of: of.into_iter().map(|(key, counted)| (key, Arc::new(counted))).collect(),
            troubled: troubled.into_iter().map(|(scope, ids)| (scope, Arc::new(ids))).collect(),
        }
    }

    /// What comes first for this tenant in this mode.
    pub fn of(&self, tenant: &str, mode: &str) -> Standing {
        Standing {
            counted: self.of.get(&(tenant.to_owned(), mode.to_owned())).cloned(),
            troubled: [mode, &parts::viewer(tenant, mode)].map(|scope| self.troubled.get(scope).cloned()),
            open: None,
        }
    }
}

impl Standing {
    /// With those that do not answer the tenant now.
    #[must_use]
    pub fn with_open(self, open: Option<Arc<HashSet<String>>>) -> Self {
        Self { open, ..self }
    }

    /// The institution's place; less comes first. It is asked of thousands in one search: who stands in no country of the tenant's
    /// connections is not looked up.
    pub fn place(&self, institution: &Institution) -> u64 {
        let most = u64::from(Self::MOST);
        let troubled = u64::from(self.is_troubled(&institution.id));
        let counted = self.counted.as_deref();
        let Some((counted, country)) = counted.and_then(|counted| Some((counted, counted.country(&institution.country)?))) else {
            return (most << 32) | (most << 1) | troubled;
        };
        let own = counted.by_institution.get(&institution.id).copied().unwrap_or_default();
        let (own, country) = (u64::from(own.min(Self::MOST)), u64::from(country.min(Self::MOST)));
        ((most - own) << 32) | ((most - country) << 1) | troubled
    }

    /// What matches the query, in this order among those that match equally well.
    pub fn search<'a>(&self, directory: &'a Directory, query: &str, filter: &Filter, limit: usize) -> Found<'a> {
        let place = |institution: &Institution| self.place(institution);
        let all_alike = self.counted.is_none() && self.troubled.iter().chain([&self.open]).all(Option::is_none);
        directory.search(query, filter, if all_alike { None } else { Some(&place) }, limit)
    }

    /// Beyond so many connections all are as many.
    const MOST: u32 = 0x3fff_ffff;

    /// Whether most of its connections could not be brought up to date when that was last tried, or it does not answer now.
    pub fn is_troubled(&self, id: &str) -> bool {
        self.troubled.iter().chain([&self.open]).flatten().any(|ids| ids.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(tenant: &str, institution: &str, standing: i64, unreached: i64) -> CountRow {
        CountRow {
            tenant_id: tenant.into(),
            mode: "live".into(),
            institution_id: institution.into(),
            standing,
            unreached,
        }
    }

    fn order(standings: &Standings, tenant: &str, mode: &str, ids: &[&str]) -> Vec<String> {
        let directory = Directory::israel();
        let standing = standings.of(tenant, mode);
        let mut found: Vec<_> = ids.iter().map(|id| directory.get(id).expect(id)).collect();
        found.sort_by_key(|institution| standing.place(institution));
        found.into_iter().map(|institution| institution.id.clone()).collect()
    }

    #[test]
    fn own_connections_come_first_and_nobody_elses_count() {
        let counts = [row("a", "il-max", 5, 0), row("a", "il-cal", 2, 0), row("b", "il-leumi", 900, 0)];
        let standings = Standings::new(&counts, &Directory::israel());
        let ids = ["il-leumi", "il-cal", "il-max"];
        assert_eq!(order(&standings, "a", "live", &ids), ["il-max", "il-cal", "il-leumi"]);
        assert_eq!(order(&standings, "a", "test", &ids), ids);
        assert_eq!(order(&standings, "c", "live", &ids), ids);
    }

    #[test]
    fn trouble_comes_last_and_not_before_connections() {
        let counts = [
            row("a", "il-max", 4, 0),
            row("a", "il-cal", 4, 4),
            row("a", "il-leumi", 9, 9),
            row("b", "il-max", 1, 1),
        ];
        let standings = Standings::new(&counts, &Directory::israel());
        assert_eq!(
            order(&standings, "a", "live", &["il-cal", "il-max", "il-leumi"]),
            ["il-leumi", "il-max", "il-cal"]
        );
        // A test key's play is no trouble of the live mode.
        let mut played = row("a", "il-yahav", 9, 9);
        played.mode = "test".into();
        let in_test = Standings::new(&[played], &Directory::israel());
        assert!(in_test.of("b", "test").is_troubled("il-yahav") && !in_test.of("b", "live").is_troubled("il-yahav"));
        let standing = standings.of("b", "live");
        let troubled: Vec<_> = ["il-leumi", "il-cal", "il-max"]
            .into_iter()
            .filter(|id| standing.is_troubled(id))
            .collect();
        assert_eq!(troubled, ["il-leumi", "il-cal"], "one of five is not most of them");
    }
}
