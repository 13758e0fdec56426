//! Each TOML file of `fixtures/scenarios`, walked.

use std::fs;
use std::path::Path;
use std::process::Command;

use rdp_lab::scenario::{EMBEDDED, Scenario};

use crate::lab::{Probed, each, probe};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_ends_as_it_says() {
    let scenarios = Scenario::all().map(|scenario| scenario.expect("a scenario reads"));
    let failures: Vec<String> = each(scenarios, async |scenario| {
        let (name, expect) = (scenario.name.clone(), scenario.expect.clone());
        let Probed { survey, verdict, connections } = probe(scenario).await;
        let lines = expect.differences(&survey, &verdict, connections.len());
        lines.into_iter().map(|line| format!("{name}: {line}\n    {}", verdict.headline)).collect::<Vec<_>>()
    })
    .await
    .concat();
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[test]
fn every_file_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scenarios");
    let mut files: Vec<String> = fs::read_dir(folder)
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("a file").path().file_stem().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, names);
}

#[test]
fn an_act_that_has_no_meaning_at_its_step_is_refused() {
    for (text, said) in [
        ("about = ''\nacts = { connect = 'truncate' }", "scenario `x`: `truncate` cannot be done at `connect`"),
        ("about = ''\nacts = { tls = { ultimatum = 1 } }", "scenario `x`: `ultimatum 1` cannot be done at `tls`"),
        (
            "about = ''\nacts = { settings = { garble = 'der_inner' } }",
            "scenario `x`: `garble der_inner` cannot be done at `settings`",
        ),
    ] {
        assert_eq!(Scenario::parse("x", text).unwrap_err().to_string(), said);
    }
    assert!(Scenario::parse("x", "about = ''\nact = {}").is_err(), "a key that no scenario has");
}

/// Runs `rdp-lab demo` on a scenario of this text: its exit status and what it said on stderr.
fn demo(text: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("shown.toml");
    fs::write(&file, text).expect("a scenario is written");
    let output = Command::new(env!("CARGO_BIN_EXE_rdp-lab")).arg("demo").arg(file).output().expect("rdp-lab runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_demo_checks_all_that_its_scenario_expects() {
    let expected = "outcome = 'gate'\nfindings = ['certificate.self-signed']\nfacts = { 'tls.version' = 'TLS 1.3' }";
    let (status, said) = demo(&format!("about = 'a healthy server'\n[expect]\n{expected}"));
    assert_eq!(status, Some(0), "{said}");

    for (expected, difference) in [
        ("outcome = 'stopped'", "outcome is Gate, not Stopped"),
        ("phase = 'tls'", "phase is none, not tls"),
        ("cause = 'reset'", "cause is none, not reset"),
        ("headline = ['tea']", "the headline does not say `tea`"),
        ("findings = ['tls.alert']", "tls.alert does not hold"),
        ("absent = ['certificate.self-signed']", "certificate.self-signed holds"),
        ("facts = { 'tls.version' = 'TLS 1.0' }", "tls.version is \"TLS 1.3\", not \"TLS 1.0\""),
        ("facts = { 'tea.version' = 1 }", "tea.version is null, not 1"),
        ("bounds = { connections = 9 }", "3 connections"),
    ] {
        let (status, said) = demo(&format!("about = 'a healthy server'\n[expect]\n{expected}"));
        assert!(status == Some(1) && said.contains(difference), "{expected}: {status:?}: {said}");
    }
}

#[test]
fn a_demo_of_a_scenario_that_expects_nothing_is_refused() {
    for text in ["about = 'a healthy server'", "about = 'a healthy server'\n[expect]"] {
        let (status, said) = demo(text);
        assert_eq!((status, said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains("scenario `shown` expects nothing"), "{said}");
    }
}
