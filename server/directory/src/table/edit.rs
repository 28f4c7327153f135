//! One row of a table: what it says of an institution.

use crate::data::Broken;
use crate::{Institution, Names, Offers, ProviderName, Route, Source};
use gesher_contract::{IdType, TileKind};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most characters of a text.
const LONGEST_TEXT: usize = 500;
/// The most routes, sources and types of id.
const MOST_ROUTES: usize = 20;
/// The most aliases in all dialects.
const MOST_ALIASES: usize = 200;
/// The most entries of a list.
const LONGEST_LIST: usize = 5_000;

/// What a row says of the institution with its id. What is absent is not changed, or has its usual value in a new institution;
/// `null` takes away what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = InstitutionRow)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Whose row it is.
    pub id: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "NamesEdit::is_empty")]
    pub names: NamesEdit,
    /// ISO 3166-1 alpha-2, upper case.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// ISO 3166-2.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TileKind>,
    /// Its codes in the country's payment system.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub codes: Option<Vec<String>>,
    /// The codes of its branches.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub branches: Option<Vec<String>>,
    /// Its BICs, eight characters.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub bics: Option<Vec<String>>,
    /// The domains of its sites.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    /// What vendors call it, by dialect.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub aliases: Option<BTreeMap<String, Vec<String>>>,
    /// How it is reached, best first; none: by the sandbox's stand-in.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<RouteEdit>>,
    /// What it knows a person by.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub psu_id_types: Option<Vec<IdType>>,
    /// Whether it asks for a company.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub psu_corporate_id: Option<bool>,
    /// Whether whoever brings the row works with it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub partner: Option<bool>,
    /// Its logo, as a data URL.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub logo: Option<Option<String>>,
    /// Whether it is not to be seen.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// Its place among those that come first.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub order: Option<Option<u32>>,
    /// Whether it is listed only for who asks for it by its whole name or code.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<bool>,
    /// Whether it exists in the sandbox alone.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub invented: Option<bool>,
    /// What should be known about it.
    #[serde(default, deserialize_with = "text_or_none", skip_serializing_if = "Option::is_none")]
    pub note: Option<Option<String>>,
    /// Where the row comes from, and under which licence.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<Source>>,
}

/// What a row says of names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = InstitutionRowNames)]
#[serde(deny_unknown_fields)]
pub struct NamesEdit {
    /// In English, or as it is written abroad.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// In Hebrew.
    #[serde(default, deserialize_with = "text_or_none", skip_serializing_if = "Option::is_none")]
    pub he: Option<Option<String>>,
    /// As the institution itself writes it.
    #[serde(default, deserialize_with = "text_or_none", skip_serializing_if = "Option::is_none")]
    pub native: Option<Option<String>>,
    /// The short form.
    #[serde(default, deserialize_with = "text_or_none", skip_serializing_if = "Option::is_none")]
    pub short: Option<Option<String>>,
    /// What else people call it.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub nicknames: Option<Vec<String>>,
}

/// What a row says of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = InstitutionRowRoute)]
#[serde(deny_unknown_fields)]
pub struct RouteEdit {
    /// The provider.
    pub provider: ProviderName,
    /// The provider's own id for the institution.
    pub provider_id: String,
}

impl NamesEdit {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn change(&self, names: &mut Names) {
        set(&mut names.en, &self.en);
        set_text(&mut names.he, &self.he);
        set_text(&mut names.native, &self.native);
        set_text(&mut names.short, &self.short);
        set(&mut names.nicknames, &self.nicknames);
    }

    fn between(old: &Names, new: &Names) -> Self {
        Self {
            en: changed(&old.en, &new.en),
            he: changed_text(old.he.as_deref(), new.he.as_deref()),
            native: changed_text(old.native.as_deref(), new.native.as_deref()),
            short: changed_text(old.short.as_deref(), new.short.as_deref()),
            nicknames: changed(&old.nicknames, &new.nicknames),
        }
    }
}

impl RouteEdit {
    fn of(route: &Route) -> Self {
        Self {
            provider: route.provider,
            provider_id: route.provider_id.clone(),
        }
    }

