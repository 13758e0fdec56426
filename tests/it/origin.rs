//! Where on the path an end is made, on a path of three hops: by routers that forge it at one of them, and by the server.

use std::process::Command;
use std::thread;

use rdp_lab::act::{Act, Step};
use rdp_lab::bed::net::{At, Bed, Forger, Hook, Lab, Rule, Shot, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use rdp_lab::scenario::Scenario;
use serde_json::Value;

use crate::command::{binary, document};

/// The path's wires.
const WIRES: usize = 3;

/// A path with a middlebox on one of its wires, or on none.
fn path(forger: Option<(usize, &Forger)>) -> Option<Bed> {
    let wire = |number| match forger {
        Some((place, forger)) if place == number => Wire::default().with(forger.clone().middlebox()),
        _ => Wire::default(),
    };
    or_skip(Bed::new((0..WIRES).map(wire)))
}

fn server() -> Scenario {
    Scenario::parse("origin", "about = ''").expect("an empty scenario")
}

/// Looks for hops over both families, with privileges and without, and hands over what was found. No run sends more SYNs
/// to the server than it announces.
fn probed(bed: &Bed, lab: &Lab, judge: impl Fn(usize, bool, &Value)) {
    let syns = bed.server().firewall(Rule::count().at(Hook::Input).narrow("tcp flags & (syn|ack) == syn"));
    let syns = syns.expect("a rule");
    for (family, target) in lab.addresses().iter().enumerate() {
        let run = |blind: bool, more: &str| {
            let mut command = Command::new(binary());
            command.args([&target.to_string(), "--hops", "--json", more]);
            document(
                &bed.client().output(if blind { unprivileged(&mut command) } else { &mut command }).expect("it runs"),
            )
        };
        let planned = run(true, "--plan");
        let lines = planned["plan"]["at_most"].as_array().expect("lines");
        let announced: u64 = lines.iter().filter_map(|line| line["at_most"].as_u64()).sum();
        for blind in [false, true] {
            let before = syns.packets().expect("a count");
            let report = run(blind, "--quiet");
            let sent = syns.packets().expect("a count") - before;
            assert!(sent <= announced, "{sent} of {announced}: {report}");
            judge(family, blind, &report);
        }
    }
}

/// The walks of the search.
fn stepped(report: &Value) -> Vec<&str> {
    let walks = report["walks"].as_array().expect("walks");
    walks.iter().filter_map(|walk| walk["variant"].as_str()).filter(|variant| variant.starts_with("ttl-")).collect()
}

fn finding<'a>(report: &'a Value, rule: &str) -> Option<&'a Value> {
    report["verdict"]["findings"].as_array().expect("findings").iter().find(|finding| finding["rule"] == rule)
}

#[test]
fn an_end_is_put_to_the_hop_where_it_is_forged() {
    thread::scope(|scope| {
        for (at, phase) in [(At::ConnectionRequest, "negotiate"), (At::ClientHello, "tls")] {
            for (place, shot) in [(0, Shot::Reset), (1, Shot::Reset), (1, Shot::Fin)] {
                let forger = Forger { at: at.clone(), shot, ..Forger::default() };
                scope.spawn(move || {
                    let Some(bed) = path(Some((place, &forger))) else { return };
                    let lab = bed.server().lab(server()).expect("a server");
                    probed(&bed, &lab, |family, blind, report| {
                        let said = format!("{phase} {place} {shot:?} {family} {blind}: {report}");
                        assert_eq!(stepped(report), ["ttl-2", "ttl-1"], "{said}");
                        let stop = &report["verdict"]["stop"];
                        assert_eq!((&stop["phase"], &stop["who"]), (&phase.into(), &"path".into()), "{said}");
                        let found = finding(report, "path.ended-at-hop").unwrap_or_else(|| panic!("{said}"));
                        assert_eq!(found["certainty"], if blind { "likely" } else { "certain" }, "{said}");
                        let hop = bed.router(place).addresses()[family];
                        let evidence = found["evidence"].to_string();
                        assert!(evidence.contains(&format!("that is hop {} ({hop})", place + 1)), "{said}");
                        assert!(finding(report, "path.ended-at-host").is_none(), "{said}");
                        assert!(finding(report, "run.ended-by-path").is_some(), "{said}");
                    });
                });
            }
        }
    });
}

#[test]
fn an_end_that_the_host_makes_is_put_to_no_hop() {
    thread::scope(|scope| {
        for (step, act) in [
            (Step::Connect, Act::Reset),
            (Step::Connect, Act::Close),
            (Step::Negotiate, Act::Reset),
            (Step::Negotiate, Act::Close),
            (Step::Tls, Act::Reset),
            (Step::Tls, Act::Close),
        ] {
            scope.spawn(move || {
                let Some(bed) = path(None) else { return };
                let lab = bed.server().lab(server().with(step, act.clone())).expect("a server");
                probed(&bed, &lab, |family, blind, report| {
                    let said = format!("{} {act} {family} {blind}: {report}", step.id());
                    assert_eq!(report["verdict"]["stop"]["who"], if blind { "unknown" } else { "peer" }, "{said}");
                    assert!(finding(report, "path.ended-at-hop").is_none(), "{said}");
                    // What ends before anything was said is drawn by no message, as one walk shows.
                    let drawn = step != Step::Connect;
                    assert!(stepped(report).len() <= 1, "{said}");
                    let found = finding(report, "path.ended-at-host");
                    assert_eq!(found.is_some(), drawn, "{said}");
                    let heard = found.is_some_and(|found| found["evidence"].to_string().contains("time exceeded"));
                    assert_eq!(heard, drawn && !blind, "the router's word for it: {said}");
                });
            });
        }
    });
}

#[test]
fn an_end_that_is_forged_right_before_the_host_is_not_told_from_the_hosts_own_by_distance() {
    let forger = Forger { at: At::ClientHello, ..Forger::default() };
    let Some(bed) = path(Some((WIRES - 1, &forger))) else { return };
    let lab = bed.server().lab(server()).expect("a server");
    probed(&bed, &lab, |_, blind, report| {
        assert!(finding(report, "path.ended-at-hop").is_none(), "{report}");
        assert!(finding(report, "path.ended-at-host").is_some(), "{report}");
        assert!(!blind || report["verdict"]["stop"]["who"] == "unknown", "{report}");
    });
}

#[test]
fn an_end_that_comes_and_goes_is_looked_for_at_no_hop() {
    let Some(bed) = path(None) else { return };
    let mut scenario = server().with(Step::Tls, Act::Reset);
    scenario.acts_on = vec![0];
    let lab = bed.server().lab(scenario).expect("a server");
    let target = lab.v4.to_string();
    let output = bed.client().output(Command::new(binary()).args([&target, "--hops", "--json"]));
    let report = document(&output.expect("rdp-probe runs"));
    assert_eq!(report["verdict"]["stop"]["cause"], "reset", "{report}");
    assert_eq!(stepped(&report), [""; 0]);
}
