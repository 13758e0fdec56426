//! The way that packets leave, where the user chose one: an address or an interface of ours, and no other.

use std::process::Command;

use rdp_lab::bed::net::{Bed, Lab, Rule, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use rdp_lab::scenario::Scenario;
use serde_json::Value;

use crate::command::{binary, document, run, stderr};

/// A server at the other end of a wire.
fn server(bed: &Bed) -> Lab {
    bed.server().lab(Scenario::find("udp-healthy").expect("a scenario")).expect("a server")
}

/// What a user without privileges finds of it, and the exit code.
fn probed(bed: &Bed, lab: &Lab, ipv6: bool, more: &[&str]) -> (Value, Option<i32>) {
    let target = if ipv6 { lab.v6 } else { lab.v4 }.to_string();
    let mut command = Command::new(binary());
    command.args([&target, "--json", "--timeout", "1s", "--no-experiments"]).args(more);
    let output = bed.client().output(unprivileged(&mut command)).expect("rdp-probe runs");
    (document(&output), output.status.code())
}

#[test]
fn the_address_that_was_chosen_is_the_one_that_the_server_sees() {
    let Some(bed) = or_skip(Bed::new([Wire::default()])) else { return };
    bed.client().ip("addr add 10.99.0.77/24 dev server").expect("another address");
    // From any other address nothing gets through.
    bed.server().firewall(Rule::drop().narrow("meta nfproto ipv4 ip saddr != 10.99.0.77")).expect("a rule");
    let (report, code) = probed(&bed, &server(&bed), false, &["--source", "10.99.0.77"]);
    assert_eq!((code, &report["run"]["source"]["address"]), (Some(0), &"10.99.0.77".into()));
    assert_eq!(report["path"]["udp"]["outlook"], "helps", "{}", report["path"]);
}

#[test]
fn the_interface_that_was_chosen_is_the_only_one() {
    let Some(bed) = or_skip(Bed::new([Wire::default()])) else { return };
    let lab = server(&bed);
    for ipv6 in [false, true] {
        let (report, code) = probed(&bed, &lab, ipv6, &["-I", "server"]);
        assert_eq!((code, &report["run"]["source"]["interface"]), (Some(0), &"server".into()));
        // The target is not behind this one.
        let (report, code) = probed(&bed, &lab, ipv6, &["-I", "lo"]);
        assert_eq!((code, &report["verdict"]["stop"]["phase"]), (Some(1), &"connect".into()));
    }
}

#[test]
fn a_kdc_is_not_asked_past_what_the_user_wants_to_go_through() {
    for (flag, through) in [("--proxy", "socks5://127.0.0.1:1"), ("--via-command", "command nowhere")] {
        let value = through.strip_prefix("command ").unwrap_or(through);
        let output = run(&[flag, value, "--user", "alice@ZORG", "--kdc", "127.0.0.1", "127.0.0.1:1"]);
        let said = format!("the KDC is asked directly, never through `{through}`: leave out --kdc");
        assert_eq!(output.status.code(), Some(2), "{flag}");
        assert!(stderr(&output).contains(&said), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_way_of_ours_is_one_clear_line() {
    for (arguments, said, code) in [
        (["-I", "no-such-if", "127.0.0.1:1"], "`no-such-if` is no network interface of this host", 2),
        (["-S", "not-an-address", "127.0.0.1:1"], "invalid value 'not-an-address'", 2),
        (["-S", "::1", "127.0.0.1:1"], "from ::1 no packet goes to `127.0.0.1:1`: another family", 2),
        (["-S", "192.0.2.1", "127.0.0.1:1"], "`192.0.2.1` is no address of this host", 2),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
