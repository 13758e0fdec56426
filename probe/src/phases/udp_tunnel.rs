//! `udp_tunnel`: the transport is tied to the session that asked for it, [MS-RDPEMT] 3.2.5.1.

use rdp_packets::Secret;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::rdpudp::tunnel::{CreateRequest, CreateResult, TunnelContent, TunnelPdu};
use rdp_packets::session::MultitransportRequest;

use crate::fact::UdpTunnel;
use crate::stop::Cause;
use crate::wire::Wire;

/// The message, as stops and citations name it.
const RESPONSE: &str = "Tunnel Create Response";

/// Shows the server its cookie, and reads what it says to that. The cookie is not for the tape.
pub(crate) async fn run(wire: &mut Wire, request: MultitransportRequest, facts: &mut UdpTunnel) -> Result<(), Cause> {
    let MultitransportRequest { request_id, security_cookie, .. } = request;
    facts.request_id = Some(request_id);
    let create = TunnelContent::CreateRequest(CreateRequest { request_id, security_cookie });
    wire.send_unseen("Tunnel Create Request", &Secret(TunnelPdu::new(create).to_bytes())).await?;
    let bytes = wire.receive::<TunnelPdu<'_>>(RESPONSE).await?;
    let TunnelContent::CreateResponse(response) = TunnelPdu::decode(&bytes)?.content else {
        return Err(Cause::misplaced(RESPONSE, "Action", 0, "is that of another message"));
    };
    facts.result = Some(response.result.to_string());
    if response.result != CreateResult::S_OK {
        return Err(Cause::misplaced(RESPONSE, "hrResponse", 4, format!("is {}, not S_OK", response.result)));
    }
    Ok(())
}
