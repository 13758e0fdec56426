//! `CredSSP`, the frame of Network Level Authentication inside TLS: [MS-CSSP] section 2.2.1.

use crate::asn1::der::{self, Tag};
use crate::codec::{Decode, DecodeError, Encode, Fault, Frame, Reader, once_there};

/// The newest version there is.
pub const LATEST: u32 = 6;

/// The longest message that is waited for, in bytes; the largest Kerberos ticket needs less than half of it.
pub const LONGEST: usize = 128 * 1024;

/// `TSRequest`, [MS-CSSP] 2.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TsRequest {
    /// The sender's version, 2 to [`LATEST`]; a higher one counts as the latest.
    pub version: u32,
    /// SPNEGO or NTLM messages; in practice one.
    pub nego_tokens: Vec<Vec<u8>>,
    /// The credentials, encrypted.
    pub auth_info: Option<Vec<u8>>,
    /// The server's public key, or a hash of it, encrypted.
    pub pub_key_auth: Option<Vec<u8>>,
    /// Why the server refuses: an NTSTATUS or HRESULT.
    pub error_code: Option<u32>,
    /// What the client salts the hash of the key with, from version 5 on.
    pub client_nonce: Option<[u8; 32]>,
}

impl TsRequest {
    /// A message of the latest version with one token in it.
    pub fn with_token(token: Vec<u8>) -> Self {
        Self {
            version: LATEST,
            nego_tokens: vec![token],
            auth_info: None,
            pub_key_auth: None,
            error_code: None,
            client_nonce: None,
        }
    }
}

impl Encode for TsRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        let tokens = Some(&self.nego_tokens).filter(|tokens| !tokens.is_empty());
        let integer = |out: &mut Vec<u8>, number| der::write_integer(out, Tag::INTEGER, number);
        der::write(out, Tag::SEQUENCE, |out| {
            der::write_optional(out, 0, Some(self.version), integer);
            der::write_optional(out, 1, tokens, |out, tokens| write_tokens(out, tokens));
            der::write_optional(out, 2, self.auth_info.as_deref(), der::write_octets);
            der::write_optional(out, 3, self.pub_key_auth.as_deref(), der::write_octets);
            der::write_optional(out, 4, self.error_code, integer);
            der::write_optional(out, 5, self.client_nonce.as_ref().map(<[u8; 32]>::as_slice), der::write_octets);
        });
    }
}

impl Decode<'_> for TsRequest {
    const NAME: &'static str = "TSRequest";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut fields = der::element(reader, Self::NAME, "TSRequest", Tag::SEQUENCE)?;
        let fields = &mut fields;
        let owned = |field| move |reader: &mut Reader<'_>| der::octets(reader, field).map(<[u8]>::to_owned);
        let request = Self {
            version: der::explicit(fields, Self::NAME, "version", 0, |reader| {
                der::integer(reader, "version", Tag::INTEGER)
            })?,
            nego_tokens: der::optional(fields, Self::NAME, "negoTokens", 1, read_tokens)?.unwrap_or_default(),
            auth_info: der::optional(fields, Self::NAME, "authInfo", 2, owned("authInfo"))?,
            pub_key_auth: der::optional(fields, Self::NAME, "pubKeyAuth", 3, owned("pubKeyAuth"))?,
            error_code: der::optional(fields, Self::NAME, "errorCode", 4, |reader| {
                der::integer(reader, "errorCode", Tag::INTEGER)
            })?,
            client_nonce: der::optional(fields, Self::NAME, "clientNonce", 5, read_nonce)?,
        };
        if request.version > LATEST {
            // What a later version may have added is none of our business.
            fields.rest();
        }
        fields.finish()?;
        Ok(request)
    }
}

impl Frame for TsRequest {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        let mut reader = Reader::new(Self::NAME, prefix);
        let Some(length) = once_there(der::header(&mut reader, "TSRequest", Tag::SEQUENCE))? else { return Ok(None) };
        if length > LONGEST {
            let found = u64::try_from(length).unwrap_or(u64::MAX);
            return Err(reader.error_at(1, "length", Fault::Value { found, expected: "at most 0x20000" }));
        }
        Ok(Some(reader.offset().saturating_add(length)))
    }
}

/// Writes `NegoData`, [MS-CSSP] 2.2.1.1.
fn write_tokens(out: &mut Vec<u8>, tokens: &[Vec<u8>]) {
    der::write(out, Tag::SEQUENCE, |out| {
        for token in tokens {
            der::write(out, Tag::SEQUENCE, |out| {
                der::write_optional(out, 0, Some(token.as_slice()), der::write_octets);
            });
        }
    });
}

/// Reads `NegoData`.
fn read_tokens(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, DecodeError> {
    let mut list = der::element(reader, TsRequest::NAME, "negoTokens", Tag::SEQUENCE)?;
    let mut tokens = Vec::new();
    while !list.is_empty() {
        let mut item = der::element(&mut list, TsRequest::NAME, "negoTokens", Tag::SEQUENCE)?;
        let token =
            der::explicit(&mut item, TsRequest::NAME, "negoToken", 0, |reader| der::octets(reader, "negoToken"))?;
        item.finish()?;
        tokens.push(token.to_owned());
    }
    Ok(tokens)
}

/// Reads the nonce, which has one length.
fn read_nonce(reader: &mut Reader<'_>) -> Result<[u8; 32], DecodeError> {
    let nonce = der::octets(reader, "clientNonce")?;
    let form = Fault::Form { expected: "32 bytes long" };
    let at = reader.offset().saturating_sub(nonce.len());
    nonce.try_into().map_err(|_| reader.error_at(at, "clientNonce", form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_as_soon_as_it_is_there() {
        assert_eq!(TsRequest::length(&[]), Ok(None));
        assert_eq!(TsRequest::length(&[0x30]), Ok(None));
        assert_eq!(TsRequest::length(&[0x30, 0x05]), Ok(Some(7)));
        assert_eq!(TsRequest::length(&[0x30, 0x82, 1]), Ok(None));
        assert_eq!(TsRequest::length(&[0x30, 0x82, 1, 2]), Ok(Some(0x106)));
    }

    #[test]
    fn what_cannot_be_a_ts_request_is_not_waited_for() {
        let said = |bytes: &[u8]| TsRequest::length(bytes).unwrap_err().to_string();
        assert_eq!(said(b"H"), "TSRequest: `TSRequest` at byte 0 holds 0x48, not a SEQUENCE, 0x30");
        assert_eq!(
            said(&[0x30, 0x84, 0x40, 0, 0, 0]),
            "TSRequest: `length` at byte 1 holds 0x40000000, not at most 0x20000"
        );
    }

    #[test]
    fn a_version_of_the_future_may_say_more() {
        let bytes = [0x30, 9, 0xa0, 3, 2, 1, 7, 0xa6, 2, 5, 0];
        assert_eq!(TsRequest::decode(&bytes).map(|request| request.version), Ok(7));
        let mut today = bytes;
        today[6] = 6;
        assert_eq!(
            TsRequest::decode(&today).unwrap_err().to_string(),
            "TSRequest: `end of message` at byte 7 is followed by 4 bytes that belong to nothing"
        );
    }
}
