use super::seen::{by_path, caused, cure, cured, end, experiments, further, passed, small_segments_failed, stopped};
use crate::phase::Phase;
use crate::stop::{CauseKind, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Need, Rule, Severity};
use crate::walk::{Variant, Walk};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "tls.reset-at-hello",
        title: "the connection is reset when the ClientHello arrives",
        why: "On Windows: TermService cannot use the certificate's private key (Schannel 36870), or policy leaves it no \
              TLS version or suite (36871, 36874). Else a device on the path that resets TLS inside RDP.",
        advice: "On the host, System log, source Schannel, at this second: 36870 = give NETWORK SERVICE read access to \
                 the key, or let the certificate be made anew; 36871/36874 = TLS policy. No event = suspect the path.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| fault(s, CauseKind::Reset, at_hello),
    },
    Rule {
        code: "tls.closed-at-hello",
        title: "the server closes when the ClientHello arrives, without an alert",
        why: "The server could not start TLS and closed in order: on Linux servers usually a certificate or key file \
              that the daemon cannot read.",
        advice: "Read the server's own log at this second; for xrdp check that its user may read key_file (/etc/xrdp/key.pem).",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| fault(s, CauseKind::Closed, at_hello),
    },
    Rule {
        code: "tls.silence-at-hello",
        title: "the ClientHello is never answered, though X.224 was",
        why: "Small packets pass and the server's first large ones do not: an MTU black hole. Or LSASS hangs, or a device \
              swallows TLS.",
        advice: "`ping -M do -s 1372 HOST` (Windows: `ping -f -l 1372 HOST`), then smaller; if large ones vanish, lower \
                 the MTU of the tunnel or clamp the MSS. Else look at the host's LSASS load.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Possible,
        holds: |s| fault(s, CauseKind::Silence, at_hello).filter(|_| !small_segments_failed(s)),
    },
    Rule {
        code: "tls.broken-midway",
        title: "the TLS handshake began, and the connection was ended in the middle of it",
        why: "The server answered the ClientHello and ended before it was finished: it wants a client certificate, its \
              key does not fit its certificate, or a device on the path inspects TLS.",
        advice: "Compare the certificate in this report with the one on the host; then Schannel events at this second.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| fault(s, CauseKind::Reset, midway).or_else(|| fault(s, CauseKind::Closed, midway)),
    },
    Rule {
        code: "tls.silence-midway",
        title: "the TLS handshake began, and then nothing more came",
        why: "Part of the server's flight arrived and the rest did not: packet loss, an MTU black hole, or a path that \
              throttles.",
        advice: "Repeat with `--count 10`; if the stop wanders, look for loss; if not, test the MTU: `ping -M do -s 1372 HOST`.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Possible,
        holds: |s| fault(s, CauseKind::Silence, midway).filter(|_| !small_segments_failed(s)),
    },
    Rule {
        code: "tls.silence-at-any-size",
        title: "the TLS handshake is not answered to its end, and with small segments neither",
        why: "The size of packets is not to blame. LSASS hangs or cannot reach the certificate's key store, or a device on \
              the path swallows TLS inside RDP.",
        advice: "On the host: LSASS and TermService (processor, hanging smart card or key store), Schannel events at this \
                 second; then from a client beside the host, to leave the path out.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| fault(s, CauseKind::Silence, |_, _| true).filter(|_| small_segments_failed(s)),
    },
    Rule {
        code: "tls.alert",
        title: "the server refuses the TLS handshake with an alert",
        why: "handshake_failure, protocol_version and insufficient_security mean no common version or suite; \
              internal_error usually a key that the server cannot use; unrecognized_name a name it does not know.",
        advice: "On the host: Schannel 36874 and 36888 (versions, suites) or 36870 (key). `rdp-probe explain` with the \
                 alert's name says more.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| fault(s, CauseKind::Declined, |_, _| true),
    },
    Rule {
        code: "tls.garbled",
        title: "the bytes that came are no TLS, or break it",
        why: "The server selected TLS and then speaks something else: a proxy that ends TLS elsewhere, or a device that \
              rewrites the stream.",
        advice: "Look at the bytes in the JSON report's tape; take the proxies on the way out one by one.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Tls, CauseKind::Garbled, |_, _| true),
    },
    Rule {
        code: "tls.library-refused",
        title: "our TLS library broke off the handshake, and our own ClientHello was not answered either",
        why: "The server's answer is one that the library does not accept. What mstsc would do cannot be told from here.",
        advice: "Try from a Windows client; look at the server's TLS settings: version, suites, key size.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Possible,
        holds: |s| fault(s, CauseKind::Local, |_, stop| stop.cause.is_library()),
    },
    Rule {
        code: "tls.nothing-in-common",
        title: "our TLS library and this server have nothing in common; mstsc may well connect",
        why: "The server speaks only what modern TLS libraries have dropped: TLS 1.0 or 1.1, RSA key exchange, or CBC \
              suites. Our own ClientHello was answered, so the server is alive and is described here.",
        advice: "Nothing, if the users' Windows still allows these versions and suites. To be safe enable TLS 1.2 with \
                 ECDHE suites on the host: new Windows clients switch the old ones off.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| described(s).filter(|(_, walk)| is_legacy(walk)).and_then(|(index, walk)| answered(s, index, walk)),
    },
    Rule {
        code: "tls.newer-hello-fails",
        title: "the server answers a ClientHello up to TLS 1.2, and not the usual one with TLS 1.3 in it",
        why: "TLS 1.3 forced on where it does not work with RDP (Windows Server 2019), or a device on the path that does \
              not know it.",
        advice: "On the host: remove the SCHANNEL keys that enable TLS 1.3, restart, and probe again.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Certain,
        holds: newer_fails,
    },
];

