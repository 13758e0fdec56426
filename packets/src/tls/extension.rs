//! The extensions of a hello: kept as they come, built for what we ask.

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u8, length_u16_be};
use crate::open::open_enum;

use super::{NamedGroup, SignatureScheme, Version};

open_enum! {
    /// What an extension is about, by the IANA registry TLS `ExtensionType` Values.
    ExtensionType: u16 {
        /// The name that the client connects to, RFC 6066.
        SERVER_NAME = 0, "server_name";
        /// OCSP stapling, RFC 6066.
        STATUS_REQUEST = 5, "status_request";
        /// The groups that the client knows, RFC 8422 and RFC 7919.
        SUPPORTED_GROUPS = 10, "supported_groups";
        /// How points of a curve are written, RFC 8422.
        EC_POINT_FORMATS = 11, "ec_point_formats";
        /// The signatures that the client accepts, RFC 8446.
        SIGNATURE_ALGORITHMS = 13, "signature_algorithms";
        /// The protocols inside TLS, RFC 7301.
        ALPN = 16, "application_layer_protocol_negotiation";
        /// Fills a hello up to a size, RFC 7685.
        PADDING = 21, "padding";
        /// RFC 7366.
        ENCRYPT_THEN_MAC = 22, "encrypt_then_mac";
        /// RFC 7627.
        EXTENDED_MASTER_SECRET = 23, "extended_master_secret";
        /// RFC 5077.
        SESSION_TICKET = 35, "session_ticket";
        /// RFC 8446.
        PRE_SHARED_KEY = 41, "pre_shared_key";
        /// The versions that the client knows, or the one that the server chose, RFC 8446.
        SUPPORTED_VERSIONS = 43, "supported_versions";
        /// RFC 8446.
        COOKIE = 44, "cookie";
        /// RFC 8446.
        PSK_KEY_EXCHANGE_MODES = 45, "psk_key_exchange_modes";
        /// Public keys for the key exchange, RFC 8446.
        KEY_SHARE = 51, "key_share";
        /// RFC 5746.
        RENEGOTIATION_INFO = 0xff01, "renegotiation_info";
    }
}

/// `Extension`, RFC 8446 section 4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// What it is about.
    pub kind: ExtensionType,
    /// `extension_data`, as it stands on the wire.
    pub body: Vec<u8>,
}

impl Extension {
    /// An extension that only stands there.
    pub fn empty(kind: ExtensionType) -> Self {
        Self { kind, body: Vec::new() }
    }

    /// The host name that the client connects to; an address is no host name.
    pub fn server_name(name: &str) -> Self {
        Self::built(ExtensionType::SERVER_NAME, |out| {
            length_u16_be(out, |out| {
                out.push(0);
                length_u16_be(out, |out| out.extend(name.as_bytes()));
            });
        })
    }

    /// The groups that the client knows, preferred first.
    pub fn supported_groups(groups: &[NamedGroup]) -> Self {
        Self::built(ExtensionType::SUPPORTED_GROUPS, |out| {
            length_u16_be(out, |out| out.extend(groups.iter().flat_map(|group| group.0.to_be_bytes())));
        })
    }

    /// Points are written uncompressed: what every peer understands.
    pub fn uncompressed_points() -> Self {
        Self { kind: ExtensionType::EC_POINT_FORMATS, body: vec![1, 0] }
    }

    /// The signatures that the client accepts, preferred first.
    pub fn signature_algorithms(schemes: &[SignatureScheme]) -> Self {
        Self::built(ExtensionType::SIGNATURE_ALGORITHMS, |out| {
            length_u16_be(out, |out| out.extend(schemes.iter().flat_map(|scheme| scheme.0.to_be_bytes())));
        })
    }

    /// The versions that the client knows, preferred first.
    pub fn supported_versions(versions: &[Version]) -> Self {
        Self::built(ExtensionType::SUPPORTED_VERSIONS, |out| {
            length_u8(out, |out| out.extend(versions.iter().flat_map(|version| version.0.to_be_bytes())));
        })
    }

    /// The client's public keys. With none, a TLS 1.3 server names the group that it wants in a `HelloRetryRequest`.
    pub fn key_share(shares: &[(NamedGroup, &[u8])]) -> Self {
        Self::built(ExtensionType::KEY_SHARE, |out| {
            length_u16_be(out, |out| {
                for (group, key) in shares {
                    out.extend(group.0.to_be_bytes());
                    length_u16_be(out, |out| out.extend(*key));
                }
            });
        })
    }

    /// `length` bytes of nothing.
    pub fn padding(length: usize) -> Self {
        Self { kind: ExtensionType::PADDING, body: vec![0; length] }
    }

    fn built(kind: ExtensionType, body: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut extension = Self::empty(kind);
        body(&mut extension.body);
        extension
    }
}

impl Encode for Extension {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.kind.0.to_be_bytes());
        length_u16_be(out, |out| out.extend(&self.body));
    }
}

impl Decode<'_> for Extension {
    const NAME: &'static str = "TLS extension";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = ExtensionType(reader.u16_be("extension_type")?);
        let length = reader.u16_be("extension_data length")?;
        Ok(Self { kind, body: reader.bytes("extension_data", length.into())?.to_owned() })
    }
}

/// Reads the extensions at the end of a hello, where a peer of old has none.
pub(super) fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Extension>, DecodeError> {
    let mut extensions = Vec::new();
    if !reader.is_empty() {
        let length = reader.u16_be("extensions length")?;
        let mut block = reader.nested(Extension::NAME, "extensions", length.into())?;
        while !block.is_empty() {
            extensions.push(Extension::read(&mut block)?);
        }
    }
    Ok(extensions)
}

/// Writes the extensions at the end of a hello; without any, their block is left out.
pub(super) fn write_all(extensions: &[Extension], out: &mut Vec<u8>) {
    if !extensions.is_empty() {
        length_u16_be(out, |out| extensions.iter().for_each(|extension| extension.encode(out)));
    }
}

/// The content of the first extension of a kind.
pub(super) fn find(extensions: &[Extension], kind: ExtensionType) -> Option<&[u8]> {
    extensions.iter().find(|extension| extension.kind == kind).map(|extension| extension.body.as_slice())
}
