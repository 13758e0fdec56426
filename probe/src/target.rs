//! What the user points at: a name or an address with a port, or a `.rdp` file that names one.

mod rdp_file;

use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sys;

/// The port on which Remote Desktop listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 3389;

/// Where to probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// What the user typed.
    pub input: String,
    /// The name or address, without port.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The routing token or load-balance info that a `.rdp` file gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_token: Option<String>,
    /// Why mstsc goes another way than this probe, when the `.rdp` file names a gateway or a broker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detour: Option<String>,
}

/// What the user pointed at is no target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The text is no name and no address.
    #[error("`{input}` is no host: {why}")]
    Host {
        /// What the user typed.
        input: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The port is no port.
    #[error("`{port}` in `{input}` is no port: a port is a number from 1 to 65535")]
    Port {
        /// What the user typed.
        input: String,
        /// What stood where the port belongs.
        port: String,
    },
    /// The zone names no interface of this host.
    #[error("`{zone}` in `{input}` is no network interface of this host")]
    Zone {
        /// What the user typed.
        input: String,
        /// What stood behind `%`.
        zone: String,
    },
    /// The `.rdp` file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The `.rdp` file does not say where to connect.
    #[error("`{path}` has no `full address` line: it does not say where to connect")]
    NoAddress {
        /// The file.
        path: String,
    },
}

impl Target {
    /// Reads what the user typed. `port` is the port for a target that names none.
    pub fn parse(input: &str, port: Option<u16>) -> Result<Self, TargetError> {
        if Path::new(input).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("rdp")) {
            return rdp_file::read(input, port);
        }
        if Path::new(input).extension().is_some_and(|extension| extension == "json") || Path::new(input).is_file() {
            let why = "it is a file; `rdp-probe diagnose FILE` reads a saved report";
            return Err(TargetError::Host { input: input.to_owned(), why });
        }
        Self::host(input, port)
    }

    /// Reads a name or an address.
    fn host(input: &str, port: Option<u16>) -> Result<Self, TargetError> {
        let (host, own_port) = split(input)?;
        check(input, host)?;
        let port = own_port.or(port).unwrap_or(DEFAULT_PORT);
        Ok(Self { input: input.to_owned(), ..Self::named(host, port) })
    }

    /// A host under the name that somebody else gave it: whether it can be one is for the resolver to say.
    pub fn named(host: &str, port: u16) -> Self {
        Self { input: host.to_owned(), host: host.to_owned(), port, routing_token: None, detour: None }
    }

    /// The same, where no resolver judges the name; `None` for what no user could have given.
    pub(crate) fn checked(host: &str, port: u16) -> Option<Self> {
        check(host, host).ok().map(|()| Self::named(host, port))
    }

    /// The socket address, when the host is an address rather than a name.
    pub fn literal(&self) -> Option<SocketAddr> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Some(SocketAddr::new(ip, self.port));
        }
        let (ip, zone) = self.host.split_once('%')?;
        let index = sys::interface_index(zone)?;
        Some(SocketAddrV6::new(ip.parse().ok()?, self.port, 0, index).into())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Splits `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` and a bare IPv6 address.
fn split(input: &str) -> Result<(&str, Option<u16>), TargetError> {
    let bad = |why| TargetError::Host { input: input.to_owned(), why };
    if let Some(bracketed) = input.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or_else(|| bad("`[` without `]`"))?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(number(input, port)?))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(bad("only a port may follow `]`")),
        };
    }
    match input.split_once(':') {
        Some((host, port)) if !port.contains(':') => Ok((host, Some(number(input, port)?))),
        _ => Ok((input, None)),
    }
}

/// A port from its digits.
fn number(input: &str, port: &str) -> Result<u16, TargetError> {
    let bad = || TargetError::Port { input: input.to_owned(), port: port.to_owned() };
    port.parse().ok().filter(|port| *port != 0).ok_or_else(bad)
}

/// Refuses what can be neither an address nor a name (RFC 1123 2.1; `_` is let through, since Windows does).
fn check(input: &str, host: &str) -> Result<(), TargetError> {
    let bad = |why| Err(TargetError::Host { input: input.to_owned(), why });
    if let Some((ip, zone)) = host.split_once('%') {
        if ip.parse::<std::net::Ipv6Addr>().is_err() {
            return bad("a zone (`%`) belongs behind an IPv6 address");
        }
        let unknown = || TargetError::Zone { input: input.to_owned(), zone: zone.to_owned() };
        return sys::interface_index(zone).map(drop).ok_or_else(unknown);
    }
    if host.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let letters = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    let labels = host.trim_end_matches('.').split('.').all(|label| (1..=63).contains(&label.len()));
    match () {
        () if host.is_empty() => bad("it is empty"),
        () if host.contains(':') => bad("it is no IPv6 address"),
        () if host.starts_with('-') => bad("a name does not begin with `-`"),
        () if !letters => bad("a name has letters, digits, `-` and `.` only"),
        () if !labels || host.len() > 253 => bad("the parts of a name have 1 to 63 letters, the whole at most 253"),
        () if host.chars().all(|c| c.is_ascii_digit() || c == '.') => bad("it is neither a name nor an IPv4 address"),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_sent_is_no_option_and_no_command() {
        for name in ["-oProxyCommand=x", "a\r\nb", "$(id)", "a b", "%p", "a;b", ""] {
            assert_eq!(Target::checked(name, 3389), None, "{name:?}");
        }
        assert_eq!(Target::checked("srv2.example", 3389), Some(Target::named("srv2.example", 3389)));
    }

    #[test]
    fn a_port_may_stand_behind_a_name_an_address_or_brackets() {
        for (input, host, port) in [
            ("srv", "srv", 3389),
            ("srv.example.:3390", "srv.example.", 3390),
            ("192.0.2.1:13389", "192.0.2.1", 13389),
            ("2001:db8::1", "2001:db8::1", 3389),
            ("[2001:db8::1]:3390", "2001:db8::1", 3390),
            ("[::1]", "::1", 3389),
            ("fe80::1%lo", "fe80::1%lo", 3389),
        ] {
            let target = Target::parse(input, None).unwrap();
            assert_eq!((target.host.as_str(), target.port), (host, port), "{input}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_in_one_line() {
        for (input, said) in [
            ("", "`` is no host: it is empty"),
            ("srv:0", "`0` in `srv:0` is no port: a port is a number from 1 to 65535"),
            ("srv:99999", "`99999` in `srv:99999` is no port: a port is a number from 1 to 65535"),
            ("a b", "`a b` is no host: a name has letters, digits, `-` and `.` only"),
            ("300.1.1.1", "`300.1.1.1` is no host: it is neither a name nor an IPv4 address"),
            ("[::1", "`[::1` is no host: `[` without `]`"),
            ("1::2::3", "`1::2::3` is no host: it is no IPv6 address"),
            ("fe80::1%nope9", "`nope9` in `fe80::1%nope9` is no network interface of this host"),
        ] {
            assert_eq!(Target::parse(input, None).unwrap_err().to_string(), said);
        }
    }
}
