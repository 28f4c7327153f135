//! `gesher provider …`: a tenant's credentials at providers. What is set is never shown again.

use super::key::KeyMode;
use super::office::{self, time};
use crate::core::Core;
use crate::providers::Remark;
use crate::tenants::Mode;
use crate::tenants::admin::AtProvider;
use anyhow::Context as _;
use clap::Subcommand;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::Read as _;

/// What can be done to credentials.
#[derive(Subcommand)]
pub enum Provider {
    /// Sets the credentials of a mode, in place of those that were set before. They are read from the standard input, a line
    /// `name=value` for each, so that no list of processes shows them; `\n` in a value is a line's end.
    Set {
        /// The tenant's tag.
        tag: String,
        /// The provider's name.
        provider: String,
        /// Whether the sandbox or real banks are reached with them.
        #[arg(long, value_enum)]
        mode: KeyMode,
    },
    /// Shows what the provider takes, and which of it is set since when.
    Show {
        /// The tenant's tag.
        tag: String,
        /// The provider's name.
        provider: String,
    },
    /// Says what is wrong with what is set, trying it at the provider where that does no harm. Ends with 1 where something is.
    Check {
        /// The tenant's tag.
        tag: String,
        /// The provider's name.
        provider: String,
        /// What is set of one mode alone; of both when absent.
        #[arg(long, value_enum)]
        mode: Option<KeyMode>,
    },
    /// Forgets the credentials of a mode.
    Delete {
        /// The tenant's tag.
        tag: String,
        /// The provider's name.
        provider: String,
        /// Whether the sandbox or real banks were reached with them.
        #[arg(long, value_enum)]
        mode: KeyMode,
    },
}

/// Does what the command line asks for.
pub fn run(provider: Provider) -> anyhow::Result<()> {
    office::with_core(async |core| {
        let admin = office::admin(core);
        Ok(match provider {
            Provider::Set { tag, provider, mode } => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("reading the credentials")?;
                let text = zeroize::Zeroizing::new(text);
                tell(&admin.set_at_provider(core, &tag, &provider, mode.into(), read(&text)?).await?)
            }
            Provider::Show { tag, provider } => tell(&admin.at_provider(core, &tag, &provider).await?),
            Provider::Check { tag, provider, mode } => check(core, &tag, &provider, mode.map(Mode::from)).await?,
            Provider::Delete { tag, provider, mode } => {
                let mode: Mode = mode.into();
                admin.forget_at_provider(core, &tag, &provider, mode).await?;
                format!("{provider}, {}: forgotten\n", mode.as_str())
            }
        })
    })
}

async fn check(core: &Core, tag: &str, name: &str, mode: Option<Mode>) -> anyhow::Result<String> {
    let set: Vec<_> = office::admin(core).at_provider(core, tag, name).await?.set;
    let provider = core.providers.get(name).context("there is no such provider")?;
    let modes = [Mode::Test, Mode::Live].into_iter().filter(|known| match mode {
        Some(asked) => asked == *known,
        None => set.iter().any(|row| row.mode == known.as_str()),
    });
    let mut told = String::new();
    let mut wrong = 0;
    for mode in modes {
        let cx = core.cx(tag, mode.as_str(), name, None).await?;
        let remarks = provider.check(&cx).await;
        wrong += remarks.len();
        if remarks.is_empty() {
            told.push_str(&format!("{name}, {}: well\n", mode.as_str()));
        }
        for Remark { finding, remedy } in remarks {
            told.push_str(&format!("{name}, {}: {finding} {remedy}\n", mode.as_str()));
        }
    }
    anyhow::ensure!(
        !told.is_empty(),
        "nothing is set for {tag} at {name}: `gesher provider set {tag} {name} --mode …`"
    );
    anyhow::ensure!(wrong == 0, "{}", told.trim_end());
    Ok(told)
}

/// The lines that name and give a value each. What is wrong is said by its line's number: it may hold a secret.
fn read(text: &str) -> anyhow::Result<BTreeMap<String, SecretString>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(place, line)| {
            let (name, value) = line
                .split_once('=')
                .with_context(|| format!("line {} is not name=value", place + 1))?;
            Ok((name.trim().to_owned(), value.replace("\\n", "\n").into()))
        })
        .collect()
}

fn tell(at: &AtProvider) -> String {
    let mut told = format!("provider: {}\n", at.provider);
    for setting in at.takes {
        let needed = if setting.required { "needed" } else { "may be set" };
        told.push_str(&format!("takes: {} ({needed}): {}\n", setting.name, setting.about));
    }
    for row in &at.set {
        told.push_str(&format!("set, {}: {}  {}\n", row.mode, row.fields, time(row.updated_at)));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn credentials_are_read_line_by_line() {
        let read = read("client_id=a=b\n\nkey=-----BEGIN\\nx\n").expect("credentials");
        let values: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        assert_eq!(values, [("client_id", "a=b"), ("key", "-----BEGIN\nx")]);
        let error = super::read("client_id=x\nhush").expect_err("no value").to_string();
        assert_eq!(error, "line 2 is not name=value");
    }
}
