//! Why a server of the bed is not there, and what a test does about it.

use std::env;
use std::io::{self, Write};

/// What the bed answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a server is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine does not have the program. A test may be skipped for it.
    #[error("{program} is not installed (tests/run, as root on Debian, installs it)")]
    Missing {
        /// The program's name.
        program: String,
    },
    /// Only root makes network namespaces. A test may be skipped for it.
    #[error("network namespaces need root")]
    Powerless,
    /// The program ended before it was ready.
    #[error("{program} ended where `{awaited}` was due; its log ends: {log}")]
    Ended {
        /// The program's name.
        program: String,
        /// What it was to do.
        awaited: &'static str,
        /// The last lines that it wrote.
        log: String,
    },
    /// The program lives but was not ready within the budget.
    #[error("{program} runs, but `{awaited}` never came; its log ends: {log}")]
    Late {
        /// The program's name.
        program: String,
        /// What it was to do.
        awaited: &'static str,
        /// The last lines that it wrote.
        log: String,
    },
    /// A program that prepares something for a server refused.
    #[error("{program} failed: {stderr}")]
    Failed {
        /// The program's name.
        program: String,
        /// What it wrote to standard error.
        stderr: String,
    },
    /// The operating system refused.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Turns what the system said into an error, by the operation that was tried.
pub(super) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { what, source }
}

/// The server, or nothing where its program or the right to run it is missing: then the reason is printed.
///
/// # Panics
/// On every other error, and on these too where `REQUIRE_BED` is 1.
pub fn or_skip<T>(started: Result<T>) -> Option<T> {
    match started {
        Ok(server) => Some(server),
        Err(missing @ (Error::Missing { .. } | Error::Powerless))
            if env::var_os("REQUIRE_BED").is_none_or(|value| value != "1") =>
        {
            // Not by `eprintln!`, which the test harness keeps to itself.
            let _ = writeln!(io::stderr(), "skipped: {missing}");
            None
        }
        Err(error) => panic!("the bed is not up: {error}: {:?}", std::error::Error::source(&error)),
    }
}
