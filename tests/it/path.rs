//! What is measured of the path agrees with the tapes, and with what a firewall of our own drops.

use std::process::Command;
use std::time::Duration;

use rdp_lab::bed;
use rdp_lab::scenario::Scenario;
use rdp_probe::evidence::Source;
use rdp_probe::phase::Phase;
use rdp_probe::plan::Until;
use rdp_probe::survey::Survey;
use rdp_probe::sys::TcpInfo;
use rdp_probe::verdict::diagnose;
use rdp_probe::walk::Walk;

use crate::command::{binary, document};
use crate::lab::probe_with;

async fn twenty() -> Survey {
    let healthy = Scenario::find("healthy").expect("a scenario");
    probe_with(healthy, |plan| (plan.count, plan.interval, plan.until) = (20, Duration::ZERO, Until::Gate)).await.survey
}

fn kernels(survey: &Survey) -> impl Iterator<Item = &TcpInfo> {
    // The other walks are no repeats, and are not measured.
    let entries = survey.repeats().flat_map(|walk| walk.tape.entries());
    entries.filter_map(|(_, entry)| entry.event.kernel())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_walks_have_the_times_and_counts_of_their_tapes() {
    let survey = twenty().await;
    let path = survey.path();
    let round_trip = path.latency.round_trip.expect("the kernel measures round trips");
    assert_eq!(round_trip.source, Source::Kernel);
    assert_eq!(Some(round_trip.least_us), kernels(&survey).filter_map(|info| info.min_rtt_us).min());
    assert_eq!(round_trip.repeats.map(|spread| spread.n), Some(19), "the first stands apart");

    let (resolve, phases) = path.latency.phases.split_first().expect("phases");
    assert_eq!((resolve.phase, &resolve.timing.repeats), (Phase::Resolve, &None), "the name is resolved once");
    for measured in phases {
        let took = |walk: &Walk| {
            let (enter, leave) = walk.tape.span(measured.phase).expect("a phase that passed");
            u64::try_from((leave - enter).as_micros()).expect("a short phase")
        };
        let took_us: Vec<u64> = survey.repeats().map(took).collect();
        let (first, took_us) = took_us.split_first().expect("twenty walks");
        let spread = measured.timing.repeats.as_ref().expect("repeats");
        assert_eq!(measured.timing.first_us, Some(*first), "{}", measured.phase);
        assert_eq!((spread.min_us, spread.max_us), (*took_us.iter().min().unwrap(), *took_us.iter().max().unwrap()));
        assert!(took_us.iter().filter(|us| **us <= spread.median_us).count() >= 10, "{spread:?}");
        assert_eq!((spread.n, spread.p95_us), (19, None));
    }
    let phases: Vec<Phase> = path.latency.phases.iter().map(|measured| measured.phase).collect();
    assert_eq!(phases, survey.walks[0].tape.passed().collect::<Vec<_>>());

    let last = || survey.walks.iter().filter_map(|walk| walk.tape.kernel(walk.reached()?));
    let count = |pick: fn(&TcpInfo) -> Option<u32>| last().filter_map(pick).sum::<u32>();
    let (syn, data) = (path.loss.tcp_syn.expect("SYNs were sent"), path.loss.tcp_data.expect("data was sent"));
    assert_eq!((syn.k, syn.n), (0, u32::try_from(survey.walks.len()).unwrap()));
    // A busy machine may probe for a tail that was never lost; the peer then says that it held it.
    assert_eq!((data.again.k, data.again.n), (count(|info| info.retransmits), count(|info| info.data_segs_out)));
    assert_eq!(data.upstream.map(|share| share.k), Some(0));
    assert!(!diagnose(&survey).findings.iter().any(|finding| finding.rule == "path.loss"));
}

/// Every other SYN is dropped, so that each is sent twice. The rule counts in a namespace of its own.
#[test]
fn syns_that_a_firewall_drops_are_counted_and_told() {
    let (probe, lab) = (binary().display(), env!("CARGO_BIN_EXE_rdp-lab"));
    let folder = tempfile::tempdir().expect("a folder");
    // The lab's first line says that it listens.
    let said = folder.path().join("said");
    let said = said.display();
    let script = format!(
        "set -e\n\
         ip link set lo up\n\
         nft add table inet lab\n\
         nft add chain inet lab input '{{ type filter hook input priority 0; }}'\n\
         nft add rule inet lab input 'tcp dport 3389 tcp flags & (syn|ack) == syn numgen inc mod 2 == 0 counter drop'\n\
         mkfifo '{said}'\n\
         '{lab}' serve healthy --listen 127.0.0.1:3389 2>'{said}' & lab=$!\n\
         trap 'kill $lab' EXIT\n\
         exec 3<'{said}'\n\
         read -r listening <&3\n\
         '{probe}' 127.0.0.1 --json -c 2 -i 0 --skip udp\n\
         nft list table inet lab >&2"
    );
    let output = Command::new("unshare").args(["--net", "--map-root-user", "sh", "-c", &script]).output();
    let Some(output) = bed::or_skip(output.map_err(|source| bed::Error::Io { what: "run unshare", source })) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = document(&output);
    let walks = report["walks"].as_array().expect("walks").len();
    assert!(said.contains(&format!("counter packets {walks} ")), "{said}");
    let syn = &report["path"]["loss"]["tcp_syn"];
    assert_eq!((syn["k"].as_u64(), syn["n"].as_u64()), (Some(walks as u64), Some(2 * walks as u64)), "{syn}");
    assert_eq!(report["path"]["loss"]["tcp_data"]["upstream"]["k"], 0);
    let findings = report["verdict"]["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| finding["rule"] == "path.loss"), "{findings:?}");
}
