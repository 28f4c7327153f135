//! Logos of institutions, as files under names that are made of what is in them.
//!
//! **Contract.** A logo is a picture of pixels and nothing else, and its name stands for its bytes for ever. Every one has passed the
//! import's rules (kind and size) before it comes here.

use data_encoding::{BASE64, HEXLOWER};
use gesher_app::backend::Logo;
use gesher_directory::Institution;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// The kinds: how a data URL begins, the content type, the file's ending.
const KINDS: [(&str, &str, &str); 3] = [
    ("data:image/png;base64,", "image/png", "png"),
    ("data:image/jpeg;base64,", "image/jpeg", "jpg"),
    ("data:image/webp;base64,", "image/webp", "webp"),
];

/// Where logos are served.
pub const ADDRESS: &str = "/w/logo/";

/// Logos by the names of their files.
#[derive(Debug, Default)]
pub struct Logos(HashMap<String, Logo>);

impl Logos {
    /// Takes the pictures out of the institutions and leaves their files' names in their place.
    pub fn take(&mut self, institutions: &mut [Institution]) {
        for institution in institutions {
            institution.logo = institution.logo.take().and_then(|address| self.keep(&address)).map(Into::into);
        }
    }

    fn keep(&mut self, address: &str) -> Option<String> {
        let of = |(prefix, content_type, ending): &(&str, &'static str, &str)| {
            let bytes = BASE64.decode(address.strip_prefix(prefix)?.as_bytes()).ok()?;
            let name = format!("{}.{ending}", HEXLOWER.encode(&Sha256::digest(&bytes)[..12]));
            Some((
                name,
                Logo {
                    content_type,
                    bytes: bytes.into(),
                },
            ))
        };
        let (name, logo) = KINDS.iter().find_map(of)?;
        self.0.insert(name.clone(), logo);
        Some(name)
    }

    /// The logo in this file.
    pub fn get(&self, file: &str) -> Option<Logo> {
        self.0.get(file).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_becomes_a_file_and_what_is_none_goes() {
        let mut institutions: Vec<_> = gesher_directory::israel().into_iter().take(4).collect();
        for (institution, logo) in institutions.iter_mut().zip([
            "data:image/png;base64,AAAA",
            "data:image/png;base64,AAAA",
            "data:image/svg+xml;base64,AAAA",
            "data:image/webp;base64,????",
        ]) {
            institution.logo = Some(logo.into());
        }
        let mut logos = Logos::default();
        logos.take(&mut institutions);
        let names: Vec<_> = institutions.iter().map(|institution| institution.logo.as_deref()).collect();
        assert!(
            names[0].is_some_and(|name| name.ends_with(".png")) && names[0] == names[1],
            "{names:?}"
        );
        assert_eq!(names[2..], [None, None]);
        let logo = logos.get(names[0].unwrap_or_default()).expect("a file");
        assert_eq!((logo.content_type, &*logo.bytes), ("image/png", &[0, 0, 0][..]));
        assert!(logos.get("other.png").is_none());
    }
}
