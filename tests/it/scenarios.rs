//! Each TOML file of `fixtures/scenarios`, walked.

use std::fs;
use std::path::Path;

use rdp_lab::scenario::{EMBEDDED, Expect, Scenario};
use rdp_probe::phase::Phase;
use serde_json::Value;

use crate::lab::{Probed, each, probe};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_ends_as_it_says() {
    let scenarios = Scenario::all().map(|scenario| scenario.expect("a scenario reads"));
    let failures: Vec<String> = each(scenarios, async |scenario| {
        let (name, expect) = (scenario.name.clone(), scenario.expect.clone());
        let probed = probe(scenario).await;
        let lines = differences(&expect, &probed);
        lines.into_iter().map(|line| format!("{name}: {line}\n    {}", probed.verdict.headline)).collect::<Vec<_>>()
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

/// What is not as expected, a line each.
fn differences(expect: &Expect, probed: &Probed) -> Vec<String> {
    let Probed { survey, verdict, connections } = probed;
    let mut lines = expect.differences(verdict);
    let mut check = |holds: bool, line: String| {
        if !holds {
            lines.push(line);
        }
    };
    let found = probed.findings();
    for part in &expect.headline {
        check(verdict.headline.contains(part), format!("the headline does not say `{part}`"));
    }
    for code in &expect.findings {
        check(found.contains(&code.as_str()), format!("{code} does not hold, but {found:?}"));
    }
    for code in &expect.absent {
        check(!found.contains(&code.as_str()), format!("{code} holds"));
    }
    for (place, wanted) in &expect.facts {
        let fact = fact(probed, place);
        let wanted = serde_json::to_value(wanted).expect("TOML is JSON");
        check(fact == wanted, format!("{place} is {fact}, not {wanted}"));
    }
    let bounds = expect.bounds;
    let (seen, trips, took) = (connections.len(), probed.round_trips(), survey.took_us / 1000);
    check(bounds.connections.is_none_or(|wanted| wanted == seen), format!("{seen} connections"));
    check(bounds.round_trips.is_none_or(|wanted| wanted == trips), format!("{trips} round trips"));
    check(bounds.took_ms.is_none_or(|most| took <= most), format!("took {took} ms"));
    lines
}

/// A fact of the baseline walk by its place, e.g. `tls.version`; null where it is not there.
fn fact(probed: &Probed, place: &str) -> Value {
    let (phase, names) = place.split_once('.').expect("a phase and a name");
    let phase: Phase = phase.parse().expect("a phase");
    let facts = &probed.survey.baseline().expect("a baseline walk").facts;
    let pointer = format!("/{}", names.replace('.', "/"));
    facts.of(phase).pointer(&pointer).cloned().unwrap_or_default()
}
