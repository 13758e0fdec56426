//! Logging on: once in a run, to a certificate that is trusted, and with a secret that is found nowhere afterwards.

use std::path::Path;
use std::process::{Command, Output};

use rdp_lab::bed::{RealServer, or_skip, shadow};
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::{Connection, LabServer};
use rdp_packets::Secret;
use rdp_probe::credentials::{Credentials, Logon, Mode, Pin, Trust};
use rdp_probe::fact::Authentication;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Until};
use rdp_probe::stop::{Cause, Operation, RefusalKind};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Outcome, Verdict, diagnose};

use crate::command::{binary, document, stderr, stdout};
use crate::lab::TIMEOUT;

/// A password that stands nowhere by chance.
pub(crate) const PASSWORD: &str = "Corre€t-h0rse";

fn logon(user: &str, password: &str, trust: Trust) -> Logon {
    let mut logon = Logon::with(Credentials::new(user, Secret(password.to_owned())).expect("a user"));
    logon.trust = trust;
    logon
}

fn has(verdict: &Verdict, code: &str) -> bool {
    verdict.findings.iter().any(|finding| finding.rule == code)
}

fn authentication(survey: &Survey) -> Option<Authentication> {
    survey.walks[0].facts.credssp.authentication
}

/// Probes the lab's server with NLA, and gives what both sides saw.
async fn lab(scenario: &str, change: impl FnOnce(&mut Plan)) -> (Survey, Verdict, Vec<Connection>) {
    let server = LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server");
    let mut plan = probe::plan(server.address);
    plan.timeout = TIMEOUT;
    change(&mut plan);
    let survey = probe::run(&plan).await;
    (survey.clone(), diagnose(&survey), server.finish().await)
}

