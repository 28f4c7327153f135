//! The master key, and those before it.

use super::KEY_ID;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use ring::hmac;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

const KEY: usize = 32;

/// The keys: the first seals, all of them open.
pub struct Keyring {
    keys: Vec<Key>,
}

pub(super) struct Key {
    pub(super) id: [u8; KEY_ID],
    pub(super) cipher: XChaCha20Poly1305,
    /// Makes fingerprints; another key than the cipher's, though it follows from the same.
    pub(super) mac: hmac::Key,
    /// Signs customers' tokens; a third one.
    pub(super) tokens: hmac::Key,
}

/// There is no keyring.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Neither a key nor a file was named.
    #[error("no master key: set GESHER_MASTER_KEY or GESHER_MASTER_KEY_FILE")]
    Missing,
    /// Both were named.
    #[error("both GESHER_MASTER_KEY and GESHER_MASTER_KEY_FILE are set: set one of them")]
    Both,
    /// What was given is not a key.
    #[error("a master key is 32 bytes, in base64 or as 64 hexadecimal digits")]
    Malformed,
    /// The file cannot be read or made.
    #[error("the master key's file: {0}")]
    File(#[from] io::Error),
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| HEXLOWER.encode(&key.id)))
            .finish()
    }
}

impl Keyring {
    /// The keyring that the settings name: either keys or a file of them.
    ///
    /// # Errors
    /// [`KeyError`] when neither or both are given, or what is given holds no keys.
    pub fn from_settings(keys: Option<&str>, file: Option<&Path>) -> Result<Self, KeyError> {
        match (keys, file) {
            (Some(keys), None) => Self::parse(keys),
            (None, Some(path)) => Self::load(path),
            (Some(_), Some(_)) => Err(KeyError::Both),
            (None, None) => Err(KeyError::Missing),
        }
    }

    /// Keys apart by white space or commas, each 32 bytes in base64 or as 64 hexadecimal digits. The first seals.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when one of them is not a key, [`KeyError::Missing`] when there is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let keys = text.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
        let keys = keys
            .map(|part| Ok(Key::new(&*decode(part)?)))
            .collect::<Result<Vec<_>, KeyError>>()?;
        if keys.is_empty() {
            Err(KeyError::Missing)
        } else {
            Ok(Self { keys })
        }
    }

    /// The keys in a file.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be read or holds no keys.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::parse(&Zeroizing::new(fs::read_to_string(path)?))
    }

    /// The keys in a file, which is made with a fresh key if there is none. It appears whole, readable by its owner alone; of
    /// two processes that make it at once both end up with the same.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be made or read, or holds no keys.
    pub fn load_or_create(path: &Path, fresh: impl FnOnce() -> [u8; KEY]) -> Result<Self, KeyError> {
        match Self::load(path) {
            Err(KeyError::File(error)) if error.kind() == io::ErrorKind::NotFound => create(path, fresh)?,
            loaded => return loaded,
        }
        Self::load(path)
    }

    /// The id of the key that seals, in hexadecimal: it may be printed and kept, to notice another key.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.sealing().id)
    }

    /// How many keys there are.
    pub const fn count(&self) -> usize {
        self.keys.len()
    }

    /// Whether a key of the ring has this id.
    pub fn knows(&self, id: &str) -> bool {
        HEXLOWER.decode(id.as_bytes()).is_ok_and(|id| self.opening(&id).is_some())
    }

    pub(super) fn sealing(&self) -> &Key {
        &self.keys[0]
    }

    pub(super) fn all(&self) -> &[Key] {
        &self.keys
    }

    pub(super) fn opening(&self, id: &[u8]) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl Key {
    fn new(bytes: &[u8; KEY]) -> Self {
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&Sha256::digest(bytes)[..KEY_ID]);
        let master = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let following = |what: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&master, what).as_ref());
        Self {
            id,
            cipher: XChaCha20Poly1305::new(bytes.into()),
            mac: following(b"fingerprints"),
            tokens: following(b"customers' tokens"),
        }
    }
}

fn decode(text: &str) -> Result<Zeroizing<[u8; KEY]>, KeyError> {
    [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .filter_map(|encoding| encoding.decode(text.as_bytes()).ok().map(Zeroizing::new))
        .find_map(|bytes| <[u8; KEY]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new))
        .ok_or(KeyError::Malformed)
}

/// Makes the file beside its place and links it there, which fails where a file has appeared in the meantime.
fn create(path: &Path, fresh: impl FnOnce() -> [u8; KEY]) -> io::Result<()> {
    let bytes = Zeroizing::new(fresh());
    let text = Zeroizing::new(format!("{}\n", BASE64.encode(&*bytes)));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Named after the key, so that neither another process nor a crash before can have left this file.
    let beside = path.with_extension(format!("{}.new", HEXLOWER.encode(&Key::new(&bytes).id)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    File::open(folder)?.sync_all()
}
