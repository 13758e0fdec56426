//! The network bed does what it says: what it claims is held against what others count and measure.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use etherparse::{SlicedPacket, TransportSlice};
use rdp_lab::bed::net::{
    At, Bed, Fate, Forger, Hook, Icmp, Impairment, IpId, Origin, Passage, Reject, Rule, Segment, Shot, Toward, Way,
    Wire, unprivileged,
};
use rdp_lab::bed::or_skip;
use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_probe::survey::Survey;

const MS: Duration = Duration::from_millis(1);

/// Sends echoes from the client, by the options of `ping`, and gives what it said.
fn ping(bed: &Bed, to: IpAddr, options: &str) -> String {
    let mut ping = Command::new("ping");
    ping.args(["-n", "-c", "1", "-W", "1"]).args(options.split_whitespace()).arg(to.to_string());
    let output = or_skip(bed.client().output(&mut ping)).expect("whoever installs the bed installs ping");
    String::from_utf8(output.stdout).expect("ping speaks UTF-8")
}

/// The round trips that `ping` measured.
fn measured(said: &str) -> Vec<Duration> {
    let times = said.lines().filter_map(|line| line.split_once("time=")?.1.strip_suffix(" ms"));
    times.map(|ms| Duration::from_secs_f64(ms.parse::<f64>().expect("a number") / 1000.0)).collect()
}

/// Probes a healthy server at the end of the path, from its beginning, in this process.
fn walk(bed: &Bed, to: SocketAddr) -> Survey {
    let mut plan = probe::plan(to);
    plan.timeout = 500 * MS;
    bed.client().block_on(|| probe::run(&plan))
}

fn healthy() -> Scenario {
    Scenario::parse("healthy", "about = ''").expect("an empty scenario")
}

#[test]
fn a_delay_is_measured_as_the_link_stamps_it() {
    for delay in [10 * MS, 50 * MS] {
        let Some(bed) = or_skip(Bed::new([Wire::link(Impairment::delay(delay))])) else { return };
        for address in bed.server().addresses() {
            let said = ping(&bed, address, "-c 10 -i 0.01");
            let stamped: Vec<_> = bed.link(0).round_trips().split_off(if address.is_ipv4() { 0 } else { 10 });
            let measured = measured(&said);
            assert_eq!((measured.len(), stamped.len()), (10, 10), "{said}");
            assert!(stamped.iter().all(|stamped| *stamped >= 2 * delay), "{stamped:?}");
            // What `ping` prints has three figures. The link stamps within what `ping` measures, and one of ten times
            // nobody came in between.
            let later = measured.iter().zip(&stamped).map(|(measured, stamped)| (*measured + MS).checked_sub(*stamped));
            let least = later.min().flatten().expect("no answer comes before the link has let it go");
            assert!(least < 2 * MS + delay / 25, "{measured:?} against {stamped:?}");
        }
        let late = bed.link(0).passages().into_iter().filter_map(|passage| match passage.fate {
            Fate::Left(left) => Some((left - passage.entered).checked_sub(delay).expect("nothing comes too early")),
            Fate::Travelling | Fate::Lost | Fate::TooBig | Fate::Overrun | Fate::Swallowed => None,
        });
        // A busy machine is late now and then; a link that is slow by itself always is.
        let late = late.min().expect("packets passed");
        assert!(late < MS, "the link itself is late by {late:?}");
    }
}

#[test]
fn a_link_loses_what_the_hosts_miss() {
    let lossy = Impairment::loss(0.2, 5);
    let Some(bed) = or_skip(Bed::new([Wire::link_ways(lossy, Impairment::default())])) else { return };
    let counters = [(bed.client(), Hook::Output), (bed.server(), Hook::Input)];
    let [sent, came] = counters.map(|(host, hook)| host.firewall(Rule::count().at(hook)).expect("a counter"));
    let said = ping(&bed, bed.server().v4.into(), "-c 200 -i 0.002");
    let up = bed.link(0).counts(Way::Up);
    assert_eq!((up.seen, up.delivered), (sent.packets().expect("a count"), came.packets().expect("a count")));
    assert_eq!((up.seen, up.seen - up.lost), (200, up.delivered));
    // Six standard deviations of a binomial with n 200 and p 0.2 are 34.
    assert!((6..=74).contains(&up.lost), "{up:?}");
    assert!(said.contains(&format!("200 packets transmitted, {} received", up.delivered)), "{said}");
}

