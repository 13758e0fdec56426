use crate::asn1::ber::{self, Tag};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::gcc::{ClientData, ConferenceCreateRequest, ConferenceCreateResponse};
use crate::negotiate::Protocols;
use crate::open::open_enum;

const CONNECT_INITIAL: Tag = Tag { octets: &[0x7f, 0x65], name: "0x7f65, Connect-Initial" };
const CONNECT_RESPONSE: Tag = Tag { octets: &[0x7f, 0x66], name: "0x7f66, Connect-Response" };

open_enum! {
    /// The `result` of a [`ConnectResponse`], [T.125] section 7 part 3.
    Outcome: u32 {
        /// The domain is there.
        SUCCESSFUL = 0, "rt-successful";
        /// The domains are being merged.
        DOMAIN_MERGING = 1, "rt-domain-merging";
        /// The connection would close a circle.
        DOMAIN_NOT_HIERARCHICAL = 2, "rt-domain-not-hierarchical";
        /// There is no such channel.
        NO_SUCH_CHANNEL = 3, "rt-no-such-channel";
        /// There is no such domain.
        NO_SUCH_DOMAIN = 4, "rt-no-such-domain";
        /// There is no such user.
        NO_SUCH_USER = 5, "rt-no-such-user";
        /// The user is kept out.
        NOT_ADMITTED = 6, "rt-not-admitted";
        /// The user goes by another number.
        OTHER_USER_ID = 7, "rt-other-user-id";
        /// The domain parameters cannot be met.
        PARAMETERS_UNACCEPTABLE = 8, "rt-parameters-unacceptable";
        /// Somebody else holds the token.
        TOKEN_NOT_AVAILABLE = 9, "rt-token-not-available";
        /// The user does not hold the token.
        TOKEN_NOT_POSSESSED = 10, "rt-token-not-possessed";
        /// No channel is free.
        TOO_MANY_CHANNELS = 11, "rt-too-many-channels";
        /// No token is free.
        TOO_MANY_TOKENS = 12, "rt-too-many-tokens";
        /// No user number is free.
        TOO_MANY_USERS = 13, "rt-too-many-users";
        /// The server gives no reason.
        UNSPECIFIED_FAILURE = 14, "rt-unspecified-failure";
        /// The other side did not want the user.
        USER_REJECTED = 15, "rt-user-rejected";
    }
}

/// What an MCS domain can hold, [T.125] section 7 part 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainParameters {
    /// Channels in use at one time.
    pub max_channel_ids: u32,
    /// Users attached at one time.
    pub max_user_ids: u32,
    /// Tokens in use at one time.
    pub max_token_ids: u32,
    /// Priorities of data.
    pub num_priorities: u32,
    /// Throughput, bytes a second; 0 for no promise.
    pub min_throughput: u32,
    /// Height of the tree of providers.
    pub max_height: u32,
    /// Size of a message, bytes.
    pub max_mcs_pdu_size: u32,
    /// Version of the protocol; 2 in RDP.
    pub protocol_version: u32,
}

impl DomainParameters {
    /// What an RDP client aims at.
    pub const TARGET: Self = Self {
        max_channel_ids: 34,
        max_user_ids: 2,
        max_token_ids: 0,
        num_priorities: 1,
        min_throughput: 0,
        max_height: 1,
        max_mcs_pdu_size: 65535,
        protocol_version: 2,
    };

    /// The least that an RDP client can do with.
    pub const MINIMUM: Self =
        Self { max_channel_ids: 1, max_user_ids: 1, max_token_ids: 1, max_mcs_pdu_size: 1056, ..Self::TARGET };

    /// The most that an RDP client can make use of.
    pub const MAXIMUM: Self =
        Self { max_channel_ids: 65535, max_user_ids: 64535, max_token_ids: 65535, ..Self::TARGET };

    /// Writes the parameters, each by `integer`: the two sides differ in how they write large ones.
    fn encode(self, out: &mut Vec<u8>, integer: fn(&mut Vec<u8>, ber::Tag, u32)) {
        ber::put(out, ber::SEQUENCE, |out| {
            for value in [
                self.max_channel_ids,
                self.max_user_ids,
                self.max_token_ids,
                self.num_priorities,
                self.min_throughput,
                self.max_height,
                self.max_mcs_pdu_size,
                self.protocol_version,
            ] {
                integer(out, ber::INTEGER, value);
            }
        });
    }

    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let mut content = ber::open(reader, "MCS DomainParameters", field, ber::SEQUENCE)?;
        let mut next = |field| ber::unsigned(&mut content, field, ber::INTEGER);
        let parameters = Self {
            max_channel_ids: next("maxChannelIds")?,
            max_user_ids: next("maxUserIds")?,
            max_token_ids: next("maxTokenIds")?,
            num_priorities: next("numPriorities")?,
            min_throughput: next("minThroughput")?,
            max_height: next("maxHeight")?,
            max_mcs_pdu_size: next("maxMCSPDUsize")?,
            protocol_version: next("protocolVersion")?,
        };
        content.finish()?;
        Ok(parameters)
    }
}

/// Client MCS Connect Initial PDU with GCC Conference Create Request, [MS-RDPBCGR] 2.2.1.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectInitial {
    /// Names the caller's domain; everybody sends a single 1.
    pub calling_domain_selector: Vec<u8>,
    /// Names the called domain; everybody sends a single 1.
    pub called_domain_selector: Vec<u8>,
    /// Whether the called side is the higher one in the tree.
    pub upward_flag: bool,
    /// What the client aims at.
    pub target_parameters: DomainParameters,
    /// The least that it can do with.
    pub minimum_parameters: DomainParameters,
    /// The most that it can make use of.
    pub maximum_parameters: DomainParameters,
    /// The client's settings.
    pub user_data: ConferenceCreateRequest,
}

