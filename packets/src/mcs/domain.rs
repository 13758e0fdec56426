use super::Outcome;
use super::ultimatum::DisconnectProviderUltimatum;
use crate::asn1::per;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

/// The smallest user number; PER counts from it.
const FIRST_USER: u16 = 1001;

/// The choices of a domain PDU, as they stand in the upper six bits of its first byte.
const ERECT_DOMAIN_REQUEST: u8 = 1;
const DISCONNECT_PROVIDER_ULTIMATUM: u8 = 8;
const ATTACH_USER_REQUEST: u8 = 10;
const ATTACH_USER_CONFIRM: u8 = 11;
const CHANNEL_JOIN_REQUEST: u8 = 14;
const CHANNEL_JOIN_CONFIRM: u8 = 15;
const SEND_DATA_REQUEST: u8 = 25;
const SEND_DATA_INDICATION: u8 = 26;

/// Marks data that begins and ends in this PDU, behind the two bits of the priority.
const WHOLE: u8 = 0x30;

open_enum! {
    /// How urgent data is, [T.125] section 7 part 3.
    Priority: u8 {
        /// Before everything else.
        TOP = 0, "top";
        /// What RDP uses for everything.
        HIGH = 1, "high";
        /// Below high.
        MEDIUM = 2, "medium";
        /// After everything else.
        LOW = 3, "low";
    }
}

/// Data on a channel, which both directions write alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendData<'a> {
    /// The user who sends it, 1001 at least.
    pub initiator: u16,
    /// The channel that it is sent on.
    pub channel_id: u16,
    /// How urgent it is, 0 to 3: what is above is cut to two bits.
    pub priority: Priority,
    /// The data, 16383 bytes at most: PER would split more, and RDP never does.
    pub user_data: &'a [u8],
}

impl<'a> SendData<'a> {
    /// Data as everybody sends it.
    pub const fn new(initiator: u16, channel_id: u16, user_data: &'a [u8]) -> Self {
        Self { initiator, channel_id, priority: Priority::HIGH, user_data }
    }
}

/// What goes over a connected domain in either direction, [T.125] section 7: the messages that RDP uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainPdu<'a> {
    /// Client MCS Erect Domain Request PDU, [MS-RDPBCGR] 2.2.1.5.
    ErectDomainRequest {
        /// Height of the tree of providers below the sender, 0 in RDP.
        sub_height: u32,
        /// Time between throughput reports, 0 in RDP.
        sub_interval: u32,
    },
    /// Client MCS Attach User Request PDU, [MS-RDPBCGR] 2.2.1.6.
    AttachUserRequest,
    /// Server MCS Attach User Confirm PDU, [MS-RDPBCGR] 2.2.1.7.
    AttachUserConfirm {
        /// Whether the user is attached, 0 to 15: what is above is cut to four bits.
        result: Outcome,
        /// The user's number, which is a channel too; 1001 at least.
        initiator: Option<u16>,
    },
    /// Client MCS Channel Join Request PDU, [MS-RDPBCGR] 2.2.1.8.
    ChannelJoinRequest {
        /// The user who joins.
        initiator: u16,
        /// The channel to join.
        channel_id: u16,
    },
    /// Server MCS Channel Join Confirm PDU, [MS-RDPBCGR] 2.2.1.9.
    ChannelJoinConfirm {
        /// Whether the channel is joined, 0 to 15: what is above is cut to four bits.
        result: Outcome,
        /// The user who asked.
        initiator: u16,
        /// The channel that was asked for.
        requested: u16,
        /// The channel that was joined.
        channel_id: Option<u16>,
    },
    /// MCS Send Data Request, from client to server.
    SendDataRequest(SendData<'a>),
    /// MCS Send Data Indication, from server to client.
    SendDataIndication(SendData<'a>),
    /// MCS Disconnect Provider Ultimatum PDU, [MS-RDPBCGR] 2.2.2.3.
    DisconnectProviderUltimatum(DisconnectProviderUltimatum),
}

impl DomainPdu<'_> {
    /// What the message is called.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::ErectDomainRequest { .. } => "MCS Erect Domain Request",
            Self::AttachUserRequest => "MCS Attach User Request",
            Self::AttachUserConfirm { .. } => "MCS Attach User Confirm",
            Self::ChannelJoinRequest { .. } => "MCS Channel Join Request",
            Self::ChannelJoinConfirm { .. } => "MCS Channel Join Confirm",
            Self::SendDataRequest(_) => "MCS Send Data Request",
            Self::SendDataIndication(_) => "MCS Send Data Indication",
            Self::DisconnectProviderUltimatum(_) => DisconnectProviderUltimatum::NAME,
        }
    }
}

