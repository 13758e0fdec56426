use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use rdp_packets::codec::Decode;
use rdp_packets::rdpudp::{self, Flags, Payload, UdpVersion};
use tokio::sync::watch;

/// What the server saw of one client address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The client.
    pub peer: SocketAddr,
    /// What came, in its order.
    pub received: Vec<Datagram>,
    /// How many datagrams were sent, acts and all.
    pub sent: usize,
    /// TLS handshakes that were finished.
    pub handshakes: usize,
    /// What came of its Tunnel Create Request.
    pub tunnel: Option<Tunnel>,
}

/// A datagram that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram {
    /// Its length, in bytes of UDP payload.
    pub bytes: usize,
    /// What it says.
    pub heard: Heard,
}

/// What a datagram says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// SYN.
    Syn {
        /// The highest version that the client speaks.
        version: UdpVersion,
        /// Its initial sequence number.
        number: u32,
        /// The name of the connection in both sides' logs.
        correlation_id: Option<[u8; 16]>,
        /// Whether the lossy mode is asked for.
        lossy: bool,
        /// Whether it shows the hash of a cookie.
        hash: bool,
    },
    /// A datagram of versions 1 and 2 behind the opening.
    Segment {
        /// The highest packet that the client has seen.
        source_ack: u32,
        /// How many packets its ACK vector calls received; `None` without a vector.
        acknowledged: Option<u32>,
        /// The number of the source packet in it, and its length in bytes.
        data: Option<(u32, usize)>,
    },
    /// What is neither: version 3 behind the opening, or nonsense.
    Other,
}

/// What came of a Tunnel Create Request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tunnel {
    /// It named a request and its cookie: the answer was `S_OK`.
    Created,
    /// It did not, and the connection was dropped without a word.
    Dropped,
}

/// What a server saw of all clients, in the order of their first datagrams. It stays when the server ends.
#[derive(Debug, Clone, Default)]
pub struct Flows(Arc<watch::Sender<Vec<Flow>>>);

impl Flows {
    /// What was seen so far.
    pub fn seen(&self) -> Vec<Flow> {
        self.0.borrow().clone()
    }

    /// Waits until this holds of what was seen, and gives that.
    pub async fn once(&self, holds: impl FnMut(&Vec<Flow>) -> bool) -> Vec<Flow> {
        let mut changes = self.0.subscribe();
        let seen = changes.wait_for(holds).await.map(|seen| seen.clone());
        // The sender lives as long as this value.
        seen.unwrap_or_default()
    }

    /// Changes what is known of a client.
    pub(super) fn note(&self, peer: SocketAddr, change: impl FnOnce(&mut Flow)) {
        self.0.send_modify(|flows| {
            let place = flows.iter().position(|flow| flow.peer == peer).unwrap_or_else(|| {
                flows.push(Flow { peer, received: Vec::new(), sent: 0, handshakes: 0, tunnel: None });
                flows.len() - 1
            });
            change(&mut flows[place]);
        });
    }
}

impl Flow {
    /// The SYNs that came.
    pub fn syns(&self) -> usize {
        self.received.iter().filter(|datagram| matches!(datagram.heard, Heard::Syn { .. })).count()
    }

    /// The name of the connection in both sides' logs, as the first SYN has it.
    pub fn correlation_id(&self) -> Option<[u8; 16]> {
        self.received.iter().find_map(|datagram| match datagram.heard {
            Heard::Syn { correlation_id, .. } => correlation_id,
            Heard::Segment { .. } | Heard::Other => None,
        })
    }

    /// Bytes that came, in UDP payload.
    pub fn bytes(&self) -> usize {
        self.received.iter().map(|datagram| datagram.bytes).sum()
    }
}

impl Datagram {
    /// What a datagram says.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let heard = match rdpudp::Datagram::decode(bytes) {
            Ok(rdpudp::Datagram::Opening(syn)) => Heard::Syn {
                version: syn.version(),
                number: syn.initial_sequence_number,
                correlation_id: syn.correlation_id,
                lossy: syn.flags.contains(Flags::SYNLOSSY),
                hash: syn.extension.is_some_and(|extension| extension.cookie_hash.is_some()),
            },
            Ok(rdpudp::Datagram::Segment(segment)) => Heard::Segment {
                source_ack: segment.source_ack,
                acknowledged: segment.ack.map(|vector| vector.received()),
                data: match segment.payload {
                    Some(Payload::Source { start, data, .. }) => Some((start, data.len())),
                    Some(Payload::Fec { .. }) | None => None,
                },
            },
            Err(_) => Heard::Other,
        };
        Self { bytes: bytes.len(), heard }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (came, bytes, sent) = (self.received.len(), self.bytes(), self.sent);
        write!(f, "UDP from {}: {came} datagrams, {bytes} bytes, {} SYN, {sent} sent", self.peer, self.syns())?;
        if self.handshakes > 0 {
            f.write_str(", TLS handshake finished")?;
        }
        match self.tunnel {
            Some(Tunnel::Created) => f.write_str(", tunnel created"),
            Some(Tunnel::Dropped) => f.write_str(", wrong cookie: dropped"),
            None => Ok(()),
        }
    }
}
