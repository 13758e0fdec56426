//! Real servers, probed for real, and held against what `xfreerdp` says of the same server.

use std::process::Command;

use rdp_lab::bed::{RealServer, Result, openssl, or_skip, shadow, weston, xrdp};
use rdp_lab::probe;
use rdp_packets::negotiate::Protocols;
use rdp_probe::fact::Nla;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Until};
use rdp_probe::stop::Cause;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Outcome, Severity, Verdict, diagnose};
use rdp_probe::walk::Variant;

use crate::referee::xfreerdp;

/// What the report must say of a server.
struct Expected {
    outcome: Outcome,
    /// The protocols that were agreed to, over all walks.
    offers: &'static [&'static str],
    nla: Nla,
    /// What xfreerdp says that it negotiated.
    referee: &'static str,
}

/// Starts a server, probes it, and holds the report against what is expected and what the referee says.
fn hold(start: fn() -> Result<RealServer>, expected: &Expected) -> Option<(Survey, Verdict)> {
    let server = or_skip(start())?;
    let survey = survey(&server);
    let verdict = diagnose(&survey);
    let context = format!("{}: {}", server.name, verdict.headline);
    let facts = &survey.walks[0].facts;
    assert_eq!(verdict.outcome, expected.outcome, "{context}");
    assert_eq!(facts.negotiate.offers.as_deref().unwrap_or_default(), expected.offers, "{context}");
    assert_eq!(facts.negotiate.nla, Some(expected.nla), "{context}");
    let said = xfreerdp(&server)?;
    assert_eq!(said.negotiated.as_deref(), Some(expected.referee), "{context}");
    assert_eq!(said.certificate.is_some(), expected.referee != "RDP", "{context}");
    assert_eq!(certificate(&survey), said.certificate, "{context}");
    assert_eq!(facts.negotiate.nla == Some(Nla::Required), said.nla_required, "{context}");
    Some((survey, verdict))
}

/// Probes a server as a bare `rdp-probe ADDRESS` does.
fn survey(server: &RealServer) -> Survey {
    run(&probe::plan(server.address))
}

/// Runs a plan on a runtime of its own.
fn run(plan: &Plan) -> Survey {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(probe::run(plan))
}

#[test]
fn xrdp_with_tls() {
    let expected = Expected { outcome: Outcome::Gate, offers: &["ssl"], nla: Nla::Absent, referee: "TLS" };
    let Some((survey, _)) = hold(xrdp::tls, &expected) else { return };
    assert_eq!(survey.walks[0].reached(), Some(Phase::Settings));
}

#[test]
fn xrdp_that_negotiates() {
    let expected = Expected { outcome: Outcome::Gate, offers: &["ssl", "rdp"], nla: Nla::Absent, referee: "TLS" };
    hold(xrdp::negotiate, &expected);
}

#[test]
fn xrdp_with_rdp_security() {
    let expected = Expected { outcome: Outcome::Gate, offers: &["rdp"], nla: Nla::Absent, referee: "RDP" };
    let Some((survey, verdict)) = hold(xrdp::rdp, &expected) else { return };
    assert_eq!(survey.walks[0].facts.settings.encryption_method.as_deref(), Some("128BIT"));
    assert!(verdict.findings.iter().any(|finding| finding.rule == "negotiate.standard-security"));
}

#[test]
fn xrdp_with_tls_1_0_and_1_1_alone_is_described_and_not_called_faulty() {
    let expected = Expected { outcome: Outcome::Stopped, offers: &["ssl"], nla: Nla::Unknown, referee: "TLS" };
    let Some((survey, verdict)) = hold(xrdp::old_tls, &expected) else { return };
    described(&survey, &verdict, "TLS 1.1");
}

#[test]
fn freerdp_shadow_with_nla() {
    let expected = Expected { outcome: Outcome::Gate, offers: &["hybrid"], nla: Nla::Required, referee: "NLA" };
    let Some((survey, _)) = hold(shadow::nla, &expected) else { return };
    let ntlm = survey.walks[0].facts.credssp.ntlm.clone().unwrap();
    let host = String::from_utf8(Command::new("uname").arg("-n").output().unwrap().stdout).unwrap();
    let short: String = host.trim().split('.').next().unwrap().chars().take(15).collect();
    assert_eq!(ntlm.netbios_computer.map(|name| name.to_lowercase()), Some(short.to_lowercase()));
    assert_eq!(ntlm.os_build.as_deref(), Some("6.1.7601"));
}

#[test]
fn freerdp_shadow_with_tls() {
    let expected = Expected { outcome: Outcome::Gate, offers: &["ssl"], nla: Nla::Absent, referee: "TLS" };
    hold(shadow::tls, &expected);
}

#[test]
fn servers_with_rdp_security_alone_are_walked_again_as_mstsc_would() {
    let expected = Expected { outcome: Outcome::Stopped, offers: &["rdp"], nla: Nla::Absent, referee: "RDP" };
    for start in [shadow::rdp, weston::rdp] {
        let Some((survey, verdict)) = hold(start, &expected) else { return };
        let (_, fallback) = survey.variant(Variant::RdpOnly).expect("one follow-up walk asks for RDP alone");
        assert_eq!((fallback.stop.as_ref(), fallback.reached()), (None, Some(Phase::Settings)));
        assert!(verdict.findings.iter().any(|finding| finding.rule == "negotiate.rdp-security-only"));
        assert!(verdict.findings.iter().all(|finding| finding.severity < Severity::Fault));
    }
}

#[test]
fn weston_with_tls() {
    let expected = Expected { outcome: Outcome::Gate, offers: &["ssl", "rdp"], nla: Nla::Absent, referee: "TLS" };
    hold(weston::tls, &expected);
}

