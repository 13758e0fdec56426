//! What a fleet costs: memory a target in flight, the whole time against what the silent targets take, and the
//! throughput of full walks against a bare loop of the same steps. The lab is a process of its own, so that memory and
//! processor time are those of the probe's side alone. Fails beside a goal where `BENCH_STRICT` is 1.

mod steps;

use std::convert::Infallible;
use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{array, env};

use nix::sys::resource::{UsageWho, getrusage};
use rdp_lab::bed::net::Bed;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_packets::negotiate::Protocols;
use rdp_probe::evidence::Senses;
use rdp_probe::fleet::{self, Pace};
use rdp_probe::plan::Plan;
use rdp_probe::report::{Format, Look, Report};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::Outcome;
use rdp_probe::wire::Halt;
use steps::{goodbye, offer, steps};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The goals: KiB a target, time over the bound, throughput of walks over that of the steps.
const GOALS: [f64; 3] = [64.0, 1.2, 0.8];

/// Targets in flight at once where memory is measured.
const FEW: u16 = 10;
const MANY: u16 = 500;

/// Targets that are walked at a time elsewhere, and how many there are.
const AT_A_TIME: usize = 50;
const TARGETS: u16 = 1000;

/// How long a silent target is waited for.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How often walks and steps take turns.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    if env::args().any(|argument| argument == "--lab") {
        serve();
        return ExitCode::SUCCESS;
    }
    // Its servers are on every address: so in a namespace of its own.
    let bed = Bed::new([]).expect("a namespace, for which it takes root");
    let figures = bed.client().run(|| {
        let mut lab = Lab::start();
        // As the command does it.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        // What has been in flight once stays with the process: so memory comes first.
        [memory(&runtime, &mut lab), time(&runtime, &mut lab), throughput(&runtime, &mut lab)]
    });
    let [memory, time, throughput] = GOALS;
    let missed = figures[0] > memory || figures[1] > time || figures[2] < throughput;
    let strict = env::var_os("BENCH_STRICT").is_some_and(|value| value == "1");
    ExitCode::from(u8::from(strict && missed))
}

/// KiB that one more silent target in flight takes, at the peak: with the walks that are tried after its stop.
fn memory(runtime: &Runtime, lab: &mut Lab) -> f64 {
    let port = lab.port("credssp-silent");
    let [few, many] = [FEW, MANY].map(|count| {
        let plans = targets(count, |_| port).into_iter().map(|plan| Plan { experiments: true, ..plan });
        walk(runtime, plans.collect(), count.into(), tell);
        peak()
    });
    let slope = f64::from(many - few) / f64::from(MANY - FEW);
    anstream::println!("memory: {few} KiB with {FEW} in flight, {many} KiB with {MANY}: {slope:.1} KiB a target");
    slope
}

/// The whole time, where each fifth target is silent, over what the silent ones alone take.
fn time(runtime: &Runtime, lab: &mut Lab) -> f64 {
    let [silent, resetting, passing] = [
        ["accepts-silent", "request-silent", "credssp-silent"],
        ["request-reset", "key-unusable", "credssp-reset"],
        ["nla-required", "nla-absent", "nla-optional"],
    ]
    .map(|fates| fates.map(|fate| lab.port(fate)));
    let mut fates: Vec<usize> = (0..TARGETS.into()).collect();
    fastrand::Rng::with_seed(6).shuffle(&mut fates);
    let is_silent = |fate: &usize| fate % 20 < 4;
    let plans = targets(TARGETS, |index| {
        let fate = fates[index];
        let ports = if is_silent(&fate) {
            silent
        } else if fate % 20 == 4 {
            resetting
        } else {
            passing
        };
        ports[fate / 20 % ports.len()]
    });
    let bound = bound(fates.iter().map(|fate| if is_silent(fate) { TIMEOUT } else { Duration::ZERO }));
    let took = timed(|| assert_eq!(walk(runtime, plans, AT_A_TIME, tell), TARGETS / 20 * 15)).0;
    let ratio = took.as_secs_f64() / bound.as_secs_f64();
    anstream::println!("time: {took:?} for {TARGETS} targets, {bound:?} for the silent ones: ratio {ratio:.2}");
    ratio
}

/// How long so many at a time take for these waits, each begun in its order as soon as another is over.
fn bound(waits: impl Iterator<Item = Duration>) -> Duration {
    let mut places = [Duration::ZERO; AT_A_TIME];
    for wait in waits {
        *places.iter_mut().min().expect("a place") += wait;
    }
    places.into_iter().max().expect("a place")
}

