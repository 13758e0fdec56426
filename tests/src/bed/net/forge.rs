//! Middleboxes that end connections in somebody else's name.

use std::net::{IpAddr, SocketAddr};

use etherparse::{
    IpFragOffset, IpHeaders, IpNumber, Ipv4Extensions, Ipv4Header, Ipv6Extensions, Ipv6Header, PacketBuilder, TcpHeader,
};
use rdp_packets::codec::Decode;
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionRequest, Routing};

use super::middlebox::{Middlebox, Reaction, Segment};

/// At which segment a forger shoots. It shoots again when the segment is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The SYN of a client.
    Syn,
    /// The X.224 Connection Request.
    ConnectionRequest,
    /// An X.224 Connection Request with this value of `Cookie: mstshash=`.
    Cookie(String),
    /// The `ClientHello`, by its beginning.
    ClientHello,
    /// Every segment in an IP packet of more than so many bytes, in either direction.
    Larger(usize),
}

/// What it shoots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shot {
    /// RST, as an end host answers: alone where the segment has an ACK, with an ACK where it has none.
    Reset,
    /// RST with an ACK in any case.
    ResetAck,
    /// FIN with an ACK.
    Fin,
}

/// The IP identification of what it shoots; IPv6 has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpId {
    /// Always the same.
    Fixed(u16),
    /// One more each time, from this one on.
    Counting(u16),
    /// That of the segment shot at.
    Copied,
}

/// Whom it shoots at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// Whoever sent the segment.
    Sender,
    /// Whoever was to receive it.
    Receiver,
    /// Both.
    Both,
}

/// A middlebox that ends connections. The default answers a SYN with a reset, in the server's name, and swallows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forger {
    /// At which segment.
    pub at: At,
    /// With what.
    pub shot: Shot,
    /// The time to live or hop limit that the forged packet begins with.
    pub ttl: u8,
    /// Its identification.
    pub id: IpId,
    /// Whom it is for.
    pub toward: Toward,
    /// Whether the segment itself vanishes.
    pub swallow: bool,
}

impl Default for Forger {
    fn default() -> Self {
        Self { at: At::Syn, shot: Shot::Reset, ttl: 64, id: IpId::Fixed(0), toward: Toward::Sender, swallow: true }
    }
}

impl Forger {
    /// The middlebox, for [`super::Wire::with`].
    pub fn middlebox(self) -> Middlebox {
        let mut id = self.id;
        Box::new(move |way, packet| {
            let Some(segment) = Segment::read(packet).filter(|segment| self.at.holds(segment, packet.len())) else {
                return Reaction::PASS;
            };
            let own = id.take(&segment);
            let sender = || (way.back(), self.forge(&self.answer(&segment), own));
            let receiver = || (way, self.forge(&self.successor(&segment), own));
            let inject = match self.toward {
                Toward::Sender => vec![sender()],
                Toward::Receiver => vec![receiver()],
                Toward::Both => vec![receiver(), sender()],
            };
            Reaction { pass: !self.swallow, inject }
        })
    }

    /// What the receiver of the segment would answer.
    fn answer(&self, segment: &Segment<'_>) -> Claim {
        Claim {
            from: segment.to,
            to: segment.from,
            sequence: segment.awaits.unwrap_or_default(),
            awaits: (segment.awaits.is_none() || self.shot != Shot::Reset).then(|| segment.next()),
        }
    }

    /// What the sender of the segment would send next, or in its place where it vanishes.
    fn successor(&self, segment: &Segment<'_>) -> Claim {
        Claim {
            from: segment.from,
            to: segment.to,
            sequence: if self.swallow { segment.sequence } else { segment.next() },
            awaits: segment.awaits.filter(|_| self.shot != Shot::Reset),
        }
    }

