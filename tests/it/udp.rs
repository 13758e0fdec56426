//! The probe's UDP leg against the lab: what it sends, what it learns, and what it leaves alone.

use std::collections::BTreeSet;
use std::time::Duration;

use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::{Connection, LabServer};
use rdp_lab::udp::{Flow, Heard};
use rdp_probe::evidence::Recording;
use rdp_probe::path::Outlook;
use rdp_probe::phase::{Leg, Phase};
use rdp_probe::plan::{Plan, Udp, preview};
use rdp_probe::stop::CauseKind;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Certainty, Verdict, diagnose};
use rdp_probe::walk::{Variant, Walk};
use tokio::time::timeout;

/// Datagrams that a bare run sends at most.
const MOST: usize = 40;

/// The same where none is lost.
const UNLOST: usize = 28;

/// Longer than the server's pause before it sends a SYN+ACK again.
const QUIET: Duration = Duration::from_millis(1500);

/// What came of a run, on all sides.
pub(crate) struct Tried {
    pub(crate) survey: Survey,
    pub(crate) verdict: Verdict,
    pub(crate) connections: Vec<Connection>,
    pub(crate) flows: Vec<Flow>,
    /// Datagrams that the plan announces.
    announced: usize,
}

/// Probes a server, and holds what it sends over UDP to the plan.
pub(crate) async fn try_out(server: LabServer, plan: &Plan) -> Tried {
    let announced = preview(plan).iter().find(|line| line.what.contains("RDP-UDP")).map_or(0, |line| line.at_most);
    let survey = probe::run(plan).await;
    let flows = server.flows.seen();
    let verdict = diagnose(&survey);
    let tried = Tried { verdict, survey, flows, announced: announced as usize, connections: server.finish().await };
    assert!(tried.came() <= tried.announced, "{} datagrams, {} announced", tried.came(), tried.announced);
    tried
}

/// A server with NLA that answers UDP as this table says.
pub(crate) async fn server(table: &str) -> (LabServer, Plan) {
    let scenario = Scenario::parse("udp", &format!("about = ''\n[udp]\n{table}")).expect("a scenario");
    started(scenario).await
}

/// The server of a scenario, and what the scenario asks of the probe.
pub(crate) async fn started(scenario: Scenario) -> (LabServer, Plan) {
    let server = LabServer::start(scenario.clone()).await.expect("a server");
    let plan = probe::plan_of(&scenario, server.address).expect("a plan");
    (server, plan)
}

/// Probes a server that answers UDP as this table says.
pub(crate) async fn tried(table: &str) -> Tried {
    let (server, plan) = server(table).await;
    try_out(server, &plan).await
}

impl Tried {
    /// The walk of a variant.
    pub(crate) fn walk(&self, variant: Variant) -> &Walk {
        self.survey.variant(variant).unwrap_or_else(|| panic!("no walk {variant}: {}", self.verdict.headline)).1
    }

    /// The walks over UDP.
    pub(crate) fn walks(&self) -> impl Iterator<Item = &Walk> {
        self.survey.walks.iter().filter(|walk| walk.variant.leg() == Leg::Udp)
    }

    /// Datagrams that the server heard.
    pub(crate) fn came(&self) -> usize {
        self.flows.iter().map(|flow| flow.received.len()).sum()
    }

    /// How sure a rule over UDP is, where it holds.
    pub(crate) fn finding(&self, rule: &str) -> Option<Certainty> {
        self.verdict.findings.iter().find(|finding| finding.rule == rule).map(|finding| finding.certainty)
    }

    /// The rules over UDP that hold.
    pub(crate) fn findings(&self) -> Vec<&str> {
        let rules = self.verdict.findings.iter().map(|finding| finding.rule.as_str());
        rules.filter(|rule| rule.starts_with("udp.")).collect()
    }

    /// What UDP would do for a session.
    pub(crate) fn outlook(&self) -> Outlook {
        self.survey.path().udp.expect("it was tried").outlook
    }
}

