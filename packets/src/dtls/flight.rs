//! Handshake messages out of records: in pieces, in any order, and more than once.

use std::collections::BTreeMap;

use crate::codec::{Decode, DecodeError, Encode, Fault, Reader};
use crate::tls::{Certificate, ContentType, HandshakeType, LONGEST_MESSAGE, ServerHello};

use super::{ClientHello, Fragment, HelloVerifyRequest, Record};

/// How many pieces are kept that belong to no whole message yet.
const MOST_FRAGMENTS: usize = 1024;

/// A whole handshake message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The client's offer.
    ClientHello(ClientHello),
    /// The server wants the offer again, with a cookie.
    HelloVerifyRequest(HelloVerifyRequest),
    /// The server's choice.
    ServerHello(ServerHello),
    /// The server's certificates.
    Certificate(Certificate),
    /// A message that is not looked into.
    Other {
        /// Its kind.
        kind: HandshakeType,
        /// Its content.
        body: Vec<u8>,
    },
}

impl Message {
    fn decode(kind: HandshakeType, body: Vec<u8>) -> Result<Self, DecodeError> {
        Ok(match kind {
            HandshakeType::CLIENT_HELLO => Self::ClientHello(ClientHello::decode(&body)?),
            HandshakeType::HELLO_VERIFY_REQUEST => Self::HelloVerifyRequest(HelloVerifyRequest::decode(&body)?),
            HandshakeType::SERVER_HELLO => Self::ServerHello(ServerHello::decode(&body)?),
            HandshakeType::CERTIFICATE => Self::Certificate(Certificate::decode(&body)?),
            kind => Self::Other { kind, body },
        })
    }

    /// The message's kind.
    pub fn kind(&self) -> HandshakeType {
        match self {
            Self::ClientHello(_) => HandshakeType::CLIENT_HELLO,
            Self::HelloVerifyRequest(_) => HandshakeType::HELLO_VERIFY_REQUEST,
            Self::ServerHello(_) => HandshakeType::SERVER_HELLO,
            Self::Certificate(_) => HandshakeType::CERTIFICATE,
            Self::Other { kind, .. } => *kind,
        }
    }
}

/// The message's body; its header is a [`Fragment`]'s.
impl Encode for Message {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::ClientHello(hello) => hello.encode(out),
            Self::HelloVerifyRequest(request) => request.encode(out),
            Self::ServerHello(hello) => hello.encode(out),
            Self::Certificate(certificate) => certificate.encode(out),
            Self::Other { body, .. } => out.extend(body),
        }
    }
}

/// The handshake messages of one side, in order.
#[derive(Debug, Clone, Default)]
pub struct Flight {
    /// The number of the message whose turn it is.
    next: u16,
    /// The pieces of that message and of those after it, by number and offset.
    pieces: BTreeMap<(u16, u32), Piece>,
    held: usize,
}

/// What is kept of a [`Fragment`].
#[derive(Debug, Clone)]
struct Piece {
    kind: HandshakeType,
    length: u32,
    data: Vec<u8>,
}

impl Flight {
    /// Takes what a record holds of handshake messages in clear; from any other record, nothing. Refused when more
    /// pieces wait for their message than any handshake has.
    pub fn push(&mut self, record: &Record<'_>) -> Result<(), DecodeError> {
        if record.content_type != ContentType::HANDSHAKE || record.epoch != 0 {
            return Ok(());
        }
        let mut reader = Reader::new(Fragment::NAME, record.fragment);
        while !reader.is_empty() {
            let fragment = Fragment::read(&mut reader)?;
            if fragment.message_seq >= self.next {
                self.keep(fragment, &reader)?;
            }
        }
        Ok(())
    }

