use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rdp_packets::x224::Routing;

use super::{Attempt, Plan};
use crate::target::Target;
use crate::walk::{Variant, Walk};

/// Redirections that a run follows: a ring of servers must end.
pub(super) const FOLLOWED: usize = 2;

/// Where a server has sent us, and what is said there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirected {
    /// The server that we were sent to; the same again where a load balancer is to choose.
    pub target: Target,
    /// What its Connection Request begins with.
    pub routing: Routing,
    /// The session that the client is to take up, for the Client Cluster Data.
    pub session_id: u32,
}

/// The walk to where the baseline walk, or the last that followed it, was sent. It goes as mstsc does, [MS-RDPBCGR]
/// 1.3.8 and 2.2.13.1: with load-balance info to the same server again, with that as routing token; else to the address
/// of the other server, or to its name. The port stays.
pub(super) fn next(plan: &Plan, baseline: &Walk, walks: &[Walk]) -> Option<Attempt> {
    let followed = || walks.iter().filter(|walk| walk.variant == Variant::Redirected);
    if !plan.follow || followed().count() >= FOLLOWED {
        return None;
    }
    let last = followed().next_back().unwrap_or(baseline);
    let sent = last.facts.capabilities.redirection.as_ref()?;
    let from = last.target.as_ref().unwrap_or(&plan.target);
    let (target, routing, address) = if let Some(token) = &sent.load_balance_info {
        (from.clone(), Routing::Token(token.trim_end().as_bytes().to_vec()), last.address)
    } else {
        let ip = sent.address.as_ref().and_then(|address| address.parse::<IpAddr>().ok());
        let address = ip.map(|ip| SocketAddr::new(ip, from.port));
        let name = sent.target.as_ref()?;
        // A proxy is asked for it by name, and a command takes it as it comes: so it may be no more than a name.
        let (target, address) = match &plan.way.via {
            Some(_) => (Target::checked(name, from.port)?, last.address),
            None => (Target::named(name, from.port), address),
        };
        (target, plan.routing.clone(), address)
    };
    let redirected = Some(Redirected { target, routing, session_id: sent.session_id.unwrap_or_default() });
    let (variant, pause) = (Variant::Redirected, Duration::ZERO);
    Some(Attempt { variant, address, pause, redirected, ..plan.baseline(0) })
}
