//! The wire as the probe hears it: its own packets, each once and at the kernel's time, and nobody else's; and the same
//! walk where it may not listen.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rdp_lab::probe::{plan, run_with};
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_lab::{bed, bed::Error};
use rdp_probe::evidence::{Direction, Event, Flag, Frame, Recording, Sense, Senses, Source};
use rdp_probe::phase::Phase;
use rdp_probe::survey::Survey;
use rdp_probe::sys::{Capture, Flow};
use socket2::{Domain, Socket, Type};

use crate::command::{binary, document, stderr};

/// The loopback addresses of both families.
const OURS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// What root has and the probe keeps: `CAP_DAC_OVERRIDE` and `CAP_FOWNER`, by their bits.
const KEPT: u64 = 1 << 1 | 1 << 3;

/// A packet socket, where this suite may open one.
fn privileged<T>(opened: Option<T>) -> Option<T> {
    bed::or_skip(opened.ok_or_else(|| Error::Missing { program: "the capability CAP_NET_RAW".to_owned() }))
}

/// Senses with a capture, to which every packet has a time.
pub(crate) fn senses() -> Option<Senses> {
    bed::stamped();
    privileged(Some(Senses::open()).filter(|senses| senses.missing().is_none()))
}

/// Probes a scenario's server on an address with these senses.
async fn walked(scenario: Scenario, address: IpAddr, senses: &mut Senses) -> Survey {
    let server = LabServer::listen(scenario, SocketAddr::new(address, 0)).await.expect("a lab server");
    let survey = run_with(&plan(server.address), senses).await;
    server.finish().await;
    survey
}

/// The frames of one side that have all of these flags.
fn frames<'a>(tape: &'a Recording, direction: Direction, flags: &'a [Flag]) -> Vec<&'a Frame> {
    let fits = move |frame: &&Frame| frame.direction == direction && flags.iter().all(|flag| frame.has(*flag));
    tape.frames().map(|(_, _, frame)| frame).filter(fits).collect()
}

fn blind(tape: &Recording) -> Vec<&str> {
    let reason = |event: &'_ Event| matches!(event, Event::Blind { sense: Sense::Capture, .. });
    let entries = tape.entries().filter(|(_, entry)| reason(&entry.event));
    entries
        .filter_map(|(_, entry)| if let Event::Blind { reason, .. } = &entry.event { Some(&**reason) } else { None })
        .collect()
}

#[tokio::test]
async fn each_packet_of_a_walk_is_on_its_tape_once_and_at_the_kernels_time() {
    let Some(mut senses) = senses() else { return };
    for address in OURS {
        let scenario = Scenario::find("credssp-reset").expect("a scenario");
        let survey = walked(scenario, address, &mut senses).await;
        let walk = survey.baseline().expect("a walk");
        let tape = &walk.tape;
        assert_eq!(blind(tape), [""; 0]);
        assert_eq!(frames(tape, Direction::Ours, &[Flag::Syn]).len(), 1);
        assert_eq!(frames(tape, Direction::Theirs, &[Flag::Syn, Flag::Ack]).len(), 1);
        assert!(!frames(tape, Direction::Theirs, &[Flag::Rst]).is_empty());
        let all: Vec<&Frame> = tape.frames().map(|(_, _, frame)| frame).collect();
        for (index, frame) in all.iter().enumerate() {
            // What TCP sends again has another identification or timestamp.
            assert!(frame.has(Flag::Rst) || !all[..index].contains(frame), "twice: {frame:?}");
            assert_eq!((frame.ip, frame.ttl), (if address.is_ipv4() { 4 } else { 6 }, 64));
        }
        let sent: usize = frames(tape, Direction::Ours, &[Flag::Psh]).iter().map(|frame| frame.payload).sum();
        let written = tape.entries().filter_map(|(_, entry)| entry.event.sent()).map(|bytes| bytes.length);
        assert!(sent >= written.sum());

        let (begun, connected) = tape.span(Phase::Connect).expect("a span");
        let (answered, answer) = tape.syn_ack().expect("a SYN+ACK");
        assert!(begun < answered && answered <= connected, "{begun:?} {answered:?} {connected:?}");
        assert_eq!(walk.facts.connect.peer_mss, answer.mss());
        assert!(answer.mss().is_some_and(|mss| mss > 1000));
        let wire = walk.facts.connect.syn_rtt_us.expect("a time");
        assert!(u128::from(wire) <= (connected - begun).as_micros());
        assert_eq!(tape.round_trip(), Some((Source::Wire, Duration::from_micros(wire))));
        // What ended it is on the wire before the socket tells.
        let (_, told, _) = tape.ended().expect("an end");
        let reset = tape.frames().find(|(_, _, frame)| frame.has(Flag::Rst)).expect("a reset");
        assert!(reset.1 <= told.at && tape.during(Phase::Credssp).any(|(index, _)| index == reset.0));
    }
}

