use crate::open::open_enum;

open_enum! {
    /// What a capability set is about, [MS-RDPBCGR] 2.2.1.13.1.1.1.
    CapabilityType: u16 {
        /// The peer itself.
        GENERAL = 0x01, "CAPSTYPE_GENERAL";
        /// The desktop, and bitmaps on it.
        BITMAP = 0x02, "CAPSTYPE_BITMAP";
        /// Drawing orders.
        ORDER = 0x03, "CAPSTYPE_ORDER";
        /// Bitmaps that are kept, as RDP 4 had it.
        BITMAP_CACHE = 0x04, "CAPSTYPE_BITMAPCACHE";
        /// Who controls a session.
        CONTROL = 0x05, "CAPSTYPE_CONTROL";
        /// Bitmaps that are kept encoded.
        BITMAP_CACHE_V3 = 0x06, "CAPSTYPE_BITMAPCACHE_V3_CODEC_ID";
        /// Windows that come to the front.
        ACTIVATION = 0x07, "CAPSTYPE_ACTIVATION";
        /// The pointer.
        POINTER = 0x08, "CAPSTYPE_POINTER";
        /// The share.
        SHARE = 0x09, "CAPSTYPE_SHARE";
        /// Color tables that are kept.
        COLOR_CACHE = 0x0a, "CAPSTYPE_COLORCACHE";
        /// Beeps.
        SOUND = 0x0c, "CAPSTYPE_SOUND";
        /// Keys and mouse.
        INPUT = 0x0d, "CAPSTYPE_INPUT";
        /// Fonts.
        FONT = 0x0e, "CAPSTYPE_FONT";
        /// Brushes.
        BRUSH = 0x0f, "CAPSTYPE_BRUSH";
        /// Glyphs that are kept.
        GLYPH_CACHE = 0x10, "CAPSTYPE_GLYPHCACHE";
        /// Bitmaps that are drawn out of sight.
        OFFSCREEN_CACHE = 0x11, "CAPSTYPE_OFFSCREENCACHE";
        /// A server that keeps bitmaps across sessions.
        BITMAP_CACHE_HOST_SUPPORT = 0x12, "CAPSTYPE_BITMAPCACHE_HOSTSUPPORT";
        /// Bitmaps that are kept, as RDP 5 has it.
        BITMAP_CACHE_REV2 = 0x13, "CAPSTYPE_BITMAPCACHE_REV2";
        /// Static virtual channels.
        VIRTUAL_CHANNEL = 0x14, "CAPSTYPE_VIRTUALCHANNEL";
        /// Frames that are kept.
        DRAW_NINE_GRID_CACHE = 0x15, "CAPSTYPE_DRAWNINEGRIDCACHE";
        /// Drawings of GDI+.
        DRAW_GDIPLUS = 0x16, "CAPSTYPE_DRAWGDIPLUS";
        /// Single applications.
        RAIL = 0x17, "CAPSTYPE_RAIL";
        /// The windows of single applications.
        WINDOW = 0x18, "CAPSTYPE_WINDOW";
        /// A composed desktop.
        DESKTOP_COMPOSITION = 0x19, "CAPSETTYPE_COMPDESK";
        /// Updates in several pieces.
        MULTIFRAGMENT_UPDATE = 0x1a, "CAPSETTYPE_MULTIFRAGMENTUPDATE";
        /// Large pointers.
        LARGE_POINTER = 0x1b, "CAPSETTYPE_LARGE_POINTER";
        /// Surfaces.
        SURFACE_COMMANDS = 0x1c, "CAPSETTYPE_SURFACE_COMMANDS";
        /// How bitmaps are encoded.
        BITMAP_CODECS = 0x1d, "CAPSETTYPE_BITMAP_CODECS";
        /// Frames that are acknowledged.
        FRAME_ACKNOWLEDGE = 0x1e, "CAPSSETTYPE_FRAME_ACKNOWLEDGE";
    }
}
