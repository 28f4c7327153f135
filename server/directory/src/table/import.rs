//! Edits over a list of institutions.

use super::edit::Edit;
use super::{At, ImportError};
use crate::data::check;
use crate::{Institution, Layer, Source};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A table that was read: edits, each with its place in the file. No two are of one institution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    rows: Vec<(At, Edit)>,
}

/// An institution that an edit makes.
struct Made<'a> {
    institution: Institution,
    edit: &'a Edit,
    /// Where it stands in the list that was there; nothing for a new one.
    place: Option<usize>,
}

impl Import {
    pub(super) fn from_rows(rows: Vec<(At, Edit)>) -> Self {
        Self { rows }
    }

    /// The edits, in the file's order.
    pub fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.rows.iter().map(|(_, edit)| edit)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The list with the edits made: the changed ones in their places, new ones after all others, without the hidden, and
    /// those with an order first.
    ///
    /// # Errors
    /// [`ImportError`]: an institution would break a rule.
    pub fn apply(&self, base: &[Institution]) -> Result<Vec<Institution>, ImportError> {
        Ok(self.applied(base, self.made(base)?))
    }

    /// As [`Import::apply`], without the edits that do not fit the list; and why not, with their institutions' ids.
    pub fn apply_fitting(&self, base: &[Institution]) -> (Vec<Institution>, Vec<(String, ImportError)>) {
        let (made, misfits) = self.made_fitting(base);
        (self.applied(base, made), misfits)
    }

    fn applied(&self, base: &[Institution], made: Vec<Made<'_>>) -> Vec<Institution> {
        let mut list = base.to_vec();
        for made in made {
            match made.place.and_then(|place| list.get_mut(place)) {
                Some(institution) => *institution = made.institution,
                None => list.push(made.institution),
            }
        }
        let edits: HashMap<&str, &Edit> = self.edits().map(|edit| (edit.id.as_str(), edit)).collect();
        let edit = |institution: &Institution| edits.get(institution.id.as_str()).copied();
        list.retain(|institution| edit(institution).is_none_or(|edit| edit.hidden != Some(true)));
        list.sort_by_key(|institution| edit(institution).and_then(|edit| edit.order.flatten()).unwrap_or(u32::MAX));
        list
    }

    /// What a tenant that brings the edits makes of the list for itself.
    ///
    /// # Errors
    /// [`ImportError`]: an institution would break a rule.
    pub fn layer(&self, base: &[Institution]) -> Result<Layer, ImportError> {
        Ok(self.layered(self.made(base)?))
    }

    /// As [`Import::layer`], without the edits that do not fit the list; and why not, with their institutions' ids. Who is hidden is
    /// hidden all the same, and who has an order keeps it.
    pub fn layer_fitting(&self, base: &[Institution]) -> (Layer, Vec<(String, ImportError)>) {
        let (made, misfits) = self.made_fitting(base);
        (self.layered(made), misfits)
    }

    fn layered(&self, made: Vec<Made<'_>>) -> Layer {
        let rows = made.into_iter().filter(|made| !made.edit.is_bare());
        Layer {
            rows: rows.map(|made| made.institution).collect(),
            hidden: self
                .edits()
                .filter(|edit| edit.hidden == Some(true))
                .map(|edit| edit.id.clone())
                .collect(),
            order: self
                .edits()
                .filter_map(|edit| Some((edit.id.clone(), edit.order.flatten()?)))
                .collect(),
        }
    }

