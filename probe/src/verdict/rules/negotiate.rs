use rdp_packets::negotiate::FailureCode;

use super::seen::{caused, declined, field, further, passed, stopped, unexplained};
use crate::phase::Phase;
use crate::stop::{Cause, CauseKind, RefusalKind, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::walk::Variant;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "negotiate.closed",
        title: "the other side closed instead of answering the Connection Request",
        why: "A port forward or relay whose backend is gone, a filter on source or cookie, or a service that reads the \
              first bytes and does not like them.",
        advice: "Repeat with another `--cookie` and from another source; then look at the log of whatever accepts on \
                 this port.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| unexplained(s, Phase::Negotiate, CauseKind::Closed, caused),
    },
    Rule {
        code: "negotiate.reset",
        title: "the connection was reset instead of the Connection Request being answered",
        why: "An intrusion prevention system or firewall that knows RDP and forbids it, a relay that lost its backend, or \
              a service that closed without reading.",
        advice: "Repeat with another `--cookie`, and from a network without the firewall; if it passes there, the device \
                 between resets.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| unexplained(s, Phase::Negotiate, CauseKind::Reset, caused),
    },
    Rule {
        code: "negotiate.silence",
        title: "TCP connects, but the Connection Request is never answered",
        why: "The Remote Desktop service hangs, a half-open tunnel or a load balancer accepts without a backend, or the \
              service serves one client at a time and is busy.",
        advice: "On the host: does RdpCoreTS event 131 (connection accepted) appear at this second? If not, something \
                 before the host accepts for it; if so, TermService hangs.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |survey| unexplained(survey, Phase::Negotiate, CauseKind::Silence, |_, _| true),
    },
    Rule {
        code: "negotiate.not-rdp",
        title: "another service answers on this port, not Remote Desktop",
        why: "The first bytes belong to another protocol: a wrong port, a wrong port forward, or a service that took the \
              port first.",
        advice: "On the host: `netstat -abno` says which program owns the port; check port forwards on the way.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Negotiate, CauseKind::Garbled, |_, stop| looks_like(stop)),
    },
    Rule {
        code: "negotiate.garbled",
        title: "the answer to the Connection Request breaks the protocol",
        why: "The bytes look like RDP's framing and do not hold to it: a broken imitation (honeypot, proxy), or a device \
              that rewrites the stream.",
        advice: "Look at the bytes in the JSON report's tape, and ask what stands between: proxy, inspection, honeypot.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            stopped(s, Phase::Negotiate, CauseKind::Garbled, |_, stop| {
                !looks_like(stop) && field(stop) != "selectedProtocol"
            })
        },
    },
    Rule {
        code: "negotiate.unoffered-selection",
        title: "the server selected a security protocol that we did not offer",
        why: "A server may only choose from the offer. Imitations answer with one fixed selection, and an old proxy may \
              repeat an answer that was meant for another client.",
        advice: "Find out what really listens: compare with the host's own console; a real Windows host does not do this.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Negotiate, CauseKind::Garbled, |_, stop| field(stop) == "selectedProtocol"),
    },
    Rule {
        code: "negotiate.rdp-security-only",
        title: "the server does Standard RDP Security alone; mstsc falls back to that, unless policy forbids it",
        why: "Security layer `RDP` is set on the host, or the server is old or a product without TLS. Neither the server \
              nor the password is protected as TLS would.",
        advice: "Nothing for reaching it with mstsc. To be safe set the host's security layer to TLS or negotiate, and \
                 require NLA.",
        step: false,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let evidence = failed(s, FailureCode::SSL_NOT_ALLOWED_BY_SERVER)?;
            let (_, fallback) = s.variant(Variant::RdpOnly)?;
            fallback.stop.is_none().then(|| evidence.and_all(further(s, Variant::RdpOnly)))
        },
    },
    Rule {
        code: "negotiate.no-common-security",
        title: "the server allows Standard RDP Security alone, and does not serve that either",
        why: "It declined TLS by name, and the request for Standard RDP Security, which mstsc makes next, ended too.",
        advice: "Check the security layer of the RDP-Tcp listener and its log; `explain SSL_NOT_ALLOWED_BY_SERVER` tells \
                 more.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let evidence = failed(s, FailureCode::SSL_NOT_ALLOWED_BY_SERVER)?;
            let (_, fallback) = s.variant(Variant::RdpOnly)?;
            let failed = fallback.stop.is_some() && !fallback.is_cut();
            failed.then(|| evidence.and_all(further(s, Variant::RdpOnly)))
        },
    },
    Rule {
        code: "negotiate.no-certificate",
        title: "the server says that it has no certificate to do TLS with",
        why: "The listener's certificate is missing or could not be made again, usually for want of rights in the \
              MachineKeys folder.",
        advice: "On the host: the store `Remote Desktop` and System events 1057 and 1058; delete the broken certificate \
                 and restart TermService to have it made anew.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| failed(s, FailureCode::SSL_CERT_NOT_ON_SERVER),
    },
    Rule {
        code: "negotiate.nla-required",
        title: "the server insists on Network Level Authentication, which this request did not offer",
        why: "NLA is required on the host. mstsc offers it; a client or setting that does not, ends here (mstsc 0xB09).",
        advice: "Offer it: leave `--protocols` away, or set `enablecredsspsupport:i:1` in the .rdp file.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| failed(s, FailureCode::HYBRID_REQUIRED_BY_SERVER),
    },
    Rule {
        code: "negotiate.tls-required",
        title: "the server insists on TLS, which this request did not offer",
        why: "Only Standard RDP Security or CredSSP alone was asked for, and the host wants TLS.",
        advice: "Leave `--protocols` away, so that TLS is offered as mstsc does.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| failed(s, FailureCode::SSL_REQUIRED_BY_SERVER),
    },
    Rule {
        code: "negotiate.declined",
        title: "the server declined the negotiation, with a code that is rare",
        why: "It understood the request and said no; the code in the evidence is what it gave as the reason.",
        advice: "`rdp-probe explain` with the code's name says what is known of it; the server's log at this second says \
                 the rest.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            declined(s, Phase::Negotiate, |kind, name| {
                kind == RefusalKind::Negotiation && !COMMON.iter().any(|code| code.name() == Some(name))
            })
        },
    },
    Rule {
        code: "negotiate.ended-in-protocol",
        title: "the server ended the connection in its own protocol instead of answering the request",
        why: "An MCS Disconnect Provider Ultimatum, X.224 Disconnect Request or Error stands where the Connection Confirm \
              was due. xrdp 0.9 does this when RDSTLS or RDSAAD is offered.",
        advice: "Leave RDSTLS and RDSAAD out of `--protocols`; otherwise look at the server's log.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| declined(s, Phase::Negotiate, |kind, _| matches!(kind, RefusalKind::Ultimatum | RefusalKind::X224)),
    },
    Rule {
        code: "negotiate.legacy",
        title: "the server answers without negotiation data: it is older than RDP 5.2, or imitates such a server",
        why: "Windows 2000, an embedded server, or a honeypot. It knows neither TLS nor Network Level Authentication.",
        advice: "Replace it or put a gateway in front of it, unless it is known to be that old.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline().filter(|walk| walk.facts.negotiate.legacy_server == Some(true))?;
            Some(passed(0, walk, Phase::Negotiate, "the Connection Confirm has no negotiation data"))
        },
    },
    Rule {
        code: "negotiate.standard-security",
        title: "the connection is not inside TLS: the server selected Standard RDP Security",
        why: "The server chose the oldest security that RDP has, or knows no other. Whoever stands on the path can pose \
              as the server.",
        advice: "Set the host's security layer to TLS or negotiate, and require NLA.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline()?;
            let selected = walk.facts.negotiate.selected.as_deref() == Some("rdp");
            selected.then(|| passed(0, walk, Phase::Negotiate, "the Connection Confirm selects no TLS"))
        },
    },
];

/// Failure codes that have a rule of their own.
const COMMON: &[FailureCode] = &[
    FailureCode::SSL_REQUIRED_BY_SERVER,
    FailureCode::SSL_NOT_ALLOWED_BY_SERVER,
    FailureCode::SSL_CERT_NOT_ON_SERVER,
    FailureCode::HYBRID_REQUIRED_BY_SERVER,
];

/// The server declined with this code.
fn failed(survey: &Survey, code: FailureCode) -> Option<Evidence> {
    declined(survey, Phase::Negotiate, |_, name| code.name() == Some(name))
}

/// The first bytes are not those of any RDP answer.
fn looks_like(stop: &Stop) -> bool {
    matches!(&stop.cause, Cause::Garbled(garbled) if garbled.looks_like.is_some() || garbled.field == "version")
}
