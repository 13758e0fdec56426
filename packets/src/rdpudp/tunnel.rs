//! The tunnel inside TLS or DTLS, which carries dynamic channels: [MS-RDPEMT] 2.2, little-endian.
//!
//! ```text
//! 0                    1              3
//! action and flags     payload length header length  [sub-headers] payload
//! (four bits each)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Frame, Reader, once_there};
use crate::open::open_enum;
use crate::secret::Secret;

/// The length of a header without sub-headers, in bytes.
pub const HEADER: usize = 4;

/// The `Action` of a [`CreateRequest`].
const CREATE_REQUEST: u8 = 0;
/// The `Action` of a [`CreateResponse`].
const CREATE_RESPONSE: u8 = 1;
/// The `Action` of [`TunnelContent::Data`].
const DATA: u8 = 2;

/// The payload's length of a [`CreateRequest`], in bytes.
const REQUEST_LENGTH: u16 = 24;
/// The payload's length of a [`CreateResponse`], in bytes.
const RESPONSE_LENGTH: u16 = 4;

/// The length and type of a sub-header, in bytes.
const SUB_HEADER: usize = 2;

open_enum! {
    /// What a sub-header is, `SubHeaderType`, [MS-RDPEMT] 2.2.1.1.1.
    SubHeaderType: u8 {
        /// A server measures the network, [MS-RDPBCGR] 2.2.14.1.
        AUTODETECT_REQUEST = 0, "TYPE_ID_AUTODETECT_REQUEST";
        /// A client answers, [MS-RDPBCGR] 2.2.14.2.
        AUTODETECT_RESPONSE = 1, "TYPE_ID_AUTODETECT_RESPONSE";
    }
}

open_enum! {
    /// What came of a tunnel: an HRESULT. Windows says only yes; where it means no, it drops the connection.
    CreateResult: u32 {
        /// The tunnel is there.
        S_OK = 0, "S_OK";
    }
}

/// A message of the tunnel behind its `RDP_TUNNEL_HEADER`, [MS-RDPEMT] 2.2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelPdu<'a> {
    /// What rides along.
    pub sub_headers: Vec<SubHeader<'a>>,
    /// The message.
    pub content: TunnelContent<'a>,
}

/// `RDP_TUNNEL_SUBHEADER`, [MS-RDPEMT] 2.2.1.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubHeader<'a> {
    /// What it is.
    pub kind: SubHeaderType,
    /// What follows length and type. All sub-headers together take at most 251 bytes.
    pub data: &'a [u8],
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TunnelContent<'a> {
    /// The client names the connection that the tunnel belongs to.
    CreateRequest(CreateRequest),
    /// The server has found it.
    CreateResponse(CreateResponse),
    /// Bytes of dynamic channels.
    Data(&'a [u8]),
}

/// Tunnel Create Request, [MS-RDPEMT] 2.2.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRequest {
    /// The number in the server's [`MultitransportRequest`](crate::session::MultitransportRequest).
    pub request_id: u32,
    /// The cookie in that request.
    pub security_cookie: Secret<[u8; 16]>,
}

/// Tunnel Create Response, [MS-RDPEMT] 2.2.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateResponse {
    /// What came of it.
    pub result: CreateResult,
}

impl<'a> TunnelPdu<'a> {
    /// A message that nothing rides along with.
    pub fn new(content: TunnelContent<'a>) -> Self {
        Self { sub_headers: Vec::new(), content }
    }
}

impl TunnelContent<'_> {
    fn action(&self) -> u8 {
        match self {
            Self::CreateRequest(_) => CREATE_REQUEST,
            Self::CreateResponse(_) => CREATE_RESPONSE,
            Self::Data(_) => DATA,
        }
    }

    /// The payload's length; of data beyond what the field can say, the most that it can.
    fn length(&self) -> u16 {
        match self {
            Self::CreateRequest(_) => REQUEST_LENGTH,
            Self::CreateResponse(_) => RESPONSE_LENGTH,
            Self::Data(data) => u16::try_from(data.len()).unwrap_or(u16::MAX),
        }
    }
}

impl Encode for TunnelPdu<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let sub_headers = self.sub_headers.iter().flat_map(Encode::to_bytes).collect::<Vec<_>>();
        let header = sub_headers.len().saturating_add(HEADER);
        out.push(self.content.action());
        out.extend(self.content.length().to_le_bytes());
        out.push(u8::try_from(header).unwrap_or(u8::MAX));
        out.extend(sub_headers);
        match &self.content {
            TunnelContent::CreateRequest(request) => {
                out.extend(request.request_id.to_le_bytes());
                out.extend([0; 4]);
                out.extend(request.security_cookie.0);
            }
            TunnelContent::CreateResponse(response) => out.extend(response.result.0.to_le_bytes()),
            TunnelContent::Data(data) => out.extend(*data),
        }
    }
}

