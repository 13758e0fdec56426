use rdp_packets::codec::Decode;
use rdp_packets::gcc::ClientCapabilityFlags;
use rdp_packets::session::{
    AutoDetectRequest, AutoDetectResponse, ClientInfo, RequestContent, ResponseContent, SecurityFlags, Stage,
};

use super::domain::{Data, Domain, Said};
use super::line::Over;
use super::visit::Info;
use crate::act::Step;
use crate::scenario::Extra;

/// Bytes that measure the bandwidth: in the payload, and again at the end.
const PAYLOAD: &[u8] = &[0x5a; 8192];

/// What the server says that it found: milliseconds, kilobits a second, milliseconds.
const FOUND: RequestContent<'static> =
    RequestContent::Result { base_rtt: Some(7), bandwidth: Some(100_000), average_rtt: 9 };

/// Reads the Client Info PDU, and measures the network where the scenario says so and the client takes part.
pub(super) async fn run(domain: &mut Domain<'_>, info: Data) -> Result<(), Over> {
    let (_, body) = info.flagged(SecurityFlags::INFO_PKT).map_err(|error| domain.fault(&error))?;
    let info = ClientInfo::decode(&body).map_err(|error| domain.fault(&error))?;
    let password = !info.password.0.is_empty();
    domain.line.seen.visit.info = Some(Info { flags: info.flags, user_name: info.user_name, password });

    let takes_part = domain.agreed.client.contains(ClientCapabilityFlags::SUPPORT_NETCHAR_AUTODETECT);
    let wanted = domain.lab.scenario.session.does(Extra::AutoDetect) && takes_part;
    let Some(channel) = domain.agreed.message_channel.filter(|_| wanted) else {
        return domain.answer(Step::Logon, Vec::new()).await;
    };
    let ask = |sequence_number, content| {
        Said::flagged(channel, SecurityFlags::AUTODETECT_REQ, &AutoDetectRequest { sequence_number, content })
    };
    domain.answer(Step::Logon, vec![ask(0, RequestContent::Rtt { connecting: true })]).await?;
    hear(domain, 0).await?;
    let start = ask(1, RequestContent::Start(Stage::Connecting));
    let stop = ask(1, RequestContent::StopConnecting(PAYLOAD));
    domain.say(vec![start, ask(1, RequestContent::Payload(PAYLOAD)), stop]).await?;
    hear(domain, 1).await?;
    domain.say(vec![ask(2, FOUND)]).await
}

/// Reads the answer to the request of this number: 0 for a round trip, 1 for a bandwidth.
async fn hear(domain: &mut Domain<'_>, number: u16) -> Result<(), Over> {
    let body = domain.message(SecurityFlags::AUTODETECT_RSP).await?;
    let response = AutoDetectResponse::decode(&body).map_err(|error| domain.fault(&error))?;
    let [round_trips, bandwidths] = &mut domain.line.seen.visit.measured;
    match (response.sequence_number == number, number, response.content) {
        (true, 0, ResponseContent::Rtt) => *round_trips += 1,
        (true, 1, ResponseContent::Bandwidth { connecting: true, .. }) => *bandwidths += 1,
        _ => return Err(domain.fault(&format!("no answer to request {number}: {response:?}"))),
    }
    Ok(())
}
