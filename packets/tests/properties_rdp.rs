//! What holds for all values and all bytes, of the layers from TPKT to GCC.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::foreign;
use rdp_packets::gcc::{
    Block, BlockType, ConferenceCreateResponse, EncryptionLevel, EncryptionMethods, MultitransportFlags, Outcome,
    ServerCapabilityFlags, ServerCore, ServerData, ServerNetwork, ServerSecurity, Version,
};
use rdp_packets::mcs::{self, ConnectAnswer, ConnectInitial, ConnectResponse, DomainParameters};
use rdp_packets::negotiate::{Answer, CorrelationInfo, FailureCode, Protocols, Request, RequestFlags, ResponseFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Data, Routing, Tpdu};

/// What was read is written so that it reads the same again.
macro_rules! reads_the_same_again {
    ($message:ty, $bytes:expr) => {
        if let Ok(message) = <$message>::decode($bytes) {
            let written = message.to_bytes();
            prop_assert_eq!(<$message>::decode(&written), Ok(message));
        }
    };
}

fn routing() -> impl Strategy<Value = Routing> {
    prop_oneof![
        "[ -~]{0,40}".prop_map(Routing::Cookie),
        "(tsv://|Cookie: msts=)[ -~]{0,100}".prop_map(|line| Routing::Token(line.into_bytes())),
    ]
}

fn connection_request() -> impl Strategy<Value = ConnectionRequest> {
    let offer = (any::<u8>(), any::<u32>(), of(any::<[u8; 16]>()));
    (any::<u16>(), of(routing()), of(offer)).prop_map(|(source_reference, routing, offer)| ConnectionRequest {
        source_reference,
        routing,
        negotiation: offer
            .map(|(flags, protocols, _)| Request { flags: RequestFlags(flags), protocols: Protocols(protocols) }),
        correlation: offer.and_then(|(_, _, id)| id).map(CorrelationInfo::from_random),
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    (any::<bool>(), any::<u8>(), any::<u32>()).prop_map(|(selects, flags, value)| {
        if selects {
            Answer::Response { flags: ResponseFlags(flags), selected: Protocols(value) }
        } else {
            Answer::Failure { flags, code: FailureCode(value) }
        }
    })
}

fn server_data() -> impl Strategy<Value = ServerData> {
    let core = (any::<u32>(), of((any::<u32>(), of(any::<u32>()))));
    let network = (any::<u16>(), vec(any::<u16>(), 0..32));
    let security = (any::<u32>(), any::<u32>(), of((any::<[u8; 32]>(), vec(any::<u8>(), 0..600))));
    let others = vec(vec(any::<u8>(), 0..20), 0..3);
    (core, network, security, of(any::<u16>()), of(any::<u32>()), others).prop_map(
        |(core, (io_channel, channels), (method, level, keys), message_channel, multitransport, others)| {
            let (server_random, server_certificate) = keys.unzip();
            ServerData {
                core: ServerCore {
                    version: Version(core.0),
                    client_requested_protocols: core.1.map(|(protocols, _)| Protocols(protocols)),
                    early_capability_flags: core.1.and_then(|(_, flags)| flags).map(ServerCapabilityFlags),
                },
                network: ServerNetwork { io_channel, channels },
                security: ServerSecurity {
                    encryption_method: EncryptionMethods(method),
                    encryption_level: EncryptionLevel(level),
                    server_random: server_random.map(Vec::from).unwrap_or_default(),
                    server_certificate: server_certificate.unwrap_or_default(),
                },
                message_channel,
                multitransport: multitransport.map(MultitransportFlags),
                others: others.into_iter().map(|body| Block { kind: BlockType(0x0cfe), body }).collect(),
            }
        },
    )
}

proptest! {
    #[test]
    fn connection_requests_come_back(request in connection_request()) {
        let packet = Tpkt(request);
        prop_assert_eq!(Tpkt::decode(&packet.to_bytes()), Ok(packet));
    }

    #[test]
    fn connection_confirms_come_back(references in any::<(u16, u16)>(), class in any::<u8>(), answer in of(answer())) {
        let (destination_reference, source_reference) = references;
        let packet = Tpkt(ConnectionConfirm { destination_reference, source_reference, class, answer });
        prop_assert_eq!(Tpkt::decode(&packet.to_bytes()), Ok(packet));
    }

    #[test]
    fn our_own_connect_initial_comes_back(selected in any::<u32>(), name in "[ -~]{0,15}") {
        let packet = Tpkt(Data(ConnectInitial::new(Protocols(selected), &name)));
        prop_assert_eq!(Tpkt::decode(&packet.to_bytes()), Ok(packet));
    }

    #[test]
    fn connect_responses_come_back(
        codes in any::<(u32, u32, u32, i8)>(),
        node_id in 1001_u16..,
        result in 0_u8..16,
        data in of(server_data()),
    ) {
        let (outcome, called_connect_id, max_channel_ids, tag) = codes;
        let packet = Tpkt(Data(ConnectResponse {
            result: mcs::Outcome(outcome),
            called_connect_id,
            domain_parameters: DomainParameters { max_channel_ids, ..DomainParameters::TARGET },
            user_data: data.map(|data| ConferenceCreateResponse { node_id, tag, result: Outcome(result), data }),
        }));
        prop_assert_eq!(Tpkt::decode(&packet.to_bytes()), Ok(packet));
    }

    #[test]
    fn a_flipped_byte_anywhere_never_panics(at in any::<prop::sample::Index>(), flip in 1_u8.., data in server_data()) {
        let response = ConnectResponse {
            result: mcs::Outcome::SUCCESSFUL,
            called_connect_id: 0,
            domain_parameters: DomainParameters::TARGET,
            user_data: Some(ConferenceCreateResponse { node_id: 1001, tag: 1, result: Outcome::SUCCESS, data }),
        };
        let mut answer = response.to_bytes();
        let mut request = ConnectInitial::new(Protocols::HYBRID, "rdp-probe").to_bytes();
        for bytes in [&mut answer, &mut request] {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        reads_the_same_again!(ConnectAnswer, &answer);
        reads_the_same_again!(ConnectInitial, &request);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        reads_the_same_again!(Tpkt<Tpdu>, &bytes);
        reads_the_same_again!(Tpdu, &bytes);
        reads_the_same_again!(ConnectionRequest, &bytes);
        reads_the_same_again!(Answer, &bytes);
        reads_the_same_again!(ConnectAnswer, &bytes);
        reads_the_same_again!(ConnectInitial, &bytes);
        foreign::recognise(&bytes);
    }
}
