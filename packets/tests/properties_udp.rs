//! What holds for all values and all bytes, of RDP over UDP, the tunnel inside it, DTLS, STUN, and the proxies on the way.

use std::net::{IpAddr, SocketAddr};

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use rdp_packets::Secret;
use rdp_packets::codec::{Decode, DecodeError, Encode, Frame, Reader};
use rdp_packets::dtls;
use rdp_packets::http_connect;
use rdp_packets::rdpudp::tunnel::{
    CreateRequest, CreateResponse, CreateResult, SubHeader, SubHeaderType, TunnelContent, TunnelPdu,
};
use rdp_packets::rdpudp::v2::{Ack, Code, CodedVector, Data, DelayAckInfo, MOST_CODES, Packet, PacketType, Stamp};
use rdp_packets::rdpudp::{
    AckState, AckVector, Datagram, Flags, LONGEST_VECTOR, Opening, Payload, Reassembly, Run, Segment, SynEx,
    SynExFlags, Taken, UdpVersion, WINDOW,
};
use rdp_packets::socks5;
use rdp_packets::stun::{BindingRequest, BindingResponse};
use rdp_packets::tls::{ContentType, Version};

/// Bytes that something carries.
static DATA: [u8; 1232] = [7; 1232];

fn data() -> impl Strategy<Value = &'static [u8]> {
    (0..DATA.len()).prop_map(|end| &DATA[..end])
}

/// Flags that announce nothing.
fn beside() -> impl Strategy<Value = Flags> {
    (0_u8..8, any::<bool>()).prop_map(|(low, delayed)| {
        let flags = Flags(u16::from(low) << 5);
        if delayed { flags.with(Flags::ACKDELAYED) } else { flags }
    })
}

fn opening() -> impl Strategy<Value = Opening> {
    let hash = of(any::<[u8; 32]>().prop_filter("not all zero", |hash| *hash != [0; 32]));
    let extension = of((any::<u16>(), any::<u16>(), hash));
    let numbers = any::<(u32, u16, u32, u16, u16)>();
    (numbers, beside(), any::<bool>(), of(any::<[u8; 16]>()), extension, 100_usize..1400).prop_map(
        |(numbers, beside, answers, correlation_id, extension, length)| {
            let (source_ack, receive_window, initial_sequence_number, upstream_mtu, downstream_mtu) = numbers;
            let there = [
                (true, Flags::SYN),
                (answers, Flags::ACK),
                (correlation_id.is_some(), Flags::CORRELATION_ID),
                (extension.is_some(), Flags::SYNEX),
            ];
            Opening {
                source_ack,
                receive_window,
                flags: flags(beside, &there),
                initial_sequence_number,
                upstream_mtu,
                downstream_mtu,
                correlation_id,
                extension: extension.map(|(flags, version, cookie_hash)| SynEx {
                    flags: SynExFlags(flags),
                    version: UdpVersion(version),
                    cookie_hash,
                }),
                length,
            }
        },
    )
}

/// The flags of what is there.
fn flags(beside: Flags, there: &[(bool, Flags)]) -> Flags {
    there.iter().filter(|(there, _)| *there).fold(beside, |flags, (_, flag)| flags.with(*flag))
}

fn ack_vector() -> impl Strategy<Value = AckVector> {
    let run = (0_u8..4, 0_u32..300).prop_map(|(state, length)| Run { state: AckState(state), length });
    vec(run, 0..20).prop_map(|runs| AckVector::new(&runs))
}

fn payload() -> impl Strategy<Value = Payload<'static>> {
    (any::<(u32, u32)>(), of(any::<(u8, u8)>()), data()).prop_map(|((coded, start), fec, data)| match fec {
        Some((range, index)) => Payload::Fec { coded, start, range, index, data },
        None => Payload::Source { coded, start, data },
    })
}

fn segment() -> impl Strategy<Value = Segment<'static>> {
    (any::<(u32, u16)>(), beside(), of(ack_vector()), of(any::<u32>()), of(payload())).prop_map(
        |((source_ack, receive_window), beside, ack, reset, payload)| {
            let there = [
                (ack.is_some(), Flags::ACK),
                (reset.is_some(), Flags::ACK_OF_ACKS),
                (payload.is_some(), Flags::DATA),
                (matches!(payload, Some(Payload::Fec { .. })), Flags::FEC),
            ];
            Segment { source_ack, receive_window, flags: flags(beside, &there), ack, reset, payload }
        },
    )
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (0_u32..1 << 24, any::<u8>()).prop_map(|(received, waited_ms)| Stamp { received, waited_ms })
}

