use rdp_packets::codec::{Decode, Encode};
use rdp_packets::gcc::{
    ConferenceCreateResponse, EncryptionLevel, EncryptionMethods, Outcome as Conference, ServerCapabilityFlags,
    ServerCore, ServerData, ServerNetwork, ServerSecurity, Version,
};
use rdp_packets::mcs::{
    ConnectInitial, ConnectResponse, DisconnectProviderUltimatum, DomainParameters, Outcome, Reason,
};
use rdp_packets::negotiate::Protocols;
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::Data;

use super::line::{Line, Over};
use super::session::Lab;
use crate::act::Step;

/// The channel for input and output on Windows; the others are counted on from it.
const IO_CHANNEL: u16 = 1003;

/// Reads the Connect Initial and answers it. There is no session behind it.
pub(super) async fn run(lab: &Lab, line: &mut Line, selected: Protocols) -> Result<(), Over> {
    let bytes = line.receive::<Tpkt<Data<ConnectInitial>>>().await?;
    let initial = Tpkt::<Data<ConnectInitial>>::decode(&bytes).map_err(|error| line.fault(&error))?.0.0;
    line.seen.initials += 1;
    let channels = initial.user_data.data.network.map_or(0, |channels| channels.len());
    let response = response(selected, line.seen.offers.first().copied(), channels);
    let act = lab.scenario.act(line.seen.number, Step::Settings);
    line.answer(Step::Settings, act, carried(response), refusal).await
}

fn response(selected: Protocols, offered: Option<Protocols>, channels: usize) -> ConnectResponse {
    let channels = (IO_CHANNEL + 1..).take(channels).collect();
    let security = if selected == Protocols::RDP {
        ServerSecurity {
            encryption_method: EncryptionMethods::RC4_128,
            encryption_level: EncryptionLevel::CLIENT_COMPATIBLE,
            server_random: vec![0x11; 32],
            server_certificate: vec![0x22; 184],
        }
    } else {
        ServerSecurity {
            encryption_method: EncryptionMethods::NONE,
            encryption_level: EncryptionLevel::NONE,
            server_random: Vec::new(),
            server_certificate: Vec::new(),
        }
    };
    let data = ServerData {
        core: ServerCore {
            version: Version::V10_12,
            client_requested_protocols: offered,
            early_capability_flags: Some(ServerCapabilityFlags::DYNAMIC_DST_SUPPORTED),
        },
        network: ServerNetwork { io_channel: IO_CHANNEL, channels },
        security,
        message_channel: None,
        multitransport: None,
        others: Vec::new(),
    };
    ConnectResponse {
        result: Outcome::SUCCESSFUL,
        called_connect_id: 0,
        domain_parameters: DomainParameters::TARGET,
        user_data: Some(ConferenceCreateResponse { node_id: 31219, tag: 1, result: Conference::SUCCESS, data }),
    }
}

fn refusal(code: u32) -> Vec<u8> {
    let (called_connect_id, domain_parameters) = (0, DomainParameters::TARGET);
    carried(ConnectResponse { result: Outcome(code), called_connect_id, domain_parameters, user_data: None })
}

/// An MCS Disconnect Provider Ultimatum.
pub(super) fn ultimatum(reason: u8) -> Vec<u8> {
    carried(DisconnectProviderUltimatum { reason: Reason(reason) })
}

fn carried(message: impl Encode) -> Vec<u8> {
    Tpkt(Data(message)).to_bytes()
}
