mod reading;
mod stepped;
mod through;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use rdp_packets::Secret;
use rustls::ClientConnection;
use socket2::Socket;
use tokio::net::TcpStream;

use super::flow::Flow;
use super::limits::{Halt, Limits, Until, bounded};
use super::stream::Stream;
use super::transport::{Note, Transport, ours};
use super::way::Way;
use crate::clock::Clock;
use crate::evidence::{Bytes, End, Event, Keys, Outcome, Sense, Senses, Tape};
use crate::phase::Phase;
use crate::stop::{Cause, Fault, Operation, Stop};
use crate::sys::TcpInfo;

pub use stepped::{DRAWN, HELD, UNDRAWN};

/// One connection and its tape, from before it is made until after it is closed.
pub struct Wire {
    pub(super) tape: Tape,
    pub(super) senses: Senses,
    pub(super) limits: Limits,
    pub(super) halt: Halt,
    way: Arc<Way>,
    pub(super) transport: Option<Transport>,
    pub(super) tls: Option<Box<ClientConnection>>,
    /// Bytes that came and no message has taken yet; in clear when TLS is on.
    pub(super) heard: Vec<u8>,
    /// The begin of a TLS record, once TLS is on, that is not whole yet.
    sealed: Vec<u8>,
    /// Until when the awaited message may take; armed by the first wait after something was sent.
    until: Option<Until>,
    /// What is said before we close, in the protocol that stands then.
    pub(super) farewell: Vec<u8>,
    /// Why a write failed: told once everything that the peer had said before is read.
    pub(super) broken: Option<Cause>,
    /// Whether the walk stopped, and neither the other side said why nor was it ours to know.
    pub(super) unexplained: bool,
}

impl Wire {
    /// A wire that is not connected yet.
    pub fn new(tape: Tape, senses: Senses, limits: Limits, halt: Halt, way: Arc<Way>) -> Self {
        let (heard, sealed, farewell) = (Vec::new(), Vec::new(), Vec::new());
        let mut wire = Self {
            tape,
            senses,
            limits,
            halt,
            way,
            transport: None,
            tls: None,
            heard,
            sealed,
            until: None,
            farewell,
            broken: None,
            unexplained: false,
        };
        if wire.way.via.is_some() {
            wire.close_eyes();
        } else if let Some(reason) = wire.senses.missing().map(str::to_owned) {
            wire.blind(Sense::Capture, &reason);
        }
        wire
    }

    /// The tape, to note on what was seen besides the connection's own bytes.
    pub fn tape(&mut self) -> &mut Tape {
        &mut self.tape
    }

    /// Which way our packets leave.
    pub fn way(&self) -> &Arc<Way> {
        &self.way
    }

    /// The clock of the tape.
    pub fn clock(&self) -> &Clock {
        self.tape.clock()
    }

    /// The wall time.
    pub fn now(&self) -> jiff::Timestamp {
        self.tape.clock().wall(self.tape.clock().now())
    }

    /// Notes a sense that this walk does not have.
    pub fn blind(&mut self, sense: Sense, reason: &str) {
        self.tape.note(Event::Blind { sense, reason: reason.to_owned() });
    }

