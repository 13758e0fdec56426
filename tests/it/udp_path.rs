//! What a path does to datagrams, on paths of our own: each fate gets its own finding, and none touches what is said of
//! TCP.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rdp_lab::bed::net::{Bed, Lab, Reject, Rule, Way, Wire};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::path::Outlook;
use rdp_probe::plan::{Plan, Udp};
use rdp_probe::stop::CauseKind;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Certainty, Outcome, diagnose};
use rdp_probe::walk::Variant;
use tokio::net::UdpSocket;

fn server() -> Scenario {
    Scenario::find("udp-healthy").expect("a scenario")
}

/// Two routers between us and the server.
fn path() -> Option<Bed> {
    or_skip(Bed::new([Wire::default(), Wire::default(), Wire::default()]))
}

/// Probes a server at the other end of a bed, whose TCP nothing on the path touches.
fn probed(bed: &Bed, ipv6: bool, change: impl FnOnce(&mut Plan) + Send) -> Survey {
    probed_at(bed, &bed.server().lab(server()).expect("a server"), ipv6, change)
}

/// Probes this one.
fn probed_at(bed: &Bed, lab: &Lab, ipv6: bool, change: impl FnOnce(&mut Plan) + Send) -> Survey {
    let mut plan = probe::plan(if ipv6 { lab.v6 } else { lab.v4 });
    plan.udp = Some(Udp::default());
    change(&mut plan);
    let survey = bed.client().block_on(|| probe::run(&plan));
    let verdict = diagnose(&survey);
    assert_eq!((verdict.outcome, verdict.stop), (Outcome::Gate, None), "{}", verdict.headline);
    survey
}

/// The findings about datagrams on the path, and how sure they are.
fn findings(survey: &Survey) -> Vec<(String, Certainty)> {
    let findings = diagnose(survey).findings.into_iter().map(|finding| (finding.rule, finding.certainty));
    findings.filter(|(rule, _)| rule.starts_with("udp.") && rule != "udp.server-age").collect()
}

fn outlook(survey: &Survey) -> Outlook {
    survey.path().udp.expect("datagrams were sent").outlook
}

/// The same in both families, side by side: whoever gets no answer waits.
fn both(test: impl Fn(bool) + Sync) {
    thread::scope(|scope| {
        for ipv6 in [false, true] {
            let test = &test;
            scope.spawn(move || test(ipv6));
        }
    });
}

fn one(rule: &str, certainty: Certainty) -> Vec<(String, Certainty)> {
    vec![(rule.to_owned(), certainty)]
}

#[test]
fn a_path_that_carries_all_is_no_finding_but_that() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        let survey = probed(&bed, ipv6, |_| {});
        assert_eq!((outlook(&survey), findings(&survey)), (Outlook::Helps, one("udp.works", Certainty::Certain)));
    });
}

#[test]
fn datagrams_that_are_dropped_are_unknown_and_never_closed() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        bed.router(0).firewall(Rule::drop().udp()).expect("a rule");
        let survey = probed(&bed, ipv6, |_| {});
        assert_eq!((outlook(&survey), findings(&survey)), (Outlook::Unknown, one("udp.silent", Certainty::Possible)));
    });
}

#[test]
fn long_datagrams_that_vanish_are_a_black_hole() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        bed.router(1).firewall(Rule::drop().udp().larger_than(1200).toward(Way::Up)).expect("a rule");
        let survey = probed(&bed, ipv6, |_| {});
        assert_eq!(findings(&survey), one("udp.size-black-hole", Certainty::Likely));
        let udp = survey.path().udp.expect("datagrams were sent");
        assert_eq!((udp.outlook, udp.passes, udp.fails), (Outlook::Hurts, Some(1132), Some(1232)));
    });
}

#[test]
fn a_limit_on_the_rate_is_told_from_loss() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        let limit = Rule::drop().udp().toward(Way::Up).narrow("limit rate over 2/second burst 1 packets");
        bed.router(0).firewall(limit).expect("a rule");
        let survey = probed(&bed, ipv6, |plan| (plan.count, plan.interval) = (20, Duration::ZERO));
        let found = findings(&survey);
        assert!(
            found.contains(&("udp.rate-limited".to_owned(), Certainty::Likely)),
            "{found:?} {:?}",
            survey.path().udp
        );
        assert!(!found.iter().any(|(rule, _)| ["udp.loss", "udp.works"].contains(&rule.as_str())), "{found:?}");
    });
}

#[test]
fn loss_that_tcp_does_not_have_is_told() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        // Every tenth datagram, whichever way it goes.
        let rule = Rule::drop().udp().narrow("numgen inc mod 10 == 0");
        let dropped = bed.router(1).firewall(rule).expect("a rule");
        let survey = probed(&bed, ipv6, |plan| (plan.count, plan.interval) = (40, Duration::ZERO));
        let found = findings(&survey);
        assert!(found.contains(&("udp.loss".to_owned(), Certainty::Likely)), "{found:?} {:?}", survey.path());
        assert!(!found.iter().any(|(rule, _)| ["udp.rate-limited", "udp.works"].contains(&rule.as_str())), "{found:?}");
        let lost = survey.path().udp.and_then(|udp| udp.lost).expect("SYNs");
        assert!(lost.n == 40 && u64::from(lost.k) <= dropped.packets().expect("a count"), "{lost:?}");
    });
}

