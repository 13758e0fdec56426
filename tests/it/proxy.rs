//! The way through a proxy or a command: a phase of its own, whatever the proxy says, and nothing claimed of the path.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::socks5::{Host, Reply, ReplyCode, Request};
use serde_json::Value;
use tokio::process::Command;

use crate::command::{binary, document, run, stderr, stdout};

/// The password of a user of the proxy's, and nobody else's.
const PASSWORD: &str = "only-the-proxy-may-know";

/// A target that only the proxy can resolve.
const TARGET: &str = "host-behind.lab.example:3389";

/// A proxy on loopback that does with every connection what it is told.
fn proxy(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + Copy + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A probe that has heard enough closes.
            thread::spawn(move || drop(serve(client)));
        }
    });
    address
}

/// Carries bytes both ways until both sides have closed.
fn relay(client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let carry = |mut from: TcpStream, mut to: TcpStream| {
        // Whoever closes first has heard enough.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let server = TcpStream::connect(server)?;
    let (ours, theirs) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || carry(ours, theirs));
    carry(server, client);
    Ok(())
}

fn take<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads greeting and request for a name as a SOCKS 5 proxy without users does.
fn asked(client: &mut TcpStream) -> io::Result<Request> {
    assert_eq!(take::<3>(client)?, [5, 1, 0]);
    client.write_all(&[5, 0])?;
    request(client)
}

fn request(client: &mut TcpStream) -> io::Result<Request> {
    let head = take::<5>(client)?;
    let mut rest = vec![0; usize::from(head[4]) + 2];
    client.read_exact(&mut rest)?;
    Ok(Request::decode(&[&head[..], &rest].concat()).expect("a request"))
}

fn reply(code: ReplyCode) -> Vec<u8> {
    Reply { code, host: Host::of("192.0.2.9"), port: 40_000 }.to_bytes()
}

/// Reads the header of an HTTP request.
fn header(client: &mut TcpStream) -> io::Result<String> {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        header.extend(take::<1>(client)?);
    }
    Ok(String::from_utf8(header).expect("ASCII"))
}

async fn probe(arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).args(["--json", "--no-experiments"]).env("RDP_PROBE_PROXY_PASSWORD", PASSWORD);
    command.output().await.expect("rdp-probe runs")
}

async fn lab(scenario: &str) -> LabServer {
    LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server")
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let text = |value: &'_ Value, name| value[name].as_str().expect("a text").to_owned().leak() as &str;
    let phases = report["walks"][0]["phases"].as_array().expect("phases");
    phases.iter().map(|step| (text(step, "phase"), text(step, "outcome"))).collect()
}

fn facts(report: &Value) -> &Value {
    let phases = report["walks"][0]["phases"].as_array().expect("phases");
    &phases.iter().find(|step| step["phase"] == "proxy").expect("the phase")["facts"]
}

