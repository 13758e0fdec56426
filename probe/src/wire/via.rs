use std::fmt;

use rdp_packets::socks5::Login;

/// What we go through to the target, where the user chose to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A SOCKS 5 proxy, and who we are to it.
    Socks5(Proxy, Option<Login>),
    /// An HTTP proxy that knows CONNECT.
    Http(Proxy),
    /// A command whose input and output are the connection, word by word; `%h` and `%p` stand for the target's name and
    /// port.
    Command(Vec<String>),
}

/// Where a proxy listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Via {
    /// Where we connect to ourselves; nowhere with a command.
    pub const fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::Socks5(proxy, _) | Self::Http(proxy) => Some(proxy),
            Self::Command(_) => None,
        }
    }

    /// The words of a command for a target.
    pub(super) fn filled(words: &[String], host: &str, port: u16) -> Vec<String> {
        let fill = |word: &String| {
            // A name has no `%` but before the zone of an address, so that nothing is replaced twice.
            word.replace("%p", &port.to_string()).replace("%h", host)
        };
        words.iter().map(fill).collect()
    }
}

impl fmt::Display for Via {
    /// Without the words behind a command's name, and without a user: a report is no place for what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socks5(proxy, _) => write!(f, "socks5://{proxy}"),
            Self::Http(proxy) => write!(f, "http://{proxy}"),
            Self::Command(words) => write!(f, "command {}", words.first().map_or("", String::as_str)),
        }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_where_to_go() {
        let words = ["ssh", "-W", "%h:%p", "jump"].map(str::to_owned);
        assert_eq!(Via::filled(&words, "srv", 3389), ["ssh", "-W", "srv:3389", "jump"]);
        assert_eq!(Via::Command(words.to_vec()).to_string(), "command ssh");
    }
}
