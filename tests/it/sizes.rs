//! How large packets may be, on paths of our own: black holes, ICMP, clamped MSS, each way.

use std::thread;
use std::time::Duration;

use rdp_lab::act::{Act, Step};
use rdp_lab::bed::net::{At, Bed, Forger, Icmp, Impairment, Rule, Way, Wire};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::{Scenario, When};
use rdp_probe::path::mtu::{Limit, MOST};
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, preview};
use rdp_probe::stop::Cause;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Certainty, Outcome, Verdict, diagnose};

use crate::lab::{Probed, probe_with};

/// What the citations of a finding say.
fn says(verdict: &Verdict, code: &str) -> Vec<String> {
    let cites = verdict.findings.iter().filter(|finding| finding.rule == code).flat_map(|it| it.evidence.cites());
    cites.map(|cite| cite.says.clone()).collect()
}

/// A path on which only the middle wire is narrow.
fn narrow(mtu: u16) -> Option<Bed> {
    or_skip(Bed::new([Wire::default(), Wire::mtu(mtu), Wire::default()]))
}

/// A server whose flight fills one packet of the usual size and part of a second.
pub(crate) fn server() -> Scenario {
    let mut scenario = Scenario::find("tls12").expect("a scenario");
    scenario.certificate.names = (10..60).map(|number| format!("host-{number}.sizes.lab.example")).collect();
    scenario
}

/// Probes the server behind a bed, as `change` has it.
fn probed(bed: &Bed, ipv6: bool, change: impl FnOnce(&mut Plan) + Send) -> (Survey, Verdict) {
    probed_at(bed, ipv6, server(), change)
}

/// Probes a server behind a bed.
fn probed_at(bed: &Bed, ipv6: bool, server: Scenario, change: impl FnOnce(&mut Plan) + Send) -> (Survey, Verdict) {
    let lab = bed.server().lab(server).expect("a server");
    let address = if ipv6 { lab.v6 } else { lab.v4 };
    let survey = bed.client().block_on(|| async move {
        let mut plan = probe::plan(address);
        plan.timeout = Duration::from_secs(1);
        plan.deadline = Duration::from_mins(1);
        change(&mut plan);
        probe::run(&plan).await
    });
    let verdict = diagnose(&survey);
    (survey, verdict)
}

fn finding(verdict: &Verdict, code: &str) -> Option<Certainty> {
    verdict.findings.iter().find(|finding| finding.rule == code).map(|finding| finding.certainty)
}

#[test]
fn a_black_hole_is_named_and_certain_beside_a_control_that_failed_again() {
    let Some(bed) = narrow(1400) else { return };
    for router in [bed.router(0), bed.router(1)] {
        router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
    }
    let (survey, verdict) = probed(&bed, false, |_| {});
    assert_eq!(verdict.outcome, Outcome::Stopped, "{}", verdict.headline);
    assert_eq!(finding(&verdict, "path.mtu-black-hole"), Some(Certainty::Certain), "{verdict:?}");
    let tried: Vec<String> = survey.walks.iter().map(|walk| walk.variant.to_string()).collect();
    assert_eq!(tried, ["baseline", "mss-536", "control"]);
}

#[test]
fn the_size_is_exact_to_the_byte_whatever_it_is() {
    // A walk that gets no answer waits for its whole time: so the paths are tried side by side.
    thread::scope(|scope| {
        for (mtu, ipv6, icmp) in [
            (1280, false, false),
            (1300, false, true),
            (1391, false, false),
            (1400, true, true),
            (1420, true, false),
            (1499, false, false),
        ] {
            scope.spawn(move || exact(mtu, ipv6, icmp));
        }
    });
}

