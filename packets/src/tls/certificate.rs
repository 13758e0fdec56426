//! The chain that a server up to TLS 1.2 shows in clear.

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u24_be};

/// `Certificate`, RFC 5246 section 7.4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// X.509 certificates in DER, the server's own first.
    pub chain: Vec<Vec<u8>>,
}

impl Encode for Certificate {
    fn encode(&self, out: &mut Vec<u8>) {
        length_u24_be(out, |out| {
            for certificate in &self.chain {
                length_u24_be(out, |out| out.extend(certificate));
            }
        });
    }
}

impl Decode<'_> for Certificate {
    const NAME: &'static str = "TLS Certificate";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = length(reader, "certificate_list length")?;
        let mut list = reader.nested(Self::NAME, "certificate_list", length)?;
        let mut chain = Vec::new();
        while !list.is_empty() {
            let length = self::length(&mut list, "certificate length")?;
            chain.push(list.bytes("certificate", length)?.to_owned());
        }
        Ok(Self { chain })
    }
}

/// Reads a 24-bit length.
fn length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, DecodeError> {
    reader.u24_be(field).map(|length| usize::try_from(length).unwrap_or(usize::MAX))
}
