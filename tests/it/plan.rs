//! The default plan's table in REPORT.md, counted at the server: what a bare `rdp-probe HOST` sends at most.

use std::net::Ipv4Addr;

use rdp_lab::act::{Act, Step};
use rdp_lab::bed;
use rdp_lab::scenario::{Protocol, Scenario};
use rdp_lab::server::{Connection, LabServer};
use rdp_packets::negotiate::Protocols;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Udp, Until, preview};

use crate::command::{document, twin};
use crate::lab::{Probed, each, probe, probe_with};

/// What mstsc offers first.
const FIRST: Protocols = Protocols::SSL.with(Protocols::HYBRID).with(Protocols::HYBRID_EX);

/// Connections for the protocol picture, and for a server that rustls cannot speak to.
const PICTURE: usize = 2;
const DESCRIBED: usize = 2;

/// Experiments after a stop.
const EXPERIMENTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_server_sees_one_walk_and_two_requests_more() {
    for name in ["nla-required", "nla-optional", "nla-absent", "rdp-unasked"] {
        let Probed { connections, .. } = named(name).await;
        let [baseline, picture @ ..] = connections.as_slice() else { panic!("{name}: nobody came") };
        assert_eq!(baseline.offers, [FIRST], "{name}: {baseline}");
        assert_eq!(baseline.routing.as_deref(), Some("mstshash=rdp-probe"), "{name}: {baseline}");
        assert_eq!(picture.len(), PICTURE, "{name}: {connections:?}");
        for connection in picture {
            assert_eq!(connection.offers.len(), 1, "{name}: {connection}");
            assert!(says_no_more(connection), "{name}: more than a Connection Request: {connection}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gate_takes_one_ntlm_negotiate_or_one_connect_initial() {
    for (name, ts_requests, initials, handshakes) in
        [("nla-required", 1, 0, 1), ("nla-absent", 0, 1, 1), ("legacy", 0, 1, 0)]
    {
        let Probed { connections, .. } = named(name).await;
        let sum = |count: fn(&Connection) -> usize| connections.iter().map(count).sum::<usize>();
        assert_eq!(sum(|connection| connection.ts_requests.len()), ts_requests, "{name}");
        assert_eq!(sum(|connection| connection.initials), initials, "{name}");
        assert_eq!(sum(|connection| connection.handshakes), handshakes, "{name}");
        assert_eq!(sum(|connection| connection.authenticates), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_rustls_cannot_speak_to_is_asked_twice_more_at_most() {
    for name in ["tls10-only", "rsa-key-exchange", "key-unusable", "hello-closed", "hello-declined"] {
        let scenario = Scenario::find(name).expect("a scenario");
        let Probed { connections, .. } = probe_with(scenario, |plan| plan.experiments = false).await;
        assert!((2..=1 + DESCRIBED).contains(&connections.len()), "{name}: {connections:?}");
        assert!(connections.iter().all(|connection| connection.hellos == 1), "{name}: {connections:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_tls_is_asked_once_more_for_rdp_alone() {
    let Probed { connections, .. } = named("rdp-only").await;
    let offers: Vec<Protocols> = connections.iter().flat_map(|connection| connection.offers.clone()).collect();
    assert_eq!(offers, [FIRST, Protocols::RDP]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stop_is_followed_by_more_than_the_plan_allows() {
    let counts = each(Scenario::all(), async |scenario| {
        let scenario = scenario.expect("a scenario reads");
        (scenario.name.clone(), probe(scenario).await.connections.len())
    })
    .await;
    let most = 1 + DESCRIBED + EXPERIMENTS;
    assert!(counts.iter().all(|(_, count)| *count <= most), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_are_walks_like_the_first_and_tell_how_often() {
    let mut scenario = Scenario::parse("intermittent", "about = ''").expect("an empty scenario");
    scenario.acts_on = vec![1, 4];
    let probed = probe_with(scenario.with(Step::Tls, Act::Reset), |plan| {
        (plan.count, plan.interval) = (5, std::time::Duration::ZERO);
    })
    .await;
    assert!(probed.verdict.headline.contains("2 of 5"), "{}", probed.verdict.headline);
    assert!(probed.findings().contains(&"run.intermittent"), "{:?}", probed.findings());
    let walks: Vec<usize> = probed.connections.iter().map(|connection| connection.ts_requests.len()).collect();
    assert_eq!(walks.iter().take(5).copied().collect::<Vec<_>>(), [1, 0, 1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_preview_says_no_less_than_is_sent() {
    for name in ["nla-required", "rdp-only", "tls10-only", "key-unusable"] {
        let mut announced = 0;
        let probed = probe_with(Scenario::find(name).expect("a scenario"), |plan| {
            announced = preview(plan).iter().map(|line| line.at_most).sum();
        })
        .await;
        let sent = u32::try_from(probed.connections.len()).expect("few connections");
        assert!(sent <= announced, "{name}: {sent} connections, {announced} announced");
    }
}

#[test]
fn what_is_asked_for_besides_the_walk_is_announced() {
    let mut plan = rdp_lab::probe::plan("192.0.2.1:3389".parse().expect("an address"));
    let announced = |plan: &_| preview(plan).iter().map(|line| line.at_most).sum::<u32>();
    let bare = announced(&plan);
    assert_eq!(announced(&Plan { experiments: false, ..plan.clone() }), bare - 6 - 30);
    // A SYN a hop is no longer sent beside those.
    plan.hops = true;
    assert_eq!(announced(&plan) - bare, 300 - 30 + 5);
    plan.mtu = true;
    assert_eq!(announced(&plan) - bare, 300 - 30 + 5 + 40 + 5 + 10);
}

#[test]
fn without_tcp_no_connection_is_announced() {
    let plan = rdp_lab::probe::plan("192.0.2.1:3389".parse().expect("an address"));
    let plan = Plan { tcp: false, follow: true, hops: true, mtu: true, udp: Some(Udp::default()), ..plan };
    let lines = preview(&plan);
    let sent: Vec<_> = lines.iter().filter(|line| line.at_most > 0).map(|line| line.what.as_str()).collect();
    assert_eq!(sent, ["over UDP, beside it: datagrams of RDP-UDP from ports of their own"]);
    assert_eq!(plan.first_request(), "a datagram of RDP-UDP");
    let plan = Plan { tcp: true, until: Until::Phase(Phase::Connect), ..plan };
    assert_eq!((plan.first_request().as_str(), plan.next_messages().as_str()), ("no message to the target", "nothing"));
}

#[test]
fn with_a_kdc_the_request_for_a_ticket_is_announced() {
    let mut plan = rdp_lab::probe::plan("192.0.2.1:3389".parse().expect("an address"));
    assert!(plan.next_messages().contains("; with NLA: NTLM NEGOTIATE in a TSRequest (no password in it); "));
    plan.logon.kdc = Some("192.0.2.2:88".to_owned());
    assert!(
        plan.next_messages().contains("; with NLA: a Kerberos TGT request in a TSRequest, or NTLM NEGOTIATE where")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_ends_cleanly() {
    for protocol in [Protocol::HybridEx, Protocol::Ssl] {
        let mut scenario = Scenario::parse("clean", "about = ''").expect("an empty scenario");
        scenario.security.accepts = vec![protocol];
        for connection in probe(scenario).await.connections {
            assert_eq!(connection.end, rdp_lab::server::End::Fin, "{connection}");
            assert_eq!(connection.close_notify, connection.handshakes > 0, "{connection}");
            assert_eq!(connection.fault, None, "{connection}");
        }
    }
}

async fn named(name: &str) -> Probed {
    probe(Scenario::find(name).expect("a scenario")).await
}

/// Whether nothing followed the Connection Request.
fn says_no_more(connection: &Connection) -> bool {
    connection.hellos + connection.handshakes + connection.initials + connection.ts_requests.len() == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_that_passes_is_found_after_a_stop() {
    let one = LabServer::start(Scenario::find("key-unusable").expect("a scenario")).await.expect("a lab server");
    let port = one.address.port();
    let healthy = Scenario::find("healthy").expect("a scenario");
    let other = LabServer::listen(healthy, (Ipv4Addr::new(127, 0, 0, 2), port).into()).await.expect("another");
    let output = tokio::task::spawn_blocking(move || twin(port, "", "")).await.expect("it runs");
    let Some(output) = bed::or_skip(output) else { return };
    let report = document(&output);
    let rules: Vec<&str> = report["verdict"]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|it| it["rule"].as_str())
        .collect();
    assert!(rules.contains(&"run.other-address-passes"), "{rules:?}");
    assert_eq!((one.finish().await.len(), other.finish().await.len()), (8, 1), "{}", report["verdict"]["headline"]);
}
