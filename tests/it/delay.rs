//! How long the path takes and what it loses, against a link of our own that stamps and counts every packet; and how
//! long a probe takes on a long path.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use rdp_lab::bed::net::{Bed, Fate, Impairment, Link, Passage, Segment, Way, Wire};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::End;
use rdp_probe::clock::Moment;
use rdp_probe::evidence::{Recording, Senses, Source};
use rdp_probe::path::Share;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Until};
use rdp_probe::survey::Survey;

const MS: Duration = Duration::from_millis(1);

/// Probes a scenario's server at the other end of a bed, and lets everybody close in peace.
fn probed(bed: &Bed, name: &str, ipv6: bool, capture: bool, change: impl FnOnce(&mut Plan) + Send) -> Survey {
    let lab = bed.server().lab(Scenario::find(name).expect("a scenario")).expect("a server");
    let [v4, v6] = lab.addresses();
    let mut plan = probe::plan(if ipv6 { v6 } else { v4 });
    change(&mut plan);
    let survey = bed.client().block_on(|| async {
        let mut senses = if capture { Senses::open() } else { Senses::default() };
        probe::run_with(&plan, &mut senses).await
    });
    for connection in lab.finish() {
        assert_eq!(connection.end, End::Fin, "{name}: {connection}");
    }
    survey
}

#[test]
fn the_least_round_trip_is_the_one_that_the_link_stamps() {
    thread::scope(|scope| {
        for round_trip in [20 * MS, 100 * MS, 300 * MS] {
            for ipv6 in [false, true] {
                scope.spawn(move || stamped(round_trip, ipv6));
            }
        }
    });
}

/// What the wire and the kernel say after twenty connections is what the link saw.
fn stamped(round_trip: Duration, ipv6: bool) {
    let Some(bed) = or_skip(Bed::new([Wire::link(Impairment::delay(round_trip / 2))])) else { return };
    let survey = probed(&bed, "healthy", ipv6, true, |plan| {
        (plan.count, plan.interval, plan.until) = (20, Duration::ZERO, Until::Phase(Phase::Connect));
    });
    let stamped = bed.link(0).round_trips();
    assert_eq!(stamped.len(), 20);
    let wire = survey.path().latency.round_trip.expect("twenty connections");
    assert_eq!((wire.source, wire.repeats.map(|spread| spread.n)), (Source::Wire, Some(19)));
    // The link stamps within what they measure, and one of twenty times nobody came in between.
    let kernel = |tape: &Recording| Some(Duration::from_micros(tape.kernel(Phase::Connect)?.min_rtt_us?));
    assert_eq!(
        survey.walks.iter().filter_map(|walk| walk.tape.syn_rtt()).min(),
        Some(Duration::from_micros(wire.least_us))
    );
    for measure in [Recording::syn_rtt, kernel] {
        let measured = survey.walks.iter().map(|walk| measure(&walk.tape).expect("a round trip"));
        let later = measured.zip(&stamped).map(|(measured, stamped)| measured.checked_sub(*stamped));
        let least = later.min().flatten().expect("no answer comes before the link has let it go");
        assert!(least < MS.max(round_trip / 50), "{least:?} later than {stamped:?}, IPv6: {ipv6}");
    }
}

#[test]
fn a_healthy_server_far_away_is_probed_in_a_few_round_trips() {
    let far = Impairment::delay(50 * MS);
    thread::scope(|scope| {
        for (capture, all) in [(false, false), (true, false), (true, true)] {
            let wire = Wire::link(far.clone());
            scope.spawn(move || {
                let Some(bed) = or_skip(Bed::new([wire])) else { return };
                let survey = probed(&bed, "nla-required", false, capture, |plan| (plan.mtu, plan.hops) = (all, all));
                let (took, turns) = (Duration::from_micros(survey.took_us), turns(bed.link(0)));
                assert!(took < 3000 * MS, "{took:?} with capture: {capture}, all that can be asked for: {all}");
                assert!(all || turns <= 9, "{turns} round trips with capture: {capture}");
                // Full-sized packets, a long ClientHello, datagrams, hops.
                assert_eq!(survey.walks.len(), 3 + if all { 4 } else { 0 });
            });
        }
    });
}

