use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::clock::Moment;
use crate::evidence::{Direction, Entry, Flag, Frame, Outcome, Probe, Recording, TcpOption};
use crate::fact::Facts;
use crate::plan::Until;
use crate::survey::Ended;
use crate::sys::TcpInfo;
use crate::target::Target;
use crate::verdict::rule::Certainty;
use crate::verdict::{Verdict, diagnose};
use crate::walk::Variant;
use Flag::{Ack, Fin, Psh, Rst, Syn};

/// A packet of ours.
fn packet() -> Frame {
    Frame {
        direction: Direction::Ours,
        ip: 4,
        ttl: 64,
        id: Some(7),
        dont_fragment: Some(true),
        length: 60,
        flags: Vec::new(),
        seq: 1001,
        ack: 5001,
        window: 500,
        options: Vec::new(),
        payload: 0,
    }
}

/// A packet of the host, whose packets have a TTL of 55 when they arrive.
fn answer() -> Frame {
    Frame { direction: Direction::Theirs, ttl: 55, id: Some(0), seq: 5001, ack: 0, ..packet() }
}

fn frame(flags: &[Flag], like: &Frame) -> Frame {
    Frame { flags: flags.to_vec(), ..like.clone() }
}

fn stamped(value: u32, echo: u32, like: Frame) -> Frame {
    Frame { options: vec![TcpOption::Timestamps { value, echo }], ..like }
}

/// A walk over a path of 20 ms whose request of 40 bytes leaves at 25 ms, and what comes then and how late.
fn walk(after: impl IntoIterator<Item = (u64, Frame)>) -> Walk {
    let theirs = Frame { direction: Direction::Theirs, ttl: 55, seq: 5000, ack: 1001, ..packet() };
    let begun = [
        (1_000, stamped(100, 0, Frame { seq: 1000, ack: 0, ..frame(&[Syn], &packet()) })),
        (21_000, stamped(900, 100, frame(&[Syn, Ack], &theirs))),
        (21_010, stamped(120, 900, frame(&[Ack], &packet()))),
        (25_000, stamped(124, 900, Frame { payload: 40, ..frame(&[Psh, Ack], &packet()) })),
    ];
    let after = after.into_iter().map(|(us, frame)| (25_000 + us, frame));
    let mut tape: Vec<Entry> =
        begun.into_iter().chain(after).map(|(at, it)| Entry { at: Moment(at), event: Event::Frame(it) }).collect();
    let phase = Phase::Negotiate;
    tape.push(Entry { at: Moment(200_000), event: Event::Leave { phase, outcome: Outcome::Stopped } });
    Walk {
        variant: Variant::Baseline,
        repeat: 0,
        target: None,
        address: Some(([192, 0, 2, 1], 3389).into()),
        until: Phase::Credssp,
        facts: Facts::default(),
        stop: Some(Stop::of(phase, Cause::Reset)),
        tape: Recording(tape),
    }
}

fn verdict(walks: Vec<Walk>) -> Verdict {
    let target =
        Target { input: String::new(), host: "192.0.2.1".to_owned(), port: 3389, routing_token: None, detour: None };
    diagnose(&Survey {
        target,
        way: None,
        until: Until::Gate,
        started: Timestamp::UNIX_EPOCH,
        took_us: 0,
        ended: Ended::Complete,
        walks,
    })
}

/// Who ended it, why, and how sure that is.
fn told(walks: Vec<Walk>) -> (Who, String, Option<Certainty>) {
    let verdict = verdict(walks);
    let stop = verdict.stop.unwrap();
    let said = verdict.findings.into_iter().find(|finding| finding.rule.starts_with("run.ended-by-"));
    (stop.who, stop.why, said.map(|finding| finding.certainty))
}

fn once(after: impl IntoIterator<Item = (u64, Frame)>) -> (Who, String, Option<Certainty>) {
    told(vec![walk(after)])
}

fn assert_path(after: impl IntoIterator<Item = (u64, Frame)>, certainty: Certainty, why: &str) {
    assert_eq!(once(after), (Who::Path, why.to_owned(), Some(certainty)));
}