    /// The route: as it is known already where it is, so that what its form asks for stays known.
    fn route(&self, known: &[Route], kind: TileKind) -> Route {
        let stand_in = Route::stand_in(kind);
        let same = |route: &&Route| Self::of(route) == *self;
        known.iter().chain([&stand_in]).find(same).cloned().unwrap_or_else(|| Route {
            provider: self.provider,
            provider_id: self.provider_id.clone(),
            offers: Offers::default(),
            fields: Arc::default(),
        })
    }
}

impl Edit {
    /// The row that makes a new institution like this one.
    pub fn of(institution: &Institution) -> Self {
        let mut unknown = Institution::unknown(&institution.id);
        unknown.routes.push(Route::stand_in(institution.kind));
        Self::between(&unknown, institution)
    }

    /// The row that makes `new` of `old`.
    pub fn between(old: &Institution, new: &Institution) -> Self {
        let routes = |institution: &Institution| institution.routes.iter().map(RouteEdit::of).collect::<Vec<_>>();
        let sources = |institution: &Institution| institution.sources.iter().map(|source| (**source).clone()).collect::<Vec<_>>();
        Self {
            id: new.id.clone(),
            names: NamesEdit::between(&old.names, &new.names),
            country: changed(&old.country, &new.country).map(|country| country.to_string()),
            regions: changed(&*old.regions, &*new.regions),
            kind: changed(&old.kind, &new.kind),
            codes: changed(&old.codes, &new.codes),
            branches: changed(&*old.branches, &*new.branches),
            bics: changed(&old.bics, &new.bics),
            domains: changed(&old.domains, &new.domains),
            aliases: changed(&*old.aliases, &*new.aliases),
            routes: changed(&routes(old), &routes(new)),
            psu_id_types: changed(&old.psu_id_types.to_vec(), &new.psu_id_types.to_vec()),
            psu_corporate_id: changed(&old.psu_corporate_id, &new.psu_corporate_id),
            partner: changed(&old.partner, &new.partner),
            logo: changed_text(old.logo.as_deref(), new.logo.as_deref()),
            hidden: None,
            order: None,
            unlisted: changed(&old.unlisted, &new.unlisted),
            invented: changed(&old.invented, &new.invented),
            note: changed_text(old.note.as_deref(), new.note.as_deref()),
            sources: changed(&sources(old), &sources(new)),
        }
    }

    /// Whether it says nothing of the institution itself, only whether and where it is shown.
    pub fn is_bare(&self) -> bool {
        let bare = Self {
            id: self.id.clone(),
            hidden: self.hidden,
            order: self.order,
            ..Self::default()
        };
        *self == bare
    }

    /// Whether no list of it is longer than anybody's need: before it is worked on.
    pub(super) fn bounded(&self) -> Result<(), Broken> {
        let refuse = |field, rule| Err(Broken { field, rule });
        let long = |length: Option<usize>, most: usize| length.is_some_and(|length| length > most);
        if long(self.routes.as_ref().map(Vec::len), MOST_ROUTES) {
            return refuse("routes", "it has more than 20 routes");
        }
        let aliases = self.aliases.as_ref().map(|aliases| aliases.values().map(Vec::len).sum());
        if long(aliases, MOST_ALIASES) {
            return refuse("aliases", "it has more than 200 aliases");
        }
        if long(self.psu_id_types.as_ref().map(Vec::len), MOST_ROUTES) {
            return refuse("psu_id_types", "it names more than 20 types");
        }
        let sources = self.sources.as_deref().unwrap_or_default();
        let is_long = |source: &Source| source.title.chars().count() > LONGEST_TEXT || source.licence.chars().count() > LONGEST_TEXT;
        if sources.len() > MOST_ROUTES || sources.iter().any(is_long) {
            return refuse("source", "it has more than 20 sources, or one of more than 500 characters");
        }
        Ok(())
    }

