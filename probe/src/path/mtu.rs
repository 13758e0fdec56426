//! The largest packet that passes, each way, without ICMP: the same walk with stepped segment sizes. Upstream our
//! ClientHello is padded to one packet of the size, and has arrived when it is acknowledged. Downstream the segment size
//! that we announce bounds the server's certificate flight. Sizes are those of whole IP packets, in bytes.

mod search;

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Outcome;
use crate::phase::Phase;
use crate::stop::Cause;
use crate::sys::TcpInfo;
use crate::walk::{Variant, Walk};

pub use search::Search;

/// Walks of one search; those above are left undone, and the result says how far it came.
pub const MOST: usize = 20;

/// Larger packets are not looked for: jumbo frames end here, and so does what a ClientHello can be padded to.
const LARGEST: u16 = 9000;

/// Headers without options: IPv4, IPv6, TCP; and the TCP timestamps as they are padded.
const IPV4: u16 = 20;
const IPV6: u16 = 40;
const TCP: u16 = 20;
const TIMESTAMPS: u16 = 12;

/// The least that every link carries, RFC 1122 3.3.3 and RFC 8200 section 5.
const LEAST_IPV4: u16 = 576;
const LEAST_IPV6: u16 = 1280;

/// What was found, each way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mtu {
    /// The largest packet that our own interface sends, in bytes; 9000 where it is larger, and no larger is looked for.
    pub interface: u16,
    /// From us to the server.
    pub up: Found,
    /// From the server to us.
    pub down: Found,
}

/// What was found one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The largest packet that passed, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<u16>,
    /// The smallest that did not, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<u16>,
    /// What keeps larger ones from passing.
    pub limit: Limit,
    /// The walk that shows the largest that passed, and the one that shows the smallest that did not.
    #[serde(skip)]
    pub shown: (Option<usize>, Option<usize>),
}

/// What keeps larger packets from passing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Nothing: all that our interface sends passes.
    None,
    /// Larger ones vanish without a word.
    BlackHole,
    /// An ICMP message told our own host, and it sends smaller ones.
    Signalled,
    /// The other side sends, or asks for, no larger ones: its own link, an MSS clamped on the way, or an ICMP message to
    /// it.
    OtherSide,
    /// The server's flight is too short to fill a larger one.
    ShortFlight,
    /// Not known: the search was not done, or not to its end.
    Unknown,
}

/// Which way packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From us to the server.
    Up,
    /// From the server to us.
    Down,
}

/// The next walk of the search; `None` when both ways are known, or the baseline shows nothing to search with.
pub fn next(walks: &[Walk]) -> Option<Variant> {
    let path = Path::of(walks)?;
    let trial = |way| {
        let trials = || walks.iter().filter(|walk| path.is_trial(walk, way));
        // A walk that ended for another reason than that nothing came would do so again.
        let open = trials().count() < MOST && trials().all(|walk| path.shown(walk, way).is_some());
        open.then(|| path.search(walks, way).next()).flatten()
    };
    let down = || trial(Way::Down).map(|size| Variant::Mss(size.saturating_sub(path.headers)));
    down().or_else(|| trial(Way::Up).map(Variant::Up))
}

/// What the walks show; `None` where none was made to look for it.
pub fn found(walks: &[Walk]) -> Option<Mtu> {
    let path = Path::of(walks)?;
    let sought = |walk: &Walk| [Way::Up, Way::Down].into_iter().any(|way| path.is_trial(walk, way));
    walks.iter().any(sought).then(|| Mtu {
        interface: path.interface,
        up: path.found(walks, Way::Up),
        down: path.found(walks, Way::Down),
    })
}

/// What a trial showed.
enum Shown {
    Passed(u16),
    Lost(u16),
    /// Our own host was told that larger ones do not pass.
    Told(u16),
}

