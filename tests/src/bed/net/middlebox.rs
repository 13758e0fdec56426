//! What stands on a link, looks at every packet, and may do as it likes.

use std::net::SocketAddr;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};

use super::record::Way;

/// Whatever is asked about each packet, in the order in which they come by. It stands at the client's end of its link:
/// it sees what the client sends before the link does anything to it, and what the server sends after that. In the
/// middle of a path it stands between two links.
pub type Middlebox = Box<dyn FnMut(Way, &[u8]) -> Reaction + Send>;

/// What a middlebox does about a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Whether the packet goes on.
    pub pass: bool,
    /// Packets that follow it, from the IP header on, each in its direction.
    pub inject: Vec<(Way, Vec<u8>)>,
}

impl Reaction {
    /// Lets the packet go on, as if nobody had looked.
    pub const PASS: Self = Self { pass: true, inject: Vec::new() };

    /// Lets the packet vanish.
    pub const SWALLOW: Self = Self { pass: false, inject: Vec::new() };
}

/// A TCP segment, as far as a forger cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// Who is to receive it.
    pub to: SocketAddr,
    /// Its IP identification; none in IPv6.
    pub id: Option<u16>,
    /// Its time to live or hop limit.
    pub ttl: u8,
    /// Its sequence number.
    pub sequence: u32,
    /// The sequence number that it awaits, where the ACK flag says so.
    pub awaits: Option<u32>,
    /// Its SYN flag.
    pub syn: bool,
    /// Its FIN flag.
    pub fin: bool,
    /// Its RST flag.
    pub reset: bool,
    /// What it carries.
    pub payload: &'a [u8],
}

impl<'a> Segment<'a> {
    /// Reads an IP packet; `None` when there is no whole TCP segment in it.
    pub fn read(packet: &'a [u8]) -> Option<Self> {
        let sliced = SlicedPacket::from_ip(packet).ok()?;
        let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { return None };
        let (from, to, id, ttl) = match sliced.net? {
            NetSlice::Ipv4(ip) => {
                let header = ip.header();
                let (from, to) = (header.source_addr().into(), header.destination_addr().into());
                (from, to, Some(header.identification()), header.ttl())
            }
            NetSlice::Ipv6(ip) => {
                let header = ip.header();
                (header.source_addr().into(), header.destination_addr().into(), None, header.hop_limit())
            }
            NetSlice::Arp(_) => return None,
        };
        Some(Self {
            from: SocketAddr::new(from, tcp.source_port()),
            to: SocketAddr::new(to, tcp.destination_port()),
            id,
            ttl,
            sequence: tcp.sequence_number(),
            awaits: tcp.ack().then(|| tcp.acknowledgment_number()),
            syn: tcp.syn(),
            fin: tcp.fin(),
            reset: tcp.rst(),
            payload: tcp.payload(),
        })
    }

    /// The sequence number after it.
    pub fn next(&self) -> u32 {
        let flags = u32::from(self.syn) + u32::from(self.fin);
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        self.sequence.wrapping_add(length).wrapping_add(flags)
    }
}
