//! What `xfreerdp` says of a server, up to the certificate: it never comes to a logon.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rdp_lab::bed::{Display, RealServer, or_skip};

/// What it said.
pub(crate) struct Said {
    /// The security that was negotiated: `RDP`, `TLS` or `NLA`.
    pub(crate) negotiated: Option<String>,
    /// The SHA-256 of the certificate that the server showed, in hex.
    pub(crate) certificate: Option<String>,
    /// Whether the server refuses TLS without NLA.
    pub(crate) nla_required: bool,
}

/// Asks it; nothing where it is not installed.
pub(crate) fn xfreerdp(server: &RealServer) -> Option<Said> {
    let display = or_skip(Display::start())?;
    let home = tempfile::tempdir().expect("a directory");
    // In an empty home no certificate is known, and with no input nobody answers the question whether to trust this one.
    let client = |security: &[&str]| {
        let mut command = Command::new("xfreerdp");
        command.arg(format!("/v:{}", server.address)).args(security);
        command.args(["/tls-seclevel:0", "+auth-only", "/u:nobody", "/p:none", "/log-level:DEBUG", "/timeout:5000"]);
        command.env("DISPLAY", &display.name).env("HOME", home.path()).stdin(Stdio::null());
        command
    };
    let (negotiated, certificate) = shown(client(&[]));
    let tls = client(&["/sec:tls"]).output().expect("xfreerdp runs");
    let nla_required = String::from_utf8_lossy(&tls.stderr).contains("HYBRID_REQUIRED_BY_SERVER");
    Some(Said { negotiated, certificate, nla_required })
}

/// The security that the client last negotiated, and the certificate that it was shown; then it is ended.
fn shown(mut command: Command) -> (Option<String>, Option<String>) {
    let mut client = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("xfreerdp starts");
    let (mut negotiated, mut certificate) = (None, None);
    for line in BufReader::new(client.stdout.take().expect("it is piped")).lines().map_while(Result::ok) {
        if let Some((_, rest)) = line.split_once("] - Negotiated ") {
            negotiated = rest.split(' ').next().map(str::to_owned);
        }
        if let Some((_, digits)) = line.split_once("Thumbprint:") {
            certificate = Some(digits.trim().replace(':', "").to_ascii_lowercase());
        }
        // RDP security shows no certificate; what would follow is the logon, which is not asked for.
        let logs_on = line.contains("nego_security_connect with") && negotiated.as_deref() == Some("RDP");
        if logs_on || certificate.is_some() {
            break;
        }
    }
    client.kill().expect("it is our own child");
    client.wait().expect("it is our own child");
    (negotiated, certificate)
}
