use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use socket2::Socket;

use super::dissect::dissect;
use super::spool::HEADERS;
use super::{Direction, Event, Keys, Packet, Sense, Spool, Tape};
use crate::clock::{Clock, Moment};
use crate::sys::{Capture, Flow};

/// Packets of one walk that are kept: its begin and its end, half of each.
const FRAMES: usize = 512;

/// Within this time the same packet crosses all interfaces that stand for one, such as a bridge or a bond and what it
/// is made of.
const ONCE: Duration = Duration::from_millis(1);

/// The wall clock may be read so late that it seems to have been set by this.
const STEP: Duration = Duration::from_millis(1);

/// Why there is no capture for a process that may not open one.
pub const NOT_PERMITTED: &str = "needs CAP_NET_RAW";

/// What a run sees with besides its own sockets. Opened once, handed from walk to walk; by default there is nothing.
pub struct Senses {
    /// Why it is missing, when it is.
    capture: Result<Capture, String>,
    /// What the capture hears, while a connection lives.
    flow: Option<Flow>,
    /// The wall time of the clock's begin, as the wall clock stood when the connection was made.
    epoch: SystemTime,
    deaf: bool,
    heard: Heard,
    spool: Option<Spool>,
    keys: Option<Arc<Keys>>,
}

/// What was heard in one walk.
#[derive(Default)]
struct Heard {
    /// Oldest first.
    packets: Vec<Raw>,
    /// How many packets more there were, without room or without a time.
    missed: usize,
}

/// A packet that nobody has looked into yet.
struct Raw {
    at: SystemTime,
    bytes: Vec<u8>,
    length: usize,
}

impl Heard {
    /// Keeps `room` bytes of a packet, once. Where there are too many, what is in the middle goes.
    fn push(&mut self, at: Option<SystemTime>, packet: &[u8], room: usize) {
        let Some(at) = at else {
            self.missed += 1;
            return;
        };
        let bytes: Vec<u8> = packet.iter().take(room).copied().collect();
        let mut just_now = self.packets.iter().rev().take_while(|before| apart(before.at, at) < ONCE);
        if just_now.any(|before| before.bytes == bytes && before.length == packet.len()) {
            return;
        }
        if self.packets.len() == FRAMES {
            self.packets.remove(FRAMES / 2);
            self.missed += 1;
        }
        self.packets.push(Raw { at, bytes, length: packet.len() });
    }
}

/// The time between two readings of the wall clock.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}

impl Default for Senses {
    fn default() -> Self {
        Self::without("not opened")
    }
}

impl Senses {
    /// Opens what this process may open. It comes first in a process, before what it takes is given up.
    pub fn open() -> Self {
        let reason = |error: io::Error| {
            let denied = error.kind() == io::ErrorKind::PermissionDenied;
            if denied { NOT_PERMITTED.to_owned() } else { error.to_string() }
        };
        Self::with(Capture::open().map_err(reason))
    }

    /// Has no capture, and says why.
    pub fn without(reason: &str) -> Self {
        Self::with(Err(reason.to_owned()))
    }

    fn with(capture: Result<Capture, String>) -> Self {
        let (heard, epoch) = (Heard::default(), SystemTime::UNIX_EPOCH);
        Self { capture, flow: None, epoch, deaf: false, heard, spool: None, keys: None }
    }

    /// What a walk beside the one that is listened to has: nothing, and nothing is missing, since nobody wants it.
    pub fn deaf() -> Self {
        Self { deaf: true, ..Self::default() }
    }

    /// Keeps the packets of all walks whole from here on, and with `keys` the secrets of their TLS connections.
    pub fn keep(&mut self, keys: bool) {
        self.spool = Some(Spool::default());
        self.keys = keys.then(Arc::default);
    }

    /// The packets that were kept, where they were asked for.
    pub fn spool(&self) -> Option<&Spool> {
        self.spool.as_ref()
    }

    /// Where the secrets of TLS connections go, where they were asked for.
    pub fn keys(&self) -> Option<&Arc<Keys>> {
        self.keys.as_ref()
    }

    /// Why there is no capture, when there is none.
    pub fn missing(&self) -> Option<&str> {
        self.capture.as_ref().err().map(String::as_str).filter(|_| !self.deaf)
    }

    /// Whether a connection is listened to on the wire.
    pub(crate) fn hears(&self) -> bool {
        self.flow.is_some()
    }

    /// Listens to the connection that a socket is about to make. Its port is fixed now: the filter must be there before
    /// the first packet.
    pub(crate) fn follow(&mut self, clock: &Clock, socket: &Socket, remote: SocketAddr) -> io::Result<()> {
        let Ok(capture) = &mut self.capture else { return Ok(()) };
        let any = if remote.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        let port = || socket.local_addr().map(|local| local.as_socket().map_or(0, |local| local.port()));
        if port()? == 0 {
            socket.bind(&SocketAddr::new(any, 0).into())?;
        }
        let flow = Flow { remote, local_port: port()? };
        capture.follow(flow)?;
        (self.flow, self.epoch) = (Some(flow), clock.epoch());
        Ok(())
    }

    /// Takes note of a connection's ends.
    pub(crate) fn connected(&mut self, local: SocketAddr, remote: SocketAddr) {
        if let Some(spool) = &mut self.spool {
            spool.ends = Some((local, remote));
        }
    }

