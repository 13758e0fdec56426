use super::{header, put};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

/// What a header calls a request.
const REQUEST: u8 = 0;

open_enum! {
    /// The `requestType` of a request.
    RequestType: u16 {
        /// A round trip, in a session.
        RTT = 0x0001, "RDP_RTT_REQUEST";
        /// Bytes to measure the bandwidth with.
        BANDWIDTH_PAYLOAD = 0x0002, "RDP_BW_PAYLOAD";
        /// The measuring of the bandwidth begins, in a session.
        BANDWIDTH_START = 0x0014, "RDP_BW_START";
        /// It ends, while connecting.
        BANDWIDTH_STOP_CONNECTING = 0x002b, "RDP_BW_STOP at connect time";
        /// It begins, on a lossy transport.
        BANDWIDTH_START_LOSSY = 0x0114, "RDP_BW_START over lossy UDP";
        /// It ends, in a session.
        BANDWIDTH_STOP = 0x0429, "RDP_BW_STOP";
        /// It ends, on a lossy transport.
        BANDWIDTH_STOP_LOSSY = 0x0629, "RDP_BW_STOP over lossy UDP";
        /// What came of it: round trips alone.
        RESULT_RTT = 0x0840, "RDP_NETCHAR_RESULT of round trips";
        /// What came of it: without the least round trip.
        RESULT_BANDWIDTH = 0x0880, "RDP_NETCHAR_RESULT of bandwidth and round trip";
        /// What came of it.
        RESULT = 0x08c0, "RDP_NETCHAR_RESULT";
        /// A round trip, while connecting.
        RTT_CONNECTING = 0x1001, "RDP_RTT_REQUEST at connect time";
        /// The measuring of the bandwidth begins, while connecting.
        BANDWIDTH_START_CONNECTING = 0x1014, "RDP_BW_START at connect time";
    }
}

/// Server Auto-Detect Request PDU, [MS-RDPBCGR] 2.2.14.3, behind its security header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoDetectRequest<'a> {
    /// The request's number, which the response repeats.
    pub sequence_number: u16,
    /// What is asked.
    pub content: RequestContent<'a>,
}

/// When the bandwidth is measured, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// While connecting.
    Connecting,
    /// In a session, over TCP or reliable UDP.
    Session,
    /// In a session, over lossy UDP.
    Lossy,
}

/// What a request asks, or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestContent<'a> {
    /// RTT Measure Request, [MS-RDPBCGR] 2.2.14.1.1: [`Rtt`](super::ResponseContent::Rtt) is due at once.
    Rtt {
        /// Whether it comes while connecting.
        connecting: bool,
    },
    /// Bandwidth Measure Start, [MS-RDPBCGR] 2.2.14.1.2: bytes count from here on.
    Start(Stage),
    /// Bandwidth Measure Stop, [MS-RDPBCGR] 2.2.14.1.4, in a session:
    /// [`Bandwidth`](super::ResponseContent::Bandwidth) is due.
    Stop {
        /// Whether the transport is lossy.
        lossy: bool,
    },
    /// Bandwidth Measure Payload, [MS-RDPBCGR] 2.2.14.1.3: bytes to count, 65535 at most; no response is due.
    Payload(&'a [u8]),
    /// The last bytes to count, while connecting, 65535 at most:
    /// [`Bandwidth`](super::ResponseContent::Bandwidth) is due.
    StopConnecting(&'a [u8]),
    /// Network Characteristics Result, [MS-RDPBCGR] 2.2.14.1.5: what the server has found; no response is due. One of
    /// the first two may be missing: without both, 0 is written for the round trip.
    Result {
        /// The least round trip, milliseconds.
        base_rtt: Option<u32>,
        /// Kilobits a second.
        bandwidth: Option<u32>,
        /// The mean round trip, milliseconds.
        average_rtt: u32,
    },
    /// A request of no known type.
    Other {
        /// The type.
        request_type: RequestType,
        /// Its bytes.
        body: &'a [u8],
    },
}

impl RequestContent<'_> {
    /// Its type.
    pub const fn request_type(&self) -> RequestType {
        match self {
            Self::Rtt { connecting: true } => RequestType::RTT_CONNECTING,
            Self::Rtt { .. } => RequestType::RTT,
            Self::Start(Stage::Connecting) => RequestType::BANDWIDTH_START_CONNECTING,
            Self::Start(Stage::Session) => RequestType::BANDWIDTH_START,
            Self::Start(Stage::Lossy) => RequestType::BANDWIDTH_START_LOSSY,
            Self::Stop { lossy: true } => RequestType::BANDWIDTH_STOP_LOSSY,
            Self::Stop { .. } => RequestType::BANDWIDTH_STOP,
            Self::Payload(_) => RequestType::BANDWIDTH_PAYLOAD,
            Self::StopConnecting(_) => RequestType::BANDWIDTH_STOP_CONNECTING,
            Self::Result { bandwidth: None, .. } => RequestType::RESULT_RTT,
            Self::Result { base_rtt: None, .. } => RequestType::RESULT_BANDWIDTH,
            Self::Result { .. } => RequestType::RESULT,
            Self::Other { request_type, .. } => *request_type,
        }
    }
}

