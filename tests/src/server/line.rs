use std::io::Write;
use std::time::Duration;

use rdp_packets::codec::Frame;
use rustls::ServerConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::seen::{Connection, End};
use super::tls::open;
use crate::act::{Act, Step};

/// Bytes taken from the socket at once.
const READ: usize = 16 * 1024;

/// Bytes that are kept while no message takes them; any message is shorter.
const KEPT: usize = 256 * 1024;

/// What an endless lie sends at most.
const ENDLESS: usize = 1 << 30;

/// One connection: plain, or inside TLS from [`Line::secure`] on.
pub(super) struct Line {
    socket: TcpStream,
    tls: Option<Box<ServerConnection>>,
    /// Bytes that came and no message has taken; opened where TLS is on.
    heard: Vec<u8>,
    /// What was seen so far.
    pub(super) seen: Connection,
}

/// The connection is over, or all that is left to do is to wait for its end.
#[derive(Debug)]
pub(super) struct Over;

impl Line {
    /// A connection that has just been accepted.
    pub(super) fn new(socket: TcpStream, number: usize) -> Self {
        // Without it, the bytes of a drip wait for each other.
        let _ = socket.set_nodelay(true);
        Self { socket, tls: None, heard: Vec::new(), seen: Connection { number, ..Connection::default() } }
    }

    /// From here on messages travel inside TLS, those that came already too.
    pub(super) fn secure(&mut self, mut tls: ServerConnection) -> Result<(), Over> {
        let sealed = std::mem::take(&mut self.heard);
        let opened = open(&mut tls, &sealed, &mut self.heard);
        self.tls = Some(Box::new(tls));
        self.seen.close_notify |= opened.map_err(|error| self.fault(&error))?;
        Ok(())
    }

    /// Receives one message by its length, however it was cut.
    pub(super) async fn receive<F: Frame>(&mut self) -> Result<Vec<u8>, Over> {
        loop {
            let length = F::length(&self.heard).map_err(|error| self.fault(&error))?;
            if let Some(length) = length.filter(|length| *length <= self.heard.len()) {
                let rest = self.heard.split_off(length);
                let message = std::mem::replace(&mut self.heard, rest);
                self.seen.watch(&message);
                return Ok(message);
            }
            self.fill().await?;
        }
    }

    /// Notes that the client's message cannot be read.
    pub(super) fn fault(&mut self, error: &impl ToString) -> Over {
        self.seen.fault = Some(error.to_string());
        Over
    }

    /// Answers a step by doing the act. `truth` is the whole answer of a healthy server, or what a session says in its
    /// place; `refusal` the step's own no with a code.
    pub(super) async fn answer(
        &mut self,
        step: Step,
        act: &Act,
        truth: Vec<u8>,
        refusal: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<(), Over> {
        if !matches!(act, Act::Pass) {
            self.seen.acted = Some((step, act.clone()));
        }
        match act {
            Act::Pass => self.send(truth).await,
            Act::DelayMs(ms) => {
                self.pause(Duration::from_millis(*ms)).await?;
                self.send(truth).await
            }
            Act::DripMs(ms) => self.send_apart(truth, Duration::from_millis(*ms)).await,
            Act::Split => self.send_apart(truth, Duration::ZERO).await,
            Act::Silence => Err(Over),
            Act::Close => self.hang_up().await,
            Act::Reset => {
                // With a linger of zero the kernel sends RST when the socket is dropped, which is next.
                let _ = self.socket.set_zero_linger();
                self.seen.end = End::Ours;
                Err(Over)
            }
            Act::Truncate => {
                self.send_half(truth).await?;
                let _ = self.socket.shutdown().await;
                Err(Over)
            }
            Act::Half => {
                self.send_half(truth).await?;
                Err(Over)
            }
            Act::Garble(lie) if lie.is_endless() => self.send_endlessly(&lie.bytes(step, truth)).await,
            Act::Garble(lie) => {
                self.send(lie.bytes(step, truth)).await?;
                Err(Over)
            }
            Act::Decline(code) => self.send_last(refusal(*code)).await,
            Act::Ultimatum(reason) => self.send_last(super::settings::ultimatum(*reason)).await,
            // A session has put them in the place of the answer, since what it says is sealed in order.
            Act::Alert { .. } | Act::ErrorInfo(_) | Act::Redirect => self.send_last(truth).await,
            Act::Disconnect(reason) => self.send_last(super::negotiate::disconnect(*reason)).await,
        }
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, message: Vec<u8>) -> Result<(), Over> {
        let sealed = self.seal(message)?;
        self.write(&sealed).await
    }

    /// Sends a message after which there is nothing to say.
    pub(super) async fn send_last(&mut self, message: Vec<u8>) -> Result<(), Over> {
        self.send(message).await?;
        self.hang_up().await
    }

    /// Ends our side, with a goodbye inside TLS.
    pub(super) async fn hang_up(&mut self) -> Result<(), Over> {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            self.send(Vec::new()).await?;
        }
        let _ = self.socket.shutdown().await;
        Err(Over)
    }

