use super::auto_reconnect::AutoReconnectStatus;
use super::error_info::ErrorInfo;
use super::finalization::{Control, FontSequence, PersistentKeyList, Synchronize};
use super::save_session::SaveSessionInfo;
use super::share::within;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};

/// The bytes of the header behind its length field.
const BEHIND_LENGTH: u16 = 4;

open_enum! {
    /// The `pduType2` of a share data header.
    PduType2: u8 {
        /// Graphics.
        UPDATE = 0x02, "PDUTYPE2_UPDATE";
        /// Who controls the session.
        CONTROL = 0x14, "PDUTYPE2_CONTROL";
        /// The pointer.
        POINTER = 0x1b, "PDUTYPE2_POINTER";
        /// Keys and mouse.
        INPUT = 0x1c, "PDUTYPE2_INPUT";
        /// Synchronize PDU.
        SYNCHRONIZE = 0x1f, "PDUTYPE2_SYNCHRONIZE";
        /// The client wants part of the screen again.
        REFRESH_RECT = 0x21, "PDUTYPE2_REFRESH_RECT";
        /// A beep.
        PLAY_SOUND = 0x22, "PDUTYPE2_PLAY_SOUND";
        /// The client wants no graphics for now.
        SUPPRESS_OUTPUT = 0x23, "PDUTYPE2_SUPPRESS_OUTPUT";
        /// The client would like to leave.
        SHUTDOWN_REQUEST = 0x24, "PDUTYPE2_SHUTDOWN_REQUEST";
        /// Leaving would end somebody's session.
        SHUTDOWN_DENIED = 0x25, "PDUTYPE2_SHUTDOWN_DENIED";
        /// What came of the logon.
        SAVE_SESSION_INFO = 0x26, "PDUTYPE2_SAVE_SESSION_INFO";
        /// Font List PDU.
        FONT_LIST = 0x27, "PDUTYPE2_FONTLIST";
        /// Font Map PDU.
        FONT_MAP = 0x28, "PDUTYPE2_FONTMAP";
        /// The lights of the keyboard.
        SET_KEYBOARD_INDICATORS = 0x29, "PDUTYPE2_SET_KEYBOARD_INDICATORS";
        /// Persistent Key List PDU.
        PERSISTENT_KEY_LIST = 0x2b, "PDUTYPE2_BITMAPCACHE_PERSISTENT_LIST";
        /// A bitmap that is not cached.
        BITMAP_CACHE_ERROR = 0x2c, "PDUTYPE2_BITMAPCACHE_ERROR_PDU";
        /// The state of the input method editor.
        SET_KEYBOARD_IME_STATUS = 0x2d, "PDUTYPE2_SET_KEYBOARD_IME_STATUS";
        /// An offscreen bitmap that is not cached.
        OFFSCREEN_CACHE_ERROR = 0x2e, "PDUTYPE2_OFFSCRCACHE_ERROR_PDU";
        /// Set Error Info PDU.
        SET_ERROR_INFO = 0x2f, "PDUTYPE2_SET_ERROR_INFO_PDU";
        /// A frame that cannot be drawn.
        DRAW_NINE_GRID_ERROR = 0x30, "PDUTYPE2_DRAWNINEGRID_ERROR_PDU";
        /// A drawing of GDI+ that cannot be drawn.
        DRAW_GDIPLUS_ERROR = 0x31, "PDUTYPE2_DRAWGDIPLUS_ERROR_PDU";
        /// Auto-Reconnect Status PDU.
        AUTO_RECONNECT_STATUS = 0x32, "PDUTYPE2_ARC_STATUS_PDU";
        /// What the server is busy with.
        STATUS_INFO = 0x36, "PDUTYPE2_STATUS_INFO_PDU";
        /// The monitors of the session.
        MONITOR_LAYOUT = 0x37, "PDUTYPE2_MONITOR_LAYOUT_PDU";
    }
}

open_bits! {
    /// How data is compressed; the lower four bits hold the kind.
    Compression: u8 {
        /// It is compressed.
        COMPRESSED = 0x20, "PACKET_COMPRESSED";
        /// It goes to the front of the history.
        AT_FRONT = 0x40, "PACKET_AT_FRONT";
        /// The history is thrown away.
        FLUSHED = 0x80, "PACKET_FLUSHED";
    }
}

/// Share Data Header (`TS_SHAREDATAHEADER`), [MS-RDPBCGR] 2.2.8.1.1.1.2, behind the share control header, and what it
/// heads. Compressed data is refused: whoever compresses here was never told that it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareData<'a> {
    /// The share.
    pub share_id: u32,
    /// Padding; Windows leaves in it what was in memory.
    pub pad1: u8,
    /// The stream: 1 is low, 2 medium, 4 high, and 0 none.
    pub stream_id: u8,
    /// A length that means nothing while nothing is compressed, and of which no two implementations count the same.
    pub uncompressed_length: u16,
    /// How the data is compressed: never [`Compression::COMPRESSED`].
    pub compression: Compression,
    /// What follows.
    pub pdu: DataPdu<'a>,
}

impl<'a> ShareData<'a> {
    /// A message of this share, on the stream that mstsc uses, and with the length that mstsc gives.
    pub fn new(share_id: u32, pdu: DataPdu<'a>) -> Self {
        let body = u16::try_from(pdu.to_bytes().len()).unwrap_or(u16::MAX);
        let uncompressed_length = body.saturating_add(BEHIND_LENGTH);
        Self { share_id, pad1: 0, stream_id: 1, uncompressed_length, compression: Compression::default(), pdu }
    }
}

