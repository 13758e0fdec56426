//! What real sides said over UDP: every datagram comes back, and the handshakes inside are found.

use std::fs;

use rdp_packets::codec::{Decode, DecodeError, Encode, Reader};
use rdp_packets::dtls;
use rdp_packets::rdpudp::v2::Packet;
use rdp_packets::rdpudp::{Datagram, Payload, Reassembly};

use super::captures::{Side, Story};
use super::stream::{Exchange, Sender, exchanges};
use super::{files, name};
use crate::golden::unhex;

/// What each capture with UDP tells, a list an exchange.
const TOLD: &[(&str, &[&[&str]])] = &[
    (
        "msnetcaps_MS-RDSOD_Example_6_Win10RS3_x64_WS2016RS1_X64_Domain",
        &[&[
            "SYN+CORRELATION_ID+SYNEX 2",
            "SYN+ACK+SYNEX 2",
            "TLS 1.2 hello, suites 1",
            "179 packets, 0 twice, 0 overtaken",
            "TLS 1.2 TLS_RSA_WITH_RC4_128_MD5",
            "certificates 1",
            // Its packets stand in the order of the file they were stored in.
            "725 packets, 1 twice, 178 overtaken",
        ]],
    ),
    (
        "zeek_rdpeudp-handshake-fail",
        &[&[
            "SYN+CORRELATION_ID+SYNEX 2",
            "SYN+CORRELATION_ID+SYNEX 2",
            "SYN+CORRELATION_ID+SYNEX 2",
            "0 packets, 0 twice, 0 overtaken",
        ]],
    ),
    (
        "zeek_rdpeudp-handshake-success",
        &[&[
            "SYN+CORRELATION_ID+SYNEX UdpVersion 0x03",
            "SYN+ACK+SYNEX 2",
            "TLS 1.2 hello, suites 30",
            "4 packets, 0 twice, 0 overtaken",
            "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "certificates 1",
            "4 packets, 0 twice, 0 overtaken",
        ]],
    ),
];

#[test]
fn every_datagram_of_every_capture_comes_back_and_the_handshakes_inside_are_found() {
    let Some(files) = files("RDP_CAPTURES", "pcap") else { return };
    let (mut datagrams, mut messages, mut met) = (0, 0, 0);
    for file in files {
        let name = name(&file);
        let mut told = Vec::new();
        for exchange in exchanges(&file) {
            let (story, count) = followed(&exchange).unwrap_or_else(|error| panic!("{name}: {error}"));
            datagrams += count;
            messages += story.messages;
            told.push(story.told);
        }
        let row = TOLD.iter().find(|(known, _)| *known == name);
        met += usize::from(row.is_some());
        assert_eq!(told, row.map_or(&[][..], |(_, told)| told), "{name}");
    }
    assert_eq!(met, TOLD.len(), "a capture with UDP is missing");
    eprintln!("captures: {datagrams} datagrams came back, {messages} TLS messages decoded inside");
}

/// Reads an exchange: the openings as they come, and then what each side's stream holds.
fn followed(exchange: &Exchange) -> Result<(Story, usize), DecodeError> {
    let mut story = Story::default();
    let mut streams = [None, None];
    let mut bytes = [Vec::new(), Vec::new()];
    for (sender, payload) in &exchange.datagrams {
        let side = usize::from(*sender == Sender::Server);
        match datagram(payload)? {
            Datagram::Opening(opening) => {
                story.told.push(format!("{} {}", opening.flags, opening.version()));
                let first = opening.initial_sequence_number.wrapping_add(1);
                streams[side].get_or_insert_with(|| Reassembly::new(first));
            }
            Datagram::Segment(segment) => {
                let Some(Payload::Source { start, data, .. }) = segment.payload else { continue };
                let stream = streams[side].as_mut().expect("an opening");
                stream.take(start, data).expect("a packet of its turn");
                bytes[side].extend(stream.stream());
            }
        }
    }
    for (bytes, stream) in bytes.iter().zip(&streams) {
        story.tls(&mut Side(bytes))?;
        if let Some(stream) = stream {
            let came = stream.arrivals();
            story
                .told
                .push(format!("{} packets, {} twice, {} overtaken", came.packets, came.duplicates, came.overtaken));
        }
    }
    Ok((story, exchange.datagrams.len()))
}

