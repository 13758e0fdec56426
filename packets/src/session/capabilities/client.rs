//! What this project's client can do: the sets without which servers end a connection, and of each as little as they
//! take. It draws nothing.

use super::{
    Bitmap, Capability, CapabilityType, ExtraFlags, General, OsMajor, OsMinor, Pointer, VirtualChannel,
    VirtualChannelFlags,
};

/// Orders are negotiated, and bounds may be coded as differences of zero: both are demanded of a client.
const ORDER_FLAGS: u16 = 0x000a;

/// Keys by their codes, extended mouse events, and Unicode characters.
const INPUT_FLAGS: u16 = 0x0015;

/// English (United States), a PC keyboard, and its function keys.
const KEYBOARD: [u32; 4] = [0x409, 4, 0, 12];

/// Bitmaps in each of three caches.
const BITMAP_CACHES: [u32; 3] = [120, 120, 251];

/// Glyphs in each of ten caches, and the bytes of the largest one there.
const GLYPH_CACHES: [[u16; 2]; 10] =
    [[254, 4], [254, 4], [254, 8], [254, 8], [254, 16], [254, 32], [254, 64], [254, 128], [254, 256], [64, 2048]];

/// What the client says of itself, and of a desktop of this size and color depth.
pub(in crate::session) fn client_capabilities(width: u16, height: u16, bits_per_pixel: u16) -> Vec<Capability> {
    let extra_flags = ExtraFlags::FASTPATH_OUTPUT_SUPPORTED
        .with(ExtraFlags::LONG_CREDENTIALS_SUPPORTED)
        .with(ExtraFlags::NO_BITMAP_COMPRESSION_HDR);
    vec![
        Capability::General(General {
            os_major: OsMajor::WINDOWS,
            os_minor: OsMinor::WINDOWS_NT,
            protocol_version: 0x0200,
            extra_flags,
            refresh_rect_support: 0,
            suppress_output_support: 0,
        }),
        Capability::Bitmap(Bitmap {
            preferred_bits_per_pixel: bits_per_pixel,
            desktop_width: width,
            desktop_height: height,
            desktop_resize: 1,
            drawing_flags: 0,
        }),
        order(),
        bitmap_cache(),
        Capability::Pointer(Pointer { color_pointer: 1, color_cache_size: 20, cache_size: Some(21) }),
        input(),
        // Brushes of one color, and of 8 by 8 pixels.
        other(CapabilityType::BRUSH, [0; 4]),
        glyph_cache(),
        // Nothing is drawn out of sight.
        other(CapabilityType::OFFSCREEN_CACHE, [0; 8]),
        Capability::VirtualChannel(VirtualChannel { flags: VirtualChannelFlags::default(), chunk_size: None }),
        // No beeps.
        other(CapabilityType::SOUND, [0; 4]),
        // Control is never asked for, and never given up: the two are 2 each.
        other(CapabilityType::CONTROL, [0, 0, 0, 0, 2, 0, 2, 0]),
        other(CapabilityType::ACTIVATION, [0; 8]),
        other(CapabilityType::SHARE, [0; 4]),
        // Font lists are sent, of no fonts.
        other(CapabilityType::FONT, [1, 0, 0, 0]),
    ]
}

/// Order Capability Set, [MS-RDPBCGR] 2.2.7.1.3: not one order.
fn order() -> Capability {
    let mut body = vec![0; 20];
    // The grain of saved desktops across and down, padding, the level of orders, fonts, and the flags.
    put16(&mut body, [1, 20, 0, 1, 0, ORDER_FLAGS]);
    // Each order's support, text flags, more flags, padding, the size of saved desktops, padding, code page, padding.
    body.resize(84, 0);
    other(CapabilityType::ORDER, body)
}

/// Revision 2 Bitmap Cache Capability Set, [MS-RDPBCGR] 2.2.7.1.4.2: three caches, none of them on disk.
fn bitmap_cache() -> Capability {
    let mut body = vec![0, 0, 0, 3];
    put32(&mut body, BITMAP_CACHES);
    body.resize(36, 0);
    other(CapabilityType::BITMAP_CACHE_REV2, body)
}

/// Input Capability Set, [MS-RDPBCGR] 2.2.7.1.6: no input method editor.
fn input() -> Capability {
    let mut body = Vec::new();
    put16(&mut body, [INPUT_FLAGS, 0]);
    put32(&mut body, KEYBOARD);
    body.resize(84, 0);
    other(CapabilityType::INPUT, body)
}

/// Glyph Cache Capability Set, [MS-RDPBCGR] 2.2.7.1.8: the caches as everybody has them, and no glyphs.
fn glyph_cache() -> Capability {
    let mut body = Vec::new();
    put16(&mut body, GLYPH_CACHES.into_iter().flatten());
    // The cache of fragments, the level of support, padding.
    body.resize(48, 0);
    other(CapabilityType::GLYPH_CACHE, body)
}

fn other(kind: CapabilityType, body: impl Into<Vec<u8>>) -> Capability {
    Capability::Other { kind, body: body.into() }
}

fn put16(body: &mut Vec<u8>, values: impl IntoIterator<Item = u16>) {
    body.extend(values.into_iter().flat_map(u16::to_le_bytes));
}

fn put32(body: &mut Vec<u8>, values: impl IntoIterator<Item = u32>) {
    body.extend(values.into_iter().flat_map(u32::to_le_bytes));
}
