//! Paths to one server that are walked live, in turns, and put side by side.

use std::io::{BufRead, BufReader, Read, Seek};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rdp_lab::bed::net::{At, Bed, Forger, Impairment, Lab, Wire};
use rdp_lab::bed::or_skip;
use rdp_lab::scenario::Scenario;
use serde_json::Value;

use crate::command::{binary, run, stderr, stdout};
use crate::credentials::proofs;

const MS: Duration = Duration::from_millis(1);

/// The two paths of a bed with a second wire.
const PATHS: [&str; 4] = ["--path", "vpn=if:beside", "--path", "direct=if:server"];

fn lab(bed: &Bed) -> Lab {
    bed.server().lab(Scenario::find("nla-required").expect("a scenario")).expect("a server")
}

/// What is told of the server on both paths.
fn probed(bed: &Bed, lab: &Lab, ipv6: bool, more: &[&str]) -> Output {
    let target = if ipv6 { lab.v6 } else { lab.v4 }.to_string();
    let mut command = Command::new(binary());
    command.args([&target, "--skip", "udp", "-i", "0"]).args(PATHS).args(more);
    bed.client().output(&mut command).expect("rdp-probe runs")
}

/// The lines of JSON on stdout: a report a path, and then the comparison.
fn documents(output: &Output) -> [Value; 3] {
    let lines = stdout(output).lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    lines.collect::<Vec<_>>().try_into().unwrap_or_else(|lines| panic!("{lines:?}: {}", stderr(output)))
}

/// When each walk of a report began and ended.
fn spans(report: &Value) -> Vec<(u64, u64)> {
    let at = |entry: Option<&Value>| entry.and_then(|entry| entry["at_us"].as_u64()).expect("a moment");
    let tapes = report["walks"].as_array().expect("walks").iter().map(|walk| walk["tape"].as_array().expect("a tape"));
    tapes.map(|tape| (at(tape.first()), at(tape.last()))).collect()
}

#[test]
fn paths_are_walked_in_turns_and_their_times_told_apart() {
    let bed = || Bed::new([Wire::link(Impairment::delay(5 * MS))])?.beside(Wire::link(Impairment::delay(20 * MS)));
    let Some(bed) = or_skip(bed()) else { return };
    let lab = lab(&bed);
    for ipv6 in [false, true] {
        let output = probed(&bed, &lab, ipv6, &["-c", "10", "--no-experiments", "--json"]);
        let [vpn, direct, comparison] = documents(&output);
        for (report, name, interface) in [(&vpn, "vpn", "beside"), (&direct, "direct", "server")] {
            assert_eq!((&report["run"]["label"], &report["walks"][0]["path"]), (&name.into(), &name.into()));
            assert_eq!(report["run"]["source"]["interface"], interface);
        }
        let walks: Vec<_> = spans(&vpn).into_iter().zip(spans(&direct)).collect();
        // One connection at a time, and each round begins with another path.
        let turns = walks
            .iter()
            .enumerate()
            .map(|(round, (one, other))| if round % 2 == 0 { [one, other] } else { [other, one] });
        let turns: Vec<_> = turns.flatten().collect();
        assert!(walks.len() >= 10 && turns.windows(2).all(|pair| pair[0].1 <= pair[1].0), "in turns: {walks:?}");
        assert_eq!((output.status.code(), &comparison["diverges"]), (Some(0), &Value::Null), "{comparison}");
        let times = comparison["timings"].as_array().expect("times");
        let round_trip = times.iter().find(|timing| timing["what"] == "round_trip").expect("the round trip");
        let shift = &round_trip["paths"][1]["shift"];
        assert_eq!(shift["judged"], "differs", "{round_trip}");
        assert!(shift["us"].as_i64().is_some_and(|us| (-32_000..-28_000).contains(&us)), "{round_trip}");
    }
}

#[test]
fn where_one_path_is_cut_its_own_report_says_why_and_the_comparison_where() {
    let reset = Forger { at: At::ClientHello, ..Forger::default() };
    let bed = || Bed::new([Wire::default()])?.beside(Wire::default().with(reset.middlebox()));
    let Some(bed) = or_skip(bed()) else { return };
    let lab = lab(&bed);
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("paths.json").display().to_string();
    let output = probed(&bed, &lab, false, &["--out", &saved]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}{}", stderr(&output));
    let parts = [
        "(label: vpn)",
        "(label: direct)",
        "DIFFERENT, as far as so few walks tell: the paths part at tls",
        "FIRST DIVERGENCE: tls",
    ];
    let places = parts.map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in {text}")));
    assert!(places.is_sorted() && !text.contains("SUMMARY"), "{places:?}");
    // What was saved says the same once more.
    let again = run(&["compare", &saved]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text.contains(stdout(&again).lines().next().expect("a headline")), "{}", stdout(&again));
    // Forms that are of reports alone tell the two apart by their labels.
    let [vpn, direct] = ["vpn", "direct"].map(|label| format!("{} ({label})", lab.v4));
    let junit = probed(&bed, &lab, false, &["--format", "junit"]);
    let suites = stdout(&junit).lines().filter_map(|line| line.trim_start().strip_prefix("<testsuite name=\""));
    let suites: Vec<&str> = suites.filter_map(|suite| suite.split('"').next()).collect();
    assert_eq!(suites, [&vpn, &direct]);
    let nagios = probed(&bed, &lab, false, &["--format", "nagios"]);
    assert_eq!(nagios.status.code(), Some(2), "{}", stdout(&nagios));
    let lines: Vec<&str> = stdout(&nagios).lines().filter(|line| line.starts_with("RDP ")).collect();
    let [worst, other] = lines.as_slice() else { panic!("{lines:?}") };
    let (said, measured) = worst.split_once(" | ").expect("what was measured");
    assert!(said.starts_with(&format!("RDP CRITICAL - {vpn}: STOPPED at tls")), "{worst}");
    assert!(other.contains(&format!(" - {direct}: PASSED")), "{other}");
    for (path, passed) in [(&vpn, false), (&direct, true)] {
        let has = |phase: &str| measured.contains(&format!("'{path} {phase}'="));
        assert_eq!((has("connect"), has("tls")), (true, passed), "{path}: {measured}");
    }
}

