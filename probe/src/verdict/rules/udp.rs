//! Rules for the UDP leg. None of them says anything of TCP: mstsc connects without UDP, only less smoothly.

use crate::clock::time;
use crate::fact::Certificate;
use crate::path::{Outlook, Share, Udp};
use crate::phase::Phase;
use crate::stop::{Cause, CauseKind, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::verdict::rules::seen::{end, passed};
use crate::walk::{Variant, Walk};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "udp.works",
        title: "UDP works beside TCP",
        why: "The server answers RDP-UDP, at least up to the SYN+ACK, and the path carries it as well as TCP.",
        advice: "Nothing to do.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let udp = s.path().udp.filter(|udp| udp.outlook == Outlook::Helps)?;
            let (index, walk) = answered(s)?;
            let took = udp.round_trip.map(|spread| format!(" in {}", time(spread.min_us))).unwrap_or_default();
            Some(passed(index, walk, Phase::UdpSyn, format!("the SYN+ACK came{took}")))
        },
    },
    Rule {
        code: "udp.no-listener",
        title: "nobody listens on the UDP port: the session stays on TCP",
        why: "The host itself says so by ICMP. xrdp, GNOME Remote Desktop and Windows before 8 and Server 2012 do no \
              RDP-UDP; elsewhere the policy \"Select RDP transport protocols\" or the listener's settings leave UDP out.",
        advice: "If UDP is wanted: on Windows set \"Select RDP transport protocols\" to both, and restart TermService.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| unreachable(s, true),
    },
    Rule {
        code: "udp.prohibited",
        title: "something rejects UDP to this port",
        why: "An ICMP message that is none of the host's own \"port unreachable\": a firewall on the way or on the host \
              says that these datagrams may not pass.",
        advice: "Allow UDP to this port in the firewall that the evidence names; on Windows the rule is \"Remote \
                 Desktop - User Mode (UDP-In)\".",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| unreachable(s, false),
    },
    Rule {
        code: "udp.silent",
        title: "no answer over UDP: whether it is dropped on the way or not served is not known",
        why: "Silence has many reasons: a firewall that drops, a host that does no RDP-UDP and sends no ICMP, or one that \
              answers known clients alone.",
        advice: "Look for a UDP listener on the host (`Get-NetUDPEndpoint -LocalPort 3389`), then at the firewalls. TCP \
                 works without it.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Possible,
        holds: |s| {
            let udp = s.path().udp.filter(|udp| udp.outlook == Outlook::Unknown)?;
            let (index, walk, stop) = stopped(s, Phase::UdpSyn, |stop| stop.cause == Cause::Silence)?;
            let counted = udp.unanswered.map(|share| share.counted("SYNs without an answer")).unwrap_or_default();
            Some(end(index, walk, stop).by(&counted))
        },
    },
    Rule {
        code: "udp.size-black-hole",
        title: "short datagrams are answered, long ones vanish without a word: UDP hurts here",
        why: "RDP-UDP sends datagrams of up to 1232 bytes (1260 with IPv4's headers, 1280 with IPv6's). Something on the \
              way drops packets of that size and sends no ICMP.",
        advice: "Raise the MTU of the tunnel to at least 1280, or let ICMP \"fragmentation needed\" pass; until then \
                 switch UDP off for these clients (policy \"Turn off UDP on client\").",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            measured(s, Udp::is_cut_by_size, |udp| {
                let lost = both(udp).map(|lost| lost.counted("long SYNs unanswered")).unwrap_or_default();
                format!("{} bytes pass; {lost}", udp.passes.unwrap_or_default())
            })
        },
    },
    Rule {
        code: "udp.rate-limited",
        title: "datagrams close behind each other are dropped, single ones pass: UDP hurts here",
        why: "A limit on the rate of UDP: flood protection of a firewall, or a provider's policing.",
        advice: "Exempt this port from the limit, or switch UDP off for these clients.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            measured(s, Udp::is_limited, |udp| {
                let told = |share: Option<Share>, what| share.map(|share| share.counted(what)).unwrap_or_default();
                let close = told(udp.lost, "SYNs lost close behind each other");
                format!("{close}, {}", told(udp.lost_apart, "a second apart"))
            })
        },
    },
    Rule {
        code: "udp.loss",
        title: "UDP loses what TCP does not lose: UDP hurts here",
        why: "Something treats UDP worse than TCP: policing, a queue of its own, or a device that is busy with it.",
        advice: "Ask whoever runs the path how UDP is treated; until then switch UDP off for these clients.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let loss = s.path().loss;
            let tcp = loss.tcp_data.as_ref().map(|data| data.again).or(loss.tcp_syn);
            measured(
                s,
                |udp| udp.loses_more(&loss),
                |udp| {
                    let told = |share: Option<Share>, what| share.map(|share| share.told(what)).unwrap_or_default();
                    format!("{}; TCP: {}", told(udp.lost, "SYNs lost"), told(tcp, "segments sent again"))
                },
            )
        },
    },
    Rule {
        code: "udp.slower",
        title: "UDP takes longer than TCP: UDP hurts here",
        why: "The datagrams take another way, or wait in another queue.",
        advice: "Compare the routes for UDP and TCP with whoever runs the path.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let latency = s.path().latency;
            let tcp = latency.round_trip.as_ref().map_or(0, |timing| timing.least_us);
            measured(
                s,
                |udp| udp.is_slower(&latency),
                |udp| {
                    let least = udp.round_trip.as_ref().map_or(0, |spread| spread.min_us);
                    format!("{} at least, where TCP takes {}", time(least), time(tcp))
                },
            )
        },
    },
    Rule {
        code: "udp.forgotten-when-idle",
        title: "a flow over UDP that was left idle carries nothing any more",
        why: "A NAT or a firewall on the way forgets the flow: what comes later has no way, and the session falls back or \
              freezes.",
        advice: "Raise the UDP timeout of the NAT or firewall above the 16 s that RDP-UDP leaves between two keepalives.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let (index, idle) = s.variant(Variant::UdpIdle)?;
            let stop = idle.stopped(Phase::UdpTls, CauseKind::Silence)?;
            let (other, busy) = s.variant(Variant::UdpDescribed).filter(|(_, walk)| walk.passed(Phase::UdpTls))?;
            let control = passed(other, busy, Phase::UdpTls, "without the pause it was answered");
            Some(end(index, idle, stop).and_all(Some(control)))
        },
    },
    Rule {
        code: "udp.garbled",
        title: "what answers over UDP does not speak its protocol as it is specified",
        why: "Another service on this port, a device that changes datagrams, or a server with a fault.",
        advice: "The evidence names the field. Compare with a capture on the host.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let garbled = |phase| stopped(s, phase, |stop| matches!(stop.cause, Cause::Garbled(_)));
            let (index, walk, stop) = garbled(Phase::UdpSyn).or_else(|| garbled(Phase::UdpTls))?;
            Some(end(index, walk, stop))
        },
    },
    Rule {
        code: "udp.no-tls",
        title: "UDP opens, and then nothing answers the TLS ClientHello",
        why: "The server may wait for a session over TCP to announce the transport first, or something lets the first \
              datagrams pass alone.",
        advice: "Probe with --until ready and a user: then the transport belongs to a session.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Possible,
        holds: |s| {
            let (index, walk) = s.variant(Variant::UdpDescribed)?;
            Some(end(index, walk, walk.stopped(Phase::UdpTls, CauseKind::Silence)?))
        },
    },
    Rule {
        code: "udp.certificate-differs",
        title: "the certificate over UDP is another than over TCP",
        why: "UDP and TCP end at different hosts: a load balancer that spreads them, a port forward of one of the two, \
              or an interception of TCP alone.",
        advice: "Send both to the same host: bind UDP to the session host that TCP chose.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let sha = |certificate: &Option<Certificate>| certificate.as_ref().and_then(|shown| shown.sha256.clone());
            let tcp = sha(&s.baseline()?.facts.tls.certificate)?;
            let mut walks = s.walks.iter().enumerate();
            let (index, walk) =
                walks.find(|(_, walk)| sha(&walk.facts.udp_tls.certificate).is_some_and(|udp| udp != tcp))?;
            let over_tcp = passed(0, s.baseline()?, Phase::Tls, format!("over TCP: {tcp}"));
            let udp = sha(&walk.facts.udp_tls.certificate)?;
            Some(over_tcp.and_all(Some(passed(index, walk, Phase::UdpTls, format!("over UDP: {udp}")))))
        },
    },
    Rule {
        code: "udp.second-answer",
        title: "one SYN was answered by two servers",
        why: "Two SYN+ACKs with different numbers: a load balancer that copies, or two hosts with one address.",
        advice: "Look which hosts have this address; let one of them answer.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let mut walks = s.walks.iter().enumerate();
            let (index, walk) = walks.find(|(_, walk)| walk.facts.udp_syn.second_answer == Some(true))?;
            Some(passed(index, walk, Phase::UdpSyn, "a SYN+ACK with another initial sequence number came too"))
        },
    },
    Rule {
        code: "udp.server-age",
        title: "how the server takes a SYN of version 3 hints at its age",
        why: "Server 2019 and Windows 10 1809 to 1909 take any hash of a cookie; later ones fall back to version 2 when \
              they do not know it, and earlier ones have no version 3.",
        advice: "Nothing to do; compare with the build that NTLM tells.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Possible,
        holds: |s| {
            let (index, walk) = s.variant(Variant::UdpVersion3)?;
            let age = match walk.facts.udp_syn.version.as_deref()? {
                "3" => "version 3 with a hash that nobody knows: as Windows 10 1809 to 1909, Server 2019",
                "2" => "version 2: as Windows 8.1 to 10 1803 and Server 2012 R2 to 2016, or 10 2004 and Server 2022 on",
                _ => "version 1: as Windows 8 and Server 2012",
            };
            Some(passed(index, walk, Phase::UdpSyn, age))
        },
    },
    Rule {
        code: "udp.tunnel-made",
        title: "the server asked for UDP, and the tunnel is there",
        why: "The server knew the cookie that it gave over TCP.",
        advice: "Nothing to do.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let (index, walk) = s.variant(Variant::UdpTunnel).filter(|(_, walk)| walk.passed(Phase::UdpTunnel))?;
            Some(passed(index, walk, Phase::UdpTunnel, "Tunnel Create Response: S_OK"))
        },
    },
    Rule {
        code: "udp.tunnel-failed",
        title: "the server asked for UDP, and the tunnel did not come up: the session stays on TCP",
        why: "The evidence says how far it came. Silence behind the Tunnel Create Request means that the server does not \
              know the cookie: UDP may have gone to another host than TCP.",
        advice: "Behind a load balancer, send UDP to the host that has the TCP connection.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let (index, walk) = s.variant(Variant::UdpTunnel).filter(|(_, walk)| !walk.is_cut())?;
            Some(end(index, walk, walk.stop.as_ref()?))
        },
    },
];

