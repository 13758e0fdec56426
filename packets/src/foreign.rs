//! First bytes that are not RDP: which other service answers at this port. Its facts are the openings of those
//! services' own protocols.

/// Another service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// SSH: a line that begins with `SSH-`.
    Ssh,
    /// HTTP: a status line, a request line, or a page with neither.
    Http,
    /// TLS at once, without X.224 in front of it: an alert, or a handshake.
    Tls,
    /// SMB, behind the four bytes of `NetBIOS`.
    Smb,
    /// VNC: a line that begins with `RFB `.
    Vnc,
    /// FTP or SMTP, which greet alike: a line that begins with `220`.
    FtpOrSmtp,
    /// `MySQL` or `MariaDB`: a handshake of version 10, or an error where it stands.
    MySql,
    /// Anything else that is plain text.
    Text,
}

/// How text begins, and whose it is.
const OPENINGS: &[(&[u8], Service)] = &[
    (b"SSH-", Service::Ssh),
    (b"HTTP", Service::Http),
    (b"GET ", Service::Http),
    (b"HEAD", Service::Http),
    (b"POST", Service::Http),
    (b"PUT ", Service::Http),
    (b"OPTIONS ", Service::Http),
    (b"CONNECT ", Service::Http),
    (b"PRI * HTTP/2", Service::Http),
    (b"<!DOCTYPE", Service::Http),
    (b"<!doctype", Service::Http),
    (b"<html", Service::Http),
    (b"<HTML", Service::Http),
    (b"RFB ", Service::Vnc),
    (b"220 ", Service::FtpOrSmtp),
    (b"220-", Service::FtpOrSmtp),
];

/// Text is called text from this many characters on: fewer could be anything.
const FEWEST_CHARACTERS: usize = 4;

impl Service {
    /// The service's name, as it stands in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssh => "SSH",
            Self::Http => "HTTP",
            Self::Tls => "TLS without X.224",
            Self::Smb => "SMB",
            Self::Vnc => "VNC",
            Self::FtpOrSmtp => "FTP or SMTP",
            Self::MySql => "MySQL",
            Self::Text => "plain text",
        }
    }
}

/// Which other service's first bytes these are. `None` for RDP's own, for what nobody here knows, and while too few
/// bytes are there to tell.
pub fn recognise(first: &[u8]) -> Option<Service> {
    let opening = OPENINGS.iter().find(|(opening, _)| first.starts_with(opening)).map(|(_, service)| *service);
    opening.or(match first {
        [0x15 | 0x16, 3, 0..=4, ..] => Some(Service::Tls),
        [0, _, _, _, 0xfd..=0xff, b'S', b'M', b'B', ..] => Some(Service::Smb),
        [_, _, 0, 0, 10 | 0xff, ..] => Some(Service::MySql),
        _ if first.len() >= FEWEST_CHARACTERS && first.iter().copied().all(is_text) => Some(Service::Text),
        _ => None,
    })
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || b" \t\r\n".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_told_by_their_first_bytes() {
        for (first, service) in [
            (&b"SSH-2.0-OpenSSH_9.2"[..], Service::Ssh),
            (b"HTTP/1.1 400 Bad Request\r\n", Service::Http),
            (b"<html><head>", Service::Http),
            (b"\x15\x03\x01\x00\x02\x02\x46", Service::Tls),
            (b"\x16\x03\x03\x00\x7a", Service::Tls),
            (b"\x00\x00\x00\x54\xffSMB", Service::Smb),
            (b"\x00\x00\x00\x54\xfeSMB", Service::Smb),
            (b"RFB 003.008\n", Service::Vnc),
            (b"220 mail ESMTP\r\n", Service::FtpOrSmtp),
            (b"\x4a\x00\x00\x00\x0a8.0.36", Service::MySql),
            (b"-ERR unknown command\r\n", Service::Text),
        ] {
            assert_eq!(recognise(first), Some(service), "{}", first.escape_ascii());
        }
    }

    #[test]
    fn rdp_itself_and_what_nobody_knows_are_no_other_service() {
        for first in [&b""[..], b"SS", b"\x03\x00\x00\x13\x0e\xd0", b"\x16\x03", b"\xde\xad\xbe\xef\x00\x00"] {
            assert_eq!(recognise(first), None, "{}", first.escape_ascii());
        }
    }
}
