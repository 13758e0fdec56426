//! The shadow server of `FreeRDP`: shares a display, with the security that it is told.

use std::fs;
use std::process::Command;

use super::error::{Result, io};
use super::process::run;
use super::real_server::{RealServer, Site};
use super::xvfb::Display;

/// The only user that [`nla`] knows.
pub const USER: &str = "labuser";

/// That user's password. It opens a server that lives on loopback for the length of a test.
pub const PASSWORD: &str = "lab password";

/// NLA alone, for [`USER`] with [`PASSWORD`]. Its NTLM messages come without SPNEGO around them.
pub fn nla() -> Result<RealServer> {
    let site = Site::new("shadow-nla")?;
    let sam = site.write("sam", run(Command::new("winpr-hash").args(["-u", USER, "-p", PASSWORD, "-f", "sam"]))?)?;
    let file = format!("/sam-file:{}", sam.display());
    start(site, &["/sec:nla", "+auth", &file])
}

/// TLS alone, for anybody.
pub fn tls() -> Result<RealServer> {
    start(Site::new("shadow-tls")?, &["/sec:tls", "-auth"])
}

/// RDP security alone, for anybody, with the encryption method None.
pub fn rdp() -> Result<RealServer> {
    start(Site::new("shadow-rdp")?, &["/sec:rdp", "-auth"])
}

fn start(site: Site, security: &[&str]) -> Result<RealServer> {
    // Where the server looks for its certificate before it makes one.
    let folder = site.home().join(".config/freerdp/shadow");
    fs::create_dir_all(&folder).map_err(io("make a directory"))?;
    let pair = site.certificate()?;
    fs::copy(&pair.certificate, folder.join("shadow.crt")).map_err(io("copy a certificate"))?;
    fs::copy(&pair.key, folder.join("shadow.key")).map_err(io("copy a key"))?;

    let display = Display::start()?;
    let mut command = Command::new("freerdp-shadow-cli");
    command.arg(format!("/port:{}", site.address().port())).arg(format!("/bind-address:{}", site.address().ip()));
    command.args(security).env("HOME", site.home()).env("DISPLAY", &display.name);
    site.open(&command, Some(display))
}