/// When the first entry and the last were noted.
fn span(tape: &Recording) -> (u64, u64) {
    let times = || tape.entries().map(|(_, entry)| entry.at.0);
    (times().min().unwrap_or_default(), times().max().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_syn_has_a_port_of_its_own_and_the_name_of_the_tcp_connection() {
    let (server, plan) = started(Scenario::find("udp-healthy").expect("a scenario")).await;
    let tried = try_out(server, &plan).await;
    assert!((8..=UNLOST).contains(&tried.came()), "{} datagrams", tried.came());
    let name = tried.connections[0].correlation_id.expect("a name");
    assert!(tried.connections.iter().all(|connection| connection.correlation_id == Some(name)));
    for flow in &tried.flows {
        let [first, ..] = flow.received[..] else { panic!("{flow}") };
        assert_eq!((flow.syns(), matches!(first.heard, Heard::Syn { .. })), (1, true), "{flow}");
        let named = first.bytes == 1232;
        assert!(named || first.bytes == 48, "{flow}");
        assert_eq!(flow.correlation_id(), named.then_some(name), "{flow}");
    }
    assert_eq!(tried.flows[0].received[0].bytes, 1232);
    let ports: BTreeSet<u16> = tried.flows.iter().map(|flow| flow.peer.port()).collect();
    assert_eq!((ports.len(), tried.walks().count()), (tried.flows.len(), tried.flows.len()));
    let numbers: BTreeSet<u32> = tried
        .flows
        .iter()
        .filter_map(|flow| match flow.received[0].heard {
            Heard::Syn { number, .. } => Some(number),
            Heard::Segment { .. } | Heard::Other => None,
        })
        .collect();
    assert_eq!(numbers.len(), ports.len(), "each with a number of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_syn_ack_is_acknowledged_once_and_not_sent_again() {
    let (server, plan) = started(Scenario::find("udp-healthy").expect("a scenario")).await;
    let survey = probe::run(&plan).await;
    for walk in survey.walks.iter().filter(|walk| walk.variant.leg() == Leg::Udp) {
        let syn = &walk.facts.udp_syn;
        assert_eq!((syn.repeats, syn.second_answer, &walk.stop), (Some(0), Some(false), &None), "{}", walk.variant);
    }
    // Three SYNs, a short one, and one each of versions 1 and 3.
    let is_opened = |flow: &Flow| flow.received.len() == 2 && flow.handshakes == 0;
    assert_eq!(server.flows.seen().iter().filter(|flow| is_opened(flow)).count(), 3 + 1 + 2);
    let again = server.flows.once(|flows| flows.iter().any(|flow| is_opened(flow) && flow.sent > 1));
    assert!(timeout(QUIET, again).await.is_err(), "{:?}", server.flows.seen());
    let rules: Vec<String> = diagnose(&survey).findings.into_iter().map(|finding| finding.rule).collect();
    assert!(rules.contains(&"udp.works".to_owned()), "{rules:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_more_samples_gets_as_many_syns() {
    let (server, plan) = server("").await;
    let tried = try_out(server, &Plan { count: 10, interval: Duration::ZERO, ..plan }).await;
    let udp = tried.survey.path().udp.expect("it was tried");
    assert_eq!(udp.lost.map(|share| share.n), Some(10));
    assert!(tried.came() <= UNLOST + 2 * 7, "{} datagrams", tried.came());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_legs_run_side_by_side() {
    let mut scenario = Scenario::find("udp-healthy").expect("a scenario");
    // Behind the connection the server takes its time.
    scenario.acts.extend(Scenario::find("slow").expect("a scenario").acts);
    let (server, plan) = started(scenario).await;
    let tried = try_out(server, &plan).await;
    let (tcp, udp) = (span(&tried.survey.walks[0].tape), span(&tried.walk(Variant::UdpSyn).tape));
    assert!(tcp.0 < udp.0 && udp.0 < tcp.1, "TCP {tcp:?}, UDP {udp:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_versions_that_a_server_speaks_are_learned_and_hint_at_its_age() {
    for (version, checks, spoken) in [
        (1, true, ["1", "1", "1"]),
        (2, true, ["1", "2", "2"]),
        (3, true, ["1", "2", "2"]),
        (3, false, ["1", "2", "3"]),
    ] {
        let tried = tried(&format!("version = {version}\nchecks_hash = {checks}")).await;
        let learned = [Variant::UdpVersion1, Variant::UdpSyn, Variant::UdpVersion3].map(|variant| {
            let syn = &tried.walk(variant).facts.udp_syn;
            (syn.offered.clone(), syn.version.clone())
        });
        let due = ["1", "2", "3"].map(|it| Some(it.to_owned()));
        assert_eq!(learned.clone().map(|(offered, _)| offered), due);
        assert_eq!(learned.map(|(_, took)| took), spoken.map(|it| Some(it.to_owned())), "{version} {checks}");
        assert_eq!(tried.finding("udp.server-age"), Some(Certainty::Possible), "{:?}", tried.findings());
        let hashes = tried.flows.iter().filter(|flow| matches!(flow.received[0].heard, Heard::Syn { hash: true, .. }));
        assert_eq!(hashes.count(), 1, "the SYN of version 3 alone has a hash");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_is_no_finding_against_it_and_changes_nothing_over_tcp() {
    let tried = tried("answers = 'none'").await;
    assert_eq!((tried.outlook(), tried.findings()), (Outlook::Unknown, vec!["udp.silent"]));
    assert_eq!(tried.finding("udp.silent"), Some(Certainty::Possible));
    assert_eq!(tried.came(), 4, "nothing is sent to who does not answer");
    let (server, plan) = server("answers = 'none'").await;
    let without = try_out(server, &Plan { udp: None, ..plan }).await;
    assert_eq!(without.came(), 0);
    let told = |tried: &Tried| {
        let Verdict { outcome, stop, mstsc, reached, runs, headline, .. } = tried.verdict.clone();
        (outcome, stop, mstsc, reached, runs, headline)
    };
    assert_eq!(told(&tried), told(&without));
    assert!(tried.survey.blind() == without.survey.blind());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_udp_does_a_stop_over_tcp_is_the_same() {
    let hello_reset = Scenario::find("hello-closed").expect("a scenario");
    let stop = async |udp: Option<&str>| {
        let table = format!("about = ''\n[udp]\n{}", udp.unwrap_or_default());
        let udp = Scenario::parse("udp", &table).expect("a table").udp.filter(|_| udp.is_some());
        let (server, plan) = started(Scenario { udp, ..hello_reset.clone() }).await;
        let Verdict { outcome, stop, mstsc, headline, .. } = try_out(server, &plan).await.verdict;
        // How long it took is another time each time.
        (outcome, stop, mstsc, headline.split(" (").next().map(|it| it.trim_end_matches(|c| c != 'd').to_owned()))
    };
    let without = stop(None).await;
    assert!(without.1.is_some() && !without.2.is_empty(), "{without:?}");
    for udp in ["", "answers = 'none'", "act = 'truncated'", "act = 'second-answer'", "certificate = 'other'"] {
        assert_eq!(stop(Some(udp)).await, without, "{udp}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_state_of_udp_has_its_finding() {
    for (table, finding, outlook) in [
        ("answers = 'short'", "udp.size-black-hole", Outlook::Hurts),
        ("tls = false", "udp.no-tls", Outlook::Helps),
        ("certificate = 'other'", "udp.certificate-differs", Outlook::Helps),
        ("act = 'second-answer'", "udp.second-answer", Outlook::Helps),
    ] {
        let tried = tried(table).await;
        assert!(tried.finding(finding).is_some(), "{table}: {:?}", tried.findings());
        assert_eq!(tried.outlook(), outlook, "{table}");
        assert!(tried.came() <= MOST, "{table}: {} datagrams", tried.came());
        assert_eq!(tried.verdict.stop, None, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_listens_the_host_says_so() {
    let (server, plan) = started(Scenario::find("healthy").expect("a scenario")).await;
    let tried = try_out(server, &Plan { udp: Some(Udp::default()), ..plan }).await;
    assert_eq!((tried.outlook(), tried.findings()), (Outlook::Blocked, vec!["udp.no-listener"]));
    assert_eq!(tried.finding("udp.no-listener"), Some(Certainty::Certain));
    assert!(tried.walks().all(|walk| walk.stopped(Phase::UdpSyn, CauseKind::Unreachable).is_some()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_sent_again_counts_as_a_loss() {
    let tried = tried("act = 'lose-first'").await;
    let udp = tried.survey.path().udp.expect("it was tried");
    let counted = [udp.lost, udp.unanswered].map(|share| share.map(|share| (share.k, share.n)));
    assert_eq!(counted, [Some((3, 3)), Some((0, 3))]);
    assert_eq!((udp.outlook, tried.finding("udp.works")), (Outlook::Hurts, None), "{}", udp.because);
    let took = tried.walk(Variant::UdpSyn).facts.udp_syn.rtt_us.expect("an answer");
    assert!(Duration::from_micros(took) >= Duration::from_millis(800), "{took}");
    assert_eq!(udp.round_trip, None, "what was sent again shows no round trip");
}
