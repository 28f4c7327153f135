//! The sandbox: fake banks with believable data, a fake of Plaid in front of others, and a demo shop that embeds Gesher.
//!
//! It has a listener of its own and knows Gesher only over HTTP, as a real bank and a real shop would; it depends on no other crate
//! of the workspace. Everything it remembers is in memory and bounded.

mod authority;
mod banks;
mod bounded;
mod headers;
mod html;
mod lang;
mod open_finance;
mod plaid;
mod psd2;
mod random;
mod salt_edge;
mod shop;
mod trouble;

pub use authority::{Authority, AuthorityError, Issued, Purpose};
pub use plaid::{CLIENT_ID as PLAID_CLIENT_ID, SECRET as PLAID_SECRET};

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};
use banks::Banks;
use open_finance::OpenFinance;
use plaid::Plaid;
use psd2::Psd2;
use salt_edge::SaltEdge;
pub use salt_edge::{
    API_KEY as SALT_EDGE_API_KEY, ApiKey as SaltEdgeApiKey, CALLBACK_KEY as SALT_EDGE_CALLBACK_KEY, LIVE_API_KEY as SALT_EDGE_LIVE_API_KEY,
};
use shop::Shop;
use std::fmt;
use std::sync::Arc;

/// Tells the time, in microseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

pub use open_finance::{
    CLIENT_ID as OPEN_FINANCE_CLIENT_ID, CLIENT_SECRET as OPEN_FINANCE_CLIENT_SECRET, READING_CLIENT_ID as OPEN_FINANCE_READING_CLIENT_ID,
    READING_CLIENT_SECRET as OPEN_FINANCE_READING_CLIENT_SECRET, TRIAL_CLIENT_ID as OPEN_FINANCE_TRIAL_CLIENT_ID,
    TRIAL_CLIENT_SECRET as OPEN_FINANCE_TRIAL_CLIENT_SECRET,
};

/// The demo shop's name.
pub const SHOP_NAME: &str = shop::NAME;
/// The demo shop's mark, an SVG.
pub const SHOP_MARK: &str = include_str!("shop/static/icon.svg");
/// The demo shop's colour by day and by night.
pub const SHOP_COLOURS: [&str; 2] = ["#22367f", "#a9bbff"];

/// The largest body that anybody may send here.
const BODY: usize = 16 * 1024;

/// A text that is never printed.
#[derive(Clone)]
pub struct Secret(String);

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What the sandbox is told when it starts.
pub struct Config {
    /// Where browsers reach Gesher, without a slash at the end.
    pub gesher_url: String,
    /// Where the shop's backend reaches Gesher, without a slash at the end.
    pub gesher_url_internal: String,
    /// Where browsers reach the sandbox, without a slash at the end.
    pub sandbox_url: String,
    /// Where the guarded listener is ([`Sandbox::guarded`]), without a slash at the end.
    pub guarded_url: String,
    /// Whose certificates the banks take that want one.
    pub authority: Arc<Authority>,
    /// The shop's API key at Gesher.
    pub api_key: Secret,
    /// The client with which the shop's backend calls Gesher.
    pub client: reqwest::Client,
    /// The time.
    pub clock: Clock,
    /// What ids and the banks' token signatures are made from. With the same seed after a restart, the banks still know the access
    /// tokens they gave out.
    pub seed: u64,
}

/// The banks and the shop.
pub struct Sandbox {
    banks: Arc<Banks>,
    psd2: Arc<Psd2>,
    open_finance: Arc<OpenFinance>,
    salt_edge: Arc<SaltEdge>,
    plaid: Arc<Plaid>,
    shop: Arc<Shop>,
}

/// The origins from which the shop's page opens the widget when the sandbox stands at this address. Gesher has to allow each, and
/// register each with `/shop/return` as a redirect URL.
pub fn shop_origins(sandbox_url: &str) -> Vec<String> {
    shop::origins(sandbox_url)
}

impl Sandbox {
    /// A sandbox that has seen nobody.
    pub fn new(config: Config) -> Self {
        let shop = Shop::new(&config);
        let salt_edge = SaltEdge::new(&config);
        let open_finance = OpenFinance::new(&config);
        let plaid = Plaid::new(&config);
        let place = psd2::Place {
            url: config.sandbox_url,
            guarded_url: config.guarded_url,
            authority: config.authority,
        };
        Self {
            open_finance: Arc::new(open_finance),
            plaid: Arc::new(plaid),
            psd2: Arc::new(Psd2::new(Arc::clone(&config.clock), config.seed, place)),
            salt_edge: Arc::new(salt_edge),
            shop: Arc::new(shop),
            banks: Arc::new(Banks::new(config.clock, config.seed)),
        }
    }

    /// What a listener serves that lets in those alone who show a certificate of the test authority ([`Authority::listener`]).
    pub fn guarded(&self) -> Router {
        psd2::guarded(Arc::clone(&self.psd2))
            .layer(DefaultBodyLimit::max(BODY))
            .layer(middleware::from_fn(headers::closed))
    }

    /// Everything that the sandbox's listener serves to everybody.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/health", get(|| async { "ok\n" }))
            .nest("/bank/{bank_id}", banks::router(Arc::clone(&self.banks)))
            .merge(banks::listing())
            .merge(psd2::router(Arc::clone(&self.psd2)))
            .merge(open_finance::router(Arc::clone(&self.open_finance)))
            .merge(salt_edge::router(Arc::clone(&self.salt_edge)))
            .merge(plaid::router(Arc::clone(&self.plaid)))
            .merge(shop::router(Arc::clone(&self.shop)))
            .layer(DefaultBodyLimit::max(BODY))
            .layer(middleware::from_fn(headers::closed))
    }
}
