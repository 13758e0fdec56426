use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;
use crate::secret::Secret;

open_enum! {
    /// The transport that a server would like beside TCP.
    RequestedProtocol: u16 {
        /// UDP that loses nothing.
        UDP_RELIABLE = 0x0001, "INITIATE_REQUEST_PROTOCOL_UDPFECR";
        /// UDP that may lose something.
        UDP_LOSSY = 0x0002, "INITIATE_REQUEST_PROTOCOL_UDPFECL";
    }
}

open_enum! {
    /// What a client says to such a request: an HRESULT.
    MultitransportResult: u32 {
        /// The transport is there.
        S_OK = 0x0000_0000, "S_OK";
        /// It is not, and TCP has to do.
        E_ABORT = 0x8000_4004, "E_ABORT";
    }
}

/// Server Initiate Multitransport Request PDU, [MS-RDPBCGR] 2.2.15.1, behind its security header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultitransportRequest {
    /// The request's number, by which the new transport is known.
    pub request_id: u32,
    /// The transport.
    pub requested_protocol: RequestedProtocol,
    /// By this the server knows the client again. Whoever has it has the transport.
    pub security_cookie: Secret<[u8; 16]>,
}

impl Encode for MultitransportRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.request_id.to_le_bytes());
        out.extend(self.requested_protocol.0.to_le_bytes());
        out.extend([0, 0]);
        out.extend(self.security_cookie.0);
    }
}

impl<'a> Decode<'a> for MultitransportRequest {
    const NAME: &'static str = "Initiate Multitransport Request PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let request_id = reader.u32_le("requestId")?;
        let requested_protocol = RequestedProtocol(reader.u16_le("requestedProtocol")?);
        reader.u16_le("reserved")?;
        Ok(Self { request_id, requested_protocol, security_cookie: Secret(reader.array("securityCookie")?) })
    }
}

/// Client Initiate Multitransport Response PDU, [MS-RDPBCGR] 2.2.15.2, behind its security header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultitransportResponse {
    /// The request's number.
    pub request_id: u32,
    /// What came of it.
    pub result: MultitransportResult,
}

impl Encode for MultitransportResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.request_id.to_le_bytes());
        out.extend(self.result.0.to_le_bytes());
    }
}

impl<'a> Decode<'a> for MultitransportResponse {
    const NAME: &'static str = "Multitransport Response PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { request_id: reader.u32_le("requestId")?, result: MultitransportResult(reader.u32_le("hrResponse")?) })
    }
}