#[test]
fn an_account_sees_one_proof_on_all_paths() {
    let Some(bed) = or_skip(Bed::new([Wire::default()]).and_then(|bed| bed.beside(Wire::default()))) else { return };
    let lab = lab(&bed);
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("password");
    std::fs::write(&secret, "wrong\n").expect("a file");
    let secret = secret.display().to_string();
    let user = ["--user", "ZORG\\alice", "--password-file", &secret, "--accept-certificate"];
    let output = probed(&bed, &lab, false, &user);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for said in ["ALIKE", "credentials were used on vpn alone: what came of them is not compared"] {
        assert!(stdout(&output).contains(said), "{said} in {}", stdout(&output));
    }
    let connections = lab.finish();
    assert!(connections.len() >= 2, "{connections:?}");
    assert_eq!(proofs(&connections), 1, "{connections:?}");
}

#[test]
fn what_cannot_be_put_side_by_side_is_one_clear_line() {
    let twice = ["--path", "a=default", "--path", "a=if:lo"];
    let two = ["--path", "a=default", "--path", "b=if:lo"];
    for (arguments, said) in [
        ([&["127.0.0.1:1"], &twice[..]].concat(), "error: two paths are called `a`"),
        ([&["127.0.0.1:1"], &twice[..2]].concat(), "error: `a` is one path, and there is none to compare it with"),
        ([&["127.0.0.1:1", "127.0.0.1:2"], &two[..]].concat(), "error: --path is for one target, and here are 2"),
        ([&["127.0.0.1:1", "--label", "x"], &two[..]].concat(), "error: the argument '--label <LABEL>' cannot be used"),
        ([&["127.0.0.1:1", "-I", "lo"], &two[..]].concat(), "error: the argument '--interface <NAME>' cannot be used"),
        ([&["127.0.0.1:1", "--ordered"], &two[..]].concat(), "error: the argument '--ordered' cannot be used"),
        ([&["--targets", "x"], &two[..]].concat(), "error: the argument '--targets <FILE|->' cannot be used"),
        (
            [&["127.0.0.1:1", "--only", "udp"], &two[..2], &["--path", "c=http://127.0.0.1"]].concat(),
            "error: UDP goes through no proxy",
        ),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).starts_with(said), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn an_interface_that_vanishes_ends_its_own_path_alone_and_is_named() {
    let Some(bed) = or_skip(Bed::new([Wire::default()]).and_then(|bed| bed.beside(Wire::default()))) else { return };
    let lab = lab(&bed);
    let mut command = Command::new(binary());
    command.args([&lab.v4.to_string(), "--skip", "udp", "-i", "200ms", "-c", "20", "--json", "--no-experiments", "-v"]);
    // Into a file: nobody reads it before the end.
    let mut told = tempfile::tempfile().expect("a file");
    command.args(PATHS).stdout(told.try_clone().expect("the same")).stderr(Stdio::piped());
    let mut probing = bed.client().run(|| command.spawn()).expect("it runs");
    let mut announced = BufReader::new(probing.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let third =
        announced.by_ref().find(|line| line.starts_with("rdp-probe: baseline 2/20") && line.ends_with(" on direct"));
    bed.client().ip("link del beside").expect("it was there");
    assert!(third.is_some() && announced.last().is_some(), "it goes on, to its end");
    let status = probing.wait().expect("it ends");
    let mut stdout = Vec::new();
    told.rewind().and_then(|()| told.read_to_end(&mut stdout)).expect("what it told");
    let [vpn, direct, comparison] = documents(&Output { status, stdout, stderr: Vec::new() });
    let stops = |report: &Value| -> Vec<Value> {
        let walks = report["walks"].as_array().expect("walks").iter().filter(|walk| walk["variant"] == "baseline");
        walks.map(|walk| walk["stop"]["cause"].clone()).collect()
    };
    assert!(stops(&direct).iter().all(Value::is_null), "{direct}");
    assert_eq!(stops(&vpn).last(), Some(&"local".into()), "{vpn}");
    let detail = &vpn["walks"].as_array().and_then(|walks| walks.get(19)).expect("a walk")["stop"]["detail"];
    assert!(detail.as_str().is_some_and(|said| said.contains("No such device")), "{detail}");
    assert_eq!(comparison["stops"][0]["what"].as_str().map(|what| what.starts_with("connect: ")), Some(true));
}
