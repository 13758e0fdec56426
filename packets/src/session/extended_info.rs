use std::net::IpAddr;

use super::TimeZone;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};
use crate::secret::Secret;
use crate::text;

open_enum! {
    /// The kind of address that a client gives as its own.
    AddressFamily: u16 {
        /// IPv4.
        INET = 0x0002, "AF_INET";
        /// IPv6.
        INET6 = 0x0017, "AF_INET6";
    }
}

open_bits! {
    /// What a client wants left out, or added, in view of its network.
    PerformanceFlags: u32 {
        /// No wallpaper.
        DISABLE_WALLPAPER = 0x0000_0001, "DISABLE_WALLPAPER";
        /// Windows are dragged as frames.
        DISABLE_FULLWINDOWDRAG = 0x0000_0002, "DISABLE_FULLWINDOWDRAG";
        /// Menus do not move.
        DISABLE_MENUANIMATIONS = 0x0000_0004, "DISABLE_MENUANIMATIONS";
        /// No themes.
        DISABLE_THEMING = 0x0000_0008, "DISABLE_THEMING";
        /// No shadow below the pointer.
        DISABLE_CURSOR_SHADOW = 0x0000_0020, "DISABLE_CURSOR_SHADOW";
        /// The pointer does not blink.
        DISABLE_CURSORSETTINGS = 0x0000_0040, "DISABLE_CURSORSETTINGS";
        /// Smooth fonts.
        ENABLE_FONT_SMOOTHING = 0x0000_0080, "ENABLE_FONT_SMOOTHING";
        /// A composed desktop.
        ENABLE_DESKTOP_COMPOSITION = 0x0000_0100, "ENABLE_DESKTOP_COMPOSITION";
    }
}

/// Extended Info Packet (`TS_EXTENDED_INFO_PACKET`), [MS-RDPBCGR] 2.2.1.11.1.1.1. An optional field is there only if
/// the one before it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedInfo {
    /// The kind of the client's address.
    pub address_family: AddressFamily,
    /// The address that the client takes for its own, in text.
    pub address: String,
    /// Where the client's program lies.
    pub dir: String,
    /// The client's time zone.
    pub time_zone: Option<TimeZone>,
    /// Ignored, 0.
    pub session_id: Option<u32>,
    /// What the client wants left out.
    pub performance_flags: Option<PerformanceFlags>,
    /// Client Auto-Reconnect Packet, [MS-RDPBCGR] 2.2.4.3; empty where the client does not come back. Whoever has it
    /// has the session.
    pub auto_reconnect_cookie: Option<Secret<Vec<u8>>>,
    /// Ignored, 0.
    pub reserved1: Option<u16>,
    /// Ignored, 0.
    pub reserved2: Option<u16>,
    /// The time zone's name in Windows' registry.
    pub dynamic_time_zone: Option<String>,
    /// Whether the clock stays at standard time all year: 0 or 1.
    pub dynamic_daylight_time_disabled: Option<u16>,
}

impl ExtendedInfo {
    /// What this project's client says of itself: its address, and that it can do without all ornaments.
    pub fn new(address: IpAddr) -> Self {
        let plain = PerformanceFlags::DISABLE_WALLPAPER
            .with(PerformanceFlags::DISABLE_FULLWINDOWDRAG)
            .with(PerformanceFlags::DISABLE_MENUANIMATIONS)
            .with(PerformanceFlags::DISABLE_THEMING)
            .with(PerformanceFlags::DISABLE_CURSOR_SHADOW);
        Self {
            address_family: if address.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET },
            address: address.to_string(),
            dir: String::new(),
            time_zone: Some(TimeZone::default()),
            session_id: Some(0),
            performance_flags: Some(plain),
            auto_reconnect_cookie: Some(Secret::default()),
            reserved1: None,
            reserved2: None,
            dynamic_time_zone: None,
            dynamic_daylight_time_disabled: None,
        }
    }
}

impl Encode for ExtendedInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.address_family.0.to_le_bytes());
        put_counted(out, &text::to_utf16_zero(&self.address));
        put_counted(out, &text::to_utf16_zero(&self.dir));
        out.extend(self.time_zone.iter().flat_map(Encode::to_bytes));
        out.extend(self.session_id.into_iter().flat_map(u32::to_le_bytes));
        out.extend(self.performance_flags.into_iter().flat_map(|flags| flags.0.to_le_bytes()));
        if let Some(cookie) = &self.auto_reconnect_cookie {
            put_counted(out, &cookie.0);
        }
        out.extend([self.reserved1, self.reserved2].into_iter().flatten().flat_map(u16::to_le_bytes));
        if let Some(name) = &self.dynamic_time_zone {
            put_counted(out, &text::to_utf16(name));
        }
        out.extend(self.dynamic_daylight_time_disabled.into_iter().flat_map(u16::to_le_bytes));
    }
}

impl<'a> Decode<'a> for ExtendedInfo {
    const NAME: &'static str = "Extended Info Packet";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            address_family: AddressFamily(reader.u16_le("clientAddressFamily")?),
            address: counted(reader, "clientAddress").map(text::from_utf16)?,
            dir: counted(reader, "clientDir").map(text::from_utf16)?,
            time_zone: reader.more(TimeZone::read)?,
            session_id: reader.more(|reader| reader.u32_le("clientSessionId"))?,
            performance_flags: reader.more(|reader| reader.u32_le("performanceFlags").map(PerformanceFlags))?,
            auto_reconnect_cookie: reader
                .more(|reader| counted(reader, "autoReconnectCookie").map(|cookie| Secret(cookie.to_vec())))?,
            reserved1: reader.more(|reader| reader.u16_le("reserved1"))?,
            reserved2: reader.more(|reader| reader.u16_le("reserved2"))?,
            dynamic_time_zone: reader
                .more(|reader| counted(reader, "dynamicDSTTimeZoneKeyName").map(text::from_utf16))?,
            dynamic_daylight_time_disabled: reader.more(|reader| reader.u16_le("dynamicDaylightTimeDisabled"))?,
        })
    }
}

/// Reads a length of 16 bits, and as many bytes.
fn counted<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
    let length = reader.u16_le(field)?;
    reader.bytes(field, length.into())
}

/// Writes a length of 16 bits, and the bytes, of which no more than it can count.
fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend(length.to_le_bytes());
    out.extend(bytes.iter().take(length.into()));
}
