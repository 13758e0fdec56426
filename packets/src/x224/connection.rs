use super::tpdu::{CONNECTION_CONFIRM, CONNECTION_REQUEST, expect};
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader, length_u8};
use crate::negotiate;

/// What a cookie's line begins with.
const COOKIE: &[u8] = b"Cookie: mstshash=";

/// What ends a line.
const LINE_END: &[u8; 2] = b"\r\n";

/// The largest length indicator; 255 is reserved.
const LONGEST: usize = 254;

/// The bytes that a length indicator counts in every connection TPDU: code, references and class.
const FIXED: usize = 6;

/// Client X.224 Connection Request PDU, [MS-RDPBCGR] 2.2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRequest {
    /// The client's name for this connection; everybody sends 0.
    pub source_reference: u16,
    /// What tells a load balancer where to.
    pub routing: Option<Routing>,
    /// The offer. Clients before RDP 5.2 make none.
    pub negotiation: Option<negotiate::Request>,
    /// The connection's name for the logs; it is only there behind an offer, whose flags announce it.
    pub correlation: Option<negotiate::CorrelationInfo>,
}

/// The line that tells a load balancer where to. Written out, it is cut at its first line end, and to the 246 bytes that
/// the length indicator leaves it (8 fewer with an offer, 36 fewer again with correlation info).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routing {
    /// The value of `Cookie: mstshash=`, usually a user's name cut to 9 characters.
    Cookie(String),
    /// Any other line as a whole, e.g. `Cookie: msts=...` or `tsv://...`, without its line end.
    Token(Vec<u8>),
}

impl Routing {
    /// The line without its end.
    fn line(&self) -> Vec<u8> {
        match self {
            Self::Cookie(value) => [COOKIE, value.as_bytes()].concat(),
            Self::Token(line) => line.clone(),
        }
    }

    /// Reads the line.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let Some(end @ 1..) = line_end(reader.clone().rest()) else {
            let fault = Fault::Form { expected: "a line that CR LF ends" };
            return Err(reader.error("routingToken or cookie", fault));
        };
        let line = reader.bytes("routingToken or cookie", end)?;
        reader.array::<2>("CR LF")?;
        let cookie = line.strip_prefix(COOKIE).and_then(|value| str::from_utf8(value).ok());
        Ok(cookie.map_or_else(|| Self::Token(line.to_vec()), |value| Self::Cookie(value.to_owned())))
    }
}

impl Encode for ConnectionRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut offer = Vec::new();
        if let Some(negotiation) = self.negotiation {
            negotiation.encode(&mut offer);
            offer.extend(self.correlation.iter().flat_map(Encode::to_bytes));
        }
        length_u8(out, |out| {
            out.extend([CONNECTION_REQUEST, 0, 0]);
            out.extend(self.source_reference.to_be_bytes());
            out.push(0);
            if let Some(routing) = &self.routing {
                let taken = FIXED.saturating_add(LINE_END.len()).saturating_add(offer.len());
                let mut line = routing.line();
                line.truncate(line_end(&line).unwrap_or(line.len()));
                line.truncate(LONGEST.saturating_sub(taken));
                out.extend(line);
                out.extend(LINE_END);
            }
            out.extend(offer);
        });
    }
}

impl<'a> Decode<'a> for ConnectionRequest {
    const NAME: &'static str = "X.224 Connection Request";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        expect(reader, CONNECTION_REQUEST, "0xe0, a Connection Request")?;
        zero(reader.u16_be("destination reference")?, 2, reader, "destination reference")?;
        let source_reference = reader.u16_be("source reference")?;
        zero(reader.u8("class")?.into(), 1, reader, "class")?;
        let routing = match reader.peek() {
            None | Some([negotiate::REQUEST]) => None,
            Some(_) => Some(Routing::read(reader)?),
        };
        let negotiation = more(reader)?;
        let correlation = more(reader)?;
        Ok(Self { source_reference, routing, negotiation, correlation })
    }
}

/// Server X.224 Connection Confirm PDU, [MS-RDPBCGR] 2.2.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionConfirm {
    /// The client's name for this connection; Windows sends 0.
    pub destination_reference: u16,
    /// The server's name for it; Windows sends 0x1234.
    pub source_reference: u16,
    /// The transport class; RDP knows 0 alone.
    pub class: u8,
    /// What the server says to the offer. Servers before RDP 5.2 say nothing, which selects Standard RDP Security.
    pub answer: Option<negotiate::Answer>,
}

impl Encode for ConnectionConfirm {
    fn encode(&self, out: &mut Vec<u8>) {
        length_u8(out, |out| {
            out.push(CONNECTION_CONFIRM);
            out.extend(self.destination_reference.to_be_bytes());
            out.extend(self.source_reference.to_be_bytes());
            out.push(self.class);
            out.extend(self.answer.iter().flat_map(Encode::to_bytes));
        });
    }
}

impl<'a> Decode<'a> for ConnectionConfirm {
    const NAME: &'static str = "X.224 Connection Confirm";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        expect(reader, CONNECTION_CONFIRM, "0xd0, a Connection Confirm")?;
        let destination_reference = reader.u16_be("destination reference")?;
        let source_reference = reader.u16_be("source reference")?;
        let class = reader.u8("class")?;
        Ok(Self { destination_reference, source_reference, class, answer: more(reader)? })
    }
}

/// Reads an optional part: it is there if anything is left. Its errors speak of the part.
fn more<'a, T: Decode<'a>>(reader: &mut Reader<'a>) -> Result<Option<T>, DecodeError> {
    if reader.is_empty() {
        return Ok(None);
    }
    *reader = reader.clone().named(T::NAME);
    T::read(reader).map(Some)
}

/// Refuses the field just read, `width` bytes of it, unless it is 0.
fn zero(found: u16, width: usize, reader: &Reader<'_>, field: &'static str) -> Result<(), DecodeError> {
    if found == 0 { Ok(()) } else { Err(reader.refuse(field, width, found.into(), "0")) }
}

/// Where the first line ends.
fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(LINE_END.len()).position(|window| window == LINE_END)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(routing: Routing) -> ConnectionRequest {
        let negotiation =
            negotiate::Request { flags: negotiate::RequestFlags::default(), protocols: negotiate::Protocols::SSL };
        let routing = Some(routing);
        ConnectionRequest { source_reference: 0, routing, negotiation: Some(negotiation), correlation: None }
    }

    #[test]
    fn a_cookie_that_is_not_unicode_is_kept_as_a_line() {
        let line = b"Cookie: mstshash=M\xfcller".to_vec();
        let request = routed(Routing::Token(line));
        assert_eq!(ConnectionRequest::decode(&request.to_bytes()), Ok(request));
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_to_what_the_length_indicator_allows() {
        let bytes = routed(Routing::Token(vec![b'x'; 300])).to_bytes();
        assert_eq!((bytes.len(), bytes[0]), (255, 254));
        let request = ConnectionRequest::decode(&bytes).unwrap();
        assert_eq!(request.routing, Some(Routing::Token(vec![b'x'; 238])));
    }

    #[test]
    fn a_line_end_inside_a_cookie_ends_the_cookie() {
        let bytes = routed(Routing::Cookie("a\r\nb".to_owned())).to_bytes();
        assert_eq!(ConnectionRequest::decode(&bytes).unwrap().routing, Some(Routing::Cookie("a".to_owned())));
    }
}