    fn made(&self, base: &[Institution]) -> Result<Vec<Made<'_>>, ImportError> {
        let (made, misfits) = self.made_fitting(base);
        match misfits.into_iter().next() {
            Some((_, misfit)) => Err(misfit),
            None => Ok(made),
        }
    }

    /// The institutions that the edits make, checked each by itself and against all others; and the edits that do not fit.
    fn made_fitting(&self, base: &[Institution]) -> (Vec<Made<'_>>, Vec<(String, ImportError)>) {
        let places: HashMap<&str, usize> = base.iter().zip(0..).map(|(one, place)| (one.id.as_str(), place)).collect();
        let ids: HashSet<&str> = self.edits().map(|edit| edit.id.as_str()).collect();
        let mut owners: HashMap<String, String> = HashMap::new();
        for one in base.iter().filter(|one| !ids.contains(one.id.as_str())) {
            owners.extend(one.aliases.values().flatten().map(|alias| (alias.clone(), one.id.clone())));
        }
        let (mut made, mut misfits) = (Vec::with_capacity(self.rows.len()), Vec::new());
        for (at, edit) in &self.rows {
            let place = places.get(edit.id.as_str()).copied();
            // To hide who is not there is done already.
            if place.is_none() && edit.hidden == Some(true) {
                continue;
            }
            let known = place.and_then(|place| base.get(place)).cloned();
            let one = edit.bounded().and_then(|()| {
                let mut institution = known.unwrap_or_else(|| own(&edit.id));
                edit.change(&mut institution);
                check(&institution).map(|()| institution)
            });
            let taken = |alias: &String, institution: &Institution| {
                let is_id = *alias != institution.id && (places.contains_key(alias.as_str()) || ids.contains(alias.as_str()));
                is_id || owners.get(alias).is_some_and(|owner| *owner != institution.id)
            };
            match one {
                Err(broken) => misfits.push((edit.id.clone(), ImportError::new(*at, broken.field, broken.rule))),
                Ok(institution) => match institution.aliases.values().flatten().find(|alias| taken(alias, &institution)) {
                    Some(alias) => {
                        let error = ImportError::new(*at, "aliases", format!("{alias} means another institution"));
                        misfits.push((edit.id.clone(), error));
                    }
                    None => {
                        let aliases = institution.aliases.values().flatten();
                        owners.extend(aliases.map(|alias| (alias.clone(), institution.id.clone())));
                        made.push((*at, Made { institution, edit, place }));
                    }
                },
            }
        }
        let is_alias = |edit: &Edit| owners.get(&edit.id).is_some_and(|owner| *owner != edit.id);
        let (wrong, right): (Vec<_>, Vec<_>) = made.into_iter().partition(|(_, made)| is_alias(made.edit));
        misfits.extend(wrong.into_iter().map(|(at, made)| {
            let reason = format!("{} is what another institution is called", made.edit.id);
            (made.edit.id.clone(), ImportError::new(at, "id", reason))
        }));
        (right.into_iter().map(|(_, made)| made).collect(), misfits)
    }
}

impl FromIterator<Edit> for Import {
    /// Of edits that are known to be of different institutions, as they were read once.
    fn from_iter<T: IntoIterator<Item = Edit>>(edits: T) -> Self {
        Self {
            rows: edits.into_iter().zip(1_u64..).map(|(edit, row)| (At::Row(row), edit)).collect(),
        }
    }
}

impl Layer {
    /// The edits that make this of the list.
    pub fn edits(&self, base: &[Institution]) -> Vec<Edit> {
        let known: HashMap<&str, &Institution> = base.iter().map(|one| (one.id.as_str(), one)).collect();
        let rows = self.rows.iter().map(|row| match known.get(row.id.as_str()) {
            Some(old) => Edit::between(old, row),
            None => Edit::of(row),
        });
        let mut edits: Vec<Edit> = rows.collect();
        let mut places: BTreeMap<String, usize> = edits.iter().zip(0..).map(|(edit, place)| (edit.id.clone(), place)).collect();
        let shown = self.order.keys().chain(&self.hidden);
        for id in shown {
            let place = *places.entry(id.clone()).or_insert_with(|| {
                edits.push(Edit {
                    id: id.clone(),
                    ..Edit::default()
                });
                edits.len() - 1
            });
            let edit = &mut edits[place];
            edit.hidden = self.hidden.contains(id).then_some(true);
            edit.order = self.order.get(id).map(|order| Some(*order));
        }
        edits
    }
}

/// A new institution: what brings it is its own source until it names another.
fn own(id: &str) -> Institution {
    let mut institution = Institution::unknown(id);
    institution.sources = Arc::new([Arc::new(Source {
        title: "tenant's own".to_owned(),
        licence: "tenant's own".to_owned(),
    })]);
    institution
}
