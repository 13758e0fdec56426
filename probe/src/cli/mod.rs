//! The command line: flags become a plan, a survey becomes a report on stdout and an exit code.

mod aim;
mod args;
mod compare;
mod diagnose;
mod duration;
mod evidence;
mod exit;
mod expect;
mod explain;
mod fleet;
mod generate;
mod input;
mod legs;
mod logon;
mod output;
mod paths;
mod probe;
mod progress;
mod saved;
mod show;
mod signals;
mod via;
mod wait;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
pub use exit::{CODES as EXIT_CODES, NAGIOS_CODES};
use output::Output;
pub use output::columns;

use crate::evidence::Senses;
use crate::report::Format;
use crate::sys;

/// Why the probe could not run: exit code 2, and 130 where the user did not want it to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target is none.
    #[error(transparent)]
    Target(#[from] crate::target::TargetError),
    /// A flag's value does not go with the others.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read or written.
    #[error("cannot {doing} `{path}`: {source}")]
    File {
        /// What we wanted to do with it.
        doing: &'static str,
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file holds no report.
    #[error("`{path}` holds no report: {source}")]
    Report {
        /// The file.
        path: String,
        /// Why not.
        source: crate::report::ReadError,
    },
    /// What is to be told is no JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The user pressed Ctrl-C where a password was asked for.
    #[error("interrupted")]
    Interrupted,
    /// Nothing of this name or number is known.
    #[error("{0}")]
    Unknown(String),
    /// The system gives us no thread to run on.
    #[error("cannot start a thread: {0}; `ulimit -a` shows the limits on memory and processes")]
    Thread(#[source] std::io::Error),
    /// What the process may do beyond its user cannot be given up.
    #[error("cannot give up privileges: {0}")]
    Privilege(std::io::Error),
    /// The system does not let us run.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// Runs the command with the process's own arguments. What takes privilege is opened first, and the privilege given up
/// before there is a second thread.
pub fn main() -> ExitCode {
    let senses = Senses::open();
    let dropped = sys::drop_capabilities().map_err(Error::Privilege);
    if let Err(error) = dropped.and_then(|()| Ok(sys::carry_resolver()?)) {
        output::complain(&error);
        return ExitCode::from(2);
    }
    run(std::env::args_os(), senses)
}

/// Runs the command with these arguments; the first is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>, senses: Senses) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is a usage error.
            let _ = error.print();
            if !error.use_stderr() {
                return ExitCode::SUCCESS;
            }
            let format = wished(&arguments);
            output::failure(format, &format!("usage: {}", error.kind()));
            return ExitCode::from(exit::could_not_run(format));
        }
    };
    let (done, format) = match cli.command {
        None => (probe::run(&cli.probe, senses), cli.probe.output.format()),
        Some(Command::Probe(probe)) => (probe::run(&probe, senses), probe.output.format()),
        Some(Command::Explain { words }) => (explain::run(&words), Format::Text),
        Some(Command::Compare(args)) => (compare::run(&args), args.output.format()),
        Some(Command::Wait(args)) => (wait::run(&args, senses), Format::Text),
        Some(Command::Diagnose { file, output, expect }) => (diagnose::run(&file, &output, &expect), output.format()),
        Some(Command::Generate { what, out }) => (generate::run(what, out.as_deref()), Format::Text),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::complain(&error);
            output::failure(format, &error.to_string());
            let interrupted = matches!(error, Error::Interrupted);
            ExitCode::from(if interrupted { 130 } else { exit::could_not_run(format) })
        }
    }
}

/// The form that arguments wish for which are otherwise wrong.
fn wished(arguments: &[OsString]) -> Format {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    let format = |name: &str| Format::ALL.iter().copied().find(|format| format.id() == name);
    let wish = words.by_ref().find_map(|word| match word {
        "--json" => Some(Some(Format::Json)),
        "--format" => Some(None),
        word => word.strip_prefix("--format=").map(format),
    });
    wish.and_then(|wish| wish.or_else(|| words.next().and_then(format))).unwrap_or(Format::Text)
}
