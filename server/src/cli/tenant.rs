//! `gesher tenant …`: what an operator sets of a tenant. A running server shows a change within seconds.

use crate::clock::{SystemClock, SystemRng};
use crate::config::Config;
use crate::store::audit::{self, AuditRow};
use crate::store::brandings::{self, BrandingRow};
use crate::store::{Conflict, Settings, Store, Unit, tenants};
use crate::tenants::branding::{self, Change, Face, LONGEST_MARK, palette};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use gesher_contract::TenantTag;
use gesher_domain::{Clock as _, new_uuid};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// What can be done to a tenant.
#[derive(Subcommand)]
pub enum Tenant {
    /// Sets how it looks to the people whose accounts it connects. What is not named stays as it is. A colour that could not
    /// be read in the widget is made darker or lighter there.
    Branding(Branding),
}

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

/// Does what the command line asks for.
pub fn run(tenant: Tenant) -> anyhow::Result<()> {
    let Tenant::Branding(wanted) = tenant;
    let config = Config::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(&Settings::new(config.database()))
            .await
            .context("opening the database")?;
        let told = set_branding(&store, wanted).await;
        store.close().await;
        write!(std::io::stdout(), "{}", told?)?;
        Ok(())
    })
}

async fn set_branding(store: &Store, wanted: Branding) -> anyhow::Result<String> {
    let tag = TenantTag::parse(&wanted.tag).with_context(|| format!("{} is not a tenant's tag", wanted.tag))?;
    let Some(tenant) = tenants::by_id(store, tag.as_str()).await? else {
        bail!("there is no tenant {tag}");
    };
    let before = brandings::of_tenant(store, tag.as_str()).await?;
    let before = before.filter(|_| !wanted.reset).unwrap_or_else(|| BrandingRow {
        tenant_id: tag.to_string(),
        ..BrandingRow::default()
    });
    let changed = json!({
        "reset": wanted.reset, "name": wanted.name, "accent": wanted.accent, "accent_dark": wanted.accent_dark,
        "radius": wanted.radius, "mark": wanted.mark.is_some(),
    });
    let change = Change {
        name: wanted.name,
        accent: wanted.accent,
        accent_dark: wanted.accent_dark,
        radius: wanted.radius,
        mark: wanted.mark.as_deref().map(file).transpose()?,
    };
    let now = SystemClock.now();
    let row = branding::change(&before, change, now.0)?;
    let unit = Unit::new().with(brandings::put(&row)).with(audit::insert(&AuditRow {
        tenant_id: tag.to_string(),
        id: format!("audit_{:032x}", new_uuid(&SystemClock, &SystemRng)),
        at: now.0,
        actor: "operator".to_owned(),
        action: "tenant.branding_changed".to_owned(),
        subject: tag.to_string(),
        detail: changed.to_string(),
    }));
    match store.write(unit).await {
        Err(error) if error.conflict() == Some(Conflict::NotFound) => bail!("there is no tenant {tag}"),
        other => other?,
    }
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
