//! All institutions with the index over them, as each tenant sees them.

use super::index::{Asked, Index, Key};
use super::{DirectoryError, Extent, Filter, Found, Institution, Nothing, Offers, ProviderName, Route, Ways, data, tile};
use gesher_contract::{Language, Tile};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// So many of those that cannot be reached are named.
const NAMED: usize = 3;

/// What a tenant made of the directory for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its rows, each over the one of that id or beside all others.
    pub rows: Vec<Institution>,
    /// Ids of the institutions that nobody of it is shown.
    pub hidden: BTreeSet<String>,
    /// The places, from 0, of those that it wants first.
    pub order: BTreeMap<String, u32>,
}

/// All institutions, with the index over them, as a tenant sees them. A clone shares both.
#[derive(Clone, Debug)]
pub struct Directory {
    inner: Arc<Inner>,
    /// Whose rows are seen; nobody's own when absent.
    tenant: Option<Arc<str>>,
    /// The ways that are open to them.
    ways: Ways,
}

#[derive(Debug)]
struct Inner {
    /// Everybody's, in the usual order, then each tenant's own.
    institutions: Vec<Institution>,
    /// How many are everybody's.
    common: usize,
    by_id: Ids,
    by_alias: HashMap<String, usize>,
    layers: HashMap<String, Own>,
    index: Index,
}

/// A tenant's layer, by places.
#[derive(Debug, Default)]
struct Own {
    by_id: HashMap<String, usize>,
    by_alias: HashMap<String, usize>,
    /// Everybody's that it does not see, or sees as its own.
    covered: HashSet<usize>,
    order: HashMap<usize, u32>,
    /// Where its rows begin and end.
    rows: std::ops::Range<usize>,
}

impl Own {
    fn sees(&self, at: usize, common: usize) -> bool {
        if at < common {
            !self.covered.contains(&at)
        } else {
            self.rows.contains(&at)
        }
    }
}

/// The institutions' routes, only as far as there are such: each with what it offers. Whoever has none left is not reached.
pub fn reach(institutions: &mut [Institution], offers: impl Fn(&Route) -> Option<Offers>) {
    for institution in institutions {
        let routes = std::mem::take(&mut institution.routes).into_iter();
        let there = routes.filter_map(|route| {
            Some(Route {
                offers: offers(&route)?,
                ..route
            })
        });
        institution.routes = there.collect();
    }
}

impl Directory {
    /// The directory that the binary carries. It is part of the program, and a test reads it: it cannot fail to load.
    pub fn embedded() -> Self {
        Self::of(super::embedded())
    }

    /// Israel's institutions and the invented ones alone: for who needs a small one.
    pub fn israel() -> Self {
        Self::of(super::israel())
    }

    /// Reads a directory, whole or not at all.
    ///
    /// # Errors
    /// [`DirectoryError`] says which rule is broken, and where.
    pub fn from_json(json: &str) -> Result<Self, DirectoryError> {
        Ok(Self::of(data::read(json)?))
    }

    /// Of these, in this order.
    pub fn of(institutions: Vec<Institution>) -> Self {
        Self::layered(institutions, BTreeMap::new())
    }

    /// Of everybody's, in the usual order, and what tenants made of them.
    pub fn layered(mut institutions: Vec<Institution>, layers: BTreeMap<String, Layer>) -> Self {
        let common = institutions.len();
        let (by_id, by_alias) = (Ids::of(&institutions), aliases(&institutions, 0));
        let mut own = HashMap::with_capacity(layers.len());
        for (tenant, layer) in layers {
            let from = institutions.len();
            let (ids, aliases) = names(&layer.rows, from);
            let covered = layer
                .hidden
                .iter()
                .chain(ids.keys())
                .filter_map(|id| by_id.find(&institutions, id))
                .collect();
            let mut rows = layer.rows;
            rows.retain(|row| !layer.hidden.contains(&row.id));
            let (ids, aliases) = if rows.len() == ids.len() {
                (ids, aliases)
            } else {
                names(&rows, from)
            };
            institutions.append(&mut rows);
            let wanted = layer.order.into_iter();
            let place = |id: &String| ids.get(id).copied().or_else(|| by_id.find(&institutions, id));
            let layer = Own {
                order: wanted.filter_map(|(id, order)| Some((place(&id)?, order))).collect(),
                by_id: ids,
                by_alias: aliases,
                covered,
                rows: from..institutions.len(),
            };
            own.insert(tenant, layer);
        }
        institutions.iter_mut().for_each(Institution::shrink);
        institutions.shrink_to_fit();
        let index = Index::of(&institutions);
        Self {
            inner: Arc::new(Inner {
                institutions,
                common,
                by_id,
                by_alias,
                layers: own,
                index,
            }),
            tenant: None,
            ways: Ways::default(),
        }
    }

