//! Handles and tickets: what a browser document holds to prove which instance of which session it is.
//!
//! **Goal.** No row is written for a page that is only looked at, so a candidate's secret has to travel with the page.
//! **Contract.** Both are sealed with the master key, so a page can neither read nor make one. A handle names session,
//! door and instance; a ticket also names the session's version that its screen was made on, which is what makes it one-time.

use crate::core::Core;
use crate::secrets::{Context, ExposeSecret as _};
use data_encoding::BASE64URL_NOPAD;
use gesher_app::backend::{Instance, Refused, SessionRef};
use gesher_contract::{Door, Language, Picture, SessionId};
use gesher_domain::new_secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is sealed in a handle or a ticket.
#[derive(Serialize, Deserialize)]
struct Sealed {
    door: Door,
    instance: String,
    preferred: Option<Language>,
    silent: bool,
    vendor_messages: bool,
    /// Only in a ticket.
    step: Option<i64>,
}

const HANDLE: &str = "handle";
const TICKET: &str = "ticket";
const STREAM: &str = "stream";
const PICTURE: &str = "picture";

/// Seals a handle.
pub fn handle(core: &Core, at: &SessionRef) -> String {
    seal(core, at, HANDLE, None)
}

/// Seals a ticket for the screen of this version.
pub fn ticket(core: &Core, at: &SessionRef, version: i64) -> String {
    seal(core, at, TICKET, Some(version))
}

/// Seals a ticket of a new document in the place of this one, for its first act.
pub fn newcomer(core: &Core, at: &SessionRef) -> String {
    let newcomer = SessionRef {
        instance: Instance(new_secret(&*core.rng)),
        ..at.clone()
    };
    seal(core, &newcomer, TICKET, None)
}

/// Seals a ticket that tells when the session moves, and does nothing else.
pub fn stream(core: &Core, at: &SessionRef) -> String {
    seal(core, at, STREAM, None)
}

/// Where the picture of a field is. Only this document's ticket opens it.
pub fn picture_address(core: &Core, at: &SessionRef, field: &str, picture: &Picture) -> String {
    let which = BASE64URL_NOPAD.encode(&Sha256::digest(picture.base64.as_bytes())[..6]);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("field", field)
        .append_pair("which", &which)
        .finish();
    format!("/w/picture/{}?{query}", seal(core, at, PICTURE, None))
}

/// Opens a ticket for a picture.
///
/// # Errors
/// [`Refused::Unknown`] when it is not one that this Gesher sealed.
pub fn open_picture(core: &Core, text: &str) -> Result<SessionRef, Refused> {
    unseal(core, text, &[PICTURE])
}

fn seal(core: &Core, at: &SessionRef, column: &str, step: Option<i64>) -> String {
    let sealed = Sealed {
        door: at.door,
        instance: at.instance.0.clone(),
        preferred: at.preferred,
        silent: at.silent,
        vendor_messages: at.vendor_messages,
        step,
    };
    let plain = postcard::to_allocvec(&sealed).unwrap_or_default();
    let context = Context {
        tenant: at.tenant.as_str(),
        table: "sessions",
        row: at.id.as_str(),
        column,
    };
    let body = core.seal(&context, &plain);
    format!("{}.{}.{}", &column[..1], at.id, BASE64URL_NOPAD.encode(&body))
}

/// Opens a handle or a ticket for acts.
///
/// # Errors
/// [`Refused::Unknown`] when it is not one that this Gesher sealed.
pub fn open(core: &Core, text: &str) -> Result<SessionRef, Refused> {
    unseal(core, text, &[HANDLE, TICKET])
}

/// Opens a ticket for the event stream.
///
/// # Errors
/// [`Refused::Unknown`] when it is not one that this Gesher sealed.
pub fn open_stream(core: &Core, text: &str) -> Result<SessionRef, Refused> {
    unseal(core, text, &[STREAM])
}

fn unseal(core: &Core, text: &str, kinds: &[&'static str]) -> Result<SessionRef, Refused> {
    let mut parts = text.splitn(3, '.');
    let (Some(kind), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refused::Unknown);
    };
    let column = kinds.iter().find(|column| column[..1] == *kind).ok_or(Refused::Unknown)?;
    let id = SessionId::parse(id).map_err(|_| Refused::Unknown)?;
    let tenant = id.tenant();
    let body = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| Refused::Unknown)?;
    let context = Context {
        tenant: tenant.as_str(),
        table: "sessions",
        row: id.as_str(),
        column,
    };
    let plain = core.keyring.open(&context, &body).map_err(|_| Refused::Unknown)?;
    let sealed: Sealed = postcard::from_bytes(plain.expose_secret()).map_err(|_| Refused::Unknown)?;
    Ok(SessionRef {
        tenant,
        id,
        instance: Instance(sealed.instance),
        door: sealed.door,
        preferred: sealed.preferred,
        silent: sealed.silent,
        vendor_messages: sealed.vendor_messages,
        step: sealed.step,
    })
}

/// The two digits by which the person shows `/go` that they see this document, in this attempt.
pub fn digits(instance: &Instance, attempt: u32) -> String {
    let mut hash = Sha256::new_with_prefix(b"gesher.go.digits");
    hash.update(instance.0.as_bytes());
    hash.update(attempt.to_be_bytes());
    let number = hash.finalize()[..8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{:02}", number % 100)
}

/// What is stored of an instance's secret.
pub fn instance_hash(instance: &Instance) -> [u8; 32] {
    Sha256::digest(instance.0.as_bytes()).into()
}