    /// Keeps a piece, unless a longer one of the same place is there.
    fn keep(&mut self, fragment: Fragment<'_>, reader: &Reader<'_>) -> Result<(), DecodeError> {
        let Fragment { kind, length, message_seq, offset, data } = fragment;
        let place = (message_seq, offset);
        let known = self.pieces.get(&place).map(|piece| piece.data.len());
        if known.is_some_and(|known| known >= data.len()) {
            return Ok(());
        }
        let held = self.held.saturating_sub(known.unwrap_or_default()).saturating_add(data.len());
        if held > LONGEST_MESSAGE || self.pieces.len() >= MOST_FRAGMENTS {
            return Err(reader.error("body", Fault::Form { expected: "taken before more of it comes" }));
        }
        self.held = held;
        self.pieces.insert(place, Piece { kind, length, data: data.to_owned() });
        Ok(())
    }

    /// The next message; `None` until all of it is there.
    pub fn message(&mut self) -> Result<Option<Message>, DecodeError> {
        let mut body = Vec::new();
        let mut whole = None;
        for ((_, offset), piece) in self.pieces.range((self.next, 0)..=(self.next, u32::MAX)) {
            let Some(known) = usize::try_from(*offset).ok().and_then(|offset| body.len().checked_sub(offset)) else {
                return Ok(None);
            };
            body.extend(piece.data.iter().skip(known));
            let length = usize::try_from(piece.length).unwrap_or(usize::MAX);
            if body.len() >= length {
                whole = Some((piece.kind, length));
                break;
            }
        }
        let Some((kind, length)) = whole else { return Ok(None) };
        body.truncate(length);
        self.pieces.retain(|(number, _), _| *number > self.next);
        self.next = self.next.saturating_add(1);
        self.held = self.pieces.values().map(|piece| piece.data.len()).fold(0, usize::saturating_add);
        Message::decode(kind, body).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::Version;

    /// A record that holds this piece of a message of kind 14 and ten bytes.
    fn record(message_seq: u16, offset: u32, data: &[u8]) -> Vec<u8> {
        Fragment { kind: HandshakeType::SERVER_HELLO_DONE, length: 10, message_seq, offset, data }.to_bytes()
    }

    fn pushed(flight: &mut Flight, fragment: &[u8]) -> Result<(), DecodeError> {
        let (content_type, version) = (ContentType::HANDSHAKE, Version::DTLS_1_0);
        flight.push(&Record { content_type, version, epoch: 0, sequence_number: 0, fragment })
    }

    #[test]
    fn messages_come_out_in_order_from_pieces_in_any_order() {
        let mut flight = Flight::default();
        for (number, offset, data) in
            [(1, 0, &[1; 10][..]), (0, 5, &[5; 5]), (0, 5, &[5; 2]), (0, 2, &[2; 4]), (0, 0, &[0; 2])]
        {
            assert_eq!(flight.message(), Ok(None));
            pushed(&mut flight, &record(number, offset, data)).unwrap();
        }
        for body in [vec![0, 0, 2, 2, 2, 2, 5, 5, 5, 5], vec![1; 10]] {
            let message = Message::Other { kind: HandshakeType::SERVER_HELLO_DONE, body };
            assert_eq!(flight.message(), Ok(Some(message)));
        }
        pushed(&mut flight, &record(0, 0, &[0; 10])).unwrap();
        assert_eq!((flight.message(), flight.held), (Ok(None), 0), "what comes again is dropped");
    }

    #[test]
    fn pieces_that_make_no_message_are_bounded_in_number() {
        let mut flight = Flight::default();
        let taken = (1..2000).take_while(|number| pushed(&mut flight, &record(*number, 0, &[])).is_ok()).count();
        assert_eq!(taken, MOST_FRAGMENTS);
    }

    #[test]
    fn a_piece_beyond_its_message_is_refused() {
        let said = pushed(&mut Flight::default(), &record(0, 8, &[0; 3])).unwrap_err().to_string();
        let words = "not at most what is left of the message";
        assert_eq!(said, format!("DTLS handshake fragment: `fragment_length` at byte 9 holds 0x03, {words}"));
    }
}
