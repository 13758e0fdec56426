//! A server on `ironrdp-server`, the workspace in `tests/iron`: a second implementation of NLA.
//!
//! It serves one connection at a time: one that idles keeps everybody else waiting, without an answer. It refuses an
//! offer by closing, and so says nothing of what it would have taken. `iron-lab` takes the correlation info off our
//! Connection Request, which the release would refuse too.

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::cargo;
use super::error::{Result, io};
use super::process::run;
use super::real_server::{RealServer, Site};

/// The only user that [`hybrid`] and [`tls`] know.
pub const USER: &str = "labuser";

/// That user's password. It opens a server that lives on loopback for the length of a test.
pub const PASSWORD: &str = "lab password";

/// NLA alone, for [`USER`] with [`PASSWORD`]. Its NTLM messages come without SPNEGO around them.
pub fn hybrid() -> Result<RealServer> {
    start("iron-hybrid", "hybrid")
}

/// TLS alone. A Client Info PDU without [`USER`] and [`PASSWORD`] in it is answered by a close.
pub fn tls() -> Result<RealServer> {
    start("iron-tls", "tls")
}

/// RDP security alone, for anybody, with the encryption method None.
pub fn none() -> Result<RealServer> {
    start("iron-none", "none")
}

fn start(name: &'static str, security: &str) -> Result<RealServer> {
    let binary = binary()?;
    let site = Site::new(name)?;
    let pair = site.certificate()?;
    let mut command = Command::new(binary);
    command.arg(site.address().to_string()).arg(security).arg(&pair.certificate).arg(&pair.key);
    command.arg(USER).arg(site.write("password", PASSWORD)?);
    site.open(&command, None)
}

/// The server's binary, built below our own target directory. cargo keeps whoever asks for it at the same time
/// waiting, and is done in a moment where it is built already.
fn binary() -> Result<PathBuf> {
    // A test's own program is TARGET/PROFILE/deps/NAME.
    let program = env::current_exe().map_err(io("find our own program"))?;
    let target =
        program.ancestors().nth(3).ok_or(ErrorKind::NotFound.into()).map_err(io("find the target directory"))?;
    let target = target.join("iron");
    let mut build = cargo();
    build.args(["build", "--quiet", "--locked", "--target-dir"]).arg(&target);
    build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("iron"));
    run(&mut build)?;
    Ok(target.join("debug/iron-lab"))
}