/// The path's frame, from the baseline.
struct Path {
    address: SocketAddr,
    interface: u16,
    /// The largest packet that the other side asks for.
    asked: u16,
    /// The headers of a packet without TCP options: what a segment size leaves out.
    headers: u16,
    least: u16,
}

impl Path {
    fn of(walks: &[Walk]) -> Option<Self> {
        let baseline = walks.first()?;
        let info = baseline.tape.kernel(Phase::Connect)?;
        if baseline.facts.negotiate.selected.as_deref().is_none_or(|selected| selected == "rdp") {
            return None;
        }
        let address = baseline.address?;
        let (ip, least) = if address.is_ipv6() { (IPV6, LEAST_IPV6) } else { (IPV4, LEAST_IPV4) };
        let headers = ip + TCP;
        let interface = u16::try_from(info.pmtu?).unwrap_or(u16::MAX).min(LARGEST);
        let mut path = Self { address, interface, asked: interface, headers, least };
        // What a router told the server in one connection, it asks for in the next.
        path.asked = walks.iter().filter_map(|walk| path.asked(walk)).min()?;
        Some(path)
    }

    /// The largest packet that the other side asked for, in a walk whose segments neither we nor a router that our host
    /// has heard of limited.
    fn asked(&self, walk: &Walk) -> Option<u16> {
        let unlimited = |info: &&TcpInfo| info.pmtu >= Some(self.interface.into());
        let ours = walk.address == Some(self.address) && walk.variant.mss().is_none();
        let info = walk.tape.kernel(Phase::Connect).filter(unlimited).filter(|_| ours)?;
        let segment = u16::try_from(info.mss?).unwrap_or(u16::MAX);
        Some(segment.saturating_add(self.headers + options(info)).min(self.interface))
    }

    /// Whether a walk was made to look for the size. The baseline and its like tell something too.
    fn is_trial(&self, walk: &Walk, way: Way) -> bool {
        match way {
            Way::Up => matches!(walk.variant, Variant::Up(_)),
            Way::Down => walk.variant.mss().is_some_and(|mss| mss.saturating_add(self.headers) > self.least),
        }
    }

    fn most(&self, way: Way) -> u16 {
        match way {
            Way::Up => self.asked,
            Way::Down => self.interface,
        }
    }

    fn search(&self, walks: &[Walk], way: Way) -> Search {
        let mut search = Search::new(self.least, self.most(way));
        for shown in walks.iter().filter_map(|walk| self.shown(walk, way)) {
            match shown {
                Shown::Passed(size) => search.heard(size),
                Shown::Lost(size) => search.lost(size),
                Shown::Told(size) => search.told(size),
            }
        }
        search
    }

    /// What a walk says of the size one way; nothing where it ended for another reason than that nothing came.
    fn shown(&self, walk: &Walk, way: Way) -> Option<Shown> {
        let size = match (way, walk.variant) {
            (Way::Up, Variant::Up(size)) => size.min(self.asked(walk)?),
            (Way::Down, Variant::Baseline | Variant::Control) => self.interface,
            (Way::Down, variant) => variant.mss()?.saturating_add(self.headers),
            (Way::Up, _) => return None,
        };
        let silent = walk.stop.as_ref().is_some_and(|stop| stop.phase == Phase::Tls && stop.cause == Cause::Silence);
        let told = walk.tape.kernel(Phase::Tls).and_then(|info| u16::try_from(info.pmtu?).ok());
        match told.filter(|told| way == Way::Up && *told < size) {
            Some(told) => Some(Shown::Told(told)),
            None if walk.tape.outcome(Phase::Tls) == Some(Outcome::Passed) => Some(Shown::Passed(size)),
            None => silent.then_some(Shown::Lost(size)),
        }
    }

