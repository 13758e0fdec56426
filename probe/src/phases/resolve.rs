//! `resolve`: the name to addresses, the way the operating system does it for every other program.

use std::io;
use std::net::SocketAddr;

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};

use crate::fact::Resolve;
use crate::plan::{Family, Plan};
use crate::stop::{Cause, Operation, RefusalKind};
use crate::sys;
use crate::wire::Wire;

/// Resolves the target, or the proxy that we go through to it, and gives the address that the system would try first.
pub(crate) async fn run(wire: &mut Wire, plan: &Plan, facts: &mut Resolve) -> Result<SocketAddr, Cause> {
    let target = plan.first_hop();
    if let Some(literal) = target.literal() {
        facts.addresses = Some(vec![literal.ip()]);
        return Ok(literal);
    }
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        address: match plan.family {
            Family::Any => sys::AF_UNSPEC,
            Family::V4 => sys::AF_INET,
            Family::V6 => sys::AF_INET6,
        },
        flags: sys::AI_CANONNAME,
        ..AddrInfoHints::default()
    };
    let host = target.host;
    let lookup = tokio::task::spawn_blocking(move || {
        getaddrinfo(Some(&host), None, Some(hints)).map(Iterator::collect::<io::Result<Vec<_>>>)
    });
    let found =
        wire.wait("the system's resolver", lookup).await?.map_err(|error| Cause::local(Operation::Resolver, error))?;
    let found = found.map_err(|error| declined(&error))?.map_err(|error| Cause::local(Operation::Resolver, error))?;
    let mut addresses = Vec::new();
    for ip in found.iter().map(|entry| entry.sockaddr.ip()) {
        if !addresses.contains(&ip) {
            addresses.push(ip);
        }
    }
    let first = found.first().map(|entry| entry.sockaddr);
    facts.canonical_name = found.into_iter().find_map(|entry| entry.canonname);
    facts.addresses = Some(addresses);
    // The socket address as it came: a link-local one has a scope that its IP address does not show.
    let mut first = first.ok_or_else(|| declined(&LookupError::new(sys::EAI_NONAME)))?;
    first.set_port(target.port);
    Ok(first)
}

/// The resolver's no.
fn declined(error: &LookupError) -> Cause {
    let name = match error.kind() {
        LookupErrorKind::Again => "EAI_AGAIN",
        LookupErrorKind::Badflags => "EAI_BADFLAGS",
        LookupErrorKind::NoName => "EAI_NONAME",
        LookupErrorKind::NoData => "EAI_NODATA",
        LookupErrorKind::Fail => "EAI_FAIL",
        LookupErrorKind::Family => "EAI_FAMILY",
        LookupErrorKind::Socktype => "EAI_SOCKTYPE",
        LookupErrorKind::Service => "EAI_SERVICE",
        LookupErrorKind::Memory => "EAI_MEMORY",
        LookupErrorKind::System => "EAI_SYSTEM",
        LookupErrorKind::Unknown | LookupErrorKind::IO => "EAI_UNKNOWN",
    };
    Cause::declined(RefusalKind::Resolver, error.error_num().to_string(), name)
}