#[test]
fn another_ttl_is_anothers_and_alone_not_certain() {
    let why = "the RST has TTL 54, where the host's packets have 55";
    assert_path([(21_000, Frame { ttl: 54, ..frame(&[Rst], &answer()) })], Certainty::Likely, why);
}

#[test]
fn two_signs_of_different_kinds_are_certain_and_two_of_one_kind_are_not() {
    let beyond = Frame { seq: 5_000_000, ack: 9_000, ..frame(&[Rst, Ack], &answer()) };
    let why = "the RST has a sequence number that is 4994999 bytes beyond what was due";
    assert_path([(21_000, beyond.clone())], Certainty::Likely, why);
    let why = "the RST has TTL 54, where the host's packets have 55";
    assert_path([(21_000, Frame { ttl: 54, ..beyond })], Certainty::Certain, why);
}

#[test]
fn a_packet_that_was_not_captured_may_be_the_one_that_is_missing() {
    let mut walk = walk([(21_000, Frame { seq: 5_000_000, ..frame(&[Rst], &answer()) })]);
    let event = Event::Blind { sense: Sense::Capture, reason: "1 packets came that could not be kept".to_owned() };
    walk.tape.0.push(Entry { at: Moment(200_000), event });
    assert_eq!(told(vec![walk]).0, Who::Unknown);
}

#[test]
fn a_fin_has_the_timestamps_that_were_agreed_and_an_rst_need_not() {
    let fin = Frame { ack: 1041, ..frame(&[Fin, Ack], &answer()) };
    assert_path([(21_000, fin)], Certainty::Likely, "the FIN has no timestamps, which the host had agreed to send");
    let bare = once([(21_000, frame(&[Rst], &answer()))]);
    assert_eq!((bare.0, bare.2), (Who::Unknown, None), "{}", bare.1);
}

#[test]
fn a_timestamp_of_ours_that_comes_back_is_the_hosts_mark_and_another_is_a_sign() {
    let reset = |value, echo| stamped(value, echo, Frame { ack: 1041, ..frame(&[Rst, Ack], &answer()) });
    let (who, why, certainty) = once([(21_000, reset(940, 124))]);
    assert_eq!((who, certainty), (Who::Peer, Some(Certainty::Likely)), "{why}");
    assert_eq!(once([(21_000, reset(700, 124))]).0, Who::Unknown, "its clock went back");
    assert_path([(21_000, reset(940, 125))], Certainty::Likely, "the RST gives back a timestamp that we never sent");
}

#[test]
fn an_rst_may_repeat_any_number_that_we_acknowledged() {
    let data = stamped(930, 124, Frame { payload: 19, ack: 1041, ..frame(&[Psh, Ack], &answer()) });
    let seen = Frame { seq: 1041, ack: 5020, ..frame(&[Ack], &packet()) };
    for (seq, who) in [(5001, Who::Unknown), (5020, Who::Unknown), (5007, Who::Path)] {
        let reset = Frame { seq, ..frame(&[Rst], &answer()) };
        assert_eq!(once([(21_000, data.clone()), (21_100, seen.clone()), (30_000, reset)]).0, who, "{seq}");
    }
}

#[test]
fn what_the_host_says_behind_its_end_shows_that_it_made_none() {
    let data = |seq| stamped(930, 124, Frame { seq, payload: 19, ack: 1041, ..frame(&[Psh, Ack], &answer()) });
    let reset = || (19_000, frame(&[Rst], &answer()));
    assert_path([reset(), (23_000, data(5001))], Certainty::Likely, "the host sent 19 bytes more after the RST");
    let late = once([reset(), (23_000, data(4982))]);
    assert_eq!(late.0, Who::Unknown, "it was sent before and came late: {}", late.1);
    let fin = Frame { seq: 5020, options: data(0).options, ..frame(&[Fin, Ack], &answer()) };
    let again = Frame { flags: vec![Fin, Psh, Ack], ..data(5001) };
    let joined = once([(21_000, data(5001)), (21_100, fin), (23_000, again)]);
    assert_ne!(joined.0, Who::Path, "the data and the FIN were sent again together: {}", joined.1);
}