    /// Runs one phase: marks its begin and its end on the tape, and samples the kernel before the end, while the
    /// socket lives. There is no other way to run a phase.
    ///
    /// What failed may show that it was another phase all the while: the marks then carry that one's name.
    pub async fn phase<T, E: Into<Fault>>(
        &mut self,
        phase: Phase,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, Stop> {
        self.tape.note(Event::Enter { phase });
        self.until = None;
        let done = work(self).await.map_err(Into::into);
        match self.sample() {
            Some(Ok(info)) => self.tape.note(Event::Kernel(Box::new(info))),
            Some(Err(reason)) => self.blind(Sense::Kernel, reason),
            None => {}
        }
        let (phase, outcome) = match &done {
            Ok(_) => (phase, Outcome::Passed),
            Err(Fault { blamed, .. }) => (blamed.unwrap_or(phase), Outcome::Stopped),
        };
        self.tape.rename(phase);
        self.tape.note(Event::Leave { phase, outcome });
        let partial = self.heard.len() + self.sealed.len();
        done.map_err(|Fault { cause, .. }| {
            self.unexplained = !matches!(cause, Cause::Declined { .. } | Cause::Local { .. });
            Stop::recorded(phase, cause, self.tape.clock().now(), partial, self.tape.recording())
        })
    }

    /// Waits for something that is not a message of the connection, under the same time limit.
    pub async fn wait<T>(&mut self, message: &str, work: impl Future<Output = T>) -> Result<T, Cause> {
        let until = self.expect(message);
        bounded(self.tape.clock(), &until, &self.halt, work).await
    }

    /// Lets the capture listen to the connection that a socket is about to make.
    pub fn follow(&mut self, socket: &Socket, remote: SocketAddr) {
        if self.way.via.is_some() {
            return;
        }
        if let Err(error) = self.senses.follow(self.tape.clock(), socket, remote) {
            self.blind(Sense::Capture, &error.to_string());
        }
    }

    /// Takes the connected socket.
    pub fn adopt(&mut self, socket: TcpStream) {
        if let (Ok(local), Ok(remote)) = (socket.local_addr(), socket.peer_addr()) {
            self.senses.connected(local, remote);
        }
        self.transport = Some(Transport::Tcp(socket));
    }

    /// Takes the socket of a flow over UDP.
    pub(crate) fn adopt_flow(&mut self, flow: Flow) {
        self.transport = Some(Transport::Udp(Box::new(flow)));
    }

    /// From here on the flow is a stream: what is sent arrives, and what comes is in order.
    pub(crate) fn begin_stream(&mut self, stream: Stream) {
        if let Some(Transport::Udp(flow)) = &mut self.transport {
            flow.begin(stream);
        }
    }

    /// Sends what the stream over UDP owes the other side: that its last datagrams have come.
    pub(crate) async fn acknowledge(&mut self) {
        // One that cannot be sent is no loss: the other side asks again.
        let _ = self.write(&[]).await;
    }

    /// Where the secrets of a TLS connection go, for whoever asked for them.
    pub fn key_log(&self) -> Option<Arc<Keys>> {
        self.senses.keys().cloned()
    }

    /// Takes note of a connection that was established and reset before anybody could hold it: whoever awaits a
    /// message on it will hear of the reset.
    pub fn stillborn(&mut self) {
        self.tape.note(Event::Ended { how: End::Reset });
        self.broken = Some(Cause::Reset);
    }

    /// From here on messages travel inside TLS.
    pub fn secure(&mut self, tls: ClientConnection) {
        self.sealed = std::mem::take(&mut self.heard);
        self.tls = Some(Box::new(tls));
    }

    /// From here on these bytes are said before the connection is closed.
    pub fn farewell(&mut self, bytes: Vec<u8>) {
        self.farewell = bytes;
    }

    /// Sends one message, inside TLS once that is on.
    ///
    /// A write that fails is no end by itself: the peer may have spoken before. So the next [`receive`](Self::receive)
    /// reads on, and tells the failure when nothing is left.
    pub async fn send(&mut self, message: &str, bytes: &[u8]) -> Result<(), Cause> {
        if self.tls.is_none() {
            return self.write(bytes).await;
        }
        let kept = self.tape.keep(bytes);
        self.seal(message, bytes, kept).await
    }

    /// Sends one message that nobody may read, inside TLS alone: the tape keeps its length.
    pub async fn send_unseen(&mut self, message: &str, secret: &Secret<Vec<u8>>) -> Result<(), Cause> {
        self.seal(message, &secret.0, Bytes { bytes: Vec::new(), length: secret.0.len() }).await
    }

    /// Puts a message inside TLS and sends it; `kept` goes on the tape.
    async fn seal(&mut self, message: &str, bytes: &[u8], kept: Bytes) -> Result<(), Cause> {
        let Some(tls) = &mut self.tls else { return Err(Cause::local(Operation::Seal, "TLS is not on")) };
        let mut sealed = Vec::new();
        tls.writer().write_all(bytes).map_err(|error| Cause::local(Operation::Seal, error))?;
        while tls.wants_write() {
            tls.write_tls(&mut sealed).map_err(|error| Cause::local(Operation::Seal, error))?;
        }
        self.tape.note(Event::Sealed { message: message.to_owned(), bytes: kept });
        self.write(&sealed).await
    }

    /// What the kernel knows of the connection.
    pub fn kernel(&self) -> Option<TcpInfo> {
        self.sample()?.ok()
    }

    /// Writes bytes to the socket, and notes them before.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Cause> {
        self.put(bytes, ours).await
    }

    /// Writes bytes to the socket, once `note` has noted them.
    async fn put(&mut self, bytes: &[u8], note: Note) -> Result<(), Cause> {
        if self.broken.is_some() {
            return Ok(());
        }
        let clock = *self.tape.clock();
        let until = self.limits.until(clock.now());
        self.until = None;
        let Some(transport) = &mut self.transport else { return Err(Cause::local(Operation::Write, "not connected")) };
        let written = transport.write(&mut self.tape, &mut self.senses, bytes, note);
        match bounded(&clock, &until, &self.halt, written).await? {
            Ok(()) => {}
            Err(error) => {
                let cause = self.end(&error);
                // Nobody answers a datagram that never left; the other side of a stream may have said something before.
                if matches!(self.transport, Some(Transport::Udp(_))) {
                    return Err(cause);
                }
                self.broken = Some(cause);
            }
        }
        Ok(())
    }

    /// What an error of the socket means, noted on the tape.
    fn end(&mut self, error: &io::Error) -> Cause {
        if let Some(unreachable) = self.transport.as_ref().and_then(|it| it.unreachable(&mut self.tape)) {
            return unreachable;
        }
        let kind = error.kind();
        let (how, cause) = if kind == io::ErrorKind::ConnectionReset {
            (End::Reset, Cause::Reset)
        } else if kind == io::ErrorKind::BrokenPipe {
            (End::Fin, Cause::Closed)
        } else if kind == io::ErrorKind::TimedOut {
            // The kernel gave up resending what nobody acknowledged.
            return Cause::Silence;
        } else {
            return Cause::local(Operation::Socket, error);
        };
        // A broken pipe after a reset that a write has seen is still that reset.
        if let Some(first) = &self.broken {
            return first.clone();
        }
        self.tape.note(Event::Ended { how });
        cause
    }
}
