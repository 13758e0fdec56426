use std::io::{self, IsTerminal};
use std::thread;

use tokio::runtime::{Builder, Runtime};

use super::aim::aim;
use super::args::ProbeArgs;
use super::progress::Progress;
use super::signals::Signals;
use super::{Error, Output, exit, paths, show};
use crate::evidence::Senses;
use crate::expect::Expectation;
use crate::fleet::{self, Entry, List, Mistake};
use crate::plan::{Attempt, Plan};
use crate::report::Report;
use crate::target::Target;

/// Why the walks of one among several that go on at a time are not captured.
const MANY: &str = "many targets at once: no capture (--concurrency 1 has one)";

/// A target with what belongs to it alone.
struct Member {
    plan: Plan,
    label: Option<String>,
    expected: Vec<Expectation>,
}

/// Walks every target, and gives the worst exit code, or that of the signal that cut it short.
pub(super) fn run(args: &ProbeArgs, mut senses: Senses) -> Result<u8, Error> {
    let (mut members, bad_lines) = members(args)?;
    let expected = args.expect.expectations()?;
    // The first target alone: the others stop at the gate.
    if let Some(first) = members.first_mut() {
        first.plan.logon = args.logon.logon(&first.plan, args.plan)?;
    }
    if args.plan {
        let plans = show::plans(members.iter().map(|member| &member.plan), args.output.format());
        return super::output::print(&plans).map(|()| exit::of_list(args.output.format(), bad_lines));
    }
    let many = args.fleet.list.is_some();
    let mut output = Output::open(&args.output, many || members.len() > 1)?.of_list(bad_lines);
    let evidence = args.evidence.open(&mut senses)?;
    let senses = several(senses, args.fleet.at_a_time(), evidence.is_some())?;
    let mut progress = Progress::new(many && !args.output.quiet && !args.output.verbose, members.len());
    let watched = !args.output.quiet && (args.output.verbose || (!many && io::stderr().is_terminal()));
    let announce = move |plan: &Plan, attempt: &Attempt| {
        if watched {
            show::announce(plan, attempt);
        }
    };
    let compares = args.legs.compares();
    let mut beside = Vec::new();
    let (plans, told): (Vec<_>, Vec<_>) =
        members.into_iter().map(|Member { plan, label, expected }| (plan, (label, expected))).unzip();
    let runtime = runtime()?;
    progress.show();
    let tell = |index: usize, survey| {
        let (label, own) = told.get(index).cloned().unwrap_or_default();
        let expected = [expected.as_slice(), &own].concat();
        let report = Report::new(survey, label.or_else(|| args.label.clone())).expecting(&expected);
        if compares {
            beside.push(report.clone());
        }
        progress.count(report, |report| output.report(report))
    };
    let ended = runtime.block_on(async {
        let (signals, halt) = Signals::listen()?;
        let senses = if compares {
            paths::run(&plans, senses, &halt, announce, tell).await?
        } else {
            fleet::run(plans, senses, args.fleet.pace(), &halt, announce, tell).await?
        };
        Ok::<_, Error>((signals.code(), senses))
    });
    // A resolver that hangs holds its thread for as long as it likes; we do not wait for it.
    runtime.shutdown_background();
    progress.clear();
    if let Some(comparison) = compares.then(|| paths::beside(beside, args.output.redact)).flatten() {
        output.beside(&comparison)?;
    }
    let code = output.close()?;
    let (signalled, senses) = ended?;
    progress.warn_of_rest();
    if let (Some(file), Some(senses)) = (evidence, senses.first()) {
        file.close(senses)?;
    }
    Ok(signalled.unwrap_or(code))
}

/// Senses for as many walks at a time.
fn several(senses: Senses, at_a_time: u16, evidence: bool) -> Result<Vec<Senses>, Error> {
    match at_a_time {
        1 => Ok(vec![senses]),
        _ if evidence => Err(Error::Usage("--evidence hears one target at a time: add --concurrency 1".to_owned())),
        several => Ok((0..several).map(|_| Senses::without(MANY)).collect()),
    }
}

/// Every target that the user named, and how many lines of the list count that name none; they are told here.
fn members(args: &ProbeArgs) -> Result<(Vec<Member>, usize), Error> {
    if args.legs.compares() && args.targets.len() > 1 {
        return Err(Error::Usage(format!("--path is for one target, and here are {}", args.targets.len())));
    }
    let aims = args.legs.ways()?.into_iter().map(|way| aim(args, way)).collect::<Result<Vec<_>, _>>()?;
    let mut members = Vec::new();
    for input in &args.targets {
        let target = Target::parse(input, args.port)?;
        for aim in &aims {
            members.push(Member { plan: aim(target.clone())?, label: None, expected: Vec::new() });
        }
    }
    let List { entries, mut mistakes } = args.fleet.read(args.port)?;
    for (Entry { target, label, expected, place }, aim) in entries.into_iter().zip(aims.iter().cycle()) {
        match aim(target) {
            Ok(plan) => members.push(Member { plan, label, expected }),
            Err(error) => mistakes.push(Mistake { place, said: error.to_string() }),
        }
    }
    for mistake in &mistakes {
        anstream::eprintln!("error: {mistake}");
    }
    if members.is_empty() {
        return Err(Error::Usage("the list names no target".to_owned()));
    }
    Ok((members, if args.fleet.keep_going { 0 } else { mistakes.len() }))
}

/// What the walks run on. tokio panics where the system gives it no thread, and a panic that has no memory to tell its
/// backtrace waits for itself for ever: so one thread is asked for before, and the system says why not.
pub(super) fn runtime() -> Result<Runtime, Error> {
    let first = thread::Builder::new().spawn(|| ()).map_err(Error::Thread)?;
    // Its end is waited for, so that its memory is free again; it has nothing to panic about.
    let _ = first.join();
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}
