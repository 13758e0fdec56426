//! A probe of a scenario's server, as every test does it.

use std::sync::Arc;

use rdp_lab::act::{Act, Step};
use rdp_lab::lie::Lie;
use rdp_lab::probe;
pub(crate) use rdp_lab::probe::TIMEOUT;
use rdp_lab::scenario::{Extra, Licensing, Otherwise, Protocol, Scenario, Versions};
use rdp_lab::server::{Connection, LabServer};
use rdp_probe::plan::{Plan, Until};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Verdict, diagnose};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

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
/// If the probe sent a proof of a password without credentials, a second one, or anything that cannot be read.
pub(crate) async fn probe_with(scenario: Scenario, change: impl FnOnce(&mut Plan)) -> Probed {
    let (name, server) = (&scenario.name, LabServer::start(scenario.clone()).await.expect("a lab server starts"));
    let mut plan = probe::plan_of(&scenario, server.address).expect("a user");
    change(&mut plan);
    let survey = probe::run(&plan).await;
    let connections = server.finish().await;
    for (number, connection) in connections.iter().enumerate() {
        let logs_on = scenario.logon.is_some() && number == 0;
        assert!(connection.authenticates <= usize::from(logs_on), "{name}: a password was proved: {connection}");
        assert!(logs_on || connection.ts_requests.iter().all(|kind| *kind == Some(1)), "{name}: {connection}");
        assert_eq!(connection.offers.len().max(1), 1, "{name}: {connection}");
        let named = connection.visit.info.as_ref().is_some_and(|info| info.password || !info.user_name.is_empty());
        assert!(!named, "{name}: an account was named: {connection}");
    }
    Probed { verdict: diagnose(&survey), survey, connections }
}

/// Probes a scenario's server with the default plan.
pub(crate) async fn probe(scenario: Scenario) -> Probed {
    probe_with(scenario, |_| {}).await
}

/// A server on which a step is reached, and an act does something.
pub(crate) fn reaching(step: Step, act: &Act) -> Scenario {
    let mut server = Scenario::parse("reaching", "about = ''").expect("an empty scenario");
    let rdp = step == Step::Security || *act == Act::Garble(Lie::WrongMac);
    match step {
        Step::Connect | Step::Negotiate | Step::Tls | Step::Credssp => {}
        Step::Authenticate | Step::EarlyAuth => {
            server = Scenario { until: Until::Gate, ..Scenario::find("nla-accepted").expect("a scenario") };
        }
        // The last flight is the server's with TLS 1.2.
        Step::Finished => server.tls.versions = Versions::Tls12,
        Step::Settings => server.security.accepts = vec![Protocol::Ssl],
        _ if rdp => {
            server.until = Until::Ready;
            (server.security.accepts, server.security.otherwise) = (vec![Protocol::Rdp], Otherwise::Rdp);
        }
        Step::Channels
        | Step::Joins
        | Step::Security
        | Step::Logon
        | Step::Licensing
        | Step::Challenge
        | Step::Multitransport
        | Step::Capabilities
        | Step::Finalization
        | Step::Shutdown => {
            server.until = Until::Ready;
            server.security.accepts = vec![Protocol::Ssl];
        }
    }
    if step == Step::Challenge {
        server.session.licensing = Licensing::Issue;
    }
    let extra = if step == Step::Multitransport { Extra::Multitransport } else { Extra::AutoDetect };
    server.session.does = vec![extra];
    server.with(step, act.clone())
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
}
