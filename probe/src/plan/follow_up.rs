use rdp_packets::negotiate::{FailureCode, Protocols};

use super::Plan;
use crate::phase::Phase;
use crate::stop::{Cause, RefusalKind};
use crate::walk::{Variant, Walk};

/// The next follow-up of a baseline walk that was not done yet, with what it offers and how far it goes.
pub(super) fn next(plan: &Plan, baseline: &Walk, walks: &[Walk]) -> Option<(Variant, Protocols, Phase)> {
    let done = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    let protocols = |variant| match variant {
        Variant::RdpOnly | Variant::OfferRdp => Protocols::RDP,
        Variant::OfferSsl => Protocols::SSL,
        Variant::OfferHybrid => Protocols::HYBRID,
        Variant::Baseline | Variant::Described | Variant::DescribedTls10 | Variant::Address | Variant::Redirected => {
            plan.protocols
        }
    };
    let until = |variant| match variant {
        Variant::RdpOnly | Variant::Redirected => baseline.until,
        Variant::Described | Variant::DescribedTls10 => Phase::Tls,
        Variant::OfferSsl | Variant::OfferHybrid | Variant::OfferRdp | Variant::Baseline => Phase::Negotiate,
        Variant::Address => Phase::Connect,
    };
    let wanted: &[Variant] = match &baseline.stop {
        None if baseline.until > Phase::Negotiate => picture(baseline),
        Some(stop) if stop.phase == Phase::Negotiate && declined_tls(&stop.cause) => &[Variant::RdpOnly],
        Some(_) if baseline.hello_failed() => match done(Variant::Described) {
            Some(described) if described.stop.is_none() => &[],
            _ => &[Variant::Described, Variant::DescribedTls10],
        },
        _ => &[],
    };
    let variant = *wanted.iter().find(|variant| done(**variant).is_none())?;
    Some((variant, protocols(variant), until(variant)))
}

/// Which two exchanges tell whether NLA is required, optional or absent, and what else the server agrees to.
fn picture(baseline: &Walk) -> &'static [Variant] {
    let negotiated = &baseline.facts.negotiate;
    match negotiated.selected.as_deref() {
        Some("hybrid" | "hybrid_ex") => &[Variant::OfferSsl, Variant::OfferRdp],
        Some("ssl") => &[Variant::OfferHybrid, Variant::OfferRdp],
        // A server that answers without negotiation data knows nothing else.
        Some("rdp") if negotiated.legacy_server != Some(true) => &[Variant::OfferSsl, Variant::OfferHybrid],
        _ => &[],
    }
}

/// The server does Standard RDP Security alone.
fn declined_tls(cause: &Cause) -> bool {
    let name = FailureCode::SSL_NOT_ALLOWED_BY_SERVER.name();
    matches!(cause, Cause::Declined { refusal } if refusal.kind == RefusalKind::Negotiation && Some(refusal.name.as_str()) == name)
}
