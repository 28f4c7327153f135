//! The picker: which institutions it lists, what tells them apart, and why it lists none.

use super::super::document::filter;
use super::super::state::Loaded;
use super::language;
use crate::connections::asked::Asked;
use crate::core::Core;
use gesher_app::backend::SessionRef;
use gesher_app::locale::country;
use gesher_contract::{Language, More, Nothing, PickerView, Tile};
use gesher_directory::{Directory, Filter, Found, Institution, Nothing as FoundNothing};

/// Tiles in the picker and in an answer to a search.
const TILES: usize = 24;

/// The picker. Until somebody touches the search box it holds what the host put there.
pub fn picker(core: &Core, at: &SessionRef, loaded: &Loaded, query: Option<&str>) -> PickerView {
    let language = language(at, loaded);
    let prefilled = || Asked::of(&loaded.connection).institution_search.unwrap_or_default();
    let query = query.map_or_else(prefilled, str::to_owned);
    let tenant = &loaded.row.tenant_id;
    let directory = core.directory(tenant, &loaded.connection.mode);
    let standing = core.institutions.standing(tenant, &loaded.connection.mode);
    let filter = filter(loaded);
    let found = standing.search(&directory, &query, &filter, TILES);
    let extent = directory.extent(&filter);
    // Where two digits have to be typed, they have to be shown first.
    let automatic = loaded.session.locks.auto_redirect && !at.silent;
    let tile = |institution: &&Institution| Tile {
        launches: automatic && leaves(&directory, &filter, &institution.id),
        troubled: standing.is_troubled(&institution.id),
        country: extent.several_countries.then(|| country_name(language, &institution.country)),
        other_name: other_name(institution, &found.items, language),
        ..directory.tile(institution, language)
    };
    PickerView {
        tiles: found.items.iter().map(tile).collect(),
        more: match found.more {
            false => More::None,
            true if query.trim().is_empty() => More::Others(u32::try_from(extent.count - found.items.len()).unwrap_or(u32::MAX)),
            true => More::Matches,
        },
        nothing: nothing(&directory, &filter, &found, language),
        query,
        may_be_not_listed: loaded.session.may_be_not_listed(),
    }
}

/// Whether this session reaches the institution by the institution's own pages.
fn leaves(directory: &Directory, filter: &Filter, institution: &str) -> bool {
    let route = directory.route(institution, filter);
    route.is_some_and(|route| route.offers.leaves)
}

/// A country's name, or its code where the languages have no name for it.
fn country_name(language: Language, code: &str) -> String {
    country(language, code).unwrap_or(code).to_owned()
}

/// What else an institution is called, where that tells a person more: its own spelling of its name, or, beside another of the same
/// name, its name in the other language.
fn other_name(institution: &Institution, listed: &[&Institution], language: Language) -> String {
    let name = institution.names.get(language);
    let namesakes = listed.iter().filter(|other| other.names.get(language) == name).count();
    if institution.names.native.is_some() || namesakes > 1 {
        gesher_directory::tile(institution, language).other_name
    } else {
        String::new()
    }
}

/// Why nothing is listed.
fn nothing(directory: &Directory, filter: &Filter, found: &Found<'_>, language: Language) -> Option<Nothing> {
    let why = found.nothing?;
    if !directory.has_any(filter) {
        return Some(Nothing::None);
    }
    Some(match why {
        FoundNothing::NoSuch => Nothing::Unknown,
        FoundNothing::NotReachable(_) => {
            let names = found.hidden.iter().map(|institution| institution.names.get(language).to_owned());
            Nothing::NotHere(names.collect())
        }
    })
}
