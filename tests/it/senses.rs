//! What the kernel tells while connecting, in network namespaces of our own: a firewall's reject is not a refusal, and
//! neither is a silence.

use std::process::{Command, Output};

use rdp_lab::bed;
use serde_json::Value;

use crate::command::{binary, document};

/// Runs the probe in a namespace of its own, after what `prepare` does there.
fn probe(prepare: &str, target: &str) -> Option<Value> {
    let binary = binary().display();
    let script = format!("set -e\nip link set lo up\n{prepare}\nexec '{binary}' {target} --json --timeout 1s");
    let output = Command::new("unshare").args(["--net", "--map-root-user", "sh", "-c", &script]).output();
    let output: Output = bed::or_skip(output.map_err(|source| bed::Error::Io { what: "run unshare", source }))?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Some(document(&output))
}

/// A firewall that does `verdict` with what comes for the port.
fn firewall(verdict: &str) -> String {
    format!(
        "nft add table inet lab\n\
         nft add chain inet lab input '{{ type filter hook input priority 0; }}'\n\
         nft add rule inet lab input tcp dport 3389 {verdict}"
    )
}

#[test]
fn a_firewalls_reject_is_not_a_refusal() {
    for (target, kind, code) in [("127.0.0.1", 3, 13), ("::1", 1, 1)] {
        let Some(report) = probe(&firewall("reject with icmpx admin-prohibited"), target) else { return };
        let stop = &report["walks"][0]["stop"];
        assert_eq!(stop["cause"], "unreachable", "{stop}");
        assert_eq!((stop["icmp"]["type"].as_u64(), stop["icmp"]["code"].as_u64()), (Some(kind), Some(code)), "{stop}");
        assert_eq!(stop["icmp"]["from"], target);
        assert_eq!(report["verdict"]["stop"]["who"], "peer");
        assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.rejected-by-host");
    }
}

#[test]
fn a_routers_reject_is_the_paths() {
    let Some(report) = probe(include_str!("router.sh"), "10.88.0.9") else { return };
    let stop = &report["walks"][0]["stop"];
    assert_eq!((stop["cause"].as_str(), stop["icmp"]["from"].as_str()), (Some("unreachable"), Some("10.77.0.2")));
    assert_eq!(report["verdict"]["stop"]["who"], "path");
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.rejected");
}

#[test]
fn a_port_unreachable_is_not_a_refusal_either() {
    let Some(report) = probe(&firewall("reject with icmpx port-unreachable"), "127.0.0.1") else { return };
    assert_eq!(report["walks"][0]["stop"]["cause"], "unreachable");
}

#[test]
fn a_dropped_syn_is_a_silence() {
    let Some(report) = probe(&firewall("drop"), "127.0.0.1") else { return };
    assert_eq!(report["walks"][0]["stop"]["cause"], "silence");
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.silence");
}

#[test]
fn a_reset_is_a_refusal() {
    let Some(report) = probe(&firewall("reject with tcp reset"), "127.0.0.1") else { return };
    assert_eq!(report["walks"][0]["stop"]["cause"], "refused");
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.refused");
}

#[test]
fn no_route_is_said_by_our_own_host() {
    let Some(report) = probe(&firewall("accept"), "192.0.2.1") else { return };
    let stop = &report["walks"][0]["stop"];
    assert_eq!((stop["cause"].as_str(), stop["icmp"]["from"].as_str()), (Some("unreachable"), Some("127.0.0.1")));
    assert_eq!((stop["icmp"].get("type"), report["verdict"]["stop"]["who"].as_str()), (None, Some("local")));
    assert_eq!(report["verdict"]["findings"][0]["rule"], "connect.no-route");
}
