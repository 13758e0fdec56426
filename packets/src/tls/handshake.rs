//! The messages of a handshake.
//!
//! ```text
//! 0     1       4
//! type  length  body (length bytes)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u24_be};
use crate::open::open_enum;

use super::{Certificate, ClientHello, ServerHello};

open_enum! {
    /// A handshake message's kind, by the IANA registry TLS `HandshakeType`.
    HandshakeType: u8 {
        /// The server wants a new handshake.
        HELLO_REQUEST = 0, "hello_request";
        /// [`ClientHello`].
        CLIENT_HELLO = 1, "client_hello";
        /// [`ServerHello`].
        SERVER_HELLO = 2, "server_hello";
        /// DTLS: the server wants the hello again, with a cookie.
        HELLO_VERIFY_REQUEST = 3, "hello_verify_request";
        /// A ticket for a later session.
        NEW_SESSION_TICKET = 4, "new_session_ticket";
        /// What the server adds, encrypted.
        ENCRYPTED_EXTENSIONS = 8, "encrypted_extensions";
        /// [`Certificate`].
        CERTIFICATE = 11, "certificate";
        /// The server's key for this handshake, signed.
        SERVER_KEY_EXCHANGE = 12, "server_key_exchange";
        /// The server wants a client certificate.
        CERTIFICATE_REQUEST = 13, "certificate_request";
        /// The server's flight is over.
        SERVER_HELLO_DONE = 14, "server_hello_done";
        /// A signature by the certificate's key.
        CERTIFICATE_VERIFY = 15, "certificate_verify";
        /// The client's key for this handshake.
        CLIENT_KEY_EXCHANGE = 16, "client_key_exchange";
        /// The first message under the new keys.
        FINISHED = 20, "finished";
        /// A stapled OCSP response.
        CERTIFICATE_STATUS = 22, "certificate_status";
    }
}

/// `Handshake`, RFC 5246 section 7.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake<'a> {
    /// The client's offer.
    ClientHello(ClientHello),
    /// The server's choice.
    ServerHello(ServerHello),
    /// The server's certificates, in clear up to TLS 1.2.
    Certificate(Certificate),
    /// A message that is not looked into.
    Other {
        /// Its kind.
        kind: HandshakeType,
        /// Its content.
        body: &'a [u8],
    },
}

impl Handshake<'_> {
    /// The message's kind.
    pub fn kind(&self) -> HandshakeType {
        match self {
            Self::ClientHello(_) => HandshakeType::CLIENT_HELLO,
            Self::ServerHello(_) => HandshakeType::SERVER_HELLO,
            Self::Certificate(_) => HandshakeType::CERTIFICATE,
            Self::Other { kind, .. } => *kind,
        }
    }
}

impl Encode for Handshake<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.kind().0);
        length_u24_be(out, |out| match self {
            Self::ClientHello(hello) => hello.encode(out),
            Self::ServerHello(hello) => hello.encode(out),
            Self::Certificate(certificate) => certificate.encode(out),
            Self::Other { body, .. } => out.extend(*body),
        });
    }
}

impl<'a> Decode<'a> for Handshake<'a> {
    const NAME: &'static str = "TLS handshake";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (kind, length) = header(reader)?;
        Ok(match kind {
            HandshakeType::CLIENT_HELLO => Self::ClientHello(body(reader, length)?),
            HandshakeType::SERVER_HELLO => Self::ServerHello(body(reader, length)?),
            HandshakeType::CERTIFICATE => Self::Certificate(body(reader, length)?),
            kind => Self::Other { kind, body: reader.bytes("body", length)? },
        })
    }
}

/// Reads the header: kind, and the body's length.
pub(super) fn header(reader: &mut Reader<'_>) -> Result<(HandshakeType, usize), DecodeError> {
    let kind = HandshakeType(reader.u8("msg_type")?);
    let length = reader.u24_be("length")?;
    Ok((kind, usize::try_from(length).unwrap_or(usize::MAX)))
}

/// Reads a body that is a message of its own.
fn body<'a, T: Decode<'a>>(reader: &mut Reader<'a>, length: usize) -> Result<T, DecodeError> {
    T::whole(reader.nested(T::NAME, "body", length)?)
}