#[test]
fn a_firewall_loses_in_one_direction_what_it_counts() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    let router = bed.router(0);
    let lost = router.firewall(Rule::lose(0.3).toward(Way::Up)).expect("a rule");
    let answers = router.firewall(Rule::count().toward(Way::Down)).expect("a rule");
    let said = ping(&bed, bed.server().v6.into(), "-c 200 -i 0.002");
    let (lost, answers) = (lost.packets().expect("a count"), answers.packets().expect("a count"));
    assert!((22..=98).contains(&lost), "{lost}");
    // Neighbour discovery is not forwarded, so nothing else is counted.
    assert_eq!(answers, 200 - lost);
    assert!(said.contains(&format!("{answers} received")), "{said}");
}

/// A path whose middle is narrow, with and without the messages that tell of it.
fn narrow(told: bool) -> Option<Bed> {
    let bed = or_skip(Bed::new([Wire::default(), Wire::mtu(1300), Wire::default()]))?;
    if !told {
        for router in [bed.router(0), bed.router(1)] {
            router.firewall(Rule::mute(Icmp::TooBig)).expect("a rule");
        }
    }
    Some(bed)
}

/// Options of a `ping` of 1300 bytes and so many more, never in fragments.
fn unbroken(to: IpAddr, more: u16) -> String {
    let headers = if to.is_ipv4() { 28 } else { 48 };
    format!("-M do -s {}", 1300 - headers + more)
}

#[test]
fn a_narrow_wire_is_told_of_by_its_router() {
    let Some(bed) = narrow(true) else { return };
    for address in bed.server().addresses() {
        let router = bed.router(0).addresses()[usize::from(address.is_ipv6())];
        let said = ping(&bed, address, &unbroken(address, 1));
        assert!(said.contains(&format!("From {router}")) && said.contains("1300"), "{said}");
        assert!(ping(&bed, address, &unbroken(address, 0)).contains("1 received"));
    }
}

#[test]
fn without_icmp_a_narrow_wire_is_a_black_hole() {
    let Some(bed) = narrow(false) else { return };
    for address in bed.server().addresses() {
        let said = ping(&bed, address, &unbroken(address, 1));
        assert!(said.contains("0 received") && !said.contains("From"), "{said}");
        assert!(ping(&bed, address, &unbroken(address, 0)).contains("1 received"));
    }
}

#[test]
fn a_link_keeps_quiet_of_what_is_too_large_for_it() {
    let narrow = Impairment { mtu: Some(1300), ..Impairment::default() };
    let Some(bed) = or_skip(Bed::new([Wire::link_ways(Impairment::default(), narrow)])) else { return };
    let address = bed.server().v4.into();
    assert!(ping(&bed, address, &unbroken(address, 1)).contains("0 received"));
    assert!(ping(&bed, address, &unbroken(address, 0)).contains("1 received"));
    assert_eq!((bed.link(0).counts(Way::Up).too_big, bed.link(0).counts(Way::Down).too_big), (0, 1));
}

#[test]
fn a_router_may_keep_quiet_of_itself() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::default()])) else { return };
    for address in bed.server().addresses() {
        assert!(ping(&bed, address, "-t 1").to_lowercase().contains("time "), "{address}");
    }
    bed.router(0).firewall(Rule::mute(Icmp::TimeExceeded)).expect("a rule");
    for address in bed.server().addresses() {
        let said = ping(&bed, address, "-t 1");
        assert!(said.contains("0 received") && !said.contains("From"), "{said}");
    }
}

/// Type and code of the ICMP messages that came back over a link, and resets as 0 and 0.
fn answers(passages: &[Passage]) -> Vec<(u8, u8)> {
    let down = passages.iter().filter(|passage| passage.way == Way::Down);
    let read = |packet: &[u8]| match SlicedPacket::from_ip(packet).ok()?.transport? {
        TransportSlice::Icmpv4(icmp) => Some((icmp.type_u8(), icmp.code_u8())),
        TransportSlice::Icmpv6(icmp) => Some((icmp.type_u8(), icmp.code_u8())),
        TransportSlice::Tcp(tcp) => tcp.rst().then_some((0, 0)),
        TransportSlice::Udp(_) | TransportSlice::Igmp(_) => None,
    };
    down.filter_map(|passage| read(&passage.packet)).collect()
}

#[test]
fn every_reject_reaches_the_client() {
    for reject in Reject::ALL {
        let Some(bed) = or_skip(Bed::new([Wire::link(Impairment::default()), Wire::default()])) else { return };
        bed.router(0).firewall(Rule::reject(reject).toward(Way::Up)).expect("a rule");
        let mut due = Vec::new();
        for address in bed.server().addresses() {
            let connected = bed.client().run(|| TcpStream::connect_timeout(&(address, 3389).into(), 500 * MS));
            assert!(connected.is_err(), "{reject:?}");
            // What no message of the family says is let pass, and the server's own kernel refuses.
            due.push(reject.code(address).unwrap_or((0, 0)));
        }
        // A reject that comes after the client's patience is over comes all the same.
        bed.link(0).wait_until(|passages| answers(passages).len() >= due.len());
        assert_eq!(answers(&bed.link(0).passages()), due, "{reject:?}");
    }
}

