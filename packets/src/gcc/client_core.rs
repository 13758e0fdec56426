use super::Version;
use crate::codec::{DecodeError, Encode, Reader};
use crate::negotiate::Protocols;
use crate::open::open_bits;
use crate::text;

/// Widths of the text fields, in bytes.
const CLIENT_NAME: usize = 32;
const IME_FILE_NAME: usize = 64;
const DIG_PRODUCT_ID: usize = 64;

/// `RNS_UD_COLOR_8BPP`: the color depth that the older fields hold, which nobody reads.
const COLOR_8BPP: u16 = 0xca01;

/// `RNS_UD_SAS_DEL`: Ctrl+Alt+Del is the secure attention sequence.
const SAS_DEL: u16 = 0xaa03;

/// `CONNECTION_TYPE_AUTODETECT`: the server measures.
const AUTODETECT: u8 = 7;

open_bits! {
    /// What a client can do beyond the oldest RDP.
    ClientCapabilityFlags: u16 {
        /// It reads the Set Error Info PDU.
        SUPPORT_ERRINFO_PDU = 0x0001, "SUPPORT_ERRINFO_PDU";
        /// It wants 32 bits a pixel.
        WANT_32BPP_SESSION = 0x0002, "WANT_32BPP_SESSION";
        /// It reads the Server Status Info PDU.
        SUPPORT_STATUSINFO_PDU = 0x0004, "SUPPORT_STATUSINFO_PDU";
        /// It takes RSA keys above 512 bits in proprietary certificates.
        STRONG_ASYMMETRIC_KEYS = 0x0008, "STRONG_ASYMMETRIC_KEYS";
        /// It sends relative mouse movements.
        RELATIVE_MOUSE_INPUT = 0x0010, "RELATIVE_MOUSE_INPUT";
        /// The connection type holds something.
        VALID_CONNECTION_TYPE = 0x0020, "VALID_CONNECTION_TYPE";
        /// It reads the Monitor Layout PDU.
        SUPPORT_MONITOR_LAYOUT_PDU = 0x0040, "SUPPORT_MONITOR_LAYOUT_PDU";
        /// It takes part in network auto-detection.
        SUPPORT_NETCHAR_AUTODETECT = 0x0080, "SUPPORT_NETCHAR_AUTODETECT";
        /// It speaks the graphics pipeline.
        SUPPORT_DYNVC_GFX_PROTOCOL = 0x0100, "SUPPORT_DYNVC_GFX_PROTOCOL";
        /// It sends its time zone's daylight saving rules.
        SUPPORT_DYNAMIC_TIME_ZONE = 0x0200, "SUPPORT_DYNAMIC_TIME_ZONE";
        /// It reads the Heartbeat PDU.
        SUPPORT_HEARTBEAT_PDU = 0x0400, "SUPPORT_HEARTBEAT_PDU";
        /// It can do without joining channels one by one.
        SUPPORT_SKIP_CHANNELJOIN = 0x0800, "SUPPORT_SKIP_CHANNELJOIN";
    }
}

/// Client Core Data (`TS_UD_CS_CORE`), [MS-RDPBCGR] 2.2.1.3.2.
///
/// Clients end it where their version of RDP did: an optional field is there only if all before it are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCore {
    /// Which RDP the client speaks at most.
    pub version: Version,
    /// Pixels across.
    pub desktop_width: u16,
    /// Pixels down.
    pub desktop_height: u16,
    /// Color depth, superseded by the fields below.
    pub color_depth: u16,
    /// The secure attention sequence.
    pub sas_sequence: u16,
    /// The input locale, e.g. 0x409 for English (United States).
    pub keyboard_layout: u32,
    /// The client's build number.
    pub client_build: u32,
    /// The client computer's name, 15 UTF-16 units at most; more is cut off.
    pub client_name: String,
    /// The keyboard's kind; 4 is a PC keyboard of 101 or 102 keys.
    pub keyboard_type: u32,
    /// The keyboard's kind as its maker counts.
    pub keyboard_sub_type: u32,
    /// Function keys.
    pub keyboard_function_key: u32,
    /// The input method editor's file, 31 UTF-16 units at most.
    pub ime_file_name: String,
    /// Color depth, superseded by `high_color_depth`.
    pub post_beta2_color_depth: Option<u16>,
    /// 1 by the specification.
    pub client_product_id: Option<u16>,
    /// 0 by the specification.
    pub serial_number: Option<u32>,
    /// Bits a pixel that the client wants.
    pub high_color_depth: Option<u16>,
    /// Bits a pixel that it can do: 1 for 24, 2 for 16, 4 for 15, 8 for 32.
    pub supported_color_depths: Option<u16>,
    /// What it can do beyond the oldest RDP.
    pub early_capability_flags: Option<ClientCapabilityFlags>,
    /// The client's product number, 31 UTF-16 units at most.
    pub client_dig_product_id: Option<String>,
    /// The kind of network, 1 (modem) to 7 (auto-detect), where the flags call it valid.
    pub connection_type: Option<u8>,
    /// Padding.
    pub pad1octet: Option<u8>,
    /// What the server selected, told back to it.
    pub server_selected_protocol: Option<Protocols>,
    /// Millimetres across.
    pub desktop_physical_width: Option<u32>,
    /// Millimetres down.
    pub desktop_physical_height: Option<u32>,
    /// Degrees by which the desktop is turned.
    pub desktop_orientation: Option<u16>,
    /// Percent by which the desktop is scaled.
    pub desktop_scale_factor: Option<u32>,
    /// Percent by which store applications are scaled.
    pub device_scale_factor: Option<u32>,
}