#[test]
fn what_acknowledges_our_bytes_too_soon_is_not_the_hosts_where_that_is_known() {
    let early = || walk([(9_000, Frame { ack: 1041, ..frame(&[Rst, Ack], &answer()) })]);
    let (who, why, certainty) = told(vec![early(), early(), early()]);
    let said = "the RST acknowledges our bytes 9.0 ms after they left, where a round trip takes 20 ms";
    assert_eq!((who, why.as_str(), certainty), (Who::Path, said, Some(Certainty::Likely)));
    let (who, why, _) = told(vec![early()]);
    assert_eq!(who, Who::Unknown, "one round trip may have been a slow one: {why}");
}

/// Three walks whose host resets 8.9 ms after our request, acknowledging it.
fn quick() -> Vec<Walk> {
    (0..3).map(|_| walk([(8_900, Frame { ack: 1041, ..frame(&[Rst, Ack], &answer()) })])).collect()
}

#[test]
fn an_answer_that_was_quicker_than_the_syns_tells_how_far_away_the_host_is() {
    let mut walks = quick();
    assert_eq!(told(walks.clone()).0, Who::Path);
    for walk in &mut walks {
        let info = TcpInfo { min_rtt_us: Some(7_000), ..TcpInfo::default() };
        walk.tape.0.push(Entry { at: Moment(200_000), event: Event::Kernel(Box::new(info)) });
    }
    let early = |walk: &Walk| early(&walk.tape);
    assert_eq!((told(walks.clone()).0, early(&walks[0])), (Who::Peer, Some(false)));
}

#[test]
fn a_walk_without_a_connection_tells_no_round_trip() {
    let walks = quick();
    let mut datagrams = Walk { variant: Variant::Datagrams, stop: None, ..walks[0].clone() };
    let (phase, outcome) = (Phase::Connect, Outcome::Passed);
    let probe = Probe::Datagram { length: 1500, fragments: false };
    let entries = [Event::Enter { phase }, Event::Probe { number: 0, probe }, Event::Leave { phase, outcome }];
    let at = [0, 10, 6_000].map(Moment);
    datagrams.tape.0 = at.into_iter().zip(entries).map(|(at, event)| Entry { at, event }).collect();
    assert_eq!(datagrams.tape.round_trip(), None);
    assert_eq!(told(walks.into_iter().chain([datagrams]).collect()).0, Who::Path);
}

#[test]
fn an_end_that_was_under_way_is_the_hosts_when_the_host_resets_our_last_byte_too() {
    let early = || (9_000, frame(&[Rst], &answer()));
    let (who, why, _) = once([early()]);
    assert_eq!(who, Who::Unknown);
    assert!(why.contains("it was under way, or came from nearer than the host"), "{why}");
    let (who, why, _) = once([early(), (20_000, frame(&[Rst], &answer()))]);
    assert_eq!(who, Who::Peer, "{why}");
}

#[test]
fn what_comes_from_the_hosts_distance_each_time_is_the_hosts() {
    let (near, far) = (|| walk([(9_000, frame(&[Rst], &answer()))]), || walk([(20_500, frame(&[Rst], &answer()))]));
    assert_eq!(told(vec![far(), far()]).0, Who::Unknown, "twice is not each time");
    assert_eq!(told(vec![far(), far(), far()]).0, Who::Peer);
    assert_eq!(told(vec![far(), far(), far(), near()]).0, Who::Unknown);
}

#[test]
fn ids_that_count_on_are_the_hosts_mark() {
    let data = stamped(930, 124, Frame { id: Some(41), payload: 19, ack: 1041, ..frame(&[Psh, Ack], &answer()) });
    for (id, who) in [(42, Who::Peer), (41, Who::Unknown), (900, Who::Unknown)] {
        let reset = Frame { id: Some(id), seq: 5020, ..frame(&[Rst], &answer()) };
        assert_eq!(once([(21_000, data.clone()), (30_000, reset)]).0, who, "{id}");
    }
}

