use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};

open_enum! {
    /// What a [`Control`] is about.
    ControlAction: u16 {
        /// A client asks for control.
        REQUEST_CONTROL = 1, "CTRLACTION_REQUEST_CONTROL";
        /// The server grants it.
        GRANTED_CONTROL = 2, "CTRLACTION_GRANTED_CONTROL";
        /// Control is given up.
        DETACH = 3, "CTRLACTION_DETACH";
        /// Both sides agree to share control.
        COOPERATE = 4, "CTRLACTION_COOPERATE";
    }
}

open_bits! {
    /// Where a message stands in a sequence.
    SequenceFlags: u16 {
        /// It is the first.
        FIRST = 1, "FONTLIST_FIRST";
        /// It is the last.
        LAST = 2, "FONTLIST_LAST";
    }
}

/// Synchronize PDU, [MS-RDPBCGR] 2.2.1.14 and 2.2.1.19.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synchronize {
    /// 1, and nothing else.
    pub message_type: u16,
    /// The channel of the other side; nobody reads it.
    pub target_user: u16,
}

impl Synchronize {
    /// The message to this user.
    pub const fn new(target_user: u16) -> Self {
        Self { message_type: 1, target_user }
    }
}

impl Encode for Synchronize {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.message_type, self.target_user].into_iter().flat_map(u16::to_le_bytes));
    }
}

impl<'a> Decode<'a> for Synchronize {
    const NAME: &'static str = "Synchronize PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { message_type: reader.u16_le("messageType")?, target_user: reader.u16_le("targetUser")? })
    }
}

/// Control PDU, [MS-RDPBCGR] 2.2.1.15, 2.2.1.16, 2.2.1.20 and 2.2.1.21.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// What it is about.
    pub action: ControlAction,
    /// The user to whom control is granted; otherwise 0.
    pub grant_id: u16,
    /// The server's channel where control is granted; otherwise 0.
    pub control_id: u32,
}

impl Control {
    /// An action that grants nothing.
    pub const fn new(action: ControlAction) -> Self {
        Self { action, grant_id: 0, control_id: 0 }
    }
}

impl Encode for Control {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.action.0, self.grant_id].into_iter().flat_map(u16::to_le_bytes));
        out.extend(self.control_id.to_le_bytes());
    }
}

impl<'a> Decode<'a> for Control {
    const NAME: &'static str = "Control PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            action: ControlAction(reader.u16_le("action")?),
            grant_id: reader.u16_le("grantId")?,
            control_id: reader.u32_le("controlId")?,
        })
    }
}

/// What a Font List PDU and a Font Map PDU hold: once fonts, today nothing that anybody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FontSequence {
    /// Fonts in this message, 0.
    pub number: u16,
    /// Fonts in all, 0.
    pub total: u16,
    /// Where the message stands among several.
    pub flags: SequenceFlags,
    /// Size of an entry: 50 in a list, 4 in a map.
    pub entry_size: u16,
}

impl FontSequence {
    /// A client's list.
    pub const LIST: Self = Self::of(50);

    /// A server's map.
    pub const MAP: Self = Self::of(4);

    const fn of(entry_size: u16) -> Self {
        Self { number: 0, total: 0, flags: SequenceFlags::FIRST.with(SequenceFlags::LAST), entry_size }
    }
}

impl Encode for FontSequence {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.number, self.total, self.flags.0, self.entry_size].into_iter().flat_map(u16::to_le_bytes));
    }
}

impl<'a> Decode<'a> for FontSequence {
    const NAME: &'static str = "Font PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            number: reader.u16_le("number")?,
            total: reader.u16_le("totalNum")?,
            flags: SequenceFlags(reader.u16_le("flags")?),
            entry_size: reader.u16_le("entrySize")?,
        })
    }
}

/// Client Persistent Key List PDU, [MS-RDPBCGR] 2.2.1.17: bitmaps that the client has kept on disk, by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersistentKeyList<'a> {
    /// Keys in this message, for each of the five caches.
    pub num_entries: [u16; 5],
    /// Keys in all messages, for each of the five caches.
    pub total_entries: [u16; 5],
    /// Where the message stands among several: 1 is the first, 2 the last.
    pub flags: u8,
    /// The keys, 8 bytes each, cache by cache.
    pub keys: &'a [u8],
}

impl Encode for PersistentKeyList<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.num_entries.into_iter().chain(self.total_entries).flat_map(u16::to_le_bytes));
        out.extend([self.flags, 0, 0, 0]);
        out.extend(self.keys);
    }
}

impl<'a> Decode<'a> for PersistentKeyList<'a> {
    const NAME: &'static str = "Persistent Key List PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (mut num_entries, mut total_entries) = ([0; 5], [0; 5]);
        for (counts, field) in [(&mut num_entries, "numEntriesCache"), (&mut total_entries, "totalEntriesCache")] {
            for count in counts {
                *count = reader.u16_le(field)?;
            }
        }
        let flags = reader.u8("bBitMask")?;
        reader.bytes("padding", 3)?;
        let keys = num_entries.iter().map(|count| usize::from(*count)).sum::<usize>();
        let keys = reader.bytes("entries", keys.saturating_mul(8))?;
        Ok(Self { num_entries, total_entries, flags, keys })
    }
}