#[test]
fn a_clamped_mss_fits_the_route() {
    let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::mtu(1400)])) else { return };
    let lab = bed.server().lab(healthy()).expect("a server");
    let small = Rule::count().at(Hook::Input).narrow("tcp flags syn tcp option maxseg size 1360");
    let small = bed.server().firewall(small).expect("a counter");
    let connect = || bed.client().run(|| TcpStream::connect(lab.v4)).expect("a connection");
    connect();
    assert_eq!(small.packets().expect("a count"), 0);
    bed.router(0).firewall(Rule::clamp_mss()).expect("a rule");
    connect();
    assert_eq!(small.packets().expect("a count"), 1);
}

#[test]
fn a_forged_end_arrives_with_its_own_time_to_live() {
    let shots = [
        (At::Syn, Shot::Reset),
        (At::ConnectionRequest, Shot::ResetAck),
        (At::Cookie("rdp-probe".to_owned()), Shot::Fin),
        (At::ClientHello, Shot::Reset),
        (At::Larger(500), Shot::Reset),
    ];
    for (at, shot) in shots {
        let forger = Forger { at, shot, ttl: 77, id: IpId::Counting(900), toward: Toward::Both, swallow: false };
        let wires = [Wire::link(Impairment::default()), Wire::default().with(forger.clone().middlebox())];
        let Some(bed) = or_skip(Bed::new(wires)) else { return };
        let lab = bed.server().lab(healthy()).expect("a server");
        for address in lab.addresses() {
            walk(&bed, address);
        }
        for (link, way, ttl) in [(0, Way::Down, 76), (1, Way::Up, 77)] {
            let ended = |segment: &Segment<'_>| segment.ttl == ttl && (segment.fin || segment.reset);
            let arrived = bed.link(link).wait_until(|passages| {
                let own = passages.iter().filter(|passage| passage.way == way);
                let ends: Vec<_> = own.filter_map(|own| Segment::read(&own.packet).filter(ended)).collect();
                [true, false].iter().all(|v4| ends.iter().any(|segment| segment.to.is_ipv4() == *v4))
            });
            assert!(arrived, "{way:?} {forger:?}");
        }
    }
}

#[test]
fn a_forger_leaves_others_alone() {
    let forger = Forger { at: At::Cookie("somebody".to_owned()), ..Forger::default() };
    let Some(bed) = or_skip(Bed::new([Wire::default().with(forger.middlebox())])) else { return };
    let lab = bed.server().lab(healthy()).expect("a server");
    let survey = walk(&bed, lab.v4);
    assert!(survey.baseline().expect("a walk").stop.is_none(), "{survey:?}");
    assert!(bed.link(0).passages().iter().all(|passage| passage.origin == Origin::Sent));
    assert_eq!(lab.finish().len(), survey.walks.len());
}

#[test]
fn nobody_has_no_capability() {
    let Some(bed) = or_skip(Bed::new([])) else { return };
    let mut command = Command::new("grep");
    let output = bed.client().output(unprivileged(command.args([
        "-hE",
        "^(Uid|Gid|Groups|CapEff|CapPrm)",
        "/proc/self/status",
    ])));
    let said = String::from_utf8(output.expect("grep runs").stdout).expect("UTF-8");
    let nobody = "\t65534".repeat(4);
    let none = "0".repeat(16);
    assert_eq!(said, format!("Uid:{nobody}\nGid:{nobody}\nGroups:\t \nCapPrm:\t{none}\nCapEff:\t{none}\n"));
}

#[test]
fn a_bed_is_gone_after_a_panic() {
    let own = || fs::read_link("/proc/thread-self/ns/net").expect("a namespace");
    let mut namespaces = Vec::new();
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
        let Some(bed) = or_skip(Bed::new([Wire::default(), Wire::link(Impairment::default())])) else { return };
        let _lab = bed.server().lab(healthy()).expect("a server");
        namespaces.extend([bed.client(), bed.router(0), bed.server()].map(|host| host.run(own)));
        panic!("as a test does that fails");
    }));
    if namespaces.is_empty() {
        return;
    }
    assert!(panicked.is_err());
    assert_eq!(holders(&namespaces), Vec::<PathBuf>::new());
}

/// The handles and threads of this process that keep a namespace.
fn holders(namespaces: &[PathBuf]) -> Vec<PathBuf> {
    let list = |folder: &str| fs::read_dir(folder).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
    let threads = list("/proc/self/task").map(|thread| thread.join("ns/net"));
    let kept = |path: &Path| fs::read_link(path).is_ok_and(|target| namespaces.contains(&target));
    list("/proc/self/fd").chain(threads).filter(|path| kept(path)).collect()
}
