//! HTTP CONNECT, RFC 9110 9.3.6 in the form of RFC 9112: a proxy is asked for a tunnel, and says yes by a status of 2xx.

use crate::codec::{Decode, DecodeError, Encode, Fault, Frame, Reader};

/// A longer header is none.
const LONGEST: usize = 16 * 1024;

/// What every answer begins with.
const VERSION: &[u8] = b"HTTP/1.";

/// What ends the header.
const END: &[u8] = b"\r\n\r\n";

/// Characters of a reason that are kept.
const REASON: usize = 80;

/// The request for a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to, as `host:port`; an IPv6 address in brackets.
    pub authority: String,
}

/// What the proxy answers; of its header the status line alone is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason, in the proxy's words.
    pub reason: String,
}

impl Encode for Request {
    fn encode(&self, out: &mut Vec<u8>) {
        let authority = &self.authority;
        out.extend(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").bytes());
    }
}

impl Response {
    /// Whether the tunnel stands.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

impl Frame for Response {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        let refuse = |field, expected| Err(Reader::new(Self::NAME, prefix).error(field, Fault::Form { expected }));
        if prefix.iter().zip(VERSION).any(|(found, due)| found != due) {
            return refuse("HTTP-version", "HTTP/1.x");
        }
        let end = prefix.windows(END.len()).take(LONGEST).position(|window| window == END);
        match end {
            Some(at) => Ok(Some(at.saturating_add(END.len()))),
            None if prefix.len() > LONGEST => refuse("header", "ended within 16 KiB"),
            None => Ok(None),
        }
    }
}

impl Decode<'_> for Response {
    const NAME: &'static str = "HTTP response to CONNECT";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.bytes("HTTP-version", VERSION.len())?;
        reader.array::<2>("HTTP-version")?;
        let digits = reader.array::<3>("status-code")?;
        let status = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok());
        let no_code = || {
            let at = reader.offset().saturating_sub(digits.len());
            reader.error_at(at, "status-code", Fault::Form { expected: "a number of three digits" })
        };
        let status = status.filter(|_| digits.iter().all(u8::is_ascii_digit)).ok_or_else(no_code)?;
        let line = reader.rest().split(|byte| *byte == b'\r').next().unwrap_or_default();
        let reason = String::from_utf8_lossy(line).trim().chars().filter(|c| !c.is_control()).take(REASON).collect();
        Ok(Self { status, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &[u8] = b"HTTP/1.1 403 Not from here\r\nServer: x\r\n\r\n";

    #[test]
    fn the_request_names_the_target_twice() {
        let request = Request { authority: "srv:3389".to_owned() };
        assert_eq!(request.to_bytes(), b"CONNECT srv:3389 HTTP/1.1\r\nHost: srv:3389\r\n\r\n");
    }

    #[test]
    fn every_truncation_waits_for_the_end_of_the_header() {
        for cut in 0..DENIED.len() {
            assert_eq!(Response::length(&DENIED[..cut]), Ok(None), "{cut}");
            // Whatever is there is read without a panic.
            let _ = Response::decode(&DENIED[..cut]);
        }
        assert_eq!(Response::length(&[DENIED, b"body"].concat()), Ok(Some(DENIED.len())));
        let response = Response { status: 403, reason: "Not from here".to_owned() };
        assert_eq!((Response::decode(DENIED), response.is_success()), (Ok(response), false));
        let bare = Response { status: 200, reason: String::new() };
        assert_eq!((Response::decode(b"HTTP/1.0 200\r\n\r\n"), bare.is_success()), (Ok(bare), true));
    }

    #[test]
    fn what_is_no_answer_is_refused_by_name() {
        let said = Response::length(b"SSH-2.0").unwrap_err().to_string();
        assert_eq!(said, "HTTP response to CONNECT: `HTTP-version` at byte 0 is not HTTP/1.x");
        let said = Response::decode(b"HTTP/1.1 2x0 OK\r\n\r\n").unwrap_err().to_string();
        assert_eq!(said, "HTTP response to CONNECT: `status-code` at byte 9 is not a number of three digits");
    }

    #[test]
    fn a_header_without_an_end_is_refused() {
        let endless = [b"HTTP/1.1 200 OK\r\n".as_slice(), &[b'x'; LONGEST]].concat();
        assert_eq!(Response::length(&endless[..LONGEST]), Ok(None));
        let said = Response::length(&endless).unwrap_err().to_string();
        assert_eq!(said, "HTTP response to CONNECT: `header` at byte 0 is not ended within 16 KiB");
    }
}
