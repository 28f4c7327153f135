//! Lasting ids: who was in the previous file keeps the id that it had there.

use super::Draft;
use crate::data::Row;
use crate::fold::fold;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What two rows of one country may have in common, the most telling first.
#[derive(Clone, Copy)]
enum Mark {
    Name,
    Code,
    Bic,
}

/// Gives each draft that the previous rows know its old id: those with a name in common first, then those with the most
/// codes in common, then those with a BIC in common. An old id goes to one draft, and one of the hand-kept file to none.
pub(super) fn ids(drafts: &mut [Draft], previous: &[Row], by_hand: &HashSet<String>) {
    let mut free: HashSet<usize> = (0..previous.len()).filter(|&at| !by_hand.contains(&previous[at].id)).collect();
    for mark in [Mark::Name, Mark::Code, Mark::Bic] {
        let mut owners: HashMap<(&str, String), Vec<usize>> = HashMap::new();
        for &at in &free {
            let row = &previous[at];
            for text in marks(mark, row) {
                owners
                    .entry((row.country.as_deref().unwrap_or_default(), text))
                    .or_default()
                    .push(at);
            }
        }
        for draft in drafts.iter_mut().filter(|draft| draft.row.id.is_empty()) {
            let own = match mark {
                Mark::Name => draft.keys.iter().cloned().collect(),
                Mark::Code | Mark::Bic => marks(mark, &draft.row),
            };
            let mut common: BTreeMap<usize, usize> = BTreeMap::new();
            for text in own {
                for at in owners
                    .get(&(draft.country(), text))
                    .into_iter()
                    .flatten()
                    .filter(|at| free.contains(at))
                {
                    *common.entry(*at).or_default() += 1;
                }
            }
            // The first of the most like: the same for the same files.
            let most = common.into_iter().min_by_key(|&(at, count)| (Reverse(count), at));
            if let Some((at, _)) = most {
                free.remove(&at);
                draft.row.id.clone_from(&previous[at].id);
            }
        }
    }
}

fn marks(mark: Mark, row: &Row) -> Vec<String> {
    match mark {
        Mark::Name => row.names.all().map(fold).collect(),
        Mark::Code => row.codes.clone(),
        Mark::Bic => row.bics.clone(),
    }
}
