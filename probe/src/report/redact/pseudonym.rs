use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sha2::{Digest, Sha256};

/// The letters of a computer's name that NetBIOS keeps.
const NETBIOS: usize = 15;

/// Gives pseudonyms, and remembers for which values, so that texts that repeat those can be rewritten.
#[derive(Debug, Default)]
pub(super) struct Disguise {
    /// From what was there, in lower case, to what stands for it.
    known: BTreeMap<String, String>,
}

impl Disguise {
    /// A host's name or address, e.g. `host-3fa2.domain-91bc`. The short form of a name has the same first part.
    pub(super) fn name(&mut self, name: Option<&mut String>) {
        let Some(name) = name else { return };
        let (address, _zone) = name.split_once('%').unwrap_or((name, ""));
        let disguised = match (address.parse(), name.trim_end_matches('.').split_once('.')) {
            (Ok(address), _) => self.address(address).to_string(),
            (Err(_), Some(("*", domain))) => format!("*.domain-{}", mark(domain)),
            (Err(_), Some((host, domain))) => format!("host-{}.domain-{}", host_mark(host), mark(domain)),
            (Err(_), None) => format!("host-{}", host_mark(name)),
        };
        self.replace(name, disguised);
    }

    /// An address of the same family that no host has: one of the reserved class E, or of the documentation prefix
    /// (RFC 1112 4, RFC 3849).
    pub(super) fn address(&mut self, address: IpAddr) -> IpAddr {
        let [high, low] = two_bytes(&address.to_string());
        let disguised = match address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(240, 0, high, low)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from_be_bytes([high, low]))),
        };
        self.known.insert(address.to_string().to_lowercase(), disguised.to_string());
        disguised
    }

    /// Any other value, e.g. `serial-3fa2`.
    pub(super) fn token(&mut self, kind: &str, value: Option<&mut String>) {
        let Some(value) = value else { return };
        let disguised = format!("{kind}-{}", mark(value));
        self.replace(value, disguised);
    }

    /// A distinguished name, attribute by attribute: its common name is a host's.
    pub(super) fn distinguished_name(&mut self, name: Option<&mut String>) {
        let Some(name) = name else { return };
        let parts = name.split(", ").map(|part| match part.split_once('=') {
            Some(("CN", common)) => {
                let mut common = common.to_owned();
                self.name(Some(&mut common));
                format!("CN={common}")
            }
            Some((attribute, value)) => format!("{attribute}={}", mark(value)),
            None => mark(part),
        });
        *name = parts.collect::<Vec<_>>().join(", ");
    }

    /// A text in which values seen so far are replaced, where they stand as words of their own or before a port.
    pub(super) fn text(&self, text: &str) -> String {
        let of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | ':' | '_');
        let mut told = String::with_capacity(text.len());
        for piece in text.split_inclusive(|c| !of_name(c)) {
            let word = piece.trim_end_matches(|c| !of_name(c)).trim_end_matches(['.', ':']);
            let host = word.rsplit_once(':').map_or(word, |(host, _port)| host);
            let known = [word, host].into_iter().find_map(|name| Some((name, self.known.get(&name.to_lowercase())?)));
            let (name, shown) = known.map_or((word, word), |(name, disguised)| (name, disguised.as_str()));
            told.push_str(shown);
            told.push_str(piece.strip_prefix(name).unwrap_or_default());
        }
        told
    }

    fn replace(&mut self, value: &mut String, disguised: String) {
        let original = std::mem::replace(value, disguised.clone());
        self.known.insert(original.to_lowercase(), disguised);
    }
}

/// Four hex digits that stand for a value, whatever its case.
pub(super) fn mark(value: &str) -> String {
    hex::encode(two_bytes(value))
}

/// The SHA-256 of a text, in hex.
pub(super) fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn host_mark(label: &str) -> String {
    mark(&label.chars().take(NETBIOS).collect::<String>())
}

fn two_bytes(value: &str) -> [u8; 2] {
    let digest = Sha256::digest(value.to_lowercase());
    [digest[0], digest[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(of: &str) -> String {
        let mut name = of.to_owned();
        Disguise::default().name(Some(&mut name));
        name
    }

    #[test]
    fn a_name_keeps_its_parts() {
        let (host, domain) = (name("SRV01"), mark("corp.example"));
        assert_eq!(name("srv01.corp.example"), format!("{host}.domain-{domain}"));
        assert_eq!(name("srv01.corp.example."), name("SRV01.CORP.example"));
        assert_eq!(name("*.corp.example"), format!("*.domain-{domain}"));
        assert_eq!(name("terminalserver-01.lab").split('.').next().unwrap(), name("TERMINALSERVER-"));
    }

    #[test]
    fn an_address_keeps_its_family() {
        assert!(name("192.0.2.10").starts_with("240.0."));
        assert!(name("2001:db8::10").starts_with("2001:db8::"));
        assert_ne!(name("2001:db8::10"), "2001:db8::10");
        assert_eq!(name("fe80::1%eth0"), name("fe80::1"));
    }

    #[test]
    fn a_distinguished_name_keeps_its_attributes() {
        let mut subject = "CN=srv.lab, O=Example, Inc.".to_owned();
        Disguise::default().distinguished_name(Some(&mut subject));
        assert_eq!(subject, format!("CN={}, O={}, {}", name("srv.lab"), mark("Example"), mark("Inc.")));
    }

    #[test]
    fn a_text_loses_the_names_that_were_seen_and_no_other_word() {
        let mut disguise = Disguise::default();
        disguise.name(Some(&mut "srv".to_owned()));
        let address = disguise.address(IpAddr::from([192, 0, 2, 1]));
        let told = disguise.text("server Srv at 192.0.2.1: «srv:3389».");
        assert_eq!(told, format!("server {0} at {address}: «{0}:3389».", name("srv")));
    }
}