impl Encode for DomainPdu<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::ErectDomainRequest { sub_height, sub_interval } => {
                out.push(ERECT_DOMAIN_REQUEST << 2);
                per::put_integer(out, sub_height);
                per::put_integer(out, sub_interval);
            }
            Self::AttachUserRequest => out.push(ATTACH_USER_REQUEST << 2),
            Self::AttachUserConfirm { result, initiator } => {
                put_result(out, ATTACH_USER_CONFIRM, result, initiator.is_some());
                out.extend(initiator.into_iter().flat_map(user));
            }
            Self::ChannelJoinRequest { initiator, channel_id } => {
                out.push(CHANNEL_JOIN_REQUEST << 2);
                out.extend(user(initiator));
                out.extend(channel_id.to_be_bytes());
            }
            Self::ChannelJoinConfirm { result, initiator, requested, channel_id } => {
                put_result(out, CHANNEL_JOIN_CONFIRM, result, channel_id.is_some());
                out.extend(user(initiator));
                out.extend(requested.to_be_bytes());
                out.extend(channel_id.into_iter().flat_map(u16::to_be_bytes));
            }
            Self::SendDataRequest(data) => put_data(out, SEND_DATA_REQUEST, data),
            Self::SendDataIndication(data) => put_data(out, SEND_DATA_INDICATION, data),
            Self::DisconnectProviderUltimatum(ultimatum) => ultimatum.encode(out),
        }
    }
}

impl<'a> Decode<'a> for DomainPdu<'a> {
    const NAME: &'static str = "MCS DomainMCSPDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let choice = reader.peek().map(|[first]| first >> 2);
        if choice == Some(DISCONNECT_PROVIDER_ULTIMATUM) {
            *reader = reader.clone().named(DisconnectProviderUltimatum::NAME);
            return Decode::read(reader).map(Self::DisconnectProviderUltimatum);
        }
        let first = reader.u8("choice")?;
        let present = first & 0x02 != 0;
        let mut named = |name| *reader = reader.clone().named(name);
        match first >> 2 {
            ERECT_DOMAIN_REQUEST => {
                named("MCS Erect Domain Request");
                let sub_height = per::integer(reader, "subHeight")?;
                Ok(Self::ErectDomainRequest { sub_height, sub_interval: per::integer(reader, "subInterval")? })
            }
            ATTACH_USER_REQUEST => Ok(Self::AttachUserRequest),
            ATTACH_USER_CONFIRM => {
                named("MCS Attach User Confirm");
                let result = result(reader, first)?;
                let initiator = if present { Some(initiator(reader)?) } else { None };
                Ok(Self::AttachUserConfirm { result, initiator })
            }
            CHANNEL_JOIN_REQUEST => {
                named("MCS Channel Join Request");
                Ok(Self::ChannelJoinRequest { initiator: initiator(reader)?, channel_id: reader.u16_be("channelId")? })
            }
            CHANNEL_JOIN_CONFIRM => {
                named("MCS Channel Join Confirm");
                Ok(Self::ChannelJoinConfirm {
                    result: result(reader, first)?,
                    initiator: initiator(reader)?,
                    requested: reader.u16_be("requested")?,
                    channel_id: if present { Some(reader.u16_be("channelId")?) } else { None },
                })
            }
            SEND_DATA_REQUEST => {
                named("MCS Send Data Request");
                data(reader).map(Self::SendDataRequest)
            }
            SEND_DATA_INDICATION => {
                named("MCS Send Data Indication");
                data(reader).map(Self::SendDataIndication)
            }
            _ => {
                Err(reader.refuse("choice", 1, first.into(), "a choice that RDP uses: 1, 8, 10, 11, 14, 15, 25 or 26"))
            }
        }
    }
}

