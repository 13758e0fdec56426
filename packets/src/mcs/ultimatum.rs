use super::ConnectResponse;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

/// The first byte of a Disconnect Provider Ultimatum: choice 8 of the domain PDUs in six bits. The reason's three bits
/// follow.
const ULTIMATUM: u8 = 0x20;

open_enum! {
    /// Why a domain is left, [T.125] section 7 part 2.
    Reason: u8 {
        /// The domain lost its connection.
        DOMAIN_DISCONNECTED = 0, "rn-domain-disconnected";
        /// The provider, on RDP servers the server itself, ends it.
        PROVIDER_INITIATED = 1, "rn-provider-initiated";
        /// A token went.
        TOKEN_PURGED = 2, "rn-token-purged";
        /// The user asked for it.
        USER_REQUESTED = 3, "rn-user-requested";
        /// A channel went.
        CHANNEL_PURGED = 4, "rn-channel-purged";
    }
}

/// MCS Disconnect Provider Ultimatum PDU, [MS-RDPBCGR] 2.2.2.3: the other side ends the domain, and takes no answer.
/// xrdp sends it even in place of a Connection Confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisconnectProviderUltimatum {
    /// Why, 0 to 7: what is above does not fit the field's three bits, and is cut to them.
    pub reason: Reason,
}

impl Encode for DisconnectProviderUltimatum {
    fn encode(&self, out: &mut Vec<u8>) {
        let reason = self.reason.0 & 0x07;
        out.extend([ULTIMATUM | reason >> 1, reason << 7]);
    }
}

impl<'a> Decode<'a> for DisconnectProviderUltimatum {
    const NAME: &'static str = "MCS Disconnect Provider Ultimatum";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let first = reader.u8("DomainMCSPDU")?;
        if first & 0xfc != ULTIMATUM {
            return Err(reader.refuse("DomainMCSPDU", 1, first.into(), "0x20 to 0x23, choice 8"));
        }
        let second = reader.u8("reason")?;
        Ok(Self { reason: Reason((first & 0x03) << 1 | second >> 7) })
    }
}

/// What may follow a Connect Initial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectAnswer {
    /// The server's settings, or why there are none.
    Response(Box<ConnectResponse>),
    /// The server ends it at once.
    Ultimatum(DisconnectProviderUltimatum),
}

impl Encode for ConnectAnswer {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Response(response) => response.encode(out),
            Self::Ultimatum(ultimatum) => ultimatum.encode(out),
        }
    }
}

impl<'a> Decode<'a> for ConnectAnswer {
    const NAME: &'static str = "MCS Connect Response";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match reader.peek() {
            Some([ULTIMATUM..=0x23]) => DisconnectProviderUltimatum::read(reader).map(Self::Ultimatum),
            Some(_) | None => ConnectResponse::read(reader).map(|response| Self::Response(Box::new(response))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ultimatum_that_xrdp_sends_is_the_users_request() {
        let answer = ConnectAnswer::decode(&[0x21, 0x80]).unwrap();
        assert_eq!(answer, ConnectAnswer::Ultimatum(DisconnectProviderUltimatum { reason: Reason::USER_REQUESTED }));
    }

    #[test]
    fn every_reason_that_fits_three_bits_comes_back() {
        for code in 0..8 {
            let ultimatum = DisconnectProviderUltimatum { reason: Reason(code) };
            assert_eq!(DisconnectProviderUltimatum::decode(&ultimatum.to_bytes()), Ok(ultimatum));
        }
    }
}
