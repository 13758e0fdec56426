//! What holds for all values and all bytes, of the layers from TLS to NTLM.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use rdp_packets::asn1::der::{self, Oid, Tag};
use rdp_packets::codec::{Decode, DecodeError, Encode, Frame, Reader};
use rdp_packets::credssp::TsRequest;
use rdp_packets::ntlm::{self, AvPair, Challenge, FileTime, Negotiate, NegotiateFlags};
use rdp_packets::spnego::{Mechanism, NegState, NegToken, NegTokenInit, NegTokenResp};
use rdp_packets::tls::{
    Alert, AlertDescription, AlertLevel, Certificate, CipherSuite, ClientHello, ContentType, Extension, ExtensionType,
    Flight, Handshake, HandshakeType, Record, ServerHello, Version,
};

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=most)
}

fn extensions() -> impl Strategy<Value = Vec<Extension>> {
    let one = (any::<u16>(), bytes(40)).prop_map(|(kind, body)| Extension { kind: ExtensionType(kind), body });
    vec(one, 0..6)
}

fn client_hello() -> impl Strategy<Value = ClientHello> {
    (any::<u16>(), any::<[u8; 32]>(), bytes(32), vec(any::<u16>(), 0..80), bytes(3), extensions()).prop_map(
        |(version, random, session_id, suites, compression, extensions)| ClientHello {
            version: Version(version),
            random,
            session_id,
            cipher_suites: suites.into_iter().map(CipherSuite).collect(),
            compression,
            extensions,
        },
    )
}

fn server_hello() -> impl Strategy<Value = ServerHello> {
    (any::<u16>(), any::<[u8; 32]>(), bytes(32), any::<u16>(), any::<u8>(), extensions()).prop_map(
        |(version, random, session_id, suite, compression, extensions)| ServerHello {
            version: Version(version),
            random,
            session_id,
            cipher_suite: CipherSuite(suite),
            compression,
            extensions,
        },
    )
}

/// A message, or the bytes of one that is not looked into.
fn handshake() -> impl Strategy<Value = Handshake<'static>> {
    prop_oneof![
        client_hello().prop_map(Handshake::ClientHello),
        server_hello().prop_map(Handshake::ServerHello),
        vec(bytes(300), 0..4).prop_map(|chain| Handshake::Certificate(Certificate { chain })),
        (12_u8..).prop_map(|kind| Handshake::Other { kind: HandshakeType(kind), body: b"not looked into" }),
    ]
}

fn ts_request() -> impl Strategy<Value = TsRequest> {
    let octets = || of(bytes(300));
    (any::<u32>(), vec(bytes(300), 0..3), octets(), octets(), of(any::<u32>()), of(any::<[u8; 32]>())).prop_map(
        |(version, nego_tokens, auth_info, pub_key_auth, error_code, client_nonce)| TsRequest {
            version,
            nego_tokens,
            auth_info,
            pub_key_auth,
            error_code,
            client_nonce,
        },
    )
}

fn mechanism() -> impl Strategy<Value = Mechanism> {
    let known = (0..Mechanism::KNOWN.len()).prop_map(|at| Mechanism::KNOWN[at].0.clone());
    prop_oneof![known, bytes(12).prop_filter_map("an identifier", |bytes| Oid::new(&bytes).map(Mechanism))]
}

fn av_pair() -> impl Strategy<Value = AvPair> {
    prop_oneof![
        any::<String>().prop_map(AvPair::NetbiosComputer),
        any::<String>().prop_map(AvPair::NetbiosDomain),
        any::<String>().prop_map(AvPair::DnsComputer),
        any::<String>().prop_map(AvPair::DnsDomain),
        any::<String>().prop_map(AvPair::DnsTree),
        any::<u32>().prop_map(AvPair::Flags),
        any::<u64>().prop_map(|time| AvPair::Timestamp(FileTime(time))),
        bytes(48).prop_map(AvPair::SingleHost),
        any::<String>().prop_map(AvPair::TargetName),
        any::<[u8; 16]>().prop_map(AvPair::ChannelBindings),
        (11_u16.., bytes(20)).prop_map(|(id, value)| AvPair::Unknown { id, value }),
    ]
}

fn version() -> impl Strategy<Value = Option<ntlm::Version>> {
    of(any::<(u8, u8, u16, u8)>().prop_map(|(major, minor, build, revision)| ntlm::Version {
        major,
        minor,
        build,
        revision,
    }))
}

/// Flags that say of the version what is true.
fn flags(flags: u32, version: Option<ntlm::Version>) -> NegotiateFlags {
    let bit = NegotiateFlags::VERSION.0;
    NegotiateFlags(if version.is_some() { flags | bit } else { flags & !bit })
}

