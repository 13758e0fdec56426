//! The few facts of a phase that a reader looks for first.

use crate::clock::time;
use crate::fact::{Authentication, Credssp, Facts, Negotiate, Nla, Settings, Tls};
use crate::phase::Phase;
use crate::walk::Walk;

/// A skew of clocks that is worth a word, in microseconds: less may be the way the answer took.
const SKEW: u64 = 1_000_000;

/// What was learned in a phase, in a few words each.
pub(super) fn told(walk: &Walk, phase: Phase) -> Vec<String> {
    let Facts { resolve, negotiate, tls, credssp, settings, .. } = &walk.facts;
    match phase {
        Phase::Resolve => match resolve.addresses.as_deref() {
            None | Some([]) => Vec::new(),
            Some([only]) => vec![only.to_string()],
            Some(all @ [first, ..]) => vec![format!("{first}, the first of {} addresses", all.len())],
        },
        Phase::Connect => {
            let rtt = walk.tape.kernel(phase).and_then(|info| info.rtt_us).filter(|rtt| *rtt > 0);
            rtt.map(|rtt| format!("round trip {}", time(rtt))).into_iter().collect()
        }
        Phase::Proxy => {
            let proxy = &walk.facts.proxy;
            let asked = proxy.asked.as_ref().map(|asked| format!("asked for {asked}"));
            let exit = proxy.exit.as_ref().map(|exit| format!("the command ended: {exit}"));
            [asked, exit].into_iter().flatten().collect()
        }
        Phase::Negotiate => of_negotiate(negotiate, walk.stop.is_none()),
        Phase::Tls => of_tls(tls),
        Phase::UdpTls => of_tls(&walk.facts.udp_tls),
        Phase::UdpSyn => {
            let syn = &walk.facts.udp_syn;
            let version = syn.version.as_ref().map(|version| format!("version {version}"));
            let rtt = syn.rtt_us.map(|rtt| format!("round trip {}", time(rtt)));
            let mapped = syn.mapped.map(|mapped| format!("we are seen as {mapped}"));
            [version, rtt, mapped].into_iter().flatten().collect()
        }
        Phase::UdpTunnel => walk.facts.udp_tunnel.result.iter().cloned().collect(),
        Phase::Credssp => of_credssp(credssp),
        Phase::Settings => of_settings(settings),
        Phase::Channels => {
            let joined = walk.facts.channels.joined.as_ref().map(|joined| format!("{} channels joined", joined.len()));
            joined.into_iter().collect()
        }
        Phase::Security => {
            let security = &walk.facts.security;
            let key = security.key_bits.map(|bits| format!("RSA key of {bits} bits"));
            [security.certificate.clone(), key].into_iter().flatten().collect()
        }
        Phase::Logon => {
            let logon = &walk.facts.logon;
            let rtt = logon.auto_detect_rtt_us.map(|rtt| format!("the server measured a round trip of {}", time(rtt)));
            let bandwidth = logon.auto_detect_bandwidth_kbps.map(|kbps| format!("{kbps} kbit/s"));
            [rtt, bandwidth].into_iter().flatten().collect()
        }
        Phase::Licensing => walk.facts.licensing.outcome.iter().cloned().collect(),
        Phase::Multitransport => {
            let asked = walk.facts.multitransport.requested.as_ref().filter(|requested| !requested.is_empty());
            asked.map(|requested| format!("asked for {}", requested.join(", "))).into_iter().collect()
        }
        Phase::Capabilities => walk.facts.capabilities.desktop.iter().cloned().collect(),
        Phase::Finalization => walk.facts.finalization.logon_error.iter().cloned().collect(),
    }
}

fn of_negotiate(negotiate: &Negotiate, asked: bool) -> Vec<String> {
    let selected = negotiate.selected.as_ref().map(|selected| match negotiate.legacy_server {
        Some(true) => format!("{selected} (the server knows nothing else)"),
        _ => format!("{selected} selected"),
    });
    let nla = match negotiate.nla {
        Some(nla @ (Nla::Required | Nla::Optional | Nla::Absent)) => Some(format!("NLA {}", nla.id())),
        Some(Nla::Unknown) if asked => Some("NLA unknown: the other offers got no answer".to_owned()),
        Some(Nla::Unknown) | None => None,
    };
    let also = negotiate.offers.as_deref().filter(|offers| offers.len() > 1);
    let also = also.map(|offers| format!("agrees to {}", offers.join(", ")));
    [selected, nla, also].into_iter().flatten().collect()
}

fn of_tls(tls: &Tls) -> Vec<String> {
    let retry = tls.hello_retry.filter(|retry| *retry).map(|_| "after a HelloRetryRequest".to_owned());
    let words = [tls.version.clone(), tls.cipher_suite.clone(), tls.group.clone(), retry];
    let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let described = tls.described.filter(|described| *described).map(|_| "described, not finished".to_owned());
    Some(words).filter(|words| !words.is_empty()).into_iter().chain(described).collect()
}

fn of_credssp(credssp: &Credssp) -> Vec<String> {
    let logon = credssp.authentication.and_then(|authentication| match authentication {
        Authentication::Unused => None,
        Authentication::Withheld => Some("no credentials sent".to_owned()),
        Authentication::Sent => Some("proof of the password sent".to_owned()),
        Authentication::Accepted => Some("logged on".to_owned()),
    });
    let ntlm = credssp.ntlm.as_ref();
    let name = ntlm.and_then(|ntlm| ntlm.dns_computer.as_ref().or(ntlm.netbios_computer.as_ref()).cloned());
    let build = ntlm.and_then(|ntlm| ntlm.os_build.as_ref()).map(|build| format!("build {build}"));
    let skew = |whose: &str, skew: Option<i64>| {
        skew.filter(|skew| skew.unsigned_abs() > SKEW).map(|skew| {
            let way = if skew > 0 { "ahead of" } else { "behind" };
            format!("{whose} clock is {} {way} ours", time(skew.unsigned_abs()))
        })
    };
    let own = skew("its", ntlm.and_then(|ntlm| ntlm.clock_skew_us));
    [logon, name, build, own, skew("the KDC's", credssp.kdc_skew_us)].into_iter().flatten().collect()
}

fn of_settings(settings: &Settings) -> Vec<String> {
    let version = settings.server_version.as_ref().map(|version| format!("RDP version {version}"));
    let method = settings.encryption_method.as_ref().map(|method| format!("encryption {method}"));
    let level = settings.encryption_level.as_ref().map(|level| format!("level {level}"));
    [version, method, level].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kdcs_clock_is_told_where_it_is_off() {
        let told = |skew| of_credssp(&Credssp { kdc_skew_us: Some(skew), ..Credssp::default() });
        assert_eq!(told(-400_000_000), ["the KDC's clock is 400.0 s behind ours"]);
        assert!(told(900_000).is_empty());
    }
}
