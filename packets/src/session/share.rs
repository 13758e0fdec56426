use super::active::{ConfirmActive, DemandActive};
use super::data::ShareData;
use super::redirection::EnhancedRedirection;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;
use crate::text;

/// The bytes of a length and a type, and the user behind them.
const HEADER: u16 = 6;

/// The shortest message: servers of Windows XP leave out even the user.
const SHORTEST: u16 = 4;

/// The only version there is.
const VERSION: u16 = 1;

open_enum! {
    /// The `pduType` of a share control header, without the version.
    PduType: u16 {
        /// A server shows its capabilities.
        DEMAND_ACTIVE = 0x1, "PDUTYPE_DEMANDACTIVEPDU";
        /// A client shows its own.
        CONFIRM_ACTIVE = 0x3, "PDUTYPE_CONFIRMACTIVEPDU";
        /// The share ends.
        DEACTIVATE_ALL = 0x6, "PDUTYPE_DEACTIVATEALLPDU";
        /// Everything else within a share.
        DATA = 0x7, "PDUTYPE_DATAPDU";
        /// The client is sent to another server.
        SERVER_REDIRECTION = 0xa, "PDUTYPE_SERVER_REDIR_PKT";
    }
}

/// Share Control Header (`TS_SHARECONTROLHEADER`), [MS-RDPBCGR] 2.2.8.1.1.1.1, and what it heads. Several may stand one
/// after the other in the data of one [`SendData`](crate::mcs::SendData): whoever reads goes on until nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareControl<'a> {
    /// The version of the protocol, 12 bits: 1, and 0 before a redirection.
    pub version: u16,
    /// The channel of the sender; 0 where it is left out.
    pub pdu_source: u16,
    /// What follows.
    pub pdu: SharePdu<'a>,
}

impl<'a> ShareControl<'a> {
    /// What a sender on this channel puts before the message.
    pub const fn new(pdu_source: u16, pdu: SharePdu<'a>) -> Self {
        let version = if matches!(pdu, SharePdu::Redirection(_)) { 0 } else { VERSION };
        Self { version, pdu_source, pdu }
    }
}

/// What a share control header heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharePdu<'a> {
    /// Server Demand Active PDU.
    DemandActive(DemandActive),
    /// Client Confirm Active PDU.
    ConfirmActive(ConfirmActive),
    /// Server Deactivate All PDU.
    DeactivateAll(DeactivateAll),
    /// A message within the share.
    Data(ShareData<'a>),
    /// Enhanced Security Server Redirection PDU.
    Redirection(Box<EnhancedRedirection>),
    /// Anything else.
    Other {
        /// What the header calls it.
        pdu_type: PduType,
        /// Its bytes behind the header.
        body: &'a [u8],
    },
}

impl SharePdu<'_> {
    /// What the header calls it.
    pub const fn pdu_type(&self) -> PduType {
        match self {
            Self::DemandActive(_) => PduType::DEMAND_ACTIVE,
            Self::ConfirmActive(_) => PduType::CONFIRM_ACTIVE,
            Self::DeactivateAll(_) => PduType::DEACTIVATE_ALL,
            Self::Data(_) => PduType::DATA,
            Self::Redirection(_) => PduType::SERVER_REDIRECTION,
            Self::Other { pdu_type, .. } => *pdu_type,
        }
    }
}

impl Encode for ShareControl<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let body = match &self.pdu {
            SharePdu::DemandActive(demand) => demand.to_bytes(),
            SharePdu::ConfirmActive(confirm) => confirm.to_bytes(),
            SharePdu::DeactivateAll(deactivate) => deactivate.to_bytes(),
            SharePdu::Data(data) => data.to_bytes(),
            SharePdu::Redirection(redirection) => redirection.to_bytes(),
            SharePdu::Other { body, .. } => body.to_vec(),
        };
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX).saturating_add(HEADER);
        out.extend(length.to_le_bytes());
        out.extend((self.version << 4 | self.pdu.pdu_type().0 & 0x0f).to_le_bytes());
        out.extend(self.pdu_source.to_le_bytes());
        out.extend(body);
    }
}

