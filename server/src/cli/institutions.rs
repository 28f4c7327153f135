//! `gesher institutions …`: what the directory knows, and how it comes to know it.

use super::key::KeyMode;
use super::office;
use crate::core::Core;
use crate::institutions;
use crate::institutions::imports::{self, Owner};
use crate::institutions::sync::{Synced, sync};
use crate::providers::Cx;
use crate::tenants::Mode;
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use gesher_directory::merge::{Decisions, decisions};
use gesher_directory::table::{self, Edit, Format};
use gesher_directory::{Filter, Institution, build};
use std::io::Write as _;
use std::path::{Path, PathBuf};

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
        /// In which mode the tenant sees it.
        #[arg(long, value_enum, default_value = "live", requires = "tenant")]
        mode: KeyMode,
        /// How many are shown.
        #[arg(long, default_value_t = 10)]
        limit: usize,
    },
    /// Brings in institutions, and what you change about those that are there: a table in CSV or JSON, or a folder of published
    /// lists, of which the file is made that Gesher carries.
    Import {
        /// The table; or the folder that scripts/institution-sources fills.
        path: PathBuf,
        /// The tenant whose rows they are: a tag. Without it, they are for all tenants.
        #[arg(long, conflicts_with = "to")]
        tenant: Option<String>,
        /// In which mode the tenant sees them.
        #[arg(long, value_enum, default_value = "live", requires = "tenant")]
        mode: KeyMode,
        /// For a folder: the file that is made. Ids of one that is there already last.
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// Writes what was brought in as a table.
    Export {
        /// The tenant whose rows they are. Without it, those that are for all tenants.
        #[arg(long)]
        tenant: Option<String>,
        /// In which mode the tenant sees them.
        #[arg(long, value_enum, default_value = "live", requires = "tenant")]
        mode: KeyMode,
        /// How it is written.
        #[arg(long, value_enum, default_value = "csv")]
        format: TableFormat,
        /// All institutions, as they are for tenants without rows of their own, in place of what was brought in.
        #[arg(long, conflicts_with = "tenant")]
        all: bool,
    },
    /// Takes back what was brought in about these institutions.
    Forget {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<String>,
        /// The tenant whose rows they are. Without it, those that are for all tenants.
        #[arg(long)]
        tenant: Option<String>,
        /// In which mode the tenant sees them.
        #[arg(long, value_enum, default_value = "live", requires = "tenant")]
        mode: KeyMode,
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

/// How a table is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TableFormat {
    /// Comma-separated values, for a spreadsheet.
    Csv,
    /// A list of objects.
    Json,
}

impl From<TableFormat> for Format {
    fn from(format: TableFormat) -> Self {
        match format {
            TableFormat::Csv => Self::Csv,
            TableFormat::Json => Self::Json,
        }
    }
}

/// Does what the command line asks for.
pub fn run(asked: Institutions) -> anyhow::Result<()> {
    if let Institutions::Import { path, to, .. } = &asked
        && path.is_dir()
    {
        let to = to.as_ref().context("a folder of lists is made into a file: name it with --to")?;
        return build(path, to);
    }
    office::with_core(async |core| {
        institutions::reload(core).await?;
        match asked {
            Institutions::Search {
                query,
                tenant,
                mode,
                limit,
            } => Ok(search(core, &query, (tenant.as_deref().unwrap_or_default(), mode.into()), limit)),
            Institutions::Import {
                path,
                tenant,
                mode,
                to: None,
            } => import(core, &path, &owner(core, tenant.as_deref(), mode).await?).await,
            Institutions::Import { path, .. } => anyhow::bail!("--to is for a folder of lists, and {} is none", path.display()),
            Institutions::Export { tenant, mode, format, all } => {
                export(core, &owner(core, tenant.as_deref(), mode).await?, format.into(), all).await
            }
            Institutions::Forget { ids, tenant, mode } => {
                let owner = owner(core, tenant.as_deref(), mode).await?;
                let gone = imports::forget(core, &owner, ACTOR, ids.into_iter().collect()).await?;
                Ok(format!("forgotten: {gone}\n"))
            }
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

/// Who does it, in the audit log.
const ACTOR: &str = "operator";

/// Whose rows are meant: a tenant's that there is, or everybody's.
async fn owner(core: &Core, tenant: Option<&str>, mode: KeyMode) -> anyhow::Result<Owner> {
    Ok(match tenant {
        Some(tag) => (&office::found(core, tag, mode.into()).await?).into(),
        None => Owner::Operator,
    })
}

async fn import(core: &Core, path: &Path, owner: &Owner) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let format = if is_json { Format::Json } else { Format::Csv };
    let read = table::read(format, &bytes, &mut |rows| progress(&format!("{rows} rows read")));
    let brought = read.with_context(|| format!("{}: nothing was imported", path.display()))?;
    let told = imports::import(core, owner, ACTOR, brought).await;
    let told = told.with_context(|| format!("{}: nothing was imported", path.display()))?;
    Ok(format!(
        "rows: {}\nadded: {}\nchanged: {}\nhidden: {}\n",
        told.rows, told.added, told.changed, told.hidden
    ))
}

async fn export(core: &Core, owner: &Owner, format: Format, all: bool) -> anyhow::Result<String> {
    let edits = match all {
        true => imports::everything(core).await?.iter().map(Edit::of).collect(),
        false => imports::export(core, owner).await?,
    };
    Ok(table::write(format, &edits))
}

/// Makes the file that Gesher carries of published lists.
fn build(folder: &Path, to: &Path) -> anyhow::Result<()> {
    let mut sources = build::Sources::new();
    gather(folder, folder, &mut sources)?;
    let previous = match std::fs::read(to) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("reading {}", to.display())),
    };
    let built = build::build(&sources, previous.as_deref())?;
    std::fs::write(to, &built.file).with_context(|| format!("writing {}", to.display()))?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "institutions: {}\nbranches: {}\nadded: {}\ngone: {}",
        built.institutions,
        built.branches,
        built.added.len(),
        built.gone.len()
    )?;
    for brand in &built.unknown_brands {
        writeln!(out, "in no list: {brand}")?;
    }
    Ok(())
}

/// The files below a folder, by their paths from there.
fn gather(root: &Path, folder: &Path, sources: &mut build::Sources) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, sources)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            sources.insert(name, std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
        }
    }
    Ok(())
}

fn search(core: &Core, query: &str, (tenant, mode): (&str, Mode), limit: usize) -> String {
    let everything = Filter {
        test_mode: true,
        include_invented: true,
        ..Filter::default()
    };
    let directory = core.directory(tenant, mode.as_str());
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
