//! Reports that were saved.

use std::path::Path;

use serde_json::Value;

use super::{Error, input};
use crate::compare;
use crate::report::{ReadError, Report};

/// The reports in a file (or `-`, stdin), one at least. A file of several targets holds one report a line.
pub(super) fn reports(path: &Path) -> Result<Vec<Report>, Error> {
    let (name, bytes) = input::read(path)?;
    let unread = |source: ReadError| Error::Report { path: name.clone(), source };
    let documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    // Behind the reports of several paths stands how they compare.
    let documents = documents.filter(|document| !document.as_ref().is_ok_and(compare::is_comparison));
    let reports = documents.map(|document| Report::try_from(document?));
    let reports = reports.collect::<Result<Vec<_>, _>>().map_err(unread)?;
    if reports.is_empty() { Err(unread(ReadError::Unnumbered)) } else { Ok(reports) }
}
