use super::{Blob, BlobType};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::security::{Random, ServerCertificate};
use crate::text;

/// Server License Request (`SERVER_LICENSE_REQUEST`), [MS-RDPELE] 2.2.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseRequest {
    /// The server's part of the licensing keys.
    pub server_random: Random,
    /// What a licence is asked for.
    pub product_info: ProductInfo,
    /// The ways to exchange keys: 1 is RSA, and there is no other.
    pub key_exchange_list: Vec<u32>,
    /// The server's certificate; `None` where that of its settings counts.
    pub server_certificate: Option<ServerCertificate>,
    /// Whose licences the server takes: domain names in one character a byte.
    pub scope_list: Vec<String>,
}

/// Product Information (`PRODUCT_INFO`), [MS-RDPELE] 2.2.2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductInfo {
    /// The version of the operating system: major in the upper half, minor in the lower.
    pub version: u32,
    /// Who made it.
    pub company_name: String,
    /// Which product it is, `A02` for Remote Desktop Services.
    pub product_id: String,
}

impl Encode for LicenseRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.server_random);
        out.extend(self.product_info.version.to_le_bytes());
        for name in [&self.product_info.company_name, &self.product_info.product_id] {
            put_long(out, &text::to_utf16_zero(name));
        }
        Blob::put(out, BlobType::KEY_EXCHANGE_ALG, |out| {
            out.extend(self.key_exchange_list.iter().flat_map(|algorithm| algorithm.to_le_bytes()));
        });
        Blob::put(out, BlobType::CERTIFICATE, |out| {
            self.server_certificate.iter().for_each(|certificate| certificate.encode(out));
        });
        out.extend(u32::try_from(self.scope_list.len()).unwrap_or(u32::MAX).to_le_bytes());
        for scope in &self.scope_list {
            Blob::put(out, BlobType::SCOPE, |out| out.extend(text::to_ansi(scope).chain([0])));
        }
    }
}

impl Decode<'_> for LicenseRequest {
    const NAME: &'static str = "Server License Request";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let server_random = reader.array("ServerRandom")?;
        let product_info = ProductInfo {
            version: reader.u32_le("dwVersion")?,
            company_name: text::from_utf16(long(reader, "cbCompanyName", "pbCompanyName")?),
            product_id: text::from_utf16(long(reader, "cbProductId", "pbProductId")?),
        };
        let (algorithms, _) = Blob::data(reader, "KeyExchangeList")?.as_chunks();
        let key_exchange_list = algorithms.iter().map(|algorithm| u32::from_le_bytes(*algorithm)).collect();
        let (_, length) = Blob::header(reader, "ServerCertificate")?;
        let certificate = reader.nested(ServerCertificate::NAME, "ServerCertificate", length)?;
        let server_certificate =
            if certificate.is_empty() { None } else { Some(ServerCertificate::whole(certificate)?) };
        let mut scope_list = Vec::new();
        for _ in 0..reader.u32_le("ScopeCount")? {
            scope_list.push(text::from_ansi(Blob::data(reader, "ScopeArray")?));
        }
        Ok(Self { server_random, product_info, key_exchange_list, server_certificate, scope_list })
    }
}

/// Writes bytes behind a length of 32 bits.
pub(super) fn put_long(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(bytes);
}

/// Reads bytes behind a length of 32 bits.
pub(super) fn long<'a>(
    reader: &mut Reader<'a>,
    length: &'static str,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    let length = reader.u32_le(length)?;
    reader.bytes(field, usize::try_from(length).unwrap_or(usize::MAX))
}