#[test]
fn behind_a_balancer_the_hosts_ttl_is_that_of_its_data() {
    let data =
        stamped(930, 124, Frame { ttl: 120, id: Some(41), payload: 19, ack: 1041, ..frame(&[Psh, Ack], &answer()) });
    let end = |ttl| {
        let reset = Frame { ttl, id: Some(42), seq: 5020, ..frame(&[Rst], &answer()) };
        walk([(21_000, data.clone()), (30_000, reset)])
    };
    assert_eq!(told(vec![end(120)]).0, Who::Peer);
    assert_eq!(told(vec![end(55)]).0, Who::Unknown, "the balancer's is neither the host's nor a stranger's");
    assert_eq!(told(vec![end(61)]).0, Who::Path);
    let found = verdict(vec![end(120)]).findings.into_iter().find(|finding| finding.rule == "connect.false-open");
    assert_eq!(found.map(|finding| finding.certainty), Some(Certainty::Likely));
}

#[test]
fn what_accepts_far_quicker_than_anything_is_answered_is_a_relay() {
    let quick = |answers: u64| {
        let answer = stamped(930, 124, Frame { payload: 19, ack: 1041, ..frame(&[Psh, Ack], &answer()) });
        let mut walk = walk([(answers, answer)]);
        // The SYN+ACK, a round trip of 500 µs away.
        walk.tape.0[1].at = Moment(1_500);
        walk
    };
    let open = |answers: &[u64]| {
        let verdict = verdict(answers.iter().map(|us| quick(*us)).collect());
        verdict.findings.iter().any(|finding| finding.rule == "connect.false-open")
    };
    assert!(open(&[30_000, 45_000, 31_000, 30_000]));
    assert!(!open(&[30_000, 45_000, 31_000]), "too few to tell");
    assert!(!open(&[30_000, 45_000, 31_000, 900]), "one answer was quick");
}

#[test]
fn among_many_ends_the_one_that_our_host_believed_counts() {
    let forged = (0..100_000).map(|n| (20_000, Frame { ttl: 54, seq: 9_000 + n, ..frame(&[Rst], &answer()) }));
    let walk = walk(forged.chain([(21_000, frame(&[Rst], &answer()))]));
    let end = end::End::find(&walk.tape).unwrap();
    assert_eq!((end.frame.seq, end.awaited, end.frames.len()), (5001, Some(5001), 100_005));
}

#[test]
fn a_refused_syn_tells_more_only_beside_what_was_accepted() {
    let refused = |ttl, second: Option<Frame>| {
        let mut walk = walk([]);
        let reset = Frame { ttl, seq: 0, ack: 1001, ..frame(&[Rst, Ack], &answer()) };
        walk.tape.0.truncate(1);
        let frames = [(9_000, Some(reset)), (22_000, second)];
        let frames = frames.into_iter().filter_map(|(at, it)| Some(Entry { at: Moment(at), event: Event::Frame(it?) }));
        walk.tape.0.extend(frames);
        let stop = walk.stop.as_mut().unwrap();
        (stop.phase, stop.cause) = (Phase::Connect, Cause::Refused);
        walk
    };
    assert_eq!(told(vec![refused(55, None)]).0, Who::Unknown);
    let accepted = || walk([(21_000, frame(&[Rst], &answer()))]);
    assert_eq!(told(vec![refused(61, None), accepted()]).0, Who::Path, "another walk was accepted");
    assert_eq!(told(vec![refused(55, None), accepted()]).0, Who::Unknown);
    let accepting = Frame { seq: 5000, ack: 1001, ..frame(&[Syn, Ack], &answer()) };
    assert_eq!(told(vec![refused(55, Some(accepting))]).1, "a SYN+ACK followed the RST");
    let again = Frame { ttl: 61, seq: 0, ack: 1001, ..frame(&[Rst, Ack], &answer()) };
    assert_eq!(told(vec![refused(55, Some(again))]).1, "two RSTs answered our SYN, with TTL 55 and 61");
}

#[test]
fn numbers_go_round() {
    assert_eq!(end::ahead(3, u32::MAX), Some(4));
    assert_eq!(end::ahead(u32::MAX, 3), None);
    let early = Duration::from_millis(20);
    assert_eq!(walk([]).tape.syn_rtt(), Some(early));
}