/// The first SYN that was answered.
fn answered(survey: &Survey) -> Option<(usize, &Walk)> {
    let mut walks = survey.walks.iter().enumerate();
    walks.find(|(_, walk)| walk.variant == Variant::UdpSyn && walk.passed(Phase::UdpSyn))
}

/// The first walk over UDP that stopped in a phase, and of whose stop `is` holds.
fn stopped(survey: &Survey, phase: Phase, is: impl Fn(&Stop) -> bool) -> Option<(usize, &Walk, &Stop)> {
    let walks = survey.walks.iter().enumerate();
    let mut stops = walks.filter_map(|(index, walk)| Some((index, walk, walk.stop.as_ref()?)));
    stops.find(|(_, _, stop)| stop.phase == phase && is(stop))
}

/// The ICMP message that ended a walk: the host's own word that nobody listens, or any other.
fn unreachable(survey: &Survey, own: bool) -> Option<Evidence> {
    let (index, walk, stop) = stopped(survey, Phase::UdpSyn, |stop| matches!(stop.cause, Cause::Unreachable { .. }))?;
    let Cause::Unreachable { icmp } = &stop.cause else { return None };
    // That our own host has no way there is nobody's word on the path.
    if icmp.is_own() {
        return None;
    }
    let host = icmp.from == walk.address.map(|address| address.ip());
    let port = matches!((icmp.kind, icmp.code), (Some(3), Some(3)) | (Some(1), Some(4)));
    ((host && port) == own).then(|| end(index, walk, stop))
}

/// What was measured, where `is` holds of it: cited by the SYN that shows it, one that was lost where there is one.
fn measured(survey: &Survey, is: impl Fn(&Udp) -> bool, says: impl Fn(&Udp) -> String) -> Option<Evidence> {
    let udp = survey.path().udp.filter(|udp| udp.passes.is_some() && is(udp))?;
    let says = says(&udp);
    match stopped(survey, Phase::UdpSyn, |stop| stop.cause == Cause::Silence) {
        Some((index, walk, stop)) => Some(end(index, walk, stop).by(&says)),
        None => answered(survey).map(|(index, walk)| passed(index, walk, Phase::UdpSyn, says)),
    }
}

/// What was lost of all SYNs of full length.
fn both(udp: &Udp) -> Option<Share> {
    let shares = [udp.lost, udp.lost_apart].into_iter().flatten();
    let (k, n) = shares.fold((0, 0), |(k, n), share| (share.k.saturating_add(k), share.n.saturating_add(n)));
    Share::of(k, n)
}
