//! Packets made from what a socket sent and received, for a host that may not look at the wire. They carry the bytes,
//! their order, their ends and their times, and nothing else that is true: neither TTL nor sizes nor the handshake.

use std::net::{IpAddr, SocketAddr};

use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::{self, MutableIpv4Packet};
use pnet::packet::ipv6::MutableIpv6Packet;
use pnet::packet::tcp::{self, MutableTcpPacket, TcpFlags};

use super::Direction;
use super::spool::{Packet, Segment};

/// The most bytes that one packet carries.
const MOST: usize = 16 * 1024;

/// The lengths of the headers that we write, which have no options.
const IPV4: usize = 20;
const IPV6: usize = 40;
const TCP: usize = 20;

/// What a header says where we know nothing.
const TTL: u8 = 64;
const WINDOW: u16 = u16::MAX;

/// The packets that could have carried these bytes between two ends.
pub(super) fn packets(local: SocketAddr, remote: SocketAddr, segments: &[Segment]) -> Vec<Packet> {
    let (mut ours, mut theirs): (u32, u32) = (1, 1);
    let pieces = segments.iter().flat_map(|segment| segment.bytes.chunks(MOST).map(move |piece| (segment, piece)));
    let mut packets = Vec::new();
    for (Segment { at, direction, .. }, piece) in pieces {
        let (ends, seq, ack) = match direction {
            Direction::Ours => ([local, remote], &mut ours, theirs),
            Direction::Theirs => ([remote, local], &mut theirs, ours),
        };
        let bytes = packet(ends, *seq, ack, piece);
        *seq = seq.wrapping_add(u32::try_from(piece.len()).unwrap_or_default());
        let length = bytes.as_ref().map_or(0, Vec::len);
        packets.extend(bytes.map(|bytes| Packet { at: *at, direction: *direction, bytes, length }));
    }
    packets
}

/// One packet; `None` when its ends are not of one family.
fn packet([from, to]: [SocketAddr; 2], seq: u32, ack: u32, payload: &[u8]) -> Option<Vec<u8>> {
    let segment_length = TCP + payload.len();
    let length = u16::try_from(segment_length).ok()?;
    let mut segment = vec![0; segment_length];
    let mut tcp = MutableTcpPacket::new(&mut segment)?;
    tcp.set_source(from.port());
    tcp.set_destination(to.port());
    tcp.set_sequence(seq);
    tcp.set_acknowledgement(ack);
    tcp.set_data_offset(5);
    tcp.set_flags(TcpFlags::PSH | TcpFlags::ACK);
    tcp.set_window(WINDOW);
    tcp.set_payload(payload);
    match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            tcp.set_checksum(tcp::ipv4_checksum(&tcp.to_immutable(), &from, &to));
            let mut bytes = vec![0; IPV4 + segment_length];
            let mut ip = MutableIpv4Packet::new(&mut bytes)?;
            ip.set_version(4);
            ip.set_header_length(5);
            ip.set_total_length(length + 20);
            ip.set_ttl(TTL);
            ip.set_next_level_protocol(IpNextHeaderProtocols::Tcp);
            ip.set_source(from);
            ip.set_destination(to);
            ip.set_payload(&segment);
            ip.set_checksum(ipv4::checksum(&ip.to_immutable()));
            Some(bytes)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            tcp.set_checksum(tcp::ipv6_checksum(&tcp.to_immutable(), &from, &to));
            let mut bytes = vec![0; IPV6 + segment_length];
            let mut ip = MutableIpv6Packet::new(&mut bytes)?;
            ip.set_version(6);
            ip.set_payload_length(length);
            ip.set_hop_limit(TTL);
            ip.set_next_header(IpNextHeaderProtocols::Tcp);
            ip.set_source(from);
            ip.set_destination(to);
            ip.set_payload(&segment);
            Some(bytes)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}