impl Encode for ShareData<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.share_id.to_le_bytes());
        out.extend([self.pad1, self.stream_id]);
        out.extend(self.uncompressed_length.to_le_bytes());
        out.extend([self.pdu.pdu_type().0, self.compression.0, 0, 0]);
        self.pdu.encode(out);
    }
}

impl<'a> Decode<'a> for ShareData<'a> {
    const NAME: &'static str = "Share Data Header";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let share_id = reader.u32_le("shareID")?;
        let pad1 = reader.u8("pad1")?;
        let stream_id = reader.u8("streamId")?;
        let uncompressed_length = reader.u16_le("uncompressedLength")?;
        let pdu_type = PduType2(reader.u8("pduType2")?);
        let compression = Compression(reader.u8("compressedType")?);
        if compression.contains(Compression::COMPRESSED) {
            return Err(reader.refuse("compressedType", 1, compression.0.into(), "a type without PACKET_COMPRESSED"));
        }
        reader.u16_le("compressedLength")?;
        let pdu = DataPdu::read(pdu_type, reader)?;
        Ok(Self { share_id, pad1, stream_id, uncompressed_length, compression, pdu })
    }
}

/// What a share data header heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataPdu<'a> {
    /// Synchronize PDU, of both sides.
    Synchronize(Synchronize),
    /// Control PDU, of both sides.
    Control(Control),
    /// Client Persistent Key List PDU.
    PersistentKeyList(PersistentKeyList<'a>),
    /// Client Font List PDU, [MS-RDPBCGR] 2.2.1.18.
    FontList(FontSequence),
    /// Server Font Map PDU, [MS-RDPBCGR] 2.2.1.22, with which the connection is finished; some servers leave out all of
    /// it.
    FontMap(Option<FontSequence>),
    /// Client Shutdown Request PDU, [MS-RDPBCGR] 2.2.2.1.
    ShutdownRequest,
    /// Server Shutdown Request Denied PDU, [MS-RDPBCGR] 2.2.2.2.
    ShutdownDenied,
    /// Server Set Error Info PDU, [MS-RDPBCGR] 2.2.5.1.1.
    SetErrorInfo(ErrorInfo),
    /// Server Auto-Reconnect Status PDU.
    AutoReconnectStatus(AutoReconnectStatus),
    /// Server Save Session Info PDU.
    SaveSessionInfo(SaveSessionInfo<'a>),
    /// Anything else.
    Other {
        /// What the header calls it.
        pdu_type: PduType2,
        /// Its bytes behind the header.
        body: &'a [u8],
    },
}

impl<'a> DataPdu<'a> {
    /// What the header calls it.
    pub const fn pdu_type(&self) -> PduType2 {
        match self {
            Self::Synchronize(_) => PduType2::SYNCHRONIZE,
            Self::Control(_) => PduType2::CONTROL,
            Self::PersistentKeyList(_) => PduType2::PERSISTENT_KEY_LIST,
            Self::FontList(_) => PduType2::FONT_LIST,
            Self::FontMap(_) => PduType2::FONT_MAP,
            Self::ShutdownRequest => PduType2::SHUTDOWN_REQUEST,
            Self::ShutdownDenied => PduType2::SHUTDOWN_DENIED,
            Self::SetErrorInfo(_) => PduType2::SET_ERROR_INFO,
            Self::AutoReconnectStatus(_) => PduType2::AUTO_RECONNECT_STATUS,
            Self::SaveSessionInfo(_) => PduType2::SAVE_SESSION_INFO,
            Self::Other { pdu_type, .. } => *pdu_type,
        }
    }

    fn read(pdu_type: PduType2, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match pdu_type {
            PduType2::SYNCHRONIZE => within(reader).map(Self::Synchronize),
            PduType2::CONTROL => within(reader).map(Self::Control),
            PduType2::PERSISTENT_KEY_LIST => within(reader).map(Self::PersistentKeyList),
            PduType2::FONT_LIST => within(reader).map(Self::FontList),
            PduType2::FONT_MAP => reader.more(within).map(Self::FontMap),
            PduType2::SHUTDOWN_REQUEST => Ok(Self::ShutdownRequest),
            PduType2::SHUTDOWN_DENIED => Ok(Self::ShutdownDenied),
            PduType2::SET_ERROR_INFO => within(reader).map(Self::SetErrorInfo),
            PduType2::AUTO_RECONNECT_STATUS => within(reader).map(Self::AutoReconnectStatus),
            PduType2::SAVE_SESSION_INFO => within(reader).map(Self::SaveSessionInfo),
            _ => Ok(Self::Other { pdu_type, body: reader.rest() }),
        }
    }
}

impl Encode for DataPdu<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Synchronize(synchronize) => synchronize.encode(out),
            Self::Control(control) => control.encode(out),
            Self::PersistentKeyList(list) => list.encode(out),
            Self::FontList(fonts) => fonts.encode(out),
            Self::FontMap(fonts) => out.extend(fonts.iter().flat_map(Encode::to_bytes)),
            Self::ShutdownRequest | Self::ShutdownDenied => {}
            Self::SetErrorInfo(error_info) => error_info.encode(out),
            Self::AutoReconnectStatus(status) => status.encode(out),
            Self::SaveSessionInfo(info) => info.encode(out),
            Self::Other { body, .. } => out.extend(*body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_data_is_refused_by_name() {
        let said = ShareData::decode(&[0xea, 3, 1, 0, 0, 2, 8, 0, 0x1f, 0x61, 4, 0, 0, 0]).unwrap_err().to_string();
        let expected = "Share Data Header: `compressedType` at byte 9 holds 0x61, not a type without PACKET_COMPRESSED";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_font_map_of_nothing_is_read() {
        let data = ShareData::new(1, DataPdu::FontMap(None));
        assert_eq!(ShareData::decode(&data.to_bytes()), Ok(data));
    }
}
