//! SOCKS 5, RFC 1928, as far as asking a proxy for a TCP connection; with a user name and a password by RFC 1929.
//!
//! ```text
//! client: version (5)  count  methods            proxy: version (5)  method
//! client: version (1)  length user  length password     proxy: version (1)  status
//! client: version (5)  command (1)  0  address  port    proxy: version (5)  reply  0  address  port
//! ```

use std::fmt;
use std::net::IpAddr;

use crate::codec::{Decode, DecodeError, Encode, Fault, Frame, Reader, length_u8, once_there};
use crate::open::open_enum;
use crate::secret::Secret;

/// The protocol's version.
const VERSION: u8 = 5;
/// The version of the exchange of user name and password.
const LOGIN_VERSION: u8 = 1;
/// The command that asks for a connection.
const CONNECT: u8 = 1;

/// What announces an IPv4 address.
const IPV4: u8 = 1;
/// What announces a name.
const NAME: u8 = 3;
/// What announces an IPv6 address.
const IPV6: u8 = 4;

open_enum! {
    /// How a client shows who it is, RFC 1928 section 3.
    Method: u8 {
        /// Not at all.
        NONE = 0x00, "no authentication";
        /// By user name and password.
        LOGIN = 0x02, "user name and password";
        /// The proxy takes none of what was offered.
        UNACCEPTABLE = 0xff, "no acceptable methods";
    }
}

open_enum! {
    /// What came of a request, RFC 1928 section 6.
    ReplyCode: u8 {
        /// The connection stands.
        SUCCEEDED = 0x00, "succeeded";
        /// The proxy failed.
        GENERAL_FAILURE = 0x01, "general SOCKS server failure";
        /// The proxy's rules forbid it.
        NOT_ALLOWED = 0x02, "connection not allowed by ruleset";
        /// The target's network cannot be reached.
        NETWORK_UNREACHABLE = 0x03, "network unreachable";
        /// The target cannot be reached, or its name does not resolve.
        HOST_UNREACHABLE = 0x04, "host unreachable";
        /// The target refused.
        CONNECTION_REFUSED = 0x05, "connection refused";
        /// A TTL ran out on the way to the target.
        TTL_EXPIRED = 0x06, "TTL expired";
        /// The proxy does not know the command.
        COMMAND_NOT_SUPPORTED = 0x07, "command not supported";
        /// The proxy does not know this kind of address.
        ADDRESS_TYPE_NOT_SUPPORTED = 0x08, "address type not supported";
    }
}

/// An address or a name, RFC 1928 section 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Ip(IpAddr),
    /// A name, for the proxy to resolve; 255 bytes at most are sent.
    Name(String),
}

/// The methods that the client offers, RFC 1928 section 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The methods.
    pub methods: Vec<Method>,
}

/// The method that the proxy chose, RFC 1928 section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The method.
    pub method: Method,
}

/// User name and password, RFC 1929 section 2; 255 bytes at most of each are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub secret: Secret<String>,
}

/// Whether they are right, RFC 1929 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginStatus {
    /// 0 where they are.
    pub status: u8,
}

/// The request for a connection, RFC 1928 section 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub host: Host,
    /// To which port.
    pub port: u16,
}

/// What came of it, RFC 1928 section 6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What.
    pub code: ReplyCode,
    /// The address that the proxy connects from.
    pub host: Host,
    /// The port that it connects from.
    pub port: u16,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Host {
    /// What the user calls a host: an address where it reads as one, or else a name.
    pub fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Ip)
    }

    fn encode(&self, port: u16, out: &mut Vec<u8>) {
        match self {
            Self::Ip(IpAddr::V4(ip)) => out.extend([IPV4].into_iter().chain(ip.octets())),
            Self::Ip(IpAddr::V6(ip)) => out.extend([IPV6].into_iter().chain(ip.octets())),
            Self::Name(name) => {
                out.push(NAME);
                short(out, name);
            }
        }
        out.extend(port.to_be_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<(Self, u16), DecodeError> {
        let host = match reader.u8("ATYP")? {
            IPV4 => Self::Ip(reader.array::<4>("address")?.into()),
            IPV6 => Self::Ip(reader.array::<16>("address")?.into()),
            NAME => {
                let length = reader.u8("address length")?;
                let name = reader.bytes("address", length.into())?;
                Self::Name(String::from_utf8_lossy(name).into_owned())
            }
            other => return Err(reader.refuse("ATYP", 1, other.into(), "1, 3 or 4: IPv4, a name or IPv6")),
        };
        Ok((host, reader.u16_be("port")?))
    }
}

/// A text behind its length in one byte, cut where that ends.
fn short(out: &mut Vec<u8>, text: &str) {
    length_u8(out, |out| out.extend(text.bytes().take(255)));
}

/// Takes the version, and refuses another.
fn version(reader: &mut Reader<'_>, version: u8, expected: &'static str) -> Result<(), DecodeError> {
    match reader.u8("VER")? {
        found if found == version => Ok(()),
        found => Err(reader.refuse("VER", 1, found.into(), expected)),
    }
}

impl Encode for Greeting {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        length_u8(out, |out| out.extend(self.methods.iter().map(|method| method.0)));
    }
}

