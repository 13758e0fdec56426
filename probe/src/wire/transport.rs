use std::io;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::command::Command;
use super::flow::Flow;
use super::opening::READ;
use crate::evidence::{Bytes, Direction, Event, Senses, Tape};
use crate::stop::Cause;
use crate::sys::{self, TcpInfo};

/// What carries the bytes of a connection. Whatever crosses it is noted on the tape.
pub(super) enum Transport {
    /// A stream of bytes.
    Tcp(TcpStream),
    /// What a command reads and writes.
    Command(Box<Command>),
    /// Datagrams, or the stream that RDP-UDP makes of them.
    Udp(Box<Flow>),
}

/// Why nothing could be read.
pub(super) enum Unread {
    /// The socket says so.
    Socket(io::Error),
    /// So many datagrams came, and what is due is not over.
    Endless(u32),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

/// How bytes that leave are noted.
pub(super) type Note = fn(&mut Tape, &mut Senses, &[u8]);

impl Transport {
    /// Writes bytes, and notes them before. Datagrams are noted whole: over UDP no secret travels outside TLS.
    pub(super) async fn write(
        &mut self,
        tape: &mut Tape,
        senses: &mut Senses,
        bytes: &[u8],
        note: Note,
    ) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => {
                note(tape, senses, bytes);
                socket.write_all(bytes).await
            }
            Self::Command(command) => {
                note(tape, senses, bytes);
                command.write(bytes).await
            }
            Self::Udp(flow) => flow.write(tape, senses, bytes).await,
        }
    }

    /// Reads what has come, once; nothing at the end of a stream.
    pub(super) async fn read(&mut self, tape: &mut Tape, senses: &mut Senses) -> Result<Vec<u8>, Unread> {
        let bytes = match self {
            Self::Tcp(socket) => {
                // Who waits for long holds no buffer for it: there may be many.
                socket.readable().await?;
                let mut bytes = vec![0; READ];
                let count = socket.read(&mut bytes).await?;
                bytes.truncate(count);
                bytes
            }
            Self::Command(command) => command.read().await?,
            Self::Udp(flow) => return flow.read(tape, senses).await,
        };
        if !bytes.is_empty() {
            theirs(tape, senses, &bytes);
        }
        Ok(bytes)
    }

    /// Ends our side, where there is a way to.
    pub(super) async fn shutdown(&mut self) {
        match self {
            // An end that cannot be told is no loss.
            Self::Tcp(socket) => drop(socket.shutdown().await),
            Self::Command(command) => command.close(),
            Self::Udp(_) => {}
        }
    }

    /// What the kernel knows of a TCP connection; the error is there where it should know and does not tell.
    pub(super) fn kernel(&self) -> Option<Result<TcpInfo, &'static str>> {
        let Self::Tcp(socket) = self else { return None };
        Some(sys::tcp_info(socket).ok_or("the kernel gives no TCP_INFO"))
    }

    /// The ICMP message that explains an error of a UDP socket, noted on the tape.
    pub(super) fn unreachable(&self, tape: &mut Tape) -> Option<Cause> {
        let Self::Udp(flow) = self else { return None };
        let socket = flow.socket();
        let target = socket.peer_addr().ok()?.ip();
        let mut messages = sys::drain_error_queue(&SockRef::from(socket), target);
        for (icmp, _) in &messages {
            tape.note(Event::Icmp { icmp: icmp.clone(), quoted: None });
        }
        // That a datagram is too long for the path does not say that shorter ones do not arrive.
        messages.retain(|(_, mtu)| mtu.is_none());
        messages.pop().map(|(icmp, _)| Cause::Unreachable { icmp })
    }
}

/// Notes bytes that leave.
pub(super) fn ours(tape: &mut Tape, senses: &mut Senses, bytes: &[u8]) {
    let kept = tape.keep(bytes);
    tape.note(Event::Sent(kept));
    senses.socket(tape.clock(), Direction::Ours, bytes);
}

/// Notes how many bytes leave that nobody may read.
pub(super) fn ours_unseen(tape: &mut Tape, senses: &mut Senses, bytes: &[u8]) {
    let length = bytes.len();
    tape.note(Event::Sent(Bytes { bytes: Vec::new(), length }));
    senses.socket(tape.clock(), Direction::Ours, &vec![0; length]);
}

/// Notes bytes that came.
pub(super) fn theirs(tape: &mut Tape, senses: &mut Senses, bytes: &[u8]) {
    let kept = tape.keep(bytes);
    tape.note(Event::Received(kept));
    senses.socket(tape.clock(), Direction::Theirs, bytes);
}
