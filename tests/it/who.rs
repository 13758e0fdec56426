//! Who ended it: routers that forge ends, and servers that make their own, told apart by their packets.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rdp_lab::author::{self, End};
use rdp_lab::bed::net::{At, Bed, Forger, Wire, unprivileged};
use rdp_lab::bed::or_skip;
use rdp_lab::scenario::Scenario;
use rdp_probe::verdict::{Verdict, Who};
use serde_json::Value;

use crate::command::{binary, document, run, stdout};

/// Meets each end, and holds what was concluded against what there was to be concluded.
fn judged(ends: Vec<End>, rounds: usize) -> Option<Vec<(End, Verdict)>> {
    let met = or_skip(author::meet(ends, rounds))?;
    let wrong = met.iter().filter_map(|(end, verdict)| {
        let Some(stop) = &verdict.stop else { return Some(format!("{end:?}: no stop")) };
        let right = !end.is_wrong(stop.who) && end.due().is_none_or(|due| due == stop.who);
        (!right).then(|| format!("{end:?}: {} {} by {:?}: {}", stop.phase, stop.cause, stop.who, stop.why))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), met.len(), wrong.join("\n"));
    let walks: usize = met.iter().map(|(_, verdict)| verdict.runs.walked).sum();
    assert!(walks >= 100, "{walks}");
    Some(met)
}

/// Whether the rule holds exactly where this is who ended it.
fn cited(met: &[(End, Verdict)], rule: &str, who: Who) -> bool {
    met.iter().all(|(_, verdict)| {
        let holds = verdict.findings.iter().any(|finding| finding.rule == rule);
        holds == verdict.stop.as_ref().is_some_and(|stop| stop.who == who)
    })
}

#[test]
fn an_end_that_a_router_forged_is_never_the_servers() {
    let Some(met) = judged(End::forged(), 1) else { return };
    assert!(cited(&met, "run.ended-by-path", Who::Path));
    let clues = met.iter().filter(|(end, _)| end.has_a_clue());
    let (found, missed): (Vec<_>, Vec<_>) =
        clues.partition(|(_, verdict)| verdict.stop.as_ref().is_some_and(|stop| stop.who == Who::Path));
    assert!(found.len() > missed.len(), "{} were found, and missed {missed:#?}", found.len());
}

#[test]
fn an_end_of_the_servers_own_is_never_the_paths() {
    let Some(met) = judged(End::own(), 2) else { return };
    assert!(cited(&met, "run.ended-by-peer", Who::Peer));
}

#[test]
fn who_may_not_capture_finds_the_same_stop_and_says_why_it_knows_less() {
    // Beside the router's reset comes the server's answer: two signs.
    let forger = Forger { at: At::ClientHello, ttl: 61, swallow: false, ..Forger::default() };
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default().with(forger.middlebox())])) else { return };
    let healthy = Scenario::parse("healthy", "about = ''").expect("an empty scenario");
    let lab = bed.server().lab(healthy).expect("a server");
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let copy = folder.path().join("rdp-probe");
    fs::copy(binary(), &copy).expect("a copy");
    for target in [lab.v4.ip().to_string(), lab.v6.ip().to_string()] {
        let mut command = Command::new(&copy);
        command.args([&target, "--json", "-c", "3", "-i", "0"]).current_dir(folder.path());
        let seen = document(&bed.client().output(&mut command).expect("it runs"));
        let blind = document(&bed.client().output(unprivileged(&mut command)).expect("it runs"));
        let stop =
            |report: &Value| (report["verdict"]["stop"]["phase"].clone(), report["verdict"]["stop"]["cause"].clone());
        assert_eq!(stop(&seen), ("tls".into(), "reset".into()));
        assert_eq!(stop(&blind), stop(&seen));
        let ended =
            |report: &Value| (report["verdict"]["stop"]["who"].clone(), report["verdict"]["stop"]["why"].to_string());
        let (who, why) = ended(&seen);
        assert_eq!(who, "path");
        assert!(why.contains("60, where the host's packets have 63"), "{why}");
        let (who, why) = ended(&blind);
        assert_eq!(who, "unknown");
        assert!(why.contains("for want of a capture (needs CAP_NET_RAW)"), "{why}");
        assert!(blind["verdict"]["not_tested"].to_string().contains("who sent the packet that ended it"));

        // What was saved says the same, to programs and to people.
        let saved = folder.path().join("report.json");
        fs::write(&saved, seen.to_string()).expect("a file");
        let saved = saved.to_str().expect("a path in UTF-8");
        assert_eq!(document(&run(&["diagnose", saved, "--json"]))["verdict"], seen["verdict"]);
        let text = run(&["diagnose", saved]);
        let said = "ended by  something on the way to the host: the RST has";
        assert!(stdout(&text).contains(said), "{}", stdout(&text));
    }
}
