use schemars::JsonSchema;
use serde::Serialize;

use super::Share;
use crate::evidence::Outcome;
use crate::phase::Phase;
use crate::walk::Walk;

/// What was lost on the path, as far as that was to be seen; each kind of packet on its own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Loss {
    /// SYNs sent again, of all SYNs: one of them or its answer was lost, or the server's queue was full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_syn: Option<Share>,
    /// Data on the connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_data: Option<TcpData>,
}

/// What became of data on TCP connections.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TcpData {
    /// Segments sent again, of all segments with data that we sent: it or its acknowledgement was lost, or only late. A
    /// kernel that probes for a lost tail (RFC 8985 7) does so soon, and often in vain.
    pub again: Share,
    /// Connections on which any were sent again, of all that carried data. Losses come in bursts: a connection that meets
    /// one sends many segments again, and still is one connection.
    pub connections: Share,
    /// The segments sent again, without those that the peer reported by D-SACK (RFC 2883) as held already: what was lost
    /// on the way to it. Of the connections on which both sides speak SACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Share>,
    /// Connections on which segments came out of order, of all that carried data: what was to come before them was lost
    /// or overtaken on the way to us. Segments are not counted, since one that is lost puts many out of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downstream: Option<Share>,
}

/// How many of how many.
type Count = (u32, u32);

/// What the kernel counted on one connection.
struct Counts {
    syn: Option<Count>,
    again: Option<Count>,
    upstream: Option<Count>,
    downstream: Option<Count>,
}

impl Loss {
    /// Measures every connection to the first walk's address.
    pub(super) fn of(walks: &[Walk]) -> Self {
        let counts: Vec<Counts> = connections(walks).filter_map(|(_, walk)| Counts::of(walk)).collect();
        let share = |pick: fn(&Counts) -> Option<Count>| {
            let add = |(k, n): Count, (more, of): Count| (k.saturating_add(more), n.saturating_add(of));
            counts.iter().filter_map(pick).reduce(add).and_then(|(k, n)| Share::of(k, n))
        };
        let (upstream, downstream) = (share(|counts| counts.upstream), share(|counts| counts.downstream));
        let connections = share(|counts| counts.again.map(|(k, _)| (u32::from(k > 0), 1)));
        let tcp_data = share(|counts| counts.again).zip(connections);
        let tcp_data = tcp_data.map(|(again, connections)| TcpData { again, connections, upstream, downstream });
        Self { tcp_syn: share(|counts| counts.syn), tcp_data }
    }
}

/// The walks that took this path, with their indices: those to the first walk's address, but for those whose message is
/// lost by intent.
pub fn connections(walks: &[Walk]) -> impl Iterator<Item = (usize, &Walk)> {
    let first = walks.first().and_then(|walk| walk.address);
    let took = move |walk: &Walk| walk.address == first && walk.variant.hops().is_none();
    walks.iter().enumerate().filter(move |(_, walk)| took(walk))
}

