//! The server's choice.

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u8};

use super::{CipherSuite, Extension, ExtensionType, NamedGroup, Version, extension};

/// The random bytes by which a `ServerHello` of TLS 1.3 says that it is a `HelloRetryRequest`: the SHA-256 of that name,
/// RFC 8446 section 4.1.3.
pub const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// `ServerHello`, RFC 5246 section 7.4.1.3 and RFC 8446 section 4.1.3; a `HelloRetryRequest` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello {
    /// The version in its own field; see [`Self::negotiated_version`].
    pub version: Version,
    /// The server's random bytes, or [`RETRY`].
    pub random: [u8; 32],
    /// The session's name; from TLS 1.3 on, the client's own bytes.
    pub session_id: Vec<u8>,
    /// The suite chosen.
    pub cipher_suite: CipherSuite,
    /// The compression chosen: 0, none.
    pub compression: u8,
    /// The extensions, in order; none also where the server sent an empty block of them.
    pub extensions: Vec<Extension>,
}

impl ServerHello {
    /// The version that the server chose, wherever it says so.
    pub fn negotiated_version(&self) -> Version {
        match extension::find(&self.extensions, ExtensionType::SUPPORTED_VERSIONS) {
            Some(&[high, low]) => Version(u16::from_be_bytes([high, low])),
            Some(_) | None => self.version,
        }
    }

    /// Whether this is a `HelloRetryRequest`: the server wants another hello, with a key for [`Self::group`].
    pub fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    /// The group of the key exchange, which TLS 1.3 names here; earlier versions name it later.
    pub fn group(&self) -> Option<NamedGroup> {
        let share = extension::find(&self.extensions, ExtensionType::KEY_SHARE)?;
        share.first_chunk().map(|group| NamedGroup(u16::from_be_bytes(*group)))
    }
}

impl Encode for ServerHello {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.version.0.to_be_bytes());
        out.extend(self.random);
        length_u8(out, |out| out.extend(&self.session_id));
        out.extend(self.cipher_suite.0.to_be_bytes());
        out.push(self.compression);
        extension::write_all(&self.extensions, out);
    }
}

impl Decode<'_> for ServerHello {
    const NAME: &'static str = "TLS ServerHello";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = Version(reader.u16_be("server_version")?);
        let random = reader.array("random")?;
        let length = reader.u8("session_id length")?;
        Ok(Self {
            version,
            random,
            session_id: reader.bytes("session_id", length.into())?.to_owned(),
            cipher_suite: CipherSuite(reader.u16_be("cipher_suite")?),
            compression: reader.u8("compression_method")?,
            extensions: extension::read_all(reader)?,
        })
    }
}
