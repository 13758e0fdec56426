//! Two paths to one server, side by side: links of our own that differ in one thing, and links that do not.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rdp_lab::bed::net::{At, Bed, Forger, Impairment, Reject, Rule, Wire};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::compare::{Answer, Comparison, Judged, compare, markdown};
use rdp_probe::evidence::Senses;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Udp};
use rdp_probe::report::Report;
use rdp_probe::wire::Way;
use serde_json::Value;

use crate::command::{document, run, stderr, stdout};

const MS: Duration = Duration::from_millis(1);

/// The walks of a report; the first stands apart.
const WALKS: u32 = 10;

/// The server at the other end of every bed: it shows the same certificate on each, and answers UDP.
fn server() -> Scenario {
    let find = |name| Scenario::find(name).expect("a scenario");
    Scenario { udp: find("udp-healthy").udp, ..find("certificate-large") }
}

/// What is told of it.
fn told(bed: &Bed, change: impl FnOnce(&mut Plan) + Send) -> Report {
    let lab = bed.server().lab(server()).expect("a server");
    let mut plan = probe::plan(lab.v4);
    (plan.count, plan.interval, plan.experiments) = (WALKS, Duration::ZERO, false);
    change(&mut plan);
    let survey = bed.client().block_on(|| async { probe::run_with(&plan, &mut Senses::open()).await });
    Report::new(survey, None)
}

/// Two paths.
fn beds(wires: [Vec<Wire>; 2]) -> Option<[Bed; 2]> {
    let [Some(one), Some(other)] = wires.map(|wires| or_skip(Bed::new(wires))) else { return None };
    Some([one, other])
}

/// Two paths with a router each, and nothing else in which they differ.
fn routed() -> Option<[Bed; 2]> {
    beds([(); 2].map(|()| vec![Wire::default(), Wire::default()]))
}

/// Walked in the same minute.
fn both(beds: &[Bed; 2], change: impl Fn(&mut Plan) + Sync) -> Comparison {
    let (one, other) = thread::scope(|scope| {
        let [one, other] = beds.each_ref().map(|bed| scope.spawn(|| told(bed, &change)));
        (one.join().expect("a report"), other.join().expect("a report"))
    });
    compare(vec![("vpn".to_owned(), one), ("direct".to_owned(), other)], false)
}

/// The two wires of a bed, a walk of each in turn: what slows the machine slows both.
fn in_turns(bed: &Bed, change: impl Fn(&mut Plan) + Sync) -> Comparison {
    let lab = bed.server().lab(server()).expect("a server");
    let plans = ["server", "beside"].map(|interface| {
        let mut plan = probe::plan(lab.v4);
        (plan.count, plan.interval, plan.experiments) = (WALKS, Duration::ZERO, false);
        plan.way = Arc::new(Way { interface: Some(interface.to_owned()), ..Way::default() });
        change(&mut plan);
        plan
    });
    let surveys = bed.client().block_on(|| async { probe::in_turns(&plans, &mut Senses::open()).await });
    let named = ["vpn", "direct"].into_iter().zip(surveys);
    compare(named.map(|(name, survey)| (name.to_owned(), Report::new(survey, None))).collect(), false)
}

/// A row of a section, by its name.
fn differs(comparison: &Comparison, name: &str) -> Answer {
    let row = comparison.path.iter().find(|row| row.name == name);
    row.unwrap_or_else(|| panic!("{name} in {:?}", comparison.path)).differs
}

/// The times that differ.
fn slower(comparison: &Comparison) -> Vec<&str> {
    let timings = comparison.timings.iter().filter(|timing| timing.differs());
    timings.map(|timing| timing.what.as_str()).collect()
}

#[test]
fn a_longer_way_is_told_by_its_times_alone() {
    let [short, long] = [20 * MS, 80 * MS].map(|round_trip| Wire::link(Impairment::delay(round_trip / 2)));
    let Some(bed) = or_skip(Bed::new([short]).and_then(|bed| bed.beside(long))) else { return };
    let comparison = in_turns(&bed, |_| {});
    let said = &comparison.headline;
    assert_eq!((comparison.diverges.as_ref(), comparison.server.same), (None, Answer::Yes), "{said}");
    assert_eq!(slower(&comparison), ["round_trip", "connect", "negotiate", "tls", "credssp"], "{said}");
    let shift = comparison.timings[0].paths[1].shift.as_ref().expect("samples");
    let (low, high) = (shift.low_us.expect("ten walks"), shift.high_us.expect("ten walks"));
    assert!(low <= 61_000 && high >= 59_000 && (58_000..66_000).contains(&shift.us), "{shift:?}");
    assert!(comparison.path.iter().all(|row| !row.differs()), "{said}");
    assert!(comparison.facts.iter().all(|row| !row.differs()), "{said}");
}

