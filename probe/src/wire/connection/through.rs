//! What is different where something stands between us and the target.

use std::process::ExitStatus;

use rdp_packets::Secret;

use super::Wire;
use crate::evidence::Sense;
use crate::stop::{Cause, Operation};
use crate::sys::TcpInfo;
use crate::wire::command::Command;
use crate::wire::limits::bounded;
use crate::wire::transport::{Transport, ours_unseen};
use crate::wire::via::Via;

/// Why neither packets nor the kernel tell anything of the target.
const THROUGH: &str = "through a proxy, whose packets are not the target's";

impl Wire {
    /// Notes that the packets that we could see are those to the proxy, and tell nothing of the target.
    pub(super) fn close_eyes(&mut self) {
        self.blind(Sense::Capture, THROUGH);
        self.blind(Sense::Kernel, THROUGH);
    }

    /// What the kernel knows of a connection to the target itself.
    pub(super) fn sample(&self) -> Option<Result<TcpInfo, &'static str>> {
        self.transport.as_ref().filter(|_| self.way.via.is_none())?.kernel()
    }

    /// Starts a command whose input and output are the connection to this host and port.
    pub(crate) fn start(&mut self, words: &[String], host: &str, port: u16) -> Result<(), Cause> {
        let command = Command::start(&Via::filled(words, host, port));
        let program = words.first().map_or("", String::as_str);
        let command = command.map_err(|error| Cause::local(Operation::Command, format!("{program}: {error}")))?;
        self.transport = Some(Transport::Command(Box::new(command)));
        Ok(())
    }

    /// How the command ended, where it did; it is waited for no longer than for a message.
    pub(crate) async fn command_ended(&mut self) -> Option<ExitStatus> {
        let clock = *self.tape.clock();
        let until = self.limits.until(clock.now());
        let Some(Transport::Command(command)) = &mut self.transport else { return None };
        bounded(&clock, &until, &self.halt, command.ended()).await.ok()?.ok()
    }

    /// Sends one message that nobody may read, to a proxy that has no TLS: the tape keeps its length.
    pub(crate) async fn write_unseen(&mut self, message: &Secret<Vec<u8>>) -> Result<(), Cause> {
        self.put(&message.0, ours_unseen).await
    }
}
