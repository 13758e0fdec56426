//! What the two sides of a connection said, over TCP or over UDP, out of a capture.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_file::DataLink;
use pcap_file::pcap::PcapReader;

/// A connection: the bytes of both sides, in order.
pub(super) struct Conversation {
    pub(super) client: Vec<u8>,
    pub(super) server: Vec<u8>,
}

/// What went to and fro between two UDP ports: who sent it, and the datagram.
#[derive(Default)]
pub(super) struct Exchange {
    pub(super) datagrams: Vec<(Sender, Vec<u8>)>,
}

/// A side of an [`Exchange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// Whoever uses another port than 3389.
    Client,
    /// Whoever uses port 3389.
    Server,
}

/// What one side sent: from where its numbers count, and its segments.
#[derive(Default)]
struct Side {
    first: Option<u32>,
    opens: bool,
    segments: Vec<(u32, Vec<u8>)>,
}

/// The conversations of a capture in which anything was said.
pub(super) fn conversations(file: &Path) -> Vec<Conversation> {
    let sides = sides(file);
    let clients = sides.iter().filter(|(_, side)| side.opens);
    let conversations = clients.map(|((from, to), client)| Conversation {
        client: client.bytes(),
        server: sides.get(&(*to, *from)).map(Side::bytes).unwrap_or_default(),
    });
    conversations.filter(|said| !said.client.is_empty() || !said.server.is_empty()).collect()
}

/// The exchanges of a capture with port 3389, in the order of their clients.
pub(super) fn exchanges(file: &Path) -> Vec<Exchange> {
    let mut exchanges = BTreeMap::<SocketAddr, Exchange>::new();
    each_packet(file, |from, to, transport| {
        let TransportSlice::Udp(udp) = transport else { return };
        let (client, sender) = match (udp.source_port(), udp.destination_port()) {
            (port, 3389) => (SocketAddr::new(from, port), Sender::Client),
            (3389, port) => (SocketAddr::new(to, port), Sender::Server),
            _ => return,
        };
        exchanges.entry(client).or_default().datagrams.push((sender, udp.payload().to_vec()));
    });
    exchanges.into_values().collect()
}

fn sides(file: &Path) -> BTreeMap<(SocketAddr, SocketAddr), Side> {
    let mut sides = BTreeMap::<_, Side>::new();
    each_packet(file, |from, to, transport| {
        let TransportSlice::Tcp(tcp) = transport else { return };
        let key = (SocketAddr::new(from, tcp.source_port()), SocketAddr::new(to, tcp.destination_port()));
        let side = sides.entry(key).or_default();
        if tcp.syn() {
            side.first = Some(tcp.sequence_number().wrapping_add(1));
            side.opens = !tcp.ack();
        } else if !tcp.payload().is_empty() {
            side.segments.push((tcp.sequence_number(), tcp.payload().to_vec()));
        }
    });
    sides
}

/// Goes through a capture: where each packet comes from, where it goes, and what IP carries.
fn each_packet(file: &Path, mut see: impl FnMut(IpAddr, IpAddr, &TransportSlice<'_>)) {
    let mut reader = PcapReader::new(File::open(file).expect("a file")).expect("a capture");
    let link = reader.header().datalink;
    while let Some(packet) = reader.next_packet() {
        let data = packet.expect("a packet").data;
        let sliced = if link == DataLink::NULL {
            // BSD loopback: four bytes that name the family.
            SlicedPacket::from_ip(&data[4..])
        } else {
            SlicedPacket::from_ethernet(&data)
        };
        let sliced = sliced.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (from, to): (IpAddr, IpAddr) = match &sliced.net {
            Some(NetSlice::Ipv4(ip)) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
            Some(NetSlice::Ipv6(ip)) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
            Some(NetSlice::Arp(_)) | None => continue,
        };
        if let Some(transport) = &sliced.transport {
            see(from, to, transport);
        }
    }
}

impl Side {
    /// The segments in the order of their numbers, each byte once, up to the first gap.
    fn bytes(&self) -> Vec<u8> {
        let first = self.first.expect("a SYN");
        let mut segments: Vec<_> = self.segments.iter().map(|(at, data)| (at.wrapping_sub(first), data)).collect();
        segments.sort_by_key(|(at, _)| *at);
        let mut bytes = Vec::new();
        for (at, data) in segments {
            let known = bytes.len().checked_sub(usize::try_from(at).expect("an offset"));
            match known {
                Some(known) => bytes.extend(data.iter().skip(known)),
                None => break,
            }
        }
        bytes
    }
}
