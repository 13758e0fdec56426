use std::path::PathBuf;
use std::{env, fs};

use clap::Args;
use rdp_packets::Secret;

use super::{Error, aim};
use crate::credentials::{Credentials, Logon, Mode, Pin, Trust};
use crate::plan::Plan;
use crate::target::Target;

/// Where the password may stand; never among the arguments, which everybody on this host can read.
pub(super) const VARIABLE: &str = "RDP_PROBE_PASSWORD";

/// The port of a Kerberos key distribution centre that names none.
const KDC_PORT: u16 = 88;

const UNABLE: &str = "this build cannot log on: it was made without the feature `credentials`";

#[derive(Debug, Args)]
#[command(next_help_heading = "Logging on (once in a run, in the first walk)")]
pub(super) struct LogonArgs {
    /// Log on as this user; the password is asked for, or read from a file or from `RDP_PROBE_PASSWORD`.
    #[arg(long, value_name = "[DOMAIN\\]NAME|NAME@DOMAIN")]
    user: Option<String>,

    /// A file that holds the password; a line break at its end does not count.
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,

    /// Log on with Kerberos alone, by this key distribution centre, which is asked directly: not beside --proxy or
    /// --via-command [default: NTLM].
    #[arg(long, value_name = "ADDR[:PORT]", requires = "user")]
    kdc: Option<String>,

    /// Trust the certificate with this fingerprint alone, as the report shows it.
    #[arg(long, value_name = "SHA256", requires = "user")]
    pin: Option<Pin>,

    /// Trust whatever certificate is shown: whoever sits on the path can then take part.
    #[arg(long, requires = "user", conflicts_with = "pin")]
    accept_certificate: bool,

    /// Insist on Restricted Admin: the server gets no password.
    #[arg(long, requires = "user")]
    restricted_admin: bool,

    /// Insist on Remote Credential Guard: the server gets no password, and Kerberos is needed.
    #[arg(long, requires_all = ["user", "kdc"], conflicts_with = "restricted_admin")]
    remote_guard: bool,
}

impl LogonArgs {
    /// What the user asked for, as part of a plan. With `unsent` nothing will be sent, and no password is asked for.
    pub(super) fn logon(&self, plan: &Plan, unsent: bool) -> Result<Logon, Error> {
        let Some(user) = &self.user else {
            if env::var_os(VARIABLE).is_some() {
                anstream::eprintln!("warning: {VARIABLE} is ignored: it counts with --user alone");
            }
            return Ok(Logon::default());
        };
        let usage = |error: &dyn ToString| Error::Usage(error.to_string());
        // Who it is, is judged before a password is asked for.
        let mut credentials = Credentials::new(user, Secret::default()).map_err(|error| usage(&error))?;
        if self.kdc.is_some() && !credentials.has_realm() {
            return Err(Error::Usage(format!("Kerberos needs the realm of `{user}`: write `REALM\\{user}`")));
        }
        let kdc = self.kdc.as_ref().map(|kdc| key_centre(kdc, plan)).transpose()?;
        if cfg!(not(feature = "credentials")) {
            return Err(Error::Usage(UNABLE.to_owned()));
        }
        if !unsent {
            credentials.secret = self.password(user)?;
        }
        let mut logon = Logon::with(credentials);
        logon.trust = match self.pin {
            Some(pin) => Trust::Pinned(pin),
            None if self.accept_certificate => Trust::Anything,
            None => Trust::System,
        };
        logon.mode = match (self.restricted_admin, self.remote_guard) {
            (true, _) => Mode::RestrictedAdmin,
            (_, true) => Mode::RemoteGuard,
            _ => Mode::Password,
        };
        logon.kdc = kdc.map(|kdc| kdc.to_string());
        Ok(logon)
    }

    /// The password: from the file, else from the environment, else from whoever sits there.
    fn password(&self, user: &str) -> Result<Secret<String>, Error> {
        if let Some(path) = &self.password_file {
            let failed = |source| Error::File { doing: "read", path: path.display().to_string(), source };
            let mut secret = Secret(fs::read_to_string(path).map_err(failed)?);
            let length = secret.0.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).len());
            secret.0.truncate(length.unwrap_or(secret.0.len()));
            return Ok(secret);
        }
        match env::var(VARIABLE) {
            Ok(secret) => Ok(Secret(secret)),
            Err(env::VarError::NotPresent) => prompt(user),
            Err(env::VarError::NotUnicode(_)) => Err(Error::Usage(format!("{VARIABLE} is no Unicode text"))),
        }
    }
}

/// Where the key distribution centre is. It is asked by the way that a walk takes, as far as that can be.
fn key_centre(text: &str, plan: &Plan) -> Result<Target, Error> {
    if let Some(via) = &plan.way.via {
        let said = format!("the KDC is asked directly, never through `{via}`: leave out --kdc to log on with NTLM");
        return Err(Error::Usage(said));
    }
    let kdc = Target::parse(text, Some(KDC_PORT))?;
    aim::of_family(&kdc, plan.family, &plan.way)?;
    Ok(kdc)
}

#[cfg(feature = "credentials")]
fn prompt(user: &str) -> Result<Secret<String>, Error> {
    use std::io;

    use crate::sys;

    // rpassword answers Ctrl-C with an interrupt to ourselves, which would end us before the terminal shows again what
    // is typed. Held back, it is an error like others.
    sys::hold_interrupts().map_err(io::Error::from)?;
    match rpassword::prompt_password(format!("password of {user}: ")) {
        Ok(secret) => {
            sys::release_interrupts().map_err(io::Error::from)?;
            Ok(Secret(secret))
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Interrupted),
        Err(error) => {
            let hint = format!("give it by --password-file or {VARIABLE}");
            Err(Error::Usage(format!("no password came from a terminal ({error}): {hint}")))
        }
    }
}

#[cfg(not(feature = "credentials"))]
fn prompt(_user: &str) -> Result<Secret<String>, Error> {
    Err(Error::Usage(UNABLE.to_owned()))
}