/// Full walks over the bare steps: in a second, and in a second of our processor time; and with their reports.
fn throughput(runtime: &Runtime, lab: &mut Lab) -> f64 {
    let port = lab.port("nla-required");
    let mut rounds: [Vec<(Duration, Duration)>; 3] = array::from_fn(|_| Vec::new());
    let walked = |tell: fn(Survey) -> bool| {
        let plans = targets(TARGETS, |_| port);
        timed(|| assert_eq!(walk(runtime, plans, AT_A_TIME, tell), TARGETS))
    };
    for _ in 0..ROUNDS {
        let turns = [timed(|| bare(runtime, port)), walked(came), walked(tell)];
        rounds.iter_mut().zip(turns).for_each(|(rounds, turn)| rounds.push(turn));
    }
    let [(steps, steps_work), walks, told] = rounds.map(|rounds| {
        let (took, work) = rounds.into_iter().unzip();
        (each(took), each(work))
    });
    anstream::println!("throughput: the steps {steps:.0} µs each, and {steps_work:.0} µs of our processor");
    for (what, (took, work)) in [("a walk", walks), ("a walk with its report", told)] {
        let [ratio, ours] = [steps / took, steps_work / work];
        anstream::println!("  {what} {took:.0} µs, ratio {ratio:.2}; {work:.0} µs of our processor, ratio {ours:.2}");
    }
    steps / walks.0
}

/// Walks plans as the command does. Gives how many came to the gate, as `tell` says of each.
fn walk(runtime: &Runtime, plans: Vec<Plan>, at_a_time: usize, tell: fn(Survey) -> bool) -> u16 {
    let senses = (0..at_a_time).map(|_| Senses::without("a bench")).collect();
    let (_never, wished) = watch::channel(false);
    let halt = Halt::new(wished);
    let mut passed = 0;
    let count = |_, survey| {
        passed += u16::from(tell(survey));
        Ok::<_, Infallible>(())
    };
    let told = runtime.block_on(fleet::run(plans, senses, Pace::default(), &halt, |_, _| {}, count));
    told.expect("each is counted");
    passed
}

/// Whether a walk came to the gate.
fn came(survey: Survey) -> bool {
    black_box(survey).baseline().is_some_and(|walk| walk.stop.is_none())
}

/// The same, told in full to nobody.
fn tell(survey: Survey) -> bool {
    let report = Report::new(survey, None);
    let passed = report.verdict.outcome == Outcome::Gate;
    drop(black_box(Format::Ndjson.tell(&[report], Look::default()).expect("JSON")));
    passed
}

/// The steps alone, as many at a time.
fn bare(runtime: &Runtime, port: u16) {
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for index in 0..TARGETS.into() {
            if running.len() == AT_A_TIME {
                let ended: io::Result<usize> = running.join_next().await.expect("it runs").expect("no panic");
                assert!(ended.expect("the steps") > 0);
            }
            running.spawn(whole(address(index, port)));
        }
        running.join_all().await;
    });
}

/// All that a walk to a server with NLA takes: the steps, and an offer each of two protocols alone.
async fn whole(address: SocketAddr) -> io::Result<usize> {
    let challenge = steps(address).await?;
    for alone in [Protocols::SSL, Protocols::RDP] {
        goodbye(offer(address, alone).await?).await?;
    }
    Ok(challenge)
}

/// Plans for so many hosts, each of which is this one under an address of its own.
fn targets(count: u16, port: impl Fn(usize) -> u16) -> Vec<Plan> {
    let plan = |index| Plan { experiments: false, timeout: TIMEOUT, ..probe::plan(address(index, port(index))) };
    (0..count.into()).map(plan).collect()
}

fn address(index: usize, port: u16) -> SocketAddr {
    let [.., high, low] = index.to_be_bytes();
    (Ipv4Addr::new(127, 1, high, low), port).into()
}

/// The median of a round's times, for each target of it, in microseconds.
fn each(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort_unstable();
    rounds[rounds.len() / 2].as_secs_f64() * 1e6 / f64::from(TARGETS)
}

/// The time that work takes, and the processor's.
#[expect(clippy::disallowed_methods, reason = "a bench reads its own clock, not the probe's")]
fn timed(work: impl FnOnce()) -> (Duration, Duration) {
    let (begun, before) = (Instant::now(), processor());
    work();
    (begun.elapsed(), processor().saturating_sub(before))
}

fn processor() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel knows");
    let times = [usage.user_time(), usage.system_time()];
    times.map(|time| Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()).unsigned_abs())).iter().sum()
}

/// The largest memory of this program until now, in KiB. What `getrusage` tells began before it was this program.
fn peak() -> u32 {
    let status = fs::read_to_string("/proc/self/status").expect("the kernel knows");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
    peak.expect("a number")
}

/// The process with the lab's servers.
struct Lab {
    process: Child,
    asked: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Lab {
    /// This program once more.
    fn start() -> Self {
        let mut command = Command::new(env::current_exe().expect("a path"));
        let mut process = command.arg("--lab").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let asked = process.stdin.take().expect("a pipe");
        let said = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Self { process, asked, said }
    }

    /// The port of a new server on every address of loopback.
    fn port(&mut self, scenario: &str) -> u16 {
        writeln!(self.asked, "{scenario}").expect("the lab hears");
        self.said.next().expect("the lab answers").expect("a line").parse().expect("a port")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The lab's side: each line names a scenario, and is answered with its server's port.
fn serve() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let mut servers = Vec::new();
    for name in io::stdin().lock().lines() {
        let scenario = Scenario::find(&name.expect("a name")).expect("a scenario");
        let anywhere = (Ipv4Addr::UNSPECIFIED, 0).into();
        let server = runtime.block_on(LabServer::listen(scenario, anywhere)).expect("a lab server");
        anstream::println!("{}", server.address.port());
        servers.push(server);
    }
}
