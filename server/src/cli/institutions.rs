//! `gesher institutions …`: what the directory knows, and how it comes to know it.

use super::key::KeyMode;
use super::office;
use crate::core::Core;
use crate::institutions;
use crate::institutions::sync::{Synced, sync};
use crate::providers::Cx;
use crate::tenants::Mode;
use anyhow::Context as _;
use clap::Subcommand;
use gesher_directory::merge::{Decisions, decisions};
use gesher_directory::{Filter, Institution};
use std::io::Write as _;
use std::path::PathBuf;

/// What can be done with institutions.
#[derive(Subcommand)]
pub enum Institutions {
    /// Looks for institutions as the picker does.
    Search {
        /// What somebody types.
        query: String,
        /// Whose directory: a tenant's tag. Without it, everybody's.
        #[arg(long)]
        tenant: Option<String>,
        /// How many are shown.
        #[arg(long, default_value_t = 10)]
        limit: usize,
    },
    /// Makes routes of a provider's own list. What is doubtful goes into a file in which you decide; run it again with that file.
    Sync {
        /// The provider's name.
        provider: String,
        /// The tenant whose credentials are used, where the provider wants any.
        #[arg(long)]
        tenant: Option<String>,
        /// Which of its credentials.
        #[arg(long, value_enum, default_value = "live")]
        mode: KeyMode,
        /// A review file with your decisions.
        #[arg(long)]
        decisions: Option<PathBuf>,
        /// Where the review file is written; it is not written when nothing is doubtful.
        #[arg(long, default_value = "review.csv")]
        review: PathBuf,
    },
}

/// Does what the command line asks for.
pub fn run(asked: Institutions) -> anyhow::Result<()> {
    office::with_core(async |core| {
        institutions::reload(core).await?;
        match asked {
            Institutions::Search { query, tenant, limit } => Ok(search(core, &query, tenant.as_deref().unwrap_or_default(), limit)),
            Institutions::Sync {
                provider,
                tenant,
                mode,
                decisions,
                review,
            } => {
                let decided = decided(decisions.as_ref())?;
                let cx = cx(core, &provider, tenant.as_deref(), mode.into()).await?;
                let synced = sync(core, &provider, &cx, &decided, |count| progress(&format!("{count} entries read"))).await?;
                told(&synced, &review)
            }
        }
    })
}

fn search(core: &Core, query: &str, tenant: &str, limit: usize) -> String {
    let everything = Filter {
        test_mode: true,
        include_invented: true,
        ..Filter::default()
    };
    let directory = core.directory(tenant);
    let found = directory.search(query, &everything, None, limit);
    let line = |institution: &&Institution| format!("{}  {}  {}\n", institution.id, institution.country, institution.names.en);
    found.items.iter().map(line).collect()
}

fn decided(file: Option<&PathBuf>) -> anyhow::Result<Decisions> {
    let Some(file) = file else { return Ok(Decisions::new()) };
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    decisions(&text).with_context(|| file.display().to_string())
}

/// The means of the call: a tenant's credentials, or none.
async fn cx(core: &Core, provider: &str, tenant: Option<&str>, mode: Mode) -> anyhow::Result<Cx> {
    let tenant = match tenant {
        Some(tag) => office::found(core, tag, mode).await?.tenant.to_string(),
        None => String::new(),
    };
    Ok(core.cx(&tenant, mode.as_str(), provider, None).await?)
}

/// Says how far a long work is, where somebody watches.
fn progress(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn told(synced: &Synced, review: &PathBuf) -> anyhow::Result<String> {
    let Synced {
        matched,
        new,
        skipped,
        gone,
        doubtful,
        review: file,
    } = synced;
    let mut told = format!("matched: {matched}\nnew: {new}\nskipped: {skipped}\ngone: {gone}\ndoubtful: {doubtful}\n");
    if let Some(file) = file {
        std::fs::write(review, file).with_context(|| format!("writing {}", review.display()))?;
        told += &format!(
            "Decide in the last column of {0}, then run this again with --decisions {0}\n",
            review.display()
        );
    }
    Ok(told)
}