/// Both ways carry `mtu` bytes to the byte, and are limited as it has to be with ICMP or without.
fn exact(mtu: u16, ipv6: bool, icmp: bool) {
    let Some(bed) = narrow(mtu) else { return };
    for router in [bed.router(0), bed.router(1)].into_iter().filter(|_| !icmp) {
        router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
    }
    let (survey, verdict) = probed(&bed, ipv6, |plan| plan.mtu = true);
    let found = survey.path().mtu.expect("sizes were looked for");
    assert_eq!((found.up.passes, found.down.passes), (Some(mtu), Some(mtu)), "{mtu} {ipv6} {icmp}: {found:?}");
    // The server was told first, and then asks for no larger ones itself.
    let (up, down, code) = if icmp {
        (Limit::OtherSide, Limit::OtherSide, "path.mss-clamped")
    } else {
        (Limit::BlackHole, Limit::BlackHole, "path.mtu-black-hole")
    };
    assert_eq!((found.up.limit, found.down.limit), (up, down), "{mtu} {ipv6} {icmp}: {found:?}");
    for name in ["mss-", "up-"] {
        let walked = survey.walks.iter().filter(|walk| walk.variant.to_string().starts_with(name)).count();
        assert!(walked <= MOST + 1, "{walked} walks {name}: {found:?}");
    }
    let safe = format!("safe both ways: MTU {mtu}, MSS {}", mtu - if ipv6 { 60 } else { 40 });
    assert!(says(&verdict, code).contains(&safe), "{mtu} {ipv6} {icmp}: {:?}", says(&verdict, code));
    assert!(finding(&verdict, code).is_some(), "{mtu} {ipv6} {icmp}: {}", verdict.headline);
}

#[test]
fn a_router_that_says_so_is_no_black_hole() {
    for ipv6 in [false, true] {
        let Some(bed) = narrow(1300) else { return };
        // A flight that fits tells the server nothing.
        let (survey, verdict) =
            probed_at(&bed, ipv6, Scenario::find("tls12").expect("a scenario"), |plan| plan.mtu = true);
        let found = survey.path().mtu.expect("sizes were looked for");
        assert_eq!((found.up.passes, found.up.fails, found.up.limit), (Some(1300), Some(1301), Limit::Signalled));
        assert_eq!(found.down.limit, Limit::ShortFlight, "{found:?}");
        assert_eq!(finding(&verdict, "path.mtu-signalled"), Some(Certainty::Certain), "{verdict:?}");
        // How short a flight was says nothing of what may be set.
        let safe = format!("safe to the server: MTU 1300, MSS {}", if ipv6 { 1240 } else { 1260 });
        assert!(says(&verdict, "path.mtu-signalled").contains(&safe), "{verdict:?}");
        assert_eq!(finding(&verdict, "path.mtu-black-hole"), None);
    }
}

#[test]
fn a_hole_one_way_is_a_hole_that_way() {
    for way in [Way::Up, Way::Down] {
        let Some(bed) = narrow(1500) else { return };
        bed.router(0).firewall(Rule::drop().toward(way).larger_than(1350)).expect("a rule");
        let (survey, verdict) = probed(&bed, false, |plan| plan.mtu = true);
        let found = survey.path().mtu.expect("sizes were looked for");
        assert!(finding(&verdict, "path.mtu-black-hole").is_some(), "{verdict:?}");
        assert_eq!(finding(&verdict, "tls.long-hello-fails"), None, "the hole explains it");
        assert_eq!(verdict.headline.contains("but large packets vanish"), way == Way::Up, "{}", verdict.headline);
        let (hole, whole) = if way == Way::Up { (found.up, found.down) } else { (found.down, found.up) };
        assert_eq!((hole.passes, hole.fails, hole.limit), (Some(1350), Some(1351), Limit::BlackHole));
        assert_eq!((whole.passes, whole.fails, whole.limit), (Some(1500), None, Limit::None));
    }
}

#[test]
fn a_path_that_carries_all_takes_one_walk_more() {
    let Some(bed) = narrow(1500) else { return };
    let (survey, verdict) = probed(&bed, false, |plan| plan.mtu = true);
    let found = survey.path().mtu.expect("sizes were looked for");
    assert_eq!((found.up.limit, found.down.limit), (Limit::None, Limit::None), "{found:?}");
    let sized = survey.walks.iter().filter(|walk| walk.variant.to_string().starts_with("up-")).count();
    assert_eq!((sized, verdict.outcome), (1, Outcome::Gate), "{}", verdict.headline);
}

#[test]
fn a_clamped_mss_is_no_hole() {
    let Some(bed) = narrow(1300) else { return };
    bed.router(0).firewall(Rule::clamp_mss()).expect("a rule");
    bed.router(1).firewall(Rule::clamp_mss()).expect("a rule");
    let (survey, verdict) = probed(&bed, false, |plan| plan.mtu = true);
    let found = survey.path().mtu.expect("sizes were looked for");
    assert_eq!((found.up.passes, found.down.passes), (Some(1300), Some(1300)), "{found:?}");
    assert_eq!((found.up.limit, found.down.limit), (Limit::OtherSide, Limit::OtherSide), "{found:?}");
    assert!(finding(&verdict, "path.mss-clamped").is_some(), "{verdict:?}");
    assert_eq!(verdict.outcome, Outcome::Gate, "{}", verdict.headline);
}

