//! `multitransport`: the server may ask for UDP transports, [MS-RDPBCGR] 2.2.15. The request is reported and declined, as
//! a client does that cannot do UDP: the session then stays on TCP.

use rdp_packets::session::{MultitransportResponse, MultitransportResult, SecurityFlags};

use super::session::{Heard, Session};
use crate::fact::Facts;
use crate::stop::Cause;
use crate::wire::Wire;

/// Requests that are read; a server asks for two transports at most.
const REQUESTS: usize = 4;

/// Reads the requests that stand before the capabilities, and declines them.
pub(crate) async fn run(wire: &mut Wire, session: &mut Session, facts: &mut Facts) -> Result<(), Cause> {
    let mut requested = Vec::new();
    for _ in 0..REQUESTS {
        let heard = session.hear(wire, "Demand Active", facts).await?;
        let Heard::Multitransport(request) = heard else {
            session.unhear(heard);
            break;
        };
        requested.push(request.requested_protocol.to_string());
        facts.multitransport.requested = Some(requested.clone());
        let response = MultitransportResponse { request_id: request.request_id, result: MultitransportResult::E_ABORT };
        let response = session.flagged_message_channel(SecurityFlags::TRANSPORT_RSP, &response);
        wire.send("Multitransport Response", &response).await?;
    }
    facts.multitransport.requested = Some(requested);
    Ok(())
}
