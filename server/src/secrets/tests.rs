use super::*;
use std::path::Path;

const PLACE: Context<'static> = Context {
    tenant: "abc123",
    table: "grants",
    row: "grant_1",
    column: "sealed",
};
const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "FFEEDDCCBBAA99887766554433221100ffeeddccbbaa99887766554433221100";

fn ring(keys: &str) -> Keyring {
    Keyring::parse(keys).unwrap()
}

#[test]
fn what_is_sealed_opens_at_its_place() {
    let ring = ring(OLD);
    for plaintext in [&b""[..], b"refresh token", &[7; 5000]] {
        let sealed = ring.seal(&PLACE, plaintext, [9; 24]).unwrap();
        assert_eq!(ring.open(&PLACE, &sealed).unwrap().expose_secret(), plaintext);
    }
}

#[test]
fn it_opens_nowhere_else() {
    let ring = ring(OLD);
    let sealed = ring.seal(&PLACE, b"refresh token", [9; 24]).unwrap();
    let elsewhere = [
        Context { tenant: "abc124", ..PLACE },
        Context {
            table: "sessions",
            ..PLACE
        },
        Context { row: "grant_2", ..PLACE },
        Context { column: "leg", ..PLACE },
        // The same letters, cut elsewhere.
        Context {
            tenant: "abc123g",
            table: "rants",
            ..PLACE
        },
        Context {
            row: "grant_1s",
            column: "ealed",
            ..PLACE
        },
    ];
    for place in elsewhere {
        assert_eq!(ring.open(&place, &sealed).err(), Some(OpenError::Refused), "{place:?}");
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let ring = ring(OLD);
    let sealed = ring.seal(&PLACE, b"refresh token", [9; 24]).unwrap();
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        let refusal = match place {
            0 => OpenError::Malformed,
            1..=8 => OpenError::UnknownKey,
            _ => OpenError::Refused,
        };
        assert_eq!(ring.open(&PLACE, &changed).err(), Some(refusal), "byte {place}");
    }
    for length in 0..sealed.len() {
        let refusal = if length < HEAD { OpenError::Malformed } else { OpenError::Refused };
        assert_eq!(ring.open(&PLACE, &sealed[..length]).err(), Some(refusal), "length {length}");
    }
}

#[test]
fn a_key_that_is_not_here_is_named() {
    let sealed = ring(OLD).seal(&PLACE, b"refresh token", [9; 24]).unwrap();
    assert_eq!(ring(NEW).open(&PLACE, &sealed).err(), Some(OpenError::UnknownKey));
}

#[test]
fn an_older_key_still_opens() {
    let before = ring(OLD);
    let sealed = before.seal(&PLACE, b"refresh token", [9; 24]).unwrap();
    let both = ring(&format!("{NEW}\n{OLD}\n"));
    assert_eq!(both.open(&PLACE, &sealed).unwrap().expose_secret(), b"refresh token");
    assert!(both.is_old(&sealed) && !before.is_old(&sealed));
    let anew = both.seal(&PLACE, b"refresh token", [9; 24]).unwrap();
    assert!(!both.is_old(&anew));
    assert_eq!(before.open(&PLACE, &anew).err(), Some(OpenError::UnknownKey));
    assert!(both.knows(&before.id()) && !before.knows(&both.id()));
}

#[test]
fn a_key_is_32_bytes_in_any_of_the_usual_writings() {
    let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let id = ring(hex).id();
    // The first bytes of the SHA-256 of the bytes 0 to 31.
    assert_eq!(id, "630dcd2966c43366");
    for text in [OLD, OLD.trim_end_matches('='), &hex.to_uppercase(), &format!(" {hex}\n")] {
        assert_eq!(ring(text).id(), id, "{text}");
    }
    for text in ["AAEC", &hex[2..], &format!("{hex}00"), "not a key", &format!("{hex},x")] {
        assert!(matches!(Keyring::parse(text), Err(KeyError::Malformed)), "{text}");
    }
}

#[test]
fn the_settings_name_one_source() {
    let file = Path::new("/nowhere/key");
    assert!(matches!(Keyring::from_settings(None, None), Err(KeyError::Missing)));
    assert!(matches!(Keyring::from_settings(Some(" \n"), None), Err(KeyError::Missing)));
    assert!(matches!(Keyring::from_settings(Some(OLD), Some(file)), Err(KeyError::Both)));
    assert!(matches!(Keyring::from_settings(None, Some(file)), Err(KeyError::File(_))));
    assert_eq!(Keyring::from_settings(Some(OLD), None).unwrap().id(), ring(OLD).id());
}

#[test]
fn a_key_file_is_made_once_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/master.key");
    let made = Keyring::load_or_create(&path, || [3; 32]).unwrap();
    let found = Keyring::load_or_create(&path, || panic!("there is a key already")).unwrap();
    assert_eq!(made.id(), found.id());
    assert_eq!(
        std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_key_file_that_holds_no_key_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    std::fs::write(&path, "oops").unwrap();
    assert!(matches!(Keyring::load_or_create(&path, || [3; 32]), Err(KeyError::Malformed)));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "oops");
}

#[test]
fn a_fingerprint_tells_equal_values_of_a_tenant_by_a_key_and_nothing_else() {
    let made = ring(OLD).fingerprint("abc123", "043510023");
    assert_eq!(made, ring(OLD).fingerprint("abc123", "043510023"));
    assert!(made.starts_with("630dcd2966c43366:") && !made.contains("043510023"), "{made}");
    for other in [
        ring(OLD).fingerprint("abc123", "321547416"),
        ring(OLD).fingerprint("zzz999", "043510023"),
        ring(OLD).fingerprint("abc12", "3043510023"),
        ring(NEW).fingerprint("abc123", "043510023"),
    ] {
        assert_ne!(made.split_once(':').unwrap().1, other.split_once(':').unwrap().1);
    }
}

#[test]
fn fingerprints_are_compared_where_they_can_be() {
    assert_eq!(same_fingerprint(Some("k1:a"), Some("k1:a")), Some(true));
    assert_eq!(same_fingerprint(Some("k1:a"), Some("k1:b")), Some(false));
    assert_eq!(same_fingerprint(Some("k1:a"), Some("k2:a")), None);
    assert_eq!(same_fingerprint(Some("k1:a"), None), None);
}

#[test]
fn nothing_prints_a_secret() {
    let ring = ring(OLD);
    let sealed = ring.seal(&PLACE, b"refresh token", [9; 24]).unwrap();
    let opened = ring.open(&PLACE, &sealed).unwrap();
    assert!(!format!("{opened:?}").contains("114"), "{opened:?}");
    assert_eq!(format!("{ring:?}"), "[\"630dcd2966c43366\"]");
}
