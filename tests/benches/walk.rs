//! What the tape costs: a whole walk to the credential gate against a bare loop of the same steps, on loopback, turn
//! about, against the same lab server. Prints both medians and their ratio, and fails above the goal where `BENCH_STRICT`
//! is 1. What the capture costs, where we may capture: the same walk with it and without, as the
//! walk measures itself, and as a whole.

mod steps;

use std::env;
use std::hint::black_box;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_packets::negotiate::CorrelationInfo;
use rdp_probe::clock::Clock;
use rdp_probe::evidence::Senses;
use rdp_probe::handshake;
use rdp_probe::pairing::pair;
use rdp_probe::wire::Halt;
use steps::steps;
use tokio::runtime::Builder;
use tokio::sync::watch;

/// Walks of each kind.
const ROUNDS: usize = 300;

/// How many times the steps alone a walk may take. A busy machine breaks it now and then.
const GOAL: f64 = 1.2;

fn main() -> ExitCode {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let scenario = Scenario::find("nla-required").expect("a scenario");
    let lab = server.block_on(LabServer::start(scenario)).expect("a lab server");
    let client = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (mut bare, mut walks, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    let (mut phases, mut phases_heard) = (Vec::new(), Vec::new());
    let (mut blind, mut senses) = (Senses::default(), Senses::open());
    client.block_on(async {
        for _ in 0..ROUNDS {
            bare.push(timed(async || assert!(black_box(steps(lab.address).await.expect("the steps")) > 0)).await);
            walks.push(timed(async || phases.push(walk(lab.address, &mut blind).await)).await);
            heard.push(timed(async || phases_heard.push(walk(lab.address, &mut senses).await)).await);
        }
    });
    let [bare, walks, heard, phases, phases_heard] =
        [&mut bare, &mut walks, &mut heard, &mut phases, &mut phases_heard].map(|times| median(times));
    let (ratio, with, measured) = (over(walks, bare), over(heard, walks), over(phases_heard, phases));
    anstream::println!("capture: {}", senses.missing().unwrap_or("there"));
    anstream::println!("what a walk measures with it {phases_heard:?}, without {phases:?}, ratio {measured:.2}");
    anstream::println!("a walk as a whole with it {heard:?}, without {walks:?}, ratio {with:.2}");
    anstream::println!("bare steps {bare:?}, walk {walks:?}, ratio {ratio:.2} (medians of {ROUNDS}, goal {GOAL})");
    let strict = env::var_os("BENCH_STRICT").is_some_and(|value| value == "1");
    ExitCode::from(u8::from(strict && ratio > GOAL))
}

/// One walk, as a survey does it. Gives the time from the begin of its first phase to the end of its last.
async fn walk(address: SocketAddr, senses: &mut Senses) -> Duration {
    let plan = probe::plan(address);
    let attempt = plan.next(&[]).expect("a baseline");
    let (_never, wished) = watch::channel(false);
    let (pairing, _) = pair(CorrelationInfo::from_random([1; 16]));
    let halt = Halt::new(wished);
    let walk = handshake::walk(&plan, attempt, senses, &Clock::start(), &halt, &pairing).await;
    let walk = black_box(walk);
    assert!(walk.stop.is_none());
    let spans: Vec<_> = walk.tape.passed().filter_map(|phase| walk.tape.span(phase)).collect();
    spans.last().expect("a phase").1 - spans.first().expect("a phase").0
}

#[expect(clippy::disallowed_methods, reason = "a bench reads its own clock, not the probe's")]
async fn timed(work: impl AsyncFnOnce()) -> Duration {
    let begun = Instant::now();
    work().await;
    begun.elapsed()
}

fn over(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
