//! Capability sets, [MS-RDPBCGR] 2.2.7: what both sides can do.
//!
//! ```text
//! 0     2                                      4
//! type  length (with these four bytes)         the set's own fields, all little-endian
//! ```
//!
//! Of the sets of a peer those are read that tell something of it; the others are kept as they came. Sets grow with
//! the versions of RDP: what stands behind the last field known here is read over.

mod client;
mod kind;
mod known;

pub(super) use client::client_capabilities;
pub use kind::CapabilityType;
pub use known::{Bitmap, ExtraFlags, General, OsMajor, OsMinor, Pointer, VirtualChannel, VirtualChannelFlags};

use crate::codec::{Decode, DecodeError, Encode, Reader};

/// The bytes of a set's header: type and length.
const HEADER: u16 = 4;

/// A capability set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    /// What runs the peer.
    General(General),
    /// The desktop.
    Bitmap(Bitmap),
    /// The pointer.
    Pointer(Pointer),
    /// Static virtual channels.
    VirtualChannel(VirtualChannel),
    /// Any other, as it came.
    Other {
        /// What it is about.
        kind: CapabilityType,
        /// Its bytes behind the header.
        body: Vec<u8>,
    },
}

impl Capability {
    /// What it is about.
    pub const fn kind(&self) -> CapabilityType {
        match self {
            Self::General(_) => CapabilityType::GENERAL,
            Self::Bitmap(_) => CapabilityType::BITMAP,
            Self::Pointer(_) => CapabilityType::POINTER,
            Self::VirtualChannel(_) => CapabilityType::VIRTUAL_CHANNEL,
            Self::Other { kind, .. } => *kind,
        }
    }
}

impl Encode for Capability {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut inner = Vec::new();
        match self {
            Self::General(general) => general.encode(&mut inner),
            Self::Bitmap(bitmap) => bitmap.encode(&mut inner),
            Self::Pointer(pointer) => pointer.encode(&mut inner),
            Self::VirtualChannel(channel) => channel.encode(&mut inner),
            Self::Other { body, .. } => inner.extend(body),
        }
        let length = u16::try_from(inner.len()).unwrap_or(u16::MAX).saturating_add(HEADER);
        out.extend(self.kind().0.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(inner);
    }
}

impl<'a> Decode<'a> for Capability {
    const NAME: &'static str = "Capability Set";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let kind = CapabilityType(reader.u16_le("capabilitySetType")?);
        let length = reader.u16_le("lengthCapability")?;
        let Some(length) = length.checked_sub(HEADER) else {
            return Err(reader.refuse("lengthCapability", 2, length.into(), "at least 4, the header itself"));
        };
        let mut body = reader.nested(kind.name().unwrap_or(Self::NAME), "capabilityData", length.into())?;
        Ok(match kind {
            CapabilityType::GENERAL => Self::General(General::read(&mut body)?),
            CapabilityType::BITMAP => Self::Bitmap(Bitmap::read(&mut body)?),
            CapabilityType::POINTER => Self::Pointer(Pointer::read(&mut body)?),
            CapabilityType::VIRTUAL_CHANNEL => Self::VirtualChannel(VirtualChannel::read(&mut body)?),
            _ => Self::Other { kind, body: body.rest().to_vec() },
        })
    }
}
