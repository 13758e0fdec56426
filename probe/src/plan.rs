//! The plan: what is tried next, given what came of all that was tried before. A pure function, so that what a run
//! sends can be shown without sending it, and bounded once and for all.

mod experiment;
mod follow_up;
mod preview;
mod redirected;
mod udp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rdp_packets::negotiate::Protocols;
use rdp_packets::x224::Routing;
use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::credentials::{Credentials, Logon};
use crate::path::{hello, hops, mtu, origin};
use crate::phase::Phase;
use crate::target::Target;
use crate::walk::{Variant, Walk};
use crate::wire::{Limits, Via, Way};

pub use preview::{Planned, preview};
pub use redirected::Redirected;
pub use udp::Udp;

/// The name in the cookie.
const COOKIE: &str = "rdp-probe";

/// Further addresses that are connected.
const OTHER_ADDRESSES: usize = 4;

/// Requests to a Kerberos key distribution centre: two for the user's ticket, one for the server's, and as many again
/// where it sends us on.
pub(crate) const KDC_REQUESTS: usize = 6;

/// How long an experiment waits for a message that the baseline never got: a lost SYN and a slow server fit into it.
const PATIENCE: Duration = Duration::from_secs(2);

/// More than a walk of packets that are sent for their fate alone can take by its own bounds.
const PROBING: Duration = Duration::from_mins(1);

/// Everything that the user asked for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct Plan {
    /// Where to.
    pub target: Target,
    /// How far.
    pub until: Until,
    /// How often.
    pub count: u32,
    /// How long between repeats.
    pub interval: Duration,
    /// The longest time for one awaited message.
    pub timeout: Duration,
    /// The longest time for the whole run.
    pub deadline: Duration,
    /// Which addresses.
    pub family: Family,
    /// The security protocols that the first request offers.
    pub protocols: Protocols,
    /// The cookie or routing token of every request.
    pub routing: Routing,
    /// The name in the ClientHello.
    pub sni: Sni,
    /// Whether and how to log on.
    pub logon: Logon,
    /// Whether to go where a server sends us.
    pub follow: bool,
    /// Whether a stop is walked again with one thing changed, to tell its causes apart.
    pub experiments: bool,
    /// Whether the largest packet that passes is looked for, and whether the ClientHello's length matters.
    pub mtu: bool,
    /// Whether it is looked for where on the path packets are lost.
    pub hops: bool,
    /// Which way packets leave.
    pub way: Arc<Way>,
    /// Whether the main connection is walked.
    pub tcp: bool,
    /// What is tried over UDP, if anything.
    pub udp: Option<Udp>,
}

/// How far a walk is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// To the credential gate: the CredSSP challenge, or on a server without NLA the answer to MCS Connect Initial.
    Gate,
    /// To the Font Map: the session is ready. It costs the server a session.
    Ready,
    /// To the end of one phase.
    #[serde(untagged)]
    Phase(Phase),
}

/// Which addresses of a name are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// All, in the system's order.
    Any,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

impl Family {
    /// Whether an address is of the family.
    pub fn includes(self, address: SocketAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// The name in the ClientHello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sni {
    /// The target's name; none when the target is an address.
    Target,
    /// This name.
    Name(String),
    /// None.
    Absent,
}

/// One walk to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What sets it apart.
    pub variant: Variant,
    /// Which repeat, from 0.
    pub repeat: u32,
    /// The address; `None` when the name is resolved first.
    pub address: Option<SocketAddr>,
    /// The protocols to offer.
    pub protocols: Protocols,
    /// The last phase to walk.
    pub until: Phase,
    /// How long to wait before it.
    pub pause: Duration,
    /// Where we were sent, when it follows a redirection.
    pub redirected: Option<Redirected>,
    /// The longest time for one awaited message in it.
    pub timeout: Duration,
}

