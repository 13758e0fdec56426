use std::io::IsTerminal;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rdp_packets::negotiate::Protocols;
use rdp_packets::x224::Routing;
use tokio::runtime::{Builder, Runtime};

use super::args::{ProbeArgs, ProtocolName};
use super::signals::Signals;
use super::{Error, Output};
use crate::clock::Clock;
use crate::credentials::Logon;
use crate::evidence::Senses;
use crate::phase::{Phase, UnknownPhase};
use crate::plan::{Attempt, Family, Plan, Sni, Until, preview};
use crate::report::{self, Format, Report};
use crate::survey;
use crate::target::Target;
use crate::walk::Walk;

/// The name in the cookie, unless the user gives another.
pub(super) const COOKIE: &str = "rdp-probe";

/// mstsc cuts the name in the cookie to this many characters.
const COOKIE_LENGTH: usize = 9;

/// What the search for sizes adds to the default deadline.
const SIZES: Duration = Duration::from_mins(1);

/// Walks every target, one after the other, and gives the worst exit code, or that of the signal that cut it short.
pub(super) fn run(args: &ProbeArgs, mut senses: Senses) -> Result<u8, Error> {
    let mut plans: Vec<Plan> = args.targets.iter().map(|input| plan(args, input)).collect::<Result<_, _>>()?;
    let expected = args.expect.expectations()?;
    // The first target alone: the others stop at the gate.
    if let Some(first) = plans.first_mut() {
        first.logon = args.logon.logon(args.plan)?;
    }
    if args.plan {
        let shown: Vec<String> = plans
            .iter()
            .map(|plan| match args.format() {
                Format::Json | Format::Ndjson => document(plan),
                Format::Text | Format::Junit | Format::Nagios | Format::Prometheus | Format::Markdown => show(plan),
            })
            .collect();
        return super::output::print(&shown.concat()).map(|()| 0);
    }
    let mut output = Output::open(&args.output, plans.len() > 1)?;
    let evidence = args.evidence.open(&mut senses)?;
    let runtime = runtime()?;
    let signalled = runtime.block_on(async {
        let (signals, halt) = Signals::listen()?;
        for plan in &plans {
            let progress = |attempt: &Attempt, _: &[Walk]| announce(args, plan, attempt);
            let survey = survey::run(plan, &mut senses, &Clock::start(), &halt, progress).await;
            let report = Report::new(survey, args.label.clone()).expecting(&expected);
            output.report(report)?;
            if signals.code().is_some() {
                break;
            }
        }
        Ok::<Option<u8>, Error>(signals.code())
    });
    // A resolver that hangs holds its thread for as long as it likes; we do not wait for it.
    runtime.shutdown_background();
    let code = output.close()?;
    if let Some(file) = evidence {
        file.close(&senses)?;
    }
    Ok(signalled?.unwrap_or(code))
}

/// What the walks run on. tokio panics where the system gives it no thread, and a panic that has no memory to tell its
/// backtrace waits for itself for ever: so one thread is asked for before, and the system says why not.
pub(super) fn runtime() -> Result<Runtime, Error> {
    let first = thread::Builder::new().spawn(|| ()).map_err(Error::Thread)?;
    // Its end is waited for, so that its memory is free again; it has nothing to panic about.
    let _ = first.join();
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

/// What the user asked for, for one target.
fn plan(args: &ProbeArgs, input: &str) -> Result<Plan, Error> {
    let target = Target::parse(input, args.port)?;
    let way = args.legs.way()?;
    let family = match (args.ipv4, args.ipv6, way.address) {
        (true, _, Some(source)) if source.is_ipv6() => return Err(other_family(source)),
        (_, true, Some(source)) if source.is_ipv4() => return Err(other_family(source)),
        (true, ..) | (_, _, Some(IpAddr::V4(_))) => Family::V4,
        (_, true, _) | (_, _, Some(IpAddr::V6(_))) => Family::V6,
        _ => Family::Any,
    };
    let literal = target.literal();
    if literal.is_some_and(|address| {
        (family == Family::V4 && address.is_ipv6()) || (family == Family::V6 && address.is_ipv4())
    }) {
        return Err(Error::Usage(format!("`{input}` is not an address of the family asked for")));
    }
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
    args.legs.leads_to(until.goal())?;
    if args.follow && until.goal() < Phase::Finalization {
        let said = "--follow needs --until ready: a server redirects once the session begins";
        return Err(Error::Usage(said.to_owned()));
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
        sni,
        target,
        logon: Logon::default(),
        experiments: !args.no_experiments,
        mtu: args.mtu && way.via.is_none(),
        hops: args.hops && way.via.is_none(),
        way: Arc::new(way),
        tcp: args.legs.tcp(),
        udp: args.legs.udp(),
    })
}

fn other_family(source: IpAddr) -> Error {
    Error::Usage(format!("`{source}` is not an address of the family asked for"))
}

/// The default deadline: 30 s or three timeouts, for each repeat its interval and two timeouts more, for the search for
/// sizes what it takes where most of its walks get no answer, and the time for which a flow is left idle.
fn deadline(args: &ProbeArgs) -> Duration {
    let one = (args.timeout * 3).max(Duration::from_secs(30));
    let sizes = if args.mtu { SIZES } else { Duration::ZERO };
    one + (args.interval + args.timeout * 2) * args.count.saturating_sub(1) + sizes + args.legs.takes()
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
        "{}: what would be sent; nothing is sent now\n\n  first: {}\n  then:  {}\n{}\n  at most  what\n{}\n",
        plan.target,
        plan.first_request(),
        plan.next_messages(),
        detour.unwrap_or_default(),
        lines.join("\n")
    )
}

/// The plan for programs, one line.
fn document(plan: &Plan) -> String {
    let plan = serde_json::json!({
        "schema": report::SCHEMA,
        "target": plan.target,
        "plan": { "first": plan.first_request(), "then": plan.next_messages(), "at_most": preview(plan) },
    });
    format!("{plan}\n")
}

/// Progress on stderr, for people who watch.
fn announce(args: &ProbeArgs, plan: &Plan, attempt: &Attempt) {
    if args.quiet || !(args.verbose || std::io::stderr().is_terminal()) {
        return;
    }
    let address = attempt.address.map(|address| address.to_string());
    let target = attempt.redirected.as_ref().map_or(&plan.target, |to| &to.target);
    let address = address.unwrap_or_else(|| target.to_string());
    let often = if plan.count > 1 { format!(" {}/{}", attempt.repeat + 1, plan.count) } else { String::new() };
    anstream::eprintln!("rdp-probe: {}{often} to {address}", attempt.variant);
}
