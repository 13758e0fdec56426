//! A second implementation of NLA beside `FreeRDP`'s: a server on `ironrdp-server`.

use std::net::TcpStream;
use std::time::Duration;

use rdp_lab::bed::{RealServer, iron, or_skip};
use rdp_lab::probe;
use rdp_packets::Secret;
use rdp_probe::credentials::{Credentials, Logon, Trust};
use rdp_probe::fact::{Authentication, Nla};
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Until};
use rdp_probe::stop::{Cause, RefusalKind};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Outcome, Verdict, diagnose};

/// Probes a server as a bare `rdp-probe ADDRESS` does, but for the change.
fn probed(server: &RealServer, change: impl FnOnce(&mut Plan)) -> (Survey, Verdict) {
    let mut plan = probe::plan(server.address);
    change(&mut plan);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let survey = runtime.block_on(probe::run(&plan));
    let verdict = diagnose(&survey);
    // Shown where the test fails.
    eprintln!("{}: {}", server.name, verdict.headline);
    eprintln!("{}", std::fs::read_to_string(&server.log).unwrap_or_default());
    (survey, verdict)
}

fn logon(password: &str) -> Logon {
    let credentials = Credentials::new(iron::USER, Secret(password.to_owned())).expect("a user");
    let mut logon = Logon::with(credentials);
    logon.trust = Trust::Anything;
    logon
}

fn has(verdict: &Verdict, code: &str) -> bool {
    verdict.findings.iter().any(|finding| finding.rule == code)
}

#[test]
fn nla_shows_its_challenge_and_refuses_the_other_offers_by_closing() {
    let Some(server) = or_skip(iron::hybrid()) else { return };
    let (survey, verdict) = probed(&server, |_| ());
    assert_eq!((verdict.outcome, survey.walks[0].reached()), (Outcome::Gate, Some(Phase::Credssp)));
    let facts = &survey.walks[0].facts;
    assert_eq!(facts.negotiate.selected.as_deref(), Some("hybrid_ex"));
    assert_eq!(facts.negotiate.nla, Some(Nla::Unknown), "what closes has not said that it declines");
    assert_eq!(facts.credssp.mechanisms, None, "NTLM comes without SPNEGO around it");
    let ntlm = facts.credssp.ntlm.as_ref().expect("a challenge");
    assert_eq!(ntlm.os_build.as_deref(), Some("10.0.17763"));
    let behind = ntlm.clock_skew_us.map(|skew| skew / -1_000_000);
    assert!(matches!(behind, Some(60..=62)), "its library counts from 00:01:01 of 1601, not from midnight: {ntlm:?}");
}

#[test]
fn nla_lets_the_right_password_in_as_far_as_the_font_map() {
    let Some(server) = or_skip(iron::hybrid()) else { return };
    let (survey, verdict) = probed(&server, |plan| (plan.logon, plan.until) = (logon(iron::PASSWORD), Until::Ready));
    assert_eq!((verdict.outcome, survey.walks[0].stop.as_ref()), (Outcome::Ready, None), "{}", verdict.headline);
    let credssp = &survey.walks[0].facts.credssp;
    assert_eq!(credssp.authentication, Some(Authentication::Accepted));
    assert_eq!(credssp.early_user_auth.as_deref(), Some("AUTHZ_SUCCESS"));
}

#[test]
fn nla_declines_a_wrong_password_with_a_code_of_sspi() {
    let Some(server) = or_skip(iron::hybrid()) else { return };
    let (survey, verdict) = probed(&server, |plan| plan.logon = logon("wrong"));
    assert_eq!(verdict.outcome, Outcome::Stopped, "{}", verdict.headline);
    let stop = survey.walks[0].stop.as_ref().expect("a wrong password ends it");
    let Cause::Declined { refusal } = &stop.cause else { panic!("{stop:?}") };
    assert_eq!(
        (stop.phase, refusal.kind, refusal.code.as_str()),
        (Phase::Credssp, RefusalKind::Ntstatus, "0xc007030c")
    );
    assert_eq!(survey.walks[0].facts.credssp.authentication, Some(Authentication::Sent));
    assert!(has(&verdict, "credssp.wrong-password"), "{verdict:?}");
}

#[test]
fn tls_comes_to_the_gate_and_closes_at_a_client_info_without_credentials() {
    let Some(server) = or_skip(iron::tls()) else { return };
    let (survey, verdict) = probed(&server, |plan| plan.until = Until::Ready);
    assert_eq!(verdict.outcome, Outcome::Stopped, "{}", verdict.headline);
    assert_eq!(survey.walks[0].facts.negotiate.selected.as_deref(), Some("ssl"));
    let stop = survey.walks[0].stop.as_ref().expect("it wants credentials");
    assert_eq!((stop.phase, &stop.cause), (Phase::Logon, &Cause::Closed));
    assert!(has(&verdict, "logon.closed"), "{verdict:?}");
}

#[test]
fn rdp_security_without_encryption_lets_us_see_the_font_map() {
    let Some(server) = or_skip(iron::none()) else { return };
    let (survey, verdict) = probed(&server, |plan| plan.until = Until::Ready);
    assert_eq!(verdict.outcome, Outcome::Ready, "{}", verdict.headline);
    assert_eq!(survey.walks[0].facts.settings.encryption_method.as_deref(), Some("none"));
}

#[test]
fn a_server_that_is_busy_with_somebody_else_is_silent() {
    let Some(server) = or_skip(iron::tls()) else { return };
    let _idle = TcpStream::connect(server.address).expect("a connection that says nothing");
    let (survey, _) = probed(&server, |plan| plan.timeout = Duration::from_millis(300));
    let stop = survey.walks[0].stop.as_ref().expect("nobody answers");
    assert_eq!((stop.phase, &stop.cause), (Phase::Negotiate, &Cause::Silence));
}
