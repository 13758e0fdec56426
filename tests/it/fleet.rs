//! Many targets in one run: every verdict right, nobody waits for a silent host, and none is met twice at a time.
//! `SOAK=10000` makes the large run larger.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{env, fs};

use rdp_lab::probe::TIMEOUT;
use rdp_lab::scenario::{Expect, Scenario};
use rdp_lab::server::LabServer;
use rdp_probe::report::Report;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::command::{binary, run, stderr, stdout};
use crate::counter::Counter;

/// How many targets are walked at a time in the large run.
const AT_A_TIME: u32 = 50;

/// What every twentieth target does: 4 of 20 are silent, one of 20 resets.
const SILENT: [&str; 4] = ["accepts-silent", "request-silent", "hello-silent", "credssp-silent"];
const RESETTING: [&str; 3] = ["request-reset", "key-unusable", "credssp-reset"];
const PASSING: [&str; 3] = ["nla-required", "nla-absent", "nla-optional"];

/// A fate of the seeded order.
fn fate(number: usize) -> &'static str {
    match number % 20 {
        silent @ 0..4 => SILENT[silent],
        4 => RESETTING[number / 20 % RESETTING.len()],
        _ => PASSING[number % PASSING.len()],
    }
}

/// What is expected where nothing is tried a second time.
fn expected(scenario: &Scenario) -> Expect {
    let mut expect = scenario.expect.clone();
    if scenario.name == "hello-silent" {
        expect.findings = vec!["tls.silence-at-hello".to_owned()];
    }
    expect
}

/// A file in a folder of its own.
pub(crate) fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    (folder, path)
}

/// So many servers that insist on NLA, and the list of them.
async fn alike(count: usize) -> (Vec<LabServer>, TempDir, PathBuf) {
    let mut servers = Vec::new();
    for _ in 0..count {
        let found = Scenario::find("nla-required").expect("a scenario");
        servers.push(LabServer::start(found).await.expect("a lab server"));
    }
    let named: Vec<String> = servers.iter().map(|server| server.address.to_string()).collect();
    let (folder, path) = file("targets.txt", &named.join("\n"));
    (servers, folder, path)
}

/// Runs the command on a list, beside what runs here.
async fn fleet(path: &std::path::Path, arguments: &[&str]) -> Output {
    let always = ["--targets", path.to_str().expect("text"), "--skip", "udp", "--no-experiments"];
    let arguments: Vec<String> = always.iter().chain(arguments).map(|it| (*it).to_owned()).collect();
    let run = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    spawn_blocking(run).await.expect("it runs")
}

fn reports(output: &Output) -> Vec<Report> {
    stdout(output).lines().map(|line| Report::read(line).expect("a report")).collect()
}

/// The targets in the order in which they were told.
fn told(output: &Output) -> Vec<String> {
    reports(output).iter().map(|report| report.survey.target.input.clone()).collect()
}

