//! Expectations as users write them: exit codes, mistakes, files.

use std::fs;
use std::future::poll_fn;
use std::task::Poll;

use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::command::{document, run, stderr, stdout};

/// Saved reports of fixed fates.
const SAVED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/formats");

/// The exit code of a saved report that is held against expectations.
fn code(report: &str, expected: &[&str], format: &str) -> Option<i32> {
    let path = format!("{SAVED}/{report}.json");
    let mut arguments = vec!["diagnose", &path, "--format", format];
    for expected in expected {
        arguments.extend(["--expect", expected]);
    }
    let output = run(&arguments);
    assert_eq!(stderr(&output), "", "{arguments:?}");
    output.status.code()
}

#[test]
fn every_fate_with_every_answer_has_its_exit_code() {
    // One that passes, one that fails and one that is unknown, for each report.
    let gate = ["tls.version >= 1.2", "tls.version < 1.2", "connect.peer_mss > 1"];
    let stop = ["negotiate.nla = required", "negotiate.nla = absent", "credssp.version > 2"];
    let cut = ["verdict.outcome = inconclusive", "verdict.outcome != inconclusive", "tls.version > 1.0"];
    for (report, [pass, fail, unknown], codes, of_nagios) in [
        ("gate", gate, [0, 0, 1, 3, 1], [1, 1, 2, 1, 2]),
        ("stop", stop, [1, 1, 1, 1, 1], [2, 2, 2, 2, 2]),
        ("cut", cut, [3, 3, 1, 3, 1], [3, 3, 2, 3, 2]),
    ] {
        let sets: [&[&str]; 5] = [&[], &[pass], &[pass, fail], &[pass, unknown], &[unknown, fail]];
        // `stop` was held against something when it was saved: that counts where nothing else is asked for.
        for (expected, (code_is, of_nagios)) in sets.into_iter().zip(codes.into_iter().zip(of_nagios)) {
            for format in ["text", "json", "ndjson", "junit", "prometheus", "markdown"] {
                assert_eq!(code(report, expected, format), Some(code_is), "{report} {expected:?} {format}");
            }
            assert_eq!(code(report, expected, "nagios"), Some(of_nagios), "{report} {expected:?} nagios");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_told_with_a_caret_and_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let misspelt = file("misspelt.toml", "expect = ['tls.version >= 1.2', 'tls.vers >= 1.2']");
    let no_list = file("no-list.toml", "# all of them\nexpects = []");
    let [empty, unclosed] = [file("empty.toml", "expect = []"), file("unclosed.toml", "expect = [\n'tls.")];
    for (expected, said) in [
        (
            "tls.vers >= 1.2",
            "error: no fact `tls.vers`; did you mean `tls.version`? (column 1)\n  tls.vers >= 1.2\n  ^\n",
        ),
        ("phase.tls.p95 < 250kB", "has no unit `kB`, but us, ms, s, m, h (column 17)\n"),
        (&misspelt, "misspelt.toml`, entry 2: no fact `tls.vers`"),
        (&no_list, "no-list.toml:2: unknown field `expects`, expected `expect`\n"),
        (&empty, "empty.toml` expects nothing\n"),
        (&unclosed, "unclosed.toml:2: "),
        ("nofile.toml", "error: cannot read `nofile.toml`: No such file or directory (os error 2)\n"),
        ("/nonexistent/checks.toml", "error: cannot read `/nonexistent/checks.toml`: No such file"),
    ] {
        for format in ["text", "nagios"] {
            let arguments = [address.as_str(), "--expect", expected, "--format", format];
            let output = run(&arguments);
            assert_eq!(output.status.code(), Some(if format == "nagios" { 3 } else { 2 }), "{expected}");
            let told = stderr(&output);
            let lines = if told.contains("(column ") { 3 } else { 1 };
            assert!(told.contains(said) && told.lines().count() == lines, "{expected}: {told}");
        }
    }
    // Whatever the command had sent would wait in the listener's queue by now.
    let queue = poll_fn(|context| Poll::Ready(listener.poll_accept(context).is_pending())).await;
    assert!(queue, "nothing is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_run_is_held_against_a_file_and_flags_together() {
    let server = LabServer::start(Scenario::find("nla-required").expect("a scenario")).await.expect("a lab server");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checks.toml");
    fs::write(&path, "expect = ['negotiate.nla = required, tls.version >= 1.2', 'verdict.outcome = gate']").unwrap();
    let (address, path) = (server.address.to_string(), path.to_str().unwrap().to_owned());
    let flag = "phase.tls.p95 < 10s, tls.certificate.days_left > 14, verdict.outcome = gate";
    let run = move || run(&[&address, "--json", "--skip", "udp", "--expect", &path, "--expect", flag]);
    let output = tokio::task::spawn_blocking(run).await.expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let report = document(&output);
    let expectations = report["expectations"].as_array().unwrap();
    let said: Vec<&str> = expectations.iter().filter_map(|judged| judged["expect"].as_str()).collect();
    let each = [
        "negotiate.nla = required",
        "tls.version >= 1.2",
        "verdict.outcome = gate",
        "phase.tls.p95 < 10s",
        "tls.certificate.days_left > 14",
    ];
    assert_eq!(said, each, "each once, in order");
    assert!(expectations.iter().all(|judged| judged["result"] == "pass" && judged["found"].is_string()));
    let schema = serde_json::from_str(include_str!("../../fixtures/report.schema.json")).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    let violations: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!((violations, report["walks"][0]["stop"].clone()), (Vec::new(), Value::Null));
}