fn packet() -> impl Strategy<Value = Packet> {
    let ack = (any::<u16>(), stamp(), 0_u8..16, vec(any::<u8>(), 0..16))
        .prop_map(|(number, stamp, scale, delays)| Ack { number, stamp, scale, delays });
    let code = any::<(bool, bool, u8)>().prop_map(|(run, received, low)| {
        if run { Code::Run { received, length: low & 0x3f } } else { Code::Map(low & 0x7f) }
    });
    let vector = (any::<u16>(), of(stamp()), vec(code, 0..=MOST_CODES))
        .prop_map(|(base, stamp, codes)| CodedVector::new(base, stamp, &codes));
    let delay_ack = any::<(u8, u16)>().prop_map(|(most, timeout_ms)| DelayAckInfo { most, timeout_ms });
    let data = (any::<(u16, u16)>(), data()).prop_map(|((number, channel_number), data)| Data {
        number,
        channel_number,
        bytes: data.to_owned(),
    });
    let control = (of(any::<u8>()), of(delay_ack), of(any::<u16>()));
    (0_u8..16, 0_u8..16, of(ack), control, of(vector), of(data)).prop_map(
        |(kind, window_log, ack, (overhead, delay_ack, ack_of_acks), ack_vector, data)| {
            let kind = PacketType(kind);
            Packet { window_log, ack, overhead, delay_ack, ack_of_acks, ack_vector, data, ..Packet::new(kind) }
        },
    )
}

fn tunnel() -> impl Strategy<Value = TunnelPdu<'static>> {
    let content = prop_oneof![
        any::<(u32, [u8; 16])>().prop_map(|(request_id, cookie)| {
            TunnelContent::CreateRequest(CreateRequest { request_id, security_cookie: Secret(cookie) })
        }),
        any::<u32>().prop_map(|result| TunnelContent::CreateResponse(CreateResponse { result: CreateResult(result) })),
        data().prop_map(TunnelContent::Data),
    ];
    let sub_header =
        (any::<u8>(), 0_usize..40).prop_map(|(kind, end)| SubHeader { kind: SubHeaderType(kind), data: &DATA[..end] });
    (vec(sub_header, 0..6), content).prop_map(|(sub_headers, content)| TunnelPdu { sub_headers, content })
}

