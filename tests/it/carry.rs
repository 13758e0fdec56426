//! The static binary, in a root directory that holds nothing else.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::command::{carried, document, stderr, stdout};

/// A root directory with the binary in it, and these files.
fn root(files: &[(&str, &str)]) -> TempDir {
    // Beside the binary, so that it need not be copied.
    let root = tempfile::tempdir_in(carried().parent().expect("a folder")).expect("a root directory");
    fs::hard_link(carried(), root.path().join("rdp-probe")).expect("a link");
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    root
}

/// Runs the binary in there.
fn inside(root: &Path, target: &str) -> Output {
    let mut unshare = Command::new("unshare");
    unshare.arg("--map-root-user").arg("--root").arg(root).args(["/rdp-probe", target, "--json", "--skip", "udp"]);
    unshare.output().expect("unshare runs")
}

/// What readelf says of the binary.
fn elf(flag: &str) -> String {
    let said = Command::new("readelf").args(["--wide", flag]).arg(carried()).output().expect("readelf runs");
    assert!(said.status.success(), "{}", stderr(&said));
    stdout(&said).to_owned()
}

#[test]
fn a_static_binary_asks_for_no_loader_and_no_library() {
    let (headers, dynamic) = (elf("--program-headers"), elf("--dynamic"));
    assert!(headers.contains("LOAD") && !headers.contains("INTERP"), "{headers}");
    assert!(!dynamic.contains("NEEDED"), "{dynamic}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_binary_finds_the_same_in_an_empty_root_directory() {
    for (name, outcome, phase, code) in [("healthy", "gate", None, 0), ("key-unusable", "stopped", Some("tls"), 1)] {
        let server = LabServer::start(Scenario::find(name).expect("a scenario")).await.expect("a lab server");
        let target = server.address.to_string();
        let output = spawn_blocking(move || inside(root(&[]).path(), &target)).await.expect("it runs");
        assert_eq!((output.status.code(), stderr(&output)), (Some(code), ""), "{name}");
        let verdict = &document(&output)["verdict"];
        assert_eq!((verdict["outcome"].as_str(), verdict["stop"]["phase"].as_str()), (Some(outcome), phase), "{name}");
    }
}

#[test]
fn without_a_resolver_names_stop_in_resolve_and_say_what_to_look_at() {
    let output = inside(root(&[]).path(), "srv.example");
    assert_eq!((output.status.code(), stderr(&output)), (Some(1), ""));
    let finding = &document(&output)["verdict"]["findings"][0];
    assert_eq!(finding["rule"], "resolve.resolver-failed", "{finding}");
    assert!(finding["advice"].to_string().contains("/etc/resolv.conf"), "{finding}");
}

#[test]
fn names_come_from_the_hosts_file_and_no_library_of_the_system_is_loaded() {
    let files = [("etc/hosts", "127.0.0.1 srv.example\n"), ("etc/nsswitch.conf", "hosts: fatal files\n")];
    let root = root(&files);
    // Whoever loads this library dies of it.
    let (source, library) = (root.path().join("fatal.c"), root.path().join("lib/libnss_fatal.so.2"));
    fs::write(&source, "__attribute__((constructor)) static void load(void) { __builtin_trap(); }\n").expect("a file");
    fs::create_dir(root.path().join("lib")).expect("a folder");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-nostdlib", "-fPIC", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().expect("cc runs").success());

    let output = inside(root.path(), "srv.example:1");
    assert_eq!((output.status.code(), stderr(&output)), (Some(1), ""));
    let walk = &document(&output)["walks"][0];
    assert_eq!((&walk["reached"], &walk["stop"]["phase"]), (&"resolve".into(), &"connect".into()), "{walk}");
}
