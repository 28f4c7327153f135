//! A provider's own list becomes routes to the institutions of the directory.
//!
//! **Contract.** The list is read whole before anything is written; a list that breaks off changes nothing. What an entry was once
//! found to be it stays, so a second run changes only what is new or gone. Nothing doubtful is written: it comes back as a file in
//! which somebody decides, and the next run takes that file.

use super::parts::{self, Entry};
use crate::core::Core;
use crate::providers::{Cx, ListProblem};
use crate::store::directory::{self as rows, Part, PartRow};
use crate::store::{Unavailable, Unit, WriteError};
use gesher_directory::merge::{Decision, Decisions, Listed, Matcher, Place, ReviewError, Why, doubts};
use gesher_domain::{checks, new_secret};
use std::collections::{HashMap, HashSet};

/// Most entries of a list.
const MOST: usize = 200_000;
/// Longest id or name of an entry.
const LONGEST: usize = 200;

/// What a run came to.
#[derive(Debug)]
pub struct Synced {
    /// Entries that are institutions of the directory.
    pub matched: usize,
    /// Entries that are institutions of their own.
    pub new: usize,
    /// Entries that somebody decided not to reach, or that are not fit to be shown.
    pub skipped: usize,
    /// Entries of the last run that are not in the list any more.
    pub gone: usize,
    /// How many are doubtful.
    pub doubtful: usize,
    /// The review file, where somebody has to decide.
    pub review: Option<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is no such provider here.
    #[error("there is no provider {0} here")]
    NoProvider(String),
    /// Its list cannot be had.
    #[error(transparent)]
    List(#[from] ListProblem),
    /// It has no end.
    #[error("the provider's list has more than {MOST} entries")]
    TooLong,
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The review file could not be made.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Another run wrote meanwhile, or the database failed.
    #[error("the routes could not be written: {0}")]
    Write(#[from] WriteError),
}

/// Reads the provider's list with these means and writes what it reaches.
///
/// # Errors
/// [`SyncError`]: nothing was changed.
pub async fn sync(core: &Core, provider: &str, cx: &Cx, decisions: &Decisions, progress: impl Fn(usize)) -> Result<Synced, SyncError> {
    let listed = list(core, provider, cx, progress).await?;
    let before = rows::of(&core.store, Part::Routes, provider, "").await?;
    let own = rows::of(&core.store, Part::Rows, "", "").await?;
    // A part that cannot be read is written anew.
    let known = before.as_ref().and_then(|row| parts::entries(row).ok()).unwrap_or_default();
    let reached = parts::routes(&rows::all(&core.store, Part::Routes).await?);
    let base = parts::operators(&core.institutions.carried(), own.as_ref(), &reached);
    let placed = place(provider, &base, listed, &known, decisions);
    let body = parts::written(&placed.entries);
    let mut unit = Unit::new();
    unit.push(rows::put(
        Part::Routes,
        &PartRow {
            owner: provider.to_owned(),
            mode: String::new(),
            version: before.map_or(0, |row| row.version) + 1,
            body,
            updated_at: core.clock.now().0,
        },
    ));
    unit.push(rows::announce(&new_secret(&*core.rng)));
    core.store.write(unit).await?;
    let review = match placed.doubtful.is_empty() {
        true => None,
        false => Some(doubts(
            placed
                .doubtful
                .iter()
                .map(|(listed, candidates, why)| (listed, &candidates[..], *why)),
        )?),
    };
    Ok(Synced {
        matched: placed.entries.len() - placed.new,
        new: placed.new,
        skipped: placed.skipped,
        gone: placed.gone,
        doubtful: placed.doubtful.len(),
        review,
    })
}

/// The whole list. A page that comes again would come for ever.
async fn list(core: &Core, provider: &str, cx: &Cx, progress: impl Fn(usize)) -> Result<Vec<Listed>, SyncError> {
    let reached = core
        .providers
        .get(provider)
        .ok_or_else(|| SyncError::NoProvider(provider.to_owned()))?;
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    let mut asked = HashSet::new();
    loop {
        let page = reached.list(cx, after.as_deref()).await?;
        all.extend(page.entries);
        progress(all.len());
        if all.len() > MOST {
            return Err(SyncError::TooLong);
        }
        match page.next {
            None => return Ok(all),
            Some(next) if asked.insert(next.clone()) => after = Some(next),
            Some(_) => return Err(ListProblem::Broken.into()),
        }
    }
}

#[derive(Default)]
struct Placed {
    entries: Vec<Entry>,
    new: usize,
    skipped: usize,
    gone: usize,
    doubtful: Vec<(Listed, Vec<String>, Why)>,
}

fn place(provider: &str, base: &[gesher_directory::Institution], listed: Vec<Listed>, known: &[Entry], decisions: &Decisions) -> Placed {
    let matcher = Matcher::new(base);
    let own: HashSet<&str> = base.iter().map(|institution| institution.id.as_str()).collect();
    let mut taken: HashSet<String> = own.iter().map(|id| (*id).to_owned()).collect();
    let was: HashMap<&str, &Entry> = known.iter().map(|entry| (entry.listed.provider_id.as_str(), entry)).collect();
    let mut seen = HashSet::new();
    let mut placed = Placed::default();
    for listed in listed {
        if !fit(&listed) || !seen.insert(listed.provider_id.clone()) {
            placed.skipped += 1;
            continue;
        }
        let decided = decisions.get(&listed.provider_id);
        let before = was.get(listed.provider_id.as_str()).filter(|_| decided.is_none());
        let found = match (before, decided) {
            (Some(before), _) if own.contains(before.institution.as_str()) => Place::Same(before.institution.clone()),
            (Some(_), _) => Place::New,
            (_, Some(Decision::Skip)) => {
                placed.skipped += 1;
                continue;
            }
            (_, Some(Decision::Same(id))) if own.contains(id.as_str()) => Place::Same(id.clone()),
            (_, Some(Decision::New)) => Place::New,
            _ => matcher.place(&listed),
        };
        match found {
            Place::Same(institution) => placed.entries.push(Entry { listed, institution }),
            Place::New => {
                // One that was new before keeps its id.
                let institution = match before {
                    Some(before) => before.institution.clone(),
                    None => listed.clone().into_institution(provider, |id| taken.contains(id)).id,
                };
                taken.insert(institution.clone());
                placed.new += 1;
                placed.entries.push(Entry { listed, institution });
            }
            Place::Doubtful { candidates, why } => placed.doubtful.push((listed, candidates, why)),
        }
    }
    placed.gone = was.keys().filter(|id| !seen.contains(**id)).count();
    placed
}

/// Whether it can be shown and asked for: a name, a country that there is, and an id that fits into an address.
fn fit(listed: &Listed) -> bool {
    let short = |text: &str| !text.trim().is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
    let right = listed.clone().into_institution("p", |_| false).is_fit();
    right && short(&listed.provider_id) && short(&listed.name) && listed.he.as_deref().is_none_or(short) && checks::country(&listed.country)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_contract::TileKind;
    use gesher_directory::Offers;

    fn listed(provider_id: &str, name: &str) -> Listed {
        Listed {
            provider_id: provider_id.into(),
            name: name.into(),
            he: None,
            country: "IL".into(),
            kind: TileKind::Bank,
            domains: Vec::new(),
            bics: Vec::new(),
            offers: Offers::default(),
            invented: false,
        }
    }

    fn run(listed: &[Listed], known: &[Entry], decisions: &Decisions) -> Placed {
        place("p", &gesher_directory::israel(), listed.to_vec(), known, decisions)
    }

    fn institutions(placed: &Placed) -> Vec<&str> {
        placed.entries.iter().map(|entry| entry.institution.as_str()).collect()
    }

    #[test]
    fn a_second_run_changes_nothing_and_says_what_is_gone() {
        let list = [listed("1", "Bank Leumi"), listed("2", "Kibbutz Savings"), listed("3", "Bank Leumy")];
        let first = run(&list, &[], &Decisions::new());
        assert_eq!(institutions(&first), ["il-leumi", "il-kibbutz-savings"]);
        assert_eq!((first.new, first.skipped, first.gone, first.doubtful.len()), (1, 0, 0, 1));
        let again = run(&list, &first.entries, &Decisions::new());
        assert_eq!((&again.entries, again.new, again.gone), (&first.entries, 1, 0));
        // What somebody once was stays, also under another name.
        let renamed = [listed("1", "Leumi Digital Finance"), listed("2", "Savings of the Kibbutz")];
        assert_eq!(
            institutions(&run(&renamed, &first.entries, &Decisions::new())),
            institutions(&first)
        );
        let fewer = run(&list[..1], &first.entries, &Decisions::new());
        assert_eq!((institutions(&fewer), fewer.gone), (vec!["il-leumi"], 1));
    }

    #[test]
    fn a_decision_settles_what_is_doubtful_and_lasts() {
        let list = [listed("3", "Bank Leumy")];
        let decided = |decision| Decisions::from([("3".to_owned(), decision)]);
        let same = run(&list, &[], &decided(Decision::Same("il-leumi".into())));
        assert_eq!((institutions(&same), same.doubtful.len()), (vec!["il-leumi"], 0));
        let new = run(&list, &[], &decided(Decision::New));
        assert_eq!((institutions(&new), new.new), (vec!["il-bank-leumy"], 1));
        let skip = run(&list, &[], &decided(Decision::Skip));
        assert_eq!((skip.entries.len(), skip.skipped), (0, 1));
        for decided in [same, new] {
            assert_eq!(run(&list, &decided.entries, &Decisions::new()).entries, decided.entries);
        }
    }

    #[test]
    fn what_is_not_fit_to_be_shown_is_skipped() {
        let unfit = [
            listed("", "Nameless id"),
            listed("1", " "),
            listed("2", &"x".repeat(LONGEST + 1)),
            listed("3", "line\nbreak"),
            Listed {
                country: "XX".into(),
                ..listed("4", "Nowhere")
            },
            listed("5", "Twice"),
            listed("5", "Twice"),
        ];
        let placed = run(&unfit, &[], &Decisions::new());
        assert_eq!((institutions(&placed), placed.skipped), (vec!["il-twice"], 6));
    }
}
