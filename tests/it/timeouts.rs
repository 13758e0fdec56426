//! Time-outs hold: against a server that is silent, or that drips, at each step in turn.

use std::time::Duration;

use rdp_lab::act::{Act, Step};
use rdp_probe::phase::Phase;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::Outcome;

use crate::lab::{each, probe_with, reaching};

const TIMEOUT: Duration = Duration::from_secs(2);

/// How long after its phase began a baseline walk may go on, from the issue.
const BOUND: Duration = Duration::from_millis(2500);

/// How much longer than its deadline a run may go on: what is left to do is to close.
const GRACE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_walk_waits_longer_than_its_timeout() {
    let acts = [Act::Silence, Act::DripMs(1900)];
    // The probe has left before the answer to its Shutdown Request is due.
    let (_, steps) = Step::ALL.split_last().expect("steps");
    let cells = acts.iter().flat_map(|act| steps.iter().map(move |step| (*step, act.clone())));
    let failures: Vec<String> = each(cells.filter(|(step, act)| step.allows(act)), async |(step, act)| {
        let scenario = reaching(step, &act);
        let probed = probe_with(scenario, |plan| plan.timeout = TIMEOUT).await;
        let stopped = probed.stop();
        let took = phase_took(&probed.survey);
        let cell = format!("{act} at {}: {stopped} after {took:?}", step.id());
        (!stopped.ends_with(": silence") || took > BOUND).then_some(cell)
    })
    .await
    .into_iter()
    .flatten()
    .collect();
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_goes_on_after_its_deadline() {
    // A server that answers everything so slowly that no single answer is late.
    let mut scenario = reaching(Step::Finalization, &Act::Pass);
    for step in Step::ALL {
        scenario = scenario.with(step, Act::DelayMs(700));
    }
    let deadline = Duration::from_secs(2);
    let probed = probe_with(scenario, |plan| (plan.timeout, plan.deadline) = (TIMEOUT, deadline)).await;
    let took = Duration::from_micros(probed.survey.took_us);
    assert!(took <= deadline + GRACE, "the run took {took:?}");
    // What the run's own deadline cut short proves no silence of the server's.
    assert_eq!(probed.stop(), "none", "{}", probed.verdict.headline);
    assert_eq!(probed.verdict.outcome, Outcome::Inconclusive);
}

/// From the begin of the phase in which the walk stopped to its end. The stop itself may be put down to another one.
fn phase_took(survey: &Survey) -> Duration {
    let walk = survey.baseline().expect("a baseline walk");
    let (enter, leave) = Phase::ALL.iter().rev().find_map(|phase| walk.tape.span(*phase)).expect("a phase");
    leave - enter
}
