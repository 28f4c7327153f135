//! How a tenant looks to the people whose accounts it connects.
//!
//! **Contract.** What an operator sets is checked when it is set ([`change`]), and read again as if it had not been
//! ([`Face::of`], [`theme`]): whatever stands in the database, only a cleaned name, corrected colours and the bytes of a mark
//! leave this module. The mark is shown as an image alone, and served so that it can do nothing (`http/widget/theme.rs`).

use crate::store::brandings::BrandingRow;
use crate::store::tenants::TenantRow;
use gesher_app::backend::{Mark, MarkKind, Theme};
use gesher_domain::branding::{Colour, Name, NameUnfit, NotAColour, Palette, Radius, RadiusTooLarge};
use sha2::{Digest, Sha256};

/// Longest file of a mark.
pub const LONGEST_MARK: usize = 32 * 1024;
/// Most pixels along an edge of a mark.
const WIDEST_MARK: u32 = 1024;

/// A tenant as its pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// What people read.
    pub name: String,
    /// Address of the style sheet of its colours, where it has any.
    pub style: Option<String>,
    /// Address of its mark, where it has one.
    pub mark: Option<String>,
}

impl Face {
    /// The face of a tenant.
    pub fn of(tenant: &TenantRow, branding: Option<&BrandingRow>) -> Self {
        let own = branding.and_then(|row| row.name.as_deref()).and_then(Name::clean);
        let name = own.or_else(|| Name::clean(&tenant.name));
        let theme = branding.map(theme);
        let address = |theme: &Theme, file: &str| format!("/theme/{}/{}{file}", tenant.tenant_id, theme.version);
        Self {
            name: name.map_or_else(|| tenant.tenant_id.clone(), |name| name.as_str().to_owned()),
            style: theme.as_ref().map(|theme| address(theme, ".css")),
            mark: theme
                .as_ref()
                .filter(|theme| theme.mark.is_some())
                .map(|theme| address(theme, "/mark")),
        }
    }
}

/// The style sheet and the mark of a branding.
pub fn theme(row: &BrandingRow) -> Theme {
    let style = palette(row).style();
    let kind = row.mark_kind.as_deref().and_then(kind);
    let mark = kind.zip(row.mark.clone()).map(|(kind, bytes)| Mark { kind, bytes });
    let mut hash = Sha256::new_with_prefix(&style);
    if let Some(mark) = &mark {
        hash.update(mark.kind.content_type());
        hash.update(&mark.bytes);
    }
    Theme {
        version: data_encoding::HEXLOWER.encode(&hash.finalize()[..8]),
        style,
        mark,
    }
}

/// The colours and corners of a branding, corrected.
pub fn palette(row: &BrandingRow) -> Palette {
    let colour = |text: &Option<String>| text.as_deref().and_then(|text| Colour::parse(text).ok());
    let radius = row.radius.and_then(|pixels| Radius::new(u8::try_from(pixels).ok()?).ok());
    Palette::of(colour(&row.accent), colour(&row.accent_dark), radius)
}

fn kind(text: &str) -> Option<MarkKind> {
    match text {
        "png" => Some(MarkKind::Png),
        "svg" => Some(MarkKind::Svg),
        _ => None,
    }
}

/// What an operator changes; what is missing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What people read.
    pub name: Option<String>,
    /// `#rrggbb`.
    pub accent: Option<String>,
    /// `#rrggbb`, for the dark.
    pub accent_dark: Option<String>,
    /// In CSS pixels.
    pub radius: Option<u8>,
    /// A PNG's or an SVG's bytes.
    pub mark: Option<Vec<u8>>,
}