impl Counts {
    /// As they stood when the last phase passed. What is never answered shows a filter or a fault rather than chance,
    /// and its stop tells of it: a connection that was not established counts nothing, nor does a phase that stopped.
    fn of(walk: &Walk) -> Option<Self> {
        let tape = &walk.tape;
        tape.outcome(Phase::Connect).filter(|outcome| *outcome == Outcome::Passed)?;
        let syns_again = tape.kernel(Phase::Connect)?.retransmits?;
        let last = tape.kernel(tape.passed().last()?)?;
        let sent = last.data_segs_out.filter(|sent| *sent > 0);
        let again = last.retransmits.and_then(|all| all.checked_sub(syns_again));
        let (again, sack) = (again.zip(sent), last.sack == Some(true));
        Some(Self {
            syn: Some((syns_again, syns_again.saturating_add(1))),
            again,
            upstream: again.zip(last.dsack_dups).filter(|_| sack).map(|((k, n), held)| (k.saturating_sub(held), n)),
            downstream: sent.and(last.out_of_order).map(|segments| (u32::from(segments > 0), 1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::evidence::{Entry, Event, Recording};
    use crate::fact::Facts;
    use crate::sys::TcpInfo;
    use crate::walk::Variant;

    /// A walk in which these phases ended, and what the kernel knew of each.
    fn walk(phases: &[(Phase, Outcome, TcpInfo)]) -> Walk {
        let events = phases.iter().flat_map(|(phase, outcome, info)| {
            let (phase, outcome) = (*phase, *outcome);
            [Event::Enter { phase }, Event::Kernel(Box::new(info.clone())), Event::Leave { phase, outcome }]
        });
        let tape = Recording(events.map(|event| Entry { at: Moment(0), event }).collect());
        let (variant, until) = (Variant::Baseline, Phase::Credssp);
        Walk { variant, repeat: 0, address: None, target: None, until, facts: Facts::default(), stop: None, tape }
    }

    fn connected(retransmits: u32) -> (Phase, Outcome, TcpInfo) {
        let info = TcpInfo { retransmits: Some(retransmits), data_segs_out: Some(0), ..TcpInfo::default() };
        (Phase::Connect, Outcome::Passed, info)
    }

    fn tls(outcome: Outcome, retransmits: u32, sent: u32) -> (Phase, Outcome, TcpInfo) {
        let info = TcpInfo {
            retransmits: Some(retransmits),
            data_segs_out: Some(sent),
            dsack_dups: Some(1),
            out_of_order: Some(3),
            sack: Some(true),
            ..TcpInfo::default()
        };
        (Phase::Tls, outcome, info)
    }

    fn of(share: Option<Share>) -> Option<Count> {
        share.map(|share| (share.k, share.n))
    }

    #[test]
    fn syns_and_data_are_told_apart_and_added_up() {
        let walks = [
            walk(&[connected(1), tls(Outcome::Passed, 3, 10)]),
            walk(&[connected(0)]),
            walk(&[connected(0), tls(Outcome::Passed, 0, 5)]),
        ];
        let loss = Loss::of(&walks);
        assert_eq!(of(loss.tcp_syn), Some((1, 4)));
        let data = loss.tcp_data.unwrap();
        assert_eq!(of(Some(data.again)), Some((2, 15)), "the SYN is not data");
        assert_eq!(of(Some(data.connections)), Some((1, 2)), "the second connection carried nothing");
        assert_eq!(of(data.upstream), Some((1, 15)), "the peer held one of them already");
        assert_eq!(of(data.downstream), Some((2, 2)));
    }

    #[test]
    fn what_is_never_answered_is_no_loss() {
        let (phase, _, info) = connected(5);
        let unanswered = [walk(&[(phase, Outcome::Stopped, info)])];
        assert_eq!(Loss::of(&unanswered).tcp_syn, None);
        let silent = [walk(&[connected(0), tls(Outcome::Stopped, 6, 7)])];
        assert_eq!((of(Loss::of(&silent).tcp_syn), Loss::of(&silent).tcp_data), (Some((0, 1)), None));
    }

    #[test]
    fn without_sack_a_direction_is_not_claimed() {
        let (phase, outcome, info) = tls(Outcome::Passed, 2, 10);
        let deaf = [walk(&[connected(0), (phase, outcome, TcpInfo { sack: Some(false), ..info })])];
        let data = Loss::of(&deaf).tcp_data.unwrap();
        assert_eq!((of(Some(data.again)), data.upstream), (Some((2, 10)), None));
    }

    #[test]
    fn what_the_kernel_does_not_count_is_not_zero() {
        let blind = [walk(&[(Phase::Connect, Outcome::Passed, TcpInfo::default())])];
        assert_eq!(Loss::of(&blind), Loss { tcp_syn: None, tcp_data: None });
    }

    #[test]
    fn another_address_is_another_path() {
        let here = walk(&[connected(0)]);
        let there = Walk { address: Some("192.0.2.9:3389".parse().unwrap()), ..walk(&[connected(4)]) };
        assert_eq!(of(Loss::of(&[here, there]).tcp_syn), Some((0, 1)));
    }
}