impl Encode for AutoDetectRequest<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let request_type = self.content.request_type().0;
        match self.content {
            RequestContent::Payload(payload) | RequestContent::StopConnecting(payload) => {
                let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
                put(out, REQUEST, self.sequence_number, request_type, &length.to_le_bytes());
                out.extend(payload.iter().take(length.into()));
            }
            RequestContent::Result { base_rtt, bandwidth, average_rtt } => {
                let base_rtt = if bandwidth.is_none() { base_rtt.or(Some(0)) } else { base_rtt };
                let values = [base_rtt, bandwidth, Some(average_rtt)].into_iter().flatten();
                let values: Vec<u8> = values.flat_map(u32::to_le_bytes).collect();
                put(out, REQUEST, self.sequence_number, request_type, &values);
            }
            RequestContent::Rtt { .. } | RequestContent::Start(_) | RequestContent::Stop { .. } => {
                put(out, REQUEST, self.sequence_number, request_type, &[]);
            }
            RequestContent::Other { body, .. } => put(out, REQUEST, self.sequence_number, request_type, body),
        }
    }
}

impl<'a> Decode<'a> for AutoDetectRequest<'a> {
    const NAME: &'static str = "Auto-Detect Request PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (sequence_number, request_type) = header(reader, REQUEST, "0, a request")?;
        let request_type = RequestType(request_type);
        let content = match request_type {
            RequestType::BANDWIDTH_PAYLOAD => RequestContent::Payload(payload(reader)?),
            RequestType::BANDWIDTH_STOP_CONNECTING => {
                RequestContent::StopConnecting(reader.more(payload)?.unwrap_or_default())
            }
            RequestType::RESULT_RTT | RequestType::RESULT_BANDWIDTH | RequestType::RESULT => {
                let mut unless = |missing, field| {
                    if request_type == missing { Ok(None) } else { reader.u32_le(field).map(Some) }
                };
                let base_rtt = unless(RequestType::RESULT_BANDWIDTH, "baseRTT")?;
                let bandwidth = unless(RequestType::RESULT_RTT, "bandwidth")?;
                RequestContent::Result { base_rtt, bandwidth, average_rtt: reader.u32_le("averageRTT")? }
            }
            RequestType::RTT => RequestContent::Rtt { connecting: false },
            RequestType::RTT_CONNECTING => RequestContent::Rtt { connecting: true },
            RequestType::BANDWIDTH_START_CONNECTING => RequestContent::Start(Stage::Connecting),
            RequestType::BANDWIDTH_START => RequestContent::Start(Stage::Session),
            RequestType::BANDWIDTH_START_LOSSY => RequestContent::Start(Stage::Lossy),
            RequestType::BANDWIDTH_STOP => RequestContent::Stop { lossy: false },
            RequestType::BANDWIDTH_STOP_LOSSY => RequestContent::Stop { lossy: true },
            _ => RequestContent::Other { request_type, body: reader.rest() },
        };
        Ok(Self { sequence_number, content })
    }
}

fn payload<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let length = reader.u16_le("payloadLength")?;
    reader.bytes("payload", length.into())
}
