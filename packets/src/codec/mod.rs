//! How bytes become meaning and meaning becomes bytes.
//!
//! - [`Decode`] reads a message; every read names its field, so that an error says where the peer's bytes went wrong.
//! - [`Encode`] writes one; it cannot fail, and lengths are patched in after what they measure.
//! - [`Frame`] says how long a message is from its first bytes, and refuses before anyone waits for the rest.

mod encode;
mod error;
mod reader;

pub use encode::{Encode, length_u8, length_u16_be, length_u16_le, length_u24_be};
pub use error::{DecodeError, Fault};
pub use reader::Reader;

/// A message that can be read from a peer's bytes.
pub trait Decode<'a>: Sized {
    /// The message's title, as the specification has it.
    const NAME: &'static str;

    /// Reads the message where the reader stands, and leaves the reader behind it.
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;

    /// Reads the message from bytes that hold nothing else.
    fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::whole(Reader::new(Self::NAME, bytes))
    }

    /// Reads the message from a reader that holds nothing else.
    fn whole(mut reader: Reader<'a>) -> Result<Self, DecodeError> {
        let message = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(message)
    }
}

/// A message whose length its first bytes tell.
pub trait Frame {
    /// The whole length in bytes, `None` while too few bytes are there to tell, and an error as soon as the bytes
    /// cannot be this message: a reader that trusts a length found in `HTTP/1.1 400` waits for what never comes.
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError>;
}

/// What a header says once all of it is there: `None` where it ends too soon.
pub(crate) fn once_there<T>(header: Result<T, DecodeError>) -> Result<Option<T>, DecodeError> {
    match header {
        Err(DecodeError { fault: Fault::Missing { .. }, .. }) => Ok(None),
        header => header.map(Some),
    }
}
