//! Rules for what lies behind the gate: `channels` to `finalization`.

use super::seen::{declined, passed, stopped};
use crate::phase::Phase;
use crate::stop::{CauseKind, RefusalKind};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};

/// The phases behind `settings`.
const BEHIND: &[Phase] = &[
    Phase::Channels,
    Phase::Security,
    Phase::Logon,
    Phase::Licensing,
    Phase::Multitransport,
    Phase::Capabilities,
    Phase::Finalization,
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "logon.denied",
        title: "the server itself sent ERRINFO_SERVER_DENIED_CONNECTION (0x7), in a Set Error Info PDU that was decoded",
        why: "This is the server's own word, and not the 0x7 that mstsc fills in beside 0x904 when a connection dies. The \
              server refuses this connection: by policy, by a limit, or because it is being drained.",
        advice: "On the host: `change logon /query` (drain mode), the session limits, and RdpCoreTS and \
                 TerminalServices-LocalSessionManager events at this second.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| behind(|phase| declined(s, phase, |_, name| name == DENIED)),
    },
    Rule {
        code: "logon.error-info",
        title: "the server said why it ends the session, in a Set Error Info PDU",
        why: "The code in the evidence is the server's own reason, and mstsc shows it as the extended error code.",
        advice: "`rdp-probe explain` with the code's name says what it is and where to look.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| behind(|phase| declined(s, phase, |kind, name| kind == RefusalKind::ErrorInfo && name != DENIED)),
    },
    Rule {
        code: "logon.closed",
        title: "the connection ended without a word after our Client Info",
        why: "The server took the Client Info and dropped the connection: it rejects the user or has none configured, or \
              the session's process failed to start. This is the other common 0x904 with 0x7.",
        advice: "Read the server's log at this second; on Windows TerminalServices-LocalSessionManager and Winlogon \
                 events, on Linux the session manager's log.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| ended(s, Phase::Logon),
    },
    Rule {
        code: "licensing.refused",
        title: "licensing failed: the server named the error",
        why: "No licence server answers the host, no client access licences are left, or the host's grace period is over.",
        advice: "On the host run the Remote Desktop Licensing Diagnoser; check the licence server and its free licences.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| behind(|phase| declined(s, phase, |kind, _| kind == RefusalKind::Licensing)),
    },
    Rule {
        code: "licensing.ended",
        title: "the connection ended in the middle of licensing",
        why: "The host gave up on licensing without a word, usually because its licence server did not answer.",
        advice: "On the host run the Remote Desktop Licensing Diagnoser; TerminalServices-RemoteConnectionManager events \
                 1128 and 1130.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| ended(s, Phase::Licensing),
    },
    Rule {
        code: "capabilities.redirected",
        title: "the server sends the session to another server",
        why: "A connection broker found that the session belongs elsewhere. mstsc follows; this probe does with `--follow`, and \
              tells where to.",
        advice: "`--follow --until ready` goes there as mstsc would; or probe the server that the evidence names: a broker's \
                 load-balance info goes into --routing-token.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| behind(|phase| declined(s, phase, |kind, _| kind == RefusalKind::Redirection)),
    },
    Rule {
        code: "channels.ended",
        title: "the connection ended between the basic settings and the session",
        why: "The server answered the basic settings and then dropped the connection while channels, capabilities or the \
              last messages were exchanged: a fault of the server's session, or of a device that looks into RDP.",
        advice: "Read the server's log at this second; on Windows RdpCoreTS 97, 99 and 103.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| OTHERS.iter().find_map(|phase| ended(s, *phase)),
    },
    Rule {
        code: "channels.refused",
        title: "the server ended the session set-up in its own protocol",
        why: "An MCS result, ultimatum or TLS alert behind the basic settings: the server understood and does not go on. A \
              Disconnect Provider Ultimatum says who asked for it and no more.",
        advice: "Read the server's log at this second: it usually says more than the ultimatum does.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| behind(|phase| declined(s, phase, |kind, _| IN_PROTOCOL.contains(&kind))),
    },
    Rule {
        code: "channels.silence",
        title: "the server stopped answering between the basic settings and the session",
        why: "The session's process hangs or waits: for a profile, a licence server, a display driver.",
        advice: "Look at the host's load and at its session list (`qwinsta`) at this second.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| behind(|phase| stopped(s, phase, CauseKind::Silence, |_, _| true)),
    },
    Rule {
        code: "channels.garbled",
        title: "the server broke the protocol between the basic settings and the session",
        why: "A wrong signature, channel, share or order of messages: a broken server, or a device that rewrites the stream.",
        advice: "Look at the bytes in the JSON report's tape; the evidence names message, field and offset.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| behind(|phase| stopped(s, phase, CauseKind::Garbled, |_, _| true)),
    },
    Rule {
        code: "finalization.logon-error",
        title: "the session came up, and the server said that something is wrong with the logon",
        why: "A Save Session Info PDU with a logon error or notice: it need not be fatal, the server shows it on its screen.",
        advice: "Log on with a client and read what the screen says.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline()?;
            let error = walk.facts.finalization.logon_error.as_deref()?;
            Some(passed(0, walk, Phase::Finalization, error))
        },
    },
];

/// The server's own refusal, by the name that Set Error Info gives it.
const DENIED: &str = "ERRINFO_SERVER_DENIED_CONNECTION";

/// Refusals that say no more than that the server does not go on.
const IN_PROTOCOL: &[RefusalKind] = &[RefusalKind::Mcs, RefusalKind::Ultimatum, RefusalKind::Alert];

/// The phases whose end has no rule of its own.
const OTHERS: &[Phase] =
    &[Phase::Channels, Phase::Security, Phase::Multitransport, Phase::Capabilities, Phase::Finalization];

/// The first phase behind the gate of which `holds` says something.
fn behind(holds: impl Fn(Phase) -> Option<Evidence>) -> Option<Evidence> {
    BEHIND.iter().find_map(|phase| holds(*phase))
}

/// The connection was closed or reset in `phase`.
fn ended(survey: &Survey, phase: Phase) -> Option<Evidence> {
    let end = |cause| stopped(survey, phase, cause, |_, _| true);
    end(CauseKind::Closed).or_else(|| end(CauseKind::Reset))
}
