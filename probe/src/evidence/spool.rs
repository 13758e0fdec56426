//! The packets of all walks, kept whole beside the tapes for whoever asked for them.

use std::net::SocketAddr;
use std::time::SystemTime;

use super::Direction;

/// What may be kept of all packets together; of those that come later their headers alone.
const CAP: usize = 16 * 1024 * 1024;

/// What is kept of a packet in any case: its headers, or the headers that an ICMP message quotes.
pub(super) const HEADERS: usize = 192;

/// A packet, from its IP header on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When it crossed, by the wall clock.
    pub at: SystemTime,
    /// Who sent it.
    pub direction: Direction,
    /// What was kept of it.
    pub bytes: Vec<u8>,
    /// How long it was.
    pub length: usize,
}

/// The packets of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Where they come from.
    pub origin: Origin,
    /// In order.
    pub packets: Vec<Packet>,
}

/// Where packets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The wire.
    Captured {
        /// How many more there were, for which there was no room.
        missed: usize,
    },
    /// Nobody saw a packet: these are made from what our socket sent and received.
    Synthesised,
}

/// Bytes that our socket sent or received.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) at: SystemTime,
    pub(super) direction: Direction,
    pub(super) bytes: Vec<u8>,
}

/// All that was kept.
#[derive(Debug, Default)]
pub struct Spool {
    traces: Vec<Trace>,
    stored: usize,
    /// Of the walk under way: its ends and its bytes.
    pub(super) ends: Option<(SocketAddr, SocketAddr)>,
    segments: Vec<Segment>,
}

impl Spool {
    /// The connections in the order in which they were made.
    pub fn traces(&self) -> &[Trace] {
        &self.traces
    }

    /// How many bytes of the next packet can be kept.
    pub(super) fn room(&self) -> usize {
        CAP.saturating_sub(self.stored)
    }

    /// Keeps what our socket sent or received, until there is no more room: a gap in a stream would be a lie.
    pub(super) fn segment(&mut self, at: SystemTime, direction: Direction, bytes: &[u8]) {
        let fits = bytes.len() <= self.room();
        self.stored = if fits { self.stored.saturating_add(bytes.len()) } else { CAP };
        if fits {
            self.segments.push(Segment { at, direction, bytes: bytes.to_vec() });
        }
    }

    /// Ends a walk whose packets were seen.
    pub(super) fn captured(&mut self, packets: Vec<Packet>, missed: usize) {
        let stored: usize = packets.iter().map(|packet| packet.bytes.len()).sum();
        self.stored = self.stored.saturating_add(stored);
        self.traces.push(Trace { origin: Origin::Captured { missed }, packets });
    }

    /// Ends a walk whose packets nobody saw.
    pub(super) fn synthesised(&mut self) {
        let segments = std::mem::take(&mut self.segments);
        if let Some((local, remote)) = self.ends.take() {
            let packets = super::synthesis::packets(local, remote, &segments);
            self.traces.push(Trace { origin: Origin::Synthesised, packets });
        }
    }
}
