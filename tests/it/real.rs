//! Real servers, probed for real, and held against what `openssl` and `xfreerdp` say of the same server.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rdp_lab::bed::{Display, RealServer, Result, openssl, or_skip, shadow, weston, xrdp};
use rdp_lab::probe;
use rdp_probe::fact::Nla;
use rdp_probe::phase::Phase;
use rdp_probe::stop::Cause;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Outcome, Severity, Verdict, diagnose};
use rdp_probe::walk::Variant;

/// What the report must say of a server.
struct Expected {
    outcome: Outcome,
    /// The protocols that were agreed to, over all walks.
    offers: &'static [&'static str],
    nla: Nla,
    /// What xfreerdp says that it negotiated.
    referee: &'static str,
}

/// Starts a server, probes it, and holds the report against what is expected and what the referees say.
fn hold(start: fn() -> Result<RealServer>, expected: &Expected) -> Option<(Survey, Verdict)> {
    let server = or_skip(start())?;
    let survey = survey(&server);
    let verdict = diagnose(&survey);
    let context = format!("{}: {}", server.name, verdict.headline);
    let facts = &survey.walks[0].facts;
    assert_eq!(verdict.outcome, expected.outcome, "{context}");
    assert_eq!(facts.negotiate.offers.as_deref().unwrap_or_default(), expected.offers, "{context}");
    assert_eq!(facts.negotiate.nla, Some(expected.nla), "{context}");
    let shown = survey.walks.iter().find_map(|walk| walk.facts.tls.certificate.as_ref()?.sha256.clone());
    assert_eq!(shown, fingerprint(&server), "{context}");
    assert_eq!(negotiated_by_xfreerdp(&server).as_deref(), Some(expected.referee), "{context}");
    Some((survey, verdict))
}

/// Probes a server as a bare `rdp-probe ADDRESS` does.
fn survey(server: &RealServer) -> Survey {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(probe::run(&probe::plan(server.address)))
}

/// The certificate's fingerprint by `openssl`.
fn fingerprint(server: &RealServer) -> Option<String> {
    let file = server.certificate.as_ref()?;
    let said = Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(file).output();
    let said = String::from_utf8(said.expect("openssl runs").stdout).expect("openssl speaks UTF-8");
    let (_, fingerprint) = said.trim().split_once('=').expect("openssl says `name=fingerprint`");
    Some(fingerprint.replace(':', "").to_ascii_lowercase())
}

/// The security that `xfreerdp` last negotiated with the server; it is ended as soon as it goes on to log on.
fn negotiated_by_xfreerdp(server: &RealServer) -> Option<String> {
    let display = or_skip(Display::start())?;
    let mut client = Command::new("xfreerdp")
        .arg(format!("/v:{}", server.address))
        .args([
            "/cert:ignore",
            "/tls-seclevel:0",
            "+auth-only",
            "/u:nobody",
            "/p:none",
            "/log-level:DEBUG",
            "/timeout:5000",
        ])
        .env("DISPLAY", &display.name)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("xfreerdp starts");
    let mut negotiated = None;
    for line in BufReader::new(client.stdout.take().expect("it is piped")).lines().map_while(std::result::Result::ok) {
        if let Some((_, rest)) = line.split_once("] - Negotiated ") {
            negotiated = rest.split(' ').next().map(str::to_owned);
        }
        // Negotiation is over; what follows is TLS and the logon, which are not asked for.
        if negotiated.is_some() && line.contains("nego_security_connect with") {
            break;
        }
    }
    client.kill().expect("it is our own child");
    client.wait().expect("it is our own child");
    negotiated
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
fn freerdp_shadow_with_rdp_security_is_walked_again_as_mstsc_would() {
    let expected = Expected { outcome: Outcome::Stopped, offers: &["rdp"], nla: Nla::Absent, referee: "RDP" };
    let Some((survey, verdict)) = hold(shadow::rdp, &expected) else { return };
    let (_, fallback) = survey.variant(Variant::RdpOnly).expect("one follow-up walk asks for RDP alone");
    assert_eq!((fallback.stop.as_ref(), fallback.reached()), (None, Some(Phase::Settings)));
    assert!(verdict.findings.iter().any(|finding| finding.rule == "negotiate.rdp-security-only"));
    assert!(verdict.findings.iter().all(|finding| finding.severity < Severity::Fault));
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
    assert_eq!(certificate(&survey), fingerprint(&server));
}

#[test]
fn a_server_with_rsa_key_exchange_alone_is_described_and_not_called_faulty() {
    let Some(server) = or_skip(openssl::rsa_key_exchange()) else { return };
    let survey = survey(&server);
    described(&survey, &diagnose(&survey), "TLS 1.2");
    assert_eq!(certificate(&survey), fingerprint(&server));
    let suite = survey.variant(Variant::Described).and_then(|(_, walk)| walk.facts.tls.cipher_suite.clone());
    assert!(suite.is_some_and(|suite| suite.starts_with("TLS_RSA_")));
}

#[test]
fn a_weak_key_is_a_risk_and_no_stop() {
    let Some(server) = or_skip(openssl::weak_key()) else { return };
    let survey = survey(&server);
    let verdict = diagnose(&survey);
    assert!(verdict.findings.iter().any(|finding| finding.rule == "certificate.weak-key"), "{}", verdict.headline);
    assert_eq!(survey.walks[0].tape.outcome(Phase::Tls), Some(rdp_probe::evidence::Outcome::Passed));
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

/// The fingerprint that our own ClientHello read.
fn certificate(survey: &Survey) -> Option<String> {
    survey.variant(Variant::Described)?.1.facts.tls.certificate.clone()?.sha256
}