impl ConnectInitial {
    /// What this project's client sends once the server has selected a protocol; `name` is the client computer's.
    pub fn new(selected: Protocols, name: &str) -> Self {
        Self {
            calling_domain_selector: vec![1],
            called_domain_selector: vec![1],
            upward_flag: true,
            target_parameters: DomainParameters::TARGET,
            minimum_parameters: DomainParameters::MINIMUM,
            maximum_parameters: DomainParameters::MAXIMUM,
            user_data: ConferenceCreateRequest { data: ClientData::new(selected, name) },
        }
    }
}

impl Encode for ConnectInitial {
    fn encode(&self, out: &mut Vec<u8>) {
        ber::put(out, CONNECT_INITIAL, |out| {
            ber::put(out, ber::OCTET_STRING, |out| out.extend(&self.calling_domain_selector));
            ber::put(out, ber::OCTET_STRING, |out| out.extend(&self.called_domain_selector));
            ber::put(out, ber::BOOLEAN, |out| out.push(if self.upward_flag { 0xff } else { 0 }));
            self.target_parameters.encode(out, ber::put_bare);
            self.minimum_parameters.encode(out, ber::put_bare);
            self.maximum_parameters.encode(out, ber::put_bare);
            ber::put(out, ber::OCTET_STRING, |out| self.user_data.encode(out));
        });
    }
}

impl<'a> Decode<'a> for ConnectInitial {
    const NAME: &'static str = "MCS Connect Initial";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = ber::open(reader, Self::NAME, "Connect-Initial", CONNECT_INITIAL)?;
        let message = Self {
            calling_domain_selector: ber::octet_string(&mut content, "callingDomainSelector")?.to_vec(),
            called_domain_selector: ber::octet_string(&mut content, "calledDomainSelector")?.to_vec(),
            upward_flag: ber::boolean(&mut content, "upwardFlag")?,
            target_parameters: DomainParameters::read(&mut content, "targetParameters")?,
            minimum_parameters: DomainParameters::read(&mut content, "minimumParameters")?,
            maximum_parameters: DomainParameters::read(&mut content, "maximumParameters")?,
            user_data: Decode::whole(user_data(&mut content, ConferenceCreateRequest::NAME)?)?,
        };
        content.finish()?;
        Ok(message)
    }
}

/// Server MCS Connect Response PDU with GCC Conference Create Response, [MS-RDPBCGR] 2.2.1.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectResponse {
    /// Whether the connection is there.
    pub result: Outcome,
    /// Names the connection within the server; 0 in RDP.
    pub called_connect_id: u32,
    /// What the domain will hold.
    pub domain_parameters: DomainParameters,
    /// The server's settings, where the result is successful; `None` when the field is empty.
    pub user_data: Option<ConferenceCreateResponse>,
}

impl Encode for ConnectResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        ber::put(out, CONNECT_RESPONSE, |out| {
            ber::put_unsigned(out, ber::ENUMERATED, self.result.0);
            ber::put_unsigned(out, ber::INTEGER, self.called_connect_id);
            self.domain_parameters.encode(out, ber::put_unsigned);
            ber::put(out, ber::OCTET_STRING, |out| out.extend(self.user_data.iter().flat_map(Encode::to_bytes)));
        });
    }
}

impl<'a> Decode<'a> for ConnectResponse {
    const NAME: &'static str = "MCS Connect Response";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut content = ber::open(reader, Self::NAME, "Connect-Response", CONNECT_RESPONSE)?;
        let result = Outcome(ber::unsigned(&mut content, "result", ber::ENUMERATED)?);
        let called_connect_id = ber::unsigned(&mut content, "calledConnectId", ber::INTEGER)?;
        let domain_parameters = DomainParameters::read(&mut content, "domainParameters")?;
        let user_data = user_data(&mut content, ConferenceCreateResponse::NAME)?;
        let user_data = if user_data.is_empty() { None } else { Some(Decode::whole(user_data)?) };
        content.finish()?;
        Ok(Self { result, called_connect_id, domain_parameters, user_data })
    }
}

/// Opens the OCTET STRING that holds the GCC message of this name.
fn user_data<'a>(content: &mut Reader<'a>, message: &'static str) -> Result<Reader<'a>, DecodeError> {
    ber::open(content, message, "userData", ber::OCTET_STRING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_inside_that_lies_is_told_with_its_place_in_the_whole_message() {
        let mut bytes = ConnectInitial::new(Protocols::SSL, "rdp-probe").to_bytes();
        bytes[15] = 0x7f;
        let said = ConnectInitial::decode(&bytes).unwrap_err().to_string();
        assert_eq!(
            said,
            "MCS DomainParameters: `end of message` at byte 41 is followed by 102 bytes that belong to nothing"
        );
    }

    #[test]
    fn encryption_is_offered_where_nothing_else_encrypts() {
        let methods = |selected| {
            let initial = ConnectInitial::new(selected, "rdp-probe");
            initial.user_data.data.security.encryption_methods.names()
        };
        assert_eq!(methods(Protocols::RDP), ["40BIT", "128BIT", "56BIT", "FIPS"]);
        assert_eq!(methods(Protocols::SSL), ["none"]);
    }
}
