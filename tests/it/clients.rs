//! A client that nobody here wrote agrees with the lab's server: xfreerdp comes to an active session.

use std::process::Command;

use rdp_lab::bed::{Display, Error, or_skip};
use rdp_lab::scenario::{Encryption, Extra, Licensing, Proof, Scenario};
use rdp_lab::server::{Connection, Delegated, LabServer};
use rdp_packets::credssp::LATEST;

/// What xfreerdp logs once it has the Font Map.
const ACTIVE: &str = "CONNECTION_STATE_FINALIZATION --> CONNECTION_STATE_ACTIVE";

/// The exit status of `timeout` for a program that is not there.
const NOT_FOUND: i32 = 127;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xfreerdp_comes_to_an_active_session() {
    let healthy = |security, change: fn(&mut Scenario)| {
        let mut scenario = Scenario::find("healthy").expect("a scenario");
        scenario.session.does.push(Extra::Leave);
        change(&mut scenario);
        (security, scenario)
    };
    for (security, scenario) in [
        healthy("tls", |_| {}),
        healthy("tls", |scenario| scenario.session.licensing = Licensing::Issue),
        healthy("rdp", |_| {}),
        healthy("rdp", |scenario| scenario.session.proof = Proof::X509),
        healthy("rdp", |scenario| scenario.session.encryption = Encryption::None),
        healthy("rdp", |scenario| scenario.session.encryption = Encryption::Rc4Bits40),
        healthy("rdp", |scenario| scenario.session.encryption = Encryption::Rc4Bits56),
        healthy("rdp", |scenario| scenario.session.encryption = Encryption::Rc4Bits128),
    ] {
        let what = format!("{security}, {:?}", scenario.session);
        let Some((log, connection)) = xfreerdp(security, scenario).await else { return };
        assert!(log.contains(ACTIVE), "{what}: {connection}\n{log}");
        assert_eq!(connection.visit.measured, [1, 1], "{what}: {connection}");
        assert!(connection.visit.ready, "{what}: {connection}");
        assert_eq!(connection.fault, None, "{what}: {connection}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xfreerdp_logs_on_with_the_right_password() {
    // What is not tried, the xfreerdp of FreeRDP 2 cannot do: NTLM in SPNEGO, and TLS once HYBRID_EX is selected.
    for version in 2..=LATEST {
        let mut scenario = Scenario::find("nla-accepted").expect("a scenario");
        scenario.session.does.push(Extra::Leave);
        scenario.nla.version = version;
        let Some((log, connection)) = xfreerdp("nla", scenario).await else { return };
        let what = format!("version {version}: {connection}\n{log}");
        assert!(log.contains(ACTIVE) && connection.visit.ready, "{what}");
        let given = Delegated { user_name: "alice".to_owned(), password: true };
        assert_eq!((connection.delegated, connection.fault), (Some(given), None), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xfreerdp_reports_that_the_password_is_wrong() {
    let scenario = Scenario::find("nla-wrong-password").expect("a scenario");
    let Some((log, connection)) = xfreerdp("nla", scenario).await else { return };
    assert!(log.contains("ERRCONNECT_LOGON_FAILURE") && !log.contains(ACTIVE), "{connection}\n{log}");
    assert_eq!((connection.authenticates, connection.delegated), (1, None));
}

/// Connects xfreerdp to a scenario's server, with its credentials: what it logged, and what the server saw.
async fn xfreerdp(security: &'static str, scenario: Scenario) -> Option<(String, Connection)> {
    let display = or_skip(Display::start())?;
    let credentials = scenario.logon.as_ref().map(|logon| (logon.user.clone(), logon.password.clone()));
    let (user, password) = credentials.unwrap_or_else(|| ("lab".to_owned(), String::new()));
    let server = LabServer::start(scenario).await.expect("a lab server starts");
    let address = server.address;
    let ran = tokio::task::spawn_blocking(move || {
        let mut command = Command::new("timeout");
        command.args(["20", "xfreerdp", "/cert:ignore", "/network:auto", "/log-level:DEBUG"]);
        command.arg(format!("/u:{user}")).arg(format!("/p:{password}"));
        command.arg(format!("/v:{address}")).arg(format!("/sec:{security}")).env("DISPLAY", &display.name);
        let output = command.output().expect("timeout runs");
        match output.status.code() {
            Some(NOT_FOUND) => Err(Error::Missing { program: "xfreerdp".to_owned() }),
            _ => Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
        }
    });
    let log = or_skip(ran.await.expect("xfreerdp runs"))?;
    let connection = server.finish().await.into_iter().next();
    Some((log, connection.expect("a connection")))
}
