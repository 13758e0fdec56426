//! Waiting for a host: what is said while it comes up, and how the waiting ends.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;

use crate::command::{binary, run, stderr, stdout};

/// A `wait` under way, whose lines are read as they come.
struct Waiting {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Waiting {
    fn start(arguments: &[&str]) -> Self {
        let mut child =
            Command::new(binary()).arg("wait").args(arguments).stdout(Stdio::piped()).spawn().expect("rdp-probe runs");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    /// The next line, without its time.
    fn line(&mut self) -> Option<String> {
        let line = self.lines.next()?.expect("stdout is UTF-8");
        let (time, said) = line.split_once("  ").expect("a time and a state");
        assert!(time.len() == 20 && time.ends_with('Z'), "{line}");
        Some(said.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The lines that are left, and the exit code.
    fn finish(mut self) -> (Vec<String>, Option<i32>) {
        let lines = std::iter::from_fn(|| self.line()).collect();
        (lines, self.child.wait().expect("it ends").code())
    }
}

async fn lab(scenario: &str) -> LabServer {
    LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_up_late_is_waited_for() {
    let closed = lab("port-closed").await;
    let at = closed.address;
    let target = at.to_string();
    let mut waiting = Waiting::start(&[&target, "--interval", "50ms", "--deadline", "1m"]);
    assert_eq!(waiting.line().as_deref(), Some("connect connection refused"));
    // Nobody holds the port between the two; whoever comes then is refused as before.
    closed.finish().await;
    let stopping = LabServer::listen(Scenario::find("key-unusable").expect("a scenario"), at).await.expect("a server");
    assert!(waiting.line().expect("a change of state").starts_with("tls "));
    stopping.finish().await;
    let _healthy = LabServer::listen(Scenario::find("healthy").expect("a scenario"), at).await.expect("a server");
    // Where nobody listens in between, that is told too.
    let (lines, code) = waiting.finish();
    assert_eq!((lines.last().map(String::as_str), code), (Some("gate reached"), Some(0)), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_deadline_the_last_state_is_told() {
    let server = lab("key-unusable").await;
    let target = server.address.to_string();
    let waiting = Waiting::start(&[&target, "--interval", "50ms", "--deadline", "2s"]);
    let (lines, code) = waiting.finish();
    let [state, last] = lines.as_slice() else { panic!("one state, and the last: {lines:?}") };
    assert!(state.starts_with("tls "), "{state}");
    assert_eq!((last, code), (&format!("deadline {state}"), Some(1)));
    assert!(server.finish().await.len() > 1, "it was walked again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_walk_came_to_an_end_it_is_told_where_the_last_one_hung() {
    for (scenario, hung) in [
        ("request-silent", "deadline negotiate no X.224 Connection Confirm in "),
        ("hello-silent", "deadline tls no ServerHello in "),
    ] {
        let server = lab(scenario).await;
        let (lines, code) = Waiting::start(&[&server.address.to_string(), "--deadline", "1s"]).finish();
        let [last] = lines.as_slice() else { panic!("nothing but the last: {lines:?}") };
        assert!(last.starts_with(hung) && code == Some(1), "{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_goal_that_a_server_lets_us_reach_is_reached_at_once() {
    let server = lab("healthy-tls-ready").await;
    let target = server.address.to_string();
    for goal in ["connect", "negotiate", "tls", "gate", "ready"] {
        let (lines, code) = Waiting::start(&[&target, "--until", goal, "--deadline", "30s"]).finish();
        assert_eq!((lines, code), (vec![format!("{goal} reached")], Some(0)));
    }
    let short = lab("nla-required").await;
    let target = short.address.to_string();
    let (lines, code) = Waiting::start(&[&target, "--until", "ready", "--deadline", "1s", "--interval", "5s"]).finish();
    assert!(lines[0].contains("no further without credentials"), "{lines:?}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_signal_ends_the_waiting() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let mut waiting = Waiting::start(&["127.0.0.1:1", "--interval", "1h"]);
        assert_eq!(waiting.line().as_deref(), Some("connect connection refused"));
        let pid = Pid::from_raw(i32::try_from(waiting.child.id()).expect("a process's number"));
        kill(pid, signal).expect("it is there");
        assert_eq!(waiting.finish(), (Vec::new(), Some(code)));
    }
}

#[test]
fn what_cannot_be_waited_for_is_said_at_once() {
    for (arguments, said) in [
        (&["wait", "srv:0"][..], "`0` in `srv:0` is no port"),
        (&["wait", "127.0.0.1:1", "--until", "tea"], "invalid value 'tea'"),
        (&["wait", "127.0.0.1:1", "--deadline", "0"], "it must be more than 0"),
        (&["wait"], "required"),
    ] {
        let output = run(arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}
