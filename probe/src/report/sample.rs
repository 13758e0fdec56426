//! Hand-written surveys, and the reports that follow from them.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::Report;
use crate::clock::Moment;
use crate::evidence::{Bytes, End, Entry, Event, Outcome, Recording, Sense};
use crate::expect::parse;
use crate::fact::{Certificate, Connect, Credssp, Facts, Negotiate, Nla, Ntlm, Resolve, Tls, UdpSyn};
use crate::phase::Phase;
use crate::plan::Until;
use crate::stop::{Cause, Icmp, Operation, RefusalKind, Stop};
use crate::survey::{Ended, Survey};
use crate::sys::TcpInfo;
use crate::target::Target;
use crate::walk::{Variant, Walk};

/// What a redacted report may not show.
pub(crate) const SECRETS: &[&str] = &[
    "srv01",
    "zorg",
    "192.0.2.10",
    "2001:db8:9::10",
    "198.51.100.7",
    "10.8.0.2",
    "jump1",
    "vpn",
    "alice",
    "0badc0de",
    "6d737473",
    "ab12ab12",
];

pub(crate) fn reports() -> impl Iterator<Item = Report> {
    [gate(), reset_at_client_hello(), intermittent(), unreachable(), unresolved(), no_walk()].into_iter()
}

/// Several targets, each of its own fate.
pub(super) fn fleet() -> impl Iterator<Item = Report> {
    let named = |(number, mut report): (usize, Report)| {
        report.survey.target.host = format!("srv0{}.zorg.example", number + 1);
        report
    };
    [gate(), reset_at_client_hello(), unreachable(), no_walk()].into_iter().enumerate().map(named)
}

/// A report with expectations of every result.
pub(super) fn expected(report: Report) -> Report {
    let expected =
        "negotiate.nla = required, tls.version >= 1.2, tls.certificate.issuer ~ Zorg, phase.connect.max < 10us";
    report.expecting(&parse(expected).unwrap())
}

/// A server with NLA, all the way to the gate; its second address is silent.
pub(crate) fn gate() -> Report {
    let baseline = Walk {
        stop: None,
        facts: Facts {
            tls: Tls { certificate: Some(certificate()), ..tls() },
            credssp: Credssp { version: Some(6), ntlm: Some(ntlm()), ..Credssp::default() },
            ..facts()
        },
        tape: Script::default().negotiated().passed(Phase::Tls, 2).passed(Phase::Credssp, 1).0,
        ..walk(Variant::Baseline, Phase::Settings)
    };
    let failure = "HYBRID_REQUIRED_BY_SERVER";
    let picture = Walk {
        stop: Some(Stop::of(Phase::Negotiate, Cause::declined(RefusalKind::Negotiation, "0x05", failure))),
        facts: Facts { negotiate: Negotiate { failure: Some(failure.to_owned()), ..Negotiate::default() }, ..facts() },
        tape: Script::default().passed(Phase::Connect, 0).stopped(Phase::Negotiate, None).0,
        ..walk(Variant::OfferSsl, Phase::Negotiate)
    };
    let other = Walk {
        address: Some(SECOND.parse().unwrap()),
        stop: Some(Stop::of(Phase::Connect, Cause::Silence)),
        facts: Facts::default(),
        tape: Script::default().stopped(Phase::Connect, None).0,
        ..walk(Variant::Address, Phase::Connect)
    };
    report(vec![baseline, picture, other])
}

/// The fault behind most reports of 0x904.
pub(crate) fn reset_at_client_hello() -> Report {
    report(vec![reset(0)])
}

/// Three of ten walks are reset, the third the first of them.
pub(crate) fn intermittent() -> Report {
    let healthy = gate().survey.walks.swap_remove(0);
    let repeat = |repeat| if repeat % 3 == 2 { reset(repeat) } else { Walk { repeat, ..healthy.clone() } };
    report((0..10).map(repeat).collect())
}