    /// As this tenant sees it.
    #[must_use]
    pub fn seen_by(&self, tenant: &str) -> Self {
        let has_own = self.inner.layers.contains_key(tenant);
        Self {
            inner: self.inner.clone(),
            tenant: has_own.then(|| tenant.into()),
            ways: self.ways.clone(),
        }
    }

    /// As somebody sees it to whom these ways are open.
    #[must_use]
    pub fn through(self, ways: Ways) -> Self {
        Self { ways, ..self }
    }

    /// A filter with the ways that are open here.
    fn eyes<'a>(&self, filter: &'a Filter) -> Cow<'a, Filter> {
        if self.ways.are_all_open() {
            return Cow::Borrowed(filter);
        }
        Cow::Owned(Filter {
            ways: self.ways.clone(),
            ..filter.clone()
        })
    }

    fn own(&self) -> Option<&Own> {
        self.inner.layers.get(self.tenant.as_deref()?)
    }

    /// The place of who is called so in everybody's list or in the tenant's own, whichever counts.
    fn place(&self, own: impl Fn(&Own) -> Option<usize>, everybodys: impl Fn(&Inner) -> Option<usize>) -> Option<usize> {
        let layer = self.own();
        if let Some(at) = layer.and_then(own) {
            return Some(at);
        }
        let at = everybodys(&self.inner)?;
        layer.is_none_or(|layer| layer.sees(at, self.inner.common)).then_some(at)
    }

    /// The institution with this id, whoever asks.
    pub fn get(&self, id: &str) -> Option<&Institution> {
        let at = self.place(|own| own.by_id.get(id).copied(), |all| all.by_id.find(&all.institutions, id))?;
        self.inner.institutions.get(at)
    }

    /// The institution with this id, or called so in a vendor's dialect, whoever asks.
    pub fn called(&self, id_or_alias: &str) -> Option<&Institution> {
        if let Some(found) = self.get(id_or_alias) {
            return Some(found);
        }
        let at = self.place(
            |own| own.by_alias.get(id_or_alias).copied(),
            |all| all.by_alias.get(id_or_alias).copied(),
        )?;
        self.inner.institutions.get(at)
    }

    /// The way to the institution with this id: nothing when there is no such institution, or none that the filter
    /// lets through. Whoever may find an institution may choose it, and nobody else.
    pub fn route(&self, id: &str, filter: &Filter) -> Option<&Route> {
        self.eyes(filter).route(self.get(id)?)
    }

    /// The institution that a provider knows by this id of its own, if the filter lets it through by that way.
    pub fn reached_as(&self, provider: ProviderName, provider_id: &str, filter: &Filter) -> Option<&Institution> {
        let filter = &self.eyes(filter);
        let leads_there = |at: &usize| {
            let routes = &self.inner.institutions[*at].routes;
            routes
                .iter()
                .any(|route| route.provider == provider && route.provider_id == provider_id)
                && self.is_seen(*at, filter)
        };
        let at = (0..self.inner.institutions.len()).find(leads_there)?;
        self.inner.institutions.get(at)
    }

    /// Everybody's institutions, in the usual order.
    pub fn all(&self) -> &[Institution] {
        &self.inner.institutions[..self.inner.common]
    }

    /// Whether the filter leaves anybody.
    pub fn has_any(&self, filter: &Filter) -> bool {
        let filter = &self.eyes(filter);
        (0..self.inner.institutions.len()).any(|at| self.is_seen(at, filter))
    }

    fn is_seen(&self, at: usize, filter: &Filter) -> bool {
        let theirs = match self.own() {
            None => at < self.inner.common,
            Some(own) => own.sees(at, self.inner.common),
        };
        theirs && filter.route(&self.inner.institutions[at]).is_some()
    }

    /// How far what this filter lets through reaches.
    pub fn extent(&self, filter: &Filter) -> Extent {
        let filter = &self.eyes(filter);
        let common = self.inner.common;
        let own = self.own();
        let asked = Asked {
            typed: "",
            filter,
            theirs: &|at| own.map_or(at < common, |own| own.sees(at, common)),
            place_of: &|id| self.place(|own| own.by_id.get(id).copied(), |all| all.by_id.find(&all.institutions, id)),
            key: &|usual| Key {
                wanted: u32::MAX,
                standing: 0,
                usual,
            },
            in_order: common,
            limit: 0,
        };
        self.inner.index.extent(&self.inner.institutions, &asked)
    }

    /// What matches the query, best first; without a query, the usual order. Among those that match equally well, the ones that the
    /// tenant wants first come first, then the least `standing`. Where all have the same standing it is better left out: a search then
    /// stops as soon as it has enough.
    pub fn search(&self, query: &str, filter: &Filter, standing: Option<&dyn Fn(&Institution) -> u64>, limit: usize) -> Found<'_> {
        let filter = &self.eyes(filter);
        let institutions = &self.inner.institutions;
        let common = self.inner.common;
        let own = self.own();
        let theirs = |at: usize| own.map_or(at < common, |own| own.sees(at, common));
        // An own row stands where the one that it covers stood.
        let usual = |at: usize| match at < common {
            true => at,
            false => self.inner.by_id.find(institutions, &institutions[at].id).unwrap_or(at),
        };
        let key = |at: usize| Key {
            wanted: own.and_then(|own| own.order.get(&at).copied()).unwrap_or(u32::MAX),
            standing: standing.map_or(0, |standing| standing(&institutions[at])),
            usual: usual(at),
        };
        let by_place = standing.is_none() && own.is_none_or(|own| own.order.is_empty());
        let in_order = if by_place { common } else { 0 };
        let place_of = |id: &str| self.place(|own| own.by_id.get(id).copied(), |all| all.by_id.find(&all.institutions, id));
        let asked = Asked {
            typed: query,
            filter,
            theirs: &theirs,
            place_of: &place_of,
            key: &key,
            in_order,
            limit,
        };
        let outcome = self.inner.index.search(institutions, &asked);
        let nothing = outcome.places.is_empty().then_some(match outcome.hidden.len() {
            0 => Nothing::NoSuch,
            hidden => Nothing::NotReachable(hidden),
        });
        // Two banks of one name are one to whoever reads it.
        let mut names = HashSet::new();
        let hidden = outcome.hidden.iter().map(|&at| &institutions[at as usize]);
        let hidden = hidden
            .filter(|institution| names.insert(&institution.names.en))
            .take(NAMED)
            .collect();
        Found {
            hidden,
            more: outcome.places.len() > limit,
            items: outcome.places.iter().take(limit).map(|&at| &institutions[at as usize]).collect(),
            nothing,
        }
    }

    /// The institution as the picker shows it.
    pub fn tile(&self, institution: &Institution, language: Language) -> Tile {
        tile(institution, language)
    }
}