/// How often the server answered what the client had said, at the client's end.
fn turns(link: &Link) -> usize {
    let mut said: Vec<(Moment, Way)> = Vec::new();
    for passage in link.passages() {
        let speaks = Segment::read(&passage.packet).is_some_and(|segment| segment.syn || !segment.payload.is_empty());
        match (passage.way, passage.fate) {
            _ if !speaks => {}
            (Way::Up, _) => said.push((passage.entered, Way::Up)),
            (Way::Down, Fate::Left(left)) => said.push((left, Way::Down)),
            (Way::Down, _) => panic!("a link without loss"),
        }
    }
    said.sort_by_key(|(at, _)| *at);
    said.windows(2).filter(|pair| pair[0].1 == Way::Up && pair[1].1 == Way::Down).count()
}

/// How often the test of the loss is done for each share, with other seeds: once, or as often as `SOAK` says.
fn rounds() -> u64 {
    env::var("SOAK").map_or(1, |rounds| rounds.parse().expect("a number of rounds"))
}

#[test]
fn what_is_sent_again_is_what_the_link_saw_twice() {
    thread::scope(|scope| {
        for round in 0..rounds() {
            for (percent, walks) in [(0, 8), (1, 8), (5, 8), (20, 2)] {
                scope.spawn(move || lossy(percent, walks, round));
            }
        }
    });
}

/// Walks on a link that loses packets each way: the shares of the report are those of the link's packets.
fn lossy(percent: u32, walks: u32, round: u64) {
    let way = |seed| Impairment::loss(f64::from(percent) / 100.0, seed);
    let Some(bed) = or_skip(Bed::new([Wire::link_ways(way(2 * round), way(2 * round + 1))])) else { return };
    // In TLS 1.2 our goodbye can be read, and told from what is counted.
    let survey = probed(&bed, "tls12", false, false, |plan| {
        (plan.count, plan.interval) = (walks, Duration::ZERO);
        (plan.timeout, plan.deadline) = (Duration::from_mins(1), Duration::from_mins(10));
    });
    let passages = bed.link(0).passages();
    let (mut syns, mut data) = ((0, 0), (0, 0));
    for (walk, sent) in survey.walks.iter().zip(sent(&passages)) {
        add(&mut syns, &sent.syns);
        // What a phase sent that stopped is not counted.
        if walk.stop.is_none() {
            add(&mut data, &sent.data);
        }
    }
    let loss = survey.path().loss;
    let counted = |share: Option<Share>| share.map(|share| (share.k, share.n));
    let said = format!("{percent} %, round {round}, link {:?}", Way::BOTH.map(|way| bed.link(0).counts(way)));
    assert_eq!(counted(loss.tcp_syn), Some(syns), "SYNs, {said}");
    assert_eq!(counted(loss.tcp_data.map(|data| data.again)), Some(data), "data, {said}");
}

/// Sequence numbers that one connection sent, as often as they came to the link.
#[derive(Default)]
struct Sent {
    syns: Vec<u32>,
    data: Vec<u32>,
}

/// How many were sent again, of how many.
fn add((again, all): &mut (u32, u32), sent: &[u32]) {
    let count = |n: usize| u32::try_from(n).expect("a short connection");
    *all += count(sent.len());
    *again += count(sent.len() - sent.iter().collect::<BTreeSet<_>>().len());
}

/// What the client sent, each connection on its own, in their order; without goodbyes.
fn sent(passages: &[Passage]) -> Vec<Sent> {
    let (mut order, mut connections) = (Vec::new(), HashMap::<SocketAddr, Sent>::new());
    let segments = passages.iter().filter(|passage| passage.way == Way::Up);
    for segment in segments.filter_map(|passage| Segment::read(&passage.packet)) {
        let connection = connections.entry(segment.from).or_insert_with(|| {
            order.push(segment.from);
            Sent::default()
        });
        match segment.payload.first() {
            None if segment.syn => connection.syns.push(segment.sequence),
            None | Some(0x15) => {}
            Some(_) => connection.data.push(segment.sequence),
        }
    }
    order.iter().filter_map(|from| connections.remove(from)).collect()
}
