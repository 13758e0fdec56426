//! Every step at which a server can act, times every act: what the probe can tell apart.

use std::fmt::Write;

use rdp_lab::act::{Act, Step};
use rdp_lab::lie::Lie;
use rdp_probe::evidence::Outcome::Stopped;
use rdp_probe::phase::Phase;
use rdp_probe::stop::Cause;
use rdp_probe::verdict::Outcome;

use crate::lab::{Probed, each, probe, probe_with, reaching};

/// The steps whose answer the probe waits for: all but the last, which comes when it has left.
pub(crate) const AWAITED: &[Step] = Step::ALL.split_last().expect("steps").1;

/// Acts of one step that the probe cannot tell apart, and why nobody could by the bytes alone.
const ALIKE: &[(&[Step], &[&str], &str)] = &[
    (&Step::ALL, &["pass", "delay 50 ms", "split"], "the same bytes, later or in other segments"),
    (&[Step::Negotiate], &["garble framed", "garble endless"], "the same fifth byte, after which nothing is read"),
    (&Step::ALL, &["half", "drip 250 ms"], "a message that is begun, and not whole in time"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_times_every_act() {
    let cells = AWAITED
        .iter()
        .copied()
        .flat_map(|step| acts(step).into_iter().filter(move |act| step.allows(act)).map(move |act| (step, act)));
    let rows = each(cells, async |(step, act)| {
        let row = row(&probe_with(reaching(step, &act), |plan| plan.experiments = false).await);
        (step, act.to_string(), row)
    })
    .await;

    let mut table = String::new();
    for (step, act, row) in &rows {
        writeln!(table, "{:14} {act:20} {row}", step.id()).expect("a string takes text");
    }
    insta::assert_snapshot!(table);

    let unlisted: Vec<String> = rows
        .iter()
        .enumerate()
        .flat_map(|(index, one)| rows.iter().skip(index + 1).map(move |other| (one, other)))
        .filter(|(one, other)| one.0 == other.0 && one.2 == other.2 && !alike(one.0, &one.1, &other.1))
        .map(|(one, other)| format!("{}: `{}` and `{}` are both {}", one.0.id(), one.1, other.1, one.2))
        .collect();
    assert!(unlisted.is_empty(), "\n{}\n", unlisted.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_server_does_to_a_shutdown_request_changes_what_is_found() {
    let acts = acts(Step::Shutdown).into_iter().filter(|act| Step::Shutdown.allows(act));
    each(acts, async |act| {
        let probed = probe(reaching(Step::Shutdown, &act)).await;
        assert_eq!(probed.verdict.outcome, Outcome::Ready, "{act}: {}", probed.verdict.headline);
        let [connection, ..] = probed.connections.as_slice() else { panic!("{act}: nobody came") };
        assert_eq!(connection.visit.shutdown_requests, 1, "{act}: {connection}");
    })
    .await;
}

fn alike(step: Step, one: &str, other: &str) -> bool {
    ALIKE.iter().any(|(at, acts, _)| at.contains(&step) && acts.contains(&one) && acts.contains(&other))
}

/// Every act; the code of a no is one that the step's protocol knows.
fn acts(step: Step) -> Vec<Act> {
    let code = match step {
        Step::Connect | Step::Negotiate => 3,
        Step::Tls | Step::Finished => 40,
        Step::Credssp => 0xc000_00bb,
        Step::Authenticate => 0xc000_006d,
        Step::EarlyAuth => 5,
        Step::Settings | Step::Channels | Step::Joins => 14,
        Step::Security
        | Step::Logon
        | Step::Licensing
        | Step::Challenge
        | Step::Multitransport
        | Step::Capabilities
        | Step::Finalization
        | Step::Shutdown => 0,
    };
    vec![
        Act::Pass,
        Act::DelayMs(50),
        Act::Split,
        Act::Silence,
        Act::DripMs(250),
        Act::Close,
        Act::Truncate,
        Act::Half,
        Act::Reset,
        Act::Garble(Lie::Framed),
        Act::Garble(Lie::Ssh),
        Act::Garble(Lie::Endless),
        Act::Garble(Lie::WrongChannel),
        Act::Garble(Lie::WrongMac),
        Act::Garble(Lie::WrongShare),
        Act::Garble(Lie::Oversized),
        Act::Garble(Lie::Cut),
        Act::Garble(Lie::Early),
        Act::Garble(Lie::Swapped),
        Act::Garble(Lie::Repeated),
        Act::Decline(code),
        Act::Alert { code: 2, transition: 1 },
        Act::ErrorInfo(7),
        Act::ErrorInfo(0x0bad_0bad),
        Act::Redirect,
        Act::Ultimatum(1),
        Act::Disconnect(128),
    ]
}

/// What the probe says, without times, addresses and what belongs to the certificate. The marks on the tape say it too.
fn row(probed: &Probed) -> String {
    let walk = probed.survey.baseline().expect("a baseline walk");
    let stop = walk.stop.as_ref();
    let marked = Phase::ALL.iter().find(|phase| walk.tape.outcome(**phase) == Some(Stopped));
    assert_eq!(marked.copied(), stop.map(|stop| stop.phase), "{}", probed.verdict.headline);
    let detail = stop.map_or_else(String::new, |stop| match &stop.cause {
        Cause::Declined { refusal } => format!("{} {}", refusal.kind.id(), refusal.name),
        Cause::Garbled(garbled) => {
            let looks = garbled.looks_like.as_ref().map(|service| format!(", {service}")).unwrap_or_default();
            format!("{} `{}` {}{looks}", garbled.message, garbled.field, garbled.found)
        }
        Cause::Local { operation, .. } => operation.to_string(),
        Cause::Silence | Cause::Refused | Cause::Reset | Cause::Closed | Cause::Unreachable { .. } => {
            let begun = if stop.partial.is_some() { "begun " } else { "" };
            format!("{begun}{}", stop.awaiting.as_deref().unwrap_or_default())
        }
    });
    let findings = probed.findings().into_iter().filter(|code| !code.starts_with("certificate.")).collect::<Vec<_>>();
    format!("{:?} | {} | {detail} | {}", probed.verdict.outcome, probed.stop(), findings.join(" "))
}
