use super::*;
use crate::clock::Moment;
use crate::evidence::Entry;

const TARGET: &str = "192.0.2.9";

/// The tape of hops of which each answered so many of so many SYNs, the last of them the target.
fn tape(answered: &[(u32, u32)]) -> Recording {
    let mut entries = Vec::new();
    let mut numbers = 0..;
    for (ttl, (k, n)) in (1..).zip(answered) {
        let target = usize::from(ttl) == answered.len();
        for round in 0..*n {
            let (number, at) = (numbers.next().unwrap(), 1_000_000 * u64::from(round));
            entries.push(Entry { at: Moment(at), event: Event::Probe { number, probe: Probe::Syn { ttl } } });
            if round < *k {
                let answer = if target { Answer::Accepted } else { time_exceeded(ttl) };
                let at = Moment(at + 1_000 * u64::from(ttl) + u64::from(round));
                entries.push(Entry { at, event: Event::Answer { number, answer } });
            }
        }
    }
    Recording(entries)
}

fn time_exceeded(ttl: u8) -> Answer {
    let from = Some(IpAddr::from([198, 51, 100, ttl]));
    Answer::Icmp {
        icmp: Icmp { kind: Some(11), code: Some(0), from, says: "ICMP time exceeded".to_owned() },
        mtu: None,
    }
}

fn path(answered: &[(u32, u32)]) -> Vec<Hop> {
    hops(&tape(answered), TARGET.parse().unwrap())
}

/// Behind which hop the loss begins, where it is to be seen, and whose part of the path that is.
fn begins(hops: &[Hop]) -> Option<(u8, u8, Part)> {
    loss(hops).map(|loss| (loss.after.map_or(0, |after| after.ttl), loss.at.ttl, loss.part))
}

#[test]
fn each_hop_has_its_address_its_share_and_its_times() {
    let hops = path(&[(3, 3), (0, 3), (2, 3)]);
    let kinds: Vec<HopKind> = hops.iter().map(|hop| hop.kind).collect();
    assert_eq!(kinds, [HopKind::Router, HopKind::Silent, HopKind::Target]);
    assert_eq!(hops[0].addresses, [IpAddr::from([198, 51, 100, 1])]);
    assert_eq!((hops[0].least_us, hops[0].median_us), (Some(1_000), Some(1_001)));
    assert_eq!((hops[2].answered.k, hops[2].answered.n), (2, 3));
    assert_eq!((hops[1].least_us, hops[1].lost), (None, None), "silent is unknown, and never lost");
}

#[test]
fn loss_on_the_second_of_three_hops_is_put_there() {
    assert_eq!(begins(&path(&[(10, 10), (5, 10), (6, 10)])), Some((1, 2, Part::Between)));
}

#[test]
fn with_the_second_silent_it_is_put_between_first_and_third() {
    assert_eq!(begins(&path(&[(10, 10), (0, 3), (5, 10), (6, 10)])), Some((1, 3, Part::Between)));
    assert_eq!(begins(&path(&[(10, 10), (0, 3), (5, 10)])), Some((1, 3, Part::Between)), "the host is not accused");
}

#[test]
fn a_router_that_limits_its_answers_loses_nothing() {
    let hops = path(&[(10, 10), (3, 10), (10, 10)]);
    assert_eq!(begins(&hops), None);
    assert_eq!(hops[1].lost.map(|lost| lost.k), Some(0));
}

#[test]
fn a_limit_before_the_loss_does_not_move_it() {
    let hops = path(&[(10, 10), (1, 10), (10, 10), (6, 10)]);
    assert_eq!(begins(&hops), Some((3, 4, Part::Theirs)));
}

#[test]
fn loss_from_the_first_hop_on_is_ours_and_at_the_last_theirs() {
    assert_eq!(begins(&path(&[(5, 10), (6, 10), (5, 10)])), Some((0, 1, Part::Ours)));
    assert_eq!(begins(&path(&[(10, 10), (10, 10), (5, 10)])), Some((2, 3, Part::Theirs)));
}

#[test]
fn one_answer_that_is_missing_proves_no_place_but_blurs_it() {
    assert_eq!(begins(&path(&[(10, 10), (9, 10), (9, 10)])), None);
    assert_eq!(begins(&path(&[(10, 10), (9, 10), (5, 10)])), Some((1, 3, Part::Between)));
}

#[test]
fn without_the_targets_answer_nothing_is_lost_for_sure() {
    assert_eq!(begins(&path(&[(10, 10), (5, 10), (0, 10)])), None);
}

#[test]
fn hops_behind_the_target_are_the_target_again() {
    let mut tape = tape(&[(3, 3), (2, 3)]);
    let (number, ttl) = (99, 3);
    tape.0.push(Entry { at: Moment(9), event: Event::Probe { number, probe: Probe::Syn { ttl } } });
    tape.0.push(Entry { at: Moment(10), event: Event::Answer { number, answer: Answer::Accepted } });
    assert_eq!(hops(&tape, TARGET.parse().unwrap()).len(), 2);
}

#[test]
fn a_device_that_rejects_ends_the_path() {
    let mut tape = tape(&[(3, 3), (0, 0)]);
    let (number, ttl) = (99, 2);
    let from = Some(IpAddr::from([198, 51, 100, 2]));
    let icmp = Icmp { kind: Some(3), code: Some(13), from, says: "prohibited".to_owned() };
    tape.0.push(Entry { at: Moment(9), event: Event::Probe { number, probe: Probe::Syn { ttl } } });
    tape.0.push(Entry { at: Moment(10), event: Event::Answer { number, answer: Answer::Icmp { icmp, mtu: None } } });
    let hops = hops(&tape, TARGET.parse().unwrap());
    assert_eq!(hops.last().map(|hop| (hop.ttl, hop.kind)), Some((2, HopKind::Rejects)));
}
