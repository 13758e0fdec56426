//! How large UDP datagrams pass, on paths of our own: what routers say, and what becomes of fragments.

use std::net::IpAddr;
use std::process::Command;

use rdp_lab::bed::net::{Bed, Hook, Icmp, Rule, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use serde_json::Value;

use crate::command::{binary, document};

/// A path on which only the middle wire is narrow.
fn narrow(mtu: u16) -> Option<Bed> {
    or_skip(Bed::new([Wire::default(), Wire::mtu(mtu), Wire::default()]))
}

/// What a user without privileges finds, to the end of `connect`.
fn probed(bed: &Bed, target: IpAddr) -> Value {
    let mut command = Command::new(binary());
    command.args([&target.to_string(), "--mtu", "--json", "--until", "connect"]);
    document(&bed.client().output(unprivileged(&mut command)).expect("rdp-probe runs"))
}

/// The rules that hold and speak of sizes.
fn rules(report: &Value) -> Vec<&str> {
    let findings = report["verdict"]["findings"].as_array().expect("findings");
    let rules = findings.iter().filter_map(|finding| finding["rule"].as_str());
    rules.filter(|rule| rule.starts_with("path.")).collect()
}

#[test]
fn the_router_that_complains_is_named_with_its_size_and_the_target_answers_that_one() {
    let Some(bed) = narrow(1300) else { return };
    for (target, router) in bed.server().addresses().into_iter().zip(bed.router(0).addresses()) {
        let report = probed(&bed, target);
        let found = &report["path"]["datagrams"];
        assert_eq!((&found["interface"], &found["passes"]), (&1500.into(), &1300.into()), "{found}");
        assert_eq!(found["told"], serde_json::json!([{ "from": router.to_string(), "mtu": 1300 }]));
        assert_eq!(found["fragments"], "pass");
        assert_eq!(rules(&report), ["path.mtu-signalled"]);
    }
}

#[test]
fn a_path_that_carries_all_is_answered_at_once_and_takes_seven_packets_at_most() {
    let Some(bed) = narrow(1500) else { return };
    for target in bed.server().addresses() {
        let count = bed.client().firewall(Rule::count().udp().at(Hook::Output)).expect("a rule");
        let report = probed(&bed, target);
        let found = &report["path"]["datagrams"];
        assert_eq!((&found["passes"], found["told"].as_array().map(Vec::len)), (&1500.into(), Some(0)), "{found}");
        assert_eq!((&found["fragments"], rules(&report)), (&"pass".into(), Vec::new()));
        // A datagram in two fragments counts twice.
        assert!(count.packets().expect("a count") <= 7);
    }
}

#[test]
fn silence_is_unknown_and_never_passes() {
    let Some(bed) = narrow(1500) else { return };
    bed.server().firewall(Rule::drop().udp().at(Hook::Input)).expect("a rule");
    let report = probed(&bed, bed.server().v4.into());
    let found = &report["path"]["datagrams"];
    assert_eq!((found.get("passes"), &found["fragments"]), (None, &"unknown".into()), "{found}");
    assert_eq!(rules(&report), [""; 0]);
}

#[test]
fn without_icmp_from_routers_nothing_is_claimed_of_fragments() {
    let Some(bed) = narrow(1300) else { return };
    for router in [bed.router(0), bed.router(1)] {
        router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
    }
    for target in bed.server().addresses() {
        let report = probed(&bed, target);
        let found = &report["path"]["datagrams"];
        assert_eq!((found.get("passes"), &found["fragments"]), (None, &"unknown".into()), "{found}");
        assert_eq!(rules(&report), [""; 0]);
    }
}

#[test]
fn fragments_that_a_firewall_drops_are_told() {
    let Some(bed) = narrow(1500) else { return };
    bed.router(0).firewall(Rule::drop().fragments()).expect("a rule");
    for target in bed.server().addresses() {
        let report = probed(&bed, target);
        assert_eq!(report["path"]["datagrams"]["fragments"], "dropped", "{}", report["path"]);
        assert_eq!(rules(&report), ["path.fragments-dropped"]);
    }
}

#[test]
fn a_target_that_limits_its_answers_is_not_mistaken_for_a_dropper_of_fragments() {
    let Some(bed) = narrow(1500) else { return };
    // One answer, and no more.
    let mute = Rule::mute(Icmp::Unreachable).narrow("numgen inc mod 100 > 0");
    bed.server().firewall(mute).expect("a rule");
    let report = probed(&bed, bed.server().v4.into());
    let found = &report["path"]["datagrams"];
    assert_eq!((&found["passes"], &found["fragments"]), (&1500.into(), &"unknown".into()), "{found}");
}
