//! The file of `--evidence`: what was heard on the wire, or what the socket said where nobody may listen, as tshark reads
//! it; and secrets on request alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rdp_lab::bed;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;

use crate::capture::{as_nobody, senses};
use crate::command::{binary, run, stderr, stdout};

/// What tshark reads in a file, a line a packet, when it takes what is on this port for a protocol.
fn tshark(file: &Path, port: u16, taken_for: &str, fields: &[&str]) -> Option<Vec<String>> {
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(file).args(["-d", &format!("tcp.port=={port},{taken_for}"), "-T", "fields"]);
    let output = tshark.args(fields.iter().flat_map(|field| ["-e", *field])).output();
    let missing = |_| bed::Error::Missing { program: "tshark".to_owned() };
    let output = bed::or_skip(output.map_err(missing))?;
    assert!(output.status.success(), "{}", stderr(&output));
    Some(stdout(&output).lines().map(str::to_owned).collect())
}

/// Runs the command against a scenario's server and gives the file that it wrote.
async fn evidence(scenario: &str, more: &'static [&str]) -> (Vec<u8>, tempfile::TempDir, u16) {
    let server = LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seen.pcapng");
    let (address, file) = (server.address.to_string(), path.clone());
    let run = move || Command::new(binary()).arg(address).args(more).arg("--evidence").arg(file).output();
    let output = tokio::task::spawn_blocking(run).await.expect("a thread").expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output).contains("can read what was said inside TLS"), more.contains(&"--evidence-keys"));
    let port = server.address.port();
    server.finish().await;
    (fs::read(&path).expect("a file"), folder, port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_evidence_is_read_by_tshark_and_opened_by_the_keys_that_were_asked_for() {
    if senses().is_none() {
        return;
    }
    let (_, folder, port) = evidence("nla-required", &["--evidence-keys"]).await;
    let file = folder.path().join("seen.pcapng");
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    let told = tshark(&file, port, "tpkt", &["_ws.col.Info", "frame.packet_flags_direction"]);
    let Some(told) = told else { return };
    assert!(told.iter().any(|line| line.contains("Negotiate Request") && line.contains("0x00000002")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("Negotiate Response") && line.contains("0x00000001")), "{told:?}");
    assert_eq!(decrypted(&file, port), Some(true), "the keys do not open it");

    let (bytes, folder, port) = evidence("nla-required", &[]).await;
    assert!(!bytes.windows(14).any(|window| window == b"TRAFFIC_SECRET"), "a secret that nobody asked for");
    assert_eq!(decrypted(&folder.path().join("seen.pcapng"), port), Some(false));
}

/// Whether tshark sees what lies inside TLS. That TLS begins in mid-connection it must be told.
fn decrypted(file: &Path, port: u16) -> Option<bool> {
    Some(tshark(file, port, "tls", &["_ws.col.Protocol"])?.iter().any(|protocol| protocol == "CredSSP"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_saw_is_made_from_the_sockets_bytes_and_says_so() {
    let server = LabServer::start(Scenario::find("credssp-reset").expect("a scenario")).await.expect("a lab server");
    let address = server.address.to_string();
    let run = move || as_nobody(&[&address, "--quiet", "--evidence", "blind.pcapng"]);
    let (output, folder) = tokio::task::spawn_blocking(run).await.expect("it runs");
    assert_eq!((stderr(&output), output.status.code()), ("", Some(1)));
    let port = server.address.port();
    server.finish().await;
    let lines = tshark(&folder.path().join("blind.pcapng"), port, "tpkt", &["_ws.col.Info", "frame.comment"]);
    let Some(lines) = lines else { return };
    assert!(lines[0].contains("mstshash=rdp-probe") && lines[1].contains("Negotiate Response"), "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("synthesised from the bytes")), "{lines:?}");
}

#[test]
fn keys_and_a_password_do_not_go_together() {
    let output = run(&["127.0.0.1", "--evidence", "/dev/null", "--evidence-keys", "--user", "alice"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cannot be used with"), "{}", stderr(&output));
}
