//! What is tried after a stop, one thing changed at a time, to tell causes apart that end a walk alike.

use std::net::SocketAddr;

use rdp_packets::negotiate::Protocols;

use super::Plan;
use crate::phase::Phase;
use crate::stop::{Cause, Stop};
use crate::walk::{Variant, Walk};

/// Segments that pass wherever IPv4 passes at all, RFC 1122 4.2.2.6.
const SMALLEST_MSS: u16 = 536;

/// Walks of this kind in a run.
pub(super) const MOST: usize = 6;

/// What a walk tries that ended where the baseline ended, or before anybody answered.
const COOKIE: &[Variant] = &[Variant::NoCookie, Variant::TlsOnly];
const HELLO: &[Variant] = &[Variant::Tls12Cap, Variant::NoCookie, Variant::SmallHello, Variant::Mss(SMALLEST_MSS)];
const SIZE: &[Variant] = &[Variant::Mss(SMALLEST_MSS), Variant::Tls12Cap];
const BEHIND_TLS: &[Variant] = &[Variant::Tls12Cap, Variant::Mss(SMALLEST_MSS)];

/// The next experiment. The first that passes where the baseline stopped ends the search, and the unchanged control
/// follows it: without that, chance would be taken for a cure.
pub(super) fn next(plan: &Plan, baseline: &Walk, walks: &[Walk]) -> Option<Variant> {
    let stop = baseline.stop.as_ref().filter(|stop| !stop.cause.is_cut())?;
    // With the proof of a password the walk took another way than any that may follow it.
    if !plan.experiments || baseline.logs_on() {
        return None;
    }
    let done: Vec<&Walk> = walks.iter().filter(|walk| walk.variant.is_experiment()).collect();
    let tried = |variant: Variant| done.iter().any(|walk| walk.variant == variant);
    let control = (!tried(Variant::Control)).then_some(Variant::Control);
    if done.len() + 1 >= MOST || done.iter().any(|walk| walk.passed(stop.phase)) {
        return control;
    }
    let wanted = changes(stop)?;
    let sends_cookie = baseline.facts.negotiate.cookie.is_some();
    let offers_more = plan.protocols.contains(Protocols::SSL) && plan.protocols != Protocols::SSL;
    let idle = |variant: Variant| {
        (variant == Variant::NoCookie && !sends_cookie)
            || (variant == Variant::TlsOnly && !offers_more)
            || (matches!(variant, Variant::Mss(_)) && plan.way.via.is_some())
    };
    let other = other_address(plan, baseline).map(|_| Variant::OtherAddress);
    wanted.iter().copied().chain(other).find(|variant| !idle(*variant) && !tried(*variant)).or(control)
}

/// The name's next address; through a proxy the addresses are not the target's.
pub(super) fn other_address(plan: &Plan, baseline: &Walk) -> Option<SocketAddr> {
    if plan.way.via.is_some() {
        return None;
    }
    let ip = baseline.facts.resolve.addresses.as_deref().unwrap_or_default().get(1)?;
    Some(SocketAddr::new(*ip, plan.target.port))
}

/// Whether the SYN or its answer was lost on the way, or somebody there gave it up: how far packets come then says where.
pub(super) fn is_unreached(baseline: &Walk) -> bool {
    baseline.stop.as_ref().filter(|stop| stop.phase == Phase::Connect).is_some_and(|stop| match &stop.cause {
        Cause::Silence => true,
        Cause::Unreachable { icmp } => !icmp.is_own(),
        Cause::Refused
        | Cause::Reset
        | Cause::Closed
        | Cause::Declined { .. }
        | Cause::Garbled(_)
        | Cause::Local { .. } => false,
    })
}

/// What may make a difference to a stop; `None` where it says all there is to say.
fn changes(stop: &Stop) -> Option<&'static [Variant]> {
    let silent = stop.cause == Cause::Silence;
    if !(silent || matches!(stop.cause, Cause::Reset | Cause::Closed)) {
        return None;
    }
    match stop.phase {
        Phase::Negotiate => Some(COOKIE),
        Phase::Tls | Phase::Credssp | Phase::Settings if silent => Some(SIZE),
        Phase::Tls => Some(HELLO),
        Phase::Credssp | Phase::Settings => Some(BEHIND_TLS),
        // Nobody was reached, or a session begins, which costs the server something.
        Phase::Resolve
        | Phase::Connect
        | Phase::Proxy
        | Phase::Channels
        | Phase::Security
        | Phase::Logon
        | Phase::Licensing
        | Phase::Multitransport
        | Phase::Capabilities
        | Phase::Finalization
        | Phase::UdpSyn
        | Phase::UdpTls
        | Phase::UdpTunnel => None,
    }
}
