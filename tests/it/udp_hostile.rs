//! What the UDP leg does with servers that do wrong, and with the tunnels that they ask for.

use std::time::Duration;

use rdp_lab::scenario::Scenario;
use rdp_lab::udp::{Heard, Tunnel};
use rdp_packets::session::MultitransportResult;
use rdp_probe::evidence::Event;
use rdp_probe::path::Outlook;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Udp};
use rdp_probe::report::{self, Look, Report};
use rdp_probe::stop::{Cause, CauseKind};
use rdp_probe::verdict::Outcome;
use rdp_probe::walk::{Variant, Walk};

use crate::udp::{Tried, server, started, tried, try_out};

/// Longer than any run may take that gets its answers or gives up: three waits of two seconds, and what lies between.
const LONG: Duration = Duration::from_secs(10);

/// Entries of a tape that a flood may fill: each datagram that is read has its own.
const ENTRIES: usize = 300;

/// Holds a run to its bounds, whatever the server does, and TCP to its outcome.
fn assert_bounded(tried: &Tried, act: &str) {
    let took = Duration::from_micros(tried.survey.took_us);
    assert!(took < LONG, "{act}: {took:?}");
    assert!(tried.came() <= 40, "{act}: {} datagrams", tried.came());
    for walk in tried.walks() {
        assert!(walk.tape.entries().len() <= ENTRIES, "{act}: {}: {}", walk.variant, walk.tape.entries().len());
    }
    assert_eq!((tried.verdict.outcome, &tried.verdict.stop), (Outcome::Gate, &None), "{act}");
}

