use super::credentials::key_not_proved;
use super::seen::{apart, caused, passed, stopped, unexplained};
use crate::phase::Phase;
use crate::phases::credssp::KERBEROS_ALONE;
use crate::stop::{Cause, CauseKind, RefusalKind, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};

/// Kerberos refuses tickets when the clocks are further apart than this by default, in microseconds.
const KERBEROS_SKEW_US: u64 = 5 * 60 * 1_000_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "credssp.closed",
        title: "the server finished TLS and closed at the first CredSSP message, without a reason",
        why: "NLA is selected but not working on the server: gnome-remote-desktop without credentials set, a proxy that \
              cannot do NLA, or an NLA component that failed to load.",
        advice: "Read the server's log at this second; with gnome-remote-desktop set its user and password \
                 (`grdctl status --show-credentials`). If the host allows it, try `--protocols ssl`.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            unexplained(s, Phase::Credssp, CauseKind::Closed, |walk, stop| !walk.logs_on() && caused(walk, stop))
        },
    },
    Rule {
        code: "credssp.reset",
        title: "the server finished TLS, and the connection was reset at the first CredSSP message",
        why: "The server's process died or dropped the connection without reading, or a device that inspects TLS cut it.",
        advice: "Server log at this second; compare the certificate in this report with the one on the host: if they \
                 differ, something on the path inspects TLS.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| unexplained(s, Phase::Credssp, CauseKind::Reset, |walk, stop| !walk.logs_on() && caused(walk, stop)),
    },
    Rule {
        code: "credssp.silence",
        title: "TLS stands, and then the server is silent where its next CredSSP message is due",
        why: "LSASS on the host is slow or waits for a domain controller that it cannot reach.",
        advice: "On the host: can it reach a domain controller (`nltest /sc_query:DOMAIN`)? Look for Netlogon 5719 and \
                 LSASS load.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| unexplained(s, Phase::Credssp, CauseKind::Silence, |_, _| true),
    },
    Rule {
        code: "credssp.alert",
        title: "the server ends CredSSP with a TLS alert",
        why: "FreeRDP-based servers send access_denied when their NLA is not set up or refuses; certificate_required and \
              the like mean that the TLS handshake was judged late.",
        advice: "Check the server's own credentials and NLA settings, then its log.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| declined_by(s, RefusalKind::Alert),
    },
    Rule {
        code: "credssp.declined",
        title: "the server declined CredSSP with an error code, before any credentials were sent",
        why: "Policy on the host refuses this kind of authentication (NTLM blocked), or its security package failed.",
        advice: "`rdp-probe explain` with the code; on the host NTLM/Operational 4001 and 4002, and RdpCoreTS 139.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| declined_by(s, RefusalKind::Ntstatus),
    },
    Rule {
        code: "credssp.garbled",
        title: "the answer inside TLS is no CredSSP message",
        why: "The server agreed to NLA and answers with something else: a proxy that ends TLS and hands on another \
              protocol, or a broken imitation.",
        advice: "Compare the certificate in this report with the one on the host, and look for a proxy between.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            stopped(s, Phase::Credssp, CauseKind::Garbled, |walk, stop| {
                !key_not_proved(walk, stop) && !other_mechanism(stop)
            })
        },
    },
    Rule {
        code: "credssp.kerberos-not-taken",
        title: "the server does not take Kerberos here, and Kerberos alone was offered",
        why: "The host is in no domain, in another one than the KDC's, or has no service principal TERMSRV/ for the name \
              that was typed.",
        advice: "Leave out `--kdc` to log on with NTLM; or type the host's full domain name, and look at `setspn -L HOST` \
                 in its domain.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Credssp, CauseKind::Garbled, |_, stop| other_mechanism(stop)),
    },
    Rule {
        code: "credssp.clock-skew",
        title: "the server's clock is more than five minutes from ours",
        why: "Kerberos refuses tickets at that distance, and certificates look expired or not yet valid. The clock that is \
              wrong may be ours.",
        advice: "`timedatectl` here, `w32tm /query /status` on the host; correct the one that is wrong.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: skew,
    },
];

/// The server declined in this way, before it had a proof of the password.
fn declined_by(survey: &Survey, kind: RefusalKind) -> Option<Evidence> {
    stopped(survey, Phase::Credssp, CauseKind::Declined, |walk, stop| {
        !walk.logs_on() && stop.refusal().is_some_and(|refusal| refusal.kind == kind)
    })
}

fn skew(survey: &Survey) -> Option<Evidence> {
    let walk = survey.baseline()?;
    let skew = walk.facts.credssp.ntlm.as_ref()?.clock_skew_us?;
    let says = format!("the NTLM challenge's time is {} ours", apart(skew));
    (skew.unsigned_abs() > KERBEROS_SKEW_US).then(|| passed(0, walk, Phase::Credssp, says))
}

/// The server selects another mechanism than the one that was offered.
fn other_mechanism(stop: &Stop) -> bool {
    matches!(&stop.cause, Cause::Garbled(garbled) if garbled.found.ends_with(KERBEROS_ALONE))
}
