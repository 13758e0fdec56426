//! `multitransport`: the server may ask for UDP transports, [MS-RDPBCGR] 2.2.15. Where the UDP leg makes the tunnel, the
//! request is granted; else it is declined, as by a client that cannot do UDP: the session then stays on TCP.

use std::net::SocketAddr;

use rdp_packets::codec::Decode;
use rdp_packets::session::{
    MultitransportRequest, MultitransportResponse, MultitransportResult, RequestedProtocol, SecurityFlags,
};

use super::session::{Heard, Session};
use crate::fact::Facts;
use crate::pairing::Pairing;
use crate::phase::Phase;
use crate::stop::{Cause, Fault};
use crate::wire::Wire;

/// Requests that are read; a server asks for two transports at most.
const REQUESTS: usize = 4;

/// Reads a request that stands before the capabilities, and answers it: `false` when none came.
pub(crate) async fn run(
    wire: &mut Wire,
    session: &mut Session,
    pairing: &Pairing,
    address: Option<SocketAddr>,
    facts: &mut Facts,
) -> Result<bool, Fault> {
    if facts.multitransport.requested.as_ref().is_some_and(|requested| requested.len() >= REQUESTS) {
        return Ok(false);
    }
    let heard = session.hear(wire, "Demand Active", facts).await.map_err(fault)?;
    let requested = facts.multitransport.requested.get_or_insert_default();
    let Heard::Multitransport(request) = heard else {
        session.unhear(Ok(heard));
        return Ok(false);
    };
    requested.push(request.requested_protocol.to_string());
    let request_id = request.request_id;
    // One tunnel a session, of the mode that we said we do.
    let is_ours = requested.len() == 1 && request.requested_protocol == RequestedProtocol::UDP_RELIABLE;
    let wanted = if is_ours { pairing.want(request, address) } else { None };
    let made = match wanted {
        Some(done) => match wire.wait("the tunnel over UDP", done).await {
            // A leg that ends without a word has made none.
            Ok(done) => done.unwrap_or(false),
            // What is silent is UDP, and TCP goes on without it.
            Err(Cause::Silence) => false,
            Err(cut) => return Err(cut.into()),
        },
        None => false,
    };
    if made {
        // We do not say that we do Soft-Sync: then a failure alone is told, [MS-RDPBCGR] 2.2.15.2.
        return Ok(true);
    }
    let response = MultitransportResponse { request_id, result: MultitransportResult::E_ABORT };
    let response = session.flagged_message_channel(SecurityFlags::TRANSPORT_RSP, &response);
    wire.send("Multitransport Response", &response).await?;
    Ok(true)
}

/// Whose fault it is that no message came or that it was not read. That no transport is asked for, Demand Active shows by
/// coming: whoever waits for it in vain is in `capabilities`.
fn fault(cause: Cause) -> Fault {
    let own = cause.garbles(MultitransportRequest::NAME);
    Fault { blamed: Some(Phase::Capabilities).filter(|_| !own), cause }
}