#[test]
fn no_packet_of_another_flow_is_ever_read() {
    let Some(mut capture) = privileged(Capture::open().ok()) else { return };
    for address in OURS {
        let listener = TcpListener::bind((address, 0)).expect("a listener");
        let remote = listener.local_addr().expect("an address");
        let ours = Socket::new(Domain::for_address(remote), Type::STREAM, None).expect("a socket");
        ours.bind(&SocketAddr::new(address, 0).into()).expect("a port");
        let local_port = ours.local_addr().expect("an address").as_socket().expect("an address of IP").port();
        // Before, beside and behind ours.
        talk(&listener, TcpStream::connect(remote).expect("a connection"));
        capture.follow(Flow { remote, local_port }).expect("a filter");
        let other = TcpStream::connect(remote).expect("a connection");
        ours.connect(&remote.into()).expect("our connection");
        let mut accepted = listener.accept().expect("the other").0;
        talk(&listener, ours.into());
        accepted.write_all(b"other").expect("a write");
        drop((other, accepted));
        capture.rest().expect("a filter");
        talk(&listener, TcpStream::connect(remote).expect("a connection"));

        let mut read = 0;
        while let Some((_, packet)) = capture.take() {
            let header = if address.is_ipv4() { 20 } else { 40 };
            let ports: Vec<u16> =
                packet[header..header + 4].chunks(2).map(|port| u16::from_be_bytes([port[0], port[1]])).collect();
            assert!(ports.contains(&local_port) && ports.contains(&remote.port()), "{ports:?} is not {local_port}");
            read += 1;
        }
        // Three to begin, two and two to speak, and at least three to end.
        assert!(read >= 8, "{read} packets of ours");
        assert_eq!(capture.dropped(), 0);
    }
}

/// Lets the two ends of a connection speak and part.
fn talk(listener: &TcpListener, mut stream: TcpStream) {
    let (mut accepted, _) = listener.accept().expect("a connection");
    stream.write_all(b"ours").expect("a write");
    accepted.read_exact(&mut [0; 4]).expect("a read");
    accepted.write_all(b"theirs").expect("a write");
    stream.read_exact(&mut [0; 6]).expect("a read");
    drop(accepted);
    assert_eq!(stream.read(&mut [0; 1]).expect("an end"), 0);
}

/// A copy of the probe in a folder that everybody can read, to be run as somebody who may do nothing.
pub(crate) fn readable() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("permissions");
    let copy = folder.path().join("rdp-probe");
    fs::copy(binary(), &copy).expect("a copy");
    (folder, copy)
}

/// Runs the probe as somebody who may do nothing, in a folder that stays for what it wrote.
pub(crate) fn as_nobody(arguments: &[&str]) -> (std::process::Output, tempfile::TempDir) {
    let (folder, copy) = readable();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"])
        .arg(&copy)
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("setpriv runs");
    (output, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_listen_finds_the_same_stop_and_says_so() {
    let Some(mut senses) = senses() else { return };
    let seen = walked(Scenario::find("credssp-reset").expect("a scenario"), OURS[0], &mut senses).await;
    let stop = seen.baseline().expect("a walk").stop.as_ref().expect("a stop");

    let server = LabServer::start(Scenario::find("credssp-reset").expect("a scenario")).await.expect("a lab server");
    let address = server.address.to_string();
    let run = move || as_nobody(&[&address, "--json"]);
    let (output, _) = tokio::task::spawn_blocking(run).await.expect("it runs");
    assert_eq!((stderr(&output), output.status.code()), ("", Some(1)));
    let report = document(&output);
    let blind = &report["walks"][0];
    assert_eq!(
        (&blind["stop"]["phase"], &blind["stop"]["cause"]),
        (&stop.phase.id().into(), &stop.cause.kind().id().into())
    );
    assert_eq!(report["run"]["blind"][0], serde_json::json!({ "sense": "capture", "reason": "needs CAP_NET_RAW" }));
    let not_tested = report["verdict"]["not_tested"].to_string();
    assert!(not_tested.contains("sudo setcap cap_net_raw+ep $(command -v rdp-probe)"), "{not_tested}");
    assert!(!report.to_string().contains("\"event\":\"frame\""));

    server.finish().await;
}

/// A probe under way, which goes when it is dropped.
struct UnderWay(Child);

impl Drop for UnderWay {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn no_thread_keeps_a_privilege_but_to_write_files() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let address = listener.local_addr().expect("an address").to_string();
    let probe = Command::new(binary()).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let probe = UnderWay(probe.expect("rdp-probe runs"));
    // Who connects is past its beginning.
    let _silent = listener.accept().expect("a connection");
    let threads = fs::read_dir(format!("/proc/{}/task", probe.0.id())).expect("threads");
    let mut seen = 0;
    for thread in threads.map(|thread| thread.expect("a thread").path().join("status")) {
        let status = fs::read_to_string(thread).expect("a status");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            let line = status.lines().find_map(|line| line.strip_prefix(set)?.strip_prefix(":\t"));
            let bits = u64::from_str_radix(line.expect("a set"), 16).expect("hex");
            assert_eq!(bits & !KEPT, 0, "{set} {bits:#x}");
        }
        seen += 1;
    }
    assert!(seen >= 2, "the runtime has threads of its own");
}
