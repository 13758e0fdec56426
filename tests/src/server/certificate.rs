use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, date_time_ymd};
use rdp_packets::codec::DecodeError;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use crate::scenario::Certificate;

/// The certificates of `fixtures/certs`, each with its key, built in.
macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_bytes!(concat!("../../../fixtures/certs/", $name, ".crt")),
            include_bytes!(concat!("../../../fixtures/certs/", $name, ".key")),
        )),*]
    };
}

const FIXTURES: &[(&str, &[u8], &[u8])] = fixtures!["expired", "healthy", "large", "not-yet-valid", "sha1", "weak"];

/// A server has nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// No fixture has this name.
    #[error("no certificate is named `{0}`")]
    Unknown(String),
    /// A fixture cannot be read.
    #[error("cannot read a certificate: {0}")]
    Pem(#[from] pem::Error),
    /// A certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Made(#[from] rcgen::Error),
    /// No key can be made use of.
    #[error("cannot use a key: {0}")]
    Key(#[from] rustls::Error),
    /// A key is none of RSA.
    #[error("cannot read an RSA key: {0}")]
    Rsa(#[from] DecodeError),
}

/// A fixture's certificates in DER, and its key.
pub(super) fn fixture(name: &str) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), CertificateError> {
    let found = FIXTURES.iter().find(|(fixture, ..)| *fixture == name);
    let (_, chain, key) = found.ok_or_else(|| CertificateError::Unknown(name.to_owned()))?;
    let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>()?;
    Ok((chain, PrivateKeyDer::from_pem_slice(key)?))
}

/// What a scenario's server shows, and signs with.
pub(crate) fn load(certificate: &Certificate) -> Result<Arc<CertifiedKey>, CertificateError> {
    let made = make(&certificate.subject, &certificate.names, None)?;
    let Some(name) = &certificate.fixture else { return Ok(Arc::new(made)) };
    let (chain, key) = fixture(name)?;
    // A key that is too weak to sign with is replaced: a probe looks at the certificate, and verifies no signature.
    let key = any_supported_type(&key).unwrap_or(made.key);
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// The chain that is shown, in DER.
pub(crate) fn chain(shown: &CertifiedKey) -> Vec<Vec<u8>> {
    shown.cert.iter().map(|certificate| certificate.to_vec()).collect()
}

/// An ECDSA certificate that is valid for long. It signs itself, unless an authority of this name does.
pub(crate) fn make(subject: &str, names: &[String], authority: Option<&str>) -> Result<CertifiedKey, CertificateError> {
    let (own, key) = (params(subject, names)?, KeyPair::generate()?);
    let shown = match authority {
        None => own.self_signed(&key)?,
        Some(authority) => own.signed_by(&key, &Issuer::new(params(authority, &[])?, KeyPair::generate()?))?,
    };
    let key = any_supported_type(&PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
    Ok(CertifiedKey::new(vec![shown.der().clone()], key))
}

fn params(subject: &str, names: &[String]) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    Ok(params)
}