proptest! {
    #[test]
    fn openings_come_back(opening in opening()) {
        let bytes = opening.to_bytes();
        prop_assert_eq!(Datagram::decode(&bytes), Ok(Datagram::Opening(opening)));
    }

    #[test]
    fn segments_come_back(segment in segment()) {
        let bytes = segment.to_bytes();
        prop_assert_eq!(Datagram::decode(&bytes), Ok(Datagram::Segment(segment)));
    }

    #[test]
    fn packets_come_back(packet in packet()) {
        let read = Packet::decode(&packet.to_bytes())?;
        // Its flags are those of what was read.
        prop_assert_eq!(Packet { flags: read.flags, ..packet }, read);
    }

    #[test]
    fn tunnel_messages_come_back_and_tell_their_length(pdu in tunnel()) {
        let bytes = pdu.to_bytes();
        prop_assert_eq!(TunnelPdu::length(&bytes), Ok(Some(bytes.len())));
        prop_assert_eq!(TunnelPdu::decode(&bytes), Ok(pdu));
    }

    #[test]
    fn addresses_seen_by_a_server_come_back(transaction in any::<[u8; 12]>(), ip in any::<IpAddr>(), port in any::<u16>()) {
        let response = BindingResponse { transaction, mapped: SocketAddr::new(ip, port) };
        prop_assert_eq!(BindingResponse::decode(&response.to_bytes()), Ok(response));
    }

    #[test]
    fn the_stream_comes_out_whole_and_the_vector_tells_of_every_packet(
        first in any::<u32>(),
        count in 1_u32..u32::from(WINDOW),
        order in vec(any::<prop::sample::Index>(), 0..400),
    ) {
        let count_of = usize::try_from(count).expect("small");
        let all = order.iter().map(|index| index.index(count_of)).chain(0..count_of);
        let mut stream = Reassembly::new(first);
        let (mut out, mut seen) = (Vec::new(), vec![false; count_of]);
        for at in all {
            let offset = u32::try_from(at).expect("small");
            let taken = stream.take(first.wrapping_add(offset), &offset.to_be_bytes()).expect("in the window");
            prop_assert_eq!(taken == Taken::Duplicate, seen[at]);
            seen[at] = true;
            out.extend(stream.stream());
            let vector = stream.vector();
            for (offset, seen) in (0..count).zip(&seen) {
                let state = vector.state(stream.highest(), first.wrapping_add(offset));
                prop_assert_eq!(state == Some(AckState::RECEIVED), *seen);
            }
        }
        let whole: Vec<u8> = (0..count).flat_map(u32::to_be_bytes).collect();
        prop_assert_eq!(out, whole);
    }

    #[test]
    fn arbitrary_bytes_are_read_within_bounds_or_refused(bytes in vec(any::<u8>(), 0..200), opening in 0..OPENINGS.len()) {
        let bytes = [OPENINGS[opening], &bytes].concat();
        for again in DECODERS {
            if let Ok(written) = again(&bytes) {
                prop_assert!(written.len() <= 2 * bytes.len() + 64, "{} bytes became {}", bytes.len(), written.len());
                prop_assert_eq!(again(&written), Ok(written));
            }
        }
        let _ = TunnelPdu::length(&bytes);
        let _ = (socks5::Choice::length(&bytes), socks5::LoginStatus::length(&bytes), socks5::Reply::length(&bytes));
        let _ = (socks5::Request::decode(&bytes), socks5::Reply::decode(&bytes));
        let _ = (http_connect::Response::length(&bytes), http_connect::Response::decode(&bytes));
        let (content_type, version) = (ContentType::HANDSHAKE, Version::DTLS_1_0);
        let mut flight = dtls::Flight::default();
        let _ = flight.push(&dtls::Record { content_type, version, epoch: 0, sequence_number: 0, fragment: &bytes });
        while let Ok(Some(_)) = flight.message() {}
    }

    #[test]
    fn a_vector_of_any_bytes_is_counted_at_no_cost(elements in vec(any::<u8>(), 0..=LONGEST_VECTOR), number in any::<u32>()) {
        let size = u16::try_from(elements.len()).expect("small");
        let bytes = [&size.to_be_bytes(), elements.as_slice(), &[0xaa; 3]].concat();
        let vector = AckVector::read(&mut Reader::new("test", &bytes)).expect("a vector");
        prop_assert!(vector.received() <= vector.packets());
        prop_assert_eq!(vector.state(number, number.wrapping_sub(vector.packets())), None);
    }
}

/// How messages begin: what follows is read deeper than after mere chance.
const OPENINGS: [&[u8]; 10] = [
    b"",
    b"\xff\xff\xff\xff\0\x40\x18\x01",
    b"\0\0\0\x01\0\xc8\x01\x0c\0\x05",
    b"\0\x5d\xc1",
    b"\x02\x10\0\x10",
    b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x40\x01\0\0\x34\0\0\0\0\0\0\0\x34\xfe\xff",
    b"\x01\0\0\x10\0\0\0\0\0\0\0\x10",
    b"\x01\x01\0\x20\x21\x12\xa4\x42",
    b"\x05\0\0\x03",
    b"HTTP/1.1 2",
];

/// Reads a message, and writes it again.
type Again = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Every decoder of these layers.
const DECODERS: [Again; 9] = [
    |bytes| Datagram::decode(bytes).map(|message| message.to_bytes()),
    |bytes| Packet::decode(bytes).map(|message| message.to_bytes()),
    |bytes| TunnelPdu::decode(bytes).map(|message| message.to_bytes()),
    |bytes| dtls::Record::decode(bytes).map(|message| message.to_bytes()),
    |bytes| dtls::Fragment::decode(bytes).map(|message| message.to_bytes()),
    |bytes| dtls::ClientHello::decode(bytes).map(|message| message.to_bytes()),
    |bytes| dtls::HelloVerifyRequest::decode(bytes).map(|message| message.to_bytes()),
    |bytes| BindingRequest::decode(bytes).map(|message| message.to_bytes()),
    |bytes| BindingResponse::decode(bytes).map(|message| message.to_bytes()),
];
