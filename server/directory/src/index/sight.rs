//! What a filter lets through, answered for a place at the cost of a look into a table.
//!
//! Many institutions are alike in all that a filter asks about. The index sorts them into groups; a search asks the filter about one
//! of each group. A filter that names institutions is asked about those alone.

use super::Asked;
use super::lexicon::{Lists, short};
use crate::{Institution, Products, ProviderName};
use gesher_contract::{IdType, TileKind};
use std::collections::HashMap;

/// Up to so many, those that may be seen are gone through one by one instead of the lists of what matches.
const FEW: usize = 1_024;

/// All that a filter without a list of ids asks about.
#[derive(PartialEq, Eq, Hash)]
struct Likes<'a> {
    kind: TileKind,
    country: &'a str,
    regions: &'a [String],
    invented: bool,
    unlisted: bool,
    routes: Vec<(ProviderName, Products, bool, u8)>,
    psu_id_types: &'a [IdType],
    psu_corporate_id: bool,
}

impl<'a> Likes<'a> {
    fn of(institution: &'a Institution) -> Self {
        let routes = institution.routes.iter();
        let routes = routes.map(|route| (route.provider, route.offers.products, route.offers.leaves, route.offers.tier));
        Self {
            kind: institution.kind,
            country: &institution.country,
            regions: &institution.regions,
            invented: institution.invented,
            unlisted: institution.unlisted,
            routes: routes.collect(),
            psu_id_types: &institution.psu_id_types,
            psu_corporate_id: institution.psu_corporate_id,
        }
    }
}

/// The groups of institutions that every filter treats alike.
#[derive(Debug)]
pub(super) struct Groups {
    of_place: Box<[u32]>,
    members: Lists,
}

impl Groups {
    pub(super) fn of(institutions: &[Institution]) -> Self {
        let mut known = HashMap::new();
        let group = |institution| {
            let next = short(known.len());
            *known.entry(Likes::of(institution)).or_insert(next)
        };
        let of_place: Box<[u32]> = institutions.iter().map(group).collect();
        let mut pairs: Vec<(u32, u32)> = of_place.iter().zip(0..).map(|(&group, place)| (group, place)).collect();
        pairs.sort_unstable();
        Self {
            members: Lists::of(short(known.len()), &pairs),
            of_place,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Hidden,
    /// Seen by who asks for it by its whole name.
    Unlisted,
    Seen,
}

enum Seen {
    Groups(Vec<Group>),
    /// Those named by the filter that it lets through, sorted.
    Named,
}

/// What one search may find.
pub(super) struct Sight<'a> {
    groups: &'a Groups,
    theirs: &'a dyn Fn(usize) -> bool,
    seen: Seen,
    few: Option<Vec<u32>>,
}

impl<'a> Sight<'a> {
    /// What the filter asked with lets through.
    pub(super) fn of(groups: &'a Groups, institutions: &[Institution], asked: &Asked<'a>) -> Self {
        let filter = asked.filter;
        if let Some(ids) = &filter.institution_ids {
            let places = ids.iter().filter_map(|id| (asked.place_of)(id));
            let mut named: Vec<u32> = places.filter(|&at| filter.shows(&institutions[at])).map(short).collect();
            named.sort_unstable();
            return Self {
                groups,
                theirs: asked.theirs,
                seen: Seen::Named,
                few: Some(named),
            };
        }
        Self::asking(groups, institutions, asked, |one| filter.shows(one))
    }

    /// Of everything that there really is, whether or not it can be reached.
    pub(super) fn unbounded(groups: &'a Groups, institutions: &[Institution], asked: &Asked<'a>) -> Self {
        Self::asking(groups, institutions, asked, |one| !one.invented)
    }

    fn asking(groups: &'a Groups, institutions: &[Institution], asked: &Asked<'a>, lets_through: impl Fn(&Institution) -> bool) -> Self {
        let members = &groups.members;
        let ask = |group: u32| {
            let one = members.get(group).first().map(|&place| &institutions[place as usize]);
            match one.filter(|one| lets_through(one)) {
                None => Group::Hidden,
                Some(one) if one.unlisted => Group::Unlisted,
                Some(_) => Group::Seen,
            }
        };
        let seen: Vec<Group> = (0..members.numbers()).map(ask).collect();
        let shown = || {
            seen.iter()
                .zip(0..)
                .filter(|(group, _)| **group != Group::Hidden)
                .map(|(_, number)| members.get(number))
        };
        let few = (shown().map(<[u32]>::len).sum::<usize>() <= FEW).then(|| {
            let mut few: Vec<u32> = shown().flatten().copied().collect();
            few.sort_unstable();
            few
        });
        Self {
            groups,
            theirs: asked.theirs,
            seen: Seen::Groups(seen),
            few,
        }
    }

    pub(super) fn places(&self) -> usize {
        self.groups.of_place.len()
    }

    /// Whether the place may be found: by its whole name, or by less.
    pub(super) fn sees(&self, place: u32, whole: bool) -> bool {
        let open = match &self.seen {
            Seen::Named => self.few.as_ref().is_some_and(|named| named.binary_search(&place).is_ok()),
            Seen::Groups(groups) => match groups[self.groups.of_place[place as usize] as usize] {
                Group::Seen => true,
                Group::Unlisted => whole,
                Group::Hidden => false,
            },
        };
        open && (self.theirs)(place as usize)
    }

    /// Those that may be found, when they are few.
    pub(super) fn few(&self) -> Option<&[u32]> {
        self.few.as_deref().filter(|few| few.len() <= FEW)
    }
}
