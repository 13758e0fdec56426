use super::*;
use crate::clock::Moment;
use crate::evidence::Entry;
use crate::stop::Icmp;

const TARGET: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9));
const ROUTER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

/// Who answered, none for our own host, and with which MTU.
type Came = Option<(Option<IpAddr>, Option<u32>)>;

/// A datagram's length, whether it may be cut, and what came of it.
type Sent = (u16, bool, Came);

/// A tape of datagrams, whole or in fragments, and who answered each with which MTU.
fn tape(sent: &[Sent]) -> Recording {
    let mut entries = Vec::new();
    for (number, (length, fragments, answer)) in (0..).zip(sent) {
        let probe = Probe::Datagram { length: *length, fragments: *fragments };
        entries.push(Event::Probe { number, probe });
        if let Some((from, mtu)) = *answer {
            let icmp = Icmp { kind: from.map(|_| 3), code: from.map(|_| 3), from, says: String::new() };
            entries.push(Event::Answer { number, answer: Answer::Icmp { icmp, mtu } });
        }
    }
    Recording(entries.into_iter().map(|event| Entry { at: Moment(0), event }).collect())
}

const OWN: Sent = (u16::MAX, false, Some((None, Some(1500))));
const ARRIVED: Came = Some((Some(TARGET), None));

#[test]
fn the_next_size_is_what_was_told_of_the_one_before() {
    let router = (1500, false, Some((Some(ROUTER), Some(1300))));
    assert_eq!(next(&tape(&[])), Some(u16::MAX));
    assert_eq!(next(&tape(&[OWN])), Some(1500));
    assert_eq!(next(&tape(&[OWN, router])), Some(1300));
    assert_eq!(next(&tape(&[OWN, router, (1300, false, ARRIVED)])), None);
    assert_eq!(next(&tape(&[OWN, (1500, false, None)])), None, "silence tells no size");
}

#[test]
fn a_size_that_no_router_can_mean_is_not_tried() {
    for mtu in [0, 67, 1500, 9000, u32::MAX] {
        assert_eq!(next(&tape(&[OWN, (1500, false, Some((Some(ROUTER), Some(mtu))))])), None, "{mtu}");
    }
}

#[test]
fn a_router_is_named_with_its_size_and_only_the_targets_answer_passes() {
    let router = (1500, false, Some((Some(ROUTER), Some(1300))));
    let found = datagrams(&tape(&[OWN, router, (1300, false, ARRIVED)]), TARGET);
    assert_eq!((found.interface, found.passes), (Some(1500), Some(1300)));
    assert_eq!(found.told.iter().map(|told| (told.from, told.mtu)).collect::<Vec<_>>(), [(ROUTER, 1300)]);
    let silent = datagrams(&tape(&[OWN, router, (1300, false, None)]), TARGET);
    assert_eq!(silent.passes, None, "silence never passes");
    let rejected = datagrams(&tape(&[OWN, (1500, false, Some((Some(ROUTER), None)))]), TARGET);
    assert_eq!(rejected.passes, None, "a router's reject is no arrival");
}

#[test]
fn fragments_are_dropped_only_where_every_whole_datagram_around_them_was_answered() {
    let (whole, cut) = ((1500, false, ARRIVED), (2500, true, None));
    let of = |sent: &[_]| datagrams(&tape(sent), TARGET).fragments;
    assert_eq!(of(&[OWN, whole, cut, whole, cut, whole]), Fragments::Dropped);
    assert_eq!(of(&[OWN, whole, cut, whole, (2500, true, ARRIVED), whole]), Fragments::Pass);
    // The target limits its answers: nothing is known.
    assert_eq!(of(&[OWN, whole, cut, whole, cut, (1500, false, None)]), Fragments::Unknown);
    assert_eq!(of(&[OWN, whole, cut, whole]), Fragments::Unknown);
    assert_eq!(of(&[OWN, (1500, false, None)]), Fragments::Unknown);
}
