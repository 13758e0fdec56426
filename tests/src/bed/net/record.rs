//! What a link saw, by its own clock.

use std::collections::HashMap;
use std::time::Duration;

use etherparse::{SlicedPacket, TransportSlice};
use rdp_probe::clock::Moment;

/// The direction of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

impl Way {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Up, Self::Down];

    /// The other one.
    #[must_use]
    pub fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// What became of a packet on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has not arrived yet.
    Travelling,
    /// It left the link at this moment.
    Left(Moment),
    /// Chance took it, or the device at the end of the link is down.
    Lost,
    /// It is larger than the link's MTU.
    TooBig,
    /// Too many waited before it for the link's rate.
    Overrun,
    /// The middlebox did not let it pass.
    Swallowed,
}

/// Where a packet on a link comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The kernel sent it.
    Sent,
    /// The link made it out of the one before it.
    Copied,
    /// The middlebox forged it.
    Forged,
}

/// One packet on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Its direction.
    pub way: Way,
    /// Its bytes, from the IP header on.
    pub packet: Vec<u8>,
    /// Where it comes from.
    pub origin: Origin,
    /// When it came, by the link's clock.
    pub entered: Moment,
    /// What became of it.
    pub fate: Fate,
}

/// How many packets of one direction met which fate. `seen` is what the kernel sent; `seen + duplicated + forged` is
/// the sum of all that follow it, once nothing travels any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Packets that the kernel sent.
    pub seen: u64,
    /// Their bytes.
    pub seen_bytes: u64,
    /// Packets that the link made by copying.
    pub duplicated: u64,
    /// Packets that the middlebox forged.
    pub forged: u64,
    /// Packets that left the link.
    pub delivered: u64,
    /// Their bytes.
    pub delivered_bytes: u64,
    /// See [`Fate::Lost`].
    pub lost: u64,
    /// See [`Fate::TooBig`].
    pub too_big: u64,
    /// See [`Fate::Overrun`].
    pub overrun: u64,
    /// See [`Fate::Swallowed`].
    pub swallowed: u64,
}

/// Counts the packets of one direction.
pub(super) fn count(passages: &[Passage], way: Way) -> Counts {
    let mut counts = Counts::default();
    for passage in passages.iter().filter(|passage| passage.way == way) {
        let bytes = u64::try_from(passage.packet.len()).unwrap_or(u64::MAX);
        match passage.origin {
            Origin::Sent => (counts.seen, counts.seen_bytes) = (counts.seen + 1, counts.seen_bytes + bytes),
            Origin::Copied => counts.duplicated += 1,
            Origin::Forged => counts.forged += 1,
        }
        match passage.fate {
            Fate::Travelling => {}
            Fate::Left(_) => {
                (counts.delivered, counts.delivered_bytes) = (counts.delivered + 1, counts.delivered_bytes + bytes);
            }
            Fate::Lost => counts.lost += 1,
            Fate::TooBig => counts.too_big += 1,
            Fate::Overrun => counts.overrun += 1,
            Fate::Swallowed => counts.swallowed += 1,
        }
    }
    counts
}

/// The time between a question of the client and its answer, both seen at the client's end of the link: of echoes, and
/// of SYN and SYN+ACK, in the order of the answers. An answer belongs to the last question before it.
pub(super) fn round_trips(passages: &[Passage]) -> Vec<Duration> {
    let mut turns: Vec<(Moment, Turn)> = passages
        .iter()
        .filter_map(|passage| match (passage.way, passage.fate, Turn::read(&passage.packet)?) {
            (Way::Up, _, turn) if !turn.answers => Some((passage.entered, turn)),
            (Way::Down, Fate::Left(left), turn) if turn.answers => Some((left, turn)),
            _ => None,
        })
        .collect();
    turns.sort_by_key(|(moment, _)| *moment);
    let mut asked = HashMap::new();
    let mut trips = Vec::new();
    for (moment, Turn { exchange, answers }) in turns {
        if !answers {
            asked.insert(exchange, moment);
        } else if let Some(question) = asked.remove(&exchange) {
            trips.push(moment - question);
        }
    }
    trips
}

/// A question or its answer. The exchange is the identifier and number of an echo, or the ports of a connection.
struct Turn {
    exchange: (&'static str, u16, u16),
    answers: bool,
}

impl Turn {
    fn read(packet: &[u8]) -> Option<Self> {
        // Identifier and number of an echo are at the same place in both families.
        let echo = |kind, [request, reply]: [u8; 2], [a, b, c, d]: [u8; 4]| {
            let exchange = ("echo", u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            (kind == request || kind == reply).then_some(Self { exchange, answers: kind == reply })
        };
        match SlicedPacket::from_ip(packet).ok()?.transport? {
            TransportSlice::Icmpv4(icmp) => echo(icmp.type_u8(), [8, 0], icmp.bytes5to8()),
            TransportSlice::Icmpv6(icmp) => echo(icmp.type_u8(), [128, 129], icmp.bytes5to8()),
            TransportSlice::Tcp(tcp) if tcp.syn() && tcp.ack() => {
                Some(Self { exchange: ("tcp", tcp.destination_port(), tcp.source_port()), answers: true })
            }
            TransportSlice::Tcp(tcp) if tcp.syn() => {
                Some(Self { exchange: ("tcp", tcp.source_port(), tcp.destination_port()), answers: false })
            }
            TransportSlice::Tcp(_) | TransportSlice::Udp(_) | TransportSlice::Igmp(_) => None,
        }
    }
}
