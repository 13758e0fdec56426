//! Reports that were saved.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use super::Error;
use crate::report::{ReadError, Report};

/// The reports in a file (or `-`, stdin), one at least. A file of several targets holds one report a line.
pub(super) fn reports(path: &Path) -> Result<Vec<Report>, Error> {
    let name = path.display().to_string();
    let text = read(path).map_err(|source| Error::File { doing: "read", path: name.clone(), source })?;
    let unread = |source: ReadError| Error::Report { path: name.clone(), source };
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let documents: Vec<Value> = documents.collect::<Result<_, _>>().map_err(|error| unread(error.into()))?;
    let reports = documents.iter().map(|document| Report::read(&document.to_string()).map_err(unread));
    let reports: Vec<Report> = reports.collect::<Result<_, _>>()?;
    if reports.is_empty() { Err(unread(ReadError::Unnumbered)) } else { Ok(reports) }
}

fn read(path: &Path) -> io::Result<String> {
    if path != Path::new("-") {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
