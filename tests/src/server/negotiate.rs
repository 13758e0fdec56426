use rdp_packets::codec::{Decode, Encode};
use rdp_packets::negotiate::{Answer, FailureCode, Protocols, ResponseFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, DisconnectReason, Routing, Tpdu};

use super::line::{Line, Over};
use super::session::Lab;
use crate::act::Step;
use crate::scenario::{Otherwise, Protocol, Security};

/// What a current Windows says beside its selection.
const FLAGS: ResponseFlags = ResponseFlags::EXTENDED_CLIENT_DATA_SUPPORTED
    .with(ResponseFlags::DYNVC_GFX_PROTOCOL_SUPPORTED)
    .with(ResponseFlags::RESERVED)
    .with(ResponseFlags::RESTRICTED_ADMIN_MODE_SUPPORTED)
    .with(ResponseFlags::REDIRECTED_AUTHENTICATION_MODE_SUPPORTED);

/// The server's own name for the connection on Windows.
const REFERENCE: u16 = 0x1234;

/// Reads the Connection Request, answers it, and gives the protocol that goes on.
pub(super) async fn run(lab: &Lab, line: &mut Line) -> Result<Protocols, Over> {
    let bytes = line.receive::<Tpkt<ConnectionRequest>>().await?;
    let Tpkt(request) = Tpkt::<ConnectionRequest>::decode(&bytes).map_err(|error| line.fault(&error))?;
    let offered = request.negotiation.map_or(Protocols::RDP, |negotiation| negotiation.protocols);
    line.seen.offers.push(offered);
    line.seen.correlation_id = request.correlation.map(|correlation| correlation.id);
    line.seen.routing = request.routing.map(|routing| match routing {
        Routing::Cookie(name) => format!("mstshash={name}"),
        Routing::Token(token) => String::from_utf8_lossy(&token).into_owned(),
    });

    let security = &lab.scenario.security;
    let answer = if security.legacy { Ok(Protocols::RDP) } else { select(security, offered) };
    let truth = match answer {
        Ok(_) if security.legacy => confirm(None),
        Ok(selected) => confirm(Some(Answer::Response { flags: FLAGS, selected })),
        Err(code) if security.otherwise == Otherwise::Decline => failure(code.0),
        Err(_) => return line.hang_up().await.map(|()| Protocols::RDP),
    };
    let act = lab.scenario.act(&line.seen, Step::Negotiate);
    line.answer(Step::Negotiate, act, truth, failure).await?;
    match answer {
        Ok(selected) => Ok(selected),
        Err(_) => line.hang_up().await.map(|()| Protocols::RDP),
    }
}

/// What the server selects of an offer, by the preference of Windows, or the failure that fits.
fn select(security: &Security, offered: Protocols) -> Result<Protocols, FailureCode> {
    let does = |protocol| security.accepts.contains(&protocol);
    let preferred = [Protocol::HybridEx, Protocol::Hybrid, Protocol::Ssl];
    if let Some(best) = preferred.into_iter().find(|best| does(*best) && offered.contains(best.bit())) {
        return Ok(best.bit());
    }
    if security.otherwise == Otherwise::Rdp || (offered == Protocols::RDP && does(Protocol::Rdp)) {
        return Ok(Protocols::RDP);
    }
    Err(if does(Protocol::Ssl) {
        FailureCode::SSL_REQUIRED_BY_SERVER
    } else if does(Protocol::Hybrid) || does(Protocol::HybridEx) {
        FailureCode::HYBRID_REQUIRED_BY_SERVER
    } else {
        FailureCode::SSL_NOT_ALLOWED_BY_SERVER
    })
}

fn confirm(answer: Option<Answer>) -> Vec<u8> {
    Tpkt(ConnectionConfirm { destination_reference: 0, source_reference: REFERENCE, class: 0, answer }).to_bytes()
}

fn failure(code: u32) -> Vec<u8> {
    confirm(Some(Answer::Failure { flags: 0, code: FailureCode(code) }))
}

/// An X.224 Disconnect Request.
pub(super) fn disconnect(reason: u8) -> Vec<u8> {
    let reason = DisconnectReason(reason);
    Tpkt(Tpdu::DisconnectRequest { destination_reference: 0, source_reference: REFERENCE, reason, variable_part: &[] })
        .to_bytes()
}
