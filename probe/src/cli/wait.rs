use std::fmt;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::probe::runtime;
use super::signals::Signals;
use super::{Error, duration, output};
use crate::clock::{Clock, time};
use crate::evidence::Senses;
use crate::phase::Phase;
use crate::plan::{Plan, Until};
use crate::stop::Stop;
use crate::survey::{self, Survey};
use crate::target::Target;
use crate::verdict::{self, Outcome};
use crate::wire::Halt;

/// The exit codes, short of the signals'.
const REACHED: u8 = 0;
const NOT_REACHED: u8 = 1;

#[derive(Debug, Args)]
pub(super) struct WaitArgs {
    /// A name, an address, `[v6]:port`, or a .rdp file.
    #[arg(value_name = "HOST[:PORT]")]
    target: String,

    /// The port of a target that names none.
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// What to wait for.
    #[arg(long, value_enum, default_value_t = Goal::Gate)]
    until: Goal,

    /// How long to wait.
    #[arg(short = 'w', long, default_value = "5m", value_parser = duration::positive)]
    deadline: Duration,

    /// How long to rest between walks.
    #[arg(short, long, default_value = "2s", value_parser = duration::parse)]
    interval: Duration,

    /// The longest wait for one message.
    #[arg(long, default_value = "5s", value_parser = duration::positive)]
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Goal {
    /// TCP connects.
    Connect,
    /// A security protocol is selected.
    Negotiate,
    /// TLS is up.
    Tls,
    /// The credential gate.
    Gate,
    /// The Font Map: a session begins and is left at once.
    Ready,
}

/// What a walk came to. A line is printed when it is another than that of the walk before.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Reached(Goal),
    Stopped(Phase, String),
    /// The server lets us go so far and no further.
    Short(Option<Phase>),
}

/// Walks again and again until a goal is reached: for machines that boot, and for CI.
pub(super) fn run(args: &WaitArgs, mut senses: Senses) -> Result<u8, Error> {
    let plan = plan(args)?;
    let runtime = runtime()?;
    let code = runtime.block_on(async {
        let (signals, halt) = Signals::listen()?;
        let code = until(args, &plan, &mut senses, &halt).await?;
        Ok::<u8, Error>(signals.code().unwrap_or(code))
    });
    // A resolver that hangs holds its thread for as long as it likes; we do not wait for it.
    runtime.shutdown_background();
    code
}

async fn until(args: &WaitArgs, plan: &Plan, senses: &mut Senses, halt: &Halt) -> Result<u8, Error> {
    let clock = Clock::start();
    let deadline = clock.instant(plan.deadline());
    let mut last = None;
    let hung = loop {
        let survey = survey::once(plan, senses, &clock, halt).await;
        // A walk that was cut shows nothing of the target.
        if survey.repeats().next().is_some() {
            let state = State::of(&survey, args.until);
            if last.as_ref() != Some(&state) {
                say(&clock, &state)?;
            }
            if state == State::Reached(args.until) {
                return Ok(REACHED);
            }
            last = Some(state);
        }
        tokio::select! {
            biased;
            () = halt.wished() => return Ok(NOT_REACHED),
            () = tokio::time::sleep_until(deadline) => break hung(&survey),
            () = tokio::time::sleep(args.interval) => {}
        }
    };
    let last = last.map(|state| state.to_string()).or(hung).unwrap_or_else(|| "no walk came to an end".to_owned());
    output::print(&format!("{}  deadline   {last}\n", now(&clock)))?;
    Ok(NOT_REACHED)
}

/// Where a walk was when its time was over, and what it waited for: not for so long that it would show silence.
fn hung(survey: &Survey) -> Option<String> {
    let Stop { phase, awaiting, waited_us, .. } = survey.baseline()?.stop.as_ref()?;
    Some(format!("{phase:<9}  no {} in {}", awaiting.as_ref()?, time((*waited_us)?)))
}

fn say(clock: &Clock, state: &State) -> Result<(), Error> {
    output::print(&format!("{}  {state}\n", now(clock)))
}

fn now(clock: &Clock) -> String {
    clock.wall(clock.now()).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl State {
    fn of(survey: &Survey, goal: Goal) -> Self {
        let stop = survey.baseline().and_then(|walk| walk.stop.as_ref());
        match (verdict::diagnose(survey).outcome, stop) {
            (Outcome::Ready | Outcome::Gate | Outcome::Partial, _) => Self::Reached(goal),
            (Outcome::Stopped | Outcome::Inconclusive, Some(stop)) => Self::Stopped(stop.phase, stop.cause.to_string()),
            (Outcome::Stopped | Outcome::Inconclusive, None) => {
                Self::Short(survey.baseline().and_then(crate::walk::Walk::reached))
            }
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reached(goal) => write!(f, "{:<9}  reached", goal.id()),
            Self::Stopped(phase, cause) => write!(f, "{phase:<9}  {cause}"),
            Self::Short(reached) => {
                let reached = reached.map_or("nothing", Phase::id);
                write!(f, "{reached:<9}  reached, and the server lets us go no further without credentials")
            }
        }
    }
}

impl Goal {
    fn id(self) -> &'static str {
        match self {
            Self::Connect => Phase::Connect.id(),
            Self::Negotiate => Phase::Negotiate.id(),
            Self::Tls => Phase::Tls.id(),
            Self::Gate => "gate",
            Self::Ready => "ready",
        }
    }

    const fn until(self) -> Until {
        match self {
            Self::Connect => Until::Phase(Phase::Connect),
            Self::Negotiate => Until::Phase(Phase::Negotiate),
            Self::Tls => Until::Phase(Phase::Tls),
            Self::Gate => Until::Gate,
            Self::Ready => Until::Ready,
        }
    }
}

/// One walk as the probe does it by itself, and nothing beside.
fn plan(args: &WaitArgs) -> Result<Plan, Error> {
    let target = Target::parse(&args.target, args.port)?;
    Ok(Plan {
        until: args.until.until(),
        timeout: args.timeout,
        deadline: args.deadline,
        experiments: false,
        udp: None,
        ..Plan::new(target)
    })
}
