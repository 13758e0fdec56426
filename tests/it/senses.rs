//! What the kernel tells while connecting, in network namespaces of our own: a firewall's reject is not a refusal, and
//! neither is a silence.

use std::process::Command;

use rdp_lab::bed::net::{Bed, Hook, Reject, Rule, Wire};
use rdp_lab::bed::or_skip;
use serde_json::Value;

use crate::command::{binary, document};

/// Runs the probe at the beginning of a path.
fn probe(bed: &Bed, target: &str) -> Value {
    let output = bed.client().output(Command::new(binary()).args([target, "--json", "--timeout", "1s"]));
    let output = output.expect("rdp-probe runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    document(&output)
}

/// Runs the probe on a host whose own firewall follows a rule.
fn probe_behind(rule: Rule, target: &str) -> Option<Value> {
    let bed = or_skip(Bed::new([]))?;
    bed.client().firewall(rule.at(Hook::Input).narrow("tcp dport 3389")).expect("a rule");
    Some(probe(&bed, target))
}

#[test]
fn a_firewalls_reject_is_not_a_refusal() {
    for (target, kind, code) in [("127.0.0.1", 3, 13), ("::1", 1, 1)] {
        let Some(report) = probe_behind(Rule::reject(Reject::AdminProhibited), target) else { return };
        let stop = &report["walks"][0]["stop"];
        assert_eq!(stop["cause"], "unreachable", "{stop}");
        assert_eq!((stop["icmp"]["type"].as_u64(), stop["icmp"]["code"].as_u64()), (Some(kind), Some(code)), "{stop}");
        assert_eq!(stop["icmp"]["from"], target);
        assert_eq!(report["verdict"]["stop"]["who"], "peer");
        assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.rejected-by-host");
        // In a namespace of our own we may capture: the message is seen on the wire too, with what it quotes.
        let tape = report["walks"][0]["tape"].as_array().expect("a tape");
        let syn = tape.iter().find(|entry| entry["event"] == "frame").expect("our SYN");
        let seen = tape.iter().find(|entry| !entry["quoted"].is_null()).expect("the message on the wire");
        assert_eq!((&seen["icmp"], &seen["quoted"]["seq"]), (&stop["icmp"], &syn["seq"]));
        assert_eq!(seen["quoted"]["length"], syn["length"]);
    }
}

#[test]
fn a_routers_reject_is_the_paths() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    let router = bed.router(0);
    router.firewall(Rule::reject(Reject::AdminProhibited).tcp_port(3389)).expect("a rule");
    for (target, from) in bed.server().addresses().into_iter().zip(router.addresses()) {
        let report = probe(&bed, &target.to_string());
        let stop = &report["walks"][0]["stop"];
        assert_eq!(stop["cause"], "unreachable", "{stop}");
        assert_eq!(stop["icmp"]["from"], from.to_string());
        assert_eq!(report["verdict"]["stop"]["who"], "path");
        assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.rejected");
    }
}

#[test]
fn a_port_unreachable_is_not_a_refusal_either() {
    let Some(report) = probe_behind(Rule::reject(Reject::PortUnreachable), "127.0.0.1") else { return };
    assert_eq!(report["walks"][0]["stop"]["cause"], "unreachable");
}

#[test]
fn a_dropped_syn_is_a_silence() {
    let Some(report) = probe_behind(Rule::drop(), "127.0.0.1") else { return };
    assert_eq!(report["walks"][0]["stop"]["cause"], "silence");
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.silence");
}

#[test]
fn a_reset_is_a_refusal() {
    let Some(report) = probe_behind(Rule::reject(Reject::Reset), "127.0.0.1") else { return };
    assert_eq!(report["walks"][0]["stop"]["cause"], "refused");
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.refused");
}

#[test]
fn no_route_is_said_by_our_own_host() {
    let Some(bed) = or_skip(Bed::new([])) else { return };
    let report = probe(&bed, "192.0.2.1");
    let stop = &report["walks"][0]["stop"];
    assert_eq!((stop["cause"].as_str(), stop["icmp"]["from"].as_str()), (Some("unreachable"), Some("127.0.0.1")));
    assert_eq!((stop["icmp"].get("type"), report["verdict"]["stop"]["who"].as_str()), (None, Some("local")));
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.no-route");
}

#[test]
fn a_neighbour_that_does_not_answer_is_missed_by_our_own_host() {
    let Some(bed) = or_skip(Bed::new([Wire::default()])) else { return };
    for family in ["ipv4", "ipv6"] {
        // By default it takes three seconds, and the walk gives up before.
        bed.client().sysctl(&format!("net/{family}/neigh/server/retrans_time_ms"), "20").expect("a parameter");
    }
    for (target, own) in [("10.99.0.77", "127.0.0.1"), ("fd99::77", "::1")] {
        let report = probe(&bed, target);
        let stop = &report["walks"][0]["stop"];
        assert_eq!((stop["cause"].as_str(), stop["icmp"]["from"].as_str()), (Some("unreachable"), Some(own)), "{stop}");
        assert_eq!((stop["icmp"].get("type"), report["verdict"]["stop"]["who"].as_str()), (None, Some("local")));
        assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.no-route");
    }
}