/// How many runs were under way from the first begin to the last, on average: till then there was always another to begin.
/// A run lasts from when its survey began to when that was whole.
fn under_way(runs: &[(Duration, Duration)]) -> f64 {
    let begins = || runs.iter().map(|(begun, _)| *begun);
    let (first, last) = (begins().min().expect("a run"), begins().max().expect("a run"));
    let busy: Duration = runs.iter().map(|(begun, took)| last.saturating_sub(*begun).min(*took)).sum();
    busy.as_secs_f64() / last.saturating_sub(first).as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_targets_get_their_verdicts_and_no_place_rests_while_one_waits() {
    let size: usize = env::var("SOAK").ok().map_or(500, |size| size.parse().expect("a number"));
    let mut numbers: Vec<usize> = (0..size).collect();
    fastrand::Rng::with_seed(6).shuffle(&mut numbers);
    let scenarios: BTreeMap<&str, Scenario> =
        (0..size.min(60)).map(|number| (fate(number), Scenario::find(fate(number)).expect("a scenario"))).collect();
    let (mut servers, mut list) = (BTreeMap::new(), Vec::new());
    for number in numbers {
        let name = fate(number);
        let [.., high, low] = u32::try_from(number + 1).expect("few").to_be_bytes();
        let address = SocketAddr::from((Ipv4Addr::new(127, 1, high, low), 0));
        let server = LabServer::listen(scenarios[name].clone(), address).await.expect("a lab server");
        list.push(format!("{} label={name}", server.address));
        servers.insert(server.address.to_string(), server);
    }
    let (_folder, path) = file("targets.txt", &list.join("\n"));
    let (timeout, at_a_time) = (format!("{}s", TIMEOUT.as_secs()), AT_A_TIME.to_string());
    let output = fleet(&path, &["--format", "ndjson", "--timeout", &timeout, "--concurrency", &at_a_time]).await;
    assert_eq!((output.status.code(), stderr(&output)), (Some(1), ""), "some stopped");

    let (mut wrong, mut runs, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for report in reports(&output) {
        let (label, input) = (report.label.as_deref().expect("a label"), &report.survey.target.input);
        let server = servers.remove(input).expect("each target once");
        let connections = server.finish().await;
        let differences = expected(&scenarios[label]).differences(&report.survey, &report.verdict, connections.len());
        wrong.extend(differences.into_iter().map(|difference| format!("{input} {label}: {difference}")));
        let begun = Duration::try_from(report.survey.started.as_duration()).expect("after 1970");
        let took = Duration::from_micros(report.survey.took_us);
        runs.push((begun, took));
        others.extend(Some(took).filter(|_| !SILENT.contains(&label)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(servers.is_empty(), "no report of {:?}", servers.keys());
    let under_way = under_way(&runs);
    others.sort_unstable();
    assert!(under_way > 0.9 * f64::from(AT_A_TIME), "{under_way} of {AT_A_TIME} under way");
    let longest = others[others.len() * 9 / 10];
    assert!(longest < TIMEOUT, "{longest:?}: who is not silent waits for nobody who is");
    if env::var_os("SOAK").is_some() {
        let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN).expect("usage");
        eprintln!(
            "{size} targets: {under_way:.1} under way, at most {} KiB in any child, cargo among them",
            usage.max_rss()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_host_is_never_met_by_two_runs_at_once() {
    let (one, two) = (Counter::new(), Counter::new());
    let port = one.listen().await.port();
    let twice = [two.listen().await, two.listen().await].map(|address| format!("{address}\n"));
    let same = format!("127.0.0.1:{port}\n[::ffff:127.0.0.1]:{port}\n").repeat(3);
    let (_folder, path) = file("targets.txt", &(same + &twice.concat()));
    let output = fleet(&path, &["--json", "--timeout", "700ms"]).await;
    assert_eq!((output.status.code(), reports(&output).len()), (Some(1), 8), "{}", stderr(&output));
    assert_eq!(one.seen(), (6, 1), "six runs, one after the other");
    assert_eq!(two.seen(), (2, 2), "two hosts are met at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_told_as_they_end_and_on_request_in_their_order() {
    let start = async |name| LabServer::start(Scenario::find(name).expect("a scenario")).await.expect("a lab server");
    let (silent, one, two) = (start("request-silent").await, start("nla-required").await, start("nla-absent").await);
    let named = [&silent, &one, &two].map(|server| server.address.to_string());
    let (_folder, path) = file("targets.txt", &named.join("\n"));
    let timeout = ["--json", "--timeout", "3s"];
    let ordered = fleet(&path, &[&timeout[..], &["--ordered"]].concat()).await;
    assert_eq!(told(&ordered), named);
    let streamed = told(&fleet(&path, &timeout).await);
    assert_eq!(streamed.last(), named.first(), "whoever is silent is told last: {streamed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_line_is_named_and_the_rest_still_runs() {
    let server = LabServer::start(Scenario::find("nla-required").expect("a scenario")).await.expect("a lab server");
    let mut lines = vec!["# nobody".to_owned(); 5000];
    lines[4710] = "..".to_owned();
    lines[4999] = server.address.to_string();
    let (_folder, path) = file("targets.txt", &lines.join("\n"));
    for (more, code) in [(&["--json"][..], 2), (&["--json", "--keep-going"], 0), (&["--format", "nagios"], 3)] {
        let output = fleet(&path, more).await;
        assert_eq!(output.status.code(), Some(code), "{more:?}: {}", stdout(&output));
        assert!(stderr(&output).contains("targets.txt:4711: `..` is no host: "), "{}", stderr(&output));
        assert!(stdout(&output).contains("gate"), "the rest runs: {}", stdout(&output));
        if more.contains(&"nagios") {
            let told: Vec<&str> = stdout(&output).lines().take(2).collect();
            assert!(told[0].starts_with("RDP UNKNOWN - 1 line of the list names no target | "), "{told:?}");
            assert!(told[1].starts_with(&format!("RDP OK - {}: ", server.address)), "{told:?}");
        }
    }
    for (name, text) in [("none.txt", "..\n"), ("none.txt", "# nobody\n"), ("none.toml", "")] {
        let (_folder, path) = file(name, text);
        let output = fleet(&path, &["--keep-going"]).await;
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{text}: nothing can run");
        assert!(stderr(&output).ends_with("error: the list names no target\n"), "{}", stderr(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_a_label_and_expectations_of_its_own() {
    let server = LabServer::start(Scenario::find("nla-required").expect("a scenario")).await.expect("a lab server");
    let host = server.address;
    let text = format!(
        "[[target]]\nhost = '{host}'\nlabel = 'hq'\nexpect = ['negotiate.nla = absent']\n[[target]]\nhost = '{host}'\n"
    );
    let (_folder, path) = file("targets.toml", &text);
    let output = fleet(&path, &["--json", "--ordered", "--label", "all", "--expect", "tls.version >= 1.2"]).await;
    let told: Vec<(Option<String>, usize)> =
        reports(&output).into_iter().map(|report| (report.label, report.expectations.len())).collect();
    assert_eq!(told, [(Some("hq".to_owned()), 2), (Some("all".to_owned()), 1)]);
    assert_eq!(output.status.code(), Some(1), "one expectation failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_runs_apart() {
    let (_servers, _folder, path) = alike(5).await;
    let mut begun: Vec<_> = reports(&fleet(&path, &["--json", "--rate", "4/s"]).await)
        .into_iter()
        .map(|report| report.survey.started.as_millisecond())
        .collect();
    begun.sort_unstable();
    let whole = begun.last().zip(begun.first()).map(|(last, first)| last - first);
    assert!(whole >= Some(950), "five begin in four quarters of a second: {begun:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_proof_is_all_that_an_account_sees_of_a_fleet() {
    let (servers, _folder, path) = alike(3).await;
    let (_secret, secret) = file("password", "wrong\n");
    let secret = secret.to_str().expect("text");
    fleet(&path, &["--user", "ZORG\\alice", "--password-file", secret, "--accept-certificate"]).await;
    let mut proofs = Vec::new();
    for server in servers {
        proofs.push(server.finish().await.iter().map(|connection| connection.authenticates).sum::<usize>());
    }
    assert_eq!(proofs, [1, 0, 0]);
}

#[test]
fn a_list_may_come_from_stdin() {
    let tables = ["one.example", "-", "two.example"].map(|host| format!("[[target]]\nhost = '{host}'\n")).concat();
    for (list, line) in [("one.example\n-\ntwo.example\n", 2), (&tables, 4)] {
        let mut command = Command::new(binary());
        command.args(["--targets", "-", "--plan"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("rdp-probe runs");
        child.stdin.take().expect("a pipe").write_all(list.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        let shown = stdout(&output);
        assert!(shown.contains("one.example") && shown.contains("two.example"), "{shown}");
        assert!(stderr(&output).contains(&format!("stdin:{line}: `-` is no host")), "{}", stderr(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_report_among_several_says_whose_it_is() {
    let (servers, _folder, path) = alike(2).await;
    for (format, before) in [("text", "== "), ("junit", "<testsuite name=\""), ("nagios", "RDP OK - ")] {
        let output = fleet(&path, &["--ordered", "--label", "vpn", "--format", format]).await;
        let lines: Vec<&str> =
            stdout(&output).lines().filter_map(|line| line.trim_start().strip_prefix(before)).collect();
        let all =
            servers.iter().zip(&lines).all(|(server, line)| line.starts_with(&format!("{} (vpn)", server.address)));
        assert!(all && lines.len() == servers.len(), "{}", stdout(&output));
        let summed_up = stdout(&output).ends_with("\nSUMMARY: 2 of 2 targets are as they should be\n");
        assert_eq!(summed_up, format == "text", "{}", stdout(&output));
    }
}

#[test]
fn one_capture_cannot_serve_many_targets() {
    let (_folder, path) = file("targets.txt", "192.0.2.1\n");
    let output = run(&["--targets", path.to_str().expect("text"), "--evidence", "/tmp/never.pcapng"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("add --concurrency 1"), "{}", stderr(&output));
}