/// Everybody's institutions in the order of their ids: there are too many to keep each id twice.
#[derive(Debug)]
struct Ids(Box<[u32]>);

impl Ids {
    fn of(institutions: &[Institution]) -> Self {
        let id = |place: u32| &institutions[place as usize].id;
        let mut places: Box<[u32]> = (0..).take(institutions.len()).collect();
        places.sort_unstable_by(|&one, &two| id(one).cmp(id(two)));
        Self(places)
    }

    fn find(&self, institutions: &[Institution], id: &str) -> Option<usize> {
        let found = self.0.binary_search_by(|&at| (*institutions[at as usize].id).cmp(id));
        found.ok().map(|place| self.0[place] as usize)
    }
}

/// The places of these by id and by alias, when the first of them stands at `from`.
fn names(institutions: &[Institution], from: usize) -> (HashMap<String, usize>, HashMap<String, usize>) {
    let by_id = institutions.iter().zip(from..);
    let by_id = by_id.map(|(institution, at)| (institution.id.clone(), at));
    (by_id.collect(), aliases(institutions, from))
}

fn aliases(institutions: &[Institution], from: usize) -> HashMap<String, usize> {
    let places = institutions.iter().zip(from..);
    let named = places.flat_map(|(institution, at)| institution.aliases.values().flatten().map(move |alias| (alias.clone(), at)));
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter() -> Filter {
        Filter {
            test_mode: true,
            ..Filter::default()
        }
    }

    fn row(id: &str, name: &str) -> Institution {
        let mut row = super::super::israel().into_iter().find(|row| row.id == "il-max").expect("there");
        row.id = id.to_owned();
        row.names.en = name.to_owned();
        row.aliases = BTreeMap::from([("v".to_owned(), vec![format!("alias-{id}")])]).into();
        row
    }

    fn layered() -> Directory {
        let layer = Layer {
            rows: vec![row("il-leumi", "Our Leumi"), row("xx-own", "Own Credit Union")],
            hidden: BTreeSet::from(["il-hapoalim".to_owned()]),
            order: BTreeMap::from([("il-discount".to_owned(), 0), ("xx-own".to_owned(), 1)]),
        };
        Directory::layered(super::super::israel(), BTreeMap::from([("a".to_owned(), layer)]))
    }

    fn ids(directory: &Directory, query: &str) -> Vec<String> {
        let found = directory.search(query, &filter(), None, 1000);
        found.items.iter().map(|institution| institution.id.clone()).collect()
    }

    #[test]
    fn a_tenants_rows_are_its_own_alone() {
        let directory = layered();
        let (theirs, others) = (directory.seen_by("a"), directory.seen_by("b"));
        assert_eq!(theirs.get("il-leumi").unwrap().names.en, "Our Leumi");
        assert_eq!(theirs.called("alias-xx-own").unwrap().id, "xx-own");
        assert_eq!(ids(&theirs, "own credit"), ["xx-own"]);
        for directory in [&directory, &others] {
            assert_eq!(directory.get("il-leumi").unwrap().names.en, "Bank Leumi");
            assert!(directory.get("xx-own").is_none() && directory.called("alias-xx-own").is_none());
            assert!(!ids(directory, "own credit").contains(&"xx-own".to_owned()));
            assert!(directory.get("il-hapoalim").is_some() && directory.called("hapoalim-sandbox").is_some());
        }
    }

    #[test]
    fn what_a_tenant_hides_is_not_there_for_it() {
        let theirs = layered().seen_by("a");
        assert!(theirs.get("il-hapoalim").is_none() && theirs.called("hapoalim-sandbox").is_none());
        assert!(theirs.route("il-hapoalim", &filter()).is_none());
        assert!(!ids(&theirs, "hapoalim").contains(&"il-hapoalim".to_owned()));
    }

    #[test]
    fn a_covered_row_is_there_once_and_in_its_place_and_the_wanted_come_first() {
        let directory = layered();
        let usual = ids(&directory, "");
        let mut wanted = vec!["il-discount".to_owned(), "xx-own".to_owned()];
        wanted.extend(
            usual
                .into_iter()
                .filter(|id| !["il-discount", "il-hapoalim"].contains(&id.as_str())),
        );
        assert_eq!(ids(&directory.seen_by("a"), ""), wanted);
    }

    #[test]
    fn a_way_that_is_not_open_leads_nowhere() {
        let mut rows = super::super::israel();
        let leumi = rows.iter_mut().find(|row| row.id == "il-leumi").expect("there");
        leumi.routes.iter_mut().for_each(|route| route.offers.tier = 1);
        let directory = Directory::of(rows).through(Ways::new(|route| route.offers.tier == 0));
        assert!(directory.route("il-leumi", &filter()).is_none() && directory.route("il-max", &filter()).is_some());
        assert!(!ids(&directory, "").contains(&"il-leumi".to_owned()) && ids(&directory, "").contains(&"il-max".to_owned()));
        assert!(directory.seen_by("b").route("il-leumi", &filter()).is_none());
        let none = directory.through(Ways::new(|_| false));
        assert!(!none.has_any(&filter()) && Directory::israel().has_any(&filter()));
    }

    #[test]
    fn the_least_standing_comes_first_of_equals() {
        let directory = Directory::israel();
        let standing = |institution: &Institution| u64::from(institution.id != "il-yahav");
        let found = directory.search("", &filter(), Some(&standing), 2);
        assert_eq!((found.items[0].id.as_str(), found.more), ("il-yahav", true));
    }
}
