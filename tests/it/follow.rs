//! `--follow`: where a server sends us, we go as mstsc does, not for ever, and without credentials.

use std::net::SocketAddr;

use rdp_lab::act::{Act, Step};
use rdp_lab::probe;
use rdp_lab::scenario::{Protocol, Redirect, Scenario};
use rdp_lab::server::{Connection, LabServer};
use rdp_packets::Secret;
use rdp_probe::credentials::{Credentials, Logon, Trust};
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Until, preview};
use rdp_probe::report::{Look, Report, redact, text};
use rdp_probe::verdict::{Outcome, Verdict};
use rdp_probe::walk::Variant;

/// Two hosts of loopback: a redirection names no port, so that both listen on the same.
const FIRST: &str = "127.0.0.1";
const SECOND: &str = "127.0.0.2";

/// The name that the first gives the second.
const NAME: &str = "host-2.lab.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_comes_up_where_we_are_sent() {
    let (report, first, second) = chain(redirecting(SECOND), server(Protocol::Ssl), |_| {}).await;
    let verdict = &report.verdict;
    assert_eq!(verdict.outcome, Outcome::Ready, "{}", verdict.headline);
    assert!(verdict.headline.contains(&format!("READY: the session came up at {NAME}")), "{}", verdict.headline);
    // The verdict stays about the baseline, which was redirected.
    let stop = verdict.stop.as_ref().expect("the baseline's stop");
    assert_eq!((stop.walk, stop.phase, stop.cause.as_str()), (0, Phase::Capabilities, "declined"));
    assert!(holds(verdict, "run.redirected-target-ok") && !holds(verdict, "run.redirected-target-stopped"));

    let ([first], [second]) = (first.as_slice(), second.as_slice()) else { panic!("{first:?} {second:?}") };
    assert_eq!((first.visit.session_id, first.visit.ready), (None, false), "{first}");
    assert_eq!((second.visit.session_id, second.visit.ready), (Some(2), true), "{second}");
    assert_eq!(second.routing.as_deref(), Some("mstshash=rdp-probe"), "{second}");

    let told = text(&report, Look::default());
    let port = report.survey.target.port;
    assert!(told.contains(&format!("redirected to {NAME}:{port}  passed finalization")), "{told}");
    let target = serde_json::to_value(&report).expect("a document")["walks"][1]["target"]["host"].clone();
    assert_eq!(target, NAME);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_flag_nobody_is_followed_and_the_report_says_how() {
    let (report, _, second) = chain(redirecting(SECOND), server(Protocol::Ssl), |plan| plan.follow = false).await;
    assert!(second.is_empty(), "{second:?}");
    assert_eq!((report.verdict.outcome, report.survey.walks.len()), (Outcome::Stopped, 1));
    assert!(text(&report, Look::default()).contains("--follow goes there"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_of_servers_ends_after_two_redirections() {
    let mut announced = 0;
    let (report, first, second) = chain(redirecting(SECOND), redirecting(FIRST), |plan| {
        announced = preview(plan).iter().map(|line| line.at_most).sum();
    })
    .await;
    assert_eq!((first.len(), second.len()), (2, 1));
    let walked = u32::try_from(report.survey.walks.len()).expect("few walks");
    assert!(walked <= announced, "{walked} walks, {announced} announced");
    assert_eq!(report.verdict.outcome, Outcome::Stopped);
    assert!(holds(&report.verdict, "run.redirected-target-stopped"), "{:?}", report.verdict.findings);
    assert!(text(&report, Look::default()).contains("a run follows no more redirections"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_balance_info_goes_back_to_the_same_server_as_routing_token() {
    let lab = LabServer::start(Scenario::find("redirected-back").expect("a scenario")).await.expect("a lab server");
    let report = walk(&lab, |_| {}).await;
    let connections = lab.finish().await;
    let [first, again] = connections.as_slice() else { panic!("{connections:?}") };
    assert_eq!(first.routing.as_deref(), Some("mstshash=rdp-probe"));
    assert_eq!(again.routing.as_deref(), Some("tsv://MS Terminal Services Plugin.1.Lab"));
    assert_eq!((again.visit.session_id, again.visit.ready), (Some(2), true));
    assert_eq!(report.survey.walks[1].address, report.survey.walks[0].address);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_we_are_sent_to_gets_no_credentials() {
    let (report, first, second) = chain(redirecting(SECOND), server(Protocol::Hybrid), |plan| {
        let credentials = Credentials::new("alice", Secret("hunter2".to_owned())).expect("a user");
        plan.logon = Logon::with(credentials);
        plan.logon.trust = Trust::Anything;
    })
    .await;
    assert_eq!(first.iter().chain(&second).map(|connection| connection.authenticates).sum::<usize>(), 0);
    let last = report.survey.last_link().expect("a walk");
    assert_eq!((last.variant, last.reached(), &last.stop), (Variant::Redirected, Some(Phase::Credssp), &None));
    let said = format!("INCONCLUSIVE: {NAME}, where we were sent, lets us go to credssp");
    assert!(report.verdict.headline.starts_with(&said), "{}", report.verdict.headline);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_be_reached_is_told_as_the_end_of_the_chain() {
    let lab = LabServer::start(redirecting(SECOND)).await.expect("a lab server");
    let report = walk(&lab, |_| {}).await;
    let said = format!("STOPPED at connect behind a redirection to {NAME}: connection refused by {SECOND}:");
    assert!(report.verdict.headline.starts_with(&said), "{}", report.verdict.headline);
    assert!(holds(&report.verdict, "run.redirected-target-stopped"));

    let mut redacted = report;
    redact(&mut redacted);
    let told = format!("{}{}", serde_json::to_string(&redacted).expect("a document"), text(&redacted, Look::default()));
    assert!(!told.contains("host-2") && !told.contains(SECOND), "{told}");
}

/// A server of one protocol.
fn server(protocol: Protocol) -> Scenario {
    let mut scenario = Scenario::parse("chain", "about = ''").expect("an empty scenario");
    scenario.security.accepts = vec![protocol];
    scenario
}

/// A server that sends everybody to an address.
fn redirecting(address: &str) -> Scenario {
    let redirect = Redirect { address: Some(address.to_owned()), name: Some(NAME.to_owned()), load_balance_info: None };
    Scenario { redirect, ..server(Protocol::Ssl) }.with(Step::Capabilities, Act::Redirect)
}

/// Walks the first of two servers, which may know the other: what came of it, and what both saw.
async fn chain(
    first: Scenario,
    second: Scenario,
    change: impl FnOnce(&mut Plan),
) -> (Report, Vec<Connection>, Vec<Connection>) {
    let first = LabServer::start(first).await.expect("a lab server");
    let beside = SocketAddr::new(SECOND.parse().expect("an address"), first.address.port());
    let second = LabServer::listen(second, beside).await.expect("a second lab server");
    let report = walk(&first, change).await;
    (report, first.finish().await, second.finish().await)
}

/// Walks a server to the Font Map, and wherever it sends us.
async fn walk(lab: &LabServer, change: impl FnOnce(&mut Plan)) -> Report {
    let (until, timeout) = (Until::Ready, probe::TIMEOUT);
    let mut plan = Plan { until, timeout, follow: true, ..probe::plan(lab.address) };
    change(&mut plan);
    Report::new(probe::run(&plan).await, None)
}

fn holds(verdict: &Verdict, code: &str) -> bool {
    verdict.findings.iter().any(|finding| finding.rule == code)
}
