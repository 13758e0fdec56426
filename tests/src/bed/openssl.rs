//! `openssl s_server`, which can do the TLS that nobody should: behind a front that answers the Connection Request.
//!
//! It serves one connection at a time, and never closes one.

use std::net::Ipv4Addr;
use std::process::Command;

use super::certificate::Pair;
use super::error::{Result, io};
use super::front::{Front, select_tls};
use super::real_server::{RealServer, Site};

/// Lets OpenSSL do what its default level forbids.
const EVERYTHING: &str = "ALL:@SECLEVEL=0";

/// TLS 1.0 alone.
pub fn tls10() -> Result<RealServer> {
    start("openssl-tls10", "healthy", &["-tls1", "-cipher", EVERYTHING])
}

/// TLS 1.2 with the RSA key exchange alone, as old load balancers and embedded servers have it.
pub fn rsa_key_exchange() -> Result<RealServer> {
    start("openssl-rsa-key-exchange", "healthy", &["-tls1_2", "-cipher", "AES128-SHA:AES256-SHA:@SECLEVEL=0"])
}

/// TLS 1.2 and 1.3 with a key of 1024 bits.
pub fn weak_key() -> Result<RealServer> {
    start("openssl-weak-key", "weak", &["-cipher", EVERYTHING])
}

fn start(name: &'static str, certificate: &str, settings: &[&str]) -> Result<RealServer> {
    let site = Site::new(name)?;
    let pair = Pair::fixture(certificate);
    let mut command = Command::new("openssl");
    command.arg("s_server").arg("-accept").arg(site.address().to_string());
    command.arg("-cert").arg(&pair.certificate).arg("-key").arg(&pair.key).args(settings);
    let server = site.open(&command, None)?;
    let behind = server.address;
    let front = Front::start((Ipv4Addr::LOCALHOST, 0).into(), move |client| select_tls(client, behind));
    let front = front.map_err(io("start the X.224 front"))?;
    Ok(server.behind(front))
}
