//! The client's first message: what a server is asked.

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u8, length_u16_be};

use super::{
    CipherSuite, ContentType, Extension, ExtensionType, Handshake, LONGEST_PLAIN, NamedGroup, Record, SignatureScheme,
    Version, extension,
};

/// The curves that a server is offered when it is only to be described. Finite-field groups are left out: naming some
/// would bind a server of RFC 7919 to them.
const CURVES: [NamedGroup; 5] =
    [NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1, NamedGroup::X448];

/// `ClientHello`, RFC 5246 section 7.4.1.2 and RFC 8446 section 4.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// The highest version offered; with TLS 1.3, whose versions stand in an extension, 1.2.
    pub version: Version,
    /// The client's random bytes.
    pub random: [u8; 32],
    /// The session to resume, or arbitrary bytes; at most 32.
    pub session_id: Vec<u8>,
    /// The suites offered, preferred first.
    pub cipher_suites: Vec<CipherSuite>,
    /// The compression methods offered: 0, none, alone.
    pub compression: Vec<u8>,
    /// The extensions, in order; none also where the client sent an empty block of them.
    pub extensions: Vec<Extension>,
}

impl ClientHello {
    /// A hello that any server answers which speaks `version` or lower: every suite, also those that nobody should
    /// use, every usual curve and every signature. It is for learning what a server is, never for finishing a
    /// handshake, so TLS 1.3 is asked without a key: the server names its group in a `HelloRetryRequest`.
    ///
    /// `server_name` is a host name; for an address it is `None`.
    pub fn describing(version: Version, random: [u8; 32], server_name: Option<&str>) -> Self {
        let tls13 = version >= Version::TLS_1_3;
        let offered = |suite: &CipherSuite| *suite != CipherSuite::FALLBACK_SCSV && (tls13 || !suite.is_tls13());
        let mut extensions = Vec::from_iter(server_name.map(Extension::server_name));
        extensions.extend([
            Extension::supported_groups(&CURVES),
            Extension::uncompressed_points(),
            Extension::empty(ExtensionType::EXTENDED_MASTER_SECRET),
        ]);
        if version >= Version::TLS_1_2 {
            extensions.push(Extension::signature_algorithms(SignatureScheme::KNOWN));
        }
        if tls13 {
            let versions = [Version::TLS_1_3, Version::TLS_1_2, Version::TLS_1_1, Version::TLS_1_0];
            extensions.extend([Extension::supported_versions(&versions), Extension::key_share(&[])]);
        }
        Self {
            version: version.min(Version::TLS_1_2),
            random,
            session_id: Vec::new(),
            cipher_suites: CipherSuite::KNOWN.iter().copied().filter(offered).collect(),
            compression: vec![0],
            extensions,
        }
    }

    /// Fills the hello up with a padding extension, so that [`Self::records`] is `size` bytes long, at most 16384. A
    /// hello that is as long already stays as it is; one that lacks less than an extension's header comes out those
    /// few bytes longer.
    #[must_use]
    pub fn padded(mut self, size: usize) -> Self {
        let size = size.min(LONGEST_PLAIN);
        if self.records().len() < size {
            self.extensions.push(Extension::padding(0));
            let lacking = size.saturating_sub(self.records().len());
            self.extensions.pop();
            self.extensions.push(Extension::padding(lacking));
        }
        self
    }

    /// The hello as it goes on the wire: in a record, or in several when it is longer than one may be. Their version
    /// is 1.0, or lower if that is all there is: old servers hang up on a higher one.
    pub fn records(&self) -> Vec<u8> {
        let message = Handshake::ClientHello(self.clone()).to_bytes();
        let version = self.version.min(Version::TLS_1_0);
        let mut out = Vec::new();
        for fragment in message.chunks(LONGEST_PLAIN) {
            Record { content_type: ContentType::HANDSHAKE, version, fragment }.encode(&mut out);
        }
        out
    }
}

impl ClientHello {
    /// Writes the hello, and behind the session what DTLS has there and TLS has not.
    pub(crate) fn encode_around(&self, out: &mut Vec<u8>, cookie: impl FnOnce(&mut Vec<u8>)) {
        out.extend(self.version.0.to_be_bytes());
        out.extend(self.random);
        length_u8(out, |out| out.extend(&self.session_id));
        cookie(out);
        length_u16_be(out, |out| out.extend(self.cipher_suites.iter().flat_map(|suite| suite.0.to_be_bytes())));
        length_u8(out, |out| out.extend(&self.compression));
        extension::write_all(&self.extensions, out);
    }

    /// Reads the hello, and behind the session what DTLS has there and TLS has not.
    pub(crate) fn read_around(
        reader: &mut Reader<'_>,
        cookie: impl FnOnce(&mut Reader<'_>) -> Result<(), DecodeError>,
    ) -> Result<Self, DecodeError> {
        let version = Version(reader.u16_be("client_version")?);
        let random = reader.array("random")?;
        let length = reader.u8("session_id length")?;
        let session_id = reader.bytes("session_id", length.into())?.to_owned();
        cookie(reader)?;
        let length = reader.u16_be("cipher_suites length")?;
        let mut suites = reader.nested(Self::NAME, "cipher_suites", length.into())?;
        let mut cipher_suites = Vec::new();
        while !suites.is_empty() {
            cipher_suites.push(CipherSuite(suites.u16_be("cipher_suites")?));
        }
        let length = reader.u8("compression_methods length")?;
        let compression = reader.bytes("compression_methods", length.into())?.to_owned();
        Ok(Self { version, random, session_id, cipher_suites, compression, extensions: extension::read_all(reader)? })
    }
}

impl Encode for ClientHello {
    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_around(out, |_| {});
    }
}

impl Decode<'_> for ClientHello {
    const NAME: &'static str = "TLS ClientHello";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::read_around(reader, |_| Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: Version) -> ClientHello {
        ClientHello::describing(version, [7; 32], Some("server.example"))
    }

    #[test]
    fn a_padded_hello_has_the_size_asked_for_on_the_wire() {
        let natural = hello(Version::TLS_1_2).records().len();
        for size in [natural + 4, 600, 1400, 16_000, 16_384] {
            assert_eq!(hello(Version::TLS_1_2).padded(size).records().len(), size);
        }
        assert_eq!(hello(Version::TLS_1_2).padded(natural), hello(Version::TLS_1_2));
        assert_eq!(hello(Version::TLS_1_2).padded(natural + 1).records().len(), natural + 4);
    }

    #[test]
    fn a_describing_hello_offers_what_its_version_can_use_and_no_fallback() {
        let old = hello(Version::TLS_1_0);
        assert!(old.cipher_suites.contains(&CipherSuite::RSA_WITH_RC4_128_MD5));
        assert!(!old.cipher_suites.iter().any(|suite| suite.is_tls13()));
        assert!(!old.cipher_suites.contains(&CipherSuite::FALLBACK_SCSV));
        assert_eq!(extension::find(&old.extensions, ExtensionType::SIGNATURE_ALGORITHMS), None);
        let new = hello(Version::TLS_1_3);
        assert_eq!(new.version, Version::TLS_1_2);
        assert!(new.cipher_suites.iter().any(|suite| suite.is_tls13()));
        assert_eq!(extension::find(&new.extensions, ExtensionType::KEY_SHARE), Some(&[0, 0][..]));
    }
}
