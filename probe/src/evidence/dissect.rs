//! Reads a packet that the capture saw. It may be cut short, and whoever sent it may lie: what is not there is absent.

use std::net::IpAddr;

use pnet::packet::Packet as _;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::{Ipv4Flags, Ipv4Packet};
use pnet::packet::ipv6::Ipv6Packet;
use pnet::packet::tcp::{TcpOptionNumbers, TcpOptionPacket, TcpPacket};

use super::{Direction, Event, Flag, Frame, Quoted, TcpOption};
use crate::stop::Icmp;
use crate::sys::{self, Flow};

/// What an IP header says, of whichever version.
struct Ip<'a> {
    version: u8,
    from: IpAddr,
    to: IpAddr,
    ttl: u8,
    id: Option<u16>,
    dont_fragment: Option<bool>,
    protocol: u8,
    header: usize,
    length: usize,
    payload: &'a [u8],
}

/// Who sent a packet of a flow and what it is; `None` when it is none of that flow's. `length` is that of the packet
/// before it was cut.
pub(super) fn dissect(flow: Flow, packet: &[u8], length: usize) -> Option<(Direction, Event)> {
    let ip = Ip::read(packet, length)?;
    if ip.protocol == IpNextHeaderProtocols::Tcp.0 {
        let frame = tcp(flow, &ip)?;
        return Some((frame.direction, Event::Frame(frame)));
    }
    icmp(flow, &ip).map(|event| (Direction::Theirs, event))
}

/// An ICMP or ICMPv6 error about a packet of ours. Both have a type, a code, a checksum, a word that means what the type
/// says, and then the packet.
fn icmp(flow: Flow, ip: &Ip<'_>) -> Option<Event> {
    let named = [IpNextHeaderProtocols::Icmp.0, IpNextHeaderProtocols::Icmpv6.0].contains(&ip.protocol);
    let (header, packet) = ip.payload.split_first_chunk().filter(|_| named)?;
    let [kind, code, _, _, word @ ..]: [u8; 8] = *header;
    let quoted = Ip::read(packet, packet.len())?;
    let ours = quoted.protocol == IpNextHeaderProtocols::Tcp.0 && quoted.to == flow.remote.ip().to_canonical();
    // As much of a transport header as every error quotes: the ports and the sequence number.
    let [from @ .., to_high, to_low]: [u8; 4] = *quoted.payload.first_chunk()?;
    if !ours || from != flow.local_port.to_be_bytes() || [to_high, to_low] != flow.remote.port().to_be_bytes() {
        return None;
    }
    let seq = quoted.payload.get(4..)?.first_chunk().copied().map(u32::from_be_bytes)?;
    let mtu = match (ip.version, kind, code) {
        (4, 3, 4) => Some(u32::from_be_bytes(word) & 0xffff).filter(|mtu| *mtu > 0),
        (6, 2, _) => Some(u32::from_be_bytes(word)),
        _ => None,
    };
    let says = sys::icmp_says(ip.version == 6, kind, code).to_owned();
    let quoted = Quoted { ttl: ip.ttl, quoted_ttl: quoted.ttl, seq, length: quoted.length, mtu };
    Some(Event::Icmp {
        icmp: Icmp { kind: Some(kind), code: Some(code), from: Some(ip.from), says },
        quoted: Some(quoted),
    })
}

impl<'a> Ip<'a> {
    fn read(packet: &'a [u8], length: usize) -> Option<Self> {
        match packet.first()? >> 4 {
            4 => Self::v4(packet, length),
            6 => Self::v6(packet, length),
            _ => None,
        }
    }