#[test]
fn a_narrower_way_is_told_by_its_segments() {
    let Some(beds) = beds([1500, 1400].map(|mtu| vec![Wire::default(), Wire::mtu(mtu)])) else { return };
    beds[1].router(0).firewall(Rule::clamp_mss()).expect("a rule");
    let comparison = both(&beds, |plan| (plan.count, plan.mtu) = (3, true));
    assert_eq!(comparison.diverges, None, "{}", comparison.headline);
    for name in ["MSS we use", "largest packet up", "largest packet down"] {
        assert_eq!(differs(&comparison, name), Answer::Yes, "{name}: {:?}", comparison.path);
    }
    assert_eq!(differs(&comparison, "TTL of the SYN+ACK"), Answer::No);
    assert!(!comparison.alike);
}

#[test]
fn a_router_that_resets_is_where_the_paths_part() {
    let forger = Forger { at: At::ClientHello, ttl: 77, ..Forger::default() };
    let reset = vec![Wire::default(), Wire::default().with(forger.middlebox())];
    let Some(beds) = beds([vec![Wire::default(), Wire::default()], reset]) else { return };
    let comparison = both(&beds, |_| {});
    let divergence = comparison.diverges.as_ref().expect("the paths part");
    assert_eq!((divergence.phase, divergence.few), (Phase::Tls, false));
    assert_eq!(divergence.ends, ["passed, 10 of 10", "connection reset, 10 of 10"]);
    let ended_by = comparison.path.iter().find(|row| row.name == "ended by").expect("an end");
    assert_eq!(ended_by.values, [vec![], vec!["something on the way".to_owned()]]);
    let resets = comparison.path.iter().find(|row| row.name == "TTL of resets").expect("a reset");
    assert!(resets.values[1].contains(&"76".to_owned()), "{resets:?}");
    assert_eq!(comparison.stops[0].paths[1].chance.map(|chance| chance.judged), Some(Judged::Differs));
}

#[test]
fn tls_that_is_opened_on_the_way_is_told_by_its_issuer() {
    let Some(beds) = routed() else { return };
    let server = SocketAddr::new(beds[1].server().v4.into(), 3389);
    let _inspector = beds[1].router(0).inspect(server, "large.fixture.example").expect("an inspector");
    let comparison = both(&beds, |_| {});
    let (said, server) = (&comparison.headline, &comparison.server);
    assert_eq!((server.same, server.intercepted), (Answer::Yes, Answer::Yes), "{said}");
    assert_eq!(server.intercepted_because, "another issuer for the same host, though NTLM names the same computer");
    let shown: Vec<&str> = server.shown.iter().filter(|row| row.differs()).map(|row| row.name.as_str()).collect();
    assert_eq!(shown, ["certificate", "issuer"]);
    assert_eq!((comparison.alike, &comparison.diverges, &comparison.stops), (false, &None, &Vec::new()), "{said}");
    assert!(said.starts_with("DIFFERENT: TLS is opened on the way"), "{said}");
}

#[test]
fn a_way_without_udp_is_told_and_tcp_comes_to_the_same() {
    for (rule, outlook) in [(Rule::drop(), "unknown: "), (Rule::reject(Reject::AdminProhibited), "is blocked: ")] {
        let Some(beds) = routed() else { return };
        beds[1].router(0).firewall(rule.udp()).expect("a rule");
        let comparison = both(&beds, |plan| plan.udp = Some(Udp::default()));
        let said = &comparison.headline;
        assert!(said.starts_with("DIFFERENT: UDP is answered on vpn, and not on direct"), "{said}");
        assert!(comparison.udp[1].values[1][0].starts_with(outlook), "{:?}", comparison.udp);
        assert!(markdown(&comparison).contains("| ≠ UDP answered | yes | no |"), "{}", markdown(&comparison));
        assert_eq!((comparison.server.same, &comparison.diverges), (Answer::Yes, &None), "{said}");
        let differ = comparison.path.iter().chain(&comparison.facts).find(|row| row.differs());
        assert_eq!((differ, &comparison.stops), (None, &Vec::new()), "{said}");
    }
}

/// How often two equal paths are walked: once, or as often as `SOAK` says.
fn rounds() -> u64 {
    std::env::var("SOAK").map_or(1, |rounds| rounds.parse().expect("a number of rounds"))
}

#[test]
fn two_paths_that_are_the_same_are_alike() {
    let way = || Wire::link(Impairment::delay(5 * MS));
    for round in 0..rounds() {
        let Some(bed) = or_skip(Bed::new([way()]).and_then(|bed| bed.beside(way()))) else { return };
        // With UDP, for the more is tested, the more chance could make.
        let comparison = in_turns(&bed, |plan| plan.udp = Some(Udp::default()));
        assert!(comparison.alike, "round {round}: {}: {:?}", comparison.headline, comparison.timings);
        let udp = comparison.udp.iter().find(|row| row.name == "UDP answered").expect("it was tried");
        assert_eq!(udp.values, [["yes"], ["yes"]]);
    }
}

