use std::collections::HashMap;

use super::timing::Samples;
use super::*;
use crate::fact::Nla;
use crate::path::Share;
use crate::report::{Look, sample};

/// Two paths by their reports.
fn two(one: Report, other: Report) -> Comparison {
    compare(vec![("vpn".to_owned(), one), ("direct".to_owned(), other)], false)
}

fn row<'a>(rows: &'a [Row], name: &str) -> &'a Row {
    rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("{name} in {rows:?}"))
}

#[test]
fn a_report_is_like_itself() {
    for report in sample::reports().filter(|report| report.survey.repeats().next().is_some()) {
        let comparison = two(report.clone(), report);
        assert!(comparison.alike, "{}", comparison.headline);
        assert_eq!((comparison.diverges, comparison.server.intercepted == Answer::Yes), (None, false));
    }
}

#[test]
fn the_first_phase_at_which_the_paths_part_is_named() {
    let comparison = two(sample::gate(), sample::reset_at_client_hello());
    let divergence = comparison.diverges.unwrap();
    assert_eq!((divergence.phase, divergence.few), (Phase::Tls, true));
    assert_eq!(divergence.ends, ["passed", "connection reset"]);
    assert_eq!(two(sample::unreachable(), sample::gate()).diverges.unwrap().phase, Phase::Connect);
}

#[test]
fn stops_that_come_and_go_are_rates_and_no_divergence() {
    let comparison = two(sample::intermittent(), sample::gate());
    assert_eq!(comparison.diverges, None);
    let [stops] = comparison.stops.as_slice() else { panic!("{:?}", comparison.stops) };
    let counted = |path: usize| stops.paths[path].share.map(|share| (share.k, share.n));
    assert_eq!((stops.what.as_str(), counted(0), counted(1)), ("tls: connection reset", Some((3, 10)), Some((0, 1))));
    assert_eq!(stops.paths[1].chance.unwrap().judged, Judged::TooFew);
}

#[test]
fn another_end_of_the_same_phase_is_a_divergence() {
    let mut closed = sample::reset_at_client_hello();
    closed.survey.walks[0].stop.as_mut().unwrap().cause = crate::stop::Cause::Closed;
    let divergence = two(sample::reset_at_client_hello(), closed).diverges.unwrap();
    assert_eq!(divergence.ends, ["connection reset", "closed by the other side"]);
}

#[test]
fn an_issuer_that_only_the_path_knows_is_interception() {
    let mut opened = sample::gate();
    let certificate = opened.survey.walks[0].facts.tls.certificate.as_mut().unwrap();
    certificate.issuer = Some("CN=Corporate Inspection".to_owned());
    certificate.sha256 = Some("cd".repeat(32));
    let comparison = two(sample::gate(), opened);
    assert_eq!((comparison.server.same, comparison.server.intercepted), (Answer::Yes, Answer::Yes));
    assert!(comparison.headline.contains("TLS is opened on the way"), "{}", comparison.headline);
}

#[test]
fn what_the_registry_lists_is_compared_and_what_does_not_last_is_not() {
    let mut other = sample::gate();
    let facts = &mut other.survey.walks[0].facts;
    facts.tls.group = Some("secp256r1".to_owned());
    facts.resolve.addresses.as_mut().unwrap().reverse();
    facts.connect.local = Some("10.9.0.7:50999".parse().unwrap());
    facts.connect.snd_mss = Some(1348);
    facts.credssp.ntlm.as_mut().unwrap().clock_skew_us = Some(-7);
    let comparison = two(sample::gate(), other);
    assert_eq!(row(&comparison.path, "MSS we use").differs, Answer::Yes);
    let differ: Vec<&str> = comparison.facts.iter().filter(|row| row.differs()).map(|row| row.name.as_str()).collect();
    assert_eq!(differ, ["tls.group"]);
    assert!(comparison.facts.iter().any(|row| row.name == "negotiate.nla" && row.differs == Answer::No));
}

#[test]
fn a_picture_that_was_cut_is_no_other_one() {
    let offering = |nla, offers: &[&str]| {
        let mut report = sample::gate();
        let negotiate = &mut report.survey.walks[0].facts.negotiate;
        negotiate.nla = Some(nla);
        negotiate.offers = Some(offers.iter().map(|&offer| offer.to_owned()).collect());
        report
    };
    let whole = || offering(Nla::Optional, &["hybrid_ex", "ssl"]);
    let comparison = two(whole(), offering(Nla::Unknown, &["hybrid_ex"]));
    assert!(comparison.alike, "{}", comparison.headline);
    assert!(!two(whole(), offering(Nla::Required, &["hybrid_ex"])).alike);
    assert_eq!(row(&comparison.facts, "negotiate.offers").differs, Answer::Unknown);
}

#[test]
fn a_redacted_report_is_compared_by_its_pseudonyms() {
    let mut redacted = sample::gate();
    redact(&mut redacted);
    let comparison = two(sample::gate(), redacted);
    assert!(comparison.alike && comparison.redacted, "{}", comparison.headline);
    assert_eq!(comparison.server.same, Answer::Yes);
    let told = format!("{}{}", serde_json::to_string(&comparison).unwrap(), text(&comparison, Look::default()));
    for secret in sample::SECRETS.iter().filter(|secret| **secret != "vpn") {
        assert!(!told.to_lowercase().contains(&secret.to_lowercase()), "{secret} in {told}");
    }
}

