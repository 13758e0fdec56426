//! Kerberos against a real KDC, and at an RDP server of ours: each way in which there is no ticket, and the one in which
//! the user is logged on with it.
//!
//! `CredSSP` asks for a ticket between two users: the server logs on at the KDC too, and the user's ticket for it is
//! sealed with the key of the server's own session. No Debian server does that, so it is the `sspi` crate's server half
//! that does, with MIT's KDC between the two. What Remote Credential Guard gives away that half cannot read.

mod broken;
mod server;

use std::net::SocketAddr;

use rdp_lab::bed::{RealServer, kdc, or_skip};
use rdp_lab::probe;
use rdp_packets::Secret;
use rdp_probe::credentials::{Credentials, Logon, Mode, Trust};
use rdp_probe::fact::Authentication;
use rdp_probe::plan::Plan;
use rdp_probe::stop::{Cause, RefusalKind};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::diagnose;
use sspi::AuthIdentity;

use server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_logs_on_with_a_ticket_and_one_proof_of_it() {
    let Some(kdc) = started() else { return };
    let (survey, given) = taken(&kdc, Mode::Password).await;
    let given = given.expect("a logon");
    assert_eq!((given.username.inner(), given.password.as_ref().as_str()), (r"LAB.EXAMPLE\labuser", kdc::PASSWORD));
    assert_accepted(&survey);

    let sealed: Vec<&str> = survey.walks[0].tape.0.iter().filter_map(|entry| entry.event.sealed()).collect();
    let [tgt, ap, key, credentials] = ["Kerberos TGT request", "Kerberos AP request", "public key", "credentials"];
    assert_eq!(sealed, [tgt, ap, key, credentials].map(|what| format!("TSRequest ({what})")));
    let log = log(&kdc);
    let issued = |what: &str| log.lines().filter(|line| line.contains("ISSUE") && line.ends_with(what)).count();
    assert_eq!(issued("labuser@LAB.EXAMPLE for krbtgt/LAB.EXAMPLE@LAB.EXAMPLE"), 1, "{log}");
    assert_eq!(issued("labuser@LAB.EXAMPLE for TERMSRV/127.0.0.1@LAB.EXAMPLE"), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_admin_logs_on_with_a_ticket_and_gives_no_password() {
    let Some(kdc) = started() else { return };
    let (survey, given) = taken(&kdc, Mode::RestrictedAdmin).await;
    let given = given.expect("a logon");
    assert_eq!((given.username.inner(), given.password.as_ref().as_str()), ("", ""));
    assert_accepted(&survey);
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_credential_guard_gives_tickets_alone_and_a_server_that_cannot_read_them_says_so() {
    let Some(kdc) = started() else { return };
    let (survey, given) = taken(&kdc, Mode::RemoteGuard).await;
    // 6 is `TSRemoteGuardCreds`, [MS-CSSP] 2.2.1.2: it was unsealed, and the library reads no further.
    assert_eq!(given.unwrap_err(), "Invalid or unsupported TsCredentials::cred_type value: 6");
    let facts = &survey.walks[0].facts.credssp;
    // The user's, the server's, its computer's, and the user's again, forwarded.
    assert_eq!((facts.tickets, facts.authentication), (Some(4), Some(Authentication::Sent)));
    assert!(log(&kdc).contains("labuser@LAB.EXAMPLE for HOST/127.0.0.1@LAB.EXAMPLE"));
    assert_eq!(refusal(&survey), (RefusalKind::Ntstatus, "SEC_E_INVALID_TOKEN".to_owned()));
    assert_finding(&survey, "credssp.logon-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn mit_refuses_a_ticket_for_a_server_that_shows_none_of_its_own() {
    let Some(kdc) = started() else { return };
    let survey = logged_on(&kdc.address.to_string(), kdc::USER, kdc::PASSWORD).await;
    let facts = &survey.walks[0].facts.credssp;
    assert_eq!(facts.tickets, Some(1), "{}", diagnose(&survey).headline);
    assert_eq!(facts.authentication, None, "the server got nothing");
    assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KDC_ERR_BADOPTION".to_owned()));
    assert_finding(&survey, "credssp.logon-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_the_kdcs_word() {
    let Some(kdc) = started() else { return };
    let survey = logged_on(&kdc.address.to_string(), kdc::USER, "wrong").await;
    assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KDC_ERR_PREAUTH_FAILED".to_owned()));
    assert_finding(&survey, "credssp.wrong-password");
    assert_eq!(log(&kdc).matches("PREAUTH_FAILED").count(), 1, "one proof and no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_user_is_the_kdcs_word() {
    let Some(kdc) = started() else { return };
    let survey = logged_on(&kdc.address.to_string(), "nobody", kdc::PASSWORD).await;
    assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KDC_ERR_C_PRINCIPAL_UNKNOWN".to_owned()));
    assert_finding(&survey, "credssp.unknown-user");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kdc_with_another_clock_refuses_and_is_told_with_the_distance() {
    for (ahead_s, way) in [(7200, "ahead of"), (-7200, "behind")] {
        let Some(kdc) = or_skip(kdc::start_ahead("127.0.0.1", ahead_s)) else { return };
        let survey = logged_on(&kdc.address.to_string(), kdc::USER, kdc::PASSWORD).await;
        assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KRB_AP_ERR_SKEW".to_owned()));
        let told = log(&kdc);
        assert_eq!(told.matches("Clock skew too great").count(), 2, "one proof, judged and refused: {told}");

        let skew = survey.walks[0].facts.credssp.kdc_skew_us.expect("the KDC's clock");
        let off = skew.abs_diff(i64::from(ahead_s) * 1_000_000);
        assert!(off < 60_000_000, "{skew}");
        let verdict = diagnose(&survey);
        let finding = verdict.findings.iter().find(|finding| finding.rule == "credssp.clock-refused");
        let says = &finding.expect("the clocks").evidence.cites()[1].says;
        assert_eq!(*says, format!("the KDC's clock is {} s {way} ours", skew.abs() / 1_000_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_told_behind_the_message_that_was_sent() {
    let server = Server::start(server::Logon::Closed).await;
    let with_a_kdc = plan(server.address, "127.0.0.1:1", kdc::USER, kdc::PASSWORD);
    for (plan, sent) in [(with_a_kdc, "Kerberos TGT request"), (probe::plan(server.address), "NTLM NEGOTIATE")] {
        let headline = diagnose(&probe::run(&plan).await).headline;
        assert!(headline.starts_with("STOPPED at credssp: closed "), "{headline}");
        assert!(headline.ends_with(&format!(" after our {sent}")), "{headline}");
    }
}

fn started() -> Option<RealServer> {
    or_skip(kdc::start("127.0.0.1"))
}

fn log(kdc: &RealServer) -> String {
    std::fs::read_to_string(&kdc.log).expect("the KDC's log")
}

fn refusal(survey: &Survey) -> (RefusalKind, String) {
    match survey.walks[0].stop.as_ref().map(|stop| &stop.cause) {
        Some(Cause::Declined { refusal }) => (refusal.kind, refusal.name.clone()),
        _ => panic!("{}", diagnose(survey).headline),
    }
}

fn assert_accepted(survey: &Survey) {
    let facts = &survey.walks[0].facts.credssp;
    assert_eq!((facts.authentication, facts.tickets), (Some(Authentication::Accepted), Some(2)), "{survey:?}");
    assert_eq!(facts.early_user_auth.as_deref(), Some("AUTHZ_SUCCESS"));
    let headline = diagnose(survey).headline;
    assert!(headline.starts_with("PASSED the credential gate, logged on"), "{headline}");
}

fn assert_finding(survey: &Survey, rule: &str) {
    let verdict = diagnose(survey);
    assert!(verdict.findings.iter().any(|finding| finding.rule == rule), "{verdict:?}");
}

/// Logs on at a server that has no ticket: so far the KDC alone is asked.
async fn logged_on(kdc: &str, user: &str, password: &str) -> Survey {
    let server = Server::start(server::Logon::Ticketless).await;
    probe::run(&plan(server.address, kdc, user, password)).await
}

/// Logs on at a server that takes Kerberos: what came of it, and what the server was given.
async fn taken(kdc: &RealServer, mode: Mode) -> (Survey, Result<AuthIdentity, String>) {
    let mut server = Server::start(server::Logon::Taken(kdc.address)).await;
    let mut plan = plan(server.address, &kdc.address.to_string(), kdc::USER, kdc::PASSWORD);
    plan.logon.mode = mode;
    let survey = probe::run(&plan).await;
    let given = server.logons.try_recv().unwrap_or_else(|_| panic!("{}", diagnose(&survey).headline));
    (survey, given)
}

fn plan(server: SocketAddr, kdc: &str, user: &str, password: &str) -> Plan {
    let mut plan = probe::plan(server);
    // `NAME@REALM` would be an enterprise name, which MIT's KDC does not look up.
    let user = format!("{}\\{user}", kdc::REALM);
    plan.logon = Logon::with(Credentials::new(&user, Secret(password.to_owned())).expect("a user"));
    (plan.logon.trust, plan.logon.kdc) = (Trust::Anything, Some(kdc.to_owned()));
    plan
}
