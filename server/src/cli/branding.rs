//! `gesher tenant branding`: how a tenant looks. A running server shows a change within seconds.

use crate::store::brandings::BrandingRow;
use crate::tenants::admin::Admin;
use crate::tenants::branding::{Change, Face, LONGEST_MARK, palette};
use anyhow::Context as _;
use clap::Args;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What is set.
#[derive(Args)]
pub struct Branding {
    /// The tenant's tag: the six characters after the prefix of its keys.
    tag: String,
    /// What people read, at most 40 characters.
    #[arg(long)]
    name: Option<String>,
    /// The colour of what can be pressed, such as '#22367f'.
    #[arg(long)]
    accent: Option<String>,
    /// The same for the dark; without it the accent serves there too.
    #[arg(long)]
    accent_dark: Option<String>,
    /// How round corners are, 0 to 24 pixels.
    #[arg(long)]
    radius: Option<u8>,
    /// A square PNG or SVG file of at most 32 KiB.
    #[arg(long)]
    mark: Option<PathBuf>,
    /// Forgets what was set before.
    #[arg(long)]
    reset: bool,
}

/// Sets it.
pub async fn set(admin: &Admin<'_>, wanted: Branding) -> anyhow::Result<String> {
    let change = Change {
        name: wanted.name,
        accent: wanted.accent,
        accent_dark: wanted.accent_dark,
        radius: wanted.radius,
        mark: wanted.mark.as_deref().map(file).transpose()?,
    };
    let (tenant, row) = admin.brand(&wanted.tag, change, wanted.reset).await?;
    Ok(tell(&Face::of(&tenant, Some(&row)), &row))
}

/// A mark's file, and no more of it than a mark may have.
fn file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("reading {name}"))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST_MARK)? + 1;
    file.take(most).read_to_end(&mut bytes).with_context(|| format!("reading {name}"))?;
    Ok(bytes)
}

/// What people see now, and where it is not what was asked for.
fn tell(face: &Face, row: &BrandingRow) -> String {
    let mut told = format!("name: {}\n", face.name);
    if let Some((day, night)) = palette(row).shades {
        for (name, wanted, shown, when) in [
            ("accent", row.accent.as_ref().or(row.accent_dark.as_ref()), day.accent, "by day"),
            (
                "accent",
                row.accent_dark.as_ref().or(row.accent.as_ref()),
                night.accent,
                "in the dark",
            ),
        ] {
            let shown = shown.to_string();
            let moved = wanted.filter(|wanted| **wanted != shown);
            let why = moved.map_or_else(String::new, |wanted| format!(" ({wanted} could not be read)"));
            told.push_str(&format!("{name} {when}: {shown}{why}\n"));
        }
    }
    if let Some(radius) = row.radius {
        told.push_str(&format!("radius: {radius} px\n"));
    }
    if let (Some(kind), Some(mark)) = (&row.mark_kind, &row.mark) {
        told.push_str(&format!("mark: {kind}, {} bytes\n", mark.len()));
    }
    told
}