#[test]
fn a_server_with_tls_1_0_alone_is_described_and_not_called_faulty() {
    let Some(server) = or_skip(openssl::tls10()) else { return };
    let survey = survey(&server);
    described(&survey, &diagnose(&survey), "TLS 1.0");
    shows_what_it_shows_xfreerdp(&server, &survey);
}

#[test]
fn a_server_with_rsa_key_exchange_alone_is_described_and_not_called_faulty() {
    let Some(server) = or_skip(openssl::rsa_key_exchange()) else { return };
    let survey = survey(&server);
    described(&survey, &diagnose(&survey), "TLS 1.2");
    shows_what_it_shows_xfreerdp(&server, &survey);
    let suite = survey.variant(Variant::Described).and_then(|(_, walk)| walk.facts.tls.cipher_suite.clone());
    assert!(suite.is_some_and(|suite| suite.starts_with("TLS_RSA_")));
}

#[test]
fn a_weak_key_is_a_risk_and_no_stop() {
    let Some(server) = or_skip(openssl::weak_key()) else { return };
    let survey = survey(&server);
    let verdict = diagnose(&survey);
    assert!(verdict.findings.iter().any(|finding| finding.rule == "certificate.weak-key"), "{}", verdict.headline);
    shows_what_it_shows_xfreerdp(&server, &survey);
    assert_eq!(survey.walks[0].tape.outcome(Phase::Tls), Some(rdp_probe::evidence::Outcome::Passed));
}

/// Walks to the Font Map, without credentials.
fn ready(start: fn() -> Result<RealServer>) -> Option<Survey> {
    ready_with(start, |_| {})
}

/// The same with a plan that is not the default one.
fn ready_with(start: fn() -> Result<RealServer>, change: fn(&mut Plan)) -> Option<Survey> {
    let server = or_skip(start())?;
    let mut plan = probe::plan(server.address);
    plan.until = Until::Ready;
    change(&mut plan);
    let survey = run(&plan);
    let verdict = diagnose(&survey);
    let log = std::fs::read_to_string(&server.log).unwrap_or_default();
    assert_eq!(verdict.outcome, Outcome::Ready, "{}: {}\n{log}", server.name, verdict.headline);
    let trips = |phase| survey.walks[0].tape.round_trips(phase);
    assert_eq!((trips(Phase::Channels), trips(Phase::Logon)), (2, 1), "{}", server.name);
    assert!(trips(Phase::Finalization) <= 1, "{}", server.name);
    Some(survey)
}

#[test]
fn servers_without_nla_let_us_see_the_font_map() {
    for start in [xrdp::tls, xrdp::negotiate, shadow::tls, weston::tls] {
        let Some(survey) = ready(start) else { return };
        assert_eq!(survey.walks[0].tape.outcome(Phase::Security), None, "TLS needs no security exchange");
        assert_eq!(survey.walks[0].facts.licensing.outcome.as_deref(), Some("STATUS_VALID_CLIENT"));
    }
}

#[test]
fn xrdp_lets_us_see_the_font_map_through_rc4() {
    let Some(survey) = ready(xrdp::rdp) else { return };
    assert_eq!(survey.walks[0].facts.settings.encryption_method.as_deref(), Some("128BIT"));
    assert_eq!(survey.walks[0].facts.security.certificate.as_deref(), Some("proprietary, signed"));
}

#[test]
fn xrdp_lets_us_see_the_font_map_through_fips() {
    let Some(survey) = ready(xrdp::fips) else { return };
    assert_eq!(survey.walks[0].facts.settings.encryption_method.as_deref(), Some("FIPS"));
}

#[test]
fn rdp_security_without_encryption_lets_us_see_the_font_map() {
    for start in [shadow::rdp, weston::rdp] {
        let Some(survey) = ready_with(start, |plan| plan.protocols = Protocols::RDP) else { return };
        let facts = &survey.walks[0].facts;
        assert_eq!(facts.settings.encryption_method.as_deref(), Some("none"));
        assert_eq!(facts.licensing.outcome.as_deref(), Some("STATUS_VALID_CLIENT"));
    }
}

/// The walk stopped in `tls`, our own ClientHello was answered, and nothing is called a fault.
fn described(survey: &Survey, verdict: &Verdict, version: &str) {
    let stop = survey.walks[0].stop.as_ref().expect("rustls does not speak to it");
    assert_eq!(stop.phase, Phase::Tls);
    assert!(matches!(stop.cause, Cause::Declined { .. } | Cause::Local { .. }), "{stop:?}");
    let (_, walk) = survey.variant(Variant::Described).expect("it is described");
    assert_eq!((walk.stop.as_ref(), walk.facts.tls.version.as_deref()), (None, Some(version)));
    assert!(verdict.findings.iter().any(|finding| finding.rule == "tls.nothing-in-common"), "{verdict:?}");
    assert!(verdict.findings.iter().all(|finding| finding.severity < Severity::Fault), "{verdict:?}");
    assert!(verdict.headline.starts_with("NO FAULT"), "{}", verdict.headline);
}

/// The certificate is the same for both clients.
fn shows_what_it_shows_xfreerdp(server: &RealServer, survey: &Survey) {
    let Some(said) = xfreerdp(server) else { return };
    assert!(said.certificate.is_some(), "{}", server.name);
    assert_eq!(certificate(survey), said.certificate, "{}", server.name);
}

/// The fingerprint of the certificate that a walk was shown.
fn certificate(survey: &Survey) -> Option<String> {
    survey.walks.iter().find_map(|walk| walk.facts.tls.certificate.as_ref()?.sha256.clone())
}
