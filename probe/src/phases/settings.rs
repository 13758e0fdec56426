//! `settings`: the Basic Settings Exchange, [MS-RDPBCGR] 2.2.1.3 and 2.2.1.4. On a server without NLA its answer is the
//! credential gate. It creates no session: no channel is joined, and no user is named.

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::gcc::{ClientCluster, ServerCapabilityFlags, ServerData};
use rdp_packets::mcs::{ConnectAnswer, ConnectInitial, DisconnectProviderUltimatum, Outcome};
use rdp_packets::negotiate::Protocols;
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::Tpdu;

use super::session;
use crate::fact::Settings;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// Sends our settings, and reads the server's. `session_id` is that of the session that a redirection has led us to.
pub(crate) async fn run(
    wire: &mut Wire,
    selected: Protocols,
    session_id: Option<u32>,
    facts: &mut Settings,
) -> Result<Box<ServerData>, Cause> {
    let mut initial = ConnectInitial::new(selected, "rdp-probe");
    initial.user_data.data.cluster = Some(ClientCluster::new(session_id));
    wire.send("MCS Connect Initial", &data(&initial)).await?;
    let answer = wire.receive::<Tpkt<Tpdu<'_>>>("MCS Connect Response").await?;
    let Tpdu::Data(content) = Tpkt::<Tpdu<'_>>::decode(&answer)?.0 else {
        return Err(Cause::misplaced("MCS Connect Response", "TPDU code", 5, "is not that of X.224 Data"));
    };
    let response = match ConnectAnswer::decode(content)? {
        ConnectAnswer::Response(response) => response,
        ConnectAnswer::Ultimatum(DisconnectProviderUltimatum { reason }) => {
            return Err(Cause::declined(RefusalKind::Ultimatum, reason.0.to_string(), reason.to_string()));
        }
    };
    let result = response.result;
    if result != Outcome::SUCCESSFUL {
        return Err(Cause::declined(RefusalKind::Mcs, format!("{:#04x}", result.0), result.to_string()));
    }
    let conference = response.user_data;
    let conference = conference.ok_or_else(|| Cause::misplaced("MCS Connect Response", "userData", 0, "is empty"))?;
    learn(&conference.data, facts);
    // From here on a domain stands, which is left in order whatever comes.
    wire.farewell(session::goodbye());
    Ok(Box::new(conference.data))
}

/// An MCS message as it travels: in X.224 Data in TPKT.
fn data(message: &impl Encode) -> Vec<u8> {
    Tpkt(Tpdu::Data(&message.to_bytes())).to_bytes()
}

/// What the server's GCC blocks say.
fn learn(server: &ServerData, facts: &mut Settings) {
    facts.server_version = Some(format!("{:#010x}", server.core.version.0));
    facts.early_capability_flags = server.core.early_capability_flags.map(ServerCapabilityFlags::names);
    facts.encryption_method = Some(server.security.encryption_method.to_string());
    facts.encryption_level = Some(server.security.encryption_level.to_string());
    let network = &server.network;
    facts.channels = Some(std::iter::once(network.io_channel).chain(network.channels.iter().copied()).collect());
}
