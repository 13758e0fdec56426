use super::{header, put};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

/// What a header calls a response.
const RESPONSE: u8 = 1;

open_enum! {
    /// The `responseType` of a response.
    ResponseType: u16 {
        /// The answer to a round trip's request.
        RTT = 0x0000, "RDP_RTT_RESPONSE";
        /// What came through, while connecting.
        BANDWIDTH_CONNECTING = 0x0003, "RDP_BW_RESULTS at connect time";
        /// What came through, in a session.
        BANDWIDTH = 0x000b, "RDP_BW_RESULTS";
        /// What the client knows from before.
        SYNC = 0x0018, "RDP_NETCHAR_SYNC";
    }
}

/// Client Auto-Detect Response PDU, [MS-RDPBCGR] 2.2.14.4, behind its security header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoDetectResponse<'a> {
    /// The request's number.
    pub sequence_number: u16,
    /// What is answered.
    pub content: ResponseContent<'a>,
}

/// What a response answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseContent<'a> {
    /// RTT Measure Response, [MS-RDPBCGR] 2.2.14.2.1.
    Rtt,
    /// Bandwidth Measure Results, [MS-RDPBCGR] 2.2.14.2.2.
    Bandwidth {
        /// Whether it was measured while connecting.
        connecting: bool,
        /// Milliseconds between the start and the stop.
        time_delta: u32,
        /// Bytes that came between them.
        byte_count: u32,
    },
    /// Network Characteristics Sync, [MS-RDPBCGR] 2.2.14.2.3: what the client knows from before.
    Sync {
        /// Kilobits a second.
        bandwidth: u32,
        /// The round trip, milliseconds.
        rtt: u32,
    },
    /// A response of no known type.
    Other {
        /// The type.
        response_type: ResponseType,
        /// Its bytes.
        body: &'a [u8],
    },
}

impl ResponseContent<'_> {
    /// Its type.
    pub const fn response_type(&self) -> ResponseType {
        match self {
            Self::Rtt => ResponseType::RTT,
            Self::Bandwidth { connecting: true, .. } => ResponseType::BANDWIDTH_CONNECTING,
            Self::Bandwidth { .. } => ResponseType::BANDWIDTH,
            Self::Sync { .. } => ResponseType::SYNC,
            Self::Other { response_type, .. } => *response_type,
        }
    }
}

impl Encode for AutoDetectResponse<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let two = |values: [u32; 2]| values.map(u32::to_le_bytes).as_flattened().to_vec();
        let fields = match self.content {
            ResponseContent::Rtt => Vec::new(),
            ResponseContent::Bandwidth { time_delta, byte_count, .. } => two([time_delta, byte_count]),
            ResponseContent::Sync { bandwidth, rtt } => two([bandwidth, rtt]),
            ResponseContent::Other { body, .. } => body.to_vec(),
        };
        put(out, RESPONSE, self.sequence_number, self.content.response_type().0, &fields);
    }
}

impl<'a> Decode<'a> for AutoDetectResponse<'a> {
    const NAME: &'static str = "Auto-Detect Response PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (sequence_number, response_type) = header(reader, RESPONSE, "1, a response")?;
        let response_type = ResponseType(response_type);
        let content = match response_type {
            ResponseType::RTT => ResponseContent::Rtt,
            ResponseType::BANDWIDTH | ResponseType::BANDWIDTH_CONNECTING => ResponseContent::Bandwidth {
                connecting: response_type == ResponseType::BANDWIDTH_CONNECTING,
                time_delta: reader.u32_le("timeDelta")?,
                byte_count: reader.u32_le("byteCount")?,
            },
            ResponseType::SYNC => {
                ResponseContent::Sync { bandwidth: reader.u32_le("bandwidth")?, rtt: reader.u32_le("rtt")? }
            }
            _ => ResponseContent::Other { response_type, body: reader.rest() },
        };
        Ok(Self { sequence_number, content })
    }
}
