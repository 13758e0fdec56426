use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::opening::READ;

/// What holds secrets of ours, and is nothing for a command of somebody else's.
pub(crate) const SECRETS: [&str; 2] = ["RDP_PROBE_PASSWORD", "RDP_PROBE_PROXY_PASSWORD"];

/// A command whose input and output are the connection. What it says on stderr goes to ours; it is killed when this goes.
pub(crate) struct Command {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

impl Command {
    /// Starts it; the first word is the program.
    pub(super) fn start(words: &[String]) -> io::Result<Self> {
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = tokio::process::Command::new(program);
        for name in SECRETS {
            command.env_remove(name);
        }
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok(Self { child, input, output: output.ok_or(io::ErrorKind::BrokenPipe)? })
    }

    /// Writes to it.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(bytes).await
    }

    /// Reads what it has written, once; nothing at its end.
    pub(super) async fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; READ];
        let count = self.output.read(&mut bytes).await?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// Tells it that nothing more is to come.
    pub(super) fn close(&mut self) {
        self.input = None;
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }
}
