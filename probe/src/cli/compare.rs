use std::path::{Path, PathBuf};

use clap::Args;

use super::args::OutputArgs;
use super::{Error, Output, saved};
use crate::compare;
use crate::report::{Format, Report};

/// The exit codes, as `diff` has them.
const ALIKE: u8 = 0;
const DIFFERENT: u8 = 1;

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The reports, one a path.
    #[arg(required = true, num_args = 2.., value_name = "REPORT.json")]
    files: Vec<PathBuf>,

    /// What a path is called, once for each file in their order [default: the file's name].
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
    if !args.output.expect.expectations()?.is_empty() {
        return Err(Error::Usage("compare holds no report against an expectation: probe and diagnose do".to_owned()));
    }
    let labels = labels(args)?;
    let reports = args.files.iter().map(|path| report(path)).collect::<Result<Vec<_>, _>>()?;
    let output = Output::open(&args.output, false)?;
    let comparison = compare::compare(labels.into_iter().zip(reports).collect(), args.output.redact);
    let json = serde_json::to_string_pretty(&comparison).map_err(|error| Error::System(error.into()))?;
    output.document(&json, |look| {
        if format == Format::Markdown { compare::markdown(&comparison) } else { compare::text(&comparison, look) }
    })?;
    Ok(if comparison.alike { ALIKE } else { DIFFERENT })
}

/// The paths' names, each of them once.
fn labels(args: &CompareArgs) -> Result<Vec<String>, Error> {
    let (files, labels) = (args.files.len(), args.labels.len());
    if labels != 0 && labels != files {
        return Err(Error::Usage(format!(
            "--label stands once for each file or not at all: {labels} for {files} files"
        )));
    }
    let of_file = |path: &PathBuf| path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let labels = if labels == 0 { args.files.iter().map(of_file).collect() } else { args.labels.clone() };
    let twice =
        labels.iter().enumerate().find(|(place, label)| labels.iter().take(*place).any(|other| other == *label));
    match twice {
        Some((_, label)) => Err(Error::Usage(format!("two paths are called `{label}`: --label names them"))),
        None => Ok(labels),
    }
}

/// The one report of a file.
fn report(path: &Path) -> Result<Report, Error> {
    let mut reports = saved::reports(path)?;
    let name = path.display();
    match (reports.len(), reports.pop()) {
        (1, Some(report)) if report.survey.repeats().next().is_none() => {
            Err(Error::Usage(format!("`{name}` holds no walk to compare: its run was cut before there was one")))
        }
        (1, Some(report)) => Ok(report),
        (count, _) => {
            Err(Error::Usage(format!("`{name}` holds {count} reports: compare takes one target of each path")))
        }
    }
}