/// A router says that it lets nobody through.
pub(crate) fn unreachable() -> Report {
    let says = "ICMP communication administratively prohibited".to_owned();
    let icmp = Icmp { kind: Some(3), code: Some(13), from: Some("198.51.100.7".parse().unwrap()), says };
    let mut script = Script::default().passed(Phase::Resolve, 0);
    script.enter(Phase::Connect);
    script.note(300, Event::Icmp { icmp: icmp.clone(), quoted: None });
    script.leave(Phase::Connect, Outcome::Stopped);
    let stop = Some(Stop::of(Phase::Connect, Cause::Unreachable { icmp }));
    let mut survey = report(vec![Walk { stop, tape: script.0, ..walk(Variant::Baseline, Phase::Settings) }]).survey;
    survey.target.detour = Some("the file names the gateway gw.zorg.example".to_owned());
    survey.target.routing_token = Some("tsv://alice".to_owned());
    dressed(survey)
}

/// Our own resolver cannot be asked, and says so with the name in it.
fn unresolved() -> Report {
    let stop = Stop::of(Phase::Resolve, Cause::local(Operation::Resolver, "no server for srv01.zorg.example:3389"));
    let tape = Script::default().stopped(Phase::Resolve, None).0;
    let baseline = Walk { address: None, facts: Facts::default(), ..walk(Variant::Baseline, Phase::Settings) };
    report(vec![Walk { stop: Some(stop), tape, ..baseline }])
}

/// Interrupted before anything was tried.
pub(super) fn no_walk() -> Report {
    // The walks say which way they took.
    dressed(Survey { way: None, ended: Ended::Interrupted, ..report(Vec::new()).survey })
}

/// The same with a SYN over UDP for each of these: answered, or stopped by a cause.
pub(crate) fn beside_udp(report: Report, came: Vec<Option<Cause>>) -> Report {
    let mut survey = report.survey;
    survey.walks.extend(came.into_iter().map(|cause| {
        let script = Script::default();
        let passed = cause.is_none();
        let script = if passed { script.passed(Phase::UdpSyn, 1) } else { script.stopped(Phase::UdpSyn, None) };
        let facts = Facts { udp_syn: UdpSyn { length: Some(1232), ..UdpSyn::default() }, ..Facts::default() };
        let stop = cause.map(|cause| Stop::of(Phase::UdpSyn, cause));
        Walk { stop, facts, tape: script.0, ..walk(Variant::UdpSyn, Phase::UdpSyn) }
    }));
    dressed(survey)
}

const FIRST: &str = "192.0.2.10:3389";
const SECOND: &str = "[2001:db8:9::10]:3389";

fn report(walks: Vec<Walk>) -> Report {
    let target = Target {
        input: "srv01.zorg.example".to_owned(),
        host: "srv01.zorg.example".to_owned(),
        port: 3389,
        routing_token: None,
        detour: None,
    };
    let (started, ended) = (moment("2026-11-21T02:00:00.123Z"), Ended::Complete);
    dressed(Survey { target, way: Some("vpn".to_owned()), until: Until::Gate, started, took_us: 412_345, ended, walks })
}

