use std::fs;
use std::path::Path;

use super::args::OutputArgs;
use super::probe::exit_code;
use super::{Error, Output};
use crate::report::Report;

/// Applies today's rules to a saved report: the ordinary path, with a file as input.
pub(super) fn run(path: &Path, args: &OutputArgs) -> Result<u8, Error> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|source| Error::File { doing: "read", path: name.clone(), source })?;
    let report = Report::read(&text).map_err(|source| Error::Report { path: name, source })?;
    let code = exit_code(report.verdict.outcome);
    let mut output = Output::open(args, false)?;
    output.report(report)?;
    output.close()?;
    Ok(code)
}
