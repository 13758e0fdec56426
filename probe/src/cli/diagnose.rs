use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use super::args::OutputArgs;
use super::{Error, Output};
use crate::report::{ReadError, Report};

/// Applies today's rules to saved reports: the ordinary path, with a file (or `-`, stdin) as input. A file of several
/// targets holds one report a line.
pub(super) fn run(path: &Path, args: &OutputArgs) -> Result<u8, Error> {
    let expected = args.expect.expectations()?;
    let name = path.display().to_string();
    let text = read(path).map_err(|source| Error::File { doing: "read", path: name.clone(), source })?;
    let unread = |source: ReadError| Error::Report { path: name.clone(), source };
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let documents: Vec<Value> = documents.collect::<Result<_, _>>().map_err(|error| unread(error.into()))?;
    let reports = documents.iter().map(|document| Report::read(&document.to_string()).map_err(unread));
    let reports: Vec<Report> = reports.collect::<Result<_, _>>()?;
    if reports.is_empty() {
        return Err(unread(ReadError::Unnumbered));
    }
    let mut output = Output::open(args, reports.len() > 1)?;
    for report in reports {
        // What the report was held against stays, unless something else is asked for.
        output.report(if expected.is_empty() { report } else { report.expecting(&expected) })?;
    }
    output.close()
}

fn read(path: &Path) -> io::Result<String> {
    if path != Path::new("-") {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