pub(crate) fn proofs(connections: &[Connection]) -> usize {
    connections.iter().map(|connection| connection.authenticates).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proof_leaves_before_the_certificate_is_trusted() {
    for trust in [Trust::System, Trust::Pinned(Pin([7; 32]))] {
        let (survey, verdict, connections) =
            lab("nla-required", |plan| plan.logon = logon("alice", PASSWORD, trust)).await;
        assert_eq!(proofs(&connections), 0, "{trust:?}: {connections:?}");
        assert_eq!(verdict.outcome, Outcome::Inconclusive, "{trust:?}: {}", verdict.headline);
        assert!(verdict.headline.contains("the certificate is not trusted"), "{}", verdict.headline);
        assert!(has(&verdict, "credssp.certificate-not-trusted"), "{trust:?}");
        assert_eq!(authentication(&survey), Some(Authentication::Withheld));
        assert_eq!((survey.walks[0].stop.as_ref(), survey.walks[0].reached()), (None, Some(Phase::Credssp)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_certificate_whose_key_the_server_does_not_hold_gets_no_proof() {
    // The lab shows this certificate and signs with another key: its own is too weak to sign with.
    let (survey, ..) = lab("certificate-weak", |_| {}).await;
    let shown = survey.walks[0].facts.tls.certificate.clone().and_then(|certificate| certificate.sha256);
    let pin: Pin = shown.expect("a fingerprint").parse().expect("a pin");
    let (survey, verdict, connections) =
        lab("certificate-weak", |plan| plan.logon = logon("alice", PASSWORD, Trust::Pinned(pin))).await;
    assert_eq!(proofs(&connections), 0);
    let why = survey.walks[0].facts.tls.distrust.as_deref().unwrap_or_default();
    assert!(why.contains("signature cannot be verified"), "{why}: {}", verdict.headline);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_proof_is_all_that_an_account_sees_of_a_run() {
    let (survey, verdict, connections) = lab("nla-required", |plan| {
        plan.logon = logon("ZORG\\alice", PASSWORD, Trust::Anything);
        (plan.count, plan.interval) = (3, std::time::Duration::ZERO);
    })
    .await;
    assert_eq!(proofs(&connections), 1, "{connections:?}");
    assert_eq!(connections[0].authenticates, 1, "it is the first walk's");
    assert_eq!(connections.len(), 3, "{connections:?}");
    assert_eq!(authentication(&survey), Some(Authentication::Sent));
    assert!(has(&verdict, "credssp.wrong-password"), "{verdict:?}");
    assert!(!has(&verdict, "run.intermittent"), "the repeats do not log on");
    assert!(verdict.headline.contains("STATUS_LOGON_FAILURE"), "{}", verdict.headline);
    assert_eq!(verdict.mstsc[0].code, "0x807");
    for walk in &survey.walks[1..3] {
        assert_eq!((walk.stop.as_ref(), walk.reached()), (None, Some(Phase::Credssp)));
        assert_eq!(walk.facts.credssp.authentication, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_run_twice_logs_on_once() {
    let server = LabServer::start(Scenario::find("nla-required").expect("a scenario")).await.expect("a lab server");
    let plan = Plan { logon: logon("alice", PASSWORD, Trust::Anything), ..probe::plan(server.address) };
    for plan in [plan.clone(), plan] {
        probe::run(&plan).await;
    }
    assert_eq!(proofs(&server.finish().await), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_nla_gets_no_credentials() {
    let (survey, verdict, connections) =
        lab("nla-absent", |plan| plan.logon = logon("alice", PASSWORD, Trust::Anything)).await;
    assert_eq!(proofs(&connections), 0);
    assert_eq!(authentication(&survey), Some(Authentication::Unused));
    assert!(has(&verdict, "credssp.no-nla"), "{verdict:?}");
    assert_eq!(verdict.outcome, Outcome::Gate);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_credentials_is_told_by_one_rule() {
    use RefusalKind::{EarlyUserAuth, Kerberos, Ntstatus};
    let (survey, ..) = lab("nla-required", |plan| plan.logon = logon("alice", PASSWORD, Trust::Anything)).await;
    let refused = |kind, code: &str, name: &str| Cause::declined(kind, code, name);
    for (cause, rule, shown) in [
        (refused(Ntstatus, "0xc000006a", "STATUS_WRONG_PASSWORD"), "credssp.wrong-password", Some("0x807")),
        (refused(Ntstatus, "0xc007030c", "SEC_E_LOGON_DENIED"), "credssp.wrong-password", Some("0x807")),
        (refused(Kerberos, "24", "KDC_ERR_PREAUTH_FAILED"), "credssp.wrong-password", None),
        (refused(Ntstatus, "0xc0000064", "STATUS_NO_SUCH_USER"), "credssp.unknown-user", Some("0xA07")),
        (refused(Ntstatus, "0xc0000234", "STATUS_ACCOUNT_LOCKED_OUT"), "credssp.account-locked", Some("0xD07")),
        (refused(Ntstatus, "0xc0000072", "STATUS_ACCOUNT_DISABLED"), "credssp.account-disabled", Some("0xB07")),
        (refused(Ntstatus, "0xc0000071", "STATUS_PASSWORD_EXPIRED"), "credssp.password-expired", Some("0xF07")),
        (refused(Ntstatus, "0xc0000224", "STATUS_PASSWORD_MUST_CHANGE"), "credssp.password-expired", Some("0x1207")),
        (refused(Ntstatus, "0xc000006f", "STATUS_INVALID_LOGON_HOURS"), "credssp.account-restricted", Some("0x1007")),
        (refused(Ntstatus, "0xc0000418", "STATUS_NTLM_BLOCKED"), "credssp.ntlm-blocked", Some("0x207")),
        (refused(Ntstatus, "0xc0000133", "STATUS_TIME_DIFFERENCE_AT_DC"), "credssp.clock-refused", Some("0x1D07")),
        (refused(Ntstatus, "0xc000005e", "STATUS_NO_LOGON_SERVERS"), "credssp.no-domain-controller", Some("0x1807")),
        (refused(Kerberos, "60", "KRB_ERR_GENERIC"), "credssp.logon-refused", None),
        (refused(Ntstatus, "0xc00000e5", "STATUS_INTERNAL_ERROR"), "credssp.logon-refused", Some("0x207")),
        (refused(EarlyUserAuth, "0x5", "AUTHZ_ACCESS_DENIED"), "credssp.not-authorized", Some("0x3")),
        (Cause::local(Operation::Kdc, "127.0.0.1:88: connection refused"), "credssp.kdc-unreachable", None),
        (Cause::Closed, "credssp.ended-after-proof", Some("0x904")),
        (refused(RefusalKind::Alert, "0x31", "access_denied"), "credssp.ended-after-proof", Some("0x904")),
    ] {
        let mut survey = survey.clone();
        let stop = survey.walks[0].stop.as_mut().expect("a stop");
        stop.cause = cause.clone();
        let verdict = diagnose(&survey);
        let rules: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule.as_str()).collect();
        let about: Vec<&str> =
            rules.into_iter().filter(|code| code.starts_with("credssp.") || code.starts_with("run.")).collect();
        assert_eq!(about, [rule], "{cause}");
        assert_eq!(verdict.mstsc.first().map(|pair| pair.code.as_str()), shown, "{cause}");
    }
}

/// Probes FreeRDP's shadow server, which demands NLA.
fn shadow(server: &RealServer, password: &str, trust: Trust, until: Until) -> (Survey, Verdict) {
    run(&Plan { logon: logon(shadow::USER, password, trust), until, ..probe::plan(server.address) })
}

fn run(plan: &Plan) -> (Survey, Verdict) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let survey = runtime.block_on(probe::run(plan));
    let verdict = diagnose(&survey);
    (survey, verdict)
}

#[test]
fn freerdp_lets_the_right_password_in_and_closes_at_a_wrong_one() {
    let Some(server) = or_skip(shadow::nla()) else { return };
    let (survey, verdict) = shadow(&server, shadow::PASSWORD, Trust::Anything, Until::Gate);
    assert_eq!((verdict.outcome, survey.walks[0].stop.as_ref()), (Outcome::Gate, None), "{}", verdict.headline);
    assert!(verdict.headline.starts_with("PASSED the credential gate, logged on"), "{}", verdict.headline);
    assert_eq!(authentication(&survey), Some(Authentication::Accepted));
    assert_eq!(survey.walks[0].facts.tls.trust.as_deref(), Some("accepted"));

    let (survey, verdict) = shadow(&server, PASSWORD, Trust::Anything, Until::Gate);
    assert_eq!(verdict.outcome, Outcome::Stopped, "{}", verdict.headline);
    assert_eq!(survey.walks[0].stop.as_ref().map(|stop| stop.phase), Some(Phase::Credssp), "{}", verdict.headline);
    assert_eq!(authentication(&survey), Some(Authentication::Sent));
    assert!(has(&verdict, "credssp.ended-after-proof"), "{verdict:?}");
}

#[test]
fn a_server_that_does_not_do_what_is_insisted_on_gets_no_proof() {
    let Some(server) = or_skip(shadow::nla()) else { return };
    let mut plan = probe::plan(server.address);
    plan.logon = logon(shadow::USER, PASSWORD, Trust::Anything);
    plan.logon.mode = Mode::RestrictedAdmin;
    let (survey, verdict) = run(&plan);
    assert_eq!(survey.walks[0].facts.negotiate.mode.as_deref(), Some("restricted-admin"));
    assert_eq!(authentication(&survey), Some(Authentication::Withheld), "{}", verdict.headline);
    assert!(has(&verdict, "credssp.mode-not-supported"), "{verdict:?}");
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
}

#[test]
fn the_certificate_that_the_report_shows_can_be_pinned() {
    let Some(server) = or_skip(shadow::nla()) else { return };
    let (survey, _) = shadow(&server, shadow::PASSWORD, Trust::System, Until::Gate);
    assert_eq!(authentication(&survey), Some(Authentication::Withheld));
    let shown = survey.walks[0].facts.tls.certificate.clone().and_then(|certificate| certificate.sha256);
    let pin: Pin = shown.expect("a fingerprint").parse().expect("a pin");
    let (survey, _) = shadow(&server, shadow::PASSWORD, Trust::Pinned(pin), Until::Gate);
    assert_eq!(authentication(&survey), Some(Authentication::Accepted));
    assert_eq!(survey.walks[0].facts.tls.trust.as_deref(), Some("pinned"));
}

#[test]
fn behind_the_gate_the_walk_goes_on_as_far_as_it_is_asked_to() {
    let Some(server) = or_skip(shadow::nla()) else { return };
    for (until, reached) in [(Until::Phase(Phase::Settings), Phase::Settings), (Until::Ready, Phase::Finalization)] {
        let (survey, verdict) = shadow(&server, shadow::PASSWORD, Trust::Anything, until);
        assert_eq!(survey.walks[0].reached(), Some(reached), "{}", verdict.headline);
        assert_eq!(authentication(&survey), Some(Authentication::Accepted));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_ntlm_alone_is_no_proxy() {
    let (survey, verdict, connections) = lab("nla-required", |plan| {
        plan.logon = logon("ZORG\\alice", PASSWORD, Trust::Anything);
        plan.logon.kdc = Some("127.0.0.1:1".to_owned());
    })
    .await;
    assert!(has(&verdict, "credssp.kerberos-not-taken") && !has(&verdict, "credssp.garbled"), "{verdict:?}");
    assert_eq!((authentication(&survey), proofs(&connections)), (None, 0));
}

/// Runs the command with a password in the environment.
fn command(arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(arguments)
        .env("RDP_PROBE_PASSWORD", PASSWORD)
        .env("RUST_BACKTRACE", "full")
        .output()
        .expect("rdp-probe runs")
}

/// Whether the password stands in bytes: as it is, in hex, or as it is encoded on the wire, in hex or not.
pub(crate) fn holds_the_password(bytes: &[u8]) -> bool {
    let utf16 = Secret::utf16(PASSWORD).0.clone();
    let digit = |value: u8| char::from_digit(value.into(), 16).expect("a digit") as u8;
    let hex = |bytes: &[u8]| bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect::<Vec<u8>>();
    let forms = [PASSWORD.as_bytes().to_vec(), utf16.clone(), hex(PASSWORD.as_bytes()), hex(&utf16)];
    forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_found_nowhere() {
    for (scenario, status) in [("nla-required", 1), ("nla-accepted", 0)] {
        it_is_found_nowhere(scenario, status).await;
    }
    let plan = Plan { logon: logon("alice", PASSWORD, Trust::Anything), ..probe::plan(([127, 0, 0, 1], 1).into()) };
    assert!(!holds_the_password(format!("{plan:?}").as_bytes()));
}

/// Logs on at a scenario's server, which the command leaves with this status, and looks wherever the password could be.
async fn it_is_found_nowhere(scenario: &str, status: i32) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server");
    let out = folder.path().join("report.json");
    let arguments = [
        server.address.to_string(),
        "--user=alice@zorg.example".to_owned(),
        "--accept-certificate".to_owned(),
        "--until=ready".to_owned(),
        "-v".to_owned(),
        format!("--out={}", out.display()),
    ];
    let run = move || command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(run).await.expect("it runs");
    let connections = server.finish().await;
    assert_eq!((output.status.code(), proofs(&connections)), (Some(status), 1), "{}", stderr(&output));
    let right = connections[0].delegated.as_ref().map(|delegated| delegated.password);
    assert_eq!(right, (status == 0).then_some(true), "{scenario}: {connections:?}");
    let seen = connections.iter().map(ToString::to_string).collect::<String>() + &format!("{connections:?}");

    let report = std::fs::read(&out).expect("a report");
    for (what, bytes) in [
        ("stdout", &output.stdout),
        ("stderr", &output.stderr),
        ("the report", &report),
        ("the lab's log", &seen.into_bytes()),
    ] {
        assert!(!holds_the_password(bytes), "the password stands in {what}");
    }
    let told = stdout(&output).contains("credssp.wrong-password");
    assert_eq!(told, status == 1, "{}", stdout(&output));

    let (survey, verdict, _) = lab(scenario, |plan| plan.logon = logon("alice", PASSWORD, Trust::Anything)).await;
    assert!(!holds_the_password(format!("{survey:?} {verdict:?}").as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proves_the_password_is_on_the_tape_by_its_length_alone() {
    use rdp_probe::evidence::Event;
    let (survey, ..) = lab("nla-required", |plan| plan.logon = logon("alice", PASSWORD, Trust::Anything)).await;
    let sealed: Vec<(&str, usize, usize)> = survey.walks[0]
        .tape
        .entries()
        .filter_map(|(_, entry)| {
            let Event::Sealed { message, bytes } = &entry.event else { return None };
            Some((message.as_str(), bytes.bytes.len(), bytes.length))
        })
        .collect();
    let [(negotiate, kept, length), (authenticate, 0, unseen)] = sealed[..] else { panic!("{sealed:?}") };
    assert_eq!((negotiate, kept), ("TSRequest (NTLM NEGOTIATE)", length));
    assert!(authenticate == "TSRequest (NTLM AUTHENTICATE)" && unseen > 200, "{authenticate}: {unseen}");
}

#[test]
fn a_password_without_a_user_is_ignored_with_a_word() {
    let output = command(&["127.0.0.1:1", "--json", "-q"]);
    assert_eq!(stderr(&output).trim(), "warning: RDP_PROBE_PASSWORD is ignored: it counts with --user alone");
    assert_eq!(document(&output)["schema"], 1);
}

#[test]
fn the_plan_announces_one_proof_for_the_first_target_and_asks_for_no_password() {
    let output = Command::new(binary())
        .args(["--plan", "--user", "alice", "one.example", "two.example"])
        .env_remove("RDP_PROBE_PASSWORD")
        .output()
        .expect("rdp-probe runs");
    let text = stdout(&output);
    let (one, two) = text.split_once("two.example").expect("two plans");
    assert!(one.contains("1  proof of the password"), "{text}");
    assert!(two.contains("0  authentication messages") && !two.contains("proof"), "{text}");
}

#[test]
fn what_cannot_log_on_is_a_usage_error() {
    let nowhere = Path::new("/nonexistent/password");
    for (arguments, said) in [
        (&["--user", "alice@"][..], "is no user"),
        (&["--user", "alice", "--pin", "abc"], "a pin is the SHA-256"),
        (&["--user", "alice", "--kdc", "kdc.example"], "Kerberos needs the realm"),
        (&["--user", "alice@ZORG", "--kdc", "a b"], "is no host"),
        (&["-4", "--user", "alice@ZORG", "--kdc", "::1"], "`::1` is not an address of the family asked for"),
        (&["--user", "alice", "--remote-guard"], "--kdc"),
        (&["--user", "alice", "--password-file", nowhere.to_str().expect("text")], "cannot read"),
        (&["--accept-certificate"], "--user"),
    ] {
        let output = command(&[&["127.0.0.1:1"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}