impl<'a> Decode<'a> for TunnelPdu<'a> {
    const NAME: &'static str = "Tunnel PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let header = Header::read(reader)?;
        let mut rest = reader.nested("Tunnel PDU header", "SubHeaders", header.sub_headers.into())?;
        let mut sub_headers = Vec::new();
        while !rest.is_empty() {
            sub_headers.push(SubHeader::read(&mut rest)?);
        }
        let content = match header.action {
            CREATE_REQUEST => TunnelContent::CreateRequest(CreateRequest::read(reader)?),
            CREATE_RESPONSE => TunnelContent::CreateResponse(CreateResponse::read(reader)?),
            _ => TunnelContent::Data(reader.bytes("HigherLayerData", header.payload.into())?),
        };
        Ok(Self { sub_headers, content })
    }
}

impl Frame for TunnelPdu<'_> {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        let header = once_there(Header::read(&mut Reader::new(Self::NAME, prefix)))?;
        Ok(header.map(|header| HEADER.saturating_add(header.sub_headers.into()).saturating_add(header.payload.into())))
    }
}

/// What a header says: how many bytes the sub-headers take, and how many the payload.
struct Header {
    action: u8,
    payload: u16,
    sub_headers: u8,
}

impl Header {
    /// Reads the header. A payload that is not as long as its message would be waited for in vain.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let action = reader.u8("Action and Flags")?;
        let due = match action {
            CREATE_REQUEST => Some((REQUEST_LENGTH, "24, a Tunnel Create Request's")),
            CREATE_RESPONSE => Some((RESPONSE_LENGTH, "4, a Tunnel Create Response's")),
            DATA => None,
            _ => return Err(reader.refuse("Action and Flags", 1, action.into(), "0 to 2, an action without flags")),
        };
        let payload = reader.u16_le("PayloadLength")?;
        if let Some((due, words)) = due
            && payload != due
        {
            return Err(reader.refuse("PayloadLength", 2, payload.into(), words));
        }
        let length = reader.u8("HeaderLength")?;
        let sub_headers = usize::from(length).checked_sub(HEADER).and_then(|left| u8::try_from(left).ok());
        match sub_headers {
            Some(sub_headers) => Ok(Self { action, payload, sub_headers }),
            None => Err(reader.refuse("HeaderLength", 1, length.into(), "at least 4")),
        }
    }
}

impl Encode for SubHeader<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.data.len().saturating_add(SUB_HEADER)).unwrap_or(u8::MAX));
        out.push(self.kind.0);
        out.extend(self.data);
    }
}

impl<'a> Decode<'a> for SubHeader<'a> {
    const NAME: &'static str = "Tunnel PDU sub-header";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let length = reader.u8("SubHeaderLength")?;
        let Some(data) = usize::from(length).checked_sub(SUB_HEADER) else {
            return Err(reader.refuse("SubHeaderLength", 1, length.into(), "at least 2"));
        };
        Ok(Self { kind: SubHeaderType(reader.u8("SubHeaderType")?), data: reader.bytes("SubHeaderData", data)? })
    }
}

impl CreateRequest {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let request_id = reader.u32_le("RequestID")?;
        reader.u32_le("Reserved")?;
        Ok(Self { request_id, security_cookie: Secret(reader.array("SecurityCookie")?) })
    }
}

impl CreateResponse {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { result: CreateResult(reader.u32_le("HrResponse")?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_from_the_fourth_byte_on() {
        let bytes = [2, 0, 1, 6, 2, 7];
        for end in 0..4 {
            assert_eq!(TunnelPdu::length(&bytes[..end]), Ok(None));
        }
        assert_eq!(TunnelPdu::length(&bytes), Ok(Some(262)));
    }

    #[test]
    fn what_is_no_tunnel_is_refused_at_its_first_wrong_byte() {
        let said = |bytes: &[u8]| TunnelPdu::length(bytes).unwrap_err().to_string();
        assert_eq!(
            said(b"H"),
            "Tunnel PDU: `Action and Flags` at byte 0 holds 0x48, not 0 to 2, an action without flags"
        );
        assert_eq!(
            said(&[0, 4, 0]),
            "Tunnel PDU: `PayloadLength` at byte 1 holds 0x04, not 24, a Tunnel Create Request's"
        );
        assert_eq!(said(&[2, 4, 0, 3]), "Tunnel PDU: `HeaderLength` at byte 3 holds 0x03, not at least 4");
    }
}
