use std::path::{Path, PathBuf};

use clap::Args;

use super::args::OutputArgs;
use super::{Error, Output, paths, saved};
use crate::compare::{self, Comparison};
use crate::report::{Format, Look, Report};

/// The exit codes, as `diff` has them.
const ALIKE: u8 = 0;
const DIFFERENT: u8 = 1;

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The reports, one a path; or a file that `--path` made with all of them.
    #[arg(required = true, value_name = "REPORT.json")]
    files: Vec<PathBuf>,

    /// What a path is called, once for each report in their order [default: the file's name, or what `--path` said].
    #[arg(long = "label", value_name = "NAME")]
    labels: Vec<String>,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Puts saved reports side by side.
pub(super) fn run(args: &CompareArgs) -> Result<u8, Error> {
    let format = args.output.format();
    if !matches!(format, Format::Text | Format::Json | Format::Ndjson | Format::Markdown) {
        return Err(Error::Usage("compare speaks text, json and markdown".to_owned()));
    }
    let reports = reports(args)?;
    let output = Output::open(&args.output, false)?;
    let comparison = compare::compare(reports, args.output.redact);
    let lines = format == Format::Ndjson;
    let json = if lines { serde_json::to_string(&comparison) } else { serde_json::to_string_pretty(&comparison) }?;
    output.document(&json, |look| told(&comparison, format, look))?;
    Ok(if comparison.alike { ALIKE } else { DIFFERENT })
}

/// A comparison for people.
pub(super) fn told(comparison: &Comparison, format: Format, look: Look) -> String {
    if format == Format::Markdown { compare::markdown(comparison) } else { compare::text(comparison, look) }
}

/// The reports, each under the name of its path: a label, or what the file or the report itself calls it.
fn reports(args: &CompareArgs) -> Result<Vec<(String, Report)>, Error> {
    let named = args.files.iter().map(|path| of_file(path)).collect::<Result<Vec<_>, _>>()?;
    let mut named = named.concat();
    let (count, labels) = (named.len(), args.labels.len());
    if count == 1 {
        return Err(Error::Usage("compare needs two reports at least".to_owned()));
    }
    if labels != 0 && labels != count {
        return Err(Error::Usage(format!(
            "--label stands once for each report or not at all: {labels} for {count} reports"
        )));
    }
    for ((name, _), label) in named.iter_mut().zip(&args.labels) {
        paths::called(label)?;
        name.clone_from(label);
    }
    paths::called_apart(&named.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())?;
    let walked = paths::walked(named);
    if walked.len() < 2 {
        return Err(Error::Usage("compare needs two reports with a walk at least".to_owned()));
    }
    Ok(walked)
}

/// The reports of a file: one, or one a path.
fn of_file(path: &Path) -> Result<Vec<(String, Report)>, Error> {
    let reports = saved::reports(path)?;
    let (file, count) = (path.display(), reports.len());
    let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = |report: &Report| if count == 1 { Some(stem.to_string()) } else { report.survey.way.clone() };
    let named = reports.into_iter().map(|report| Some((name(&report)?, report))).collect::<Option<Vec<_>>>();
    named.ok_or_else(|| {
        let said = "reports, not all of them of a path: compare takes one target of each path";
        Error::Usage(format!("`{file}` holds {count} {said}"))
    })
}
