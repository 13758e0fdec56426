use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::{Entry, Mistake};
use crate::expect;
use crate::target::Target;

/// A file of targets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    target: Vec<Table>,
}

/// A target with what belongs to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    host: Spanned<String>,
    label: Option<String>,
    #[serde(default)]
    expect: Vec<String>,
}

/// The tables of a file, each with the number of its host's line.
pub(super) fn tables(name: &str, text: &str) -> Result<impl Iterator<Item = (usize, Table)>, Mistake> {
    let file: File = toml(name, text)?;
    Ok(file.target.into_iter().map(move |table| (line(text, table.host.span()), table)))
}

/// Reads the TOML of a file with this name.
pub(crate) fn toml<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Mistake> {
    toml::from_str(text).map_err(|error| {
        let place = format!("{name}:{}", line(text, error.span().unwrap_or_default()));
        Mistake { place, said: error.message().to_owned() }
    })
}

/// The number of the line in which something begins.
fn line(text: &str, span: Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

impl Table {
    /// The target that it names.
    pub(super) fn entry(self, port: Option<u16>, place: String) -> Result<Entry, String> {
        let target = Target::parse(self.host.get_ref(), port).map_err(|error| error.to_string())?;
        let expected = self.expect.iter().map(|text| expect::parse(text).map_err(|error| error.to_string()));
        let expected = expected.collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Entry { target, label: self.label, expected, place })
    }
}
