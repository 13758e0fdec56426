//! The command with all privileges and with none, on the same paths: it comes to the same end, and says what it could
//! not see.

use std::iter;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use rdp_lab::bed::net::{Bed, Icmp, Rule, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::evidence::{Sense, Senses};
use rdp_probe::plan::Plan;
use rdp_probe::survey::Survey;
use rdp_probe::sys::drop_capabilities;
use rdp_probe::verdict::{Verdict, Who, diagnose};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::capture::{readable, senses};
use crate::command::{binary, document, stderr};
use crate::sizes;

/// Scenarios at once.
const ABREAST: usize = 8;

#[test]
fn without_privilege_every_walk_ends_where_it_does_with_it() {
    let (_folder, copy) = readable();
    let find = |name| Scenario::find(name).expect("a scenario");
    thread::scope(|scope| {
        for (server, mtu, wanted) in [
            (find("nla-required"), 1500, json!(["gate", null, null])),
            (find("key-unusable"), 1500, json!(["stopped", "tls", "reset"])),
            (find("hello-silent"), 1500, json!(["stopped", "tls", "silence"])),
            (find("request-silent"), 1500, json!(["stopped", "negotiate", "silence"])),
            (sizes::server(), 1400, json!(["stopped", "tls", "silence"])),
        ] {
            let copy = &copy;
            scope.spawn(move || {
                let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::mtu(mtu), Wire::default()])) else { return };
                for router in [bed.router(0), bed.router(1)] {
                    router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
                }
                let name = server.name.clone();
                let lab = bed.server().lab(server).expect("a server");
                let target = lab.v4.to_string();
                let run = |command: &mut Command| {
                    let output = bed.client().output(command.args([&target, "--json"]));
                    let output = output.expect("rdp-probe runs");
                    assert_eq!(stderr(&output), "");
                    (document(&output), output.status.code())
                };
                // Whoever gets no answer waits: both at once.
                let ((seeing, code), (blind, blind_code)) = thread::scope(|scope| {
                    let seeing = scope.spawn(|| run(&mut Command::new(binary())));
                    let blind = run(unprivileged(&mut Command::new(copy)));
                    (seeing.join().expect("a report"), blind)
                });
                assert_eq!((end(&seeing), end(&blind), blind_code), (wanted.clone(), wanted, code), "{name}");
                assert_eq!(seeing["run"]["blind"], json!([]), "{name}");
                let reason = json!([{ "sense": "capture", "reason": "needs CAP_NET_RAW" }]);
                assert_eq!(blind["run"]["blind"], reason, "{name}");
                let clocks = [&seeing, &blind].map(|report| &report["path"]["latency"]["round_trip"]["source"]);
                assert_eq!(clocks, ["wire", "kernel"], "{name}");
            });
        }
    });
}

/// What came of it: the outcome, and where and how the walk stopped.
fn end(report: &Value) -> Value {
    let stop = &report["walks"][0]["stop"];
    json!([report["verdict"]["outcome"], stop["phase"], stop["cause"]])
}

/// What a scenario's server comes to, as somebody sees it who may do all that we may, or nothing.
fn walked(scenario: &Scenario, blind: bool) -> Survey {
    // Capabilities are a thread's own, and those of the threads that it starts.
    if blind {
        drop_capabilities().expect("capabilities can be given up");
    }
    let mut senses = Senses::open();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let server = LabServer::start(scenario.clone()).await.expect("a lab server starts");
        let plan = probe::plan_of(scenario, server.address).expect("a user");
        let survey = probe::run_with(&Plan { experiments: false, ..plan }, &mut senses).await;
        server.finish().await;
        survey
    })
}

/// Both sights of every scenario.
fn sights() -> Vec<(Scenario, Survey, Survey)> {
    let scenarios = Mutex::new(Scenario::all().map(|scenario| scenario.expect("a scenario reads")));
    let next = || scenarios.lock().expect("nobody panics here").next();
    let sight = || {
        iter::from_fn(next).map(|scenario| {
            let seen =
                |blind| thread::scope(|scope| scope.spawn(|| walked(&scenario, blind)).join().expect("a survey"));
            let (seeing, blind) = (seen(false), seen(true));
            (scenario, seeing, blind)
        })
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..ABREAST).map(|_| scope.spawn(|| sight().collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("sights")).collect()
    })
}

#[test]
fn every_scenario_ends_alike_with_privilege_and_without_which_is_said_where_it_matters() {
    let Some(_times) = senses() else { return };
    let mut told = Vec::new();
    for (Scenario { name, .. }, seeing, blind) in sights() {
        let missing = [(Sense::Capture, "needs CAP_NET_RAW".to_owned())];
        assert_eq!((seeing.blind(), blind.blind()), (Vec::new(), missing.to_vec()), "{name}");
        let [seeing, blind] = [seeing, blind].map(|survey| diagnose(&survey));
        let end = |verdict: &Verdict| verdict.stop.as_ref().map(|stop| (stop.phase, stop.cause.clone()));
        assert_eq!((seeing.outcome, end(&seeing)), (blind.outcome, end(&blind)), "{name}");

        let (Some(seen), Some(unseen)) = (&seeing.stop, &blind.stop) else { continue };
        if seen.who == unseen.who {
            continue;
        }
        assert_eq!((seen.who, unseen.who), (Who::Peer, Who::Unknown), "{name}: {seen:?}, {unseen:?}");
        assert!(unseen.why.contains("for want of a capture (needs CAP_NET_RAW)"), "{name}: {unseen:?}");
        let claims = |verdict: &Verdict| verdict.findings.iter().any(|finding| finding.rule == "run.ended-by-peer");
        assert_eq!((claims(&seeing), claims(&blind)), (true, false), "{name}");
        let named = |verdict: &Verdict| {
            let who = verdict.not_tested.iter().find(|line| line.what == "who sent the packet that ended it");
            who.is_some_and(|line| line.why.contains("setcap cap_net_raw+ep"))
        };
        assert_eq!((named(&seeing), named(&blind)), (false, true), "{name}");
        told.push(name);
    }
    for name in ["request-reset", "request-closed", "key-unusable", "hello-closed"] {
        assert!(told.iter().any(|told| told == name), "{name} is not among {told:?}");
    }
}
