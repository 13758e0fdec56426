//! A process that ends with its owner.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use std::os::unix::process::CommandExt;

use super::error::{Error, Result, io};

/// How often a process is looked at until it is ready, and how long the pause between two looks is: 30 s in all.
const LOOKS: u32 = 3000;
const PAUSE: Duration = Duration::from_millis(10);

/// How many lines of a log explain an error.
const LAST_LINES: usize = 12;

/// The shell's exit status for a program that is not there.
const NOT_FOUND: i32 = 127;

/// Stands between the suite and a server. Standard input is a pipe that the suite holds and never writes to; it ends
/// when the suite drops the process, and when the suite is killed. Then the server and all that it forked, which share
/// a process group with the guard, are asked to end; what still lives 5 s later is killed. A server that ends by itself
/// ends the watcher of the pipe, which is older than it and so cannot be missed.
const GUARD: &str = r#"
PATH=$PATH:/usr/sbin
command -v "$1" > /dev/null || exit 127
exec 3<&0
cat <&3 > /dev/null &
watcher=$!
{ trap : TERM; "$@" <&3; kill "$watcher" 2> /dev/null; } &
server=$!
wait "$watcher"
trap '' TERM
kill 0
for _ in {1..250}; do kill -0 "$server" || break; sleep 0.02; done 2> /dev/null
kill -KILL 0
"#;

/// A running program and what it forked.
#[derive(Debug)]
pub(super) struct Process {
    program: String,
    guard: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the command, by its program, arguments and environment. Both of its outputs go to the log.
    pub(super) fn start(command: &Command, log: &Path) -> Result<Self> {
        let output = OpenOptions::new().create(true).append(true).open(log).map_err(io("open a log"))?;
        let errors = output.try_clone().map_err(io("share a log"))?;
        let mut guard = Command::new("bash");
        guard.args(["-c", GUARD, "guard"]).arg(command.get_program()).args(command.get_args());
        guard.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        guard.stdin(Stdio::piped()).stdout(output).stderr(errors).process_group(0);
        let guard = guard.spawn().map_err(io("start bash"))?;
        Ok(Self { program: command.get_program().to_string_lossy().into_owned(), guard, log: log.to_owned() })
    }

    /// Looks until there is an answer, and fails as soon as the program ends. `awaited` says what is looked for.
    pub(super) fn wait_until<T>(&mut self, awaited: &'static str, look: impl Fn() -> Option<T>) -> Result<T> {
        for _ in 0..LOOKS {
            if let Some(answer) = look() {
                return Ok(answer);
            }
            if let Some(status) = self.guard.try_wait().map_err(io("look after a process"))? {
                let program = self.program.clone();
                return Err(match status.code() {
                    Some(NOT_FOUND) => Error::Missing { program },
                    _ => Error::Ended { program, awaited, log: self.last_words() },
                });
            }
            thread::sleep(PAUSE);
        }
        Err(Error::Late { program: self.program.clone(), awaited, log: self.last_words() })
    }

    /// The end of the log, on one line.
    fn last_words(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join(" | ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard ends in any case, by its own signal.
        let _ = self.guard.wait();
    }
}

/// Runs a program to its end and returns what it wrote to standard output.
pub(super) fn run(command: &mut Command) -> Result<Vec<u8>> {
    feed(command, "")
}

/// Why a program does not start.
pub(super) fn refused(program: &str) -> impl FnOnce(std::io::Error) -> Error {
    move |error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            Error::Missing { program: program.to_owned() }
        } else {
            io("run a program")(error)
        }
    }
}

/// Runs a program, on a text that it reads from standard input, and returns what it wrote to standard output.
pub(super) fn feed(command: &mut Command, text: &str) -> Result<Vec<u8>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(refused(&program))?;
    // A program that does not read to the end says itself why.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(io("wait for a program"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Error::Failed { program, stderr: String::from_utf8_lossy(&output.stderr).into_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts a script whose log lies in a directory of its own.
    fn script(text: &str) -> (Process, PathBuf, tempfile::TempDir) {
        let home = tempfile::tempdir().expect("a directory");
        let log = home.path().join("log");
        let process = Process::start(Command::new("bash").args(["-c", text]), &log).expect("a process");
        (process, log, home)
    }

    #[test]
    fn a_dropped_process_is_gone_with_what_it_forked() {
        let (mut process, log, _home) = script("sleep 1000 & echo $!; wait");
        let forked = process.wait_until("it forks", || fs::read_to_string(&log).ok()?.strip_suffix('\n')?.parse().ok());
        let forked = Path::new("/proc").join(u32::to_string(&forked.expect("a number"))).join("cmdline");
        assert!(forked.exists());
        drop(process);
        // One that is dead has no command line, even while nobody has waited for it; a signal takes its moment.
        let gone = || fs::read(&forked).unwrap_or_default().is_empty();
        assert!((0..LOOKS).any(|_| gone() || {
            thread::sleep(PAUSE);
            false
        }));
    }

    #[test]
    fn a_process_that_ends_too_early_says_so_with_its_last_words() {
        let (mut process, _, _home) = script("echo no room >&2; exit 3");
        let error = process.wait_until("it listens", || None::<()>).expect_err("it ended");
        assert_eq!(error.to_string(), "bash ended where `it listens` was due; its log ends: no room");
    }

    #[test]
    fn a_program_that_is_not_installed_is_missing() {
        let home = tempfile::tempdir().expect("a directory");
        let started = Process::start(&Command::new("no-such-server"), &home.path().join("log"));
        let error = started.expect("bash").wait_until("it listens", || None::<()>).expect_err("it is not there");
        assert!(matches!(error, Error::Missing { program } if program == "no-such-server"));
    }
}