impl Until {
    /// The last phase that is walked. A server with NLA lets nobody behind the gate without credentials.
    pub const fn goal(self) -> Phase {
        match self {
            Self::Gate => Phase::Settings,
            Self::Ready => Phase::Finalization,
            Self::Phase(phase) => phase,
        }
    }
}

impl Sni {
    /// Whether a name can stand in a ClientHello: DNS names can, addresses cannot (RFC 6066 section 3).
    pub fn can_be(name: &str) -> bool {
        matches!(ServerName::try_from(name), Ok(ServerName::DnsName(_)))
    }
}

impl Plan {
    /// What a user asks for who names a target and nothing else.
    pub fn new(target: Target) -> Self {
        let token = target.routing_token.as_ref().map(|token| Routing::Token(token.clone().into_bytes()));
        Self {
            until: Until::Gate,
            count: 1,
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(30),
            family: Family::Any,
            protocols: Protocols::SSL.with(Protocols::HYBRID).with(Protocols::HYBRID_EX),
            routing: token.unwrap_or_else(|| Routing::Cookie(COOKIE.to_owned())),
            sni: Sni::Target,
            target,
            logon: Logon::default(),
            follow: false,
            experiments: true,
            mtu: false,
            hops: false,
            way: Arc::default(),
            tcp: true,
            udp: Some(Udp::default()),
        }
    }

    /// Where our own packets go: to the target, or to the proxy that we go through.
    pub fn first_hop(&self) -> Target {
        let proxy = self.way.via.as_ref().and_then(Via::proxy);
        proxy.map_or_else(|| self.target.clone(), |proxy| Target::named(&proxy.host, proxy.port))
    }

    /// When a run that begins with its clock has to be over.
    pub fn deadline(&self) -> Moment {
        Moment::default().after(self.deadline)
    }

    /// The time limits of one of its walks.
    pub fn limits(&self, attempt: &Attempt) -> Limits {
        Limits { timeout: attempt.timeout, deadline: self.deadline() }
    }

    /// What to try next; `None` when everything that is asked for was tried.
    pub fn next(&self, walks: &[Walk]) -> Option<Attempt> {
        let Some(baseline) = walks.first() else { return Some(self.baseline(0)) };
        if !self.tcp {
            return None;
        }
        let done = u32::try_from(walks.iter().filter(|walk| walk.variant == Variant::Baseline).count()).ok()?;
        if done < self.count {
            return Some(Attempt { address: baseline.address, pause: self.interval, ..self.baseline(done) });
        }
        let follow_up = follow_up::next(self, baseline, walks);
        let further = follow_up.map(|(variant, protocols, until)| Attempt {
            variant,
            address: baseline.address,
            protocols,
            until,
            ..self.baseline(0)
        });
        let redirected = redirected::next(self, baseline, walks).or(further);
        let experiment = || self.experiment(baseline, walks);
        // What else there is asks about the path, which is a proxy's here.
        if self.way.via.is_some() {
            return redirected.or_else(experiment);
        }
        let size = || self.size(baseline, walks);
        let probes = || self.probes(baseline, walks);
        let origin = || self.origin(baseline, walks);
        let next = redirected.or_else(experiment).or_else(size).or_else(probes).or_else(origin);
        next.or_else(|| self.other_address(baseline, walks))
    }

    /// The credentials, for the one walk that may use them: the first of the baseline.
    pub fn credentials(&self, attempt: &Attempt) -> Option<Credentials> {
        if attempt.variant == Variant::Baseline && attempt.repeat == 0 { self.logon.take() } else { None }
    }

    /// The last phase that is walked over TCP; without a connection the name is resolved alone.
    fn goal(&self) -> Phase {
        if self.tcp { self.until.goal() } else { Phase::Resolve }
    }

    /// The baseline walk.
    fn baseline(&self, repeat: u32) -> Attempt {
        let until = self.goal();
        let (variant, protocols) = (Variant::Baseline, self.protocols);
        let (pause, timeout) = (Duration::ZERO, self.timeout);
        Attempt { variant, repeat, address: None, protocols, until, pause, timeout, redirected: None }
    }

