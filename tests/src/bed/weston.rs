//! weston, a Wayland compositor whose RDP backend lets anybody in.

use std::process::Command;

use super::error::Result;
use super::process::run;
use super::real_server::{RealServer, Site};

/// TLS where the client offers it, RDP security otherwise.
pub fn tls() -> Result<RealServer> {
    let site = Site::new("weston")?;
    let pair = site.certificate()?;
    let certificate = format!("--rdp-tls-cert={}", pair.certificate.display());
    start(site, &[certificate, format!("--rdp-tls-key={}", pair.key.display())])
}

/// RDP security alone, with the encryption method None.
pub fn rdp() -> Result<RealServer> {
    let site = Site::new("weston-rdp")?;
    // It reads no other form of a key.
    let key = run(Command::new("openssl").args(["genrsa", "-traditional", "2048"]))?;
    let key = format!("--rdp4-key={}", site.write("rdp4.key", key)?.display());
    start(site, &[key])
}

fn start(site: Site, security: &[String]) -> Result<RealServer> {
    let mut command = Command::new("weston");
    command.args(["--backend=rdp-backend.so", "--no-config", "--socket=bed"]);
    command.arg(format!("--address={}", site.address().ip())).arg(format!("--port={}", site.address().port()));
    command.args(security).env("HOME", site.home()).env("XDG_RUNTIME_DIR", site.home());
    site.open(&command, None)
}
