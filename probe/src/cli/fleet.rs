use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Error, input};
use crate::fleet::{List, Pace};

/// How many targets of a list are walked at a time, unless the user says.
const AT_A_TIME: u16 = 8;

#[derive(Debug, Args)]
#[command(next_help_heading = "Many targets")]
pub(super) struct FleetArgs {
    /// Targets from a file, or with `-` from stdin: one a line, `HOST[:PORT] label=NAME # comment`; or TOML, `[[target]]`
    /// with `host`, `label` and `expect`.
    #[arg(long = "targets", value_name = "FILE|-", conflicts_with = "paths")]
    pub(super) list: Option<PathBuf>,

    /// How many targets are walked at a time; each one's connections go one after the other [default: 8 with --targets,
    /// else 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000), conflicts_with = "paths")]
    concurrency: Option<u16>,

    /// How many targets are begun at most in a time, e.g. `5/s`, `30/m`.
    #[arg(long, value_name = "N/s", value_parser = apart, conflicts_with = "paths")]
    rate: Option<Duration>,

    /// Tell the targets in their order; else each as soon as it is done.
    #[arg(long, conflicts_with = "paths")]
    ordered: bool,

    /// A bad line of the list is named, and does not count in the exit code.
    #[arg(long, requires = "list")]
    pub(super) keep_going: bool,
}

impl FleetArgs {
    pub(super) fn at_a_time(&self) -> u16 {
        self.concurrency.unwrap_or(if self.list.is_some() { AT_A_TIME } else { 1 })
    }

    pub(super) fn pace(&self) -> Pace {
        Pace { apart: self.rate.unwrap_or_default(), ordered: self.ordered }
    }

    /// What the file names. `port` is for targets that name none.
    pub(super) fn read(&self, port: Option<u16>) -> Result<List, Error> {
        let Some(path) = &self.list else { return Ok(List::default()) };
        let (name, bytes) = input::read(path)?;
        // A line that is no UTF-8 names no host, and is told like others that do not.
        let text = String::from_utf8_lossy(&bytes);
        let tables = |line: &str| line.trim_end() == "[[target]]";
        if path.extension().is_some_and(|extension| extension == "toml") || text.lines().any(tables) {
            return List::toml(&name, &text, port).map_err(|mistake| Error::Usage(mistake.to_string()));
        }
        Ok(List::lines(&name, &text, port))
    }
}

/// Reads a rate as the time from one to the next.
fn apart(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(format!("a rate is per `s`, `m` or `h`, not per `{unit}`")),
    };
    let number = number.parse().ok().filter(|number| (1..=10_000).contains(number));
    let number: u32 = number.ok_or("a rate is a whole number from 1 to 10000 and a time, e.g. 5/s, 30/m")?;
    Ok(Duration::from_secs(seconds) / number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_a_time() {
        for (text, millis) in [("5/s", 200), ("4", 250), ("30/m", 2000), ("1/h", 3_600_000)] {
            assert_eq!(apart(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["0/s", "-1/s", "5/", "5/day", "", "often", "1e9/s"] {
            assert!(apart(text).is_err(), "{text}");
        }
    }
}
