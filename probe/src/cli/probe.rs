use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rdp_packets::negotiate::Protocols;
use rdp_packets::x224::Routing;
use tokio::runtime::{Builder, Runtime};

use super::args::{ProbeArgs, ProtocolName};
use super::paths;
use super::progress::Progress;
use super::signals::Signals;
use super::{Error, Output, exit};
use crate::credentials::Logon;
use crate::evidence::Senses;
use crate::expect::Expectation;
use crate::fleet::{self, Entry, List, Mistake};
use crate::phase::{Phase, UnknownPhase};
use crate::plan::{Attempt, Family, Plan, Sni, Until, preview};
use crate::report::{self, Format, Report};
use crate::target::Target;
use crate::wire::Way;

/// The name in the cookie, unless the user gives another.
pub(super) const COOKIE: &str = "rdp-probe";

/// mstsc cuts the name in the cookie to this many characters.
const COOKIE_LENGTH: usize = 9;

/// What the search for sizes adds to the default deadline.
const SIZES: Duration = Duration::from_mins(1);

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
        first.plan.logon = args.logon.logon(args.plan)?;
    }
    if args.plan {
        let plans = members.iter().map(|member| &member.plan);
        let shown: String = match args.format() {
            Format::Json | Format::Ndjson => plans.map(document).collect(),
            Format::Text | Format::Junit | Format::Nagios | Format::Prometheus | Format::Markdown => {
                plans.map(show).collect()
            }
        };
        return super::output::print(&shown).map(|()| bad_lines);
    }
    let many = args.fleet.list.is_some();
    let mut output = Output::open(&args.output, many || members.len() > 1)?;
    let evidence = args.evidence.open(&mut senses)?;
    let senses = match args.fleet.at_a_time() {
        1 => vec![senses],
        _ if evidence.is_some() => {
            return Err(Error::Usage("--evidence hears one target at a time: add --concurrency 1".to_owned()));
        }
        several => (0..several).map(|_| Senses::without(MANY)).collect(),
    };
    let mut progress = Progress::new(many && !args.quiet && !args.verbose, members.len());
    let watched = !args.quiet && (args.verbose || (!many && io::stderr().is_terminal()));
    let announce = move |plan: &Plan, attempt: &Attempt| {
        if watched {
            self::announce(plan, attempt);
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
        progress.count(&report);
        progress.clear();
        if compares {
            beside.push(report.clone());
        }
        output.report(report)?;
        progress.show();
        Ok::<_, Error>(())
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
    if let Some(comparison) = compares.then(|| paths::beside(beside, args.redact)).flatten() {
        output.beside(&comparison)?;
    }
    let code = output.close()?;
    let (signalled, senses) = ended?;
    progress.warn_of_rest();
    if let (Some(file), Some(senses)) = (evidence, senses.first()) {
        file.close(senses)?;
    }
    Ok(signalled.unwrap_or(exit::worse(code, bad_lines)))
}

/// Every target that the user named, and the exit code for lines of the list that name none; they are told here.
fn members(args: &ProbeArgs) -> Result<(Vec<Member>, u8), Error> {
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
    let bad_lines = if mistakes.is_empty() || args.fleet.keep_going { 0 } else { exit::could_not_run(args.format()) };
    Ok((members, bad_lines))
}

/// What the walks run on. tokio panics where the system gives it no thread, and a panic that has no memory to tell its
/// backtrace waits for itself for ever: so one thread is asked for before, and the system says why not.
pub(super) fn runtime() -> Result<Runtime, Error> {
    let first = thread::Builder::new().spawn(|| ()).map_err(Error::Thread)?;
    // Its end is waited for, so that its memory is free again; it has nothing to panic about.
    let _ = first.join();
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

/// What the user asked for, for whichever target.
fn aim(args: &ProbeArgs, way: Way) -> Result<impl Fn(Target) -> Result<Plan, Error>, Error> {
    let family = match (args.ipv4, args.ipv6, way.address) {
        (true, _, Some(source)) if source.is_ipv6() => return Err(other_family(&source)),
        (_, true, Some(source)) if source.is_ipv4() => return Err(other_family(&source)),
        (true, ..) | (_, _, Some(IpAddr::V4(_))) => Family::V4,
        (_, true, _) | (_, _, Some(IpAddr::V6(_))) => Family::V6,
        _ => Family::Any,
    };
    let protocols = args.protocols.iter().map(|name| protocol(*name)).fold(Protocols::RDP, Protocols::with);
    let sni = match &args.sni {
        Some(name) if !Sni::can_be(name) => {
            return Err(Error::Usage(format!("`{name}` cannot stand in a ClientHello: no DNS name")));
        }
        Some(name) => Sni::Name(name.clone()),
        None if args.no_sni => Sni::Absent,
        None => Sni::Target,
    };
    let until = until(&args.until)?;
    args.legs.leads(&way, until.goal())?;
    if args.follow && until.goal() < Phase::Finalization {
        let said = "--follow needs --until ready: a server redirects once the session begins";
        return Err(Error::Usage(said.to_owned()));
    }
    let way = Arc::new(way);
    Ok(move |target: Target| {
        if target.literal().is_some_and(|address| {
            (family == Family::V4 && address.is_ipv6()) || (family == Family::V6 && address.is_ipv4())
        }) {
            return Err(other_family(&target.input));
        }
        Ok(Plan {
            until,
            follow: args.follow,
            routing: routing(args, &target)?,
            count: args.count,
            interval: args.interval,
            timeout: args.timeout,
            deadline: args.deadline.unwrap_or_else(|| deadline(args)),
            family,
            protocols,
            sni: sni.clone(),
            target,
            logon: Logon::default(),
            experiments: !args.no_experiments,
            mtu: args.mtu && way.via.is_none(),
            hops: args.hops && way.via.is_none(),
            tcp: args.legs.tcp(),
            udp: args.legs.udp(&way),
            way: Arc::clone(&way),
        })
    })
}

fn other_family(address: &dyn Display) -> Error {
    Error::Usage(format!("`{address}` is not an address of the family asked for"))
}

/// The default deadline: 30 s or three timeouts, for each repeat its interval and two timeouts more, for the search for
/// sizes what it takes where most of its walks get no answer, and the time for which a flow is left idle.
fn deadline(args: &ProbeArgs) -> Duration {
    let one = (args.timeout * 3).max(Duration::from_secs(30));
    let sizes = if args.mtu { SIZES } else { Duration::ZERO };
    args.legs.deadline(one + (args.interval + args.timeout * 2) * args.count.saturating_sub(1) + sizes)
}

fn until(text: &str) -> Result<Until, Error> {
    match text {
        "gate" => Ok(Until::Gate),
        "ready" => Ok(Until::Ready),
        phase => phase.parse().map(Until::Phase).map_err(|error: UnknownPhase| Error::Usage(error.to_string())),
    }
}

/// The cookie or routing token: what the user gives, then what the .rdp file gives, then our own cookie.
fn routing(args: &ProbeArgs, target: &Target) -> Result<Routing, Error> {
    let token = args.routing_token.as_ref().or(target.routing_token.as_ref().filter(|_| args.cookie.is_none()));
    let text = token.or(args.cookie.as_ref()).map_or(COOKIE, String::as_str);
    if text.chars().any(char::is_control) {
        return Err(Error::Usage("a cookie or routing token has no control characters".to_owned()));
    }
    Ok(match token {
        Some(token) => Routing::Token(token.clone().into_bytes()),
        None => Routing::Cookie(text.chars().take(COOKIE_LENGTH).collect()),
    })
}

fn protocol(name: ProtocolName) -> Protocols {
    match name {
        ProtocolName::Rdp => Protocols::RDP,
        ProtocolName::Ssl => Protocols::SSL,
        ProtocolName::Hybrid => Protocols::HYBRID,
        ProtocolName::Rdstls => Protocols::RDSTLS,
        ProtocolName::HybridEx => Protocols::HYBRID_EX,
        ProtocolName::Rdsaad => Protocols::RDSAAD,
    }
}

/// The plan in words.
fn show(plan: &Plan) -> String {
    let lines: Vec<_> = preview(plan).iter().map(|line| format!("  {:>7}  {}", line.at_most, line.what)).collect();
    let detour = plan.target.detour.as_ref().map(|why| format!("  note:  {why}; this probe goes straight\n"));
    format!(
        "{}{}: what would be sent; nothing is sent now\n\n  first: {}\n  then:  {}\n{}\n  at most  what\n{}\n",
        plan.target,
        on(plan),
        plan.first_request(),
        plan.next_messages(),
        detour.unwrap_or_default(),
        lines.join("\n")
    )
}

/// On which path, where several are walked.
fn on(plan: &Plan) -> String {
    plan.way.name.as_ref().map(|name| format!(" on {name}")).unwrap_or_default()
}

/// The plan for programs, one line.
fn document(plan: &Plan) -> String {
    let plan = serde_json::json!({
        "schema": report::SCHEMA,
        "target": plan.target,
        "path": plan.way.name,
        "plan": { "first": plan.first_request(), "then": plan.next_messages(), "at_most": preview(plan) },
    });
    format!("{plan}\n")
}

/// Progress on stderr, for people who watch.
fn announce(plan: &Plan, attempt: &Attempt) {
    let address = attempt.address.map(|address| address.to_string());
    let target = attempt.redirected.as_ref().map_or(&plan.target, |to| &to.target);
    let address = address.unwrap_or_else(|| target.to_string());
    let often = if plan.count > 1 { format!(" {}/{}", attempt.repeat + 1, plan.count) } else { String::new() };
    let on = on(plan);
    anstream::eprintln!("rdp-probe: {}{often} to {address}{on}", attempt.variant);
}
