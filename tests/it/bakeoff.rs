//! The 21 faults on which seven public tools were compared in `facts/peers.md` 1.3: each told by phase and cause, and no
//! two in the same words.

use std::collections::BTreeMap;

use rdp_lab::scenario::Scenario;

use crate::lab::{Probed, each, probe};

/// The fault, the scenario that plays it, and phase and cause of the stop.
const FAULTS: &[(&str, &str, &str)] = &[
    ("port closed", "port-closed", "connect: refused"),
    ("SYN dropped", "syn-dropped", "connect: silence"),
    ("accepts, silent", "accepts-silent", "negotiate: silence"),
    ("accepts, closes", "accepts-closes", "negotiate: closed"),
    ("SSH banner", "speaks-ssh", "negotiate: garbled"),
    ("RST after CR", "request-reset", "negotiate: reset"),
    ("FIN after CR", "request-closed", "negotiate: closed"),
    ("silent after CR", "request-silent", "negotiate: silence"),
    ("NLA required", "nla-required", "none"),
    ("NEG_FAILURE 2", "rdp-only", "negotiate: declined"),
    ("RSP always selects 0", "rdp-unasked", "none"),
    ("CC without negotiation", "legacy", "none"),
    ("CC one byte at a time", "confirm-split", "none"),
    ("RST after ClientHello", "key-unusable", "tls: reset"),
    ("FIN after ClientHello", "hello-closed", "tls: closed"),
    ("silent after ClientHello", "hello-silent", "tls: silence"),
    ("fatal alert 40", "hello-declined", "tls: declined"),
    ("TLS ok, then close", "tls-then-close", "credssp: closed"),
    ("CredSSP reset", "credssp-reset", "credssp: reset"),
    ("CredSSP silent", "credssp-silent", "credssp: silence"),
    ("TLS 1.0 only", "tls10-only", "tls: declined"),
];

/// Faults whose bytes are the same on the wire, and why.
const SAME_BYTES: &[(&str, &str, &str)] = &[
    ("accepts, silent", "silent after CR", "in both nothing ever comes back"),
    (
        "accepts, closes",
        "FIN after CR",
        "in both a FIN comes back; on a path without distance its moment tells nothing",
    ),
    ("NLA required", "CC one byte at a time", "the same bytes in other segments"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_told_by_phase_and_cause_in_words_of_its_own() {
    let told = each(FAULTS, async |(fault, scenario, stop)| {
        let probed = probe(Scenario::find(scenario).expect("a scenario")).await;
        (*fault, *stop, probed.stop(), words(&probed))
    })
    .await;

    let mut by_words: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (fault, expected, stop, words) in &told {
        assert_eq!(stop, expected, "{fault}: {words}");
        by_words.entry(words).or_default().push(fault);
    }
    let excused = |faults: &[&str]| {
        SAME_BYTES.iter().any(|(one, other, _)| faults.iter().all(|fault| fault == one || fault == other))
    };
    let alike: Vec<_> = by_words.iter().filter(|(_, faults)| faults.len() > 1 && !excused(faults)).collect();
    assert!(alike.is_empty(), "{alike:#?}");
}

/// The headline without its numbers, which differ from run to run, and what was found.
fn words(probed: &Probed) -> String {
    let headline: String =
        probed.verdict.headline.split(' ').filter(|word| !is_number(word)).collect::<Vec<_>>().join(" ");
    let titles: Vec<&str> = probed.verdict.findings.iter().map(|finding| finding.title.as_str()).collect();
    format!("{headline}; {}", titles.join("; "))
}

/// A number, a unit of time, or an address.
fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches('(').starts_with(|c: char| c.is_ascii_digit());
    (digits && !word.contains("0x")) || ["µs", "ms", "s"].contains(&word)
}
