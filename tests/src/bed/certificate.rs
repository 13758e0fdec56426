//! A certificate and its key, as files that a server reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::Result;
use super::process::run;

/// A certificate and its private key, both in PEM.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The certificate.
    pub(super) certificate: PathBuf,
    /// Its key.
    pub(super) key: PathBuf,
}

impl Pair {
    /// Makes a healthy one: RSA 2048, SHA-256, signed by itself, for `NAME.bed.example`.
    pub(super) fn make(folder: &Path, name: &str) -> Result<Self> {
        let pair = Self { certificate: folder.join("server.crt"), key: folder.join("server.key") };
        let subject = format!("/CN={name}.bed.example");
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "365", "-subj", &subject]);
        command.arg("-out").arg(&pair.certificate).arg("-keyout").arg(&pair.key);
        run(&mut command)?;
        Ok(pair)
    }

    /// One of `fixtures/certs`, by its name there.
    pub(super) fn fixture(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/certs");
        Self { certificate: folder.join(format!("{name}.crt")), key: folder.join(format!("{name}.key")) }
    }
}
