//! The bank whose interface is on the guarded listener alone, and that listener.

use crate::seals::Seal;
use crate::tpp::{GUARDED, NOON, OK, SANDBOX, Town, href, offered, request};
use gesher_sandbox::{Authority, Issued, Purpose};
use http::{Method, StatusCode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::json;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use url::Url;

const ANYBODY: &str = "321547416";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn its_interface_is_on_the_guarded_listener_and_its_pages_are_not() {
    let town = Town::new();
    let seal = Seal::new(&town.authority, Purpose::Seal, NOON);
    let consents = "/psd2/guarded-bank/v1/consents";
    let context = [("psu-ip-address", "192.168.8.78"), ("tpp-redirect-uri", OK)];
    let outside = seal.call(&town, Method::POST, consents, &context, Some(request(offered()))).await;
    assert_eq!(outside.refusal(), (401, "CERTIFICATE_MISSING".into()));
    let inside = format!("{GUARDED}{consents}");
    let unsigned = town
        .tpp("guarded-bank")
        .call(Method::POST, &inside, &context, Some(request(offered())))
        .await;
    assert_eq!(unsigned.refusal(), (401, "SIGNATURE_MISSING".into()));
    let consent = seal.call(&town, Method::POST, &inside, &context, Some(request(offered()))).await;
    assert_eq!(consent.status, StatusCode::CREATED, "{}", consent.text);
    let consent = consent.json();
    let metadata = href(&consent, "scaOAuth");
    assert!(metadata.starts_with(GUARDED));
    for nowhere in [metadata.replace(GUARDED, SANDBOX), format!("{SANDBOX}/psd2/guarded-bank/token")] {
        assert_eq!(
            town.page(&nowhere).await.status,
            if nowhere.ends_with("token") {
                StatusCode::METHOD_NOT_ALLOWED
            } else {
                StatusCode::NOT_FOUND
            }
        );
    }
    let metadata = town.page(metadata).await.json();
    assert_eq!(metadata["issuer"], format!("{GUARDED}/psd2/guarded-bank"));
    let mut page = Url::parse(metadata["authorization_endpoint"].as_str().expect("an address")).expect("an address");
    assert!(page.as_str().starts_with(SANDBOX), "no browser has a TPP's certificate");
    let id = consent["consentId"].as_str().expect("an id");
    page.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", "tpp"),
        ("redirect_uri", OK),
        ("scope", &format!("AIS:{id}")),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let back = town.approve(page.as_str(), ANYBODY, None).await;
    let answer = |name: &str| {
        back.query_pairs()
            .find(|(known, _)| known == name)
            .expect("a parameter")
            .1
            .into_owned()
    };
    assert_eq!(answer("iss"), format!("{GUARDED}/psd2/guarded-bank"));
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("client_id", "tpp"),
            ("redirect_uri", OK),
            ("code_verifier", VERIFIER),
            ("code", &answer("code")),
        ])
        .finish();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let token = metadata["token_endpoint"].as_str().expect("an address");
    let given = town.send(Method::POST, token, &kind, form).await.json();
    let bearer = format!("Bearer {}", given["access_token"].as_str().expect("a token"));
    for list in ["accounts", "cards", "savings", "loans"] {
        let address = format!("{GUARDED}/psd2/guarded-bank/v1/{list}");
        let headers = [("consent-id", id), ("authorization", bearer.as_str())];
        let read = seal.call(&town, Method::GET, &address, &headers, None).await;
        assert_eq!(read.status, StatusCode::OK, "{list}: {}", read.text);
        assert!(read.json()[list].is_array());
    }
    assert_eq!(
        town.page(&format!("{GUARDED}/psd2/guarded-bank/app")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(town.page(&format!("{GUARDED}/shop")).await.json(), json!(null));
}

/// Whether the listener lets in who shows this.
async fn is_let_in(listener: &Authority, trusted: &Authority, shown: Option<&Issued>) -> bool {
    let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_micros() as i64;
    let acceptor = TlsAcceptor::from(Arc::new(listener.listener("localhost", now).expect("a listener")));
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    let served = tokio::spawn(async move {
        let (stream, _) = socket.accept().await.expect("a connection");
        if let Ok(mut stream) = acceptor.accept(stream).await {
            let _ = stream.write_all(b"in").await;
            let _ = stream.shutdown().await;
        }
    });
    let mut roots = rustls::RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(trusted.certificate().as_bytes()).expect("a certificate");
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let client = match shown {
        None => client.with_no_client_auth(),
        Some(issued) => {
            let certificate = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).expect("a certificate");
            let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("a key");
            client.with_client_auth_cert(vec![certificate], key).expect("a pair")
        }
    };
    let stream = TcpStream::connect(address).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut said = Vec::new();
    if let Ok(mut stream) = TlsConnector::from(Arc::new(client)).connect(name, stream).await {
        let _ = stream.read_to_end(&mut said).await;
    }
    served.await.expect("served");
    said == b"in"
}

#[tokio::test]
async fn the_guarded_listener_lets_in_who_shows_a_website_certificate_of_the_authority() {
    let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_micros() as i64;
    let (ours, other) = (
        Authority::new(now).expect("an authority"),
        Authority::new(now).expect("an authority"),
    );
    let kept = Authority::kept(&ours.certificate(), &ours.key()).expect("what was kept");
    let issue = |authority: &Authority, purpose| authority.issue(purpose, [1; 32], now).expect("a certificate");
    assert!(
        is_let_in(&kept, &ours, Some(&issue(&ours, Purpose::Website))).await,
        "a restart changes nothing"
    );
    assert!(!is_let_in(&ours, &ours, None).await);
    assert!(!is_let_in(&ours, &ours, Some(&issue(&other, Purpose::Website))).await);
    let old = ours
        .issue(Purpose::Website, [1; 32], now - 11 * 366 * 24 * 3600 * 1_000_000)
        .expect("a certificate");
    assert!(!is_let_in(&ours, &ours, Some(&old)).await);
    assert!(
        !is_let_in(&ours, &other, Some(&issue(&ours, Purpose::Website))).await,
        "the bank shows one too"
    );
}
