//! A probe of a scenario's server, as every test does it.

use std::sync::Arc;
use std::time::Duration;

use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::{Connection, LabServer};
use rdp_probe::phase::Phase;
use rdp_probe::plan::Plan;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Verdict, diagnose};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long an answer may take in tests that do not measure it: a busy machine must not look like a silent server.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// Probes that run at once.
const ABREAST: usize = 8;

/// What came of a probe, on both sides.
#[derive(Debug)]
pub(crate) struct Probed {
    pub(crate) survey: Survey,
    pub(crate) verdict: Verdict,
    pub(crate) connections: Vec<Connection>,
}

/// Probes a scenario's server with the default plan, as far as `change` does not change it.
///
/// # Panics
/// If the probe sent a proof of a password, or anything that cannot be read.
pub(crate) async fn probe_with(scenario: Scenario, change: impl FnOnce(&mut Plan)) -> Probed {
    let name = scenario.name.clone();
    let server = LabServer::start(scenario).await.expect("a lab server starts");
    let mut plan = probe::plan(server.address);
    plan.timeout = TIMEOUT;
    change(&mut plan);
    let survey = probe::run(&plan).await;
    let connections = server.finish().await;
    for connection in &connections {
        assert_eq!(connection.authenticates, 0, "{name}: an NTLM AUTHENTICATE was sent: {connection}");
        assert!(connection.ts_requests.iter().all(|kind| *kind == Some(1)), "{name}: {connection}");
        assert_eq!(connection.offers.len().max(1), 1, "{name}: {connection}");
    }
    Probed { verdict: diagnose(&survey), survey, connections }
}

/// Probes a scenario's server with the default plan.
pub(crate) async fn probe(scenario: Scenario) -> Probed {
    probe_with(scenario, |_| {}).await
}

/// Does the work for each item, some at once, and gives the results in the order of the items.
pub(crate) async fn each<T, R, F>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> F) -> Vec<R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(ABREAST));
    let mut tasks = JoinSet::new();
    for (index, item) in items.into_iter().enumerate() {
        let (work, room) = (work(item), Arc::clone(&room));
        tasks.spawn(async move {
            let _turn = room.acquire().await;
            (index, work.await)
        });
    }
    let mut done = tasks.join_all().await;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

impl Probed {
    /// Phase and cause of the stop, e.g. `tls: reset`.
    pub(crate) fn stop(&self) -> String {
        self.verdict.stop.as_ref().map_or_else(|| "none".to_owned(), |stop| format!("{}: {}", stop.phase, stop.cause))
    }

    /// The codes of the rules that hold.
    pub(crate) fn findings(&self) -> Vec<&str> {
        self.verdict.findings.iter().map(|finding| finding.rule.as_str()).collect()
    }

    /// Round trips of the baseline walk.
    pub(crate) fn round_trips(&self) -> u32 {
        let tape = &self.survey.baseline().expect("a baseline walk").tape;
        Phase::WALKED.iter().map(|phase| tape.round_trips(*phase)).sum()
    }
}
