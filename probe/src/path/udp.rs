//! What datagrams of RDP-UDP met on the way, beside the segments of TCP in the same minute.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Latency, Loss, Share, Spread};
use crate::phase::Phase;
use crate::stop::{Cause, CauseKind};
use crate::walk::{Variant, Walk};

/// The length of a SYN that every path carries, in bytes of UDP payload.
pub const SHORT: u16 = 48;

/// A server sends a SYN+ACK that is not acknowledged again after 0.8 s: an answer that takes longer than this, where
/// others are quicker, is such a second one, and the first was lost.
const AGAIN: Duration = Duration::from_millis(700);

/// How rare a difference must be for chance to be ruled out.
const RARE: f64 = 0.01;

/// How much slower than TCP is slow: this much, and by a quarter.
const SLOWER_US: u64 = 5_000;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredUdp")]
pub struct Udp {
    /// SYNs of full length, close behind each other, that nothing answered or only a SYN+ACK that was sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Share>,
    /// Those that nothing answered at all: likely they did not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Share>,
    /// The same of SYNs that left a second apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_apart: Option<Share>,
    /// How long the SYN+ACKs took that came at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<Spread>,
    /// The longest SYN that was answered, in bytes of UDP payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<usize>,
    /// The shortest that never was, where a shorter one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<usize>,
    /// What it comes to for a session.
    pub outlook: Outlook,
    /// Why, in a few words.
    pub because: String,
}

/// What UDP would do for a session that has TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// It carries as well as TCP, and what is lost does not hold up what comes behind.
    Helps,
    /// It loses more, is slower or carries less than TCP.
    Hurts,
    /// Something says that it may not pass, or nobody is there for it.
    Blocked,
    /// It is not known: silence has many reasons.
    Unknown,
}

impl Outlook {
    /// What UDP does, in words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Helps => "would help",
            Self::Hurts => "would hurt",
            Self::Blocked => "is blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// What the walks show; `None` where nobody tried.
pub(super) fn found(walks: &[Walk], latency: &Latency, loss: &Loss) -> Option<Udp> {
    let tried: Vec<&Walk> = walks.iter().filter(|walk| is_syn(walk.variant)).collect();
    let like = |variant: Variant| tried.iter().copied().filter(move |walk| walk.variant == variant);
    let close = || like(Variant::UdpSyn);
    close().next()?;
    // Where the first answer to each was lost, TCP alone shows how late they are.
    let tcp = latency.round_trip.as_ref().map(|timing| timing.least_us);
    let least = tried.iter().filter_map(|walk| walk.facts.udp_syn.rtt_us).chain(tcp).min();
    let times: Vec<u64> =
        close().filter(|walk| !is_lost(walk, least)).filter_map(|walk| walk.facts.udp_syn.rtt_us).collect();
    let lengths = |answered: bool| {
        let walks = tried.iter().filter(move |walk| walk.passed(Phase::UdpSyn) == answered);
        walks.filter_map(|walk| walk.facts.udp_syn.length)
    };
    let passes = lengths(true).max();
    let fails = lengths(false).filter(|length| passes.is_some_and(|passes| *length > passes)).min();
    let mut udp = Udp {
        unanswered: share(close(), |walk| walk.stop.is_some()),
        lost: share(close(), |walk| is_lost(walk, least)),
        lost_apart: share(like(Variant::UdpPaced), |walk| is_lost(walk, least)),
        round_trip: Spread::of(&times),
        passes,
        fails,
        outlook: Outlook::Unknown,
        because: String::new(),
    };
    (udp.outlook, udp.because) = outlook(&udp, &tried, latency, loss);
    Some(udp)
}

/// Whether a variant is one SYN, sent for its fate.
const fn is_syn(variant: Variant) -> bool {
    matches!(variant, Variant::UdpSyn | Variant::UdpPaced | Variant::UdpLength(_))
}

/// Whether a SYN or the first answer to it was lost, where `least` is the quickest answer to any.
fn is_lost(walk: &Walk, least: Option<u64>) -> bool {
    let again = u64::try_from(AGAIN.as_micros()).unwrap_or(u64::MAX);
    let late = walk.facts.udp_syn.rtt_us.zip(least).is_some_and(|(took, least)| took > least.saturating_add(again));
    late || walk.stopped(Phase::UdpSyn, CauseKind::Silence).is_some()
}

/// How many of some walks are so; those that say nothing about loss do not count.
fn share<'a>(walks: impl Iterator<Item = &'a Walk> + Clone, is: impl Fn(&Walk) -> bool) -> Option<Share> {
    let heard =
        walks.filter(|walk| walk.passed(Phase::UdpSyn) || walk.stopped(Phase::UdpSyn, CauseKind::Silence).is_some());
    let count = |walks: &mut dyn Iterator<Item = &'a Walk>| u32::try_from(walks.count()).ok();
    Share::of(count(&mut heard.clone().filter(|walk| is(walk)))?, count(&mut heard.clone())?)
}

