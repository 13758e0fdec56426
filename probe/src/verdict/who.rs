//! Who ended a connection, as far as the packets show it. Whoever forges an end has to guess what only the host knows;
//! what it guesses wrong is a sign. Where nothing is wrong, the end is the host's only if it bears a mark of the host:
//! a device close to the host can copy even that, so this is never certain.

mod end;
mod host;
mod marks;
mod origin;
mod signs;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::diagnose::Who;
use super::rule::Evidence;
use crate::clock::{micros, time};
use crate::evidence::{self, Event, Sense};
use crate::phase::Phase;
use crate::stop::{Cause, RefusalKind, Stop};
use crate::survey::Survey;
use crate::walk::Walk;
use end::End;
use host::Host;

pub(super) use end::early;
pub(super) use host::{FAR, false_open};
pub(super) use origin::on_the_way;

/// Who ended a walk, and what shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conclusion {
    /// Who.
    pub(super) who: Who,
    /// Why, in a few words; empty where the cause says it all.
    pub(super) why: String,
    /// The packets that show it.
    pub(super) evidence: Option<Evidence>,
    /// How many kinds of signs there are; one alone may deceive.
    pub(super) kinds: usize,
}

impl Conclusion {
    fn of(who: Who) -> Self {
        Self { who, why: String::new(), evidence: None, kinds: 0 }
    }

    fn unknown(why: impl Into<String>) -> Self {
        Self { why: why.into(), ..Self::of(Who::Unknown) }
    }
}

/// Concludes who ended the walk of this index.
pub(super) fn conclude(survey: &Survey, index: usize, walk: &Walk, stop: &Stop) -> Conclusion {
    let target = survey.baseline().and_then(|walk| walk.address).map(|address| address.ip());
    let ended = matches!(stop.cause, Cause::Refused | Cause::Reset | Cause::Closed);
    if survey.via().is_some() {
        // Whatever refuses us before the target is asked stands on the way to it.
        let before = stop.phase <= Phase::Proxy;
        let who = by_cause(&stop.cause, target.filter(|_| !before));
        return match who {
            _ if ended => Conclusion::unknown("through a proxy its packets are all that is seen"),
            Who::Peer if before => Conclusion::of(Who::Path),
            Who::Peer | Who::Path | Who::Local | Who::Unknown => Conclusion::of(who),
        };
    }
    if ended {
        by_packets(survey, index, walk, stop).located(survey, walk)
    } else {
        Conclusion::of(by_cause(&stop.cause, target))
    }
}

/// The same for the first repeat of the baseline that stopped: the verdict is about that one.
pub(super) fn of_the_verdict(survey: &Survey) -> Option<Conclusion> {
    survey.numbered_repeats().find_map(|(index, walk)| Some(conclude(survey, index, walk, walk.stop.as_ref()?)))
}

/// Who ended it, as far as the cause alone proves it.
fn by_cause(cause: &Cause, target: Option<IpAddr>) -> Who {
    match cause {
        // No word of the target: neither the resolver nor the KDC is it, or the path to it.
        Cause::Declined { refusal } if matches!(refusal.kind, RefusalKind::Resolver | RefusalKind::Kerberos) => {
            Who::Unknown
        }
        Cause::Declined { .. } => Who::Peer,
        Cause::Unreachable { icmp } if icmp.is_own() => Who::Local,
        Cause::Unreachable { icmp } if icmp.from.is_some() && icmp.from == target => Who::Peer,
        Cause::Unreachable { icmp } if icmp.from.is_some() => Who::Path,
        Cause::Local { .. } => Who::Local,
        Cause::Unreachable { .. }
        | Cause::Silence
        | Cause::Refused
        | Cause::Reset
        | Cause::Closed
        | Cause::Garbled(_) => Who::Unknown,
    }
}

/// Who sent the RST or the FIN.
fn by_packets(survey: &Survey, index: usize, walk: &Walk, stop: &Stop) -> Conclusion {
    if let Some((entry, _, evidence::End::CloseNotify)) = walk.tape.ended().filter(|_| stop.phase > Phase::Tls) {
        let why = "its close_notify came inside TLS, where nobody else can speak";
        return Conclusion {
            why: why.to_owned(),
            evidence: Some(Evidence::new(index, entry, why)),
            ..Conclusion::of(Who::Peer)
        };
    }
    let Some(end) = End::find(&walk.tape) else { return Conclusion::unknown(unseen(walk)) };
    let host = Host::of(survey, walk.address);
    let found = signs::of(&end, &host);
    if let Some((first, further)) = found.split_first() {
        let cited = Evidence::new(index, first.entry, first.says.clone());
        let cited = further.iter().fold(cited, |cited, sign| cited.and(index, sign.entry, sign.says.clone()));
        let mut kinds: Vec<_> = found.iter().map(|sign| sign.kind).collect();
        kinds.dedup();
        return Conclusion { who: Who::Path, why: first.says.clone(), evidence: Some(cited), kinds: kinds.len() };
    }
    if let Some(mark) = marks::of(survey, walk, &end, &host) {
        let evidence = Some(Evidence::new(index, mark.entry, mark.says.clone()));
        return Conclusion { why: mark.says, evidence, ..Conclusion::of(Who::Peer) };
    }
    Conclusion::unknown(doubt(&end, &host))
}

/// Why there is no packet to judge by.
fn unseen(walk: &Walk) -> String {
    let blind = walk.tape.entries().find_map(|(_, entry)| {
        if let Event::Blind { sense: Sense::Capture, reason } = &entry.event { Some(reason) } else { None }
    });
    blind.map_or_else(
        || "the packet that ended it was not seen".to_owned(),
        |reason| format!("the packet that ended it was not seen, for want of a capture ({reason})"),
    )
}

/// Why a packet without a sign and without a mark tells nothing.
fn doubt(end: &End<'_>, host: &Host) -> String {
    let name = end.name();
    if end.syn_ack.is_none() {
        return format!("a refused SYN leaves nothing to compare the {name} with");
    }
    match (end.elapsed(), host.floor) {
        (Some(elapsed), Some(floor)) if host.is_soon(elapsed) => format!(
            "the {name} came {} after our last byte, where a round trip takes {}: it was under way, or came from nearer \
             than the host",
            time(micros(elapsed)),
            time(micros(floor))
        ),
        _ if host.ttl_of_another(end.frame.ttl).is_none() && !host.sends_with(end.frame.ttl) => {
            format!(
                "the {name} has the TTL of what accepted the connection, {}, and the host's data another",
                end.frame.ttl
            )
        }
        _ => format!("the {name} shows nothing that is not the host's, and nothing that only the host can know"),
    }
}
