//! What every provider has to do, whatever it speaks.
//!
//! **Contract.** A [`Subject`] brings a provider, a local server that speaks its protocol, and a person who fills forms and walks through
//! pages. The checks know nothing else of it. Between the two stands a [`Wire`] that counts what is asked and breaks answers on demand.

mod checks;
mod person;
mod trouble;
mod wire;

pub use checks::*;
pub use person::{connect, launch};
pub use trouble::*;
pub use wire::Wire;

use async_trait::async_trait;
use gesher_contract::{FailureCode, Form};
use gesher_domain::testing::ManualClock;
use gesher_domain::{Clock as _, Timestamp};
use gesher_sandbox::Authority;
use gesher_server::clock::{SystemClock, SystemRng};
use gesher_server::http::serve::serve;
use gesher_server::outbound;
use gesher_server::providers::{Ask, Cx, Grant, Launch, Provider, PsuContext, Reach, Settings, Want};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// 20 November 2026, noon.
const NOON: i64 = 1_795_176_000_000_000;
/// Calls are given up after so long here: slowness is met without waiting for it.
pub const PATIENCE: Duration = Duration::from_millis(1500);

/// A local sandbox on a clock that the test moves, with a [`Wire`] before it.
pub struct Place {
    pub clock: Arc<ManualClock>,
    pub wire: Wire,
    /// Its address, without a slash at the end.
    pub url: String,
    /// The address of its listener that wants a certificate, likewise.
    pub guarded_url: String,
    /// Who issues such certificates. Its own holds by the real time, which is TLS's.
    pub authority: Arc<Authority>,
}

impl Place {
    pub async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::at(Timestamp(NOON)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let guarded = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let guarded_url = format!("https://{}", guarded.local_addr().expect("an address"));
        let authority = Arc::new(Authority::new(SystemClock.now().0).expect("an authority"));
        let wire = Wire::default();
        let time = clock.clone();
        let sandbox = gesher_sandbox::Sandbox::new(gesher_sandbox::Config {
            gesher_url: "https://gesher.example".to_owned(),
            gesher_url_internal: "http://127.0.0.1:1".to_owned(),
            sandbox_url: url.clone(),
            guarded_url: guarded_url.clone(),
            authority: authority.clone(),
            api_key: "gk_test_none".to_owned().into(),
            client: outbound::client(true).expect("a client"),
            clock: Arc::new(move || time.now().0),
            seed: 1,
        });
        let router = wire.before(sandbox.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let tls = authority.listener("127.0.0.1", SystemClock.now().0).expect("a listener");
        let tls = Some(TlsAcceptor::from(Arc::new(tls)));
        tokio::spawn(serve(guarded, wire.before(sandbox.guarded()), tls, CancellationToken::new()));
        Self {
            clock,
            wire,
            url,
            guarded_url,
            authority,
        }
    }

    /// What a call may use of the world. `there` says whether the person is.
    pub fn cx(&self, settings: &[(&str, &str)], there: bool) -> Cx {
        let set = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
        Cx {
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(PATIENCE)
                .build()
                .expect("a client"),
            now: self.clock.now(),
            rng: Arc::new(SystemRng),
            psu: there.then(|| PsuContext {
                ip: Some([192, 0, 2, 7].into()),
                user_agent: Some("Tester/1".to_owned()),
            }),
            settings: set.collect::<Settings>(),
            hooks: "https://gesher.example/hooks/provider/abc123/test".to_owned(),
        }
    }
}

/// A provider with everything that a check needs of it.
#[async_trait]
pub trait Subject: Send + Sync {
    /// The provider.
    fn provider(&self) -> &dyn Provider;
    /// Where its institutions are.
    fn place(&self) -> &Place;
    /// What is set for it.
    fn settings(&self) -> Vec<(String, String)>;
    /// What a tenant may have set wrongly: settings with which nothing is let in.
    fn wrong_settings(&self) -> Option<Vec<(String, String)>> {
        None
    }
    /// What is asked for at an institution where all goes well.
    fn ask(&self) -> Ask;
    /// People to whom something happens, and what that has to be called.
    fn fates(&self) -> Vec<(&'static str, FailureCode)>;
    /// What this person fills in. `""` is the one to whom nothing happens.
    fn answers(&self, form: &Form, fate: &str) -> BTreeMap<String, String>;
    /// The person goes to the institution's pages; gives the query with which they come back.
    async fn visit(&self, address: &str, launch: &Launch, fate: &str) -> String;
    /// Whether the institution may act on such a call only once, so that it must never be sent again by itself.
    fn is_submit(&self, method: &str, path: &str) -> bool;
    /// Part of the path of the calls that only bring transactions; empty where there are none of their own.
    fn transactions_path(&self) -> &'static str;
    /// Part of the path of the calls that only bring balances; empty where there are none of their own.
    fn balances_path(&self) -> &'static str;
    /// Whether the institution can be told to want the person again; does that.
    async fn lose(&self, _grant: &Grant) -> bool {
        false
    }
}

/// What a call may use of the world, for a subject.
pub fn cx(subject: &dyn Subject, there: bool) -> Cx {
    let settings = subject.settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    subject.place().cx(&settings, there)
}

/// Everything of the last ninety days, of accounts that were never fetched.
pub fn everything() -> Want {
    Want {
        first_day: "2026-08-22".to_owned(),
        date_from: "2026-08-22".to_owned(),
        known: BTreeSet::new(),
        date_to: "2026-11-20".to_owned(),
        reach: Reach::everything(),
    }
}

/// Makes the tests of a subject: one for each check, and one that there is none too few.
macro_rules! conformance {
    ($subject:expr; $($check:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let subject = $subject.await;
                $crate::conformance::$check(&subject).await;
            }
        )+

        #[test]
        fn no_check_is_left_out() {
            assert_eq!([$(stringify!($check)),+], $crate::conformance::ALL);
        }
    };
    ($subject:expr) => {
        $crate::conformance::conformance!($subject;
            a_person_gets_through_and_the_data_make_sense,
            each_end_has_its_name,
            only_what_is_declared_is_asked_of_a_person,
            what_is_not_wanted_is_not_asked_for,
            an_access_lasts_and_is_given_back_until_that_is_true,
            a_repair_brings_an_access_that_works,
            an_access_that_is_lost_says_so,
            trouble_while_reading_passes_and_is_called_by_its_name,
            nothing_is_sent_twice_that_may_be_acted_on_once,
            nobody_is_followed_elsewhere,
            an_answer_without_end_is_cut_off,
            what_comes_twice_is_there_once,
            the_persons_presence_is_told_only_while_they_are_there,
            a_wrong_setting_is_found_and_called_by_its_name,
        );
    };
}
pub(crate) use conformance;