impl Udp {
    /// Whether SYNs close behind each other are lost, and those far apart are not.
    pub fn is_limited(&self) -> bool {
        self.lost.zip(self.lost_apart).is_some_and(|(close, apart)| close.exceeds(&apart) < RARE)
    }

    /// Whether long SYNs are lost or called too long, and short ones are not.
    pub fn is_cut_by_size(&self) -> bool {
        let all = |lost: Option<Share>| lost.is_none_or(|lost| lost.k == lost.n);
        self.fails.is_some() && all(self.lost) && all(self.lost_apart)
    }

    /// Whether more is lost than TCP loses.
    pub fn loses_more(&self, loss: &Loss) -> bool {
        let worse = |tcp: Share| self.lost.is_some_and(|lost| lost.exceeds(&tcp) < RARE);
        let tcp = [loss.tcp_data.as_ref().map(|data| data.again), loss.tcp_syn];
        !self.is_limited()
            && !self.is_cut_by_size()
            && tcp.into_iter().flatten().max_by_key(|tcp| tcp.n).is_some_and(worse)
    }

    /// Whether the quickest answer took clearly longer than TCP's.
    pub fn is_slower(&self, latency: &Latency) -> bool {
        let tcp = latency.round_trip.as_ref().map(|timing| timing.least_us);
        let least = self.round_trip.as_ref().map(|spread| spread.min_us);
        least.zip(tcp).is_some_and(|(udp, tcp)| udp > tcp.saturating_add((tcp / 4).max(SLOWER_US)))
    }
}

/// What it comes to, and why.
fn outlook(udp: &Udp, tried: &[&Walk], latency: &Latency, loss: &Loss) -> (Outlook, String) {
    let stops = || tried.iter().filter_map(|walk| walk.stop.as_ref());
    if let Some(stop) = stops().find(|stop| matches!(stop.cause, Cause::Unreachable { .. })) {
        return (Outlook::Blocked, stop.detail.clone());
    }
    if let Some(stop) = stops().find(|stop| matches!(stop.cause, Cause::Garbled(_))) {
        return (Outlook::Unknown, stop.detail.clone());
    }
    let hurts = |why: &str| (Outlook::Hurts, why.to_owned());
    match udp.passes {
        None => (Outlook::Unknown, "nothing answers: that may be a firewall, or a host that does no UDP".to_owned()),
        Some(passes) if udp.is_cut_by_size() => hurts(&format!("datagrams of {passes} bytes pass, longer ones do not")),
        Some(_) if udp.is_limited() => hurts("datagrams close behind each other are dropped"),
        Some(_) if udp.loses_more(loss) => hurts("it loses what TCP does not lose"),
        Some(_) if udp.is_slower(latency) => hurts("it takes longer than TCP"),
        Some(_) if udp.round_trip.is_none() => hurts("of SYNs close behind each other none was answered at once"),
        Some(_) if latency.round_trip.is_none() => (Outlook::Helps, "it answers, with no TCP beside it".to_owned()),
        Some(_) => (Outlook::Helps, "it carries what TCP carries, as fast".to_owned()),
    }
}

#[cfg(test)]
mod tests;
