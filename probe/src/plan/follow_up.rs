use rdp_packets::negotiate::{FailureCode, Protocols};

use super::Plan;
use crate::phase::Phase;
use crate::stop::{Cause, RefusalKind};
use crate::walk::{Variant, Walk};

/// The next follow-up of a baseline walk that was not done yet, with what it offers and how far it goes.
pub(super) fn next(plan: &Plan, baseline: &Walk, walks: &[Walk]) -> Option<(Variant, Protocols, Phase)> {
    let done = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    let described = |variant| (variant, plan.protocols, Phase::Tls);
    let wanted = match &baseline.stop {
        None if baseline.until > Phase::Negotiate => picture(baseline).to_vec(),
        Some(stop) if stop.phase == Phase::Negotiate && declined_tls(&stop.cause) => {
            vec![(Variant::RdpOnly, Protocols::RDP, baseline.until)]
        }
        Some(_) if baseline.hello_failed() => match done(Variant::Described) {
            Some(described) if described.stop.is_none() => Vec::new(),
            _ => [Variant::Described, Variant::DescribedTls10].map(described).to_vec(),
        },
        _ => Vec::new(),
    };
    wanted.into_iter().find(|(variant, ..)| done(*variant).is_none())
}

/// Exchanges that offer one protocol alone.
const SSL: (Variant, Protocols, Phase) = (Variant::OfferSsl, Protocols::SSL, Phase::Negotiate);
const HYBRID: (Variant, Protocols, Phase) = (Variant::OfferHybrid, Protocols::HYBRID, Phase::Negotiate);
const RDP: (Variant, Protocols, Phase) = (Variant::OfferRdp, Protocols::RDP, Phase::Negotiate);

/// Which two exchanges tell whether NLA is required, optional or absent, and what else the server agrees to.
fn picture(baseline: &Walk) -> &'static [(Variant, Protocols, Phase)] {
    let negotiated = &baseline.facts.negotiate;
    match negotiated.selected.as_deref() {
        Some("hybrid" | "hybrid_ex") => &[SSL, RDP],
        Some("ssl") => &[HYBRID, RDP],
        // A server that answers without negotiation data knows nothing else.
        Some("rdp") if negotiated.legacy_server != Some(true) => &[SSL, HYBRID],
        _ => &[],
    }
}

/// The server does Standard RDP Security alone.
fn declined_tls(cause: &Cause) -> bool {
    let name = FailureCode::SSL_NOT_ALLOWED_BY_SERVER.name();
    matches!(cause, Cause::Declined { refusal } if refusal.kind == RefusalKind::Negotiation && Some(refusal.name.as_str()) == name)
}
