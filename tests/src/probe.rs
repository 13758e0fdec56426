//! The probe as the lab calls it: over real sockets, in this process.

use std::net::SocketAddr;
use std::time::Duration;

use rdp_packets::Secret;
use rdp_probe::clock::Clock;
use rdp_probe::credentials::{Credentials, Logon, Trust, UserError};
use rdp_probe::evidence::Senses;
use rdp_probe::plan::{Plan, Udp};
use rdp_probe::survey::{self, Survey};
use rdp_probe::target::Target;
use rdp_probe::wire::Halt;
use tokio::sync::watch;

use crate::scenario::{self, Scenario};

/// How long an answer of the lab may take where that is not measured: a busy machine must not look like a silent server.
pub const TIMEOUT: Duration = Duration::from_secs(3);

/// What `rdp-probe ADDRESS --skip udp` does.
pub fn plan(address: SocketAddr) -> Plan {
    let target = Target {
        input: address.to_string(),
        host: address.ip().to_string(),
        port: address.port(),
        routing_token: None,
        detour: None,
    };
    Plan { udp: None, ..Plan::new(target) }
}

/// What a scenario asks of the probe, at its server's address.
pub fn plan_of(scenario: &Scenario, address: SocketAddr) -> Result<Plan, UserError> {
    let logon = scenario.logon.as_ref().map(logon).transpose()?.unwrap_or_default();
    let udp = scenario.udp.as_ref().map(|_| Udp::default());
    Ok(Plan { udp, until: scenario.until, follow: scenario.follow, timeout: TIMEOUT, logon, ..plan(address) })
}

/// A logon with a scenario's credentials.
fn logon(wanted: &scenario::Logon) -> Result<Logon, UserError> {
    let mut logon = Logon::with(Credentials::new(&wanted.user, Secret(wanted.password.clone()))?);
    if wanted.accept_certificate {
        logon.trust = Trust::Anything;
    }
    Ok(logon)
}

/// Runs a plan to its end, without a capture.
pub async fn run(plan: &Plan) -> Survey {
    run_with(plan, &mut Senses::default()).await
}

/// Runs a plan to its end with these senses.
pub async fn run_with(plan: &Plan, senses: &mut Senses) -> Survey {
    // Nobody will wish it to stop.
    let (_, wished) = watch::channel(false);
    survey::run(plan, senses, &Clock::start(), &Halt::new(wished), |_, _| {}).await
}

/// Runs plans to their ends, a walk of each in turn.
pub async fn in_turns(plans: &[Plan], senses: &mut Senses) -> Vec<Survey> {
    let (_, wished) = watch::channel(false);
    survey::in_turns(plans, senses, &Clock::start(), &Halt::new(wished), |_, _, _| {}).await
}
