//! The forms in which reports are told, held against the tools that read them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rdp_lab::bed::{Error, Result, or_skip};
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;

use crate::command::{run, stderr, stdout};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");

/// A tool that reads `input` on its stdin.
pub(crate) fn tool(program: &str, arguments: &[&str], input: &str) -> Result<Output> {
    let mut tool = Command::new(program);
    tool.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tool = tool.spawn().map_err(|_| Error::Missing { program: program.to_owned() })?;
    let io = |source| Error::Io { what: "run a tool", source };
    tool.stdin.take().expect("a pipe").write_all(input.as_bytes()).map_err(io)?;
    tool.wait_with_output().map_err(io)
}

/// Whether a document is `JUnit` XML by our schema; otherwise what xmllint says.
pub(crate) fn junit(document: &str) -> Result<Output> {
    tool("xmllint", &["--noout", "--nonet", "--schema", &format!("{FIXTURES}/junit.xsd"), "-"], document)
}

/// Whether Prometheus reads these metrics and finds nothing to complain of.
fn metrics(document: &str) -> Result<Output> {
    tool("promtool", &["check", "metrics"], document)
}

/// The outputs that the repository shows, by the end of their names.
fn shown(end: &str) -> Vec<PathBuf> {
    let folder = fs::read_dir(Path::new(FIXTURES).join("formats")).expect("the outputs");
    let paths = folder.map(|file| file.expect("a file").path());
    let files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|extension| extension == end)).collect();
    assert!(!files.is_empty(), "no output ends in {end}");
    files
}

/// Holds outputs and what a tool says of them.
pub(crate) fn hold(documents: &[String], check: fn(&str) -> Result<Output>) {
    for document in documents {
        let Some(checked) = or_skip(check(document)) else { return };
        assert!(checked.status.success(), "{}{}\n{document}", stdout(&checked), stderr(&checked));
        assert_eq!(stdout(&checked), "", "{document}");
    }
}

fn read(files: Vec<PathBuf>) -> Vec<String> {
    files.into_iter().map(|file| fs::read_to_string(file).expect("it reads")).collect()
}

/// What the command prints of lab servers, and its exit code.
async fn told(scenarios: &[&str], format: &str) -> (String, Option<i32>) {
    let mut servers = Vec::new();
    for name in scenarios {
        servers.push(LabServer::start(Scenario::find(name).expect("a scenario")).await.expect("a lab server"));
    }
    let mut arguments: Vec<String> = servers.iter().map(|server| server.address.to_string()).collect();
    arguments.extend(["--format", format, "--skip", "udp"].map(str::to_owned));
    let run = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(run).await.expect("it runs");
    (stdout(&output).to_owned(), output.status.code())
}

#[test]
fn the_outputs_that_are_shown_are_what_their_readers_take() {
    hold(&read(shown("xml")), junit);
    hold(&read(shown("prom")), metrics);
}

#[test]
fn the_schema_refuses_what_is_no_junit() {
    let whole = read(shown("xml")).remove(0);
    let broken = whole.replacen("<skipped message=", "<skipped reason=", 1);
    for (document, valid) in [(whole, true), (broken, false)] {
        let Some(checked) = or_skip(junit(&document)) else { return };
        assert_eq!(checked.status.success(), valid, "{}\n{document}", stderr(&checked));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_runs_are_told_to_ci_and_to_prometheus() {
    let scenarios = ["nla-required", "key-unusable", "speaks-ssh", "rdp-only"];
    let (document, code) = told(&scenarios, "junit").await;
    assert_eq!((document.matches("<testsuite ").count(), code), (scenarios.len(), Some(1)));
    hold(&[document], junit);
    let (document, code) = told(&scenarios, "prometheus").await;
    assert_eq!((document.matches("\nrdp_probe_up{").count(), code), (scenarios.len(), Some(1)));
    hold(&[document], metrics);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_for_nagios_says_it_in_its_first_line_and_its_exit_code() {
    for (scenarios, begins, code) in [
        (&["healthy-tls-ready"][..], "RDP OK - PASSED", 0),
        (&["certificate-expired"], "RDP WARNING - PASSED", 1),
        (&["key-unusable"], "RDP CRITICAL - STOPPED at tls", 2),
        (&["healthy-tls-ready", "key-unusable"], "RDP CRITICAL - 127.0.0.1:", 2),
    ] {
        let (said, exit) = told(scenarios, "nagios").await;
        let first = said.lines().next().unwrap_or_default();
        assert!(first.starts_with(begins) && first.contains(" | '"), "{scenarios:?}: {said}");
        assert_eq!(exit, Some(code), "{scenarios:?}: {said}");
    }
}

#[test]
fn a_check_that_cannot_run_is_unknown() {
    for arguments in [
        &["--format", "nagios", "srv:0"][..],
        &["--format=nagios", "--no-such-flag", "srv"],
        &["srv", "--no-such-flag", "--format", "nagios"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).starts_with("RDP UNKNOWN - "), "{arguments:?}: {}", stdout(&output));
    }
}
