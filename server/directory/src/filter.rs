//! What a session or key may see of the directory.
//!
//! **Contract.** One filter for search, for the look-up that choosing makes, and for the plain list.

use super::{Institution, Product, ProviderName, Route};
use gesher_contract::{IdType, TileKind};
use gesher_domain::checks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What a session or key may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A test key's: routes through the sandbox, and to what is invented, count.
    pub test_mode: bool,
    /// The sandbox's invented institutions too.
    pub include_invented: bool,
    /// These alone; all when absent.
    pub institution_ids: Option<BTreeSet<String>>,
    /// Those alone that take an id of this type: the host fixed one.
    pub psu_id_type: Option<IdType>,
    /// Those alone that ask for a company: the host fixed one.
    pub psu_corporate_id: bool,
    /// What else the host wants of them.
    pub narrowing: Narrowing,
    /// In lists and searches those too that cannot be reached, or not by a way that is wanted. They still cannot be chosen.
    pub include_unreached: bool,
    /// The ways that are open to whoever asks; a directory that knows who that is puts its own here.
    pub ways: Ways,
}

/// Which routes are open to somebody. All are, unless it is said.
#[derive(Clone, Default)]
pub struct Ways(Option<Arc<IsOpen>>);

type IsOpen = dyn Fn(&Route) -> bool + Send + Sync;

impl Ways {
    /// Those that this is true of. It may look at a route's provider and tier alone: institutions that are alike in all else that a filter
    /// asks about are asked about once.
    pub fn new(open: impl Fn(&Route) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(open)))
    }

    /// Whether all are open.
    pub(super) fn are_all_open(&self) -> bool {
        self.0.is_none()
    }

    fn has(&self, route: &Route) -> bool {
        self.0.as_ref().is_none_or(|open| open(route))
    }
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.are_all_open() { "Ways(all)" } else { "Ways(some)" })
    }
}

impl PartialEq for Ways {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Ways {}

/// Which institutions a host wants shown. What is empty does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Narrowing {
    /// Those of these countries, ISO 3166-1 alpha-2.
    pub countries: BTreeSet<String>,
    /// Those of these parts of a country, ISO 3166-2, and those that are in all of the country; those that are anywhere in one of these
    /// countries, ISO 3166-1 alpha-2.
    pub regions: BTreeSet<String>,
    /// Those whose route offers all of these.
    pub products: BTreeSet<Product>,
    /// Those that are reached through one of these, by such a route.
    pub providers: BTreeSet<ProviderName>,
    /// Those too that send the person to pages of their own.
    pub allow_redirect: bool,
    /// Those for businesses too.
    pub allow_business: bool,
    /// Insurers too.
    pub allow_insurance: bool,
}

impl Default for Narrowing {
    fn default() -> Self {
        Self {
            countries: BTreeSet::new(),
            regions: BTreeSet::new(),
            products: BTreeSet::new(),
            providers: BTreeSet::new(),
            allow_redirect: true,
            allow_business: true,
            allow_insurance: true,
        }
    }
}

/// A narrowing as a host writes it. What is absent does not matter, and an empty list is a mistake.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// ISO 3166-1 alpha-2.
    pub countries: Option<Vec<String>>,
    /// ISO 3166-2, or ISO 3166-1 alpha-2.
    pub regions: Option<Vec<String>>,
    /// Required kinds of data.
    pub products: Option<Vec<Product>>,
    /// The ways.
    pub providers: Option<Vec<ProviderName>>,
    /// Absent: they are.
    pub allow_redirect: Option<bool>,
    /// Absent: they are.
    pub allow_business: Option<bool>,
    /// Absent: they are.
    pub allow_insurance: Option<bool>,
}

/// A list is empty, or an entry of it is not what it has to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct NarrowingError {
    /// The list.
    pub field: &'static str,
    /// The entry that is wrong, if it is one.
    pub place: Option<usize>,
    /// What it has to be.
    pub rule: &'static str,
}

impl TryFrom<Wanted> for Narrowing {
    type Error = NarrowingError;

