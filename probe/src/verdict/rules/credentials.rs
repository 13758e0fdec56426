//! What became of the credentials. The server's codes are told by name; each stands in one rule alone.

use super::seen::{apart, declined, field, passed, stopped};
use crate::fact::Authentication;
use crate::phase::Phase;
use crate::phases::credssp::AUTHORIZATION;
use crate::stop::{CauseKind, Refusal, RefusalKind, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::walk::Walk;

const PASSWORD: &[&str] =
    &["STATUS_LOGON_FAILURE", "STATUS_WRONG_PASSWORD", "SEC_E_LOGON_DENIED", "KDC_ERR_PREAUTH_FAILED"];
const UNKNOWN: &[&str] = &["STATUS_NO_SUCH_USER", "KDC_ERR_C_PRINCIPAL_UNKNOWN", "SEC_E_UNKNOWN_CREDENTIALS"];
const LOCKED: &[&str] = &["STATUS_ACCOUNT_LOCKED_OUT"];
const DISABLED: &[&str] = &["STATUS_ACCOUNT_DISABLED", "STATUS_ACCOUNT_EXPIRED", "KDC_ERR_CLIENT_REVOKED"];
const EXPIRED: &[&str] = &["STATUS_PASSWORD_EXPIRED", "STATUS_PASSWORD_MUST_CHANGE", "KDC_ERR_KEY_EXPIRED"];
const RESTRICTED: &[&str] = &[
    "STATUS_ACCOUNT_RESTRICTION",
    "STATUS_INVALID_LOGON_HOURS",
    "STATUS_INVALID_WORKSTATION",
    "STATUS_LOGON_TYPE_NOT_GRANTED",
    "STATUS_AUTHENTICATION_FIREWALL_FAILED",
    "STATUS_SMARTCARD_LOGON_REQUIRED",
    "KDC_ERR_POLICY",
];
const NTLM_BLOCKED: &[&str] = &["STATUS_NTLM_BLOCKED"];
const CLOCK: &[&str] = &["STATUS_TIME_DIFFERENCE_AT_DC", "SEC_E_TIME_SKEW", "KRB_AP_ERR_SKEW"];
const NO_DC: &[&str] = &["STATUS_NO_LOGON_SERVERS", "SEC_E_NO_AUTHENTICATING_AUTHORITY"];

/// Declares a rule about a refusal that speaks for itself.
macro_rules! refusal {
    ($code:literal, $title:literal, $why:literal, $advice:literal, $names:expr) => {
        Rule {
            code: $code,
            title: $title,
            why: $why,
            advice: $advice,
            step: true,
            severity: Severity::Fault,
            needs: &[],
            ceiling: Certainty::Certain,
            holds: |s| declined(s, Phase::Credssp, |_, name| $names.contains(&name)),
        }
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "credssp.certificate-not-trusted",
        title: "no credentials were sent: the server's certificate is not trusted",
        why: "Whoever shows a certificate that nobody vouches for may be anybody, and a proof of the password can be \
              guessed at. RDP hosts make their own certificate unless they are given one.",
        advice: "Compare the fingerprint in this report with the certificate on the host, and give it as `--pin`; or \
                 `--accept-certificate` where the path is known.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline()?;
            let why = walk.facts.tls.distrust.as_ref()?;
            Some(passed(0, walk, Phase::Tls, format!("the certificate is not trusted: {why}")))
        },
    },
    Rule {
        code: "credssp.mode-not-supported",
        title: "no credentials were sent: the server does not do what was insisted on",
        why: "Restricted Admin is off unless DisableRestrictedAdmin is 0 on the host; Remote Credential Guard needs a \
              host in a domain, and Kerberos. mstsc shows 0xE09.",
        advice: "On the host, HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa, DisableRestrictedAdmin = 0; or log on without \
                 the flag.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: mode_not_supported,
    },
    Rule {
        code: "credssp.no-nla",
        title: "the credentials were not used: this server does no NLA",
        why: "Without NLA the server asks for the password in the session, on its own logon screen.",
        advice: "To try the password, log on there; to demand NLA, switch it on at the host.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline()?;
            let unused = walk.facts.credssp.authentication == Some(Authentication::Unused);
            let selected = walk.facts.negotiate.selected.as_ref()?;
            unused.then(|| passed(0, walk, Phase::Negotiate, format!("the server selected {selected}")))
        },
    },
    Rule {
        code: "credssp.key-not-proved",
        title: "the server took the proof of the password and does not prove its own key",
        why: "Somebody between may end TLS with a certificate of their own and hand CredSSP on: a device that inspects \
              TLS, or an attacker. Or this server does not know the password that it took. The password was not given, \
              but a proof of it that can be guessed at.",
        advice: "Compare the certificate in this report with the one on the host: if they differ, find who shows it, and \
                 change the password if it is nobody of yours. If they are the same, update the server's CredSSP.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Credssp, CauseKind::Garbled, key_not_proved),
    },
    Rule {
        code: "credssp.ended-after-proof",
        title: "the server ended the connection at the proof of the password, without a reason",
        why: "Usually the user name or the password is wrong: servers made of FreeRDP, and Windows with CredSSP version 2, \
              say no more than that. A server that takes no NTLM looks the same.",
        advice: "Server log at this second; on Windows Security 4625 names the reason. Mind that a further try counts \
                 towards a lockout.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| ended_with_proof(s, |awaiting| awaiting != AUTHORIZATION),
    },
    Rule {
        code: "credssp.ended-before-authorization",
        title: "the password is right, and the server ended the connection before it said whether the user may log on",
        why: "The server proved its key with the password and took the credentials; what failed is what it does with them: \
              looking up the user's rights, or starting a session.",
        advice: "Server log at this second; on Windows TerminalServices-LocalSessionManager/Operational, and the events \
                 of the Remote Desktop Services service.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| ended_with_proof(s, |awaiting| awaiting == AUTHORIZATION),
    },
    refusal!(
        "credssp.wrong-password",
        "the user name or the password is not accepted",
        "The server or its domain checked them and said no. Such a code is vague on purpose: the name may be the one that \
         is wrong, or the domain in front of it.",
        "Try the same name and password elsewhere before here again; Security 4625 on the host names the sub-status. \
         A local account may need `.\\NAME`.",
        PASSWORD
    ),
    refusal!(
        "credssp.unknown-user",
        "the account does not exist",
        "The server or the KDC looked for the account and did not find it: a typing error, or another domain or realm.",
        "Check the name, and the domain or realm that it stands with.",
        UNKNOWN
    ),
    refusal!(
        "credssp.account-locked",
        "the account is locked out",
        "Too many wrong passwords, often by a device or a service that still has an old one.",
        "Have it unlocked; Security 4740 on the domain controller names the computer that locked it.",
        LOCKED
    ),
    refusal!(
        "credssp.account-disabled",
        "the account is disabled or has expired",
        "An administrator switched it off, or its last day is past. A KDC says the same of a locked account.",
        "In the directory: account options and account expiry.",
        DISABLED
    ),
    refusal!(
        "credssp.password-expired",
        "the password has expired or must be changed first",
        "NLA cannot change a password, so that mstsc cannot get in with this one, although it is right.",
        "Change it at a console, over the web, or on a host without NLA; then try again.",
        EXPIRED
    ),
    refusal!(
        "credssp.account-restricted",
        "the account may not log on here, now, or in this way",
        "The password was right. Logon hours, allowed workstations, a blank password, a missing right to log on over the \
         network, selective authentication, or a smart card that is demanded: the code says which.",
        "`rdp-probe explain` with the code; then the account's properties, and on the host the user rights in \
         `secpol.msc`.",
        RESTRICTED
    ),
    refusal!(
        "credssp.ntlm-blocked",
        "policy blocks NTLM",
        "The host or its domain takes Kerberos alone. mstsc gets in if it can use Kerberos: with the host's full name, and a \
         domain controller within reach.",
        "Log on with `--kdc`; on the host NTLM/Operational 4001 and 4002 name the policy.",
        NTLM_BLOCKED
    ),
    Rule {
        code: "credssp.clock-refused",
        title: "the clocks are too far apart to log on",
        why: "Kerberos takes no proof that is more than five minutes off.",
        advice: "`timedatectl` here, `w32tm /query /status` on the host and the domain controller; correct the one that is \
                 wrong.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: clock_refused,
    },
    refusal!(
        "credssp.no-domain-controller",
        "the server reaches no domain controller to ask",
        "It cannot check a domain account by itself.",
        "On the host `nltest /sc_verify:DOMAIN`; a local account still gets in.",
        NO_DC
    ),
    Rule {
        code: "credssp.kdc-unreachable",
        title: "the Kerberos KDC gave no answer, or none that we can use",
        why: "Without it there is no ticket, and the server was not asked for more. It is named on our command line, so this \
              is about our way to the KDC, not about the server.",
        advice: "Check `--kdc`: TCP port 88 of a domain controller must be reachable from here, and a KDC must be what \
                 answers there.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Credssp, CauseKind::Local, |_, stop| stop.cause.is_kdc()),
    },
    Rule {
        code: "credssp.logon-refused",
        title: "the credentials were refused with a code of its own",
        why: "The server or the KDC checked them, and its code says why not.",
        advice: "`rdp-probe explain` with the code, and the Security log of the host at this second.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let told = [PASSWORD, UNKNOWN, LOCKED, DISABLED, EXPIRED, RESTRICTED, NTLM_BLOCKED, CLOCK, NO_DC];
            stopped(s, Phase::Credssp, CauseKind::Declined, |walk, stop| {
                let coded = |refusal: &Refusal| {
                    matches!(refusal.kind, RefusalKind::Ntstatus | RefusalKind::Kerberos)
                        && !told.iter().any(|names| names.contains(&refusal.name.as_str()))
                };
                walk.logs_on() && stop.refusal().is_some_and(coded)
            })
        },
    },
    Rule {
        code: "credssp.not-authorized",
        title: "the password is right, and the user may not log on through Remote Desktop",
        why: "The user is in no group that may: Remote Desktop Users, or Administrators; or is denied the right.",
        advice: "On the host add the user to Remote Desktop Users, and look at \"Allow log on through Remote Desktop \
                 Services\" and its \"Deny\" in `secpol.msc`.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| declined(s, Phase::Credssp, |kind, _| kind == RefusalKind::EarlyUserAuth),
    },
];

