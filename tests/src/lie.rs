//! Bytes that are not the answer: another service's first words, or the answer with one thing wrong in it.

use std::fmt;

use rdp_packets::negotiate::Protocols;
use rdp_packets::ntlm;
use serde::Deserialize;

use crate::act::Step;

/// What a form without meaning is filled with.
const NOISE: u8 = 0x5a;

/// The bytes of a TPKT header, and of the header of a `TSRequest` longer than 255 bytes.
const FRAME: usize = 4;

/// Where the length stands in a TPKT header.
const TPKT_LENGTH: usize = 2;

/// The bytes of a TLS record's header.
const RECORD: usize = 5;

/// Where the offset of `TargetInfo` stands in an NTLM challenge, [MS-NLMP] 2.2.1.2.
const TARGET_INFO_OFFSET: usize = 44;

/// Where the number of the channel stands in a Channel Join Confirm, and in data on a channel.
const JOINED_CHANNEL: usize = 13;
const CHANNEL: usize = 10;

/// A channel that nobody has joined.
const UNJOINED: u16 = 0x2bad;

/// Where the length stands in a Connect Response, and in an auto-detection message.
const CONNECT_LENGTH: usize = 9;
const AUTO_DETECT_LENGTH: usize = 0;

/// Where the number of the share stands in a message of a share, and its length; the length of a licensing message.
const SHARE_ID: usize = 6;
const SHARE_LENGTH: usize = 0;
const LICENSING_LENGTH: usize = 2;

/// A share that there is not.
const WRONG_SHARE: u32 = 0x0bad_0bad;

/// Bytes that are not the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// An SSH server's greeting.
    Ssh,
    /// A web server's answer.
    Http,
    /// A TLS alert where no TLS is due.
    TlsAlert,
    /// An SMB negotiation response.
    Smb,
    /// A VNC server's greeting.
    Vnc,
    /// A line of text that nobody knows.
    Text,
    /// The answer's own frame with nothing of sense in it.
    Framed,
    /// The answer with this length in its TPKT header.
    Length(u16),
    /// The answer with a `TSRequest` of 2 GiB announced in front of it.
    DerOuter,
    /// The answer with a field that is longer than the `TSRequest` around it.
    DerInner,
    /// The answer with an NTLM field outside the message.
    NtlmOffset,
    /// The answer with a selection that no client was known to offer when RDP 10 came: RDSTLS.
    Unoffered,
    /// The answer on a channel that nobody has joined, or the join of one that nobody has asked for.
    WrongChannel,
    /// The answer with its last byte changed behind its signature: at `authenticate` the server's public key.
    WrongMac,
    /// The answer in a share that there is not.
    WrongShare,
    /// The answer with a length in it that is longer than the packet.
    Oversized,
    /// The answer without the last byte of its message, in a packet of the right length.
    Cut,
    /// A message long before it is due: a Channel Join Confirm before the Attach User Confirm, else the Font Map PDU.
    Early,
    /// The Demand Active PDU, and only then the answer.
    Swapped,
    /// The answer again and again, up to 1 GiB.
    Repeated,
    /// Up to 1 GiB of what nobody awaits: packets of the greatest length, and inside a session greetings.
    Endless,
}

impl Lie {
    /// Whether the lie can be told at a step.
    pub fn belongs(self, step: Step) -> bool {
        match self {
            Self::Ssh | Self::Http | Self::TlsAlert | Self::Smb | Self::Vnc | Self::Text => true,
            Self::Framed => !matches!(step, Step::Connect | Step::EarlyAuth | Step::Security),
            Self::Length(_) => step == Step::Negotiate || (step >= Step::Settings && step != Step::Security),
            Self::DerOuter | Self::DerInner | Self::NtlmOffset => step == Step::Credssp,
            Self::Unoffered => step == Step::Negotiate,
            Self::WrongChannel => step >= Step::Joins && step != Step::Security,
            Self::WrongMac => step == Step::Authenticate || step >= Step::Logon,
            Self::WrongShare => step >= Step::Finalization,
            Self::Oversized => matches!(
                step,
                Step::Settings
                    | Step::Logon
                    | Step::Licensing
                    | Step::Challenge
                    | Step::Capabilities
                    | Step::Finalization
            ),
            Self::Cut => step >= Step::Settings && step != Step::Security,
            Self::Early | Self::Repeated => {
                step >= Step::Channels && step < Step::Finalization && step != Step::Security
            }
            Self::Swapped => step == Step::Licensing,
            Self::Endless => matches!(step, Step::Connect | Step::Negotiate | Step::Tls) || step >= Step::Logon,
        }
    }

