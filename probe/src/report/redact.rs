//! Takes names and addresses out of a report, so that it can go into a ticket, and leaves what the verdict needs.
//!
//! A pseudonym is made from the value alone: the same name gets the same one everywhere in a report and in every
//! other, so that two redacted reports still compare. It hides a name from whoever reads the ticket, not from someone
//! who already has a guess and can check it.
//!
//! Names keep their parts (computer, domain, a leading `*`), addresses their family, so that the rules find in a
//! redacted report what they find in the original; its verdict is drawn anew, from the pseudonyms. Certificates keep
//! dates, key and signature; their fingerprint is replaced by its own SHA-256, since public logs lead from a
//! fingerprint to a name. Bytes on the tape carry names too: their length alone stays.

mod pseudonym;

use std::net::SocketAddr;

use super::Report;
use crate::evidence::{Answer, Event, Recording};
use crate::fact::{Certificate, Facts, Ntlm};
use crate::stop::{Cause, Icmp, Operation, Stop};
use crate::target::Target;
use crate::verdict::diagnose;
use crate::walk::Walk;
use pseudonym::{Disguise, mark};

/// The cookie that says nothing of anybody.
const OWN_COOKIE: &str = "mstshash=rdp-probe";

/// Replaces every name and address of a report by a pseudonym. A report that is redacted already stays as it is.
pub fn redact(report: &mut Report) {
    if std::mem::replace(&mut report.redacted, true) {
        return;
    }
    let mut disguise = Disguise::default();
    disguise.name(report.host.as_mut());
    for label in [&mut report.label, &mut report.survey.way].into_iter().flatten() {
        *label = format!("label-{}", mark(label));
    }
    let target = &mut report.survey.target;
    disguise.target(target);
    if let Some(detour) = &mut target.detour {
        "the file names a gateway or a broker".clone_into(detour);
    }
    let walks = &mut report.survey.walks;
    // Texts may repeat a name that another walk has learned, so they come last.
    for walk in &mut *walks {
        disguise.socket(walk.address.as_mut());
        if let Some(target) = &mut walk.target {
            disguise.target(target);
        }
        disguise.facts(&mut walk.facts);
    }
    for Walk { stop, tape, .. } in walks {
        if let Some(stop) = stop {
            disguise.stop(stop);
        }
        disguise.tape(tape);
    }
    report.verdict = diagnose(&report.survey);
    for judged in &mut report.expectations {
        judged.redact(mark);
    }
}

impl Disguise {
    fn target(&mut self, target: &mut Target) {
        self.name(Some(&mut target.host));
        target.input = target.to_string();
        self.token("token", target.routing_token.as_mut());
    }

    fn socket(&mut self, address: Option<&mut SocketAddr>) {
        let Some(address) = address else { return };
        *address = SocketAddr::new(self.address(address.ip()), address.port());
    }

    fn facts(&mut self, facts: &mut Facts) {
        for address in facts.resolve.addresses.iter_mut().flatten() {
            *address = self.address(*address);
        }
        self.name(facts.resolve.canonical_name.as_mut());
        self.token("interface", facts.connect.interface.as_mut());
        self.socket(facts.connect.local.as_mut());
        self.socket(facts.connect.remote.as_mut());
        let proxy = &mut facts.proxy;
        for text in [&mut proxy.via, &mut proxy.asked, &mut proxy.bound] {
            self.token("proxy", text.as_mut());
        }
        self.socket(facts.udp_syn.local.as_mut());
        self.socket(facts.udp_syn.mapped.as_mut());
        self.token("cookie", facts.negotiate.cookie.as_mut().filter(|cookie| *cookie != OWN_COOKIE));
        for tls in [&mut facts.tls, &mut facts.udp_tls] {
            if let Some(certificate) = &mut tls.certificate {
                self.certificate(certificate);
            }
        }
        if let Some(ntlm) = &mut facts.credssp.ntlm {
            self.ntlm(ntlm);
        }
        if let Some(redirection) = &mut facts.capabilities.redirection {
            self.name(redirection.target.as_mut());
            self.name(redirection.address.as_mut());
            self.token("token", redirection.load_balance_info.as_mut());
        }
    }