/// Why a branding is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The name.
    #[error(transparent)]
    Name(#[from] NameUnfit),
    /// The accent.
    #[error("accent: {0}")]
    Accent(NotAColour),
    /// The accent for the dark.
    #[error("accent for the dark: {0}")]
    AccentDark(NotAColour),
    /// The corners.
    #[error(transparent)]
    Radius(#[from] RadiusTooLarge),
    /// A file that is too long.
    #[error("the mark is longer than 32 KiB")]
    MarkTooLong,
    /// A picture that is too wide or too high.
    #[error("the mark has more than 1024 pixels along an edge, or none")]
    MarkTooLarge,
    /// Neither of the two.
    #[error("the mark is neither a PNG nor an SVG (UTF-8, with its namespace, without a document type)")]
    MarkKind,
}

/// Puts a change into a branding.
///
/// # Errors
/// [`Unfit`]; the branding stays as it was.
pub fn change(row: &BrandingRow, change: Change, now: i64) -> Result<BrandingRow, Unfit> {
    let mut row = BrandingRow {
        updated_at: now,
        ..row.clone()
    };
    if let Some(text) = &change.name {
        row.name = Some(Name::whole(text)?.as_str().to_owned());
    }
    if let Some(text) = &change.accent {
        row.accent = Some(Colour::parse(text).map_err(Unfit::Accent)?.to_string());
    }
    if let Some(text) = &change.accent_dark {
        row.accent_dark = Some(Colour::parse(text).map_err(Unfit::AccentDark)?.to_string());
    }
    if let Some(pixels) = change.radius {
        row.radius = Some(i64::from(Radius::new(pixels)?.pixels()));
    }
    if let Some(bytes) = change.mark {
        row.mark_kind = Some(mark_kind(&bytes)?.to_owned());
        row.mark = Some(bytes);
    }
    Ok(row)
}

fn mark_kind(bytes: &[u8]) -> Result<&'static str, Unfit> {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    if bytes.len() > LONGEST_MARK {
        return Err(Unfit::MarkTooLong);
    }
    if let Some(header) = bytes.strip_prefix(PNG) {
        let edge = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
        let fits = |edge: Option<u32>| edge.is_some_and(|edge| (1..=WIDEST_MARK).contains(&edge));
        return if fits(edge(0)) && fits(edge(4)) {
            Ok("png")
        } else {
            Err(Unfit::MarkTooLarge)
        };
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unfit::MarkKind)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins = text.starts_with("<svg") || text.starts_with("<?xml") && text.contains("<svg");
    // A document type can name other files and make texts long without end.
    let declares = text.to_ascii_lowercase().contains("<!doctype") || text.contains("<!ENTITY");
    if begins && !declares && text.contains("http://www.w3.org/2000/svg") {
        Ok("svg")
    } else {
        Err(Unfit::MarkKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>"#;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn tenant(name: &str) -> TenantRow {
        TenantRow {
            tenant_id: "abc123".into(),
            name: name.into(),
            allowed_origins: "[]".into(),
            redirect_urls: "[]".into(),
            completion: "exchange".into(),
            live_rate: 100,
            test_rate: 25,
            created_at: 1,
            updated_at: 1,
            refresh_reminder_days: 7,
            closed_at: None,
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let first = Change {
            name: Some("Pin\u{200b}kas".into()),
            accent: Some("#22367F".into()),
            mark: Some(SVG.into()),
            ..Change::default()
        };
        let row = change(&BrandingRow::default(), first, 1).expect("a branding");
        assert_eq!((row.name.as_deref(), row.accent.as_deref()), (Some("Pinkas"), Some("#22367f")));
        let second = Change {
            radius: Some(12),
            ..Change::default()
        };
        let after = change(&row, second, 2).expect("a branding");
        assert_eq!((after.radius, after.updated_at, &after.mark), (Some(12), 2, &row.mark));
        let (one, two) = (theme(&row), theme(&after));
        assert_ne!(one.version, two.version, "what changes has another address");
        assert!(two.style.contains("--radius:12px"));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let refused = |wanted: Change| change(&BrandingRow::default(), wanted, 1).expect_err("unfit");
        let mark = |bytes: Vec<u8>| Change {
            mark: Some(bytes),
            ..Change::default()
        };
        let accent = |text: &str| Change {
            accent: Some(text.to_owned()),
            ..Change::default()
        };
        for text in ["#fff;}body{display:none", "url(//evil.example)", "transparent", "red"] {
            assert_eq!(refused(accent(text)), Unfit::Accent(NotAColour), "{text}");
        }
        let nameless = Change {
            name: Some("\u{202e}\u{200b}".into()),
            ..Change::default()
        };
        assert_eq!(refused(nameless), Unfit::Name(NameUnfit::Unreadable));
        let round = Change {
            radius: Some(25),
            ..Change::default()
        };
        assert_eq!(refused(round), Unfit::Radius(RadiusTooLarge));
        assert_eq!(refused(mark(vec![b' '; LONGEST_MARK + 1])), Unfit::MarkTooLong);
        for (width, height) in [(1025, 8), (8, 100_000), (0, 8)] {
            assert_eq!(refused(mark(png(width, height))), Unfit::MarkTooLarge);
        }
        let typed = format!("<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a \"b\">]>{SVG}");
        for text in ["", "GIF89a", "<html><svg></html>", "<svg></svg>", &typed] {
            assert_eq!(refused(mark(text.into())), Unfit::MarkKind, "{text}");
        }
        assert_eq!(mark_kind(&png(64, 64)), Ok("png"));
        assert_eq!(mark_kind(SVG.as_bytes()), Ok("svg"));
    }

    #[test]
    fn nothing_that_stands_in_the_database_gets_through() {
        let hostile = BrandingRow {
            tenant_id: "abc123".into(),
            name: Some("\u{202e}knaB".repeat(3_000)),
            accent: Some("#fff;--ground:#fff;--ink:#fff}.name{display:none".into()),
            accent_dark: Some("url(https://evil.example)".into()),
            radius: Some(99_999),
            mark: None,
            mark_kind: None,
            updated_at: 1,
        };
        assert_eq!(theme(&hostile).style, ":root{}");
        let face = Face::of(&tenant("Shop"), Some(&hostile));
        assert!(face.name.chars().count() <= 41 && !face.name.contains('\u{202e}'), "{}", face.name);
        assert_eq!(Face::of(&tenant("\u{200b}"), None).name, "abc123");
        assert_eq!(Face::of(&tenant("Shop"), None).style, None);
    }
}
