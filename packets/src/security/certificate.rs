use super::rsa::PublicKey;
use super::{digest, signature, x509};
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader, length_u16_le};

/// The bit of `dwVersion` that makes a certificate a temporary one.
const TEMPORARY: u32 = 0x8000_0000;

/// `CERT_CHAIN_VERSION_1`.
const PROPRIETARY: u32 = 1;

/// `CERT_CHAIN_VERSION_2`.
const CHAIN: u32 = 2;

/// `SIGNATURE_ALG_RSA` and `KEY_EXCHANGE_ALG_RSA`.
const RSA: u32 = 1;

/// `BB_RSA_KEY_BLOB`.
const KEY_BLOB: u16 = 6;

/// `BB_RSA_SIGNATURE_BLOB`.
const SIGNATURE_BLOB: u16 = 8;

/// Server Certificate (`SERVER_CERTIFICATE`), [MS-RDPBCGR] 2.2.1.4.3.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerCertificate {
    /// The server's own format, made by itself.
    Proprietary(ProprietaryCertificate),
    /// A chain that a licence server issued.
    X509(CertificateChain),
}

impl ServerCertificate {
    /// The server's key. An error when the certificate holds none that RSA can use.
    pub fn public_key(&self) -> Result<PublicKey, DecodeError> {
        match self {
            Self::Proprietary(certificate) => Ok(certificate.key.clone()),
            Self::X509(chain) => x509::public_key(chain.certificates.last().map_or(&[], Vec::as_slice)),
        }
    }
}

impl Encode for ServerCertificate {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Proprietary(certificate) => certificate.encode(out),
            Self::X509(chain) => chain.encode(out),
        }
    }
}

impl<'a> Decode<'a> for ServerCertificate {
    const NAME: &'static str = "Server Certificate";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let version = reader.u32_le("dwVersion")?;
        let temporary = version & TEMPORARY != 0;
        match version & !TEMPORARY {
            PROPRIETARY => ProprietaryCertificate::read(reader, temporary).map(Self::Proprietary),
            CHAIN => CertificateChain::read(reader, temporary).map(Self::X509),
            other => Err(reader.refuse("dwVersion", 4, other.into(), "1, proprietary, or 2, a chain")),
        }
    }
}

/// Server Proprietary Certificate (`PROPRIETARYSERVERCERTIFICATE`), [MS-RDPBCGR] 2.2.1.4.3.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProprietaryCertificate {
    /// Whether it is to be replaced soon.
    pub temporary: bool,
    /// The server's key.
    pub key: PublicKey,
    /// The signature with the published Terminal Services key, with its padding.
    pub signature: Vec<u8>,
}

impl ProprietaryCertificate {
    /// The certificate of a key, signed.
    pub fn signed(key: PublicKey) -> Self {
        let unsigned = Self { temporary: false, key, signature: Vec::new() };
        Self { signature: signature::sign(&unsigned.hash()), ..unsigned }
    }

    /// Whether the signature is that of this certificate. That proves no identity: the signing key is published.
    pub fn is_signed(&self) -> bool {
        signature::verifies(&self.hash(), &self.signature)
    }

    /// The hash of what is signed.
    fn hash(&self) -> [u8; 16] {
        let mut signed = Vec::new();
        self.encode_signed(&mut signed);
        *digest::md5(&[&signed])
    }

    /// Writes the fields that are signed.
    fn encode_signed(&self, out: &mut Vec<u8>) {
        for field in [version(PROPRIETARY, self.temporary), RSA, RSA] {
            out.extend(field.to_le_bytes());
        }
        out.extend(KEY_BLOB.to_le_bytes());
        length_u16_le(out, |out| self.key.encode(out));
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_signed(out);
        out.extend(SIGNATURE_BLOB.to_le_bytes());
        length_u16_le(out, |out| out.extend(&self.signature));
    }

    fn read(reader: &mut Reader<'_>, temporary: bool) -> Result<Self, DecodeError> {
        for field in ["dwSigAlgId", "dwKeyAlgId"] {
            let algorithm = reader.u32_le(field)?;
            if algorithm != RSA {
                return Err(reader.refuse(field, 4, algorithm.into(), "1, RSA"));
            }
        }
        let length = blob(reader, ["wPublicKeyBlobType", "wPublicKeyBlobLen"], KEY_BLOB, "6, a key")?;
        let key = PublicKey::whole(reader.nested(PublicKey::NAME, "PublicKeyBlob", length)?)?;
        let length = blob(reader, ["wSignatureBlobType", "wSignatureBlobLen"], SIGNATURE_BLOB, "8, a signature")?;
        Ok(Self { temporary, key, signature: reader.bytes("SignatureBlob", length)?.to_vec() })
    }
}

/// An X.509 certificate chain (`X509 Certificate Chain`), [MS-RDPELE] 2.2.1.4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateChain {
    /// Whether it is to be replaced soon.
    pub temporary: bool,
    /// X.509 certificates in DER: the root first, the server's own last.
    pub certificates: Vec<Vec<u8>>,
}

impl CertificateChain {
    fn encode(&self, out: &mut Vec<u8>) {
        let count = u32::try_from(self.certificates.len()).unwrap_or(u32::MAX);
        out.extend(version(CHAIN, self.temporary).to_le_bytes());
        out.extend(count.to_le_bytes());
        for certificate in &self.certificates {
            out.extend(u32::try_from(certificate.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend(certificate);
        }
        out.resize(out.len().saturating_add(padding(self.certificates.len())), 0);
    }

    fn read(reader: &mut Reader<'_>, temporary: bool) -> Result<Self, DecodeError> {
        let count = reader.u32_le("NumCertBlobs")?;
        let mut certificates = Vec::new();
        for _ in 0..count {
            let length = reader.u32_le("cbCert")?;
            let certificate = reader.bytes("abCert", usize::try_from(length).unwrap_or(usize::MAX))?;
            certificates.push(certificate.to_vec());
        }
        if certificates.is_empty() {
            return Err(reader.error("CertBlobArray", Fault::Form { expected: "a chain of one certificate or more" }));
        }
        reader.bytes("Padding", padding(certificates.len()))?;
        Ok(Self { temporary, certificates })
    }
}

/// The bytes of zero behind this many certificates.
fn padding(certificates: usize) -> usize {
    certificates.saturating_mul(4).saturating_add(8)
}

fn version(version: u32, temporary: bool) -> u32 {
    if temporary { version | TEMPORARY } else { version }
}

/// Reads the type and the length of a blob.
fn blob(
    reader: &mut Reader<'_>,
    [kind, length]: [&'static str; 2],
    due: u16,
    expected: &'static str,
) -> Result<usize, DecodeError> {
    let found = reader.u16_le(kind)?;
    if found != due {
        return Err(reader.refuse(kind, 2, found.into(), expected));
    }
    reader.u16_le(length).map(usize::from)
}