/// Writes the choice, whether the optional field is there, and the result's four bits.
fn put_result(out: &mut Vec<u8>, choice: u8, result: Outcome, present: bool) {
    let [.., result] = result.0.to_be_bytes();
    out.push(choice << 2 | u8::from(present) << 1 | result >> 3 & 0x01);
    out.push(result << 5);
}

/// Reads the result, whose first bit stands in the byte that was read already.
fn result(reader: &mut Reader<'_>, first: u8) -> Result<Outcome, DecodeError> {
    let second = reader.u8("result")?;
    Ok(Outcome(u32::from((first & 0x01) << 3 | second >> 5)))
}

/// A user's number as PER has it.
fn user(number: u16) -> [u8; 2] {
    number.saturating_sub(FIRST_USER).to_be_bytes()
}

fn initiator(reader: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let above = reader.u16_be("initiator")?;
    above.checked_add(FIRST_USER).ok_or_else(|| reader.refuse("initiator", 2, above.into(), "64534 at most"))
}

fn put_data(out: &mut Vec<u8>, choice: u8, data: SendData<'_>) {
    out.push(choice << 2);
    out.extend(user(data.initiator));
    out.extend(data.channel_id.to_be_bytes());
    out.push(data.priority.0 << 6 | WHOLE);
    let user_data = data.user_data.get(..per::LONGEST).unwrap_or(data.user_data);
    per::put_length(out, user_data.len());
    out.extend(user_data);
}

fn data<'a>(reader: &mut Reader<'a>) -> Result<SendData<'a>, DecodeError> {
    let initiator = initiator(reader)?;
    let channel_id = reader.u16_be("channelId")?;
    let how = reader.u8("dataPriority and segmentation")?;
    if how & WHOLE != WHOLE {
        let expected = "data in one piece: RDP never splits it";
        return Err(reader.refuse("segmentation", 1, how.into(), expected));
    }
    let length = per::length(reader, "userData")?;
    Ok(SendData { initiator, channel_id, priority: Priority(how >> 6), user_data: reader.bytes("userData", length)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_that_rdp_does_not_use_are_refused_by_their_number() {
        let said = DomainPdu::decode(&[0x24, 0]).unwrap_err().to_string();
        let begin = "MCS DomainMCSPDU: `choice` at byte 0 holds 0x24, not a choice that RDP uses: 1, 8,";
        assert!(said.starts_with(begin), "{said}");
    }

    #[test]
    fn errors_speak_of_the_message_that_the_choice_names() {
        for (bytes, said) in [
            (&[0x2e, 0, 0][..], "MCS Attach User Confirm: `initiator` at byte 2 needs 2 bytes, 1 are left"),
            (
                &[0x68, 0, 1, 3, 0xeb, 0x50, 0],
                "MCS Send Data Indication: `segmentation` at byte 5 holds 0x50, not data in one piece: RDP never splits it",
            ),
            (
                &[0x38, 0xff, 0xff, 0, 0],
                "MCS Channel Join Request: `initiator` at byte 1 holds 0xffff, not 64534 at most",
            ),
            (&[0x21], "MCS Disconnect Provider Ultimatum: `reason` at byte 1 needs 1 bytes, 0 are left"),
        ] {
            assert_eq!(DomainPdu::decode(bytes).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn every_result_that_fits_four_bits_comes_back() {
        for code in 0..16 {
            let confirm = DomainPdu::AttachUserConfirm { result: Outcome(code), initiator: None };
            assert_eq!(DomainPdu::decode(&confirm.to_bytes()), Ok(confirm));
        }
    }
}
