//! Handshake messages out of records: a message may span several, and a record may hold several.

use crate::codec::{Decode, DecodeError, Fault, Reader};

use super::{Handshake, LONGEST_FRAGMENT, handshake};

/// The longest handshake message that is waited for, in bytes; a certificate chain of that size is no certificate
/// chain.
pub const LONGEST_MESSAGE: usize = 256 * 1024;

/// The handshake bytes of one side, in order.
///
/// Whoever asks for all messages after each record holds no more than a message and a record.
#[derive(Debug, Clone, Default)]
pub struct Flight {
    bytes: Vec<u8>,
    taken: usize,
}

impl Flight {
    /// Takes a record's fragment. Refused when messages were left untaken beyond all measure.
    pub fn push(&mut self, fragment: &[u8]) -> Result<(), DecodeError> {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        if self.bytes.len().saturating_add(fragment.len()) > LONGEST_MESSAGE + LONGEST_FRAGMENT {
            let reader = Reader::new(Handshake::NAME, fragment);
            return Err(reader.error("body", Fault::Form { expected: "taken before more of it comes" }));
        }
        self.bytes.extend(fragment);
        Ok(())
    }

    /// The next message; `None` until all of it is there, and an error as soon as its length is more than may be
    /// waited for.
    pub fn message(&mut self) -> Result<Option<Handshake<'_>>, DecodeError> {
        let waiting = self.bytes.get(self.taken..).unwrap_or_default();
        let mut reader = Reader::new(Handshake::NAME, waiting);
        let Ok((_, length)) = handshake::header(&mut reader) else { return Ok(None) };
        if length > LONGEST_MESSAGE {
            let found = u64::try_from(length).unwrap_or(u64::MAX);
            return Err(reader.refuse("length", 3, found, "at most 0x40000"));
        }
        let end = reader.offset().saturating_add(length);
        let Some(message) = waiting.get(..end) else { return Ok(None) };
        self.taken = self.taken.saturating_add(end);
        Handshake::decode(message).map(Some)
    }

    /// Whether a message has begun that is not whole yet.
    pub fn is_amid(&self) -> bool {
        self.taken < self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Encode;
    use crate::tls::HandshakeType;

    #[test]
    fn messages_come_out_whole_however_they_were_cut() {
        let messages = [(14, &[][..]), (12, &[1, 2, 3]), (20, &[9; 300])]
            .map(|(kind, body)| Handshake::Other { kind: HandshakeType(kind), body });
        let wire = messages.iter().flat_map(Encode::to_bytes).collect::<Vec<_>>();
        for size in [1, 2, 3, 5, 7, 100, wire.len()] {
            let mut flight = Flight::default();
            let mut found = 0;
            for fragment in wire.chunks(size) {
                flight.push(fragment).unwrap();
                while let Some(message) = flight.message().unwrap() {
                    assert_eq!(message, messages[found]);
                    found += 1;
                }
            }
            assert_eq!(found, messages.len(), "in pieces of {size}");
            assert!(!flight.is_amid());
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_refused_by_its_length() {
        let mut flight = Flight::default();
        flight.push(&[11, 4, 0, 1]).unwrap();
        let said = flight.message().unwrap_err().to_string();
        assert_eq!(said, "TLS handshake: `length` at byte 1 holds 0x40001, not at most 0x40000");
    }

    #[test]
    fn bytes_that_nobody_takes_are_bounded() {
        let mut flight = Flight::default();
        let fragment = vec![0; LONGEST_FRAGMENT];
        let taken = (0..1000).take_while(|_| flight.push(&fragment).is_ok()).count();
        assert_eq!(taken, (LONGEST_MESSAGE + LONGEST_FRAGMENT) / LONGEST_FRAGMENT);
    }
}