    fn found(&self, walks: &[Walk], way: Way) -> Found {
        let search = self.search(walks, way);
        let told = walks.iter().any(|walk| matches!(self.shown(walk, way), Some(Shown::Told(_))));
        let seen = (way == Way::Down).then(|| self.largest_seen(walks)).flatten();
        let whole = search.passes() == Some(self.most(way));
        let limit = match search.next() {
            Some(_) => Limit::Unknown,
            None if told => Limit::Signalled,
            None if !whole => Limit::BlackHole,
            None => match seen {
                Some((size, true)) if size < self.interface => Limit::OtherSide,
                Some((size, false)) if size < self.interface => Limit::ShortFlight,
                None if way == Way::Down => Limit::Unknown,
                _ if self.most(way) < self.interface => Limit::OtherSide,
                _ => Limit::None,
            },
        };
        let passes = search.passes().map(|passes| seen.map_or(passes, |(size, _)| passes.min(size)));
        let show = |wanted: fn(&Shown) -> Option<u16>, size: Option<u16>| {
            walks.iter().rposition(|walk| {
                self.shown(walk, way).and_then(|shown| wanted(&shown)).is_some_and(|it| Some(it) == size)
            })
        };
        let through = |shown: &Shown| match shown {
            Shown::Passed(size) | Shown::Told(size) => Some(*size),
            Shown::Lost(_) => None,
        };
        let stuck = |shown: &Shown| match shown {
            Shown::Lost(size) => Some(*size),
            Shown::Told(size) => size.checked_add(1),
            Shown::Passed(_) => None,
        };
        Found {
            passes,
            fails: search.fails(),
            limit,
            shown: (show(through, search.passes()), show(stuck, search.fails())),
        }
    }

    /// The largest packet of the server's that came in any walk, and whether its flight could have filled a larger one.
    fn largest_seen(&self, walks: &[Walk]) -> Option<(u16, bool)> {
        let passed = walks.iter().filter(|walk| walk.tape.outcome(Phase::Tls) == Some(Outcome::Passed));
        let sizes = passed.filter_map(|walk| {
            let info = walk.tape.kernel(Phase::Tls)?;
            let size = u16::try_from(info.rcv_mss?).ok()?.saturating_add(self.headers + options(info));
            Some((size, walk.tape.received(Phase::Tls) > usize::from(self.interface)))
        });
        sizes.max()
    }
}

/// What the options of a data segment take.
fn options(info: &TcpInfo) -> u16 {
    if info.timestamps == Some(true) { TIMESTAMPS } else { 0 }
}

/// How many bytes of ours fill a packet of `size`, on a connection of which the kernel says `info`.
pub fn payload(size: u16, ipv6: bool, info: &TcpInfo) -> usize {
    let ip = if ipv6 { IPV6 } else { IPV4 };
    usize::from(size.saturating_sub(ip + TCP + options(info)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::evidence::{Entry, Event, Recording};
    use crate::fact::{Facts, Negotiate};

    #[test]
    fn a_report_may_name_a_segment_size_that_no_packet_holds() {
        let (phase, outcome) = (Phase::Connect, Outcome::Passed);
        let info = TcpInfo { pmtu: Some(1500), mss: Some(1460), ..TcpInfo::default() };
        let events = [Event::Enter { phase }, Event::Kernel(Box::new(info)), Event::Leave { phase, outcome }];
        let tape = Recording(events.into_iter().zip(0..).map(|(event, at)| Entry { at: Moment(at), event }).collect());
        let negotiate = Negotiate { selected: Some("hybrid".to_owned()), ..Negotiate::default() };
        let walk = |variant| Walk {
            variant,
            repeat: 0,
            target: None,
            address: Some(([192, 0, 2, 1], 3389).into()),
            until: Phase::Tls,
            facts: Facts { negotiate: negotiate.clone(), ..Facts::default() },
            stop: None,
            tape: tape.clone(),
        };
        let found = found(&[walk(Variant::Baseline), walk(Variant::Mss(u16::MAX))]);
        assert_eq!(found.map(|found| found.down.limit), Some(Limit::Unknown));
    }
}
