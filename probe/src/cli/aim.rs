//! The flags become a plan.

use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rdp_packets::negotiate::Protocols;
use rdp_packets::x224::Routing;

use super::Error;
use super::args::{ProbeArgs, ProtocolName};
use crate::phase::{Phase, UnknownPhase};
use crate::plan::{Family, Plan, Sni, Until};
use crate::target::Target;
use crate::wire::Way;

/// mstsc cuts the name in the cookie to this many characters.
const COOKIE_LENGTH: usize = 9;

/// What the search for sizes adds to the default deadline.
const SIZES: Duration = Duration::from_mins(1);

/// What the user asked for, for whichever target.
pub(super) fn aim(args: &ProbeArgs, way: Way) -> Result<impl Fn(Target) -> Result<Plan, Error>, Error> {
    let family = match (args.ipv4, args.ipv6, way.address) {
        (true, _, Some(source)) if source.is_ipv6() => return Err(other_family(&source)),
        (_, true, Some(source)) if source.is_ipv4() => return Err(other_family(&source)),
        (true, ..) | (_, _, Some(IpAddr::V4(_))) => Family::V4,
        (_, true, _) | (_, _, Some(IpAddr::V6(_))) => Family::V6,
        _ => Family::Any,
    };
    let protocols = args.protocols.iter().map(|name| protocol(*name)).fold(Protocols::RDP, Protocols::with);
    let sni = match &args.sni {
        Some(name) if !Sni::can_be(name) => {
            return Err(Error::Usage(format!("`{name}` cannot stand in a ClientHello: no DNS name")));
        }
        Some(name) => Sni::Name(name.clone()),
        None if args.no_sni => Sni::Absent,
        None => Sni::Target,
    };
    let until = until(&args.until)?;
    args.legs.leads(&way, until.goal())?;
    if args.follow && until.goal() < Phase::Finalization {
        let said = "--follow needs --until ready: a server redirects once the session begins";
        return Err(Error::Usage(said.to_owned()));
    }
    let way = Arc::new(way);
    Ok(move |target: Target| {
        of_family(&target, family, &way)?;
        let plan = Plan::new(target);
        Ok(Plan {
            until,
            follow: args.follow,
            routing: routing(args, &plan.target)?.unwrap_or(plan.routing),
            count: args.count,
            interval: args.interval,
            timeout: args.timeout,
            deadline: args.deadline.unwrap_or_else(|| deadline(args)),
            family,
            protocols,
            sni: sni.clone(),
            experiments: !args.no_experiments,
            mtu: args.mtu && way.via.is_none(),
            hops: args.hops && way.via.is_none(),
            tcp: args.legs.tcp(),
            udp: args.legs.udp(&way),
            way: Arc::clone(&way),
            ..plan
        })
    })
}

/// Refuses an address of the other family.
pub(super) fn of_family(target: &Target, family: Family, way: &Way) -> Result<(), Error> {
    if target.literal().is_none_or(|address| family.includes(address)) {
        return Ok(());
    }
    Err(match way.address {
        Some(source) => Error::Usage(format!("from {source} no packet goes to `{}`: another family", target.input)),
        None => other_family(&target.input),
    })
}

fn other_family(address: &dyn Display) -> Error {
    Error::Usage(format!("`{address}` is not an address of the family asked for"))
}

/// The default deadline: 30 s or three timeouts, for each repeat its interval and two timeouts more, for the search for
/// sizes what it takes where most of its walks get no answer, the time for which a flow is
/// left idle; and all of it for each path.
fn deadline(args: &ProbeArgs) -> Duration {
    let one = (args.timeout * 3).max(Duration::from_secs(30));
    let sizes = if args.mtu { SIZES } else { Duration::ZERO };
    args.legs.deadline(one + (args.interval + args.timeout * 2) * args.count.saturating_sub(1) + sizes)
}

fn until(text: &str) -> Result<Until, Error> {
    match text {
        "gate" => Ok(Until::Gate),
        "ready" => Ok(Until::Ready),
        phase => phase.parse().map(Until::Phase).map_err(|error: UnknownPhase| Error::Usage(error.to_string())),
    }
}

/// The cookie or routing token that the user gives in place of the target's, which has no control characters either.
fn routing(args: &ProbeArgs, target: &Target) -> Result<Option<Routing>, Error> {
    let theirs = target.routing_token.as_ref();
    let given = [&args.routing_token, &args.cookie].into_iter().flatten();
    if given.chain(theirs).any(|text| text.chars().any(char::is_control)) {
        return Err(Error::Usage("a cookie or routing token has no control characters".to_owned()));
    }
    let token = args.routing_token.as_ref().map(|token| Routing::Token(token.clone().into_bytes()));
    let cookie = || Some(Routing::Cookie(args.cookie.as_ref()?.chars().take(COOKIE_LENGTH).collect()));
    Ok(token.or_else(cookie))
}

fn protocol(name: ProtocolName) -> Protocols {
    match name {
        ProtocolName::Rdp => Protocols::RDP,
        ProtocolName::Ssl => Protocols::SSL,
        ProtocolName::Hybrid => Protocols::HYBRID,
        ProtocolName::Rdstls => Protocols::RDSTLS,
        ProtocolName::HybridEx => Protocols::HYBRID_EX,
        ProtocolName::Rdsaad => Protocols::RDSAAD,
    }
}
