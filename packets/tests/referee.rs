//! Another decoder, `ironrdp-pdu`, reads what this one writes, and writes what this one reads.

use ironrdp_pdu as iron;
use ironrdp_pdu::x224::X224;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::gcc::{
    ConferenceCreateResponse, EncryptionLevel, EncryptionMethods, Outcome, ServerCore, ServerData, ServerNetwork,
    ServerSecurity, Version,
};
use rdp_packets::mcs::{self, ConnectInitial, ConnectResponse, DisconnectProviderUltimatum, DomainParameters};
use rdp_packets::negotiate::{Answer, CorrelationInfo, FailureCode, Protocols, Request, RequestFlags, ResponseFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Data, Routing};

#[test]
fn our_connection_request_reads_the_same() {
    let bytes = Tpkt(ConnectionRequest {
        source_reference: 0,
        routing: Some(Routing::Cookie("rdp-probe".to_owned())),
        negotiation: Some(Request {
            flags: RequestFlags::CORRELATION_INFO_PRESENT,
            protocols: Protocols::SSL.with(Protocols::HYBRID).with(Protocols::HYBRID_EX),
        }),
        correlation: Some(CorrelationInfo { id: [7; 16] }),
    })
    .to_bytes();
    let X224(read) = iron::decode::<X224<iron::nego::ConnectionRequest>>(&bytes).unwrap();
    assert_eq!(read.nego_data, Some(iron::nego::NegoRequestData::cookie("rdp-probe".to_owned())));
    assert_eq!(read.flags, iron::nego::RequestFlags::CORRELATION_INFO_PRESENT);
    assert_eq!(read.protocol.bits(), 0x0b);
    assert_eq!(read.correlation_info, Some(iron::nego::CorrelationInfo { correlation_id: [7; 16] }));
}

#[test]
fn its_connection_confirms_read_the_same() {
    for (theirs, ours) in [
        (
            iron::nego::ConnectionConfirm::Response {
                flags: iron::nego::ResponseFlags::from_bits_retain(0x1f),
                protocol: iron::nego::SecurityProtocol::HYBRID_EX,
            },
            Answer::Response { flags: ResponseFlags(0x1f), selected: Protocols::HYBRID_EX },
        ),
        (
            iron::nego::ConnectionConfirm::Failure { code: iron::nego::FailureCode::HYBRID_REQUIRED_BY_SERVER },
            Answer::Failure { flags: 0, code: FailureCode::HYBRID_REQUIRED_BY_SERVER },
        ),
    ] {
        let bytes = iron::encode_vec(&X224(theirs)).unwrap();
        assert_eq!(Tpkt::<ConnectionConfirm>::decode(&bytes).unwrap().0.answer, Some(ours));
    }
}

#[test]
fn our_connect_initial_reads_the_same() {
    let bytes = ConnectInitial::new(Protocols::SSL, "rdp-probe").to_bytes();
    let read = iron::decode::<iron::mcs::ConnectInitial>(&bytes).unwrap();
    assert_eq!(read.target_parameters, iron::mcs::DomainParameters::target());
    assert_eq!(read.min_parameters, iron::mcs::DomainParameters::min());
    assert_eq!(read.max_parameters, iron::mcs::DomainParameters::max());
    let blocks = read.conference_create_request.into_gcc_blocks();
    assert_eq!(blocks.core.client_name, "rdp-probe");
    assert_eq!((blocks.core.desktop_width, blocks.core.desktop_height), (1024, 768));
    let optional = blocks.core.optional_data;
    assert_eq!(optional.server_selected_protocol, Some(iron::nego::SecurityProtocol::SSL));
    let flags = optional.early_capability_flags.unwrap();
    assert!(
        flags.contains(iron::gcc::ClientEarlyCapabilityFlags::SUPPORT_ERR_INFO_PDU),
        "without it no server says why"
    );
    assert!(flags.contains(iron::gcc::ClientEarlyCapabilityFlags::SUPPORT_NET_CHAR_AUTODETECT));
    assert_eq!(blocks.security, iron::gcc::ClientSecurityData::no_security());
    let channels = blocks.network.unwrap().channels;
    assert_eq!(channels.iter().map(|channel| channel.name.as_str().unwrap()).collect::<Vec<_>>(), ["drdynvc"]);
    let cluster = blocks.cluster.unwrap();
    assert_eq!(cluster.redirection_version, iron::gcc::RedirectionVersion::V4);
}

#[test]
fn the_connect_response_reads_the_same_both_ways() {
    let theirs = iron::mcs::ConnectResponse {
        conference_create_response: iron::gcc::ConferenceCreateResponse::new(31219, their_settings()).unwrap(),
        called_connect_id: 0,
        domain_parameters: iron::mcs::DomainParameters::target(),
    };
    let ours = ConnectResponse {
        result: mcs::Outcome::SUCCESSFUL,
        called_connect_id: 0,
        domain_parameters: DomainParameters::TARGET,
        user_data: Some(ConferenceCreateResponse {
            node_id: 31219,
            tag: 1,
            result: Outcome::SUCCESS,
            data: our_settings(),
        }),
    };
    assert_eq!(ConnectResponse::decode(&iron::encode_vec(&theirs).unwrap()), Ok(ours.clone()));
    assert_eq!(iron::decode::<iron::mcs::ConnectResponse>(&ours.to_bytes()).unwrap(), theirs);
}

fn their_settings() -> iron::gcc::ServerGccBlocks {
    iron::gcc::ServerGccBlocks {
        core: iron::gcc::ServerCoreData {
            version: iron::gcc::RdpVersion::V10_8,
            optional_data: iron::gcc::ServerCoreOptionalData {
                client_requested_protocols: Some(iron::nego::SecurityProtocol::empty()),
                early_capability_flags: None,
            },
        },
        network: iron::gcc::ServerNetworkData { channel_ids: vec![1004, 1005, 1006], io_channel: 1003 },
        security: iron::gcc::ServerSecurityData {
            encryption_method: iron::gcc::EncryptionMethod::BIT_128,
            encryption_level: iron::gcc::EncryptionLevel::High,
            server_random: Some([9; 32]),
            server_cert: vec![1, 2, 3],
        },
        message_channel: Some(iron::gcc::ServerMessageChannelData { mcs_message_channel_id: 1007 }),
        multi_transport_channel: None,
    }
}

fn our_settings() -> ServerData {
    ServerData {
        core: ServerCore {
            version: Version::V10_8,
            client_requested_protocols: Some(Protocols::RDP),
            early_capability_flags: None,
        },
        network: ServerNetwork { io_channel: 1003, channels: vec![1004, 1005, 1006] },
        security: ServerSecurity {
            encryption_method: EncryptionMethods::RC4_128,
            encryption_level: EncryptionLevel::HIGH,
            server_random: vec![9; 32],
            server_certificate: vec![1, 2, 3],
        },
        message_channel: Some(1007),
        multitransport: None,
        others: Vec::new(),
    }
}

#[test]
fn every_ultimatum_reads_the_same_both_ways() {
    for code in 0..=4 {
        let ours = Tpkt(Data(DisconnectProviderUltimatum { reason: mcs::Reason(code) }));
        let reason = iron::mcs::DisconnectReason::from_u8(code).unwrap();
        let theirs = X224(iron::mcs::DisconnectProviderUltimatum::from_reason(reason));
        assert_eq!(Decode::decode(&iron::encode_vec(&theirs).unwrap()), Ok(ours));
        assert_eq!(iron::encode_vec(&theirs).unwrap(), ours.to_bytes());
    }
}
