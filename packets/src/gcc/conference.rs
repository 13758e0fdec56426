use super::{ClientData, ServerData};
use crate::asn1::per;
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader};
use crate::open::open_enum;

/// `ConnectData`: the object identifier of T.124, 0.0.20.124.0.1, as the key of what follows.
const T124: [u8; 7] = [0x00, 0x05, 0x00, 0x14, 0x7c, 0x00, 0x01];

/// A Conference Create Request with user data and nothing else, for the conference "1"; one set of user data, whose key
/// is the client's.
const REQUEST: [u8; 12] = *b"\x00\x08\x00\x10\x00\x01\xc0\x00Duca";

/// The same length in front of every Conference Create Response. It is not the response's, and nobody reads it.
const RESPONSE_LENGTH: u8 = 0x2a;

/// Choice 1 with user data: a Conference Create Response.
const RESPONSE: u8 = 0x14;

/// One set of user data, whose key is the server's.
const RESPONSE_DATA: [u8; 7] = *b"\x01\xc0\x00McDn";

/// The smallest node number.
const FIRST_NODE: u16 = 1001;

open_enum! {
    /// The `result` of a [`ConferenceCreateResponse`], [T.124] section 8.7.
    Outcome: u8 {
        /// The conference is there.
        SUCCESS = 0, "success";
        /// The other side did not want it.
        USER_REJECTED = 1, "userRejected";
        /// The server has no room for it.
        RESOURCES_NOT_AVAILABLE = 2, "resourcesNotAvailable";
        /// Both sides asked at once.
        REJECTED_FOR_SYMMETRY_BREAKING = 3, "rejectedForSymmetryBreaking";
        /// The server cannot lock a conference.
        LOCKED_CONFERENCE_NOT_SUPPORTED = 4, "lockedConferenceNotSupported";
    }
}

/// GCC Conference Create Request, [T.124] section 8.7 and [MS-RDPBCGR] 2.2.1.3: around the client's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConferenceCreateRequest {
    /// The settings.
    pub data: ClientData,
}

impl Encode for ConferenceCreateRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut connect_pdu = REQUEST.to_vec();
        put_data(&mut connect_pdu, &self.data);
        out.extend(T124);
        per::put_length(out, connect_pdu.len());
        out.extend(connect_pdu);
    }
}

impl<'a> Decode<'a> for ConferenceCreateRequest {
    const NAME: &'static str = "GCC Conference Create Request";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        fixed(reader, "t124Identifier", T124, "T.124's object identifier")?;
        let length = per::length(reader, "connectPDU")?;
        let mut connect_pdu = reader.nested(Self::NAME, "connectPDU", length)?;
        fixed(&mut connect_pdu, "conferenceCreateRequest", REQUEST, "the request that RDP clients make")?;
        let data = data(&mut connect_pdu)?;
        connect_pdu.finish()?;
        Ok(Self { data })
    }
}

/// GCC Conference Create Response, [T.124] section 8.7 and [MS-RDPBCGR] 2.2.1.4: around the server's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConferenceCreateResponse {
    /// The server's number in the conference, counted from 1001; Windows sends 31219.
    pub node_id: u16,
    /// What the server calls the conference; Windows sends 1.
    pub tag: i8,
    /// Whether the conference is there.
    pub result: Outcome,
    /// The settings.
    pub data: ServerData,
}

impl Encode for ConferenceCreateResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(T124);
        out.extend([RESPONSE_LENGTH, RESPONSE]);
        out.extend(self.node_id.saturating_sub(FIRST_NODE).to_be_bytes());
        let [tag] = self.tag.to_be_bytes();
        out.extend([1, tag, self.result.0 << 4]);
        out.extend(RESPONSE_DATA);
        put_data(out, &self.data);
    }
}

impl<'a> Decode<'a> for ConferenceCreateResponse {
    const NAME: &'static str = "GCC Conference Create Response";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        fixed(reader, "t124Identifier", T124, "T.124's object identifier")?;
        per::length(reader, "connectPDU")?;
        fixed(reader, "ConnectGCCPDU", [RESPONSE], "0x14, a Conference Create Response")?;
        let node_id = reader.u16_be("nodeID")?.saturating_add(FIRST_NODE);
        fixed(reader, "tag", [1], "of one byte")?;
        let tag = i8::from_be_bytes(reader.array("tag")?);
        let result = Outcome(reader.u8("result")? >> 4);
        fixed(reader, "userData", RESPONSE_DATA, "one set with the key McDn")?;
        Ok(Self { node_id, tag, result, data: data(reader)? })
    }
}

/// Writes the settings behind a length of them.
fn put_data(out: &mut Vec<u8>, data: &impl Encode) {
    let data = data.to_bytes();
    per::put_length(out, data.len());
    out.extend(data);
}

/// Reads the settings behind a length of them.
fn data<'a, T: Decode<'a>>(reader: &mut Reader<'a>) -> Result<T, DecodeError> {
    let length = per::length(reader, "userData")?;
    T::whole(reader.nested(T::NAME, "userData", length)?)
}

/// Reads a field that is always the same.
fn fixed<const N: usize>(
    reader: &mut Reader<'_>,
    field: &'static str,
    value: [u8; N],
    expected: &'static str,
) -> Result<(), DecodeError> {
    let start = reader.offset();
    if reader.array(field)? == value { Ok(()) } else { Err(reader.error_at(start, field, Fault::Form { expected })) }
}
