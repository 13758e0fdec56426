//! The path hop by hop, as SYNs show it that expire on the way, and where on it packets are lost.
//!
//! A router answers for packets that expire there when it has time, and no more often than it likes; what it passes on
//! it may pass on unharmed. So what is missing at a hop counts only as far as it is missing at every later hop too.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Share;
use crate::clock::micros;
use crate::evidence::{Answer, Event, Probe, Recording};
use crate::stop::Icmp;
use crate::walk::{Variant, Walk};

/// Hops that are asked.
pub const MOST: u8 = 30;

/// How often each is asked.
pub const ROUNDS: usize = 3;
/// How often where answers are missing.
pub const LOSSY_ROUNDS: usize = 10;

/// A share of loss that is worth a word, by the lower bound of its interval.
const FELT: f64 = 0.01;

/// One hop.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Hop {
    /// How many hops away, from 1.
    pub ttl: u8,
    /// What it is.
    pub kind: HopKind,
    /// Who answered: more than one where the path forks.
    pub addresses: Vec<IpAddr>,
    /// How many SYNs were answered.
    pub answered: Share,
    /// The quickest answer, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_us: Option<u64>,
    /// The answer in the middle, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_us: Option<u64>,
    /// What was lost as far as here: no more than is missing at this hop and at every later one. Absent where nothing
    /// behind shows it: at a silent hop, and where the target does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Share>,
    /// The last entry of the walk's tape that is about it.
    #[serde(skip)]
    pub shown: usize,
}

/// What a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HopKind {
    /// Not known: it never answered. Many routers do not.
    Silent,
    /// A router that passes our packets on.
    Router,
    /// A device that rejects our packets.
    Rejects,
    /// The target.
    Target,
}

/// Where on the path packets begin to be lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss<'a> {
    /// The last hop before it; `None` for our own host.
    pub after: Option<&'a Hop>,
    /// The hop where it is to be seen.
    pub at: &'a Hop,
    /// How much, by that hop and all later ones.
    pub lost: Share,
    /// Whose part of the path it is.
    pub part: Part,
}

/// A part of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Up to the first hop.
    Ours,
    /// In between, as far as is known.
    Between,
    /// The last hop alone.
    Theirs,
}

/// What the walks show; empty where nobody looked for it.
pub fn found(walks: &[Walk]) -> Vec<Hop> {
    let walk = walks.iter().find(|walk| walk.variant == Variant::Hops);
    walk.and_then(|walk| Some(hops(&walk.tape, walk.address?.ip()))).unwrap_or_default()
}

/// The hops on the way to a target, by the tape of their walk.
pub fn hops(tape: &Recording, target: IpAddr) -> Vec<Hop> {
    let mut seen: BTreeMap<u8, Seen> = BTreeMap::new();
    let mut sent = BTreeMap::new();
    for (index, entry) in tape.entries() {
        if let Event::Probe { number, probe: Probe::Syn { ttl } } = &entry.event {
            sent.insert(*number, (*ttl, entry.at));
            let seen = seen.entry(*ttl).or_default();
            (seen.sent, seen.shown) = (seen.sent.saturating_add(1), index);
        } else if let Some((number, answer)) = entry.event.answer()
            && let Some((ttl, at)) = sent.remove(&number)
        {
            seen.entry(ttl).or_default().answered(answer, target, micros(entry.at - at), index);
        }
    }
    let end = seen.iter().find(|(_, seen)| seen.kind >= Some(HopKind::Rejects)).map_or(u8::MAX, |(ttl, _)| *ttl);
    let seen = seen.into_iter().take_while(|(ttl, _)| *ttl <= end);
    let mut hops: Vec<Hop> = seen.filter_map(|(ttl, seen)| seen.hop(ttl)).collect();
    bear_out(&mut hops);
    hops
}

/// Whether an answer comes from where the path ends: the target, or a device that lets nothing pass.
pub fn ends(answer: &Answer, target: IpAddr) -> bool {
    kind(answer, target) >= HopKind::Rejects
}

fn kind(answer: &Answer, target: IpAddr) -> HopKind {
    match answer {
        Answer::Accepted | Answer::Refused => HopKind::Target,
        Answer::Icmp { icmp, .. } if icmp.from == Some(target) => HopKind::Target,
        Answer::Icmp { icmp, .. } if expired(icmp) => HopKind::Router,
        Answer::Icmp { .. } => HopKind::Rejects,
    }
}

/// ICMP type 11, ICMPv6 type 3: time exceeded.
fn expired(icmp: &Icmp) -> bool {
    let kind = if icmp.from.is_some_and(|from| from.is_ipv6()) { 3 } else { 11 };
    icmp.kind == Some(kind)
}

/// What was seen of one hop.
#[derive(Default)]
struct Seen {
    sent: u32,
    kind: Option<HopKind>,
    addresses: Vec<IpAddr>,
    times: Vec<u64>,
    shown: usize,
}

impl Seen {
    fn answered(&mut self, answer: &Answer, target: IpAddr, us: u64, index: usize) {
        let from = if let Answer::Icmp { icmp, .. } = answer { icmp.from } else { Some(target) };
        self.addresses.extend(from.filter(|from| !self.addresses.contains(from)));
        self.kind = self.kind.max(Some(kind(answer, target)));
        self.times.push(us);
        self.shown = index;
    }

    fn hop(mut self, ttl: u8) -> Option<Hop> {
        self.times.sort_unstable();
        let answered = Share::of(u32::try_from(self.times.len()).ok()?, self.sent)?;
        Some(Hop {
            ttl,
            kind: self.kind.unwrap_or(HopKind::Silent),
            addresses: self.addresses,
            answered,
            least_us: self.times.first().copied(),
            median_us: self.times.get(self.times.len() / 2).copied(),
            lost: None,
            shown: self.shown,
        })
    }
}

/// From the target backward: what is missing at a hop is lost only as far as the later ones bear it out.
fn bear_out(hops: &mut [Hop]) {
    if hops.last().is_none_or(|last| last.kind != HopKind::Target) {
        return;
    }
    let rate = |share: &Share| f64::from(share.k) / f64::from(share.n);
    let mut least: Option<Share> = None;
    for hop in hops.iter_mut().rev().filter(|hop| hop.kind != HopKind::Silent) {
        let Share { k, n, .. } = hop.answered;
        let missing = n.checked_sub(k).and_then(|missing| Share::of(missing, n));
        least = match (least, missing) {
            (Some(least), Some(missing)) if rate(&least) <= rate(&missing) => Some(least),
            (least, missing) => missing.or(least),
        };
        hop.lost = least;
    }
}

/// Where packets begin to be lost: behind the last hop as far as which nothing was, and no later than the first as far as
/// which it is sure that something was.
pub fn loss(hops: &[Hop]) -> Option<Loss<'_>> {
    let sure = |hop: &&Hop| hop.lost.is_some_and(|lost| lost.low > FELT);
    let at = hops.iter().find(sure)?;
    let after = hops.iter().rev().find(|hop| hop.ttl < at.ttl && hop.lost.is_some_and(|lost| lost.k == 0));
    let next = after.map_or(0, |after| after.ttl).saturating_add(1) == at.ttl;
    let part = if at.ttl == 1 {
        Part::Ours
    } else if at.kind == HopKind::Target && next {
        Part::Theirs
    } else {
        Part::Between
    };
    Some(Loss { after, at, lost: at.lost?, part })
}

#[cfg(test)]
mod tests;
