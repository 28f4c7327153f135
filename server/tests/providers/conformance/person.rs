//! A person at a provider's institution, from the beginning to an end.

use super::{Subject, cx};
use gesher_contract::FailureCode;
use gesher_domain::Clock as _;
use gesher_server::providers::{Ask, Failed, Grant, Input, Landed, Launch, Leg, Progress, ReturnParams, Step, StepKind};
use std::time::Duration;

/// Steps after which somebody goes round in circles.
const MOST: usize = 60;

/// How it ended.
pub struct Ended {
    /// What came of it.
    pub outcome: Result<Grant, Failed>,
    /// What the person was asked for.
    pub asked: Vec<StepKind>,
    /// The provider's last state.
    pub leg: Option<Leg>,
}

/// A return address as it is given to an institution.
pub fn launch() -> Launch {
    Launch {
        state: "state-0123456789abcdef".to_owned().into(),
        return_url: "https://gesher.example/callback/abc123/provider/bank".to_owned(),
    }
}

/// A person with this fate connects.
pub async fn connect(subject: &dyn Subject, ask: &Ask, fate: &str) -> Ended {
    let provider = subject.provider();
    let mut asked = Vec::new();
    let mut progress = match provider.begin(&cx(subject, true), ask).await {
        Ok(progress) => progress,
        Err(failed) => {
            return Ended {
                outcome: Err(failed),
                asked,
                leg: None,
            };
        }
    };
    for _ in 0..MOST {
        asked.extend(progress.step.kind());
        let before = progress.leg.clone();
        let next = match progress.step {
            Step::Done(grant) => {
                return Ended {
                    outcome: Ok(grant),
                    asked,
                    leg: Some(before),
                };
            }
            Step::Form(form) => {
                let answers = subject.answers(&form, fate);
                provider.go_on(&cx(subject, true), progress.leg, Input::Answers(answers)).await
            }
            Step::Wait { next_poll, .. } => {
                // The clock of the institutions is this one; those that work in the background need a moment, too.
                let now = subject.place().clock.now();
                subject.place().clock.advance(now.until(next_poll).max(Duration::from_secs(1)));
                tokio::time::sleep(Duration::from_millis(5)).await;
                provider.go_on(&cx(subject, true), progress.leg, Input::Poll).await
            }
            Step::Accounts(accounts) => {
                let all = accounts.into_iter().map(|offered| offered.account.id).collect();
                provider.go_on(&cx(subject, true), progress.leg, Input::Accounts(all)).await
            }
            Step::Redirect => leave(subject, progress.leg, fate).await,
        };
        progress = match next {
            Ok(progress) => progress,
            Err(failed) => {
                return Ended {
                    outcome: Err(failed),
                    asked,
                    leg: Some(before),
                };
            }
        };
    }
    panic!("after {MOST} steps there is no end: {asked:?}");
}

/// To the institution's pages and back.
async fn leave(subject: &dyn Subject, leg: Leg, fate: &str) -> Result<Progress, Failed> {
    let provider = subject.provider();
    let launch = launch();
    let (address, leg) = provider.launch(&cx(subject, true), leg, &launch).await?;
    let query = subject.visit(address.expose(), &launch, fate).await;
    let params = ReturnParams::parse(&query).expect("a query");
    match provider.read_return(&leg, &params) {
        Ok(Landed::GoOn) => provider.go_on(&cx(subject, true), leg, Input::Returned(params)).await,
        Ok(Landed::Failed(code)) => Err(code.into()),
        Err(_) => Err(FailureCode::Internal.into()),
    }
}
