use super::super::Timing;
use super::*;
use crate::clock::Moment;
use crate::evidence::{Entry, Event, Outcome, Recording, Source};
use crate::fact::Facts;
use crate::stop::{Icmp, Operation, Stop};

/// A SYN of `length` bytes that was answered after so many microseconds, or stopped by a cause.
fn syn(variant: Variant, length: usize, came: Result<u64, Cause>) -> Walk {
    let phase = Phase::UdpSyn;
    let mut facts = Facts::default();
    (facts.udp_syn.length, facts.udp_syn.rtt_us) = (Some(length), came.as_ref().ok().copied());
    let outcome = if came.is_ok() { Outcome::Passed } else { Outcome::Stopped };
    let stop = came.err().map(|cause| Stop::of(phase, cause));
    let events = [Event::Enter { phase }, Event::Leave { phase, outcome }];
    let tape = Recording(events.map(|event| Entry { at: Moment(0), event }).into());
    Walk { variant, repeat: 0, target: None, address: None, until: phase, facts, stop, tape }
}

/// SYNs of full length, close together.
fn close(came: &[Result<u64, Cause>]) -> Vec<Walk> {
    came.iter().cloned().map(|came| syn(Variant::UdpSyn, 1232, came)).collect()
}

fn measured(walks: &[Walk], tcp: Option<Share>) -> Udp {
    beside(walks, tcp, None)
}

/// The same where TCP's quickest round trip took so long.
fn beside(walks: &[Walk], tcp: Option<Share>, least_us: Option<u64>) -> Udp {
    let round_trip = least_us.map(|least_us| Timing { source: Source::Wire, least_us, first_us: None, repeats: None });
    let latency = Latency { round_trip, turn_around: None, phases: Vec::new() };
    found(walks, &latency, &Loss { tcp_syn: tcp, tcp_data: None }).unwrap()
}

#[test]
fn a_late_answer_is_a_second_one_and_the_first_was_lost() {
    let udp = measured(&close(&[Ok(20_000), Ok(821_000), Err(Cause::Silence), Ok(22_000)]), None);
    let counted = |share: Option<Share>| share.map(|share| (share.k, share.n));
    assert_eq!((counted(udp.lost), counted(udp.unanswered)), (Some((2, 4)), Some((1, 4))));
    assert_eq!(udp.round_trip.map(|spread| spread.n), Some(2));
    let far = measured(&close(&[Ok(900_000), Ok(905_000)]), None);
    assert_eq!(counted(far.lost), Some((0, 2)), "who is far away is not late");
    let late = beside(&close(&[Ok(820_000), Ok(821_000)]), None, Some(20_000));
    assert_eq!((counted(late.lost), late.round_trip), (Some((2, 2)), None), "TCP shows how far away it is");
}

#[test]
fn each_fate_has_an_outlook_of_its_own() {
    let silent = || Err(Cause::Silence);
    let paced = |came| syn(Variant::UdpPaced, 1232, came);
    let cases: [(Vec<Walk>, Outlook); 6] = [
        (close(&[Ok(1000), Ok(1100), Ok(900)]), Outlook::Helps),
        (close(&[silent(), silent(), silent()]), Outlook::Unknown),
        (
            close(&[Err(Cause::Unreachable {
                icmp: Icmp { kind: Some(3), code: Some(3), from: None, says: "no".to_owned() },
            })]),
            Outlook::Blocked,
        ),
        (
            [
                close(&[silent(), silent(), silent()]),
                vec![syn(Variant::UdpLength(SHORT), 48, Ok(900)), paced(silent())],
            ]
            .concat(),
            Outlook::Hurts,
        ),
        ([close(&[vec![Ok(900)], vec![silent(); 19]].concat()), vec![paced(Ok(900)); 4]].concat(), Outlook::Hurts),
        (close(&[vec![Ok(900); 45], vec![silent(); 5]].concat()), Outlook::Hurts),
    ];
    for (walks, outlook) in cases {
        let udp = measured(&walks, Share::of(0, 500));
        assert_eq!(udp.outlook, outlook, "{udp:?}");
    }
}

#[test]
fn what_is_too_long_hurts_and_what_cannot_be_read_is_unknown() {
    let short = || vec![syn(Variant::UdpLength(SHORT), 48, Ok(900))];
    let too_long =
        measured(&[close(&[Err(Cause::local(Operation::Socket, "Message too long"))]), short()].concat(), None);
    assert_eq!((too_long.outlook, too_long.passes, too_long.fails), (Outlook::Hurts, Some(48), Some(1232)));
    let garbled = Cause::misplaced("RDP-UDP SYN+ACK", "uFlags", 6, "is wrong");
    let garbled = measured(&close(&[Err(garbled.clone()), Err(garbled)]), None);
    assert_eq!(garbled.outlook, Outlook::Unknown);
    assert!(garbled.because.contains("uFlags"), "{}", garbled.because);
}

#[test]
fn chance_is_no_finding() {
    let lossy = close(&[vec![Ok(900); 9], vec![Err(Cause::Silence)]].concat());
    let udp = measured(&lossy, Share::of(3, 40));
    assert_eq!((udp.outlook, udp.is_limited(), udp.is_cut_by_size()), (Outlook::Helps, false, false));
}