    fn v4(packet: &'a [u8], length: usize) -> Option<Self> {
        let ip = Ipv4Packet::new(packet)?;
        let header = usize::from(ip.get_header_length()) * 4;
        // What a link pads short packets with is no part of them. Joined packets may be too long for the field.
        let told = usize::from(ip.get_total_length());
        Some(Self {
            version: 4,
            from: ip.get_source().into(),
            to: ip.get_destination().into(),
            ttl: ip.get_ttl(),
            id: Some(ip.get_identification()),
            dont_fragment: Some(ip.get_flags() & Ipv4Flags::DontFragment != 0),
            protocol: ip.get_next_level_protocol().0,
            header,
            length: if told == 0 { length } else { told },
            payload: packet.get(header..)?,
        })
    }

    fn v6(packet: &'a [u8], length: usize) -> Option<Self> {
        let ip = Ipv6Packet::new(packet)?;
        let header = Ipv6Packet::minimum_packet_size();
        let told = usize::from(ip.get_payload_length());
        Some(Self {
            version: 6,
            from: ip.get_source().into(),
            to: ip.get_destination().into(),
            ttl: ip.get_hop_limit(),
            id: None,
            dont_fragment: None,
            protocol: ip.get_next_header().0,
            header,
            length: if told == 0 { length } else { header + told },
            payload: packet.get(header..)?,
        })
    }
}

fn tcp(flow: Flow, ip: &Ip<'_>) -> Option<Frame> {
    let tcp = TcpPacket::new(ip.payload)?;
    let (remote, ports) = (flow.remote.ip().to_canonical(), [tcp.get_source(), tcp.get_destination()]);
    let direction = if ip.to == remote && ports == [flow.local_port, flow.remote.port()] {
        Direction::Ours
    } else if ip.from == remote && ports == [flow.remote.port(), flow.local_port] {
        Direction::Theirs
    } else {
        return None;
    };
    let bits = tcp.get_flags();
    let flags = Flag::ALL.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    let headers = ip.header + usize::from(tcp.get_data_offset()) * 4;
    Some(Frame {
        direction,
        ip: ip.version,
        ttl: ip.ttl,
        id: ip.id,
        dont_fragment: ip.dont_fragment,
        length: ip.length,
        flags: flags.map(|(_, flag)| *flag).collect(),
        seq: tcp.get_sequence(),
        ack: tcp.get_acknowledgement(),
        window: tcp.get_window(),
        options: options(&tcp),
        payload: ip.length.saturating_sub(headers),
    })
}

/// The options up to the end of their list.
fn options(tcp: &TcpPacket<'_>) -> Vec<TcpOption> {
    let list = tcp.get_options_iter().take_while(|option| option.get_number() != TcpOptionNumbers::EOL);
    list.map(|option| TcpOption::read(&option)).collect()
}

impl TcpOption {
    fn read(option: &TcpOptionPacket<'_>) -> Self {
        let (code, data) = (option.get_number(), option.payload());
        let word = |at: usize| data.get(at..)?.first_chunk().copied().map(u32::from_be_bytes);
        let known = match code {
            TcpOptionNumbers::NOP => Some(Self::Nop),
            TcpOptionNumbers::MSS => data.first_chunk().map(|bytes| Self::Mss { bytes: u16::from_be_bytes(*bytes) }),
            TcpOptionNumbers::WSCALE => data.first().map(|shift| Self::WindowScale { shift: *shift }),
            TcpOptionNumbers::SACK_PERMITTED => Some(Self::SackPermitted),
            TcpOptionNumbers::SACK => Some(Self::Sack { blocks: data.len() / 8 }),
            TcpOptionNumbers::TIMESTAMPS => word(0).zip(word(4)).map(|(value, echo)| Self::Timestamps { value, echo }),
            _ => None,
        };
        known.unwrap_or(Self::Other { code: code.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        Flow { remote: "192.0.2.1:3389".parse().unwrap(), local_port: 40_000 }
    }

    /// A SYN+ACK of the flow, in IPv4, with these options.
    fn answer(options: &[u8]) -> Vec<u8> {
        let length = 40 + u8::try_from(options.len()).unwrap();
        let words = 0x50 + (length - 40) / 4 * 16;
        let mut packet = vec![0x45, 0, 0, length, 0x12, 0x34, 0x40, 0, 57, 6, 0, 0, 192, 0, 2, 1, 10, 0, 0, 2];
        packet.extend([0x0d, 0x3d, 0x9c, 0x40, 0, 0, 0, 1, 0, 0, 0, 2, words, 0x12, 0x20, 0, 0, 0, 0, 0]);
        packet.extend(options);
        packet
    }

    /// An ICMP "fragmentation needed" about a packet of ours.
    fn too_big() -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 56, 0, 0, 0, 0, 250, 1, 0, 0, 198, 51, 100, 7, 10, 0, 0, 2];
        packet.extend([3, 4, 0, 0, 0, 0, 0x05, 0x14]);
        packet.extend([0x45, 0, 5, 0xdc, 0, 0, 0x40, 0, 60, 6, 0, 0, 10, 0, 0, 2, 192, 0, 2, 1]);
        packet.extend([0x9c, 0x40, 0x0d, 0x3d, 0, 0, 0, 9]);
        packet
    }

