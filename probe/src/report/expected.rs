//! Expectations, held against hand-written reports.

use super::{Report, redact, sample};
use crate::expect::{Answer, Judged, parse, shortfall};

/// What comes of expectations: the result, and what was found or why nothing was.
fn judged(report: Report, text: &str) -> Vec<(Answer, String)> {
    let judged = report.expecting(&parse(text).unwrap()).expectations;
    judged.iter().map(|judged| (judged.result, judged.because().to_owned())).collect()
}

#[test]
fn every_kind_of_expectation_passes_and_fails() {
    for (holds, fails, found) in [
        ("negotiate.nla = required", "negotiate.nla != required", "required"),
        ("negotiate.selected = hybrid_ex", "negotiate.selected ~ aad", "hybrid_ex"),
        ("negotiate.requested ~ ssl", "negotiate.requested ~ hybrid_e", "ssl, hybrid, hybrid_ex"),
        ("tls.version >= 1.2", "tls.version < 1.3", "TLSv1.3"),
        ("tls.hello_retry = no", "tls.hello_retry = yes", "no"),
        ("tls.certificate.days_left > 14", "tls.certificate.days_left > 30d", "21 days"),
        ("tls.certificate.not_after > 2026-12-01", "tls.certificate.not_after > 2027-01-01", "2026-12-13T00:00:00Z"),
        (
            "tls.certificate.san ~ 192.0.2.10",
            "tls.certificate.san ~ zorg",
            "srv01.zorg.example, *.zorg.example, 192.0.2.10",
        ),
        ("tls.certificate.chain_length = 2", "tls.certificate.chain_length = 1", "2"),
        ("connect.snd_mss >= 1400", "connect.snd_mss > 1448B", "1448 bytes"),
        ("credssp.ntlm.os_build >= 10.0", "credssp.ntlm.os_build < 10.0.9200", "10.0.20348"),
        ("credssp.ntlm.clock_skew_us < 5s", "credssp.ntlm.clock_skew_us < 500ms", "3.0 s"),
        ("phase.tls.p95 <= 2055us", "phase.tls.min > 1h", "2.0 ms"),
        ("verdict.outcome = gate", "verdict.outcome = ready", "gate"),
        ("verdict.reached >= tls", "verdict.reached > credssp", "credssp"),
    ] {
        let found = found.to_owned();
        let both = judged(sample::gate(), &format!("{holds}, {fails}"));
        assert_eq!(both, [(Answer::Pass, found.clone()), (Answer::Fail, found)], "{holds}, {fails}");
    }
}

#[test]
fn what_was_not_learned_is_unknown_and_says_why() {
    for (report, text, why) in [
        (sample::reset_at_client_hello(), "tls.version >= 1.2", "`tls` stopped"),
        (sample::reset_at_client_hello(), "credssp.version > 2", "`credssp` was not reached"),
        (sample::reset_at_client_hello(), "phase.tls.max < 1s", "`tls` has not passed"),
        (sample::reset_at_client_hello(), "verdict.who = path", "the walk could not tell"),
        (sample::gate(), "verdict.who = peer", "the walk did not stop"),
        (sample::gate(), "connect.peer_mss > 1000", "`connect` passed, and did not show it"),
        (sample::gate(), "udp_syn.version >= 2", "nothing was walked"),
        (sample::no_walk(), "negotiate.nla = required", "nothing was walked"),
        (sample::no_walk(), "verdict.outcome = gate", "the walk could not tell"),
        (sample::no_walk(), "verdict.reached >= tls", "no phase has passed"),
        (sample::intermittent(), "phase.connect.p95 < 1s", "it takes 20 walks behind the first, and there were 9"),
    ] {
        assert_eq!(judged(report, text), [(Answer::Unknown, why.to_owned())], "{text}");
    }
    assert_eq!(judged(sample::reset_at_client_hello(), "verdict.who = unknown")[0].0, Answer::Pass);
}

#[test]
fn a_lone_walk_gives_every_time_and_several_give_those_behind_the_first() {
    for (report, walks) in [(sample::gate(), 1), (sample::intermittent(), 10)] {
        let times = judged(report, "phase.connect.min > 1us, phase.connect.median > 1us, phase.connect.max > 1us");
        assert!(times.iter().all(|(answer, _)| *answer == Answer::Pass), "{walks}: {times:?}");
    }
}

#[test]
fn a_saved_report_keeps_what_was_expected_and_judges_it_anew() {
    let report = sample::expected(sample::gate());
    assert_eq!(shortfall(&report.expectations).unwrap(), "1 of 4 expectations failed");
    let mut saved = serde_json::to_value(&report).unwrap();
    saved["expectations"][0]["result"] = "fail".into();
    assert_eq!(Report::read(&saved.to_string()).unwrap(), report);
}

#[test]
fn a_redacted_report_shows_no_name_that_was_expected() {
    let mut report = sample::gate();
    let expected = "tls.certificate.subject ~ srv01, tls.certificate.san ~ 192.0.2.10, tls.version >= 1.2";
    report = report.expecting(&parse(expected).unwrap());
    let results: Vec<Answer> = report.expectations.iter().map(|judged| judged.result).collect();
    redact(&mut report);
    let mut later = Judged { expect: "tls.later ~ srv01".to_owned(), ..report.expectations[0].clone() };
    later.found = Some("srv01.zorg.example".to_owned());
    later.redact(str::to_uppercase);
    assert_eq!((later.expect.as_str(), later.found), ("(TLS.LATER ~ SRV01)", None));
    let shown = serde_json::to_string(&report.expectations).unwrap();
    assert!(!sample::SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
    assert!(shown.contains("tls.version >= 1.2"), "{shown}");
    let saved = serde_json::to_string(&report).unwrap();
    let again = Report::read(&saved).unwrap().expectations;
    assert_eq!(again.iter().map(|judged| judged.result).collect::<Vec<_>>(), results);
    assert_eq!(again, report.expectations);
}