    /// Reads until the other side has ended too: a socket that is closed with unread bytes in it sends RST.
    pub(super) async fn drain(&mut self) {
        while self.seen.end == End::Open && self.fill().await.is_ok() {
            let spare = self.heard.len().saturating_sub(KEPT / 2);
            self.heard.drain(..spare);
        }
        self.seen.watch(&self.heard);
    }

    async fn send_half(&mut self, message: Vec<u8>) -> Result<(), Over> {
        let sealed = self.seal(message)?;
        self.write(sealed.get(..sealed.len() / 2).unwrap_or_default()).await
    }

    async fn send_apart(&mut self, message: Vec<u8>, pause: Duration) -> Result<(), Over> {
        for byte in self.seal(message)? {
            self.write(&[byte]).await?;
            if !pause.is_zero() {
                self.pause(pause).await?;
            }
        }
        Ok(())
    }

    /// Waits, and listens meanwhile: whoever has lost patience is not kept waiting for.
    async fn pause(&mut self, pause: Duration) -> Result<(), Over> {
        let listening = async { while self.fill().await.is_ok() {} };
        match timeout(pause, listening).await {
            Ok(()) => Err(Over),
            Err(_) => Ok(()),
        }
    }

    async fn send_endlessly(&mut self, chunk: &[u8]) -> Result<(), Over> {
        for _ in 0..ENDLESS / chunk.len() {
            self.send(chunk.to_vec()).await?;
        }
        Err(Over)
    }

    /// The message as it goes on the wire.
    fn seal(&mut self, message: Vec<u8>) -> Result<Vec<u8>, Over> {
        let Some(tls) = &mut self.tls else { return Ok(message) };
        let mut sealed = Vec::new();
        let done = tls.writer().write_all(&message).and_then(|()| {
            while tls.wants_write() {
                tls.write_tls(&mut sealed)?;
            }
            Ok(sealed)
        });
        done.map_err(|error| self.fault(&error))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Over> {
        // Whoever does not want to hear the rest has ended the connection: reading tells how.
        self.socket.write_all(bytes).await.map_err(|_| Over)
    }

    async fn fill(&mut self) -> Result<(), Over> {
        let mut bytes = vec![0; READ];
        let count = match self.socket.read(&mut bytes).await {
            Ok(0) => {
                self.seen.end = End::Fin;
                return Err(Over);
            }
            Ok(count) => count,
            Err(_) => {
                self.seen.end = End::Reset;
                return Err(Over);
            }
        };
        bytes.truncate(count);
        self.seen.bytes += count;
        match &mut self.tls {
            None => self.heard.append(&mut bytes),
            Some(tls) => match open(tls, &bytes, &mut self.heard) {
                Ok(closed) => self.seen.close_notify |= closed,
                Err(error) => return Err(self.fault(&error)),
            },
        }
        if self.heard.len() > KEPT {
            return Err(self.fault(&"more than any message"));
        }
        Ok(())
    }
}
