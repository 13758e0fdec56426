//! Where on the path packets are lost, on paths of our own: three hops, of which one loses or is silent.

use std::process::Command;
use std::thread;

use rdp_lab::bed::net::{Bed, Fate, Hook, Icmp, Impairment, Passage, Reject, Rule, Segment, Way, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_probe::clock::Clock;
use rdp_probe::evidence::{Event, Probe, Senses};
use rdp_probe::path::hops::{MOST, Part, loss};
use rdp_probe::path::{Hop, HopKind};
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Attempt, Until};
use rdp_probe::report::{Report, redact};
use rdp_probe::stop::Cause;
use rdp_probe::survey::{self, Ended, Survey};
use rdp_probe::verdict::diagnose;
use rdp_probe::walk::{Variant, Walk};
use rdp_probe::wire::Halt;
use serde_json::Value;
use tokio::sync::watch;

use crate::command::{binary, document};

/// Looks for hops on the way to the server of a bed.
fn hops(bed: &Bed, ipv6: bool) -> Survey {
    let lab = bed.server().lab(Scenario::find("nla-required").expect("a scenario")).expect("a server");
    let address = if ipv6 { lab.v6 } else { lab.v4 };
    bed.client().block_on(|| async move {
        let mut plan = probe::plan(address);
        (plan.until, plan.hops) = (Until::Phase(Phase::Connect), true);
        (plan.timeout, plan.deadline) = (plan.deadline, plan.deadline * 3);
        probe::run(&plan).await
    })
}

/// A path of so many links, of which one loses every other packet on its way up.
fn lossy(links: usize, lossy: usize) -> Option<Bed> {
    let lossy_link = || Wire::link_ways(Impairment::loss(0.5, 1), Impairment::default());
    or_skip(Bed::new((0..links).map(|link| if link == lossy { lossy_link() } else { Wire::default() })))
}

/// The same in both families, side by side: whoever gets no answer waits.
fn both(test: impl Fn(bool) + Sync) {
    thread::scope(|scope| {
        for ipv6 in [false, true] {
            let test = &test;
            scope.spawn(move || test(ipv6));
        }
    });
}

fn seen(hops: &[Hop]) -> Vec<(u8, HopKind)> {
    hops.iter().map(|hop| (hop.ttl, hop.kind)).collect()
}

/// The finding about the loss, if there is one.
fn found(survey: &Survey) -> Vec<String> {
    let findings = diagnose(survey).findings.into_iter().map(|finding| finding.rule);
    findings.filter(|rule| rule.starts_with("path.loss-")).collect()
}

#[test]
fn a_path_without_loss_is_told_hop_by_hop_and_costs_the_target_three_connections() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default(), Wire::default()])) else { return };
    for ipv6 in [false, true] {
        let syns = bed.server().firewall(Rule::count().at(Hook::Input).narrow("tcp flags & (syn|ack) == syn"));
        let survey = hops(&bed, ipv6);
        let hops = survey.path().hops;
        let kinds = [(1, HopKind::Router), (2, HopKind::Router), (3, HopKind::Target)];
        assert_eq!(seen(&hops), kinds, "{hops:?}");
        for (hop, host) in hops.iter().zip([bed.router(0), bed.router(1), bed.server()]) {
            assert_eq!(hop.addresses, [host.addresses()[usize::from(ipv6)]]);
            assert_eq!((hop.answered.k, hop.answered.n), (3, 3));
            assert!(hop.least_us <= hop.median_us && hop.least_us.is_some());
        }
        assert_eq!(found(&survey), [""; 0]);
        // More than three where the target takes so long that the climb goes on meanwhile.
        let probes = count(&survey, |event| matches!(event, Event::Probe { probe: Probe::Syn { ttl: 3.. }, .. }));
        let syns = syns.expect("a rule").packets().expect("a count");
        assert_eq!(
            usize::try_from(syns).expect("few"),
            1 + probes,
            "the walk's own SYN, and those that reach the target"
        );
    }
}

