//! The beginning of a handshake: a server answers no client whose address it has not seen answer.

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u8};
use crate::tls::{self, CipherSuite, ContentType, HandshakeType, Version};

use super::{Fragment, Record};

/// `ClientHello`, RFC 6347 section 4.2.1: TLS's own, with a cookie in its midst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// The hello without the cookie.
    pub hello: tls::ClientHello,
    /// What the server wants to see again; empty at first, and at most 255 bytes long.
    pub cookie: Vec<u8>,
}

/// `HelloVerifyRequest`, RFC 6347 section 4.2.1: the server wants the same hello again, with a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelloVerifyRequest {
    /// The server's version; what is negotiated it does not tell.
    pub version: Version,
    /// The cookie.
    pub cookie: Vec<u8>,
}

impl ClientHello {
    /// A hello that any server answers which speaks `version` of DTLS or lower, as
    /// [`tls::ClientHello::describing`] has it: without RC4, which needs records in order.
    pub fn describing(version: Version, random: [u8; 32], server_name: Option<&str>) -> Self {
        let similar = if version == Version::DTLS_1_0 { Version::TLS_1_1 } else { Version::TLS_1_2 };
        let mut hello = tls::ClientHello::describing(similar, random, server_name);
        hello.version = version;
        hello.cipher_suites.retain(|suite: &CipherSuite| !suite.name().is_some_and(|name| name.contains("RC4")));
        Self { hello, cookie: Vec::new() }
    }

    /// The hello as it goes on the wire, in one record. Both numbers are 0 in a first hello and 1 in one with a
    /// cookie; a hello that is sent again keeps the first and counts on the second.
    pub fn record(&self, message_seq: u16, sequence_number: u64) -> Vec<u8> {
        let body = self.to_bytes();
        let fragment = Fragment::whole(HandshakeType::CLIENT_HELLO, message_seq, &body).to_bytes();
        let (content_type, version) = (ContentType::HANDSHAKE, Version::DTLS_1_0);
        Record { content_type, version, epoch: 0, sequence_number, fragment: &fragment }.to_bytes()
    }
}

impl Encode for ClientHello {
    fn encode(&self, out: &mut Vec<u8>) {
        self.hello.encode_around(out, |out| length_u8(out, |out| out.extend(&self.cookie)));
    }
}

impl Decode<'_> for ClientHello {
    const NAME: &'static str = "DTLS ClientHello";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut cookie = Vec::new();
        let hello = tls::ClientHello::read_around(reader, |reader| {
            cookie = self::cookie(reader)?;
            Ok(())
        })?;
        Ok(Self { hello, cookie })
    }
}

impl Encode for HelloVerifyRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.version.0.to_be_bytes());
        length_u8(out, |out| out.extend(&self.cookie));
    }
}

impl Decode<'_> for HelloVerifyRequest {
    const NAME: &'static str = "DTLS HelloVerifyRequest";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { version: Version(reader.u16_be("server_version")?), cookie: cookie(reader)? })
    }
}

/// Reads a cookie.
fn cookie(reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    let length = reader.u8("cookie length")?;
    reader.bytes("cookie", length.into()).map(<[u8]>::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_describing_hello_fits_a_datagram_and_offers_no_stream_cipher() {
        let hello = ClientHello::describing(Version::DTLS_1_2, [7; 32], Some("server.example"));
        assert!(!hello.hello.cipher_suites.contains(&CipherSuite::RSA_WITH_RC4_128_MD5));
        assert!(hello.hello.cipher_suites.contains(&CipherSuite::RSA_WITH_AES_128_CBC_SHA));
        let answered = ClientHello { cookie: vec![9; 255], ..hello };
        assert!(answered.record(1, 1).len() < 1132);
        assert_eq!(ClientHello::decode(&answered.to_bytes()), Ok(answered));
    }
}