/// A stop in `tls` that our own ClientHello met too, so that the hello is not to blame.
fn fault(survey: &Survey, cause: CauseKind, also: impl Fn(&Walk, &Stop) -> bool) -> Option<Evidence> {
    let explained = described(survey).is_some_and(|(_, walk)| is_legacy(walk)) || cure(survey).is_some();
    if explained || by_path(survey) || newer_fails(survey).is_some() {
        return None;
    }
    let evidence = stopped(survey, Phase::Tls, cause, |walk, stop| also(walk, stop) && caused(walk, stop))?;
    let described = evidence.and_all(further(survey, Variant::Described));
    Some(described.and_all(further(survey, Variant::DescribedTls10)).and_all(experiments(survey)))
}

/// The usual hello fails and an older one does not. Where TLS 1.2 alone was tried, that decides: our own ClientHello
/// differs in more than the version.
fn newer_fails(survey: &Survey) -> Option<Evidence> {
    let own = described(survey).filter(|(_, walk)| !is_legacy(walk));
    let own = own.map(|(index, walk)| own_answer(index, walk));
    match (cured(survey, Variant::Tls12Cap), survey.variant(Variant::Tls12Cap)) {
        (Some(capped), _) => Some(capped.and_all(own)),
        (None, Some(_)) => None,
        (None, None) => {
            let stop = survey.baseline()?.stop.as_ref()?;
            let lasting = !survey.controls().any(|control| control.passed(stop.phase));
            let own = own.filter(|_| lasting)?;
            Some(end(0, survey.baseline()?, stop).and_all(Some(own)))
        }
    }
}

/// Nothing came after our ClientHello.
fn at_hello(walk: &Walk, _: &Stop) -> bool {
    walk.tape.received(Phase::Tls) == 0
}

/// Something came after our ClientHello.
fn midway(walk: &Walk, stop: &Stop) -> bool {
    !at_hello(walk, stop)
}

/// The walk in which our own ClientHello was answered, where the baseline's failed.
fn described(survey: &Survey) -> Option<(usize, &Walk)> {
    survey.baseline().filter(|walk| walk.hello_failed())?;
    let walks = [Variant::Described, Variant::DescribedTls10].into_iter().filter_map(|variant| survey.variant(variant));
    walks.into_iter().find(|(_, walk)| walk.stop.is_none())
}

/// Whether the server chose what the TLS library does not speak: anything but ECDHE with an AEAD in TLS 1.2.
fn is_legacy(walk: &Walk) -> bool {
    let suite = walk.facts.tls.cipher_suite.as_deref().unwrap_or_default();
    let modern = suite.starts_with("TLS_ECDHE_") && (suite.contains("_GCM_") || suite.contains("CHACHA20"));
    walk.facts.tls.version.as_deref() != Some("TLS 1.2") || !modern
}

/// Cites how the baseline ended and what our own ClientHello was answered.
fn answered(survey: &Survey, index: usize, walk: &Walk) -> Option<Evidence> {
    let baseline = survey.baseline()?;
    Some(end(0, baseline, baseline.stop.as_ref()?).and_all(Some(own_answer(index, walk))))
}

/// Cites what our own ClientHello was answered.
fn own_answer(index: usize, walk: &Walk) -> Evidence {
    let tls = &walk.facts.tls;
    let chose =
        [tls.version.as_deref(), tls.cipher_suite.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    passed(index, walk, Phase::Tls, format!("our own ClientHello was answered: {chose}"))
}