    /// The same plan for the server that we were sent to.
    #[must_use]
    pub fn redirected(&self, to: &Redirected) -> Self {
        Self { target: to.target.clone(), routing: to.routing.clone(), ..self.clone() }
    }

    /// The baseline once more after its stop, with one thing changed, and no further than that.
    fn experiment(&self, baseline: &Walk, walks: &[Walk]) -> Option<Attempt> {
        let variant = experiment::next(self, baseline, walks)?;
        let protocols = if variant == Variant::TlsOnly { Protocols::SSL } else { self.protocols };
        // What a change cures is cured at once; whether nothing changed is asked with all the patience there was.
        let timeout = if variant == Variant::Control { self.timeout } else { self.timeout.min(PATIENCE) };
        let until = baseline.stop.as_ref()?.phase;
        let other = experiment::other_address(self, baseline).filter(|_| variant == Variant::OtherAddress);
        let address = other.or(baseline.address);
        Some(Attempt { variant, address, protocols, until, timeout, ..self.baseline(0) })
    }

    /// The next walk of the search for the largest packet that passes, and then for the length that a ClientHello may have.
    fn size(&self, baseline: &Walk, walks: &[Walk]) -> Option<Attempt> {
        let variant = mtu::next(walks).or_else(|| hello::next(walks)).filter(|_| self.mtu)?;
        let (timeout, until) = (self.timeout.min(PATIENCE), Phase::Tls);
        Some(Attempt { variant, address: baseline.address, until, timeout, ..self.baseline(0) })
    }

    /// The next walk of packets that are sent for their fate alone. Datagrams come after the search for the size: what
    /// routers say of them, the kernel takes to heart.
    fn probes(&self, baseline: &Walk, walks: &[Walk]) -> Option<Attempt> {
        let hops = self.hops || (self.experiments && experiment::is_unreached(baseline));
        let asked = [(self.mtu, Variant::Datagrams), (hops, Variant::Hops)];
        let done = |variant| walks.iter().any(|walk| walk.variant == variant);
        let (_, variant) = asked.into_iter().find(|(asked, variant)| *asked && !done(*variant))?;
        let (address, until) = (Some(baseline.address?), Phase::Connect);
        let wanted = self.until != Until::Phase(Phase::Resolve);
        wanted.then(|| Attempt { variant, address, until, timeout: PROBING, ..self.baseline(0) })
    }

    /// The next walk of the search for where on the path the end is made.
    fn origin(&self, baseline: &Walk, walks: &[Walk]) -> Option<Attempt> {
        let variant = origin::next(walks).filter(|_| self.hops)?;
        let until = baseline.stop.as_ref()?.phase;
        Some(Attempt { variant, address: baseline.address, until, ..self.baseline(0) })
    }

    /// How often each hop is asked at most: once where nobody asked for it, only to see how far packets come.
    pub fn rounds(&self) -> usize {
        if self.hops { hops::LOSSY_ROUNDS } else { 1 }
    }

    /// The next address that was not connected yet.
    fn other_address(&self, baseline: &Walk, walks: &[Walk]) -> Option<Attempt> {
        if self.until == Until::Phase(Phase::Resolve) {
            return None;
        }
        let addresses = baseline.facts.resolve.addresses.as_deref().unwrap_or_default();
        let tried = |address: &SocketAddr| walks.iter().any(|walk| walk.address == Some(*address));
        let address = addresses
            .iter()
            .skip(1)
            .take(OTHER_ADDRESSES)
            .map(|ip| SocketAddr::new(*ip, self.target.port))
            .find(|address| !tried(address))?;
        let (variant, until) = (Variant::Address, Phase::Connect);
        Some(Attempt { variant, address: Some(address), until, ..self.baseline(0) })
    }
}