/// What a report of a walk that came through claims of the path: nothing, and it says so.
fn claims_nothing_of_the_path(report: &Value, via: &str) {
    assert_eq!(report["run"]["via"], via);
    let path = &report["path"];
    assert_eq!((&path["latency"]["round_trip"], &path["latency"]["turn_around"]), (&Value::Null, &Value::Null));
    assert_eq!((&path["mtu"], &path["udp"], &path["hops"]), (&Value::Null, &Value::Null, &Value::Null));
    let not_tested = report["verdict"]["not_tested"].to_string();
    for what in ["who sent a reset", "round trip, loss and hops", "largest packet", "UDP transports"] {
        assert!(not_tested.contains(what) && not_tested.contains(via), "{what} in {not_tested}");
    }
    let walks = report["walks"].as_array().expect("walks");
    assert!(
        walks.iter().all(|walk| !walk["tape"].to_string().contains("\"frame\"")),
        "no packet is taken for the target's"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_socks_proxy_the_name_travels_and_the_gate_is_reached() {
    let lab = lab("nla-required").await;
    let (seen, names) = mpsc::channel();
    let (seen, server): (&'static _, _) = (Box::leak(Box::new(seen)), lab.address);
    let address = proxy(move |mut client| {
        let request = asked(&mut client)?;
        // Nobody may be left to hear it.
        let _ = seen.send(request);
        client.write_all(&reply(ReplyCode::SUCCEEDED))?;
        relay(client, server)
    });
    let via = format!("socks5://{address}");
    let output = probe(&[TARGET, "--proxy", &via, "--mtu", "--hops"]).await;
    let report = document(&output);
    assert_eq!(output.status.code(), Some(0), "{}", report["verdict"]["headline"]);
    let request = names.recv().expect("a request");
    assert_eq!(request, Request { host: Host::Name("host-behind.lab.example".to_owned()), port: 3389 });
    assert_eq!(
        outcomes(&report)[..4],
        [("resolve", "passed"), ("connect", "passed"), ("proxy", "passed"), ("negotiate", "passed")]
    );
    assert_eq!(*facts(&report), serde_json::json!({ "via": via, "asked": TARGET, "bound": "192.0.2.9:40000" }),);
    claims_nothing_of_the_path(&report, &via);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_an_http_proxy_the_gate_is_reached_and_the_text_says_through_what() {
    let lab = lab("nla-required").await;
    let server = lab.address;
    let address = proxy(move |mut client| {
        assert!(header(&mut client)?.starts_with("CONNECT host-behind.lab.example:3389 HTTP/1.1\r\n"));
        client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")?;
        relay(client, server)
    });
    let via = format!("http://{address}");
    let report = document(&probe(&[TARGET, "--proxy", &via]).await);
    assert_eq!(report["verdict"]["outcome"], "gate");
    claims_nothing_of_the_path(&report, &via);
    let output = Command::new(binary()).args([TARGET, "--proxy", &via]).output().await.expect("rdp-probe runs");
    let told = stdout(&output);
    assert!(told.contains(&format!("  through   {via}; all times are those through it\n")), "{told}");
    assert!(told.contains("✓ proxy ") && !told.contains("  path  "), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_the_direct_way_a_proxy_is_a_longer_way_to_the_same_server() {
    let lab = lab("nla-required").await;
    let server = lab.address;
    let address = proxy(move |mut client| {
        header(&mut client)?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        relay(client, server)
    });
    let (target, jump) = (server.to_string(), format!("jump=http://{address}"));
    let command = format!("nc=command:'{}' relay %h:%p", env!("CARGO_BIN_EXE_rdp-lab"));
    let ways = ["--path", "here=default", "--path", &jump, "--path", &command];
    let output = probe(&[&[target.as_str()], &ways[..]].concat()).await;
    let comparison: Value = serde_json::from_str(stdout(&output).lines().last().expect("lines")).expect("JSON");
    assert_eq!((&comparison["alike"], &comparison["diverges"]), (&true.into(), &Value::Null), "{comparison}");
    assert_eq!(comparison["paths"][1]["via"], format!("http://{address}"));
    assert_eq!(comparison["server"]["same"], "yes");
    // Of the way that leads through it nothing is claimed, and nothing held against the direct one.
    let times = comparison["timings"].as_array().expect("times");
    let round_trip = times.iter().find(|timing| timing["what"] == "round_trip").expect("the direct one's");
    assert_eq!((&round_trip["paths"][0]["n"], &round_trip["paths"][1]["n"]), (&1.into(), &0.into()));
    assert!(comparison["path"].as_array().expect("rows").iter().all(|row| row["values"][1] == serde_json::json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_behind_a_proxy_is_nobodys() {
    let lab = lab("hello-closed").await;
    let server = lab.address;
    let address = proxy(move |mut client| {
        header(&mut client)?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        relay(client, server)
    });
    let report = document(&probe(&[TARGET, "--proxy", &format!("http://{address}")]).await);
    let stop = &report["verdict"]["stop"];
    assert_eq!((&stop["phase"], &stop["who"]), (&"tls".into(), &"unknown".into()), "{stop}");
    assert!(stop["why"].as_str().is_some_and(|why| why.contains("through a proxy")), "{stop}");
    assert_eq!(report["walks"][0]["stop"]["rtts"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxys_password_reaches_the_proxy_and_nothing_else() {
    let lab = lab("nla-required").await;
    let server = lab.address;
    let address = proxy(move |mut client| {
        assert_eq!(take::<4>(&mut client)?, [5, 2, 0, 2]);
        client.write_all(&[5, 2])?;
        assert_eq!(take::<5>(&mut client)?, *b"\x01\x03joe");
        let mut password = vec![0; 1 + PASSWORD.len()];
        client.read_exact(&mut password)?;
        let right = &password[1..] == PASSWORD.as_bytes();
        client.write_all(&[1, u8::from(!right)])?;
        request(&mut client)?;
        client.write_all(&reply(ReplyCode::SUCCEEDED))?;
        relay(client, server)
    });
    let folder = tempfile::tempdir().expect("a folder");
    let packets = folder.path().join("walk.pcapng");
    let url = format!("socks5://joe@{address}");
    let output = probe(&[TARGET, "--proxy", &url, "--evidence", packets.to_str().expect("a path")]).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let written = std::fs::read(&packets).expect("packets");
    let hex = PASSWORD.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    for (place, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr), ("the packets", &written)] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!bytes.is_empty() || place == "stderr");
        assert!(!text.contains(PASSWORD) && !text.contains(&hex) && !text.contains("joe"), "it is in {place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_proxy_is_told_by_its_name() {
    for code in ReplyCode::KNOWN.iter().copied().filter(|code| *code != ReplyCode::SUCCEEDED) {
        let address = proxy(move |mut client| {
            asked(&mut client)?;
            client.write_all(&reply(code))
        });
        declines(&format!("socks5://{address}"), &format!("{:#04x}", code.0), &code.to_string()).await;
    }
    let picky = proxy(|mut client| {
        take::<3>(&mut client)?;
        client.write_all(&[5, 0xff])
    });
    declines(&format!("socks5://{picky}"), "0xff", "no acceptable methods").await;
    let strict = proxy(|mut client| {
        take::<4>(&mut client)?;
        client.write_all(&[5, 2])?;
        io::copy(&mut (&client).take(6 + PASSWORD.len() as u64), &mut io::sink())?;
        client.write_all(&[1, 1])
    });
    declines(&format!("socks5://joe@{strict}"), "0x01", "user name or password not accepted").await;
    let denying = proxy(|mut client| {
        header(&mut client)?;
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno")
    });
    declines(&format!("http://{denying}"), "407", "Proxy Authentication Required").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_proxy_said_before_it_reset_is_told() {
    // It says no before it has read the password, which is then written to nobody.
    let hasty = proxy(|mut client| {
        take::<4>(&mut client)?;
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO))?;
        client.write_all(&[5, 2, 1, 1])
    });
    declines(&format!("socks5://joe@{hasty}"), "0x01", "user name or password not accepted").await;
}

async fn declines(url: &str, code: &str, name: &str) {
    let output = probe(&[TARGET, "--proxy", url]).await;
    let report = document(&output);
    let stop = &report["walks"][0]["stop"];
    let refusal = serde_json::json!({ "kind": "proxy", "code": code, "name": name });
    assert_eq!((&stop["phase"], &stop["refusal"]), (&"proxy".into(), &refusal), "{stop}");
    assert_eq!((output.status.code(), &report["verdict"]["stop"]["who"]), (Some(1), &"path".into()));
    finds(&report, "proxy.declined");
}

fn finds(report: &Value, rule: &str) {
    let findings = report["verdict"]["findings"].as_array().expect("findings");
    let rules: Vec<_> = findings.iter().filter_map(|finding| finding["rule"].as_str()).collect();
    assert_eq!(rules, [rule]);
    assert_eq!(report["verdict"]["mstsc"], serde_json::json!([]), "mstsc goes another way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_lies_is_told_in_its_own_phase_and_in_time() {
    let garbage = proxy(|mut client| client.write_all(b"SSH-2.0-OpenSSH\r\n"));
    let other_method = proxy(|mut client| client.write_all(&[5, 1]));
    let half = proxy(|mut client| {
        asked(&mut client)?;
        client.write_all(&[5, 0, 0, 1, 192])
    });
    let silent = proxy(|mut client| io::copy(&mut client, &mut io::sink()).map(drop));
    let closing = proxy(|mut client| take::<3>(&mut client).map(drop));
    let endless = proxy(|mut client| {
        header(&mut client)?;
        client.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            client.write_all(b"X-More: of it\r\n")?;
        }
    });
    for (url, cause) in [
        (format!("socks5://{garbage}"), "garbled"),
        (format!("http://{garbage}"), "garbled"),
        (format!("socks5://{other_method}"), "garbled"),
        (format!("socks5://{half}"), "closed"),
        (format!("socks5://{silent}"), "silence"),
        (format!("http://{silent}"), "silence"),
        (format!("socks5://{closing}"), "closed"),
        (format!("http://{endless}"), "garbled"),
    ] {
        let report = document(&probe(&[TARGET, "--proxy", &url, "--timeout", "500ms"]).await);
        let stop = &report["walks"][0]["stop"];
        assert_eq!((&stop["phase"], &stop["cause"]), (&"proxy".into(), &cause.into()), "{url}: {stop}");
        finds(&report, "proxy.unusable");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_not_there_says_nothing_of_the_target() {
    // Bound and not listening: nobody else takes the port meanwhile.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    let address = socket.local_addr().expect("an address").as_socket().expect("an address");
    let report = document(&probe(&[TARGET, "--proxy", &format!("socks5://{address}")]).await);
    let stop = &report["verdict"]["stop"];
    assert_eq!((&stop["phase"], &stop["cause"]), (&"connect".into(), &"refused".into()));
    finds(&report, "proxy.not-reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_a_way() {
    let lab = lab("nla-required").await;
    let command = format!("'{}' relay %h:%p", env!("CARGO_BIN_EXE_rdp-lab"));
    let report = document(&probe(&[&lab.address.to_string(), "--via-command", &command]).await);
    assert_eq!(report["verdict"]["outcome"], "gate", "{}", report["verdict"]["headline"]);
    let phases = outcomes(&report);
    assert_eq!(phases[..3], [("resolve", "not_applicable"), ("connect", "not_applicable"), ("proxy", "passed")]);
    claims_nothing_of_the_path(&report, &format!("command {}", env!("CARGO_BIN_EXE_rdp-lab")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_was_never_connected_and_its_exit_status_is_told() {
    let output = probe(&[TARGET, "--via-command", "sh -c 'echo no such jump >&2; exit 7'"]).await;
    let report = document(&output);
    let stop = &report["walks"][0]["stop"];
    assert_eq!((&stop["phase"], &stop["cause"]), (&"proxy".into(), &"closed".into()), "{stop}");
    assert_eq!(facts(&report)["exit"], "exit status: 7");
    assert!(stderr(&output).contains("no such jump"), "its stderr is ours");
    finds(&report, "proxy.unusable");
    // Well-behaved, and without an answer: it was the target that closed.
    let report = document(&probe(&[TARGET, "--via-command", "true"]).await);
    assert_eq!(report["walks"][0]["stop"]["phase"], "negotiate");
    let report = document(&probe(&[TARGET, "--via-command", "/no/such/command"]).await);
    let stop = &report["walks"][0]["stop"];
    assert_eq!((&stop["phase"], &stop["cause"]), (&"proxy".into(), &"local".into()), "{stop}");
    assert!(stop["detail"].as_str().is_some_and(|said| said.contains("/no/such/command: No such file")), "{stop}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_says_nothing_is_ended_with_the_walk() {
    let output = probe(&[TARGET, "--timeout", "300ms", "--via-command", "sh -c 'echo $$ >&2; exec sleep 600'"]).await;
    let stop = &document(&output)["walks"][0]["stop"];
    assert_eq!((&stop["phase"], &stop["cause"]), (&"negotiate".into(), &"silence".into()), "{stop}");
    let pid: u32 = stderr(&output).trim().parse().expect("the command's number");
    // Killed, it may wait to be buried by whoever inherits it.
    let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(!command.contains("sleep"), "{pid} still runs {command}");
}

#[test]
fn what_goes_through_no_proxy_is_one_clear_line() {
    for (arguments, said) in [
        (&["--proxy", "gopher://x", TARGET][..], "`gopher://x` is no proxy"),
        (&["--proxy", "socks5://me:it@x", TARGET], "a proxy's password is no argument"),
        (&["--proxy", "socks5://me@x", TARGET], "the password of `me` belongs in RDP_PROBE_PROXY_PASSWORD"),
        (&["--until", "proxy", TARGET], "--until proxy needs --proxy or --via-command"),
        (&["--via-command", "true", "--until", "connect", TARGET], "the walk begins at `proxy`"),
        (&["--proxy", "http://x", "--only", "udp", TARGET], "UDP goes through no proxy"),
        (&["--via-command", "true 'x", TARGET], "a quote in it does not end"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
