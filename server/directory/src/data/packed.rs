//! The packed file: gzip over JSON lines. The first line is the [`Header`], each other line a [`Row`].
//!
//! Lines can be read by a later version that knows more fields, and an earlier file is what a rebuild takes lasting ids from.

use super::{DirectoryError, Row};
use crate::{Institution, Source};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;

/// What the file says of all rows.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    sources: BTreeMap<String, Arc<Source>>,
    branches: Branches,
}

/// Branches of institutions that another file names: their codes, by country and by the bank's code without leading zeros.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Branches(pub(crate) BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Branches {
    /// The codes of the institution's branches. Nothing for a card issuer: its codes are no bank codes.
    pub(super) fn of(&self, institution: &Institution) -> Vec<String> {
        let of_country = self
            .0
            .get(institution.country.as_str())
            .filter(|_| institution.kind == gesher_contract::TileKind::Bank);
        let codes = institution
            .codes
            .iter()
            .filter_map(|code| of_country?.get(code.trim_start_matches('0')));
        codes.flatten().cloned().collect()
    }
}

/// The content of a packed file.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    pub(crate) sources: BTreeMap<String, Arc<Source>>,
    pub(crate) branches: Branches,
    pub(crate) rows: Vec<Row>,
}

impl Packed {
    /// Reads a packed file; the rules for its rows are not checked here.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, DirectoryError> {
        let mut text = String::new();
        GzDecoder::new(bytes).read_to_string(&mut text)?;
        let mut lines = text.lines();
        let header: Header = serde_json::from_str(lines.next().unwrap_or_default())?;
        Ok(Self {
            sources: header.sources,
            branches: header.branches,
            rows: lines.map(serde_json::from_str).collect::<Result<_, _>>()?,
        })
    }

    /// The file with this content: the same bytes for the same content.
    pub(crate) fn write(self) -> Result<Vec<u8>, DirectoryError> {
        let mut file = GzEncoder::new(Vec::new(), Compression::best());
        let header = Header {
            sources: self.sources,
            branches: self.branches,
        };
        serde_json::to_writer(&mut file, &header)?;
        for row in &self.rows {
            file.write_all(b"\n")?;
            serde_json::to_writer(&mut file, row)?;
        }
        Ok(file.finish()?)
    }
}
