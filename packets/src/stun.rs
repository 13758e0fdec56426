//! STUN, RFC 8489, as far as asking a server by which address it sees us.
//!
//! ```text
//! 0     2       4                            8                         20
//! type  length  magic cookie (0x2112a442)    transaction (12 bytes)    attributes (length bytes)
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::codec::{Decode, DecodeError, Encode, Fault, Reader, length_u16_be};

/// What every message has in its fifth to eighth byte.
const MAGIC: u32 = 0x2112_a442;

/// The type of a [`BindingRequest`].
const BINDING_REQUEST: u16 = 0x0001;
/// The type of a [`BindingResponse`].
const BINDING_RESPONSE: u16 = 0x0101;

/// The type of the attribute that holds the address.
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// What an IPv4 address is announced by.
const IPV4: u8 = 1;
/// What an IPv6 address is announced by.
const IPV6: u8 = 2;

/// Binding Request, RFC 8489 section 3: which address do you see?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingRequest {
    /// By this the answer is known.
    pub transaction: [u8; 12],
}

/// Binding Success Response, RFC 8489 section 3, of which only the address is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingResponse {
    /// The request's.
    pub transaction: [u8; 12],
    /// The address and port that the request came from, as the server saw them.
    pub mapped: SocketAddr,
}

impl Encode for BindingRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        message(out, BINDING_REQUEST, self.transaction, &[]);
    }
}

impl Decode<'_> for BindingRequest {
    const NAME: &'static str = "STUN Binding Request";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (transaction, _) = header(reader, BINDING_REQUEST, "0x0001, a Binding Request")?;
        Ok(Self { transaction })
    }
}

impl Encode for BindingResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        let mask = mask(self.transaction);
        let (family, address) = match self.mapped.ip() {
            IpAddr::V4(address) => (IPV4, unmasked(address.octets(), mask).to_vec()),
            IpAddr::V6(address) => (IPV6, unmasked(address.octets(), mask).to_vec()),
        };
        let mut attribute = XOR_MAPPED_ADDRESS.to_be_bytes().to_vec();
        length_u16_be(&mut attribute, |out| {
            out.extend([0, family]);
            out.extend(unmasked(self.mapped.port().to_be_bytes(), mask));
            out.extend(address);
        });
        message(out, BINDING_RESPONSE, self.transaction, &attribute);
    }
}

impl Decode<'_> for BindingResponse {
    const NAME: &'static str = "STUN Binding Response";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (transaction, mut attributes) = header(reader, BINDING_RESPONSE, "0x0101, a Binding Success Response")?;
        while !attributes.is_empty() {
            let kind = attributes.u16_be("attribute type")?;
            let length = usize::from(attributes.u16_be("attribute length")?);
            let mut value = attributes.nested("STUN XOR-MAPPED-ADDRESS", "attribute value", length)?;
            if kind == XOR_MAPPED_ADDRESS {
                let mapped = address(&mut value, mask(transaction))?;
                value.finish()?;
                return Ok(Self { transaction, mapped });
            }
            let padding = length.next_multiple_of(4).saturating_sub(length);
            attributes.bytes("attribute padding", padding)?;
        }
        Err(attributes.error("XOR-MAPPED-ADDRESS", Fault::Form { expected: "among the attributes" }))
    }
}

/// Writes a message.
fn message(out: &mut Vec<u8>, kind: u16, transaction: [u8; 12], attributes: &[u8]) {
    out.extend(kind.to_be_bytes());
    out.extend(u16::try_from(attributes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(MAGIC.to_be_bytes());
    out.extend(transaction);
    out.extend(attributes);
}

/// Reads a header: the transaction, and a reader over the attributes.
fn header<'a>(
    reader: &mut Reader<'a>,
    due: u16,
    expected: &'static str,
) -> Result<([u8; 12], Reader<'a>), DecodeError> {
    let kind = reader.u16_be("type")?;
    if kind != due {
        return Err(reader.refuse("type", 2, kind.into(), expected));
    }
    let length = reader.u16_be("length")?;
    let magic = reader.u32_be("magic cookie")?;
    if magic != MAGIC {
        return Err(reader.refuse("magic cookie", 4, magic.into(), "0x2112a442"));
    }
    let transaction = reader.array("transaction ID")?;
    Ok((transaction, reader.nested("STUN attributes", "attributes", length.into())?))
}

/// Reads a masked address and port, RFC 8489 section 14.2.
fn address(reader: &mut Reader<'_>, mask: [u8; 16]) -> Result<SocketAddr, DecodeError> {
    reader.u8("reserved")?;
    let family = reader.u8("family")?;
    let port = u16::from_be_bytes(unmasked(reader.array("port")?, mask));
    let address = match family {
        IPV4 => Ipv4Addr::from(unmasked(reader.array("address")?, mask)).into(),
        IPV6 => Ipv6Addr::from(unmasked(reader.array("address")?, mask)).into(),
        _ => return Err(reader.refuse("family", 3, family.into(), "1 or 2, IPv4 or IPv6")),
    };
    Ok(SocketAddr::new(address, port))
}

/// What an address and a port are hidden by from those who rewrite what looks like one.
fn mask(transaction: [u8; 12]) -> [u8; 16] {
    let mut mask = [0; 16];
    let bytes = MAGIC.to_be_bytes().into_iter().chain(transaction);
    mask.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    mask
}

/// Takes the mask off, or puts it on.
fn unmasked<const N: usize>(mut bytes: [u8; N], mask: [u8; 16]) -> [u8; N] {
    bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSACTION: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    #[test]
    fn a_masked_address_comes_back() {
        for mapped in ["192.0.2.7:3389", "[2001:db8::7]:65535"] {
            let response = BindingResponse { transaction: TRANSACTION, mapped: mapped.parse().unwrap() };
            assert_eq!(BindingResponse::decode(&response.to_bytes()), Ok(response));
        }
    }

    #[test]
    fn attributes_before_the_address_are_passed_over_and_none_is_an_error() {
        let software = [0x80, 0x22, 0, 5, b'p', b'r', b'o', b'b', b'e', 0, 0, 0];
        let mapped = [0, 0x20, 0, 8, 0, 1, 0x21, 0x12, 0x21, 0x12, 0xa4, 0x43];
        let mut bytes = Vec::new();
        message(&mut bytes, BINDING_RESPONSE, TRANSACTION, &[software, mapped].concat());
        let mapped = "0.0.0.1:0".parse().unwrap();
        assert_eq!(BindingResponse::decode(&bytes), Ok(BindingResponse { transaction: TRANSACTION, mapped }));
        let mut bytes = Vec::new();
        message(&mut bytes, BINDING_RESPONSE, TRANSACTION, &software);
        let said = BindingResponse::decode(&bytes).unwrap_err().to_string();
        assert_eq!(said, "STUN attributes: `XOR-MAPPED-ADDRESS` at byte 32 is not among the attributes");
    }

    #[test]
    fn what_is_no_answer_is_refused_by_name() {
        let said = BindingResponse::decode(&BindingRequest { transaction: TRANSACTION }.to_bytes()).unwrap_err();
        let words = "not 0x0101, a Binding Success Response";
        assert_eq!(said.to_string(), format!("STUN Binding Response: `type` at byte 0 holds 0x01, {words}"));
    }
}
