//! The sets that tell something of a peer.

use crate::codec::{DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};

open_enum! {
    /// The system that a peer runs on.
    OsMajor: u16 {
        /// It does not say.
        UNSPECIFIED = 0, "unspecified";
        /// Windows.
        WINDOWS = 1, "Windows";
        /// OS/2.
        OS2 = 2, "OS/2";
        /// The Macintosh before OS X.
        MACINTOSH = 3, "Macintosh";
        /// A Unix.
        UNIX = 4, "UNIX";
        /// iOS.
        IOS = 5, "iOS";
        /// macOS.
        OSX = 6, "OS X";
        /// Android.
        ANDROID = 7, "Android";
        /// Chrome OS.
        CHROME_OS = 8, "Chrome OS";
    }
}

open_enum! {
    /// Which of these systems.
    OsMinor: u16 {
        /// It does not say.
        UNSPECIFIED = 0, "unspecified";
        /// Windows 3.1x.
        WINDOWS_31X = 1, "Windows 3.1x";
        /// Windows 95.
        WINDOWS_95 = 2, "Windows 95";
        /// Windows NT and everything after it.
        WINDOWS_NT = 3, "Windows NT";
        /// OS/2 2.1.
        OS2_V21 = 4, "OS/2 2.1";
        /// A PowerPC.
        POWER_PC = 5, "PowerPC";
        /// A Macintosh.
        MACINTOSH = 6, "Macintosh";
        /// An X server.
        NATIVE_XSERVER = 7, "native X server";
        /// Something like an X server.
        PSEUDO_XSERVER = 8, "pseudo X server";
        /// Windows RT.
        WINDOWS_RT = 9, "Windows RT";
    }
}

open_bits! {
    /// What else a peer can do.
    ExtraFlags: u16 {
        /// It takes graphics outside of MCS.
        FASTPATH_OUTPUT_SUPPORTED = 0x0001, "FASTPATH_OUTPUT_SUPPORTED";
        /// It takes credentials of more than 48 characters.
        LONG_CREDENTIALS_SUPPORTED = 0x0004, "LONG_CREDENTIALS_SUPPORTED";
        /// It comes back by a cookie.
        AUTORECONNECT_SUPPORTED = 0x0008, "AUTORECONNECT_SUPPORTED";
        /// It counts messages in their signatures.
        ENC_SALTED_CHECKSUM = 0x0010, "ENC_SALTED_CHECKSUM";
        /// It leaves out a header of compressed bitmaps.
        NO_BITMAP_COMPRESSION_HDR = 0x0400, "NO_BITMAP_COMPRESSION_HDR";
    }
}

open_bits! {
    /// How a peer compresses on static virtual channels.
    VirtualChannelFlags: u32 {
        /// Towards the client.
        COMPR_SC = 0x1, "VCCAPS_COMPR_SC";
        /// Towards the server, with a history of 8 KiB.
        COMPR_CS_8K = 0x2, "VCCAPS_COMPR_CS_8K";
    }
}

/// General Capability Set, [MS-RDPBCGR] 2.2.7.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct General {
    /// The peer's system.
    pub os_major: OsMajor,
    /// Which of its kind.
    pub os_minor: OsMinor,
    /// 0x200.
    pub protocol_version: u16,
    /// What else the peer can do.
    pub extra_flags: ExtraFlags,
    /// Whether a server sends parts of the screen again when asked: 0 or 1.
    pub refresh_rect_support: u8,
    /// Whether a server stops to send graphics when asked: 0 or 1.
    pub suppress_output_support: u8,
}

impl Encode for General {
    fn encode(&self, out: &mut Vec<u8>) {
        let fields = [self.os_major.0, self.os_minor.0, self.protocol_version, 0, 0, self.extra_flags.0, 0, 0, 0];
        out.extend(fields.into_iter().flat_map(u16::to_le_bytes));
        out.extend([self.refresh_rect_support, self.suppress_output_support]);
    }
}

