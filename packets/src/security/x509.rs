//! The way through an X.509 certificate to its RSA key, RFC 5280 section 4.1: whatever stands before it is passed over,
//! the name of the key's algorithm too, which licence servers write wrongly.

use super::rsa::{MODULUS, PublicKey};
use crate::asn1::der::{Tag, element};
use crate::codec::{DecodeError, Fault, Reader};

const NAME: &str = "X.509 certificate";

/// The RSA key of a certificate in DER.
pub(super) fn public_key(certificate: &[u8]) -> Result<PublicKey, DecodeError> {
    let mut certificate = element(&mut Reader::new(NAME, certificate), NAME, "Certificate", Tag::SEQUENCE)?;
    let mut signed = element(&mut certificate, NAME, "tbsCertificate", Tag::SEQUENCE)?;
    if signed.peek() == Some([Tag::context(0).0]) {
        element(&mut signed, NAME, "version", Tag::context(0))?;
    }
    element(&mut signed, NAME, "serialNumber", Tag::INTEGER)?;
    for field in ["signature", "issuer", "validity", "subject"] {
        element(&mut signed, NAME, field, Tag::SEQUENCE)?;
    }
    let mut info = element(&mut signed, NAME, "subjectPublicKeyInfo", Tag::SEQUENCE)?;
    element(&mut info, NAME, "algorithm", Tag::SEQUENCE)?;
    let mut bits = element(&mut info, NAME, "subjectPublicKey", Tag::BIT_STRING)?;
    bits.u8("unused bits")?;
    let mut key = element(&mut bits, NAME, "RSAPublicKey", Tag::SEQUENCE)?;
    let at = key.offset();
    let modulus = number(&mut key, "modulus")?;
    let exponent = exponent(&mut key)?;
    PublicKey::new(&modulus, exponent).ok_or_else(|| key.error_at(at, "modulus", MODULUS))
}

fn exponent(key: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let at = key.offset();
    let number = number(key, "publicExponent")?;
    let mut exponent = [0; 4];
    let fits = number.iter().skip(exponent.len()).all(|byte| *byte == 0);
    for (place, byte) in exponent.iter_mut().zip(&number) {
        *place = *byte;
    }
    let form = Fault::Form { expected: "a number of 32 bits" };
    fits.then(|| u32::from_le_bytes(exponent)).ok_or_else(|| key.error_at(at, "publicExponent", form))
}

/// Reads a positive INTEGER of any length: little-endian.
fn number(key: &mut Reader<'_>, field: &'static str) -> Result<Vec<u8>, DecodeError> {
    Ok(element(key, NAME, field, Tag::INTEGER)?.rest().iter().rev().copied().collect())
}