impl ClientCore {
    /// What this project's client says of itself: everything up to the selected protocol.
    pub fn new(selected: Protocols, name: &str) -> Self {
        Self {
            version: Version::V5_TO_8,
            desktop_width: 1024,
            desktop_height: 768,
            color_depth: COLOR_8BPP,
            sas_sequence: SAS_DEL,
            keyboard_layout: 0x409,
            client_build: 2600,
            client_name: name.to_owned(),
            keyboard_type: 4,
            keyboard_sub_type: 0,
            keyboard_function_key: 12,
            ime_file_name: String::new(),
            post_beta2_color_depth: Some(COLOR_8BPP),
            client_product_id: Some(1),
            serial_number: Some(0),
            high_color_depth: Some(24),
            supported_color_depths: Some(0x0f),
            early_capability_flags: Some(
                ClientCapabilityFlags::SUPPORT_ERRINFO_PDU
                    .with(ClientCapabilityFlags::SUPPORT_STATUSINFO_PDU)
                    .with(ClientCapabilityFlags::STRONG_ASYMMETRIC_KEYS)
                    .with(ClientCapabilityFlags::VALID_CONNECTION_TYPE)
                    .with(ClientCapabilityFlags::SUPPORT_MONITOR_LAYOUT_PDU)
                    .with(ClientCapabilityFlags::SUPPORT_NETCHAR_AUTODETECT)
                    .with(ClientCapabilityFlags::SUPPORT_HEARTBEAT_PDU),
            ),
            client_dig_product_id: Some(String::new()),
            connection_type: Some(AUTODETECT),
            pad1octet: Some(0),
            server_selected_protocol: Some(selected),
            desktop_physical_width: None,
            desktop_physical_height: None,
            desktop_orientation: None,
            desktop_scale_factor: None,
            device_scale_factor: None,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: Version(reader.u32_le("version")?),
            desktop_width: reader.u16_le("desktopWidth")?,
            desktop_height: reader.u16_le("desktopHeight")?,
            color_depth: reader.u16_le("colorDepth")?,
            sas_sequence: reader.u16_le("SASSequence")?,
            keyboard_layout: reader.u32_le("keyboardLayout")?,
            client_build: reader.u32_le("clientBuild")?,
            client_name: text::utf16(reader, "clientName", CLIENT_NAME)?,
            keyboard_type: reader.u32_le("keyboardType")?,
            keyboard_sub_type: reader.u32_le("keyboardSubType")?,
            keyboard_function_key: reader.u32_le("keyboardFunctionKey")?,
            ime_file_name: text::utf16(reader, "imeFileName", IME_FILE_NAME)?,
            post_beta2_color_depth: reader.more(|reader| reader.u16_le("postBeta2ColorDepth"))?,
            client_product_id: reader.more(|reader| reader.u16_le("clientProductId"))?,
            serial_number: reader.more(|reader| reader.u32_le("serialNumber"))?,
            high_color_depth: reader.more(|reader| reader.u16_le("highColorDepth"))?,
            supported_color_depths: reader.more(|reader| reader.u16_le("supportedColorDepths"))?,
            early_capability_flags: reader
                .more(|reader| reader.u16_le("earlyCapabilityFlags").map(ClientCapabilityFlags))?,
            client_dig_product_id: reader.more(|reader| text::utf16(reader, "clientDigProductId", DIG_PRODUCT_ID))?,
            connection_type: reader.more(|reader| reader.u8("connectionType"))?,
            pad1octet: reader.more(|reader| reader.u8("pad1octet"))?,
            server_selected_protocol: reader.more(|reader| reader.u32_le("serverSelectedProtocol").map(Protocols))?,
            desktop_physical_width: reader.more(|reader| reader.u32_le("desktopPhysicalWidth"))?,
            desktop_physical_height: reader.more(|reader| reader.u32_le("desktopPhysicalHeight"))?,
            desktop_orientation: reader.more(|reader| reader.u16_le("desktopOrientation"))?,
            desktop_scale_factor: reader.more(|reader| reader.u32_le("desktopScaleFactor"))?,
            device_scale_factor: reader.more(|reader| reader.u32_le("deviceScaleFactor"))?,
        })
    }
}

impl Encode for ClientCore {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.version.0.to_le_bytes());
        for value in [self.desktop_width, self.desktop_height, self.color_depth, self.sas_sequence] {
            out.extend(value.to_le_bytes());
        }
        out.extend(self.keyboard_layout.to_le_bytes());
        out.extend(self.client_build.to_le_bytes());
        text::put_utf16(out, &self.client_name, CLIENT_NAME);
        for value in [self.keyboard_type, self.keyboard_sub_type, self.keyboard_function_key] {
            out.extend(value.to_le_bytes());
        }
        text::put_utf16(out, &self.ime_file_name, IME_FILE_NAME);
        put16(out, self.post_beta2_color_depth);
        put16(out, self.client_product_id);
        put32(out, self.serial_number);
        put16(out, self.high_color_depth);
        put16(out, self.supported_color_depths);
        put16(out, self.early_capability_flags.map(|flags| flags.0));
        if let Some(id) = &self.client_dig_product_id {
            text::put_utf16(out, id, DIG_PRODUCT_ID);
        }
        out.extend(self.connection_type);
        out.extend(self.pad1octet);
        put32(out, self.server_selected_protocol.map(|protocols| protocols.0));
        put32(out, self.desktop_physical_width);
        put32(out, self.desktop_physical_height);
        put16(out, self.desktop_orientation);
        put32(out, self.desktop_scale_factor);
        put32(out, self.device_scale_factor);
    }
}

fn put16(out: &mut Vec<u8>, value: Option<u16>) {
    out.extend(value.into_iter().flat_map(u16::to_le_bytes));
}

fn put32(out: &mut Vec<u8>, value: Option<u32>) {
    out.extend(value.into_iter().flat_map(u32::to_le_bytes));
}