/// Reads a datagram, and holds what it is written as against what it was, with zeros for the padding of its ACK
/// vector: Windows leaves there what its memory held. Nothing else is set aside.
pub(super) fn datagram(bytes: &[u8]) -> Result<Datagram<'_>, DecodeError> {
    let datagram = Datagram::decode(bytes)?;
    let mut expected = bytes.to_vec();
    if let Datagram::Segment(segment) = &datagram
        && segment.ack.is_some()
    {
        let end = 10 + usize::from(u16::from_be_bytes([bytes[8], bytes[9]]));
        expected[end..end.next_multiple_of(4)].fill(0);
    }
    assert_eq!(datagram.to_bytes(), expected, "a datagram is written differently");
    Ok(datagram)
}

/// What is said inside single datagrams, by their vectors' names; one of them ends amid a record.
const INSIDE: &[(&str, &[&str])] = &[
    ("cap-udp-v2-ack-data-clienthello", &["TLS 1.2 hello, suites 30"]),
    ("cap-udp-v2-data-serverhello-cert", &["TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "certificates 1"]),
    ("cap-udp-v3-data-clienthello", &["TLS 1.2 hello, suites 21"]),
    ("cap-udp-v3-data-serverhello", &["1230 bytes of a record that is cut"]),
    ("cap-udp-v3-retransmit", &["TLS 1.1 hello, suites 7"]),
    ("cap-udp-lossy-dtls-clienthello", &["DTLS 1.0 hello, suites 7, cookie of 0"]),
    ("cap-udp-lossy-dtls-helloverify", &["DTLS 1.0 once more, cookie of 32"]),
    ("cap-udp-lossy-dtls-clienthello-cookie", &["DTLS 1.0 hello, suites 7, cookie of 32"]),
];

#[test]
fn what_single_datagrams_hold_of_a_handshake_is_found() {
    let Some(files) = files("RDP_VECTORS", "hex") else { return };
    for (name, expected) in INSIDE {
        let file = files.iter().find(|file| super::name(file) == *name).expect(name);
        let bytes = unhex(&fs::read_to_string(file).expect(name));
        let told = if name.starts_with("cap-udp-v3-") {
            let data = Packet::decode(&bytes).expect(name).data.expect("data");
            tls(&data.bytes)
        } else {
            let Datagram::Segment(segment) = datagram(&bytes).expect(name) else { panic!("{name}: an opening") };
            let Some(Payload::Source { data, .. }) = segment.payload else { panic!("{name}: {segment:?}") };
            if name.contains("dtls") { dtls(data) } else { tls(data) }
        };
        assert_eq!(told.expect(name), *expected, "{name}");
    }
}

/// What a piece of a TLS stream tells.
fn tls(data: &[u8]) -> Result<Vec<String>, DecodeError> {
    let mut story = Story::default();
    story.tls(&mut Side(data))?;
    Ok(story.told)
}

/// What the records of a DTLS datagram tell, each of which holds a message that has to be written as it was.
fn dtls(data: &[u8]) -> Result<Vec<String>, DecodeError> {
    let mut reader = Reader::new("DTLS datagram", data);
    let mut told = Vec::new();
    while !reader.is_empty() {
        let record = dtls::Record::read(&mut reader)?;
        let fragment = dtls::Fragment::decode(record.fragment)?;
        // The second hello is message 1: here it stands alone, as the first of its flight.
        let alone = dtls::Fragment { message_seq: 0, ..fragment }.to_bytes();
        let mut flight = dtls::Flight::default();
        flight.push(&dtls::Record { fragment: &alone, ..record })?;
        let message = flight.message()?.expect("a whole message");
        let body = message.to_bytes();
        let again = dtls::Fragment::whole(message.kind(), fragment.message_seq, &body).to_bytes();
        let again = dtls::Record { fragment: &again, ..record }.to_bytes();
        assert!(data.ends_with(&again), "a DTLS message is written differently");
        told.push(match message {
            dtls::Message::ClientHello(hello) => {
                let (version, suites) = (hello.hello.version, hello.hello.cipher_suites.len());
                format!("{version} hello, suites {suites}, cookie of {}", hello.cookie.len())
            }
            dtls::Message::HelloVerifyRequest(request) => {
                format!("{} once more, cookie of {}", request.version, request.cookie.len())
            }
            dtls::Message::ServerHello(_) | dtls::Message::Certificate(_) | dtls::Message::Other { .. } => {
                message.kind().to_string()
            }
        });
    }
    Ok(told)
}
