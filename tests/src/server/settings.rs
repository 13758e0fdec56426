use rdp_packets::codec::{Decode, Encode};
use rdp_packets::gcc::{
    ClientCapabilityFlags, ClientData, ClusterFlags, ConferenceCreateResponse, EncryptionLevel, EncryptionMethods,
    MultitransportFlags, Outcome as Conference, ServerCapabilityFlags, ServerCore, ServerData, ServerNetwork,
    ServerSecurity, Version,
};
use rdp_packets::mcs::{
    ConnectInitial, ConnectResponse, DisconnectProviderUltimatum, DomainParameters, Outcome, Reason,
};
use rdp_packets::negotiate::Protocols;
use rdp_packets::security::Random;
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::Data;

use super::line::{Line, Over};
use super::session::Lab;
use crate::act::Step;

/// The channel for input and output on Windows; the others are counted on from it.
pub(super) const IO_CHANNEL: u16 = 1003;

/// What both sides have agreed on.
pub(super) struct Agreed {
    /// How Standard RDP Security encrypts; not at all where TLS does.
    pub(super) method: EncryptionMethods,
    /// What it encrypts.
    pub(super) level: EncryptionLevel,
    /// The server's part of the keys.
    pub(super) server_random: Random,
    /// The channel for auto-detection and multitransport, for a client that wants it.
    pub(super) message_channel: Option<u16>,
    /// The UDP transports that the server does, for a client that does some.
    pub(super) multitransport: Option<MultitransportFlags>,
    /// The static virtual channels.
    pub(super) channels: Vec<u16>,
    /// What the client can do.
    pub(super) client: ClientCapabilityFlags,
    /// The client's desktop: across, down, and bits a pixel.
    pub(super) desktop: [u16; 3],
}

/// Reads the Connect Initial and answers it.
pub(super) async fn run(lab: &Lab, line: &mut Line, selected: Protocols) -> Result<Agreed, Over> {
    let bytes = line.receive::<Tpkt<Data<ConnectInitial>>>().await?;
    let initial = Tpkt::<Data<ConnectInitial>>::decode(&bytes).map_err(|error| line.fault(&error))?.0.0;
    line.seen.initials += 1;
    let client = initial.user_data.data;
    let cluster = client.cluster.filter(|it| it.flags.contains(ClusterFlags::REDIRECTED_SESSIONID_FIELD_VALID));
    line.seen.visit.session_id = cluster.map(|cluster| cluster.redirected_session_id);
    let agreed = agree(lab, selected, &client);
    if !client.security.encryption_methods.contains(agreed.method) {
        return Err(line.fault(&format!("a client that does not do {}", agreed.method)));
    }
    let response = response(lab, &agreed, line.seen.offers.first().copied());
    let act = lab.scenario.act(&line.seen, Step::Settings);
    line.answer(Step::Settings, act, carried(response), refusal).await?;
    Ok(agreed)
}

fn agree(lab: &Lab, selected: Protocols, client: &ClientData) -> Agreed {
    let session = &lab.scenario.session;
    let (method, level) = match selected {
        Protocols::RDP => (session.encryption.method(), session.level()),
        _ => (EncryptionMethods::NONE, EncryptionLevel::NONE),
    };
    let channels: Vec<u16> = (IO_CHANNEL + 1..).take(client.network.as_ref().map_or(0, Vec::len)).collect();
    let next = channels.last().unwrap_or(&IO_CHANNEL) + 1;
    let core = &client.core;
    Agreed {
        method,
        level,
        // Nobody is kept out here, so nothing has to be unforeseen.
        server_random: [0x11; 32],
        message_channel: client.message_channel.map(|_| next),
        multitransport: lab.scenario.udp.and(client.multitransport).map(|_| MultitransportFlags::UDP_FECR),
        channels,
        client: core.early_capability_flags.unwrap_or_default(),
        desktop: [core.desktop_width, core.desktop_height, core.high_color_depth.unwrap_or(16)],
    }
}

fn response(lab: &Lab, agreed: &Agreed, offered: Option<Protocols>) -> ConnectResponse {
    let (server_random, server_certificate) = match agreed.method {
        EncryptionMethods::NONE => (Vec::new(), Vec::new()),
        _ => (agreed.server_random.to_vec(), lab.key.certificate(lab.scenario.session.proof).to_bytes()),
    };
    let data = ServerData {
        core: ServerCore {
            version: Version::V10_12,
            client_requested_protocols: offered,
            early_capability_flags: Some(ServerCapabilityFlags::DYNAMIC_DST_SUPPORTED),
        },
        network: ServerNetwork { io_channel: IO_CHANNEL, channels: agreed.channels.clone() },
        security: ServerSecurity {
            encryption_method: agreed.method,
            encryption_level: agreed.level,
            server_random,
            server_certificate,
        },
        message_channel: agreed.message_channel,
        multitransport: agreed.multitransport,
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

/// An MCS message as it travels.
pub(super) fn carried(message: impl Encode) -> Vec<u8> {
    Tpkt(Data(message)).to_bytes()
}