    fn forge(&self, claim: &Claim, id: u16) -> Vec<u8> {
        let mut tcp = TcpHeader::new(claim.from.port(), claim.to.port(), claim.sequence, 0);
        (tcp.rst, tcp.fin) = (self.shot != Shot::Fin, self.shot == Shot::Fin);
        (tcp.ack, tcp.acknowledgment_number) = (claim.awaits.is_some(), claim.awaits.unwrap_or_default());
        let headers = match (claim.from.ip(), claim.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let header = Ipv4Header {
                    identification: id,
                    dont_fragment: true,
                    fragment_offset: IpFragOffset::ZERO,
                    time_to_live: self.ttl,
                    protocol: IpNumber::TCP,
                    source: from.octets(),
                    destination: to.octets(),
                    ..Ipv4Header::default()
                };
                IpHeaders::Ipv4(header, Ipv4Extensions::default())
            }
            (from, to) => {
                let octets = |ip| match ip {
                    IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                    IpAddr::V6(ip) => ip.octets(),
                };
                let header = Ipv6Header {
                    next_header: IpNumber::TCP,
                    hop_limit: self.ttl,
                    source: octets(from),
                    destination: octets(to),
                    ..Ipv6Header::default()
                };
                IpHeaders::Ipv6(header, Ipv6Extensions::default())
            }
        };
        let mut packet = Vec::new();
        let written = PacketBuilder::ip(headers).tcp_header(tcp).write(&mut packet, &[]);
        written.expect("a header without a payload has no length that does not fit");
        packet
    }
}

/// What a forged segment pretends.
struct Claim {
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
    awaits: Option<u32>,
}

impl At {
    fn holds(&self, segment: &Segment<'_>, bytes: usize) -> bool {
        let request = || Some(Tpkt::<ConnectionRequest>::decode(segment.payload).ok()?.0);
        match self {
            Self::Syn => segment.syn && segment.awaits.is_none(),
            Self::ConnectionRequest => request().is_some(),
            Self::Cookie(value) => request()
                .and_then(|request| request.routing)
                .is_some_and(|routing| matches!(routing, Routing::Cookie(found) if found == *value)),
            // A TLS record of type handshake, and in it a handshake message of type client_hello.
            Self::ClientHello => matches!(segment.payload, [0x16, 0x03, _, _, _, 0x01, ..]),
            Self::Larger(limit) => bytes > *limit,
        }
    }
}

impl IpId {
    /// The identification for the next forged packet.
    fn take(&mut self, shot_at: &Segment<'_>) -> u16 {
        match self {
            Self::Fixed(id) => *id,
            Self::Counting(id) => {
                let own = *id;
                *id = own.wrapping_add(1);
                own
            }
            Self::Copied => shot_at.id.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bed::net::record::Way;

    /// A segment of a client with what follows its headers, as an IPv6 packet.
    fn request(payload: &[u8]) -> Vec<u8> {
        let mut packet = Vec::new();
        let builder = PacketBuilder::ipv6([1; 16], [2; 16], 60).tcp(50_000, 3389, 1000, 500).ack(7000);
        builder.write(&mut packet, payload).expect("a packet");
        packet
    }

    /// What a forger puts in the way of a `ClientHello`, and whether that goes on.
    fn shoot(mut forger: Forger) -> (bool, Vec<(Way, Vec<u8>)>) {
        forger.at = At::ClientHello;
        let Reaction { pass, inject } = forger.middlebox()(Way::Up, &request(&[0x16, 3, 1, 0, 9, 1]));
        (pass, inject)
    }

    #[test]
    fn the_sender_gets_what_the_receiver_would_answer() {
        let (pass, inject) = shoot(Forger { ttl: 99, ..Forger::default() });
        let [(Way::Down, packet)] = inject.as_slice() else { panic!("{inject:?}") };
        let forged = Segment::read(packet).expect("a segment");
        assert!(!pass && forged.reset && !forged.fin);
        assert_eq!((forged.ttl, forged.sequence, forged.awaits), (99, 7000, None));
        assert_eq!((forged.from.port(), forged.to.port()), (3389, 50_000));
    }

    #[test]
    fn the_receiver_gets_what_the_sender_would_send_next() {
        let both = Forger { shot: Shot::Fin, toward: Toward::Both, swallow: false, ..Forger::default() };
        let (pass, inject) = shoot(both);
        let forged: Vec<_> = inject.iter().map(|(way, packet)| (*way, Segment::read(packet).expect("one"))).collect();
        let told: Vec<_> = forged.iter().map(|(way, own)| (*way, own.sequence, own.awaits, own.fin)).collect();
        assert!(pass);
        assert_eq!(told, [(Way::Up, 1006, Some(7000), true), (Way::Down, 7000, Some(1006), true)]);
    }

    #[test]
    fn other_segments_pass() {
        let mut middlebox = Forger { at: At::ClientHello, ..Forger::default() }.middlebox();
        assert_eq!(middlebox(Way::Up, &request(b"\x03\x00\x00\x13")), Reaction::PASS);
        assert_eq!(middlebox(Way::Up, b"no packet"), Reaction::PASS);
    }
}