impl<'a> Decode<'a> for ShareControl<'a> {
    const NAME: &'static str = "Share Control Header";

    /// Reads over what follows the last known field within the length: some servers round up.
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let total_length = reader.u16_le("totalLength")?;
        let Some(rest) = total_length.checked_sub(2).filter(|_| total_length >= SHORTEST) else {
            return Err(reader.refuse("totalLength", 2, total_length.into(), "at least 4, the header itself"));
        };
        let mut content = reader.nested(Self::NAME, "totalLength", rest.into())?;
        let version_and_type = content.u16_le("pduType")?;
        let pdu_type = PduType(version_and_type & 0x0f);
        let pdu_source = content.more(|content| content.u16_le("pduSource"))?.unwrap_or_default();
        let pdu = match pdu_type {
            PduType::DEMAND_ACTIVE => SharePdu::DemandActive(within(&mut content)?),
            PduType::CONFIRM_ACTIVE => SharePdu::ConfirmActive(within(&mut content)?),
            PduType::DEACTIVATE_ALL => SharePdu::DeactivateAll(within(&mut content)?),
            PduType::DATA => SharePdu::Data(within(&mut content)?),
            PduType::SERVER_REDIRECTION => SharePdu::Redirection(Box::new(within(&mut content)?)),
            _ => SharePdu::Other { pdu_type, body: content.rest() },
        };
        Ok(Self { version: version_and_type >> 4, pdu_source, pdu })
    }
}

/// Reads a message whose errors speak of it by its own name.
pub(super) fn within<'a, T: Decode<'a>>(content: &mut Reader<'a>) -> Result<T, DecodeError> {
    T::read(&mut content.nested(T::NAME, "body", content.left())?)
}

/// Server Deactivate All PDU, [MS-RDPBCGR] 2.2.3.1: the share ends, and another may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeactivateAll {
    /// The share that ends; old servers and xrdp leave it out.
    pub share_id: Option<u32>,
    /// Who says so, as nobody reads it; left out with the share.
    pub source_descriptor: String,
}

impl Encode for DeactivateAll {
    fn encode(&self, out: &mut Vec<u8>) {
        if let Some(share_id) = self.share_id {
            out.extend(share_id.to_le_bytes());
            put_descriptor(out, &self.source_descriptor, |_| {});
        }
    }
}

impl<'a> Decode<'a> for DeactivateAll {
    const NAME: &'static str = "Deactivate All PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let share_id = reader.more(|reader| reader.u32_le("shareId"))?;
        let length = reader.more(|reader| reader.u16_le("lengthSourceDescriptor"))?.unwrap_or_default();
        let source_descriptor = descriptor(reader, length)?;
        Ok(Self { share_id, source_descriptor })
    }
}

/// Reads a source descriptor.
pub(super) fn descriptor(reader: &mut Reader<'_>, length: u16) -> Result<String, DecodeError> {
    reader.bytes("sourceDescriptor", length.into()).map(text::from_ansi)
}

/// Writes a source descriptor: its length, with the zero at its end; what stands `between`; and itself.
pub(super) fn put_descriptor(out: &mut Vec<u8>, descriptor: &str, between: impl FnOnce(&mut Vec<u8>)) {
    let descriptor: Vec<u8> = text::to_ansi(descriptor).chain([0]).collect();
    let length = u16::try_from(descriptor.len()).unwrap_or(u16::MAX);
    out.extend(length.to_le_bytes());
    between(out);
    out.extend(descriptor.iter().take(length.into()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_deactivations_are_read() {
        for bytes in [&[4, 0, 0x16, 0][..], &[6, 0, 0x16, 0, 0xea, 3]] {
            let pdu = SharePdu::DeactivateAll(DeactivateAll { share_id: None, source_descriptor: String::new() });
            assert_eq!(ShareControl::decode(bytes).map(|share| share.pdu), Ok(pdu));
        }
    }

    #[test]
    fn a_length_that_holds_no_header_is_refused() {
        let said = ShareControl::decode(&[3, 0, 0x17, 0]).unwrap_err().to_string();
        assert_eq!(said, "Share Control Header: `totalLength` at byte 0 holds 0x03, not at least 4, the header itself");
    }

    #[test]
    fn an_unknown_type_is_kept() {
        let bytes = [8, 0, 0x1c, 0, 0xea, 3, 1, 2];
        let share = ShareControl::decode(&bytes).unwrap();
        assert_eq!(share.pdu, SharePdu::Other { pdu_type: PduType(0xc), body: &[1, 2] });
        assert_eq!(share.to_bytes(), bytes);
    }
}
