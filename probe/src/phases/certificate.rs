//! Reads a certificate into facts. Nothing is judged here.

use std::net::IpAddr;
use std::sync::LazyLock;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{Oid, OidRegistry, format_oid};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::fact::Certificate;

/// Alternative names that are kept.
const NAMES: usize = 64;

/// The facts of the first certificate of a chain, as of `now`.
pub(crate) fn read(chain: &[Vec<u8>], now: Timestamp) -> Certificate {
    let mut facts = Certificate { chain_length: Some(chain.len()), ..Certificate::default() };
    let Some(der) = chain.first() else { return facts };
    facts.sha256 = Some(hex::encode(Sha256::digest(der)));
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => learn(&certificate, now, &mut facts),
        Err(error) => facts.unreadable = Some(error.to_string()),
    }
    facts
}

fn learn(certificate: &X509Certificate<'_>, now: Timestamp, facts: &mut Certificate) {
    let validity = certificate.validity();
    facts.subject = Some(certificate.subject().to_string());
    facts.issuer = Some(certificate.issuer().to_string());
    facts.serial = Some(hex::encode(certificate.raw_serial()));
    facts.san = names(certificate);
    facts.not_before = timestamp(validity.not_before);
    facts.not_after = timestamp(validity.not_after);
    facts.days_left = facts.not_after.map(|end| end.duration_since(now).as_secs().div_euclid(24 * 60 * 60));
    let (key, bits) = key(certificate.public_key());
    facts.key = Some(key);
    facts.key_bits = bits;
    facts.signature = Some(name(&certificate.signature_algorithm.algorithm));
    facts.self_signed = Some(certificate.subject() == certificate.issuer());
}

fn timestamp(time: ASN1Time) -> Option<Timestamp> {
    Timestamp::from_second(time.timestamp()).ok()
}

fn names(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let extension = certificate.subject_alternative_name().ok()??;
    let names = extension.value.general_names.iter().filter_map(|name| {
        if let GeneralName::DNSName(name) = name {
            Some((*name).to_owned())
        } else if let GeneralName::IPAddress(bytes) = name {
            address(bytes).map(|ip| ip.to_string())
        } else {
            None
        }
    });
    Some(names.take(NAMES).collect())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    v4.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok())
}

/// The key's algorithm and its size in bits.
fn key(info: &SubjectPublicKeyInfo<'_>) -> (String, Option<u32>) {
    let bits = |size: usize| u32::try_from(size).ok();
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => ("rsa".to_owned(), bits(key.key_size())),
        Ok(PublicKey::EC(point)) => ("ecdsa".to_owned(), bits(point.key_size())),
        _ => (name(&info.algorithm.algorithm), None),
    }
}

/// An algorithm's usual name, or its object identifier.
fn name(oid: &Oid<'_>) -> String {
    static REGISTRY: LazyLock<OidRegistry<'_>> = LazyLock::new(|| OidRegistry::default().with_crypto().with_x509());
    format_oid(oid, &REGISTRY)
}