#[test]
fn the_head_of_a_flight_that_is_missing_is_seen_by_its_tail() {
    let Some(bed) = narrow(1400) else { return };
    for router in [bed.router(0), bed.router(1)] {
        router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
    }
    let (_, verdict) = probed(&bed, false, |plan| plan.experiments = false);
    assert_eq!(finding(&verdict, "path.head-missing"), Some(Certainty::Likely), "{verdict:?}");
    assert_eq!(finding(&verdict, "path.mtu-black-hole"), None);
}

#[test]
fn a_server_that_falls_silent_midway_is_no_black_hole() {
    let Some(bed) = narrow(1500) else { return };
    let half = server().with(Step::Tls, Act::Half);
    let (survey, verdict) = probed_at(&bed, false, half, |plan| plan.mtu = true);
    let stop = survey.baseline().expect("a walk").stop.as_ref().expect("a stop");
    assert_eq!((stop.phase, &stop.cause), (Phase::Tls, &Cause::Silence), "{}", verdict.headline);
    assert!(stop.partial.is_some_and(|bytes| bytes > 0), "{}", verdict.headline);
    let tried: Vec<String> = survey.walks.iter().map(|walk| walk.variant.to_string()).collect();
    for experiment in ["mss-536", "control"] {
        assert!(tried.iter().any(|variant| variant == experiment), "{tried:?}");
    }
    for code in ["path.mtu-black-hole", "path.head-missing"] {
        assert_eq!(finding(&verdict, code), None, "{verdict:?}");
    }
}

#[test]
fn a_device_that_resets_large_packets_is_no_black_hole() {
    let device = Forger { at: At::Larger(900), ..Forger::default() }.middlebox();
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::link(Impairment::default()).with(device)])) else {
        return;
    };
    let (_, verdict) = probed(&bed, false, |_| {});
    assert_eq!(finding(&verdict, "path.segment-size-matters"), Some(Certainty::Likely), "{verdict:?}");
    assert!(verdict.headline.ends_with("passes as `mss-536`"), "{}", verdict.headline);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_client_hello_that_fails_is_told_from_one_whose_content_does() {
    for (when, code, other) in [
        (When::LongHello, "tls.long-hello-fails", "tls.hello-content-matters"),
        (When::LongNewHello, "tls.hello-content-matters", "tls.long-hello-fails"),
    ] {
        let mut scenario = Scenario::find("tls12").expect("a scenario").with(Step::Tls, Act::Reset);
        scenario.acts_when = Some(when);
        let Probed { survey, verdict, connections } = probe_with(scenario, |plan| plan.mtu = true).await;
        let sent: Vec<String> = survey.walks.iter().map(|walk| walk.variant.to_string()).collect();
        let hellos = sent.iter().filter(|variant| variant.contains("hello")).collect::<Vec<_>>();
        assert_eq!(hellos, ["hello-6000", "hello-1100", "hello-2200", "other-hello-1100", "other-hello-2200"]);
        assert_eq!(finding(&verdict, code), Some(Certainty::Likely), "{when:?}: {verdict:?}");
        assert_eq!(finding(&verdict, other), None, "{when:?}");
        // All but the datagrams.
        assert_eq!((verdict.outcome, connections.len()), (Outcome::Gate, sent.len() - 1), "{}", verdict.headline);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_search_for_sizes_keeps_to_what_the_plan_announces() {
    let mut announced = 0;
    let scenario = Scenario::find("tls12").expect("a scenario");
    let probed = probe_with(scenario, |plan| {
        plan.mtu = true;
        announced = preview(plan).iter().map(|line| line.at_most).sum::<u32>();
    })
    .await;
    let sent: Vec<String> = probed.survey.walks.iter().map(|walk| walk.variant.to_string()).collect();
    let hellos = sent.iter().filter(|variant| variant.contains("hello")).collect::<Vec<_>>();
    assert_eq!(hellos, ["hello-6000"]);
    assert!(u32::try_from(sent.len()).expect("few") <= announced, "{sent:?}");
}