#[test]
fn udp_that_a_router_rejects_is_told_with_its_address() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        let router = bed.router(1);
        router.firewall(Rule::reject(Reject::AdminProhibited).udp()).expect("a rule");
        let survey = probed(&bed, ipv6, |_| {});
        assert_eq!(findings(&survey), one("udp.prohibited", Certainty::Certain));
        let udp = survey.path().udp.expect("datagrams were sent");
        let address: IpAddr = router.addresses()[usize::from(ipv6)];
        assert!(udp.outlook == Outlook::Blocked && udp.because.contains(&address.to_string()), "{udp:?}");
    });
}

#[test]
fn a_nat_that_forgets_is_told() {
    both(|ipv6| {
        let Some(bed) = path() else { return };
        // After two idle seconds a flow gets another port.
        for timeout in ["udp_timeout", "udp_timeout_stream"] {
            bed.router(0).sysctl(&format!("net/netfilter/nf_conntrack_{timeout}"), "2").expect("a timeout");
        }
        let mut nft = Command::new("nft");
        nft.arg("table inet nat { chain out { type nat hook postrouting priority 100; masquerade fully-random; }; }");
        let done = bed.router(0).output(&mut nft).expect("nft runs");
        assert!(done.status.success(), "{done:?}");
        let idle = |time| move |plan: &mut Plan| plan.udp = Some(Udp { idle: Some(time), ..Udp::default() });
        let lab = bed.server().lab(server()).expect("a server");
        let survey = probed_at(&bed, &lab, ipv6, idle(Duration::from_secs(4)));
        let found = findings(&survey);
        assert!(found.contains(&("udp.forgotten-when-idle".to_owned(), Certainty::Likely)), "{found:?}");
        let survey = probed_at(&bed, &lab, ipv6, idle(Duration::from_millis(200)));
        assert_eq!(findings(&survey), one("udp.works", Certainty::Certain), "what is not idle so long is remembered");
    });
}

/// Passes datagrams on to a server, and back, each so late; on loopback.
async fn late(server: SocketAddr, by: Duration) -> SocketAddr {
    let front = UdpSocket::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = front.local_addr().expect("an address");
    let front = Arc::new(front);
    tokio::spawn(async move {
        let mut behind = HashMap::new();
        let mut bytes = [0; 2048];
        while let Ok((length, client)) = front.recv_from(&mut bytes).await {
            let socket = match behind.get(&client) {
                Some(socket) => Arc::clone(socket),
                None => Arc::new(UdpSocket::bind(("127.0.0.1", 0)).await.expect("a port")),
            };
            if behind.insert(client, Arc::clone(&socket)).is_none() {
                socket.connect(server).await.expect("the server's address");
                tokio::spawn(back(Arc::clone(&socket), Arc::clone(&front), client));
            }
            let datagram = bytes[..length].to_vec();
            tokio::spawn(async move {
                // The way is so long.
                tokio::time::sleep(by).await;
                socket.send(&datagram).await.expect("the server is there");
            });
        }
    });
    address
}

/// Passes on to a client what the server answers.
async fn back(socket: Arc<UdpSocket>, front: Arc<UdpSocket>, client: SocketAddr) {
    let mut bytes = [0; 2048];
    while let Ok(length) = socket.recv(&mut bytes).await {
        front.send_to(&bytes[..length], client).await.expect("the client is there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slower_way_for_datagrams_is_told() {
    let lab = LabServer::start(server()).await.expect("a server");
    let way = late(lab.address, Duration::from_millis(60)).await;
    let mut plan = probe::plan(lab.address);
    plan.udp = Some(Udp { port: Some(way.port()), ..Udp::default() });
    let survey = probe::run(&plan).await;
    assert_eq!((outlook(&survey), findings(&survey)), (Outlook::Hurts, one("udp.slower", Certainty::Likely)));
}

#[test]
fn a_datagram_that_our_own_interface_does_not_take_is_no_black_hole() {
    let Some(bed) = or_skip(Bed::new([])) else { return };
    bed.client().ip("link set lo mtu 1000").expect("a short loopback");
    let survey = probed(&bed, false, |_| {});
    let stops =
        survey.walks.iter().filter(|walk| walk.variant == Variant::UdpSyn).filter_map(|walk| walk.stop.as_ref());
    let stops: Vec<_> = stops.map(|stop| (stop.cause.kind(), stop.detail.contains("Message too long"))).collect();
    assert!(!stops.is_empty() && stops.iter().all(|stop| *stop == (CauseKind::Local, true)), "{stops:?}");
    assert_eq!(outlook(&survey), Outlook::Hurts);
    assert!(!findings(&survey).iter().any(|(rule, _)| rule == "udp.size-black-hole"), "{:?}", findings(&survey));
}