    fn frame(packet: &[u8]) -> Frame {
        let Some((_, Event::Frame(frame))) = dissect(flow(), packet, packet.len()) else { panic!("no frame") };
        frame
    }

    #[test]
    fn a_packet_says_what_stands_in_it() {
        let options = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 8, 1, 3, 3, 7];
        let frame = frame(&answer(&options));
        assert_eq!((frame.direction, frame.ip, frame.ttl, frame.id), (Direction::Theirs, 4, 57, Some(0x1234)));
        assert_eq!((frame.dont_fragment, frame.length, frame.payload), (Some(true), 60, 0));
        assert_eq!((frame.seq, frame.ack, frame.window, frame.flags), (1, 2, 0x2000, vec![Flag::Syn, Flag::Ack]));
        let (mss, scale) = (TcpOption::Mss { bytes: 1460 }, TcpOption::WindowScale { shift: 7 });
        let times = TcpOption::Timestamps { value: 7, echo: 8 };
        assert_eq!(frame.options, [mss, TcpOption::SackPermitted, times, TcpOption::Nop, scale]);
    }

    #[test]
    fn what_a_link_pads_with_is_no_payload() {
        let mut padded = answer(&[]);
        padded.resize(46, 0);
        let frame = frame(&padded);
        assert_eq!((frame.length, frame.payload), (40, 0));
    }

    #[test]
    fn an_option_that_is_too_short_is_no_lie_about_its_value() {
        assert_eq!(frame(&answer(&[2, 2, 1, 0])).options, [TcpOption::Other { code: 2 }, TcpOption::Nop]);
    }

    #[test]
    fn a_quoted_packet_says_which_of_ours_it_was() {
        let packet = too_big();
        let Some((Direction::Theirs, Event::Icmp { icmp, quoted })) = dissect(flow(), &packet, packet.len()) else {
            panic!("no ICMP")
        };
        assert_eq!((icmp.kind, icmp.code, icmp.from), (Some(3), Some(4), "198.51.100.7".parse().ok()));
        assert_eq!(quoted, Some(Quoted { ttl: 250, quoted_ttl: 60, seq: 9, length: 1500, mtu: Some(1300) }));
    }

    #[test]
    fn no_packet_makes_it_panic_and_none_of_another_flow_is_told() {
        let other = Flow { local_port: 40_001, ..flow() };
        for packet in [answer(&[2, 4, 5, 0xb4, 5, 10, 0, 0, 0, 0, 0, 0]), too_big()] {
            assert_eq!(dissect(other, &packet, packet.len()), None);
            for at in 0..packet.len() {
                dissect(flow(), &packet[..at], packet.len());
                for value in 0..=u8::MAX {
                    let mut changed = packet.clone();
                    changed[at] = value;
                    dissect(flow(), &changed, changed.len());
                }
            }
        }
    }
}