impl General {
    pub(super) fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let os_major = OsMajor(body.u16_le("osMajorType")?);
        let os_minor = OsMinor(body.u16_le("osMinorType")?);
        let protocol_version = body.u16_le("protocolVersion")?;
        body.u16_le("pad2octetsA")?;
        body.u16_le("generalCompressionTypes")?;
        let extra_flags = ExtraFlags(body.u16_le("extraFlags")?);
        for field in ["updateCapabilityFlag", "remoteUnshareFlag", "generalCompressionLevel"] {
            body.u16_le(field)?;
        }
        let refresh_rect_support = body.u8("refreshRectSupport")?;
        let suppress_output_support = body.u8("suppressOutputSupport")?;
        Ok(Self { os_major, os_minor, protocol_version, extra_flags, refresh_rect_support, suppress_output_support })
    }
}

/// Bitmap Capability Set, [MS-RDPBCGR] 2.2.7.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bitmap {
    /// Bits a pixel of the session.
    pub preferred_bits_per_pixel: u16,
    /// Pixels across.
    pub desktop_width: u16,
    /// Pixels down.
    pub desktop_height: u16,
    /// Whether the desktop can change its size: 0 or 1.
    pub desktop_resize: u16,
    /// How bitmaps of 32 bits are drawn.
    pub drawing_flags: u8,
}

impl Encode for Bitmap {
    fn encode(&self, out: &mut Vec<u8>) {
        let [bits, width, height] = [self.preferred_bits_per_pixel, self.desktop_width, self.desktop_height];
        let fields = [bits, 1, 1, 1, width, height, 0, self.desktop_resize, 1];
        out.extend(fields.into_iter().flat_map(u16::to_le_bytes));
        out.extend([0, self.drawing_flags, 1, 0, 0, 0]);
    }
}

impl Bitmap {
    pub(super) fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let preferred_bits_per_pixel = body.u16_le("preferredBitsPerPixel")?;
        for field in ["receive1BitPerPixel", "receive4BitsPerPixel", "receive8BitsPerPixel"] {
            body.u16_le(field)?;
        }
        let desktop_width = body.u16_le("desktopWidth")?;
        let desktop_height = body.u16_le("desktopHeight")?;
        body.u16_le("pad2octets")?;
        let desktop_resize = body.u16_le("desktopResizeFlag")?;
        body.u16_le("bitmapCompressionFlag")?;
        body.u8("highColorFlags")?;
        let drawing_flags = body.u8("drawingFlags")?;
        body.u16_le("multipleRectangleSupport")?;
        body.u16_le("pad2octetsB")?;
        Ok(Self { preferred_bits_per_pixel, desktop_width, desktop_height, desktop_resize, drawing_flags })
    }
}

/// Pointer Capability Set, [MS-RDPBCGR] 2.2.7.1.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// Whether pointers have colors: 0 or 1.
    pub color_pointer: u16,
    /// Pointers of 24 bits a pixel that are kept.
    pub color_cache_size: u16,
    /// Pointers of any depth that are kept.
    pub cache_size: Option<u16>,
}

impl Encode for Pointer {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.color_pointer, self.color_cache_size].into_iter().flat_map(u16::to_le_bytes));
        out.extend(self.cache_size.into_iter().flat_map(u16::to_le_bytes));
    }
}

impl Pointer {
    pub(super) fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            color_pointer: body.u16_le("colorPointerFlag")?,
            color_cache_size: body.u16_le("colorPointerCacheSize")?,
            cache_size: body.more(|body| body.u16_le("pointerCacheSize"))?,
        })
    }
}

/// Virtual Channel Capability Set, [MS-RDPBCGR] 2.2.7.1.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VirtualChannel {
    /// How the peer compresses.
    pub flags: VirtualChannelFlags,
    /// The largest piece of data that a server takes, bytes.
    pub chunk_size: Option<u32>,
}

impl Encode for VirtualChannel {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.flags.0.to_le_bytes());
        out.extend(self.chunk_size.into_iter().flat_map(u32::to_le_bytes));
    }
}

impl VirtualChannel {
    pub(super) fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            flags: VirtualChannelFlags(body.u32_le("flags")?),
            chunk_size: body.more(|body| body.u32_le("VCChunkSize"))?,
        })
    }
}
