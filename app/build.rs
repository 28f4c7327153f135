//! Turns `locales/<code>.json` into enums of keys and tables of texts, and stops the build when two languages differ in
//! their keys or in a text's placeholders.
//!
//! Two groups of texts: `island` is compiled everywhere, `server` only into the server; so are the names of `countries`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

type Texts = BTreeMap<String, String>;
type Groups = BTreeMap<String, Texts>;

const GROUPS: [(&str, &str, &str, &str); 2] = [
    ("island", "Key", "text", ""),
    ("server", "ServerKey", "server_text", "#[cfg(feature = \"ssr\")]\n"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=locales");
    let mut languages = BTreeMap::new();
    for entry in std::fs::read_dir("locales")? {
        let path = entry?.path();
        let code = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .ok_or("a locale file without a name")?
            .to_owned();
        let groups: Groups =
            serde_json::from_str(&std::fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        languages.insert(code, groups);
    }
    let mut code = String::new();
    for (group, keys, function, condition) in GROUPS {
        write_group(&mut code, &languages, group, keys, function, condition)?;
    }
    write_countries(&mut code, &languages)?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("locale.rs"), code)?;
    Ok(())
}

fn write_group(
    code: &mut String,
    languages: &BTreeMap<String, Groups>,
    group: &str,
    keys: &str,
    function: &str,
    condition: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let english = languages
        .get("en")
        .and_then(|groups| groups.get(group))
        .ok_or("locales/en.json lacks a group")?;
    for (language, groups) in languages {
        let texts = groups
            .get(group)
            .ok_or_else(|| format!("locales/{language}.json lacks the group {group}"))?;
        let (have, want): (BTreeSet<_>, BTreeSet<_>) = (texts.keys().collect(), english.keys().collect());
        if have != want {
            let odd: Vec<_> = have.symmetric_difference(&want).collect();
            return Err(format!("locales/{language}.json and en.json differ in {group}: {odd:?}").into());
        }
        if let Some((key, _)) = texts.iter().find(|(key, text)| placeholders(text) != placeholders(&english[*key])) {
            return Err(format!("locales/{language}.json: {group}.{key} has other placeholders than in en.json").into());
        }
    }
    writeln!(
        code,
        "/// Keys of the `{group}` texts.\n{condition}#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum {keys} {{"
    )?;
    for (key, text) in english {
        writeln!(code, "    /// {text}\n    {},", variant(key))?;
    }
    writeln!(
        code,
        "}}\n\n/// The text of a key.\n{condition}pub const fn {function}(language: Language, key: {keys}) -> &'static str {{\n    match language {{"
    )?;
    for (language, groups) in languages {
        writeln!(code, "        Language::{} => match key {{", variant(language))?;
        for (key, text) in &groups[group] {
            writeln!(code, "            {keys}::{} => {text:?},", variant(key))?;
        }
        writeln!(code, "        }},")?;
    }
    writeln!(code, "    }}\n}}\n")?;
    Ok(())
}

/// The names of countries, by their codes.
fn write_countries(code: &mut String, languages: &BTreeMap<String, Groups>) -> Result<(), Box<dyn std::error::Error>> {
    let names = |language: &str| languages.get(language).and_then(|groups| groups.get("countries"));
    let english = names("en").ok_or("locales/en.json lacks the countries")?;
    writeln!(
        code,
        "/// The name of a country in a language, by its ISO 3166-1 alpha-2 code.\n#[cfg(feature = \"ssr\")]\npub fn country(language: Language, code: &str) -> Option<&'static str> {{\n    Some(match (language, code) {{"
    )?;
    for language in languages.keys() {
        let known = names(language).ok_or_else(|| format!("locales/{language}.json lacks the countries"))?;
        if !known.keys().eq(english.keys()) {
            return Err(format!("locales/{language}.json names other countries than en.json").into());
        }
        for (country, name) in known {
            writeln!(code, "        (Language::{}, {country:?}) => {name:?},", variant(language))?;
        }
    }
    writeln!(code, "        _ => return None,\n    }})\n}}\n")?;
    Ok(())
}

/// `picker_title` becomes `PickerTitle`.
fn variant(key: &str) -> String {
    key.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}
