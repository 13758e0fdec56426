//! Hostile servers: each gets one clear line, and no more of our memory than is ours to give.

use std::process::{Command, Output};

use rdp_lab::act::{Act, Step};
use rdp_lab::lie::Lie;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::plan::Until;

use crate::command::{binary, document, stderr};
use crate::grid::AWAITED;
use crate::lab::{each, reaching};

/// The most memory that the probe may take, in KiB. The kernel holds it to that: a process that asks for more writable
/// memory than its limit gets none, and aborts.
const MEMORY: usize = 64 * 1024;

/// The longest time that it may take, in seconds.
const SECONDS: u32 = 40;

/// The widest line of a report's verdict.
const WIDTH: usize = 100;

/// Scenarios whose server breaks the protocol on purpose.
const HOSTILE: &[&str] = &[
    "confirm-endless",
    "confirm-framed",
    "confirm-length-0",
    "confirm-length-3",
    "confirm-length-65535",
    "confirm-unoffered",
    "credssp-der-inner",
    "credssp-der-outer",
    "credssp-framed",
    "credssp-ntlm-offset",
    "capabilities-oversized",
    "capabilities-wrong-mac",
    "finalization-wrong-share",
    "hello-framed",
    "join-wrong-channel",
    "licensing-oversized",
    "settings-framed",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_gets_one_clear_line_in_little_memory() {
    let scenarios = HOSTILE.iter().map(|name| Scenario::find(name).expect("a scenario"));
    let empty = || Scenario::parse("endless", "about = ''").expect("an empty scenario");
    let streams = [Step::Connect, Step::Tls].map(|step| empty().with(step, Act::Garble(Lie::Endless)));
    let in_session = AWAITED.iter().flat_map(|step| {
        let lies = [Lie::Endless, Lie::Repeated].map(Act::Garble);
        let lies = lies.into_iter().filter(|act| *step > Step::Settings && step.allows(act));
        lies.map(|act| Scenario { name: format!("{act} at {}", step.id()), ..reaching(*step, &act) })
    });
    each(scenarios.chain(streams).chain(in_session), async |scenario| {
        let name = scenario.name.clone();
        let until = if scenario.until == Until::Ready { "ready" } else { "gate" };
        let server = LabServer::start(scenario).await.expect("a lab server starts");
        let address = server.address.to_string();
        let output = tokio::task::spawn_blocking(move || run_bounded(&address, until)).await.expect("the probe runs");
        assert_eq!(output.status.code(), Some(1), "{name}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{name}");
        let verdict = &document(&output)["verdict"];
        assert_eq!(verdict["stop"]["cause"], "garbled", "{name}: {verdict}");
        let stop = &document(&output)["walks"][0]["stop"];
        let named = stop["message"].is_string() && stop["field"].is_string() && stop["offset"].is_u64();
        assert!(named, "{name}: {stop}");
        let headline = verdict["headline"].as_str().expect("a headline");
        assert!(!headline.contains('\n') && headline.chars().count() <= WIDTH, "{name}: {headline}");
        server.finish().await;
    })
    .await;
}

#[test]
fn a_system_that_gives_no_thread_is_told_of() {
    // A thread's stack alone takes all of it. A panic that has no memory for its backtrace would hang.
    let script = "ulimit -d 2048 && exec timeout --signal KILL 20 \"$0\" 127.0.0.1:1";
    let output =
        Command::new("sh").args(["-c", script]).arg(binary()).env("RUST_BACKTRACE", "1").output().expect("sh runs");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("error: cannot start a thread: "), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
}

/// Probes an address with little memory.
fn run_bounded(address: &str, until: &str) -> Output {
    let script = format!("ulimit -d {MEMORY} && exec timeout {SECONDS} \"$0\" --json --until \"$2\" \"$1\"");
    Command::new("sh").args(["-c", &script]).arg(binary()).args([address, until]).output().expect("sh runs")
}
