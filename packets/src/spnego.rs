//! SPNEGO, which may wrap the messages of NTLM or Kerberos inside `CredSSP`: RFC 4178 section 4.2 and [MS-SPNG] 2.2.
//!
//! Servers answer with it or with bare NTLM, whatever the client sent.

use std::fmt;

use crate::asn1::der::{self, Oid, Tag};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

/// A way to authenticate; prints as its name, or in dotted form where it has none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mechanism(pub Oid);

impl Mechanism {
    /// NTLM, 1.3.6.1.4.1.311.2.2.10.
    pub const NTLM: Self = Self(Oid::known(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a]));
    /// Kerberos 5, 1.2.840.113554.1.2.2.
    pub const KERBEROS: Self = Self(Oid::known(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02]));
    /// Kerberos 5 under the identifier that Windows 2000 wrote one bit short, 1.2.840.48018.1.2.2.
    pub const MS_KERBEROS: Self = Self(Oid::known(&[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02]));
    /// `NegoEx`, 1.3.6.1.4.1.311.2.2.30.
    pub const NEGOEX: Self = Self(Oid::known(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e]));
    /// SPNEGO itself, 1.3.6.1.5.5.2.
    pub const SPNEGO: Self = Self(Oid::known(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02]));

    /// Every mechanism that has a name, with it.
    pub const KNOWN: [(Self, &'static str); 5] = [
        (Self::NTLM, "NTLM"),
        (Self::KERBEROS, "Kerberos"),
        (Self::MS_KERBEROS, "MS-Kerberos"),
        (Self::NEGOEX, "NegoEx"),
        (Self::SPNEGO, "SPNEGO"),
    ];

    /// The mechanism's name; `None` when it has none here.
    pub fn name(&self) -> Option<&'static str> {
        Self::KNOWN.into_iter().find(|(known, _)| known == self).map(|(_, name)| name)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

impl fmt::Debug for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

open_enum! {
    /// How far the negotiation is, `negState`.
    NegState: u8 {
        /// Done.
        ACCEPT_COMPLETED = 0, "accept-completed";
        /// The other side's turn.
        ACCEPT_INCOMPLETE = 1, "accept-incomplete";
        /// No.
        REJECT = 2, "reject";
        /// The list of mechanisms has to be signed.
        REQUEST_MIC = 3, "request-mic";
    }
}

/// `NegotiationToken`, RFC 4178 section 4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegToken<'a> {
    /// The first message.
    Init(NegTokenInit<'a>),
    /// Every later one.
    Response(NegTokenResp<'a>),
}

/// `NegTokenInit`, RFC 4178 section 4.2.1, or `NegTokenInit2`, [MS-SPNG] 2.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegTokenInit<'a> {
    /// The mechanisms offered, preferred first.
    pub mech_types: Vec<Mechanism>,
    /// `reqFlags`, which nobody reads: the element's content, as it came.
    pub req_flags: Option<&'a [u8]>,
    /// The preferred mechanism's first message.
    pub mech_token: Option<&'a [u8]>,
    /// `mechListMIC`, or the `negHints` of [MS-SPNG]: the element's content, as it came.
    pub hints: Option<&'a [u8]>,
    /// The `mechListMIC` of [MS-SPNG], behind the hints.
    pub mech_list_mic: Option<&'a [u8]>,
}

/// `NegTokenResp`, RFC 4178 section 4.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegTokenResp<'a> {
    /// How far the negotiation is.
    pub state: Option<NegState>,
    /// The mechanism chosen.
    pub supported_mech: Option<Mechanism>,
    /// The mechanism's next message.
    pub response_token: Option<&'a [u8]>,
    /// A signature over the list of mechanisms.
    pub mech_list_mic: Option<&'a [u8]>,
}

impl<'a> NegToken<'a> {
    /// The mechanism's message inside.
    pub fn token(&self) -> Option<&'a [u8]> {
        match self {
            Self::Init(init) => init.mech_token,
            Self::Response(response) => response.response_token,
        }
    }
}

impl Encode for NegToken<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Init(init) => der::write(out, Tag::application(0), |out| {
                der::write_oid(out, &Mechanism::SPNEGO.0);
                der::write_optional(out, 0, Some(init), |out, init| init.write(out));
            }),
            Self::Response(response) => {
                der::write_optional(out, 1, Some(response), |out, response| response.write(out));
            }
        }
    }
}

impl<'a> Decode<'a> for NegToken<'a> {
    const NAME: &'static str = "SPNEGO NegotiationToken";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        if reader.peek() == Some([Tag::context(1).0]) {
            return der::explicit(reader, NegTokenResp::NAME, "NegTokenResp", 1, NegTokenResp::read)
                .map(Self::Response);
        }
        let mut token = der::element(reader, Self::NAME, "InitialContextToken", Tag::application(0))?;
        der::oid(&mut token, "thisMech")?;
        let init = der::explicit(&mut token, NegTokenInit::NAME, "NegTokenInit", 0, NegTokenInit::read)?;
        token.finish()?;
        Ok(Self::Init(init))
    }
}