    fn try_from(wanted: Wanted) -> Result<Self, NarrowingError> {
        let country = |text: &String| checks::country(text);
        let region = |text: &String| checks::region(text) || checks::country(text);
        let any = Self::default();
        Ok(Self {
            countries: list("countries", wanted.countries, country, "an ISO 3166-1 alpha-2 code in capitals")?,
            regions: list(
                "regions",
                wanted.regions,
                region,
                "an ISO 3166-2 code in capitals, such as IL-TA, or an ISO 3166-1 alpha-2 code",
            )?,
            products: list("products", wanted.products, |_| true, "")?,
            providers: list("providers", wanted.providers, |_| true, "")?,
            allow_redirect: wanted.allow_redirect.unwrap_or(any.allow_redirect),
            allow_business: wanted.allow_business.unwrap_or(any.allow_business),
            allow_insurance: wanted.allow_insurance.unwrap_or(any.allow_insurance),
        })
    }
}

fn list<T: Ord>(
    field: &'static str,
    entries: Option<Vec<T>>,
    fits: impl Fn(&T) -> bool,
    rule: &'static str,
) -> Result<BTreeSet<T>, NarrowingError> {
    let Some(entries) = entries else { return Ok(BTreeSet::new()) };
    let refuse = |place, rule| Err(NarrowingError { field, place, rule });
    match entries.iter().position(|entry| !fits(entry)) {
        _ if entries.is_empty() => refuse(None, "not empty; leave it out where it does not matter"),
        Some(place) => refuse(Some(place), rule),
        None => Ok(entries.into_iter().collect()),
    }
}

impl Narrowing {
    fn lets_in(&self, institution: &Institution) -> bool {
        let empty_or = |list: &BTreeSet<String>, wanted: bool| list.is_empty() || wanted;
        let country = institution.country.as_str();
        let of_country = |region: &String| region.split('-').next() == Some(country);
        let region = if institution.regions.is_empty() {
            self.regions.iter().any(of_country)
        } else {
            self.regions.contains(country) || institution.regions.iter().any(|region| self.regions.contains(region))
        };
        let kind = match institution.kind {
            TileKind::Business => self.allow_business,
            TileKind::Insurance => self.allow_insurance,
            TileKind::Bank | TileKind::Card => true,
        };
        empty_or(&self.countries, self.countries.contains(country)) && empty_or(&self.regions, region) && kind
    }

    fn lets_through(&self, route: &Route) -> bool {
        (self.providers.is_empty() || self.providers.contains(&route.provider))
            && self.products.iter().all(|product| route.offers.products.contains(*product))
            && (self.allow_redirect || !route.offers.leaves)
    }
}

impl Filter {
    /// Whether a list shows the institution.
    pub(super) fn shows(&self, institution: &Institution) -> bool {
        self.is_meant(institution) && (self.include_unreached || self.route(institution).is_some())
    }

    /// Whether it is one of those that are wanted, by whatever way.
    fn is_meant(&self, institution: &Institution) -> bool {
        let in_world = !institution.invented || self.include_invented || self.names(institution);
        let in_list = self.institution_ids.as_ref().is_none_or(|ids| ids.contains(&institution.id));
        in_world && in_list && self.is_taken_by(institution) && self.narrowing.lets_in(institution)
    }

    /// The best route to the institution that this filter lets through.
    pub(super) fn route<'a>(&self, institution: &'a Institution) -> Option<&'a Route> {
        if !self.is_meant(institution) {
            return None;
        }
        let in_mode = |route: &&Route| self.test_mode || !(institution.invented || route.provider.test_only());
        let mut routes = institution.routes.iter().filter(in_mode);
        routes.find(|route| self.narrowing.lets_through(route) && self.ways.has(route))
    }

    /// Whether the institution takes what the host fixed.
    fn is_taken_by(&self, institution: &Institution) -> bool {
        let id = self.psu_id_type.is_none_or(|fixed| institution.psu_id_types.contains(&fixed));
        id && (institution.psu_corporate_id || !self.psu_corporate_id)
    }

    /// Whether the institution is asked for by its id.
    pub(super) fn names(&self, institution: &Institution) -> bool {
        self.institution_ids.as_ref().is_some_and(|ids| ids.contains(&institution.id))
    }
}
