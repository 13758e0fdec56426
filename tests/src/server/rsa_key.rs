use rdp_packets::asn1::der::{Tag, element};
use rdp_packets::codec::{DecodeError, Fault, Reader};
use rdp_packets::security::{CertificateChain, PrivateKey, ProprietaryCertificate, PublicKey, ServerCertificate};

use super::certificate::{self, CertificateError};
use crate::scenario::Proof;

/// Whose key and certificate it is.
const FIXTURE: &str = "weak";

/// The exponent of every key that openssl makes.
const EXPONENT: u32 = 65537;

/// What errors speak of.
const NAME: &str = "RSA private key";

/// The server's key of Standard RDP Security, and of licensing.
pub(super) struct RsaKey {
    /// Both halves.
    pub(super) pair: PrivateKey,
    chain: Vec<Vec<u8>>,
}

impl RsaKey {
    /// Loads it.
    pub(super) fn load() -> Result<Self, CertificateError> {
        let (chain, key) = certificate::fixture(FIXTURE)?;
        // A chain has a root, and this certificate signs itself.
        let chain = chain.iter().chain(&chain).map(|certificate| certificate.to_vec()).collect();
        Ok(Self { pair: read(key.secret_der())?, chain })
    }

    /// What a client is shown of it.
    pub(super) fn certificate(&self, proof: Proof) -> ServerCertificate {
        match proof {
            Proof::Proprietary => {
                ServerCertificate::Proprietary(ProprietaryCertificate::signed(self.pair.public.clone()))
            }
            Proof::X509 => {
                ServerCertificate::X509(CertificateChain { temporary: false, certificates: self.chain.clone() })
            }
        }
    }
}

/// The key in a `PrivateKeyInfo`, RFC 5208 section 5: an `RSAPrivateKey`, RFC 8017 A.1.2.
fn read(der: &[u8]) -> Result<PrivateKey, DecodeError> {
    let mut info = element(&mut Reader::new(NAME, der), NAME, "PrivateKeyInfo", Tag::SEQUENCE)?;
    element(&mut info, NAME, "version", Tag::INTEGER)?;
    element(&mut info, NAME, "privateKeyAlgorithm", Tag::SEQUENCE)?;
    let mut octets = element(&mut info, NAME, "privateKey", Tag::OCTET_STRING)?;
    let mut key = element(&mut octets, NAME, "RSAPrivateKey", Tag::SEQUENCE)?;
    element(&mut key, NAME, "version", Tag::INTEGER)?;
    let modulus = number(&mut key, "modulus")?;
    element(&mut key, NAME, "publicExponent", Tag::INTEGER)?;
    let exponent = number(&mut key, "privateExponent")?;
    let public = PublicKey::new(&modulus, EXPONENT);
    let public = public.ok_or_else(|| key.error("modulus", Fault::Form { expected: "one that RSA can use" }))?;
    Ok(PrivateKey::new(public, &exponent))
}

/// Reads a positive INTEGER: little-endian.
fn number(key: &mut Reader<'_>, field: &'static str) -> Result<Vec<u8>, DecodeError> {
    Ok(element(key, NAME, field, Tag::INTEGER)?.rest().iter().rev().copied().collect())
}
