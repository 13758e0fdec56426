//! Trust before secrets: whether the server's certificate is one that a password may be proved to.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};
use sha2::{Digest, Sha256};

use super::tls::Shown;
use crate::credentials::Trust;

/// Says why the certificate is trusted, or else why it is not.
///
/// A certificate that is public proves nothing by itself: only with the server's signature over the handshake is it
/// this server's.
pub(super) fn judge(trust: Trust, host: &str, shown: &Shown, now: Timestamp) -> Result<&'static str, String> {
    let certificate = shown.chain.first().ok_or("the server showed no certificate")?;
    let why = match trust {
        Trust::Anything => return Ok("accepted"),
        Trust::Pinned(pin) if Sha256::digest(certificate)[..] == pin.0 => "pinned",
        Trust::Pinned(_) => return Err("it is not the pinned one".to_owned()),
        Trust::System => {
            vouched(system(), host, &shown.chain, now)?;
            "system"
        }
    };
    shown.proof.clone()?;
    Ok(why)
}

/// The roots that the system trusts.
fn system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// Whether one of these roots vouches for the chain, for this host and at this time.
fn vouched(roots: RootCertStore, host: &str, chain: &[Vec<u8>], now: Timestamp) -> Result<(), String> {
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
        .build()
        .map_err(|_| "this system trusts no certificate authority".to_owned())?;
    let name = ServerName::try_from(host.trim_end_matches('.'))
        .map_err(|_| "no certificate can be made out to the target's name".to_owned())?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().unwrap_or_default()));
    let chain: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let (end_entity, intermediates) = chain.split_first().ok_or("the server showed no certificate")?;
    let judged = verifier.verify_server_cert(end_entity, intermediates, &name, &[], now);
    judged.map(drop).map_err(|error| why(&error))
}

/// What the verifier minds. Its own words may name hosts, which stand elsewhere in the report.
fn why(error: &Error) -> String {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };
    let Error::InvalidCertificate(mind) = error else { return error.to_string() };
    let said = if matches!(mind, UnknownIssuer) {
        "no authority that this system trusts has issued it"
    } else if matches!(mind, NotValidForName | NotValidForNameContext { .. }) {
        "it is made out to another name than the target's"
    } else if matches!(mind, Expired | ExpiredContext { .. }) {
        "it has expired"
    } else if matches!(mind, NotValidYet | NotValidYetContext { .. }) {
        "it is not valid yet"
    } else {
        return mind.to_string();
    };
    said.to_owned()
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::credentials::Pin;

    const HEALTHY: &[u8] = include_bytes!("../../../fixtures/certs/healthy.crt");
    const HOST: &str = "healthy.fixture.example";

    fn healthy() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(HEALTHY).unwrap()
    }

    fn ask(trusted: bool, host: &str, now: &str) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        // Somebody else's, so that there is one.
        let other = include_bytes!("../../../fixtures/certs/expired.crt");
        roots.add(CertificateDer::from_pem_slice(other).unwrap()).unwrap();
        if trusted {
            roots.add(healthy()).unwrap();
        }
        vouched(roots, host, &[healthy().to_vec()], now.parse().unwrap())
    }

    #[test]
    fn a_root_vouches_for_one_name_and_one_time() {
        let now = "2026-11-21T00:00:00Z";
        assert_eq!(ask(true, HOST, now), Ok(()));
        assert_eq!(ask(true, "healthy.fixture.example.", now), Ok(()));
        for (trusted, host, now, said) in [
            (false, HOST, now, "no authority that this system trusts has issued it"),
            (true, "other.fixture.example", now, "it is made out to another name than the target's"),
            (true, "192.0.2.1", now, "it is made out to another name than the target's"),
            (true, HOST, "2125-01-01T00:00:00Z", "it has expired"),
            (true, HOST, "2019-01-01T00:00:00Z", "it is not valid yet"),
        ] {
            assert_eq!(ask(trusted, host, now), Err(said.to_owned()), "{host} at {now}");
        }
    }

    #[test]
    fn a_pinned_certificate_is_nothing_without_its_key() {
        let pin = Pin(Sha256::digest(healthy()).into());
        let shown = |proof| Shown { chain: vec![healthy().to_vec()], proof };
        let judge = |trust, proof| judge(trust, HOST, &shown(proof), Timestamp::UNIX_EPOCH);
        let unproved = || Err("unproved".to_owned());
        assert_eq!(judge(Trust::Pinned(pin), Ok(())), Ok("pinned"));
        assert_eq!(judge(Trust::Pinned(pin), unproved()), Err("unproved".to_owned()));
        assert_eq!(judge(Trust::Pinned(Pin([0; 32])), Ok(())), Err("it is not the pinned one".to_owned()));
        assert_eq!(judge(Trust::Anything, unproved()), Ok("accepted"));
    }
}