/// Where the server's public key is due, sealed with what the proof of the password has given to both, is none.
pub(super) fn key_not_proved(walk: &Walk, stop: &Stop) -> bool {
    walk.logs_on() && field(stop) == "pubKeyAuth"
}

fn mode_not_supported(survey: &Survey) -> Option<Evidence> {
    let walk = survey.baseline()?;
    let facts = &walk.facts;
    let withheld = facts.credssp.authentication == Some(Authentication::Withheld) && facts.tls.distrust.is_none();
    let mode = facts.negotiate.mode.as_ref().filter(|_| withheld)?;
    let flags = facts.negotiate.flags.as_deref().unwrap_or_default().join(", ");
    Some(passed(0, walk, Phase::Negotiate, format!("we insisted on {mode}, and the server's flags are: {flags}")))
}

fn clock_refused(survey: &Survey) -> Option<Evidence> {
    let refused = declined(survey, Phase::Credssp, |_, name| CLOCK.contains(&name))?;
    let told = survey.baseline().and_then(|walk| {
        let skew = walk.facts.credssp.kdc_skew_us?;
        Some(passed(0, walk, Phase::Credssp, format!("the KDC's clock is {} ours", apart(skew))))
    });
    Some(refused.and_all(told))
}

/// The server ended it without a reason when it had the proof of the password, where such a message was due.
fn ended_with_proof(survey: &Survey, due: fn(&str) -> bool) -> Option<Evidence> {
    let proved = |cause: CauseKind, kind: Option<RefusalKind>| {
        stopped(survey, Phase::Credssp, cause, |walk, stop| {
            walk.facts.credssp.authentication == Some(Authentication::Sent)
                && due(stop.awaiting.as_deref().unwrap_or_default())
                && stop.refusal().map(|refusal| refusal.kind) == kind
        })
    };
    proved(CauseKind::Closed, None)
        .or_else(|| proved(CauseKind::Reset, None))
        .or_else(|| proved(CauseKind::Declined, Some(RefusalKind::Alert)))
}