impl<'a> NegTokenInit<'a> {
    const NAME: &'static str = "SPNEGO NegTokenInit";

    fn write(&self, out: &mut Vec<u8>) {
        let raw = |out: &mut Vec<u8>, content: &[u8]| out.extend(content);
        der::write(out, Tag::SEQUENCE, |out| {
            der::write_optional(out, 0, Some(&self.mech_types), |out, types| {
                der::write(out, Tag::SEQUENCE, |out| types.iter().for_each(|mech| der::write_oid(out, &mech.0)));
            });
            der::write_optional(out, 1, self.req_flags, raw);
            der::write_optional(out, 2, self.mech_token, der::write_octets);
            der::write_optional(out, 3, self.hints, raw);
            der::write_optional(out, 4, self.mech_list_mic, der::write_octets);
        });
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = der::element(reader, Self::NAME, "NegTokenInit", Tag::SEQUENCE)?;
        let fields = &mut fields;
        let init = Self {
            mech_types: der::explicit(fields, Self::NAME, "mechTypes", 0, Self::read_types)?,
            req_flags: der::optional(fields, Self::NAME, "reqFlags", 1, |reader| Ok(reader.rest()))?,
            mech_token: der::optional(fields, Self::NAME, "mechToken", 2, |reader| der::octets(reader, "mechToken"))?,
            hints: der::optional(fields, Self::NAME, "negHints", 3, |reader| Ok(reader.rest()))?,
            mech_list_mic: der::optional(fields, Self::NAME, "mechListMIC", 4, |reader| {
                der::octets(reader, "mechListMIC")
            })?,
        };
        fields.finish()?;
        Ok(init)
    }

    fn read_types(reader: &mut Reader<'a>) -> Result<Vec<Mechanism>, DecodeError> {
        let mut list = der::element(reader, Self::NAME, "mechTypes", Tag::SEQUENCE)?;
        let mut types = Vec::new();
        while !list.is_empty() {
            types.push(Mechanism(der::oid(&mut list, "mechTypes")?));
        }
        Ok(types)
    }
}

impl<'a> NegTokenResp<'a> {
    const NAME: &'static str = "SPNEGO NegTokenResp";

    fn write(&self, out: &mut Vec<u8>) {
        der::write(out, Tag::SEQUENCE, |out| {
            der::write_optional(out, 0, self.state, |out, state| {
                der::write(out, Tag::ENUMERATED, |out| out.push(state.0));
            });
            der::write_optional(out, 1, self.supported_mech.as_ref(), |out, mech| der::write_oid(out, &mech.0));
            der::write_optional(out, 2, self.response_token, der::write_octets);
            der::write_optional(out, 3, self.mech_list_mic, der::write_octets);
        });
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = der::element(reader, Self::NAME, "NegTokenResp", Tag::SEQUENCE)?;
        let fields = &mut fields;
        let octets = |field| move |reader: &mut Reader<'a>| der::octets(reader, field);
        let response = Self {
            state: der::optional(fields, Self::NAME, "negState", 0, |reader| {
                let mut state = der::element(reader, Self::NAME, "negState", Tag::ENUMERATED)?;
                let code = state.u8("negState")?;
                state.finish().map(|()| NegState(code))
            })?,
            supported_mech: der::optional(fields, Self::NAME, "supportedMech", 1, |reader| {
                der::oid(reader, "supportedMech").map(Mechanism)
            })?,
            response_token: der::optional(fields, Self::NAME, "responseToken", 2, octets("responseToken"))?,
            mech_list_mic: der::optional(fields, Self::NAME, "mechListMIC", 3, octets("mechListMIC"))?,
        };
        fields.finish()?;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mechanism_prints_as_its_name_or_its_dots() {
        assert_eq!(Mechanism::NTLM.to_string(), "NTLM");
        let other = Oid::new(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x0e]).unwrap();
        assert_eq!(Mechanism(other).to_string(), "1.3.6.1.5.5.14");
    }

    #[test]
    fn every_mechanism_has_the_identifier_that_its_comment_says() {
        let dots = Mechanism::KNOWN.map(|(mechanism, _)| mechanism.0.to_string());
        let said = [
            "1.3.6.1.4.1.311.2.2.10",
            "1.2.840.113554.1.2.2",
            "1.2.840.48018.1.2.2",
            "1.3.6.1.4.1.311.2.2.30",
            "1.3.6.1.5.5.2",
        ];
        assert_eq!(dots, said);
    }
}
