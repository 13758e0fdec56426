//! Rules that no server on loopback can make hold: a real survey of a healthy server, with another end written into it.

use rdp_lab::scenario::Scenario;
use rdp_probe::evidence::{Entry, Event, Outcome};
use rdp_probe::phase::Phase;
use rdp_probe::stop::{Cause, Icmp, Operation, Refusal, RefusalKind, Stop};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::diagnose;
use rdp_probe::walk::{Variant, Walk};

use crate::lab::probe;

#[tokio::test]
async fn an_end_that_the_lab_cannot_play_is_told_by_its_rule() {
    let survey = healthy().await;
    for (phase, cause, code) in [
        (Phase::Resolve, refused(RefusalKind::Resolver, "-2", "EAI_NONAME"), "resolve.no-such-name"),
        (Phase::Resolve, refused(RefusalKind::Resolver, "-3", "EAI_AGAIN"), "resolve.resolver-failed"),
        (Phase::Resolve, Cause::Silence, "resolve.silence"),
        (Phase::Connect, unreachable(Some("192.0.2.1")), "connect.rejected"),
        (Phase::Connect, unreachable(Some("127.0.0.1")), "connect.rejected-by-host"),
        (Phase::Connect, unreachable(None), "connect.no-route"),
        (Phase::Tls, Cause::local(Operation::TlsLibrary, "no"), "tls.library-refused"),
        (Phase::Credssp, refused(RefusalKind::Alert, "0x31", "access_denied"), "credssp.alert"),
        (Phase::Connect, Cause::local(Operation::Socket, "too many open files"), "run.local"),
    ] {
        assert_holds(&stopped(&survey, phase, cause), code);
    }
}

#[tokio::test]
async fn an_end_sooner_than_a_round_trip_was_not_caused_by_our_request() {
    let mut survey = stopped(&healthy().await, Phase::Negotiate, Cause::Reset);
    let walk = survey.walks.first_mut().expect("a baseline walk");
    for entry in &mut walk.tape.0 {
        if let Event::Kernel(info) = &mut entry.event {
            info.min_rtt_us = Some(80_000);
        }
    }
    let stop = walk.stop.as_mut().expect("a stop");
    stop.rtts = Some(0.3);
    assert_holds(&survey, "run.ended-early");
}

#[tokio::test]
async fn addresses_of_one_name_that_do_not_behave_alike_are_told() {
    let mut survey = healthy().await;
    let mut other = survey.walks.first().expect("a baseline walk").clone();
    end(&mut other, Phase::Connect, Cause::Refused);
    survey.walks.push(Walk { variant: Variant::Address, until: Phase::Connect, ..other });
    assert_holds(&survey, "connect.address-differs");
}

#[tokio::test]
async fn a_target_behind_a_gateway_is_reached_another_way_by_mstsc() {
    let mut survey = healthy().await;
    survey.target.detour = Some("the .rdp file names the gateway gw.lab.example".to_owned());
    assert_holds(&survey, "run.detour");
}

async fn healthy() -> Survey {
    probe(Scenario::find("nla-required").expect("a scenario")).await.survey
}

/// The same survey, whose baseline ended otherwise.
fn stopped(survey: &Survey, phase: Phase, cause: Cause) -> Survey {
    let mut survey = survey.clone();
    survey.walks.truncate(1);
    end(survey.walks.first_mut().expect("a baseline walk"), phase, cause);
    survey
}

/// Cuts a walk's tape where the phase ends, and lets it end so.
fn end(walk: &mut Walk, phase: Phase, cause: Cause) {
    let end = walk.tape.0.iter().position(|entry| entry.event == Event::Enter { phase }).map_or(0, |enter| enter + 1);
    walk.tape.0.truncate(end);
    let at = walk.tape.0.last().map(|entry| entry.at).unwrap_or_default();
    walk.tape.0.push(Entry { at, event: Event::Leave { phase, outcome: Outcome::Stopped } });
    walk.stop = Some(Stop::of(phase, cause));
}

fn refused(kind: RefusalKind, code: &str, name: &str) -> Cause {
    Cause::Declined { refusal: Refusal { kind, code: code.to_owned(), name: name.to_owned() } }
}

fn unreachable(from: Option<&str>) -> Cause {
    let from = from.map(|address| address.parse().expect("an address"));
    let (kind, code) = if from.is_some() { (Some(3), Some(13)) } else { (None, None) };
    Cause::Unreachable { icmp: Icmp { kind, code, from, says: "prohibited".to_owned() } }
}

fn assert_holds(survey: &Survey, code: &str) {
    let verdict = diagnose(survey);
    let finding = verdict.findings.iter().find(|finding| finding.rule == code);
    let finding = finding.unwrap_or_else(|| panic!("{code} does not hold: {}", verdict.headline));
    assert!(!finding.evidence.cites().is_empty(), "{code} cites nothing");
}