proptest! {
    #[test]
    fn records_come_back(content_type in 20_u8..=24, minor in any::<u8>(), fragment in bytes(300)) {
        let version = Version(0x0300 | u16::from(minor));
        let record = Record { content_type: ContentType(content_type), version, fragment: &fragment };
        let written = record.to_bytes();
        prop_assert_eq!(Record::length(&written), Ok(Some(written.len())));
        prop_assert_eq!(Record::decode(&written), Ok(record));
    }

    #[test]
    fn alerts_come_back(level in any::<u8>(), description in any::<u8>()) {
        let alert = Alert { level: AlertLevel(level), description: AlertDescription(description) };
        prop_assert_eq!(Alert::decode(&alert.to_bytes()), Ok(alert));
    }

    #[test]
    fn handshakes_come_back_through_any_cut(messages in vec(handshake(), 1..5), size in 1_usize..200) {
        let wire: Vec<u8> = messages.iter().flat_map(Encode::to_bytes).collect();
        let mut flight = Flight::default();
        let mut expected = messages.iter();
        for fragment in wire.chunks(size) {
            flight.push(fragment)?;
            while let Some(message) = flight.message()? {
                prop_assert_eq!(Some(&message), expected.next());
            }
        }
        prop_assert_eq!(expected.next(), None);
    }

    #[test]
    fn describing_hellos_come_back(version in 0x0300_u16..=0x0304, name in of("[a-z]{1,60}"), size in 0_usize..17_000) {
        let hello = ClientHello::describing(Version(version), [1; 32], name.as_deref()).padded(size);
        let written = hello.to_bytes();
        prop_assert_eq!(ClientHello::decode(&written), Ok(hello));
    }

    #[test]
    fn ts_requests_come_back(request in ts_request()) {
        let written = request.to_bytes();
        prop_assert_eq!(TsRequest::length(&written), Ok(Some(written.len())));
        prop_assert_eq!(TsRequest::decode(&written), Ok(request));
    }

    #[test]
    fn spnego_inits_come_back(
        mech_types in vec(mechanism(), 0..5),
        raw in (of(bytes(20)), of(bytes(20))),
        octets in (of(bytes(300)), of(bytes(20))),
    ) {
        let token = NegToken::Init(NegTokenInit {
            mech_types,
            req_flags: raw.0.as_deref(),
            mech_token: octets.0.as_deref(),
            hints: raw.1.as_deref(),
            mech_list_mic: octets.1.as_deref(),
        });
        let written = token.to_bytes();
        prop_assert_eq!(NegToken::decode(&written), Ok(token));
    }

    #[test]
    fn spnego_responses_come_back(
        state in of(any::<u8>()),
        supported_mech in of(mechanism()),
        octets in (of(bytes(300)), of(bytes(20))),
    ) {
        let token = NegToken::Response(NegTokenResp {
            state: state.map(NegState),
            supported_mech,
            response_token: octets.0.as_deref(),
            mech_list_mic: octets.1.as_deref(),
        });
        let written = token.to_bytes();
        prop_assert_eq!(NegToken::decode(&written), Ok(token));
    }

    #[test]
    fn negotiates_come_back(bits in any::<u32>(), names in ("[ -~]{0,20}", "[ -~]{0,20}"), version in version()) {
        let (domain, workstation) = names;
        let message = Negotiate { flags: flags(bits, version), domain, workstation, version };
        prop_assert_eq!(Negotiate::decode(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn challenges_come_back(
        bits in any::<u32>(),
        target_name in "[ -~]{0,20}",
        server_challenge in any::<[u8; 8]>(),
        target_info in vec(av_pair(), 0..6),
        version in version(),
    ) {
        let message = Challenge { target_name, flags: flags(bits, version), server_challenge, target_info, version };
        prop_assert_eq!(Challenge::decode(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn integers_come_back(number in any::<u32>()) {
        let mut written = Vec::new();
        der::write_integer(&mut written, Tag::INTEGER, number);
        prop_assert_eq!(der::integer(&mut Reader::new("test", &written), "number", Tag::INTEGER), Ok(number));
    }

    #[test]
    fn arbitrary_bytes_are_read_within_bounds_or_refused(bytes in bytes(400), opening in 0..OPENINGS.len()) {
        let bytes = [OPENINGS[opening], &bytes].concat();
        for again in DECODERS {
            if let Ok(written) = again(&bytes) {
                prop_assert!(written.len() <= 2 * bytes.len() + 64, "{} bytes became {}", bytes.len(), written.len());
                prop_assert_eq!(again(&written), Ok(written));
            }
        }
        let _ = ntlm::token_in(&bytes);
        let mut flight = Flight::default();
        flight.push(&bytes)?;
        while let Ok(Some(_)) = flight.message() {}
    }
}

/// How messages begin: what follows is read deeper than after mere chance.
const OPENINGS: [&[u8]; 7] = [
    b"",
    b"\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03",
    b"\x02\x00\x01\x00\x03\x03",
    b"\x30\x82\x01\x00\xa0\x03\x02\x01\x06\xa1",
    b"\xa1\x82\x01\x00\x30",
    b"NTLMSSP\0\x02\0\0\0\x04\0\x04\0\x38\0\0\0",
    b"NTLMSSP\0\x01\0\0\0",
];

/// Reads a message, and writes it again.
type Again = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Every decoder of these layers.
const DECODERS: [Again; 10] = [
    |bytes| Record::decode(bytes).map(|message| message.to_bytes()),
    |bytes| Alert::decode(bytes).map(|message| message.to_bytes()),
    |bytes| Handshake::decode(bytes).map(|message| message.to_bytes()),
    |bytes| ClientHello::decode(bytes).map(|message| message.to_bytes()),
    |bytes| ServerHello::decode(bytes).map(|message| message.to_bytes()),
    |bytes| Certificate::decode(bytes).map(|message| message.to_bytes()),
    |bytes| TsRequest::decode(bytes).map(|message| message.to_bytes()),
    |bytes| NegToken::decode(bytes).map(|message| message.to_bytes()),
    |bytes| Negotiate::decode(bytes).map(|message| message.to_bytes()),
    |bytes| Challenge::decode(bytes).map(|message| message.to_bytes()),
];
