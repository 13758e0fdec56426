use std::env;

use rdp_packets::Secret;
use rdp_packets::socks5::Login;

use super::Error;
use crate::target::Target;
use crate::wire::{Proxy, Via};

/// Where a proxy's password stands; never among the arguments, which everybody on this host can read.
pub(super) const VARIABLE: &str = "RDP_PROBE_PROXY_PASSWORD";

/// The port of a SOCKS proxy that names none, and that of an HTTP proxy.
const SOCKS5_PORT: u16 = 1080;
const HTTP_PORT: u16 = 8080;

/// RFC 1929 has one byte for the length of either.
const LONGEST: usize = 255;

/// What we go through to the target.
pub(super) fn via(proxy: Option<&str>, command: Option<&str>) -> Result<Option<Via>, Error> {
    match (proxy, command) {
        (Some(proxy), _) => parse(proxy).map(Some),
        (None, Some(command)) => words(command).map(Via::Command).map(Some),
        (None, None) => Ok(None),
    }
}

fn words(command: &str) -> Result<Vec<String>, Error> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| Error::Usage(format!("`{command}` is no command: it is empty, or a quote in it does not end")))
}

fn parse(url: &str) -> Result<Via, Error> {
    let bad = |why: &str| Error::Usage(format!("`{url}` is no proxy: {why}"));
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    if behind.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
        // Without the text itself, which holds it.
        return Err(Error::Usage(format!("a proxy's password is no argument: it is read from {VARIABLE}")));
    }
    let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("it begins with socks5:// or http://"))?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    match (scheme, rest.rsplit_once('@')) {
        ("socks5", Some((user, host))) => Ok(Via::Socks5(place(host, SOCKS5_PORT)?, Some(login(user)?))),
        ("socks5", None) => Ok(Via::Socks5(place(rest, SOCKS5_PORT)?, None)),
        ("http", None) => Ok(Via::Http(place(rest, HTTP_PORT)?)),
        ("http", Some(_)) => Err(bad("users are known to socks5:// alone")),
        _ => Err(bad("it begins with socks5:// or http://")),
    }
}

fn place(text: &str, port: u16) -> Result<Proxy, Error> {
    let Target { host, port, .. } = Target::parse(text, Some(port))?;
    Ok(Proxy { host, port })
}

fn login(user: &str) -> Result<Login, Error> {
    let secret =
        env::var(VARIABLE).map_err(|_| Error::Usage(format!("the password of `{user}` belongs in {VARIABLE}")));
    let secret = Secret(secret?);
    if [user, &secret.0].iter().any(|text| text.is_empty() || text.len() > LONGEST) {
        return Err(Error::Usage(format!("a proxy's user and password have 1 to {LONGEST} bytes each")));
    }
    Ok(Login { user: user.to_owned(), secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_scheme_and_a_port_of_its_own() {
        for (url, host, port) in [
            ("socks5://jump", "jump", 1080),
            ("socks5://192.0.2.1:9050/", "192.0.2.1", 9050),
            ("http://[2001:db8::1]:3128", "2001:db8::1", 3128),
            ("http://jump", "jump", 8080),
        ] {
            let via = via(Some(url), None).unwrap().unwrap();
            assert_eq!(via.proxy(), Some(&Proxy { host: host.to_owned(), port }), "{url}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_one_clear_line() {
        for (url, said) in [
            ("jump:1080", "`jump:1080` is no proxy: it begins with socks5:// or http://"),
            ("ftp://jump", "`ftp://jump` is no proxy: it begins with socks5:// or http://"),
            ("http://me@jump", "`http://me@jump` is no proxy: users are known to socks5:// alone"),
            ("socks5://me:secret@jump", "a proxy's password is no argument: it is read from RDP_PROBE_PROXY_PASSWORD"),
            ("socks5://", "`` is no host: it is empty"),
        ] {
            assert_eq!(via(Some(url), None).unwrap_err().to_string(), said);
        }
        let said = via(None, Some("ssh 'jump")).unwrap_err().to_string();
        assert_eq!(said, "`ssh 'jump` is no command: it is empty, or a quote in it does not end");
    }

    #[test]
    fn no_command_inherits_a_password() {
        assert_eq!(crate::wire::SECRETS, [crate::cli::logon::VARIABLE, VARIABLE]);
    }

    #[test]
    fn a_command_is_split_into_words_as_a_shell_would() {
        let words = ["ssh", "-W", "%h:%p", "the jump"].map(str::to_owned).to_vec();
        assert_eq!(via(None, Some("ssh -W %h:%p 'the jump'")).unwrap(), Some(Via::Command(words)));
    }
}
