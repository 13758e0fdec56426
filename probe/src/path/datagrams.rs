//! How large UDP datagrams pass: what routers say of those that may not be cut, and whether fragments arrive at all.
//! Only what the target itself answers has passed; silence is unknown, since few hosts say that a UDP port is closed.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Answer, Event, Probe, Recording};
use crate::walk::{Variant, Walk};

/// Datagrams that look for the size: each router on the way may say a smaller one.
pub(crate) const SIZES: usize = 6;

/// Pairs of a datagram in fragments and a whole one, once the size is known.
pub(crate) const PAIRS: usize = 2;

/// Datagrams of a walk. The target answers five of them at most: Linux tells a host of six in a row.
pub(crate) const MOST: usize = SIZES + 2 * PAIRS;

/// The least size that a router can mean, RFC 791.
const LEAST: u16 = 68;

/// Headers: IPv4, IPv6, UDP.
const IPV4: u16 = 20;
const IPV6: u16 = 40;
const UDP: u16 = 8;

/// What was found. Sizes are those of whole IP packets, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Datagrams {
    /// The largest packet that our own interface sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<u16>,
    /// Who said that larger packets do not pass, in the order of the path.
    pub told: Vec<Told>,
    /// The largest packet that the target answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<u16>,
    /// What became of a datagram in fragments.
    pub fragments: Fragments,
    /// The walk, and the last entry of its tape that is about fragments.
    #[serde(skip)]
    pub shown: (usize, usize),
}

/// A router that said how large packets may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Told {
    /// Its address.
    pub from: IpAddr,
    /// The largest packet that passes it.
    pub mtu: u16,
    /// The entry of the walk's tape.
    #[serde(skip)]
    pub entry: usize,
}

/// What became of fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fragments {
    /// The target put them together and answered.
    Pass,
    /// It never answered them, and every whole datagram before, between and after them.
    Dropped,
    /// Not known: the target did not answer whole ones either, or not all.
    Unknown,
}

/// The bytes of ours in a datagram of a size.
pub(crate) const fn payload(length: u16, ipv6: bool) -> usize {
    let ip = if ipv6 { IPV6 } else { IPV4 };
    length.saturating_sub(ip + UDP) as usize
}

/// What the walks show; `None` where nobody looked for it.
pub(crate) fn found(walks: &[Walk]) -> Option<Datagrams> {
    let (index, walk) = walks.iter().enumerate().find(|(_, walk)| walk.variant == Variant::Datagrams)?;
    let mut found = datagrams(&walk.tape, walk.address?.ip());
    found.shown.0 = index;
    Some(found)
}

/// The size to try next, by the tape so far: what was told of the one before. `None` when nobody complained.
pub(crate) fn next(tape: &Recording) -> Option<u16> {
    match fates(tape).last() {
        Some(last) => smaller(last.length, last.answer?),
        None => Some(u16::MAX),
    }
}

/// A size below `sent` that an answer tells.
fn smaller(sent: u16, answer: &Answer) -> Option<u16> {
    let Answer::Icmp { mtu, .. } = answer else { return None };
    u16::try_from((*mtu)?).ok().filter(|mtu| (LEAST..sent).contains(mtu))
}

/// A datagram, and what came of it.
struct Fate<'a> {
    length: u16,
    fragments: bool,
    entry: usize,
    answer: Option<&'a Answer>,
}

impl Fate<'_> {
    /// Whether the target itself said that nobody listens: it has arrived.
    fn arrived(&self, target: IpAddr) -> bool {
        let from = self
            .answer
            .and_then(|answer| if let Answer::Icmp { icmp, mtu } = answer { Some((icmp, mtu)) } else { None });
        from.is_some_and(|(icmp, mtu)| icmp.from == Some(target) && mtu.is_none())
    }
}

fn fates(tape: &Recording) -> Vec<Fate<'_>> {
    let answer = |number| {
        let mut answers = tape.0.iter().filter_map(|entry| entry.event.answer());
        answers.find(|(answered, _)| *answered == number).map(|(_, answer)| answer)
    };
    let mut fates: Vec<Fate> = Vec::new();
    for (entry, it) in tape.entries() {
        if let Event::Probe { number, probe: Probe::Datagram { length, fragments } } = it.event {
            fates.push(Fate { length, fragments, entry, answer: answer(number) });
        }
    }
    fates
}

/// What a tape shows of the way to a target.
pub(crate) fn datagrams(tape: &Recording, target: IpAddr) -> Datagrams {
    let fates = fates(tape);
    let (mut interface, mut told) = (None, Vec::new());
    for fate in fates.iter().filter(|fate| !fate.fragments) {
        let Some((answer, mtu)) = fate.answer.and_then(|answer| Some((answer, smaller(fate.length, answer)?))) else {
            continue;
        };
        if let Answer::Icmp { icmp, .. } = answer {
            match icmp.from.filter(|_| !icmp.is_own()) {
                Some(from) => told.push(Told { from, mtu, entry: fate.entry }),
                None => interface = Some(mtu),
            }
        }
    }
    let whole = || fates.iter().filter(|fate| !fate.fragments);
    let passes = whole().filter(|fate| fate.arrived(target)).map(|fate| fate.length).max();
    let controls = || whole().filter(|fate| Some(fate.length) == passes);
    let cut = || fates.iter().filter(|fate| fate.fragments);
    let fragments = if cut().any(|fate| fate.arrived(target)) {
        Fragments::Pass
    } else if cut().count() == PAIRS && controls().all(|fate| fate.arrived(target)) && controls().count() > PAIRS {
        Fragments::Dropped
    } else {
        Fragments::Unknown
    };
    let last = cut().next_back().map(|fate| fate.entry).unwrap_or_default();
    Datagrams { interface, told, passes, fragments, shown: (0, last) }
}

#[cfg(test)]
mod tests;