/// A report of a scenario's server on loopback, in a file of this name.
async fn saved(folder: &Path, name: &str, scenario: &str) -> String {
    let server = LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server");
    let (path, address) = (folder.join(name).display().to_string(), server.address.to_string());
    let arguments = [address, "--out".to_owned(), path.clone(), "--skip".to_owned(), "udp".to_owned()];
    let probed = move || run(&arguments.each_ref().map(String::as_str));
    tokio::task::spawn_blocking(probed).await.expect("it runs");
    server.finish().await;
    path
}

/// Where a comparison breaks the checked-in schema.
fn violations(document: &Value) -> Vec<String> {
    let schema =
        serde_json::from_str(include_str!("../../fixtures/comparison.schema.json")).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    schema.iter_errors(document).map(|error| error.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alike_is_0_different_is_1_and_what_cannot_be_compared_is_2() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let healthy = &*saved(folder, "vpn.json", "nla-required").await;
    let stopped = &*saved(folder, "direct.json", "key-unusable").await;
    let copy = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut report: Value = serde_json::from_str(&fs::read_to_string(healthy).unwrap()).unwrap();
        change(&mut report);
        let path = folder.join(name);
        fs::write(&path, report.to_string()).unwrap();
        path.display().to_string()
    };
    let again = &*copy("again.json", &|_| {});
    let other_folder = folder.join("other");
    fs::create_dir(&other_folder).unwrap();
    let of_this_name = &*copy("other/vpn.json", &|_| {});
    let empty = &*copy("empty.json", &|report| report["walks"] = serde_json::json!([]));
    // What a later version adds, and what an earlier one does not know.
    let later = &*copy("later.json", &|report| report["walks"][0]["mood"] = "fine".into());
    let earlier = &*copy("earlier.json", &|report| {
        report.as_object_mut().unwrap().remove("path");
        report["walks"][0]["phases"][1]["facts"].as_object_mut().unwrap().remove("snd_mss");
    });
    let lines = folder.join("lines.json");
    let report = fs::read_to_string(healthy).unwrap();
    fs::write(&lines, format!("{report}\n{report}")).unwrap();
    let lines = lines.to_str().unwrap();
    let named = |name: &str| {
        let mut report: Value = serde_json::from_str(&report).unwrap();
        report["walks"][0]["path"] = name.into();
        report.to_string()
    };
    let both = folder.join("both.json");
    fs::write(&both, named("vpn") + &named("direct")).unwrap();
    let both = both.to_str().unwrap();
    for (arguments, code, said) in [
        (&[healthy, again][..], 0, "ALIKE"),
        (&[healthy, later], 0, "ALIKE"),
        (&[healthy, earlier], 0, "ALIKE"),
        (&[healthy, again, later], 0, "ALIKE"),
        (&[healthy, again, "--redact"], 0, "ALIKE"),
        (&[healthy, stopped], 1, "DIFFERENT, as far as so few walks tell: the paths part at tls"),
        (&[healthy, again, stopped], 1, "DIFFERENT, as far as so few walks tell: the paths part at tls"),
        (
            &[healthy, stopped, "--format", "markdown"],
            1,
            "**DIFFERENT, as far as so few walks tell: the paths part at tls",
        ),
        (&[healthy, of_this_name], 2, "two paths are called `vpn`"),
        (&[healthy, of_this_name, "--label", "a", "--label", "b"], 0, "ALIKE"),
        (&[healthy, again, "--label", "a"], 2, "1 for 2 reports"),
        (&[healthy, again, "--label", "a", "--label", "a"], 2, "two paths are called `a`"),
        (&[healthy], 2, "compare needs two reports at least"),
        (&[healthy, empty], 2, "`empty` is left out: the run was cut"),
        (&[healthy, empty, again], 0, "ALIKE"),
        (&[healthy, lines], 2, "holds 2 reports, not all of them of a path"),
        (&[both], 0, "ALIKE"),
        (&[healthy, again, "--format", "junit"], 2, "compare speaks text, json and markdown"),
        (&[healthy, again, "--expect", "tls.version >= 1.2"], 2, "error: unexpected argument '--expect'"),
        (&[healthy, "/nonexistent.json"], 2, "cannot read `/nonexistent.json`"),
        (&[healthy, again, "--out", "/nonexistent/x"], 2, "cannot write `/nonexistent/x`"),
    ] {
        let arguments = [&["compare"], arguments].concat();
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
        let told = if code == 2 { stderr(&output) } else { stdout(&output) };
        let first = told.lines().next().unwrap_or_default();
        assert!(first.contains(said), "{arguments:?}: {first}");
        if arguments.contains(&"--format") {
            continue;
        }
        let document = document(&run(&[&arguments[..], &["--json"]].concat()));
        assert_eq!(violations(&document), Vec::<String>::new(), "{arguments:?}");
        assert_eq!(document.get("error").is_some(), code == 2, "{arguments:?}");
    }
}
