//! The guard against addresses that lead inside: a sentinel listens, and must never be connected to.

mod requests;
mod spellings;

use super::*;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// Listens on this machine, and counts who comes.
struct Sentinel {
    address: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Sentinel {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::new(AtomicUsize::new(0));
        let counts = came.clone();
        tokio::spawn(async move {
            loop {
                let _ = listener.accept().await;
                counts.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, came }
    }

    /// How many came. A connection of ours comes last, so that none is still on its way.
    async fn connections(&self) -> usize {
        let before = self.came.load(Ordering::SeqCst);
        let _ours = tokio::net::TcpStream::connect(self.address).await.unwrap();
        while self.came.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
        self.came.load(Ordering::SeqCst) - 1
    }
}

/// A DNS that gives one answer after the other, and the last one for ever.
struct Answers {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Answers {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().rev().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait::async_trait]
impl Resolve for Answers {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        match answers.len() {
            0 => Err(io::ErrorKind::NotFound.into()),
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.pop().unwrap_or_default()),
        }
    }
}

fn settings(demo: bool) -> Settings {
    Settings {
        demo,
        closed: Vec::new(),
        own_url: None,
        open: Vec::new(),
        time_limit: Duration::from_secs(20),
    }
}

fn guard(settings: Settings, resolver: Arc<dyn Resolve>) -> Guard {
    Guard::over(settings, resolver).unwrap()
}

async fn post(guard: &Guard, url: &str) -> Result<Answer, Failed> {
    guard.post(url, HeaderMap::new(), Bytes::from_static(b"{}")).await
}

/// All names lead to this machine.
fn inside() -> Arc<Answers> {
    Answers::new(&[&["127.0.0.1", "::1"]])
}

const FORBIDDEN: Failed = Failed::Refused(Refused::Forbidden);

#[tokio::test]
async fn a_name_that_leads_outside_when_it_is_checked_and_inside_when_it_is_used_connects_to_nothing() {
    let sentinel = Sentinel::start().await;
    let url = format!("https://rebinding.example:{}/hook", sentinel.address.port());
    for private in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "64:ff9b::7f00:1",
    ] {
        let dns = Answers::new(&[&["93.184.215.14"], &[private]]);
        let guard = guard(settings(false), dns.clone());
        assert_eq!(guard.check(&url).await, Ok(()));
        assert_eq!(post(&guard, &url).await.unwrap_err(), FORBIDDEN, "{private}");
        assert_eq!(
            dns.asked.load(Ordering::SeqCst),
            2,
            "a request asks once, and uses what it was told"
        );
        assert_eq!(guard.check(&url).await, Err(Refused::Forbidden), "{private}");
    }
    assert_eq!(sentinel.connections().await, 0);
}

#[tokio::test]
async fn of_what_a_name_leads_to_only_what_may_be_reached_is_used() {
    let sentinel = Sentinel::start().await;
    let dns = Answers::new(&[&["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1"]]);
    let guard = guard(settings(true), dns);
    let target = Target::parse(&format!("http://mixed.example:{}/", sentinel.address.port()), true).unwrap();
    assert_eq!(
        guard.addresses(&target).await,
        Ok(vec![sentinel.address]),
        "loopback alone, as IPv4"
    );
}

#[tokio::test]
async fn our_own_listeners_are_closed_by_address_and_by_name() {
    let sentinel = Sentinel::start().await;
    let port = sentinel.address.port();
    for listener in [sentinel.address, (Ipv4Addr::UNSPECIFIED, port).into()] {
        let mut settings = settings(true);
        settings.closed = vec![listener];
        let guard = guard(settings, inside());
        for host in [
            "127.0.0.1",
            "127.0.0.2",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "hooks.example",
            "0x7f.1",
        ] {
            assert_eq!(
                post(&guard, &format!("http://{host}:{port}/")).await.unwrap_err(),
                FORBIDDEN,
                "{host}"
            );
        }
    }
    let own_url = url::Url::parse("https://gesher.example").ok();
    let guard = guard(
        Settings {
            own_url,
            ..settings(false)
        },
        Answers::new(&[&["93.184.215.14"]]),
    );
    for (url, allowed) in [
        ("https://gesher.example/v1", false),
        ("https://GESHER.example.:443/v1", false),
        ("https://gesher.example:8443/", true),
        ("https://hooks.gesher.example/", true),
    ] {
        assert_eq!(guard.check(url).await.is_ok(), allowed, "{url}");
    }
    assert_eq!(sentinel.connections().await, 0);
}

#[tokio::test]
async fn in_demo_mode_loopback_and_the_sandbox_are_open_and_nothing_else_inside_is() {
    let sandbox: SocketAddr = "192.168.7.7:3001".parse().unwrap();
    let mut open = settings(true);
    open.open = vec![sandbox];
    let guard = guard(open, inside());
    for (url, allowed) in [
        ("http://127.0.0.1:9/", true),
        ("http://shop.localhost:9/", true),
        ("https://[::1]:9/", true),
        ("http://192.168.7.7:3001/", true),
        ("http://192.168.7.7:3002/", false),
        ("http://192.168.7.8:3001/", false),
        ("http://0.0.0.0:9/", false),
        ("http://169.254.169.254/", false),
    ] {
        assert_eq!(guard.check(url).await.is_ok(), allowed, "{url}");
    }
}

#[tokio::test]
async fn outside_demo_mode_the_names_of_this_machine_are_refused_whatever_a_resolver_says() {
    let nowhere = guard(settings(false), Answers::new(&[]));
    for url in [
        "https://localhost/",
        "https://hooks.localhost/",
        "https://Hooks.LOCALHOST./",
        "https://a.b.localhost:8443/x",
    ] {
        assert_eq!(nowhere.check(url).await, Err(Refused::Forbidden), "{url}");
    }
    assert_eq!(
        nowhere.check("https://localhost.example/").await,
        Ok(()),
        "a name that nobody has is tried when it is needed"
    );
}
