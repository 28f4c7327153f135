//! Asking again where nothing was changed.
//!
//! **Contract.** For reads alone: whatever may be acted on only once (a credential, a code, a consent, an exchange) is never sent through
//! here. Three tries at most, with pauses that grow and differ, so that many callers do not come back together.

use super::Cx;
use std::time::Duration;

/// Tries in all.
const TRIES: u32 = 3;
/// The first pause; each later one is twice as long. Up to as much again comes by chance.
const PAUSE: Duration = Duration::from_millis(200);

/// Makes a call that changes nothing, and makes it again while its failure is one that passes.
///
/// # Errors
/// The last failure.
pub async fn read<T, E, F>(cx: &Cx, passes: impl Fn(&E) -> bool, call: impl Fn() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut tried = 1;
    loop {
        match call().await {
            Err(failed) if tried < TRIES && passes(&failed) => {
                tokio::time::sleep(pause(cx, tried)).await;
                tried += 1;
            }
            outcome => return outcome,
        }
    }
}

fn pause(cx: &Cx, tried: u32) -> Duration {
    let mut chance = [0];
    cx.rng.fill(&mut chance);
    let pause = PAUSE * 2_u32.pow(tried - 1);
    pause + pause * u32::from(chance[0]) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRng;
    use crate::providers::Settings;
    use std::cell::Cell;
    use std::sync::Arc;

    #[test]
    fn pauses_grow_and_differ() {
        let cx = cx();
        for (tried, least) in [(1, 200), (2, 400)] {
            let all: std::collections::BTreeSet<_> = (0..64).map(|_| pause(&cx, tried).as_millis()).collect();
            assert!(
                all.len() > 8 && all.iter().all(|pause| (least..=2 * least).contains(pause)),
                "{all:?}"
            );
        }
    }

    fn cx() -> Cx {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Cx {
            http: crate::outbound::client(false).expect("a client"),
            now: gesher_domain::Timestamp(0),
            rng: Arc::new(SystemRng),
            psu: None,
            settings: Settings::default(),
            hooks: String::new(),
        }
    }

    #[tokio::test]
    async fn what_passes_is_asked_again_twice_and_the_rest_never() {
        for (fails, passes, calls) in [(0, true, 1), (2, true, 3), (9, true, 3), (9, false, 1)] {
            let made = Cell::new(0);
            let outcome = read(
                &cx(),
                |_: &()| passes,
                || {
                    made.set(made.get() + 1);
                    std::future::ready(if made.get() > fails { Ok(()) } else { Err(()) })
                },
            )
            .await;
            assert_eq!((made.get(), outcome.is_ok()), (calls, fails < calls));
        }
    }
}
