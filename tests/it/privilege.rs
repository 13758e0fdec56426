//! The command with all privileges and with none, on the same paths: it comes to the same end, and says what it could
//! not see.

use std::process::Command;
use std::thread;

use rdp_lab::bed::net::{Bed, Icmp, Rule, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use rdp_lab::scenario::Scenario;
use serde_json::{Value, json};

use crate::capture::readable;
use crate::command::{binary, document, stderr};
use crate::sizes;

#[test]
fn without_privilege_every_walk_ends_where_it_does_with_it() {
    let (_folder, copy) = readable();
    let find = |name| Scenario::find(name).expect("a scenario");
    thread::scope(|scope| {
        for (server, mtu, wanted) in [
            (find("nla-required"), 1500, json!(["gate", null, null])),
            (find("key-unusable"), 1500, json!(["stopped", "tls", "reset"])),
            (find("hello-silent"), 1500, json!(["stopped", "tls", "silence"])),
            (find("request-silent"), 1500, json!(["stopped", "negotiate", "silence"])),
            (sizes::server(), 1400, json!(["stopped", "tls", "silence"])),
        ] {
            let copy = &copy;
            scope.spawn(move || {
                let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::mtu(mtu), Wire::default()])) else { return };
                for router in [bed.router(0), bed.router(1)] {
                    router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
                }
                let name = server.name.clone();
                let lab = bed.server().lab(server).expect("a server");
                let target = lab.v4.to_string();
                let run = |command: &mut Command| {
                    let output = bed.client().output(command.args([&target, "--json", "--timeout", "500ms"]));
                    let output = output.expect("rdp-probe runs");
                    assert_eq!(stderr(&output), "");
                    (document(&output), output.status.code())
                };
                let (seeing, code) = run(&mut Command::new(binary()));
                let (blind, blind_code) = run(unprivileged(&mut Command::new(copy)));
                assert_eq!((end(&seeing), end(&blind), blind_code), (wanted.clone(), wanted, code), "{name}");
                assert_eq!(seeing["run"]["blind"], json!([]), "{name}");
                let reason = json!([{ "sense": "capture", "reason": "needs CAP_NET_RAW" }]);
                assert_eq!(blind["run"]["blind"], reason, "{name}");
                let clocks = [&seeing, &blind].map(|report| &report["path"]["latency"]["round_trip"]["source"]);
                assert_eq!(clocks, ["wire", "kernel"], "{name}");
            });
        }
    });
}

/// What came of it: the outcome, and where and how the walk stopped.
fn end(report: &Value) -> Value {
    let stop = &report["walks"][0]["stop"];
    json!([report["verdict"]["outcome"], stop["phase"], stop["cause"]])
}