#[test]
fn loss_on_the_second_hop_alone_is_put_there_and_agrees_with_the_links_own_count() {
    both(|ipv6| {
        let Some(bed) = lossy(4, 1) else { return };
        let survey = hops(&bed, ipv6);
        let hops = survey.path().hops;
        let loss = loss(&hops).unwrap_or_else(|| panic!("loss is found in {hops:?}"));
        assert_eq!((loss.after.map(|hop| hop.ttl), loss.at.ttl, loss.part), (Some(1), 2, Part::Between), "{hops:?}");
        assert_eq!(found(&survey), ["path.loss-from-hop"]);
        // Of what the link delivered, an answer that is a second late counts as none too: the link is a thread.
        assert!(unanswered(&survey) >= lost(&bed), "{hops:?}");
    });
}

#[test]
fn loss_on_the_first_hop_is_ours_and_on_the_last_alone_the_hosts() {
    thread::scope(|scope| {
        for (link, rule) in [(0, "path.loss-from-first-hop"), (2, "path.loss-at-host")] {
            scope.spawn(move || {
                let Some(bed) = lossy(3, link) else { return };
                let survey = hops(&bed, false);
                assert_eq!(found(&survey), [rule], "{:?}", survey.path().hops);
            });
        }
    });
}

#[test]
fn a_syn_that_nobody_answers_shows_by_itself_how_far_packets_come() {
    for (toward, rule, finding, hop) in [
        ("silence", Rule::drop(), "connect.silent-behind-hop", 2),
        ("unreachable", Rule::reject(Reject::AdminProhibited), "connect.rejected-at-hop", 2),
    ] {
        let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default(), Wire::default()])) else { return };
        bed.router(1).firewall(rule.tcp_port(3389)).expect("a rule");
        for ipv6 in [false, true] {
            let target = bed.server().addresses()[usize::from(ipv6)].to_string();
            let run = |more: &[&str]| {
                let mut command = Command::new(binary());
                command.args([&target, "--json", "--skip", "udp", "--timeout", "500ms"]).args(more);
                document(&bed.client().output(unprivileged(&mut command)).expect("rdp-probe runs"))
            };
            let report = run(&[]);
            assert_eq!(report["walks"][0]["stop"]["cause"], toward);
            assert_eq!(report["walks"][1]["variant"], "hops");
            let answered: Vec<u64> = report["path"]["hops"].as_array().expect("hops").iter().map(asked).collect();
            assert!(answered.len() <= 2 + 5 && answered.iter().all(|asked| *asked == 1), "each once: {answered:?}");
            let router = bed.router(1).addresses()[usize::from(ipv6)];
            let says = said(&report, finding);
            assert!(says.contains(&format!("is hop {hop} ({router})")), "{says}");
            assert_eq!(run(&["--no-experiments"])["walks"].as_array().map(Vec::len), Some(1));
        }
    }
}

/// How often a hop was asked.
fn asked(hop: &Value) -> u64 {
    hop["answered"]["n"].as_u64().expect("a count")
}

/// What the first evidence of a finding says.
fn said(report: &Value, rule: &str) -> String {
    let findings = report["verdict"]["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["rule"] == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not among {findings:?}"));
    finding["evidence"][0]["says"].as_str().expect("a text").to_owned()
}

/// How many such events are on the tape of the walk that looked for hops.
fn count(survey: &Survey, pick: fn(&Event) -> bool) -> usize {
    let (_, walk) = survey.variant(Variant::Hops).expect("the walk");
    walk.tape.0.iter().filter(|entry| pick(&entry.event)).count()
}

/// The SYNs that were sent for their fate and got no answer.
fn unanswered(survey: &Survey) -> usize {
    count(survey, |event| matches!(event, Event::Probe { .. })) - count(survey, |event| event.answer().is_some())
}