    /// What stands inside MCS and encryption, for a step whose answer would have been `truth`.
    pub fn inside(self, step: Step, truth: Vec<u8>) -> Vec<u8> {
        match (self, step) {
            (Self::WrongShare, _) => with(truth, SHARE_ID, &WRONG_SHARE.to_le_bytes()),
            (Self::Oversized, Step::Licensing | Step::Challenge) => {
                with(truth, LICENSING_LENGTH, &u16::MAX.to_le_bytes())
            }
            (Self::Oversized, Step::Logon) => with(truth, AUTO_DETECT_LENGTH, &[u8::MAX]),
            (Self::Oversized, _) => with(truth, SHARE_LENGTH, &u16::MAX.to_le_bytes()),
            (Self::Cut, _) => cut(truth),
            _ => truth,
        }
    }

    /// Whether the bytes are to be sent again and again.
    pub fn is_endless(self) -> bool {
        matches!(self, Self::Repeated | Self::Endless)
    }

    /// The bytes, for a step whose answer would have been `truth`; of an endless lie, what is to be repeated.
    pub fn bytes(self, step: Step, mut truth: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Ssh => b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".to_vec(),
            Self::Http => b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
            Self::TlsAlert => b"\x15\x03\x01\x00\x02\x02\x46".to_vec(),
            Self::Smb => [b"\x00\x00\x00\x40\xfeSMB".as_slice(), &[0; 60]].concat(),
            Self::Vnc => b"RFB 003.008\n".to_vec(),
            Self::Text => b"-ERR unknown command\r\n".to_vec(),
            Self::Framed => {
                let header = if matches!(step, Step::Tls | Step::Finished) { RECORD } else { FRAME };
                truth.iter_mut().skip(header).for_each(|byte| *byte = NOISE);
                truth
            }
            Self::Length(length) => with(truth, TPKT_LENGTH, &length.to_be_bytes()),
            Self::DerOuter => [b"\x30\x84\x7f\xff\xff\xff".as_slice(), &truth].concat(),
            Self::DerInner => with(truth, FRAME + 1, &[0x84]),
            Self::NtlmOffset => {
                let start = truth.windows(ntlm::SIGNATURE.len()).position(|bytes| bytes == ntlm::SIGNATURE);
                with(truth, start.unwrap_or_default() + TARGET_INFO_OFFSET, &u32::MAX.to_le_bytes())
            }
            Self::Unoffered => {
                let selection = truth.len().saturating_sub(size_of::<u32>());
                with(truth, selection, &Protocols::RDSTLS.0.to_le_bytes())
            }
            Self::WrongChannel => {
                with(truth, if step == Step::Joins { JOINED_CHANNEL } else { CHANNEL }, &UNJOINED.to_be_bytes())
            }
            Self::WrongMac => {
                let last = truth.len().saturating_sub(1);
                let changed = truth.last().map_or(0, |byte| !byte);
                with(truth, last, &[changed])
            }
            Self::Cut if step < Step::Logon => {
                let cut = cut(truth);
                let length = u16::try_from(cut.len()).unwrap_or(u16::MAX);
                with(cut, TPKT_LENGTH, &length.to_be_bytes())
            }
            Self::Oversized if step == Step::Settings => with(truth, CONNECT_LENGTH, &[0x82, 0xff, 0xff]),
            // What is wrong about them stands inside, or in their order.
            Self::WrongShare | Self::Oversized | Self::Cut | Self::Early | Self::Swapped | Self::Repeated => truth,
            Self::Endless if step >= Step::Logon => truth,
            Self::Endless => [b"\x03\x00\xff\xff".as_slice(), &vec![NOISE; 0xffff - FRAME]].concat(),
        }
    }
}

/// The bytes with `patch` at `offset`.
fn with(mut bytes: Vec<u8>, offset: usize, patch: &[u8]) -> Vec<u8> {
    for (byte, patch) in bytes.iter_mut().skip(offset).zip(patch) {
        *byte = *patch;
    }
    bytes
}

/// The bytes without their last.
fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.pop();
    bytes
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ssh => f.write_str("ssh"),
            Self::Http => f.write_str("http"),
            Self::TlsAlert => f.write_str("tls_alert"),
            Self::Smb => f.write_str("smb"),
            Self::Vnc => f.write_str("vnc"),
            Self::Text => f.write_str("text"),
            Self::Framed => f.write_str("framed"),
            Self::Length(length) => write!(f, "length {length}"),
            Self::DerOuter => f.write_str("der_outer"),
            Self::DerInner => f.write_str("der_inner"),
            Self::NtlmOffset => f.write_str("ntlm_offset"),
            Self::Unoffered => f.write_str("unoffered"),
            Self::WrongChannel => f.write_str("wrong_channel"),
            Self::WrongMac => f.write_str("wrong_mac"),
            Self::WrongShare => f.write_str("wrong_share"),
            Self::Oversized => f.write_str("oversized"),
            Self::Cut => f.write_str("cut"),
            Self::Early => f.write_str("early"),
            Self::Swapped => f.write_str("swapped"),
            Self::Repeated => f.write_str("repeated"),
            Self::Endless => f.write_str("endless"),
        }
    }
}
