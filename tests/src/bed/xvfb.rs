//! An X display without a screen, for programs that will not start without one.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::error::{Result, io};
use super::process::Process;

/// A display of Xvfb. Dropping it ends it.
#[derive(Debug)]
pub struct Display {
    /// What belongs into `DISPLAY`, e.g. `:1`.
    pub name: String,
    _process: Process,
    _home: TempDir,
}

impl Display {
    /// Starts Xvfb on a display that nobody else has.
    pub fn start() -> Result<Self> {
        let home = tempfile::tempdir().map_err(io("make a temporary directory"))?;
        let log = home.path().join("xvfb.log");
        let mut command = Command::new("Xvfb");
        // It takes the first free number, and writes it once it listens. Without `-noreset` it starts over whenever the
        // last client leaves, and drops who comes meanwhile.
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0", "640x480x24"]);
        let mut process = Process::start(&command, &log)?;
        let number = process.wait_until("it names its display", || number(&fs::read_to_string(&log).ok()?))?;
        Ok(Self { name: format!(":{number}"), _process: process, _home: home })
    }
}

/// The display's number: the line that is nothing else. A line that is not finished is not looked at.
fn number(log: &str) -> Option<u32> {
    log.split_inclusive('\n').find_map(|line| line.strip_suffix('\n')?.parse().ok())
}
