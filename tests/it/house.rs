//! The house's own rules, read off the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rdp_lab::scenario::Scenario;
use rdp_probe::verdict::rules;

/// Each module may use those before it.
const ARROWS: &[&str] = &[
    "clock",
    "phase",
    "fact",
    "stop",
    "sys",
    "evidence",
    "wire",
    "target",
    "codes",
    "walk",
    "path",
    "credentials",
    "plan",
    "pairing",
    "phases",
    "handshake",
    "udp",
    "survey",
    "verdict",
    "expect",
    "report",
    "compare",
    "fleet",
    "cli",
];

/// A file of so many lines is too long.
const LONG: usize = 400;

/// Rules that no scenario of the lab can play, and the test that exercises each: its file, or its snapshot, names the
/// rule.
const ELSEWHERE: &[(&str, &str)] = &[
    ("run.intermittent", "repeats_are_walks_like_the_first_and_tell_how_often"),
    ("run.detour", "a_target_behind_a_gateway_is_reached_another_way_by_mstsc"),
    ("run.local", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("resolve.no-such-name", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("resolve.resolver-failed", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("resolve.silence", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("proxy.not-reached", "a_proxy_that_is_not_there_says_nothing_of_the_target"),
    ("proxy.declined", "every_refusal_of_a_proxy_is_told_by_its_name"),
    ("proxy.unusable", "a_proxy_that_lies_is_told_in_its_own_phase_and_in_time"),
    ("connect.rejected", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("connect.rejected-by-host", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("connect.no-route", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("connect.address-differs", "addresses_of_one_name_that_do_not_behave_alike_are_told"),
    ("run.ended-early", "an_end_sooner_than_a_round_trip_was_not_caused_by_our_request"),
    ("run.ended-by-path", "an_end_that_a_router_forged_is_never_the_servers"),
    ("run.ended-by-peer", "an_end_of_the_servers_own_is_never_the_paths"),
    ("connect.false-open", "what_accepts_far_quicker_than_anything_is_answered_is_a_relay"),
    ("path.loss", "syns_that_a_firewall_drops_are_counted_and_told"),
    ("path.loss-from-first-hop", "loss_on_the_first_hop_is_ours_and_on_the_last_alone_the_hosts"),
    ("path.loss-from-hop", "loss_on_the_second_hop_alone_is_put_there_and_agrees_with_the_links_own_count"),
    ("path.loss-at-host", "loss_on_the_first_hop_is_ours_and_on_the_last_alone_the_hosts"),
    ("connect.silent-behind-hop", "a_syn_that_nobody_answers_shows_by_itself_how_far_packets_come"),
    ("connect.rejected-at-hop", "a_syn_that_nobody_answers_shows_by_itself_how_far_packets_come"),
    ("path.ended-at-hop", "an_end_is_put_to_the_hop_where_it_is_forged"),
    ("path.ended-at-host", "an_end_that_the_host_makes_is_put_to_no_hop"),
    ("path.fragments-dropped", "fragments_that_a_firewall_drops_are_told"),
    ("tls.library-refused", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("path.mtu-black-hole", "a_black_hole_is_named_and_certain_beside_a_control_that_failed_again"),
    ("path.head-missing", "the_head_of_a_flight_that_is_missing_is_seen_by_its_tail"),
    ("path.segment-size-matters", "a_device_that_resets_large_packets_is_no_black_hole"),
    ("path.mtu-signalled", "a_router_that_says_so_is_no_black_hole"),
    ("path.mss-clamped", "a_clamped_mss_is_no_hole"),
    ("tls.long-hello-fails", "a_long_client_hello_that_fails_is_told_from_one_whose_content_does"),
    ("tls.hello-content-matters", "a_long_client_hello_that_fails_is_told_from_one_whose_content_does"),
    ("run.other-address-passes", "another_address_that_passes_is_found_after_a_stop"),
    ("credssp.kerberos-not-taken", "a_server_that_takes_ntlm_alone_is_no_proxy"),
    ("tls.silence-at-hello", "every_step_times_every_act"),
    ("tls.silence-midway", "every_step_times_every_act"),
    ("credssp.alert", "an_end_that_the_lab_cannot_play_is_told_by_its_rule"),
    ("credssp.mode-not-supported", "a_server_that_does_not_do_what_is_insisted_on_gets_no_proof"),
    ("credssp.kdc-unreachable", "a_kdc_that_is_not_there_is_told_with_its_address"),
    ("udp.silent", "a_silent_server_is_no_finding_against_it_and_changes_nothing_over_tcp"),
    ("udp.no-listener", "where_nobody_listens_the_host_says_so"),
    ("udp.prohibited", "udp_that_a_router_rejects_is_told_with_its_address"),
    ("udp.size-black-hole", "each_state_of_udp_has_its_finding"),
    ("udp.rate-limited", "a_limit_on_the_rate_is_told_from_loss"),
    ("udp.loss", "loss_that_tcp_does_not_have_is_told"),
    ("udp.slower", "a_slower_way_for_datagrams_is_told"),
    ("udp.forgotten-when-idle", "a_nat_that_forgets_is_told"),
    ("udp.garbled", "an_answer_that_is_none_is_told_by_its_field"),
    ("udp.no-tls", "each_state_of_udp_has_its_finding"),
    ("udp.certificate-differs", "each_state_of_udp_has_its_finding"),
    ("udp.second-answer", "each_state_of_udp_has_its_finding"),
    ("udp.tunnel-failed", "a_tunnel_that_fails_is_told_to_the_server_and_the_session_comes_up"),
];

#[test]
fn no_module_uses_one_to_its_right() {
    let source = workspace().join("probe/src");
    let backward: Vec<String> = files(&source).into_iter().flat_map(|file| backward_uses(&source, &file)).collect();
    assert!(backward.is_empty(), "\n{}\n", backward.join("\n"));
}

#[test]
fn every_module_has_its_place_among_the_arrows() {
    let source = workspace().join("probe/src");
    let modules: BTreeSet<String> = files(&source).iter().map(|file| module(&source, file)).collect();
    let placed: BTreeSet<String> = ARROWS.iter().chain(&["lib", "main"]).map(|name| (*name).to_owned()).collect();
    assert_eq!(modules, placed);
}

#[test]
fn the_probe_never_uses_the_lab() {
    for file in files(&workspace().join("probe")).iter().chain(&files(&workspace().join("packets"))) {
        assert!(!read(file).contains("rdp_lab"), "{}", file.display());
    }
}

#[test]
fn platform_code_lives_in_sys_alone() {
    let source = workspace().join("probe/src");
    let own = |file: &PathBuf| module(&source, file) == "sys" || file.ends_with("cli/signals.rs");
    let marks = ["libc::", "::unix::", "std::os::"];
    let platform = |file: &PathBuf| !own(file) && marks.iter().any(|mark| read(file).contains(mark));
    let elsewhere: Vec<PathBuf> = files(&source).into_iter().filter(platform).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = ["packets", "probe", "tests"]
        .iter()
        .flat_map(|folder| files(&workspace().join(folder)))
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines >= LONG)
        .map(|(lines, file)| format!("{lines} lines: {}", file.display()))
        .collect();
    assert!(long.is_empty(), "\n{}\n", long.join("\n"));
}

#[test]
fn git_knows_every_file_that_the_build_needs() {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(workspace());
    let output = git.output().expect("git runs");
    // Outside a checkout git lists nothing, and there is nothing to forget.
    let checkout = workspace().join(".git").exists();
    assert!(output.status.success() || !checkout, "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).expect("git speaks UTF-8");
    let known: BTreeSet<PathBuf> = listed.lines().map(|line| workspace().join(line)).collect();
    let sources = ["packets", "probe", "tests"].iter().flat_map(|folder| files(&workspace().join(folder)));
    let forgotten: Vec<PathBuf> = sources.filter(|file| checkout && !known.contains(file)).collect();
    assert!(forgotten.is_empty(), "git ignores {forgotten:?}");
}

#[test]
fn every_rule_is_exercised() {
    let played: BTreeSet<String> =
        Scenario::all().flat_map(|scenario| scenario.expect("a scenario reads").expect.findings).collect();
    let tests: Vec<String> = ["probe", "tests"]
        .iter()
        .flat_map(|folder| files(&workspace().join(folder)))
        .filter(|file| !file.ends_with("house.rs"))
        .map(|file| read(&file))
        .collect();
    for (code, test) in ELSEWHERE {
        let file = tests.iter().find(|text| text.contains(&format!("fn {test}(")));
        let file = file.unwrap_or_else(|| panic!("{code}: no test is named {test}"));
        let named = file.contains(&format!("\"{code}\"")) || snapshot(test).contains(code);
        assert!(named, "{code} is not named where {test} stands");
    }
    let idle: Vec<&str> = rules::all()
        .map(|rule| rule.code)
        .filter(|code| !played.contains(*code) && !ELSEWHERE.iter().any(|(elsewhere, _)| elsewhere == code))
        .collect();
    assert!(idle.is_empty(), "no scenario expects {idle:?}");
    let unknown: Vec<&String> = played.iter().filter(|code| rules::find(code).is_none()).collect();
    assert!(unknown.is_empty(), "scenarios expect {unknown:?}, which are no rules");
}

/// What a test's snapshot holds; nothing where it has none.
fn snapshot(test: &str) -> String {
    let snapshots = fs::read_dir(workspace().join("tests/it/snapshots")).expect("the snapshots");
    let paths = snapshots.map(|entry| entry.expect("an entry").path());
    let mut own = paths.filter(|path| path.to_string_lossy().ends_with(&format!("__{test}.snap")));
    own.next().map(|path| read(&path)).unwrap_or_default()
}

/// The modules that a file uses though they stand to the right of its own.
fn backward_uses(source: &Path, file: &Path) -> Vec<String> {
    let place = |name: &str| ARROWS.iter().position(|arrow| *arrow == name);
    let Some(own) = place(&module(source, file)) else { return Vec::new() };
    let text = read(file);
    // A comment may speak of anything.
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let later =
        code.split("crate::").skip(1).flat_map(used).filter(|used| place(used).is_some_and(|place| place > own));
    later.map(|used| format!("{}: `{used}` comes later", file.display())).collect()
}

/// The modules that a path behind `crate::` names: one, or a list in braces.
fn used(path: &str) -> Vec<&str> {
    let name = |path| str::split(path, |c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    match path.strip_prefix('{') {
        Some(list) => list.split('}').take(1).flat_map(|list| list.split(',')).map(str::trim).map(name).collect(),
        None => vec![name(path)],
    }
}

#[test]
fn a_use_is_read_off_its_path() {
    assert_eq!(used("wire::Wire;"), ["wire"]);
    assert_eq!(used("{stop, walk::Walk};\nuse std::io;"), ["stop", "walk"]);
}

/// The top-level module that a file belongs to.
fn module(source: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(source).expect("a file of the source");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.strip_suffix(".rs").unwrap_or(&first).to_owned()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() && path != workspace().join("target") {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
