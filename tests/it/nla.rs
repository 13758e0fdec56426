//! NLA to its end, at a server that checks every step: what is proved, to whom, how often, and what it gives away.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use rdp_lab::bed::or_skip;
use rdp_lab::scenario::{Protocol, Scenario};
use rdp_lab::server::{Connection, Delegated, LabServer};
use rdp_packets::credssp::LATEST;
use rdp_probe::credentials::Mode;
use rdp_probe::fact::Authentication;
use rdp_probe::phase::Phase;
use rdp_probe::verdict::Outcome;

use crate::command::{document, stderr, twin};
use crate::lab::{Probed, each, probe, probe_with};

fn named(name: &str) -> Scenario {
    Scenario::find(name).expect("a scenario")
}

/// Each version of `CredSSP`, bare and in SPNEGO, with an authorization at its end and without.
fn forms(name: &str) -> Vec<Scenario> {
    let forms = (2..=LATEST).flat_map(|version| [(version, false), (version, true)]);
    let forms =
        forms.flat_map(|(version, spnego)| [Protocol::Hybrid, Protocol::HybridEx].map(|p| (version, spnego, p)));
    let form = |(version, spnego, protocol)| {
        let mut scenario = named(name);
        (scenario.nla.version, scenario.ntlm.spnego) = (version, spnego);
        scenario.security.accepts = vec![protocol];
        scenario.name = format!("{name}, version {version}, SPNEGO {spnego}, {protocol:?}");
        scenario
    };
    forms.map(form).collect()
}

fn baseline(probed: &Probed) -> &Connection {
    probed.connections.first().expect("a connection")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_lets_the_right_password_in_up_to_the_font_map() {
    each(forms("nla-accepted"), async |scenario| {
        let (name, version) = (scenario.name.clone(), scenario.nla.version);
        let early = scenario.security.accepts.contains(&Protocol::HybridEx);
        let probed = probe(scenario).await;
        assert_eq!(probed.verdict.outcome, Outcome::Ready, "{name}: {}", probed.verdict.headline);
        let walk = probed.survey.baseline().expect("a walk");
        let facts = &walk.facts.credssp;
        assert_eq!((facts.version, facts.authentication), (Some(version), Some(Authentication::Accepted)), "{name}");
        assert_eq!(facts.early_user_auth.is_some(), early, "{name}");
        // The proof and the credentials each wait for an answer; the authorization comes by itself.
        assert_eq!(walk.tape.round_trips(Phase::Credssp), 2 + u32::from(early), "{name}");
        let connection = baseline(&probed);
        let given = Delegated { user_name: "alice".to_owned(), password: true };
        assert_eq!(connection.delegated, Some(given), "{name}: {connection}");
        assert_eq!(connection.ts_requests, [Some(1), Some(3), None], "{name}: {connection}");
        assert!(connection.visit.ready && connection.fault.is_none(), "{name}: {connection}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_lets_a_wrong_password_in() {
    each(forms("nla-wrong-password"), async |scenario| {
        let (name, coded) = (scenario.name.clone(), !scenario.nla.says_no_code());
        let probed = probe(scenario).await;
        let stop = if coded { "credssp: declined" } else { "credssp: closed" };
        assert_eq!(probed.stop(), stop, "{name}: {}", probed.verdict.headline);
        let rule = if coded { "credssp.wrong-password" } else { "credssp.ended-after-proof" };
        assert!(probed.findings().contains(&rule), "{name}: {:?}", probed.findings());
        let connection = baseline(&probed);
        assert_eq!((connection.authenticates, &connection.delegated), (1, &None), "{name}: {connection}");
        assert_eq!((&connection.fault, connection.initials), (&None, 0), "{name}: {connection}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_the_server_does_not_know_is_refused_like_a_wrong_password() {
    let mut scenario = named("nla-accepted");
    scenario.logon.as_mut().expect("credentials").user = "LAB\\bob".to_owned();
    let probed = probe(scenario).await;
    assert!(probed.findings().contains(&"credssp.wrong-password"), "{}", probed.verdict.headline);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restricted_admin_is_let_in_and_gives_no_password() {
    let probed = probe_with(named("nla-accepted"), |plan| plan.logon.mode = Mode::RestrictedAdmin).await;
    assert_eq!(probed.verdict.outcome, Outcome::Ready, "{}", probed.verdict.headline);
    let given = Delegated { user_name: String::new(), password: false };
    assert_eq!(baseline(&probed).delegated, Some(given));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_leave_only_after_the_server_has_proved_its_key() {
    for version in 2..=LATEST {
        let mut scenario = named("nla-key-not-proved");
        scenario.nla.version = version;
        let probed = probe(scenario).await;
        assert!(probed.findings().contains(&"credssp.key-not-proved"), "{version}: {}", probed.verdict.headline);
        assert_eq!(baseline(&probed).ts_requests, [Some(1), Some(3)], "version {version}");
    }
}

/// A run that does all that it can beside the one logon: it repeats, it asks at another address of the name, and it
/// follows up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_run_does_the_lab_counts_one_proof() {
    for (name, status, follow_ups) in [("nla-accepted", 0, true), ("nla-wrong-password", 1, false)] {
        let password = named(name).logon.expect("credentials").password;
        let one = LabServer::start(named(name)).await.expect("a lab server");
        let port = one.address.port();
        let other = (Ipv4Addr::new(127, 0, 0, 2), port).into();
        let other = LabServer::listen(named(name), other).await.expect("a lab server at another address");
        let output = tokio::task::spawn_blocking(move || {
            let arguments = "--count 3 --interval 0s --user alice --accept-certificate --until ready --skip udp";
            twin(port, arguments, &password)
        })
        .await
        .expect("it runs");
        let Some(output) = or_skip(output) else { return };
        assert_eq!(output.status.code(), Some(status), "{name}: {}", stderr(&output));
        let walks = document(&output)["walks"].as_array().expect("walks").clone();
        let variants: BTreeSet<&str> = walks.iter().filter_map(|walk| walk["variant"].as_str()).collect();
        assert!(walks.len() > 3 && variants.contains("address"), "{name}: {variants:?}");
        assert_eq!(variants.len() > 2, follow_ups, "{name}: {variants:?}");
        let seen = [one.finish().await, other.finish().await].concat();
        let proofs: usize = seen.iter().map(|connection| connection.authenticates).sum();
        assert_eq!(proofs, 1, "{name}: {seen:?}");
    }
}