    fn certificate(&mut self, certificate: &mut Certificate) {
        self.distinguished_name(certificate.subject.as_mut());
        self.distinguished_name(certificate.issuer.as_mut());
        self.token("serial", certificate.serial.as_mut());
        for name in certificate.san.iter_mut().flatten() {
            self.name(Some(name));
        }
        if let Some(fingerprint) = &mut certificate.sha256 {
            *fingerprint = format!("redacted-{}", pseudonym::digest(fingerprint));
        }
    }

    fn ntlm(&mut self, ntlm: &mut Ntlm) {
        self.name(ntlm.netbios_computer.as_mut());
        self.name(ntlm.dns_computer.as_mut());
        for domain in [&mut ntlm.netbios_domain, &mut ntlm.dns_domain, &mut ntlm.dns_tree] {
            self.token("domain", domain.as_mut());
        }
    }

    fn stop(&mut self, stop: &mut Stop) {
        match &mut stop.cause {
            // It begins with the KDC's address, which no fact holds.
            Cause::Local { operation: Operation::Kdc, error } => {
                if let Some((address, said)) = error.split_once(": ") {
                    let mut host = address.rsplit_once(':').map_or(address, |(host, _)| host).to_owned();
                    let port = address.strip_prefix(&host).unwrap_or_default().to_owned();
                    let said = self.text(said);
                    self.name(Some(&mut host));
                    *error = format!("{host}{port}: {said}");
                }
            }
            Cause::Unreachable { icmp } => self.icmp(icmp),
            Cause::Garbled(garbled) => garbled.found = self.text(&garbled.found),
            Cause::Local { error, .. } => *error = self.text(error),
            // A redirection says where to.
            Cause::Declined { refusal } => refusal.name = self.text(&refusal.name),
            Cause::Silence | Cause::Refused | Cause::Reset | Cause::Closed => {}
        }
        stop.detail = stop.cause.to_string();
    }

    fn icmp(&mut self, icmp: &mut Icmp) {
        icmp.from = icmp.from.map(|from| self.address(from));
    }

    fn tape(&mut self, tape: &mut Recording) {
        for entry in &mut tape.0 {
            match &mut entry.event {
                Event::Sent(bytes)
                | Event::Received(bytes)
                | Event::Sealed { bytes, .. }
                | Event::Opened { bytes, .. } => bytes.bytes.clear(),
                Event::Icmp { icmp, .. } | Event::Answer { answer: Answer::Icmp { icmp, .. }, .. } => self.icmp(icmp),
                Event::Blind { reason, .. } => *reason = self.text(reason),
                Event::Enter { .. }
                | Event::Leave { .. }
                | Event::Awaiting { .. }
                | Event::Ended { .. }
                | Event::Frame(_)
                | Event::Probe { .. }
                | Event::Answer { .. }
                | Event::Kernel(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Look, sample, text};

    fn redacted(mut report: Report) -> Report {
        redact(&mut report);
        report
    }

    #[test]
    fn no_name_and_no_address_is_left() {
        for report in sample::reports().map(redacted) {
            let json = serde_json::to_string(&report).unwrap();
            let told = format!("{json}\n{}", text(&report, Look::default())).to_lowercase();
            for secret in sample::SECRETS {
                assert!(!told.contains(&secret.to_lowercase()), "{secret} in {told}");
            }
        }
    }

    #[test]
    fn two_redacted_reports_still_compare() {
        let (one, other) = (redacted(sample::gate()), redacted(sample::reset_at_client_hello()));
        assert_eq!(one.survey.target, other.survey.target);
        assert_eq!(one.survey.walks[0].address, other.survey.walks[0].address);
        let twice = redacted(one.clone());
        assert_eq!(twice, one);
    }

    #[test]
    fn the_rules_find_the_same_as_before() {
        for report in sample::reports() {
            let rules = |report: &Report| {
                let findings = report.verdict.findings.iter();
                findings.map(|finding| (finding.rule.clone(), finding.certainty)).collect::<Vec<_>>()
            };
            assert_eq!(rules(&redacted(report.clone())), rules(&report));
        }
    }
}