    /// Takes note of what our socket sends or receives, for whoever asked for packets that nobody can see.
    pub(crate) fn socket(&mut self, clock: &Clock, direction: Direction, bytes: &[u8]) {
        if let Some(spool) = self.spool.as_mut().filter(|_| self.flow.is_none()) {
            spool.segment(clock.wall(clock.now()).into(), direction, bytes);
        }
    }

    /// Takes what has come on the wire out of the kernel's hands. It copies, and judges nothing.
    fn listen(&mut self) {
        let (Ok(capture), Some(_)) = (&mut self.capture, self.flow) else { return };
        let room = self.spool.as_ref().map_or(0, Spool::room).max(HEADERS);
        while let Some((at, packet)) = capture.take() {
            self.heard.push(at, packet, room);
        }
    }

    /// Ends a walk: hears nothing more, and puts on its tape what was heard.
    pub(crate) fn end(&mut self, tape: &mut Tape) {
        let Some(flow) = self.flow else {
            if let Some(spool) = &mut self.spool {
                spool.synthesised();
            }
            return;
        };
        if let Ok(capture) = &self.capture
            && let Err(error) = capture.rest()
        {
            self.capture = Err(error.to_string());
        }
        self.listen();
        self.flow = None;
        let dropped = self.capture.as_ref().map_or(0, Capture::dropped);
        let Heard { packets, missed } = std::mem::take(&mut self.heard);
        let missed = missed.saturating_add(usize::try_from(dropped).unwrap_or(usize::MAX));
        if missed > 0 {
            let reason = format!("{missed} packets came that could not be kept");
            tape.note(Event::Blind { sense: Sense::Capture, reason });
        }
        // Nobody knows at which packet it was set: then none has a moment.
        let epoch = tape.clock().epoch();
        let was_set = apart(self.epoch, epoch) > STEP;
        if was_set {
            let reason = "the wall clock was set meanwhile, which times packets".to_owned();
            tape.note(Event::Blind { sense: Sense::Capture, reason });
        }
        let told = packets.into_iter().filter_map(|Raw { at, bytes, length }| {
            let (direction, event) = dissect(flow, &bytes, length)?;
            if !was_set {
                tape.note_at(Moment::since(epoch, at), event);
            }
            Some(Packet { at, direction, bytes, length })
        });
        let packets = told.collect();
        if let Some(spool) = &mut self.spool {
            spool.captured(packets, missed);
        }
    }
}

impl fmt::Debug for Senses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Senses").field("missing", &self.missing()).field("flow", &self.flow).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::spool::Segment;
    use crate::evidence::synthesis;

    #[test]
    fn of_too_many_packets_the_first_and_the_last_are_kept() {
        let mut heard = Heard::default();
        for number in 0..1000_u16 {
            heard.push(Some(SystemTime::UNIX_EPOCH), &number.to_be_bytes(), HEADERS);
        }
        heard.push(None, &[0; 300], HEADERS);
        let numbers: Vec<u16> =
            heard.packets.iter().map(|packet| u16::from_be_bytes(*packet.bytes.first_chunk().unwrap())).collect();
        assert_eq!(numbers, (0..256).chain(744..1000).collect::<Vec<_>>());
        assert_eq!(heard.missed, 1000 - FRAMES + 1);
    }

    #[test]
    fn of_a_long_packet_the_headers_are_kept() {
        let mut heard = Heard::default();
        heard.push(Some(SystemTime::UNIX_EPOCH), &[0; 1500], HEADERS);
        assert_eq!((heard.packets[0].bytes.len(), heard.packets[0].length), (HEADERS, 1500));
    }

    #[test]
    fn a_packet_that_crosses_a_bridge_and_its_port_is_heard_once() {
        let mut heard = Heard::default();
        let mut push = |us, packet: &[u8]| {
            heard.push(Some(SystemTime::UNIX_EPOCH + Duration::from_micros(us)), packet, HEADERS);
            heard.packets.len()
        };
        // A SYN and its answer, each on both; the answer on the port first, by a clock that is not quite even.
        assert_eq!([(10, b"syn"), (12, b"syn"), (20, b"ack"), (19, b"ack")].map(|(us, it)| push(us, it)), [1, 1, 2, 2]);
        assert_eq!(push(1_100, b"syn"), 3, "so late it was sent again");
    }

    #[test]
    fn packets_have_no_moment_where_the_wall_clock_was_set_meanwhile() {
        let clock = Clock::start();
        let flow = Flow { remote: "192.0.2.1:3389".parse().unwrap(), local_port: 40_000 };
        let syn = synthesis::packets(
            "198.51.100.1:40000".parse().unwrap(),
            flow.remote,
            &[Segment { at: clock.epoch(), direction: Direction::Ours, bytes: vec![0] }],
        );
        let frames = |set: Duration| {
            let mut senses = Senses { flow: Some(flow), epoch: clock.epoch() - set, ..Senses::default() };
            senses.heard.push(Some(clock.epoch() + Duration::from_secs(1)), &syn[0].bytes, HEADERS);
            let mut tape = Tape::new(clock);
            senses.end(&mut tape);
            let blind = tape.recording().0.iter().any(|entry| matches!(entry.event, Event::Blind { .. }));
            (tape.recording().frames().count(), blind)
        };
        assert_eq!(frames(Duration::ZERO), (1, false));
        assert_eq!(frames(Duration::from_secs(1)), (0, true));
    }
}