/// The field that a walk stopped at.
fn field(walk: &Walk) -> Option<(Phase, &str)> {
    let stop = walk.stop.as_ref()?;
    let Cause::Garbled(garbled) = &stop.cause else { return None };
    Some((stop.phase, garbled.field.as_str()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_none_is_told_by_its_field() {
    for (act, at) in [
        ("truncated", "uDownStreamMtu"),
        ("mtu-zero", "uUpStreamMtu"),
        ("mtu-huge", "uUpStreamMtu"),
        ("wrong-isn", "snSourceAck"),
        ("stale", "uFlags"),
    ] {
        let tried = tried(&format!("act = '{act}'")).await;
        assert_bounded(&tried, act);
        for walk in tried.walks() {
            assert_eq!(field(walk), Some((Phase::UdpSyn, at)), "{act}: {}: {:?}", walk.variant, walk.stop);
        }
        assert_eq!((tried.outlook(), tried.findings()), (Outlook::Unknown, vec!["udp.garbled"]), "{act}");
        let because = tried.survey.path().udp.expect("it was tried").because;
        assert!(because.contains(at), "{act}: {because}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_read_up_to_a_bound() {
    let tried = tried("act = 'flood'").await;
    assert_bounded(&tried, "flood");
    assert!(tried.flows.iter().any(|flow| flow.sent > 256), "{:?}", tried.flows);
    assert!(tried.walk(Variant::UdpSyn).facts.udp_syn.repeats > Some(0));
    assert!(tried.findings().contains(&"udp.garbled"), "{:?}", tried.findings());
    assert_eq!(field(tried.walk(Variant::UdpDescribed)), Some((Phase::UdpTls, "order")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_stops_is_left_in_time() {
    let tried = tried("act = 'forever'").await;
    assert_bounded(&tried, "forever");
    assert!(tried.walk(Variant::UdpDescribed).stopped(Phase::UdpTls, CauseKind::Silence).is_some());
    assert!(tried.walk(Variant::UdpDescribed).facts.udp_syn.repeats > Some(10));
    assert!(tried.finding("udp.no-tls").is_some(), "{:?}", tried.findings());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_network_does_to_datagrams_does_no_harm() {
    for act in ["out-of-order", "duplicates", "endless-acks", "second-answer"] {
        let tried = tried(&format!("act = '{act}'")).await;
        assert_bounded(&tried, act);
        for walk in tried.walks() {
            assert_eq!(walk.stop, None, "{act}: {}", walk.variant);
            let repeats = walk.facts.udp_syn.repeats;
            assert_eq!(repeats > Some(0), act == "duplicates", "{act}: {}: {repeats:?}", walk.variant);
        }
        assert!(tried.walk(Variant::UdpTls).facts.udp_tls.certificate.is_some(), "{act}");
        assert_eq!(tried.finding("udp.garbled"), None, "{act}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_runs_deadline_ends_a_flow_that_is_left_idle() {
    let (server, plan) = server("").await;
    let udp = Some(Udp { idle: Some(Duration::from_mins(1)), ..Udp::default() });
    let tried = try_out(server, &Plan { deadline: Duration::from_secs(3), udp, ..plan }).await;
    assert_bounded(&tried, "idle");
    assert!(tried.walk(Variant::UdpIdle).is_cut(), "{:?}", tried.walk(Variant::UdpIdle).stop);
    assert_eq!(tried.finding("udp.forgotten-when-idle"), None);
}

/// A session whose server asks for a tunnel, and answers UDP as this table says.
fn session(table: &str) -> Scenario {
    let udp = Scenario::parse("udp", &format!("about = ''\n[udp]\n{table}")).expect("a table").udp;
    Scenario { udp, ..Scenario::find("udp-session").expect("a scenario") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tunnel_is_made_and_its_cookie_is_nowhere() {
    let unencrypted = Scenario::parse(
        "clear",
        "about = ''\nuntil = 'ready'\n[security]\naccepts = ['rdp']\notherwise = 'rdp'\n[session]\n\
         encryption = 'none'\ndoes = ['multitransport']\n[udp]",
    );
    for scenario in [session(""), unencrypted.expect("a scenario")] {
        let (server, plan) = started(scenario).await;
        let cookies = server.cookies.clone();
        let tried = try_out(server, &plan).await;
        let walk = tried.walk(Variant::UdpTunnel);
        assert_eq!((&walk.stop, walk.facts.udp_tunnel.result.as_deref()), (&None, Some("S_OK")));
        assert_eq!((walk.facts.udp_tunnel.request_id, walk.facts.udp_syn.version.as_deref()), (Some(1), Some("2")));
        assert_eq!(tried.verdict.outcome, Outcome::Ready, "{}", tried.verdict.headline);
        assert!(tried.finding("udp.tunnel-made").is_some(), "{:?}", tried.findings());
        assert_eq!(tried.flows.iter().filter(|flow| flow.tunnel == Some(Tunnel::Created)).count(), 1);
        let hashes = tried.flows.iter().filter(|flow| matches!(flow.received[0].heard, Heard::Syn { hash: true, .. }));
        assert_eq!(hashes.count(), 1, "no hash of the cookie: the one in version 3 is random");
        // Only a failure is told.
        assert_eq!(tried.connections[0].visit.multitransport, None);

        let given = cookies.given();
        let [cookie] = &given[..] else { panic!("{} cookies", given.len()) };
        for walk in &tried.survey.walks {
            for (_, entry) in walk.tape.entries() {
                let (Event::Sent(kept)
                | Event::Received(kept)
                | Event::Opened { bytes: kept, .. }
                | Event::Sealed { bytes: kept, .. }) = &entry.event
                else {
                    continue;
                };
                assert!(!kept.bytes.windows(16).any(|window| window == cookie.0), "{}: {entry:?}", walk.variant);
            }
        }
        let hex = format!("{:032x}", u128::from_be_bytes(cookie.0));
        let debug = format!("{:?}", tried.survey);
        let report = Report::new(tried.survey, None);
        let json = serde_json::to_string(&report).expect("JSON");
        for told in [json, report::text(&report, Look::default()), debug] {
            assert!(!told.contains(&hex) && !told.contains(&format!("{:?}", cookie.0)));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_that_fails_is_told_to_the_server_and_the_session_comes_up() {
    for (table, phase) in [
        ("act = 'truncated'", Phase::UdpSyn),
        ("answers = 'none'", Phase::UdpSyn),
        ("tls = false", Phase::UdpTls),
        ("act = 'flood'", Phase::UdpTls),
    ] {
        let (server, plan) = started(session(table)).await;
        let tried = try_out(server, &plan).await;
        assert_eq!((tried.verdict.outcome, &tried.verdict.stop), (Outcome::Ready, &None), "{table}");
        let stop = tried.walk(Variant::UdpTunnel).stop.as_ref().expect("a stop");
        assert_eq!(stop.phase, phase, "{table}: {stop:?}");
        assert!(tried.finding("udp.tunnel-failed").is_some(), "{table}: {:?}", tried.findings());
        assert_eq!(tried.connections[0].visit.multitransport, Some(MultitransportResult::E_ABORT), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_udp_the_transport_is_declined() {
    let (server, plan) = started(session("")).await;
    let tried = try_out(server, &Plan { udp: None, ..plan }).await;
    assert_eq!((tried.verdict.outcome, tried.came()), (Outcome::Ready, 0));
    assert_eq!(tried.connections[0].visit.multitransport, Some(MultitransportResult::E_ABORT));
    assert_eq!(tried.walks().count(), 0);
}
