use jiff::{SignedDuration, Timestamp};

use super::seen::passed;
use crate::fact::Certificate;
use crate::phase::Phase;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::walk::Walk;

/// RSA keys below this many bits are refused by current Windows clients.
const LEAST_RSA_BITS: u32 = 2048;

/// Clocks that are less apart than this are not worth a word, nor is a certificate made a moment ago.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "certificate.expired",
        title: "the server's certificate has expired",
        why: "Its renewal failed: TermService could not make a new one (events 1057, 1058), or nobody replaced it. Expiry \
              alone does not end a handshake: mstsc warns, and with strict settings shows 0x1B07.",
        advice: "Delete the certificate from the host's store `Remote Desktop` and restart TermService, or bind a new one.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            judged(s, |c, at| {
                c.not_after.filter(|end| *end < at).map(|end| format!("valid until {end}, and it is {at}"))
            })
        },
    },
    Rule {
        code: "certificate.not-yet-valid",
        title: "the server's certificate is not valid yet",
        why: "It was made by a clock that runs ahead, or the clock that judges it is behind. A client warns; the \
              handshake does not end for it.",
        advice: "Check the clocks on both sides, then have the certificate made anew.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            judged(s, |c, at| {
                let begins = c.not_before.filter(|start| start.duration_since(at) > TOLERANCE)?;
                Some(format!("valid from {begins}, and it is {at}"))
            })
        },
    },
    Rule {
        code: "certificate.weak-key",
        title: "the server's RSA key is too short",
        why: "Current Windows refuses RSA keys below 2048 bits in new policies, and other clients do so now.",
        advice: "Have the certificate made anew with a key of 2048 bits or more.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            judged(s, |c, _| {
                let bits = c.key_bits.filter(|bits| c.key.as_deref() == Some("rsa") && *bits < LEAST_RSA_BITS)?;
                Some(format!("an RSA key of {bits} bits"))
            })
        },
    },
    Rule {
        code: "certificate.sha1",
        title: "the server's certificate is signed with SHA-1",
        why: "It was made long ago, or by a server that still does so. Clients warn or refuse.",
        advice: "Have the certificate made anew; Windows signs with SHA-256 since 2012 R2.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            judged(s, |c, _| {
                let signature = c.signature.as_deref().filter(|name| name.to_ascii_lowercase().contains("sha1"))?;
                Some(format!("signed with {signature}"))
            })
        },
    },
    Rule {
        code: "certificate.name-mismatch",
        title: "the certificate does not carry the name that was typed",
        why: "It was made for another name, e.g. the short one or the one inside the network; through a NAT that is \
              usual. mstsc warns, and goes on when the user accepts.",
        advice: "Connect by a name that the certificate carries, or bind a certificate that carries this one.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let typed = s.target.host.trim_end_matches('.').to_owned();
            judged(s, |c, _| {
                let names = names(c);
                (!names.is_empty() && !names.iter().any(|name| covers(name, &typed)))
                    .then(|| format!("typed {typed}, certificate for {}", names.join(", ")))
            })
        },
    },
    Rule {
        code: "certificate.of-another-computer",
        title: "the certificate does not name the computer that answers inside it",
        why: "The NTLM challenge and the certificate name different computers: a load balancer, a cloned machine, or a \
              device on the path that shows a certificate of its own.",
        advice: "Compare the fingerprint in this report with the host's own (store `Remote Desktop`): if they differ, \
                 something on the path inspects TLS.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            let ntlm = s.baseline()?.facts.credssp.ntlm.clone()?;
            let own: Vec<String> = [ntlm.dns_computer, ntlm.netbios_computer].into_iter().flatten().collect();
            judged(s, |c, _| {
                let names = names(c);
                let same = |name: &String| own.iter().any(|own| covers(name, own) || short(name) == short(own));
                (!own.is_empty() && !names.is_empty() && !names.iter().any(same))
                    .then(|| format!("NTLM says {}, the certificate {}", own.join(" or "), names.join(", ")))
            })
        },
    },
    Rule {
        code: "certificate.self-signed",
        title: "the certificate is self-signed, which is normal for Remote Desktop",
        why: "Windows makes one for itself when no other is bound. It ends no handshake; mstsc asks the user once.",
        advice: "Nothing. To be rid of the question bind a certificate of your own authority.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            judged(s, |c, _| {
                c.self_signed
                    .filter(|own| *own)
                    .map(|_| format!("issuer and subject are {}", c.subject.as_deref().unwrap_or("?")))
            })
        },
    },
];

/// Judges the certificate that the survey saw first, at the server's own time where it told that, else at ours.
fn judged(survey: &Survey, judge: impl Fn(&Certificate, Timestamp) -> Option<String>) -> Option<Evidence> {
    let shows = |walk: &&Walk| walk.facts.tls.certificate.is_some();
    let index = survey.walks.iter().position(|walk| shows(&walk))?;
    let walk = survey.walks.get(index)?;
    let theirs = walk.facts.credssp.ntlm.as_ref().and_then(|ntlm| ntlm.server_time);
    let says = judge(walk.facts.tls.certificate.as_ref()?, theirs.unwrap_or(survey.started))?;
    let clock = if theirs.is_some() { " by the server's clock" } else { "" };
    let says = if says.contains("and it is") { format!("{says}{clock}") } else { says };
    Some(passed(index, walk, Phase::Tls, says))
}

/// The names of a certificate: the alternative names, or else the common name.
fn names(certificate: &Certificate) -> Vec<String> {
    let san = certificate.san.clone().unwrap_or_default();
    if !san.is_empty() {
        return san;
    }
    let subject = certificate.subject.as_deref().unwrap_or_default();
    subject.split(", ").filter_map(|part| part.strip_prefix("CN=")).map(str::to_owned).collect()
}

/// Whether a certificate's name covers a host's (RFC 6125 6.4: one `*` in place of the first label).
fn covers(name: &str, host: &str) -> bool {
    let same = name.eq_ignore_ascii_case(host);
    same || name
        .strip_prefix("*.")
        .zip(host.split_once('.'))
        .is_some_and(|(rest, (_, domain))| rest.eq_ignore_ascii_case(domain))
}

/// A name's first label, by which NetBIOS knows the computer (15 letters at most).
fn short(name: &str) -> String {
    name.split('.').next().unwrap_or_default().chars().take(15).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(covers("SRV.lab", "srv.LAB"));
        assert!(covers("*.lab.example", "srv.lab.example"));
        assert!(!covers("*.lab.example", "a.b.lab.example"));
        assert!(!covers("*.lab.example", "lab.example"));
    }
}
