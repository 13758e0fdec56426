//! Time-outs hold: against a server that is silent, or that drips, at each step in turn.

use std::time::Duration;

use rdp_lab::act::{Act, Step};
use rdp_lab::scenario::{Protocol, Scenario, Versions};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::Outcome;

use crate::lab::{each, probe_with};

const TIMEOUT: Duration = Duration::from_secs(2);

/// How long after its phase began a baseline walk may go on, from the issue.
const BOUND: Duration = Duration::from_millis(2500);

/// How much longer than its deadline a run may go on: what is left to do is to close.
const GRACE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_walk_waits_longer_than_its_timeout() {
    let acts = [Act::Silence, Act::DripMs(1900)];
    let cells = acts.iter().flat_map(|act| Step::ALL.into_iter().map(move |step| (step, act.clone())));
    let failures: Vec<String> = each(cells.filter(|(step, act)| step.allows(act)), async |(step, act)| {
        let scenario = server(step).with(step, act.clone());
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
    let mut scenario = server(Step::Settings);
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

/// A server on which the step is reached.
fn server(step: Step) -> Scenario {
    let mut server = Scenario::parse("timeouts", "about = ''").expect("an empty scenario");
    match step {
        Step::Settings => server.security.accepts = vec![Protocol::Ssl],
        Step::Finished => server.tls.versions = Versions::Tls12,
        Step::Connect | Step::Negotiate | Step::Tls | Step::Credssp => {}
    }
    server
}

/// From the begin of the phase that stopped to its end.
fn phase_took(survey: &Survey) -> Duration {
    let walk = survey.baseline().expect("a baseline walk");
    let phase = walk.stop.as_ref().map(|stop| stop.phase);
    let (enter, leave) = phase.and_then(|phase| walk.tape.span(phase)).expect("the phase that stopped");
    leave - enter
}