    /// What this row and an earlier one of the same institution say together: what this one leaves out stays.
    #[must_use]
    pub fn over(&self, earlier: &Self) -> Self {
        let (names, before) = (&self.names, &earlier.names);
        Self {
            id: self.id.clone(),
            names: NamesEdit {
                en: later(&names.en, &before.en),
                he: later(&names.he, &before.he),
                native: later(&names.native, &before.native),
                short: later(&names.short, &before.short),
                nicknames: later(&names.nicknames, &before.nicknames),
            },
            country: later(&self.country, &earlier.country),
            regions: later(&self.regions, &earlier.regions),
            kind: later(&self.kind, &earlier.kind),
            codes: later(&self.codes, &earlier.codes),
            branches: later(&self.branches, &earlier.branches),
            bics: later(&self.bics, &earlier.bics),
            domains: later(&self.domains, &earlier.domains),
            aliases: later(&self.aliases, &earlier.aliases),
            routes: later(&self.routes, &earlier.routes),
            psu_id_types: later(&self.psu_id_types, &earlier.psu_id_types),
            psu_corporate_id: later(&self.psu_corporate_id, &earlier.psu_corporate_id),
            partner: later(&self.partner, &earlier.partner),
            logo: later(&self.logo, &earlier.logo),
            hidden: later(&self.hidden, &earlier.hidden),
            order: later(&self.order, &earlier.order),
            unlisted: later(&self.unlisted, &earlier.unlisted),
            invented: later(&self.invented, &earlier.invented),
            note: later(&self.note, &earlier.note),
            sources: later(&self.sources, &earlier.sources),
        }
    }

    /// Makes the institution what the row says.
    pub(super) fn change(&self, institution: &mut Institution) {
        self.names.change(&mut institution.names);
        set(&mut institution.country, &self.country);
        set(&mut institution.regions, &self.regions);
        set(&mut institution.kind, &self.kind);
        set(&mut institution.codes, &self.codes);
        set(&mut institution.branches, &self.branches);
        set(&mut institution.bics, &self.bics);
        set(&mut institution.domains, &self.domains);
        set(&mut institution.aliases, &self.aliases);
        set(&mut institution.psu_id_types, &self.psu_id_types);
        set(&mut institution.psu_corporate_id, &self.psu_corporate_id);
        set(&mut institution.partner, &self.partner);
        set_text(&mut institution.logo, &self.logo);
        set(&mut institution.unlisted, &self.unlisted);
        set(&mut institution.invented, &self.invented);
        set_text(&mut institution.note, &self.note);
        if let Some(routes) = &self.routes {
            let known = std::mem::take(&mut institution.routes);
            institution.routes = routes.iter().map(|route| route.route(&known, institution.kind)).collect();
        }
        if institution.routes.is_empty() {
            institution.routes.push(Route::stand_in(institution.kind));
        }
        if let Some(sources) = &self.sources {
            institution.sources = sources.iter().cloned().map(Arc::new).collect();
        }
    }
}

fn later<T: Clone>(given: &Option<T>, before: &Option<T>) -> Option<T> {
    given.clone().or_else(|| before.clone())
}

fn set<T: Clone + Into<U>, U>(target: &mut U, given: &Option<T>) {
    if let Some(given) = given {
        *target = given.clone().into();
    }
}

fn set_text(target: &mut Option<Box<str>>, given: &Option<Option<String>>) {
    if let Some(given) = given {
        *target = given.as_deref().map(Box::from);
    }
}

fn changed_text(old: Option<&str>, new: Option<&str>) -> Option<Option<String>> {
    (old != new).then(|| new.map(str::to_owned))
}

fn changed<T: Clone + PartialEq>(old: &T, new: &T) -> Option<T> {
    (old != new).then(|| new.clone())
}

/// A value that is there; `null` is the empty one.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(input: D) -> Result<Option<T>, D::Error> {
    Ok(Some(Option::<T>::deserialize(input)?.unwrap_or_default()))
}

fn bounded<E: serde::de::Error>(text: &str) -> Result<String, E> {
    let text = text.trim();
    if text.chars().count() > LONGEST_TEXT {
        return Err(E::custom(format_args!("a text has more than {LONGEST_TEXT} characters")));
    }
    Ok(text.to_owned())
}

fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = given(input)?;
    text.map(|text| bounded(&text)).transpose()
}

fn text_or_none<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Option<String>>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    Ok(Some(text.map(|text| bounded(&text)).transpose()?))
}

fn texts<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Vec<String>>, D::Error> {
    let texts: Vec<String> = given(input)?.unwrap_or_default();
    if texts.len() > LONGEST_LIST {
        return Err(D::Error::custom(format_args!("a list has more than {LONGEST_LIST} entries")));
    }
    Ok(Some(texts.iter().map(|text| bounded(text)).collect::<Result<_, _>>()?))
}
