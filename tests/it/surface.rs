//! What users and scripts touch: arguments, streams, exit codes, documents.

use std::fs;
use std::process::{Command, Stdio};

use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::fact;
use rdp_probe::phase::Phase;
use rdp_probe::stop::CauseKind;
use rdp_probe::verdict::rules;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::command::{binary, document, run, stderr, stdout};

/// A lab server of an embedded scenario, and its address as an argument.
async fn lab(name: &str) -> (LabServer, String) {
    let server = LabServer::start(Scenario::find(name).expect("a scenario")).await.expect("a lab server");
    let address = server.address.to_string();
    (server, address)
}

/// Where a document breaks the checked-in schema.
fn violations(document: &Value) -> Vec<String> {
    let schema = serde_json::from_str(include_str!("../../fixtures/report.schema.json")).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    schema.iter_errors(document).map(|error| error.to_string()).collect()
}

/// Runs the command beside the lab's runtime.
async fn probe(arguments: &[&str]) -> std::process::Output {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let run = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.expect("it runs")
}

#[test]
fn what_cannot_run_gets_one_clear_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let empty = file("empty.rdp", "screen mode id:i:2\n");
    let itself = file("itself.rdp", "full address:s:itself.rdp\nserver port:i:0\n");
    let no_report = file("no-report.json", "{}");
    let newer = file("newer.json", r#"{"schema": 99}"#);
    for (arguments, said) in [
        (&["srv:0"][..], "`0` in `srv:0` is no port"),
        (&["srv:65536"], "`65536` in `srv:65536` is no port"),
        (&["a host"], "`a host` is no host"),
        (&["[::1"], "`[::1` is no host"),
        (&["fe80::1%nowhere0"], "`nowhere0` in `fe80::1%nowhere0` is no network interface of this host"),
        (&["-4", "::1"], "`::1` is not an address of the family asked for"),
        (&["/nonexistent/lab.rdp"], "cannot read `/nonexistent/lab.rdp`"),
        (&[&empty], "has no `full address` line"),
        (&[&itself], "is no port: a port is a number from 1 to 65535"),
        (&["127.0.0.1:1", "--timeout", "0"], "it must be more than 0"),
        (&["127.0.0.1:1", "--deadline", "0s"], "it must be more than 0"),
        (&["127.0.0.1:1", "--sni", "192.0.2.1"], "cannot stand in a ClientHello"),
        (&["fe80::1%9999"], "is no network interface of this host"),
        (&["compare", "/nonexistent/a.json", "/nonexistent/b.json"], "cannot read `/nonexistent/a.json`"),
        (&["127.0.0.1:1", "--out", "/nonexistent/report.json"], "cannot write `/nonexistent/report.json`"),
        (&["127.0.0.1:1", "--out", "/"], "cannot write `/`"),
        (&["127.0.0.1:1", "--until", "tea"], "`tea` is no phase"),
        (&["127.0.0.1:1", "--follow"], "--follow needs --until ready"),
        (&["127.0.0.1:1", "--cookie", "a\r\nb"], "no control characters"),
        (&["127.0.0.1:1", "--timeout", "soon"], "a duration is a number with a unit"),
        (&["127.0.0.1:1", "--no-such-flag"], "unexpected argument"),
        (&["diagnose", "/nonexistent.json"], "cannot read `/nonexistent.json`"),
        (&["diagnose", &no_report], "no `schema` number"),
        (&["diagnose", &newer], "schema 99"),
        (&["explain", "gibberish"], "`gibberish` is no code"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        let first = stderr(&output).lines().next().unwrap_or_default();
        assert!(first.starts_with("error: ") && first.contains(said), "{arguments:?}: {first}");
    }
}

#[test]
fn json_on_stdout_is_one_document_whatever_happens() {
    for (arguments, code) in [
        (&["srv:0", "--json"][..], 2),
        (&["--json", "--no-such-flag", "srv"], 2),
        (&["--json", "nosuch.invalid"], 1),
        (&["--json", "127.0.0.1:1"], 1),
        (&["--json", "127.0.0.1:1", "--out", "/nonexistent/x"], 2),
        (&["--json", "--plan", "127.0.0.1:1"], 0),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        let document = document(&output);
        assert_eq!(document["schema"], 1, "{arguments:?}");
        if !arguments.contains(&"--plan") {
            assert_eq!(violations(&document), Vec::<String>::new(), "{arguments:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_resolve_is_a_stop_with_the_resolvers_own_words() {
    let output = probe(&["--json", "nosuch.invalid"]).await;
    let refusal = &document(&output)["walks"][0]["stop"]["refusal"];
    assert_eq!(refusal["kind"], "resolver");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_obeys_the_schema_and_is_diagnosed_alike() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["nla-required", "key-unusable", "rdp-only", "tls10-only", "speaks-ssh", "credssp-declined"] {
        let (server, address) = lab(name).await;
        let path = folder.path().join(name);
        let path = path.to_str().unwrap();
        let output = probe(&[&address, "--out", path]).await;
        drop(server);
        let saved: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(violations(&saved), Vec::<String>::new(), "{name}");
        let again = run(&["diagnose", path, "--json"]);
        assert_eq!(document(&again)["verdict"], saved["verdict"], "{name}");
        assert_eq!(again.status.code(), output.status.code(), "{name}");
        assert_eq!(stdout(&run(&["diagnose", path])), stdout(&output), "{name}");
        let headline = saved["verdict"]["headline"].as_str().unwrap();
        assert_eq!(stdout(&output).lines().next(), Some(headline), "{name}");
        assert!(stdout(&output).lines().all(|line| line.chars().count() <= 100), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_printed_and_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let output = probe(&["--plan", &address]).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("authentication messages"));
    // Whatever the command had sent would wait in the listener's queue by now.
    let mut accepted = std::pin::pin!(listener.accept());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(accepted.as_mut().poll(&mut context).is_pending());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_prints_what_was_learned() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let child = Command::new(binary())
        .args([&address, "--timeout", "60s", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut peer, _) = listener.accept().await.unwrap();
    let mut request = [0; 16];
    peer.read_exact(&mut request).await.unwrap();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report = document(&output);
    assert_eq!(report["run"]["interrupted"], true);
    assert_eq!(report["walks"][0]["reached"], "connect");
    assert_eq!(report["verdict"]["outcome"], "inconclusive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_never_stops_sending_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // An X.224 selection of TLS, then handshake records that make no end, to whoever connects.
    let server = tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut request, mut sent) = ([0; 1024], 0);
                let confirm = [3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 1, 0, 0, 0];
                let empty = [22, 3, 3, 0, 4, 0, 0, 0, 0].repeat(1000);
                if peer.read(&mut request).await.is_ok_and(|count| count > 0) {
                    let mut said = tokio::io::AsyncWriteExt::write_all(&mut peer, &confirm).await;
                    while said.is_ok() && sent < 1 << 30 {
                        said = tokio::io::AsyncWriteExt::write_all(&mut peer, &empty).await;
                        sent += empty.len();
                    }
                }
            });
        }
    });
    let output = probe(&["--json", &address, "--timeout", "500ms", "--deadline", "2s"]).await;
    server.abort();
    let report = document(&output);
    assert!(report["run"]["took_us"].as_u64().unwrap() < 2_500_000, "{}", report["run"]);
    assert_eq!(report["walks"][0]["reached"], "negotiate");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_leads_to_is_replaced_and_not_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("report.json"), folder.path().join("latest"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let output = run(&["127.0.0.1:1", "--out", link.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().contains("\"schema\": 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_deadline_cuts_short_is_no_fault() {
    let (_server, address) = lab("request-silent").await;
    let output = probe(&["--json", &address, "--timeout", "10s", "--deadline", "300ms", "--skip", "udp"]).await;
    assert_eq!(output.status.code(), Some(3));
    let report = document(&output);
    assert_eq!(
        (&report["run"]["deadline_reached"], &report["verdict"]["findings"]),
        (&true.into(), &Value::Array(vec![]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_comes_and_goes_is_told_as_k_of_n() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Every third connection is closed unanswered; the others are answered with a failure, in the protocol.
    let server = tokio::spawn(async move {
        for turn in 0..9 {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            assert!(peer.read(&mut request).await.unwrap() > 0);
            if turn % 3 != 0 {
                let failure = [3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0, 3, 0, 8, 0, 3, 0, 0, 0];
                tokio::io::AsyncWriteExt::write_all(&mut peer, &failure).await.unwrap();
            }
        }
    });
    let output = probe(&["--json", &address, "--count", "9", "--interval", "0"]).await;
    server.await.unwrap();
    let verdict = &document(&output)["verdict"];
    assert_eq!(verdict["runs"]["by"][0]["count"], 6);
    assert_eq!(verdict["runs"]["by"][1]["count"], 3);
    assert!(verdict["headline"].as_str().unwrap().contains("9 of 9"), "{verdict}");
    assert!(verdict["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "run.intermittent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_names_a_gateway_says_that_mstsc_goes_another_way() {
    let (_server, address) = lab("nla-required").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.rdp");
    fs::write(&path, format!("full address:s:{address}\ngatewayhostname:s:gw.example\ngatewayusagemethod:i:1\n"))
        .unwrap();
    let output = probe(&[path.to_str().unwrap()]).await;
    assert!(stdout(&output).contains("mstsc goes another way than this probe"), "{}", stdout(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn redacted_reports_hold_no_name_and_no_address() {
    let (_server, address) = lab("nla-required").await;
    let open = probe(&["--json", &address, "--label", "from-the-vpn"]).await;
    assert_eq!(violations(&document(&open)), Vec::<String>::new());
    let redacted = probe(&["--json", &address, "--label", "from-the-vpn", "--redact"]).await;
    let ntlm = &document(&open)["walks"][0]["phases"][4]["facts"]["ntlm"];
    let names = ["netbios_computer", "dns_computer", "dns_domain"].map(|name| ntlm[name].as_str().expect("a name"));
    for secret in names.into_iter().chain(["127.0.0.1", "from-the-vpn"]) {
        assert!(stdout(&open).contains(secret), "{secret} is not even in the open report");
        assert!(!stdout(&redacted).contains(secret), "{secret}");
    }
    assert_eq!(violations(&document(&redacted)), Vec::<String>::new());
}

#[test]
fn everything_that_has_a_name_is_explained() {
    let phases = Phase::ALL.iter().map(|phase| phase.id().to_owned());
    let causes = CauseKind::ALL.iter().map(|cause| cause.id().to_owned());
    let rules = rules::all().map(|rule| rule.code.to_owned());
    let codes = ["0x904", "2308", "904", "0x904/0x7", "0x7/0x904", "0x516", "36870"];
    let codes = codes.into_iter().chain(["ERRINFO_LICENSE_NO_LICENSE", "STATUS_LOGON_FAILURE"]);
    let words: Vec<String> = phases.chain(causes).chain(rules).chain(codes.map(str::to_owned)).collect();
    for word in &words {
        let output = run(&["explain", word]);
        assert_eq!(output.status.code(), Some(0), "{word}: {}", stderr(&output));
        assert!(stdout(&output).contains("what it is"), "{word}: {}", stdout(&output));
    }
}

#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let mut child = Command::new(binary()).args(["explain", "0x904", "0x7"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_registry_of_facts_stands_in_the_schema() {
    let schema = include_str!("../../fixtures/report.schema.json");
    for fact in fact::registry() {
        let leaf = fact.name.rsplit('.').next().unwrap();
        assert!(schema.contains(&format!("\"{leaf}\"")), "{}.{} is not in the schema", fact.phase, fact.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_several_targets_are_read_back_line_by_line() {
    let (_one, first) = lab("nla-required").await;
    let (_two, second) = lab("key-unusable").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.json");
    let path = path.to_str().unwrap();
    let output = probe(&[&first, &second, "--out", path]).await;
    assert_eq!(output.status.code(), Some(1), "the worst of both");
    let again = run(&["diagnose", path]);
    assert_eq!((again.status.code(), stdout(&again)), (Some(1), stdout(&output)));
}