impl Encode for Login {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(LOGIN_VERSION);
        short(out, &self.user);
        short(out, &self.secret.0);
    }
}

impl Encode for Request {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([VERSION, CONNECT, 0]);
        self.host.encode(self.port, out);
    }
}

impl Encode for Reply {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([VERSION, self.code.0, 0]);
        self.host.encode(self.port, out);
    }
}

impl Decode<'_> for Choice {
    const NAME: &'static str = "SOCKS 5 method selection";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(reader, VERSION, "5, the version of SOCKS")?;
        Ok(Self { method: Method(reader.u8("METHOD")?) })
    }
}

impl Decode<'_> for LoginStatus {
    const NAME: &'static str = "SOCKS 5 user name and password status";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(reader, LOGIN_VERSION, "1, the version of RFC 1929")?;
        Ok(Self { status: reader.u8("STATUS")? })
    }
}

impl Decode<'_> for Request {
    const NAME: &'static str = "SOCKS 5 request";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(reader, VERSION, "5, the version of SOCKS")?;
        if reader.u8("CMD")? != CONNECT {
            return Err(reader.error("CMD", Fault::Form { expected: "CONNECT" }));
        }
        reader.u8("RSV")?;
        let (host, port) = Host::read(reader)?;
        Ok(Self { host, port })
    }
}

impl Decode<'_> for Reply {
    const NAME: &'static str = "SOCKS 5 reply";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(reader, VERSION, "5, the version of SOCKS")?;
        let code = ReplyCode(reader.u8("REP")?);
        reader.u8("RSV")?;
        let (host, port) = Host::read(reader)?;
        Ok(Self { code, host, port })
    }
}

/// The length of a message that its own reading finds.
fn length<'a, T: Decode<'a>>(prefix: &'a [u8]) -> Result<Option<usize>, DecodeError> {
    let mut reader = Reader::new(T::NAME, prefix);
    Ok(once_there(T::read(&mut reader))?.map(|_| reader.offset()))
}

impl Frame for Choice {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        length::<Self>(prefix)
    }
}

impl Frame for LoginStatus {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        length::<Self>(prefix)
    }
}

impl Frame for Reply {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        length::<Self>(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &[u8] = b"\x05\x01\x00\x03\x03srv\x0d\x3d";

    #[test]
    fn a_name_travels_to_the_proxy_as_it_is_and_an_address_as_an_address() {
        let request = Request { host: Host::of("srv"), port: 3389 };
        assert_eq!(request.to_bytes(), NAMED);
        for host in ["srv", "192.0.2.7", "2001:db8::7"] {
            let request = Request { host: Host::of(host), port: 3389 };
            assert_eq!(Request::decode(&request.to_bytes()), Ok(request));
        }
    }

    #[test]
    fn every_truncation_of_an_answer_waits_for_the_rest() {
        for host in ["srv", "192.0.2.7", "2001:db8::7"] {
            let reply = Reply { code: ReplyCode::SUCCEEDED, host: Host::of(host), port: 40_000 };
            let bytes = reply.to_bytes();
            for cut in 0..bytes.len() {
                assert_eq!(Reply::length(&bytes[..cut]), Ok(None), "{cut} of {host}");
                assert!(Reply::decode(&bytes[..cut]).is_err());
            }
            assert_eq!(Reply::length(&[&bytes[..], b"more"].concat()), Ok(Some(bytes.len())));
            assert_eq!(Reply::decode(&bytes), Ok(reply));
        }
    }

    #[test]
    fn what_is_no_answer_is_refused_at_its_first_byte() {
        let said = Choice::length(b"H").unwrap_err().to_string();
        assert_eq!(said, "SOCKS 5 method selection: `VER` at byte 0 holds 0x48, not 5, the version of SOCKS");
        assert!(LoginStatus::length(&[5]).is_err());
        let said = Reply::length(&[5, 0, 0, 9]).unwrap_err().to_string();
        assert_eq!(said, "SOCKS 5 reply: `ATYP` at byte 3 holds 0x09, not 1, 3 or 4: IPv4, a name or IPv6");
    }

    #[test]
    fn what_is_too_long_for_its_length_is_cut() {
        let login = Login { user: "u".repeat(300), secret: Secret("p".to_owned()) };
        let bytes = login.to_bytes();
        assert_eq!((bytes.len(), bytes[1], &bytes[257..]), (259, 255, [1, b'p'].as_slice()));
    }
}
