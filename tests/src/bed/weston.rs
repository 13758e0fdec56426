//! weston, a Wayland compositor whose RDP backend lets anybody in.

use std::process::Command;

use super::error::Result;
use super::real_server::{RealServer, Site};

/// TLS where the client offers it, RDP security otherwise.
pub fn tls() -> Result<RealServer> {
    let site = Site::new("weston")?;
    let pair = site.certificate()?;
    let mut command = Command::new("weston");
    command.args(["--backend=rdp-backend.so", "--no-config", "--socket=bed"]);
    command.arg(format!("--address={}", site.address().ip())).arg(format!("--port={}", site.address().port()));
    command.arg(format!("--rdp-tls-cert={}", pair.certificate.display()));
    command.arg(format!("--rdp-tls-key={}", pair.key.display()));
    command.env("HOME", site.home()).env("XDG_RUNTIME_DIR", site.home());
    site.open(&command, None)
}
