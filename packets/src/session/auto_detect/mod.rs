//! Network auto-detection, [MS-RDPBCGR] 2.2.14: how long a message takes, and how much fits through.
//!
//! ```text
//! 0              1             2                4             6
//! header length  request (0)   sequence number  type          the request's own fields
//!                response (1)
//! ```

mod request;
mod response;

pub use request::{AutoDetectRequest, RequestContent, RequestType, Stage};
pub use response::{AutoDetectResponse, ResponseContent, ResponseType};

use crate::codec::{DecodeError, Reader};

/// The bytes that every message has, which the header length counts as well.
const HEADER: u8 = 6;

/// Writes a message: the header, whose length counts `fields`, and they.
fn put(out: &mut Vec<u8>, kind: u8, sequence_number: u16, message_type: u16, fields: &[u8]) {
    out.extend([u8::try_from(fields.len()).unwrap_or(u8::MAX).saturating_add(HEADER), kind]);
    out.extend([sequence_number, message_type].into_iter().flat_map(u16::to_le_bytes));
    out.extend(fields);
}

/// Reads what every message begins with: its number and its type.
fn header(reader: &mut Reader<'_>, kind: u8, expected: &'static str) -> Result<(u16, u16), DecodeError> {
    let length = reader.u8("headerLength")?;
    let Some(rest) = length.checked_sub(1).filter(|_| length >= HEADER) else {
        return Err(reader.refuse("headerLength", 1, length.into(), "at least 6, the header itself"));
    };
    reader.clone().bytes("headerLength", rest.into())?;
    let found = reader.u8("headerTypeId")?;
    if found != kind {
        return Err(reader.refuse("headerTypeId", 1, found.into(), expected));
    }
    Ok((reader.u16_le("sequenceNumber")?, reader.u16_le("messageType")?))
}