/// The SYNs with few hops to go that the second link lost.
fn lost(bed: &Bed) -> usize {
    let passages = bed.link(1).passages();
    let up = passages.iter().filter(|passage| passage.way == Way::Up && passage.fate == Fate::Lost);
    let stepped = |segment: &Segment| segment.syn && segment.ttl < MOST;
    up.filter(|passage| Segment::read(&passage.packet).as_ref().is_some_and(stepped)).count()
}

#[test]
fn with_the_second_hop_silent_the_loss_is_put_between_the_first_and_the_third() {
    both(|ipv6| {
        let Some(bed) = lossy(4, 1) else { return };
        bed.router(1).firewall(Rule::mute(Icmp::TimeExceeded)).expect("a rule");
        let survey = hops(&bed, ipv6);
        let hops = survey.path().hops;
        assert_eq!(hops.get(1).map(|hop| (hop.kind, hop.lost)), Some((HopKind::Silent, None)), "{hops:?}");
        let loss = loss(&hops).unwrap_or_else(|| panic!("loss is found in {hops:?}"));
        assert_eq!((loss.after.map(|hop| hop.ttl), loss.at.ttl), (Some(1), 3), "{hops:?}");
    });
}

#[test]
fn a_router_that_limits_its_answers_is_not_accused() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default(), Wire::default()])) else { return };
    // Every second answer.
    let mute = Rule::mute(Icmp::TimeExceeded).narrow("numgen inc mod 2 0");
    bed.router(1).firewall(mute).expect("a rule");
    let survey = hops(&bed, false);
    let hops = survey.path().hops;
    assert!(hops[1].answered.k < hops[1].answered.n && hops[1].kind == HopKind::Router, "{hops:?}");
    assert_eq!((loss(&hops), found(&survey)), (None, Vec::new()));
}

#[test]
fn a_target_that_is_silent_leaves_the_loss_unknown() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    bed.server().firewall(Rule::drop().at(Hook::Input).narrow("tcp dport 3389")).expect("a rule");
    let target = bed.server().v4.to_string();
    let output = bed.client().output(Command::new(binary()).args([&target, "--hops", "--json", "--timeout", "1s"]));
    let report = document(&output.expect("rdp-probe runs"));
    let kinds = kinds(&report);
    assert_eq!(kinds.first().map(String::as_str), Some("router"), "{kinds:?}");
    assert!(kinds.len() > 1 && kinds.iter().skip(1).all(|kind| kind == "silent"), "{kinds:?}");
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.silence");
}

#[test]
fn a_climb_that_is_cut_keeps_what_was_answered_by_then() {
    let link = Wire::link(Impairment::default());
    let Some(bed) = or_skip(Bed::new([link, Wire::default(), Wire::default()])) else { return };
    let lab = bed.server().lab(Scenario::find("nla-required").expect("a scenario")).expect("a server");
    // The walk passes, and what expires on the way finds nobody behind the second hop.
    bed.server().firewall(Rule::drop().at(Hook::Input).narrow("ip ttl < 30")).expect("a rule");
    let mut plan = probe::plan(lab.v4);
    (plan.until, plan.hops) = (Until::Phase(Phase::Connect), true);
    let (wish, wished) = watch::channel(false);
    let survey = thread::scope(|scope| {
        scope.spawn(|| {
            let climbing = |passage: &Passage| Segment::read(&passage.packet).is_some_and(|syn| syn.ttl == 4);
            bed.link(0).wait_until(|passages| passages.iter().any(climbing));
            wish.send(true).expect("a probe that listens");
        });
        bed.client().block_on(|| async {
            survey::run(&plan, &mut Senses::default(), &Clock::start(), &Halt::new(wished), |_, _| {}).await
        })
    });
    assert_eq!(survey.ended, Ended::Interrupted);
    let hops = survey.path().hops;
    assert_eq!(seen(&hops)[..2], [(1, HopKind::Router), (2, HopKind::Router)], "{hops:?}");
    assert!(hops.iter().skip(2).all(|hop| hop.kind == HopKind::Silent), "{hops:?}");
}