#[test]
fn every_form_tells_the_same() {
    let comparison = compare(
        vec![
            ("a|b".to_owned(), sample::gate()),
            ("\u{1b}c".to_owned(), sample::intermittent()),
            ("d".to_owned(), sample::reset_at_client_hello()),
        ],
        false,
    );
    for width in [60, 100, 120] {
        let text = text(&comparison, Look { width, ..Look::default() });
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        assert!(text.contains("FIRST DIVERGENCE: tls") && !text.contains('\u{1b}'), "{text}");
    }
    let markdown = markdown(&comparison);
    assert!(markdown.contains("### FIRST DIVERGENCE: tls") && markdown.contains("a\\|b"), "{markdown}");
    assert!(!markdown.contains('\u{1b}'), "{markdown}");
}

/// `SplitMix64`, and the shares that were thrown already: their intervals take long.
struct Dice<'a>(u64, &'a mut HashMap<(u32, u32), Share>);

impl Dice<'_> {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// A time with a heavy tail, and so coarse that many are alike.
    fn time(&mut self, base: u64, grain: u64) -> u64 {
        let tail = if self.below(20) == 0 { self.below(200_000) } else { 0 };
        (base + self.below(5_000) + self.below(5_000) + tail) / grain * grain
    }

    /// So many hits of so many throws.
    fn share(&mut self, n: u32, percent: u64) -> Share {
        let hits = u32::try_from((0..n).filter(|_| self.below(100) < percent).count()).unwrap();
        *self.1.entry((hits, n)).or_insert_with(|| Share::of(hits, n).unwrap())
    }
}

/// How many of so many comparisons of paths find a difference, where the second path takes so much longer.
fn found(rounds: u64, fewest: u64, longer: u64) -> usize {
    let mut known = HashMap::new();
    let alarms = (0..rounds).filter(|seed| {
        let mut dice = Dice(*seed, &mut known);
        let walks = |dice: &mut Dice| if dice.below(50) == 0 { 40 } else { fewest + dice.below(11) };
        let (one, other) = (walks(&mut dice), walks(&mut dice));
        let grain = [1, 1, 100, 5_000][usize::try_from(dice.below(4)).unwrap()];
        // What a slow walk is slow in, it is slow in every phase: the tests of one comparison hang together.
        let mut path = |walks: u64, base: u64| -> Vec<u64> { (0..walks).map(|_| dice.time(base, grain)).collect() };
        let (ways, other_ways) = (path(one, 20_000), path(other, 20_000 + longer));
        let mut timings: Vec<Timing> = (1..=8)
            .filter_map(|phase| {
                let own = path(one, 1_000).iter().zip(&ways).map(|(own, way)| own + way * phase).collect();
                let others = path(other, 1_000).iter().zip(&other_ways).map(|(own, way)| own + way * phase).collect();
                let us = [own, others].map(|us| Samples { source: None, us });
                Timing::of(&phase.to_string(), &us)
            })
            .collect();
        let [one, other] = [one, other].map(|walks| u32::try_from(walks).unwrap());
        // Of what TCP loses so many connections are counted, be it one segment of theirs or a burst; UDP counts its own.
        let losses = [(0, true), (1, true), (5, true), (20, false), (50, false)];
        let mut losses: Vec<Rate> = losses
            .into_iter()
            .filter_map(|(percent, over_tcp)| {
                let datagrams = 20 + 10 * u32::try_from(dice.below(20)).unwrap();
                let counts = if over_tcp { [one, other] } else { [datagrams; 2] };
                Rate::of("", &counts.map(|n| Some(dice.share(n, percent))))
            })
            .collect();
        let stops = [one, other].map(|walks| Some(dice.share(walks, 30)));
        let stops = Rate::of("", &stops);
        let mut stops = vec![(Phase::Tls, stops.unwrap())];
        judge(&mut timings, &mut losses, &mut stops);
        let judged = |chance: &mut Chance| matches!(chance.judged, Judged::Differs | Judged::Slight);
        timings.iter_mut().flat_map(Timing::chances).any(judged)
            || losses.iter_mut().flat_map(Rate::chances).any(judged)
            || stops.iter_mut().flat_map(|(_, rate)| rate.chances()).any(judged)
    });
    alarms.count()
}

#[test]
fn paths_that_are_the_same_are_called_different_once_in_a_hundred_comparisons_at_most() {
    let alarms = found(10_000, 5, 0);
    assert!(alarms <= 100, "{alarms} false alarms of 10,000");
}

#[test]
fn what_comes_and_goes_on_both_paths_is_called_a_difference_as_rarely() {
    let (gate, reset) = (sample::gate(), sample::reset_at_client_hello());
    let mut known = HashMap::new();
    let alarms = (0..2_000).filter(|seed| {
        let mut dice = Dice(*seed, &mut known);
        let odds = [(); 3].map(|()| dice.below(100));
        let mut path = || {
            let mut report = gate.clone();
            let walks = (0..5 + dice.below(11)).map(|_| {
                let [stops, other, narrow] = odds.map(|odds| dice.below(100) < odds);
                let mut walk = if stops { &reset } else { &gate }.survey.walks[0].clone();
                if let Some(certificate) = walk.facts.tls.certificate.as_mut().filter(|_| other) {
                    certificate.sha256 = Some("cd".repeat(32));
                }
                walk.facts.connect.snd_mss = Some(if narrow { 1348 } else { 1448 });
                walk
            });
            report.survey.walks = walks.collect();
            report
        };
        !two(path(), path()).alike
    });
    let alarms = alarms.count();
    assert!(alarms <= 20, "{alarms} false alarms of 2,000");
}

#[test]
fn paths_that_are_not_the_same_are_told_apart() {
    let told = found(500, 9, 60_000);
    assert!(told >= 450, "{told} of 500, of which some hang now and then");
}