fn dressed(survey: Survey) -> Report {
    Report { host: Some("jump1".to_owned()), ..Report::new(survey, Some("vpn".to_owned())) }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn walk(variant: Variant, until: Phase) -> Walk {
    let (address, tape) = (Some(FIRST.parse::<SocketAddr>().unwrap()), Recording::default());
    Walk { variant, repeat: 0, target: None, address, until, facts: facts(), stop: None, tape }
}

fn reset(repeat: u32) -> Walk {
    let stop = Stop {
        awaiting: Some("ServerHello".to_owned()),
        waited_us: Some(913),
        after_last_send_us: Some(913),
        rtts: Some(1.2),
        ..Stop::of(Phase::Tls, Cause::Reset)
    };
    let tape = Script::default().negotiated().stopped(Phase::Tls, Some(End::Reset)).0;
    Walk { repeat, stop: Some(stop), tape, ..walk(Variant::Baseline, Phase::Settings) }
}

fn facts() -> Facts {
    let addresses = [FIRST, SECOND].map(|address| address.parse::<SocketAddr>().unwrap().ip()).to_vec();
    let name = "srv01.zorg.example".to_owned();
    Facts {
        resolve: Resolve { addresses: Some(addresses), canonical_name: Some(name) },
        connect: Connect {
            interface: Some("wg-zorg".to_owned()),
            local: Some("10.8.0.2:50123".parse().unwrap()),
            remote: Some(FIRST.parse().unwrap()),
            family: Some("ipv4".to_owned()),
            snd_mss: Some(1448),
            peer_mss: None,
            syn_rtt_us: None,
        },
        negotiate: Negotiate {
            requested: Some(["ssl", "hybrid", "hybrid_ex"].map(str::to_owned).to_vec()),
            cookie: Some("mstshash=alice".to_owned()),
            selected: Some("hybrid_ex".to_owned()),
            nla: Some(Nla::Required),
            ..Negotiate::default()
        },
        ..Facts::default()
    }
}

fn tls() -> Tls {
    Tls {
        version: Some("TLSv1.3".to_owned()),
        cipher_suite: Some("TLS_AES_256_GCM_SHA384".to_owned()),
        group: Some("x25519".to_owned()),
        hello_retry: Some(false),
        ..Tls::default()
    }
}

fn certificate() -> Certificate {
    Certificate {
        subject: Some("CN=srv01.zorg.example".to_owned()),
        issuer: Some("CN=Zorg Root, O=Zorg".to_owned()),
        serial: Some("0badc0de".to_owned()),
        san: Some(["srv01.zorg.example", "*.zorg.example", "192.0.2.10"].map(str::to_owned).to_vec()),
        not_before: Some(moment("2026-01-01T00:00:00Z")),
        not_after: Some(moment("2026-12-13T00:00:00Z")),
        days_left: Some(21),
        key: Some("rsa".to_owned()),
        key_bits: Some(2048),
        signature: Some("sha256WithRSAEncryption".to_owned()),
        self_signed: Some(false),
        sha256: Some("ab12".repeat(16)),
        chain_length: Some(2),
        unreadable: None,
    }
}

fn ntlm() -> Ntlm {
    Ntlm {
        netbios_computer: Some("SRV01".to_owned()),
        netbios_domain: Some("ZORG".to_owned()),
        dns_computer: Some("SRV01.zorg.example".to_owned()),
        dns_domain: Some("zorg.example".to_owned()),
        dns_tree: Some("zorg.example".to_owned()),
        os_build: Some("10.0.20348".to_owned()),
        server_time: Some(moment("2026-11-21T02:00:03.2Z")),
        clock_skew_us: Some(3_000_000),
    }
}

/// A tape under way.
#[derive(Default)]
struct Script(Recording);

impl Script {
    fn note(&mut self, later_us: u64, event: Event) {
        let now = self.0.0.last().map_or(102, |entry| entry.at.0);
        self.0.0.push(Entry { at: Moment(now + later_us), event });
    }

    fn enter(&mut self, phase: Phase) {
        if self.0.0.is_empty() {
            let reason = "srv01.zorg.example is not watched".to_owned();
            self.note(0, Event::Blind { sense: Sense::Capture, reason });
        }
        self.note(5, Event::Enter { phase });
    }

    fn leave(&mut self, phase: Phase, outcome: Outcome) {
        let kernel = TcpInfo { rtt_us: Some(790), retransmits: Some(0), mss: Some(1448), ..TcpInfo::default() };
        if phase > Phase::Resolve {
            self.note(3, Event::Kernel(Box::new(kernel)));
        }
        self.note(2, Event::Leave { phase, outcome });
    }

    /// A phase that passes after some round trips of 800 microseconds.
    fn passed(mut self, phase: Phase, round_trips: u32) -> Self {
        self.enter(phase);
        for _ in 0..round_trips {
            self.note(20, Event::Sent(bytes()));
            self.note(5, Event::Awaiting { message: "an answer".to_owned() });
            self.note(800, Event::Received(bytes()));
        }
        self.note(400, Event::Opened { message: "an answer".to_owned(), bytes: bytes() });
        self.leave(phase, Outcome::Passed);
        self
    }

    /// A phase in which the answer does not come.
    fn stopped(mut self, phase: Phase, how: Option<End>) -> Self {
        self.enter(phase);
        self.note(20, Event::Sent(bytes()));
        self.note(5, Event::Awaiting { message: "ServerHello".to_owned() });
        if let Some(how) = how {
            self.note(913, Event::Ended { how });
        }
        self.leave(phase, Outcome::Stopped);
        self
    }

    fn negotiated(self) -> Self {
        self.passed(Phase::Resolve, 0).passed(Phase::Connect, 0).passed(Phase::Negotiate, 1)
    }
}

fn bytes() -> Bytes {
    Bytes { bytes: b"msts".to_vec(), length: 47 }
}