#[test]
fn a_packet_that_never_left_our_own_host_makes_no_silent_hop() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    let lab = bed.server().lab(Scenario::find("nla-required").expect("a scenario")).expect("a server");
    for (address, routes) in lab.addresses().into_iter().zip(["route del 0.0.0.0/0", "route del ::/0"]) {
        let mut plan = probe::plan(address);
        (plan.until, plan.hops) = (Until::Phase(Phase::Connect), true);
        let (_wish, wished) = watch::channel(false);
        let survey = bed.client().block_on(|| async {
            let announce = |attempt: &Attempt, _: &[Walk]| {
                if attempt.variant == Variant::Hops {
                    bed.client().ip(routes).expect("a route to take away");
                }
            };
            survey::run(&plan, &mut Senses::default(), &Clock::start(), &Halt::new(wished), announce).await
        });
        let (_, walk) = survey.variant(Variant::Hops).expect("the walk");
        let cause = walk.stop.as_ref().map(|stop| &stop.cause);
        assert!(matches!(cause, Some(Cause::Local { error, .. }) if error.contains("unreachable")), "{cause:?}");
        assert_eq!(survey.path().hops, []);
    }
}

#[test]
fn a_user_without_privileges_sees_the_same_and_so_does_a_saved_report() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    let lab = bed.server().lab(Scenario::find("nla-required").expect("a scenario")).expect("a server");
    for address in lab.addresses() {
        let mut command = Command::new(binary());
        command.args([&address.to_string(), "--hops", "--json"]);
        let report = bed.client().output(unprivileged(&mut command)).expect("rdp-probe runs");
        let (kinds, report) = (kinds(&document(&report)), String::from_utf8_lossy(&report.stdout).into_owned());
        assert_eq!(kinds, ["router", "target"]);
        let mut read = Report::read(&report).expect("a report");
        let hops = serde_json::to_value(read.survey.path().hops).expect("hops");
        assert_eq!(hops, serde_json::from_str::<Value>(&report).expect("JSON")["path"]["hops"]);
        redact(&mut read);
        assert_eq!(seen(&read.survey.path().hops), [(1, HopKind::Router), (2, HopKind::Target)]);
        let redacted = serde_json::to_string(&read).expect("JSON");
        for router in bed.router(0).addresses() {
            assert!(!redacted.contains(&router.to_string()), "{redacted}");
        }
    }
}

fn kinds(report: &Value) -> Vec<String> {
    let hops = report["path"]["hops"].as_array().expect("hops");
    hops.iter().map(|hop| hop["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[test]
fn the_hops_stand_in_columns() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    let _lab = bed.server().lab(Scenario::find("nla-required").expect("a scenario")).expect("a server");
    let target = bed.server().v4.to_string();
    let output = bed.client().output(Command::new(binary()).args([&target, "--hops", "--until", "connect"]));
    let text = String::from_utf8(output.expect("rdp-probe runs").stdout).expect("UTF-8");
    let (_, table) = text.split_once("HOPS: ").expect("a section");
    let lines: Vec<&str> = table.lines().skip(1).take(4).collect();
    for (line, begins) in lines.iter().zip([
        "                          answered     min  median  lost",
        "   1  10.99.0.2             3 of 3",
        "   2  10.99.1.2 (target)    3 of 3",
        "  no loss that every later hop bears out",
    ]) {
        assert!(line.starts_with(begins), "{line:?} is not {begins:?} in\n{text}");
    }
    let ends: Vec<usize> = lines.iter().take(3).map(|line| line.chars().count()).collect();
    assert!(ends.iter().all(|end| *end == ends[0]), "{text}");
}
