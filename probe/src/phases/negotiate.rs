//! `negotiate`: the X.224 Connection Request and Confirm, [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::foreign;
use rdp_packets::mcs::DisconnectProviderUltimatum;
use rdp_packets::negotiate::{Answer, CorrelationInfo, Protocols, Request, RequestFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Routing, Tpdu};

use crate::credentials::Mode;
use crate::fact::Negotiate;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// The request that mstsc sends: the offered protocols with correlation info, behind a cookie or a routing token, if there
/// is one.
pub(crate) fn request(
    routing: Option<Routing>,
    protocols: Protocols,
    mode: Mode,
    correlation: CorrelationInfo,
) -> ConnectionRequest {
    let flags = RequestFlags::CORRELATION_INFO_PRESENT.with(match mode {
        Mode::Password => RequestFlags::default(),
        Mode::RestrictedAdmin => RequestFlags::RESTRICTED_ADMIN_MODE_REQUIRED,
        Mode::RemoteGuard => RequestFlags::REDIRECTED_AUTHENTICATION_MODE_REQUIRED,
    });
    ConnectionRequest {
        source_reference: 0,
        routing,
        negotiation: Some(Request { flags, protocols }),
        correlation: Some(correlation),
    }
}

/// Asks, and gives the protocol that the server selected. The request goes `hops` hops at first, where that is given.
pub(crate) async fn run(
    wire: &mut Wire,
    request: ConnectionRequest,
    hops: Option<u8>,
    facts: &mut Negotiate,
) -> Result<Protocols, Cause> {
    let offered = request.negotiation.map_or(Protocols::RDP, |negotiation| negotiation.protocols);
    facts.requested = Some(offered.names());
    facts.cookie = request.routing.as_ref().map(|routing| match routing {
        Routing::Cookie(name) => format!("mstshash={name}"),
        Routing::Token(token) => String::from_utf8_lossy(token).into_owned(),
    });
    let request = Tpkt(Tpdu::ConnectionRequest(request)).to_bytes();
    wire.send_as_far_as(hops, "X.224 Connection Request", &request).await?;
    let answer = match wire.receive::<Tpkt<Tpdu<'_>>>("X.224 Connection Confirm").await {
        Err(Cause::Garbled(mut garbled)) => {
            garbled.looks_like = foreign::recognise(wire.heard()).map(|service| service.name().to_owned());
            return Err(Cause::Garbled(garbled));
        }
        answer => answer?,
    };
    match Tpkt::<Tpdu<'_>>::decode(&answer)?.0 {
        Tpdu::ConnectionConfirm(confirm) => select(&confirm, offered, facts),
        Tpdu::Data(content) => Err(ultimatum(content)),
        Tpdu::DisconnectRequest { reason, .. } => {
            Err(Cause::declined(RefusalKind::X224, format!("{:#04x}", reason.0), reason.to_string()))
        }
        Tpdu::Error { cause, .. } => {
            Err(Cause::declined(RefusalKind::X224, format!("{:#04x}", cause.0), cause.to_string()))
        }
        Tpdu::ConnectionRequest(_) => Err(misplaced("an X.224 Connection Request of its own")),
    }
}

/// What the confirm selects. Selecting RDP unasked is what servers do that know nothing else.
fn select(confirm: &ConnectionConfirm, offered: Protocols, facts: &mut Negotiate) -> Result<Protocols, Cause> {
    facts.legacy_server = Some(confirm.answer.is_none());
    match &confirm.answer {
        None => {
            facts.selected = Some("rdp".to_owned());
            Ok(Protocols::RDP)
        }
        Some(Answer::Response { flags, selected }) => {
            facts.flags = Some(flags.names());
            let single = selected.0.count_ones() <= 1;
            if !single || !offered.contains(*selected) {
                let found = format!("holds {:#04x}, which we did not offer ({:#04x})", selected.0, offered.0);
                return Err(Cause::misplaced("X.224 Connection Confirm", "selectedProtocol", 15, found));
            }
            facts.selected = Some(selected.to_string());
            Ok(*selected)
        }
        Some(Answer::Failure { code, .. }) => {
            facts.failure = Some(code.to_string());
            Err(Cause::declined(RefusalKind::Negotiation, format!("{:#04x}", code.0), code.to_string()))
        }
    }
}

/// Data where a Connection Confirm was due: an MCS Disconnect Provider Ultimatum, or out of order.
fn ultimatum(content: &[u8]) -> Cause {
    match DisconnectProviderUltimatum::decode(content) {
        Ok(DisconnectProviderUltimatum { reason }) => {
            Cause::declined(RefusalKind::Ultimatum, reason.0.to_string(), reason.to_string())
        }
        Err(_) => misplaced("X.224 Data that is no MCS Disconnect Provider Ultimatum"),
    }
}

/// A message that may not stand here.
fn misplaced(found: &str) -> Cause {
    Cause::misplaced("X.224 Connection Confirm", "TPDU code", 5, format!("holds {found}"))
}
