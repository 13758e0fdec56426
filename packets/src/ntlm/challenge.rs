//! The server's answer: who it says it is, and what time it has.

use crate::codec::{Decode, DecodeError, Encode, Reader};

use super::payload::{Payload, Span, oem_bytes, oem_text, utf16_bytes, utf16_text};
use super::{AvPair, CHALLENGE, NegotiateFlags, SIGNATURE, Version, av_pair};

/// `CHALLENGE_MESSAGE`, [MS-NLMP] 2.2.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The domain or server that would check the password.
    pub target_name: String,
    /// What was agreed upon. On the wire, [`NegotiateFlags::VERSION`] follows the version.
    pub flags: NegotiateFlags,
    /// The bytes that a client's proof is made over.
    pub server_challenge: [u8; 8],
    /// The server's names and time, in order, without the end mark.
    pub target_info: Vec<AvPair>,
    /// The server's operating system.
    pub version: Option<Version>,
}

impl Encode for Challenge {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut payload = Payload::at(if self.version.is_some() { 56 } else { 48 });
        let unicode = self.flags.contains(NegotiateFlags::UNICODE);
        let name = if unicode { utf16_bytes(&self.target_name) } else { oem_bytes(&self.target_name) };
        let mut info = Vec::new();
        if self.flags.contains(NegotiateFlags::TARGET_INFO) || !self.target_info.is_empty() {
            av_pair::write_list(&self.target_info, &mut info);
        }
        out.extend(SIGNATURE);
        out.extend(CHALLENGE.to_le_bytes());
        payload.write(out, &name);
        out.extend(self.flags.saying(NegotiateFlags::VERSION, self.version.is_some()).0.to_le_bytes());
        out.extend(self.server_challenge);
        out.extend([0; 8]);
        payload.write(out, &info);
        Version::write(self.version, out);
        payload.finish(out);
    }
}

impl Decode<'_> for Challenge {
    const NAME: &'static str = "NTLM CHALLENGE_MESSAGE";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let whole = reader.clone();
        super::header(reader, CHALLENGE, "2, CHALLENGE")?;
        let name = Span::read(reader, "TargetNameFields")?;
        let flags = NegotiateFlags(reader.u32_le("NegotiateFlags")?);
        let server_challenge = reader.array("ServerChallenge")?;
        reader.bytes("Reserved", 8)?;
        let info = Span::read(reader, "TargetInfoFields")?;
        let version = Version::read(flags, reader)?;
        reader.rest();
        let mut name = name.open(&whole, Self::NAME)?;
        let unicode = flags.contains(NegotiateFlags::UNICODE);
        Ok(Self {
            target_name: if unicode { utf16_text(&mut name, "TargetName")? } else { oem_text(name.rest()) },
            flags,
            server_challenge,
            target_info: av_pair::read_list(&mut info.open(&whole, Self::NAME)?)?,
            version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Encode;

    fn challenge() -> Vec<u8> {
        let flags = NegotiateFlags::UNICODE.with(NegotiateFlags::TARGET_INFO);
        let target_info = vec![AvPair::NetbiosComputer("HOST".into())];
        let version = Some(Version { major: 10, minor: 0, build: 20348, revision: 15 });
        Challenge { target_name: "HOST".into(), flags, server_challenge: [1; 8], target_info, version }.to_bytes()
    }

    #[test]
    fn an_offset_outside_the_message_is_refused_at_the_offset() {
        for (offset, field) in [(16, "TargetNameFields"), (44, "TargetInfoFields")] {
            let mut bytes = challenge();
            bytes[offset..offset + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            let said = Challenge::decode(&bytes).unwrap_err().to_string();
            let place = format!("NTLM CHALLENGE_MESSAGE: `{field}` at byte {offset} holds 0xffffffff, not inside");
            assert!(said.starts_with(&place), "{said}");
        }
    }

    #[test]
    fn an_answer_of_another_type_is_named() {
        let mut bytes = challenge();
        bytes[8] = 3;
        let said = Challenge::decode(&bytes).unwrap_err().to_string();
        assert_eq!(said, "NTLM CHALLENGE_MESSAGE: `MessageType` at byte 8 holds 0x03, not 2, CHALLENGE");
    }
}
