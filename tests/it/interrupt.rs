//! Ctrl-C while hosts are silent: what is told, and how they are left.

use std::process::{Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::report::Report;
use rdp_probe::survey::Ended;
use tokio::process::Command;

use crate::command::{binary, stderr, stdout};
use crate::counter::Counter;
use crate::fleet::file;

/// Runs the command, and interrupts it once so many silent hosts are connected: each is left with an end, no reset.
async fn interrupted(arguments: &[&str], silent: &Counter, connected: usize) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("rdp-probe runs");
    silent.until(|count| count.now == connected).await;
    let pid = i32::try_from(child.id().expect("it runs")).expect("a process's number");
    kill(Pid::from_raw(pid), Signal::SIGINT).expect("it is there");
    let output = child.wait_with_output().await.expect("it ends");
    silent.until(|count| count.now == 0 && count.reset == 0).await;
    assert_eq!(silent.seen(), (connected, connected), "nobody else is met");
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_tells_what_is_done_and_what_is_under_way_and_begins_nothing_more() {
    let server = LabServer::start(Scenario::find("nla-required").expect("a scenario")).await.expect("a lab server");
    let silent = Counter::new();
    let mut list = vec![server.address.to_string()];
    for _ in 0..4 {
        list.push(silent.listen().await.to_string());
    }
    let (_folder, path) = file("targets.txt", &list.join("\n"));
    let fleet = ["--targets", path.to_str().expect("text"), "--concurrency", "2", "--timeout", "1m", "--skip", "udp"];
    // The second silent host is met once the first target of all is told.
    let output = interrupted(&[&fleet[..], &["--json", "--ordered"]].concat(), &silent, 2).await;
    let reports = stdout(&output).lines().map(|line| Report::read(line).expect("a report"));
    let told: Vec<_> = reports.map(|report| (report.survey.target.input, report.survey.ended)).collect();
    let ends = [Ended::Complete, Ended::Interrupted, Ended::Interrupted];
    assert_eq!(told, list.into_iter().zip(ends).collect::<Vec<_>>());
    assert_eq!(stderr(&output), "warning: interrupted: 2 of 5 targets were not begun\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_says_nothing_of_a_walk_that_was_cut() {
    let silent = Counter::new();
    let target = silent.listen().await.to_string();
    let output = interrupted(&["wait", &target, "--timeout", "1m"], &silent, 1).await;
    assert_eq!((stdout(&output), stderr(&output)), ("", ""));
}
