//! xrdp, in the ways that its `security_layer` knows. No session manager runs: what is tested ends before the logon.

use std::process::Command;

use super::error::Result;
use super::real_server::{RealServer, Site};

/// What Debian's configuration allows, and what a recent OpenSSL allows.
const PRESENT: Tls = Tls { protocols: "TLSv1.2, TLSv1.3", ciphers: "DEFAULT" };

/// TLS as of 2006; without the security level OpenSSL finds no signature that it may make.
const PAST: Tls = Tls { protocols: "TLSv1, TLSv1.1", ciphers: "ALL:@SECLEVEL=0" };

/// The keys of `xrdp.ini` that decide about TLS.
struct Tls {
    protocols: &'static str,
    ciphers: &'static str,
}

/// TLS alone, versions 1.2 and 1.3. Refuses NLA: xrdp has none.
pub fn tls() -> Result<RealServer> {
    start("xrdp-tls", "tls", "high", &PRESENT)
}

/// TLS where the client offers it, RDP security otherwise.
pub fn negotiate() -> Result<RealServer> {
    start("xrdp-negotiate", "negotiate", "high", &PRESENT)
}

/// RDP security alone, with RC4 of 128 bits. It is selected whatever the client offers.
pub fn rdp() -> Result<RealServer> {
    start("xrdp-rdp", "rdp", "high", &PRESENT)
}

/// RDP security alone, with FIPS methods.
pub fn fips() -> Result<RealServer> {
    start("xrdp-fips", "rdp", "fips", &PRESENT)
}

/// TLS alone, versions 1.0 and 1.1.
pub fn old_tls() -> Result<RealServer> {
    start("xrdp-old-tls", "tls", "high", &PAST)
}

fn start(name: &'static str, security_layer: &str, crypt_level: &str, tls: &Tls) -> Result<RealServer> {
    let site = Site::new(name)?;
    let pair = site.certificate()?;
    let ini = format!(
        "[Globals]\n\
         ini_version=1\n\
         fork=true\n\
         port=tcp://{address}\n\
         security_layer={security_layer}\n\
         crypt_level={crypt_level}\n\
         certificate={certificate}\n\
         key_file={key}\n\
         ssl_protocols={protocols}\n\
         tls_ciphers={ciphers}\n\
         allow_channels=true\n\
         max_bpp=32\n\
         [Logging]\n\
         LogFile={log}\n\
         LogLevel=DEBUG\n\
         EnableSyslog=false\n\
         [Channels]\n\
         rdpdr=true\n\
         rdpsnd=true\n\
         drdynvc=true\n\
         cliprdr=true\n\
         [Xorg]\n\
         name=Xorg\n\
         lib=libxup.so\n",
        address = site.address(),
        certificate = pair.certificate.display(),
        key = pair.key.display(),
        protocols = tls.protocols,
        ciphers = tls.ciphers,
        log = site.log().display(),
    );
    let mut command = Command::new("xrdp");
    command.arg("--nodaemon").arg("-c").arg(site.write("xrdp.ini", ini)?);
    site.open(&command, None)
}
