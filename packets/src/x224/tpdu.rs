use super::{ConnectionConfirm, ConnectionRequest};
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader, length_u8};
use crate::open::open_enum;

pub(super) const CONNECTION_REQUEST: u8 = 0xe0;
pub(super) const CONNECTION_CONFIRM: u8 = 0xd0;
const DISCONNECT_REQUEST: u8 = 0x80;
const ERROR: u8 = 0x70;
const DATA: u8 = 0xf0;

/// Marks the last TPDU of its user data; RDP never splits user data.
const END_OF_TRANSMISSION: u8 = 0x80;

open_enum! {
    /// Why a transport connection ends, [X.224] 13.5.3.
    DisconnectReason: u8 {
        /// No reason is given.
        NOT_SPECIFIED = 0, "reason not specified";
        /// Too many connections to this access point.
        CONGESTION = 1, "congestion at TSAP";
        /// Nobody serves this access point.
        NOT_ATTACHED = 2, "session entity not attached to TSAP";
        /// There is no such access point.
        ADDRESS_UNKNOWN = 3, "address unknown";
        /// The session entity asked for it.
        NORMAL = 128, "normal disconnect";
        /// The other side is overloaded.
        REMOTE_CONGESTION = 129, "remote transport entity congestion";
        /// The two sides cannot agree on a class.
        NEGOTIATION_FAILED = 130, "connection negotiation failed";
        /// The reference is in use.
        DUPLICATE_REFERENCE = 131, "duplicate source reference";
        /// The references belong to different connections.
        MISMATCHED_REFERENCES = 132, "mismatched references";
        /// The TPDU may not stand here.
        PROTOCOL_ERROR = 133, "protocol error";
        /// No reference is free.
        REFERENCE_OVERFLOW = 135, "reference overflow";
        /// This network connection takes no connection request.
        REFUSED = 136, "connection request refused";
        /// A length makes no sense.
        LENGTH_INVALID = 138, "header or parameter length invalid";
    }
}

open_enum! {
    /// Why a TPDU is rejected, [X.224] 13.12.3.
    RejectCause: u8 {
        /// No cause is given.
        NOT_SPECIFIED = 0, "reason not specified";
        /// There is no such parameter.
        PARAMETER_CODE = 1, "invalid parameter code";
        /// There is no such TPDU, or it may not stand here.
        TPDU_TYPE = 2, "invalid TPDU type";
        /// A parameter holds what it may not hold.
        PARAMETER_VALUE = 3, "invalid parameter value";
    }
}

/// One X.224 TPDU, told apart by its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tpdu<'a> {
    /// A client asks for a connection.
    ConnectionRequest(ConnectionRequest),
    /// A server agrees to the connection, which is not yet to say that it agrees to the offer.
    ConnectionConfirm(ConnectionConfirm),
    /// Disconnect Request (DR), [X.224] 13.5: the connection is refused, or over.
    DisconnectRequest {
        /// The receiver's name for the connection.
        destination_reference: u16,
        /// The sender's name for it.
        source_reference: u16,
        /// Why.
        reason: DisconnectReason,
        /// Parameters, undecoded.
        variable_part: &'a [u8],
    },
    /// TPDU Error (ER), [X.224] 13.12: the other side could not make sense of a TPDU.
    Error {
        /// The receiver's name for the connection.
        destination_reference: u16,
        /// What was wrong.
        cause: RejectCause,
        /// Parameters, undecoded; one of them repeats the rejected TPDU.
        variable_part: &'a [u8],
    },
    /// Data (DT), [X.224] 13.7: what the layer above sends, MCS in RDP.
    Data(&'a [u8]),
}

impl Encode for Tpdu<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::ConnectionRequest(request) => request.encode(out),
            Self::ConnectionConfirm(confirm) => confirm.encode(out),
            Self::DisconnectRequest { destination_reference, source_reference, reason, variable_part } => {
                length_u8(out, |out| {
                    out.push(DISCONNECT_REQUEST);
                    out.extend(destination_reference.to_be_bytes());
                    out.extend(source_reference.to_be_bytes());
                    out.push(reason.0);
                    out.extend(*variable_part);
                });
            }
            Self::Error { destination_reference, cause, variable_part } => length_u8(out, |out| {
                out.push(ERROR);
                out.extend(destination_reference.to_be_bytes());
                out.push(cause.0);
                out.extend(*variable_part);
            }),
            Self::Data(user_data) => {
                encode_data_header(out);
                out.extend(*user_data);
            }
        }
    }
}

impl<'a> Decode<'a> for Tpdu<'a> {
    const NAME: &'static str = "X.224 TPDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let start = reader.clone();
        let length = reader.left();
        let tpdu = match header(reader, length)? {
            CONNECTION_REQUEST => Self::ConnectionRequest(Decode::whole(start.named(ConnectionRequest::NAME))?),
            CONNECTION_CONFIRM => Self::ConnectionConfirm(Decode::whole(start.named(ConnectionConfirm::NAME))?),
            DISCONNECT_REQUEST => Self::DisconnectRequest {
                destination_reference: reader.u16_be("destination reference")?,
                source_reference: reader.u16_be("source reference")?,
                reason: DisconnectReason(reader.u8("reason")?),
                variable_part: reader.rest(),
            },
            ERROR => Self::Error {
                destination_reference: reader.u16_be("destination reference")?,
                cause: RejectCause(reader.u8("reject cause")?),
                variable_part: reader.rest(),
            },
            DATA => {
                end_of_transmission(reader)?;
                Self::Data(reader.rest())
            }
            other => return Err(reader.refuse("TPDU code", 1, other.into(), "0xe0, 0xd0, 0x80, 0x70 or 0xf0")),
        };
        // A TPDU takes all that its packet holds.
        reader.rest();
        Ok(tpdu)
    }
}

/// X.224 Data around a message of the layer above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<T>(pub T);

impl<T: Encode> Encode for Data<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_data_header(out);
        self.0.encode(out);
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Data<T> {
    const NAME: &'static str = "X.224 Data";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        expect(reader, DATA, "0xf0, Data")?;
        end_of_transmission(reader)?;
        T::whole(reader.nested(T::NAME, "user data", reader.left())?).map(Self)
    }
}

fn encode_data_header(out: &mut Vec<u8>) {
    length_u8(out, |out| out.extend([DATA, END_OF_TRANSMISSION]));
}

/// Reads the length indicator and the TPDU code of a TPDU that is `length` bytes long. What is not user data is all
/// header, up to the end.
pub(crate) fn header(reader: &mut Reader<'_>, length: usize) -> Result<u8, DecodeError> {
    let indicator = reader.u8("length indicator")?;
    let code = reader.u8("TPDU code")?;
    let expected = match code {
        DATA if indicator != 2 => "2, the length of every Data header",
        DATA => return Ok(code),
        _ if usize::from(indicator) != length.saturating_sub(1) => "the number of bytes that follow it",
        _ => return Ok(code),
    };
    let fault = Fault::Value { found: indicator.into(), expected };
    Err(reader.error_at(reader.offset().saturating_sub(2), "length indicator", fault))
}

/// Reads the header of a TPDU whose code can only be `code`.
pub(super) fn expect(reader: &mut Reader<'_>, code: u8, expected: &'static str) -> Result<(), DecodeError> {
    let length = reader.left();
    let found = header(reader, length)?;
    if found == code { Ok(()) } else { Err(reader.refuse("TPDU code", 1, found.into(), expected)) }
}

fn end_of_transmission(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    match reader.u8("end of transmission")? {
        END_OF_TRANSMISSION => Ok(()),
        other => Err(reader.refuse("end of transmission", 1, other.into(), "0x80: RDP never splits user data")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tpkt::Tpkt;

    #[test]
    fn a_length_indicator_that_disagrees_with_the_packet_is_refused() {
        for (bytes, said) in [
            (
                &[3, 0, 0, 11, 5, 0xd0, 0, 0, 0x12, 0x34, 0][..],
                "X.224 TPDU: `length indicator` at byte 4 holds 0x05, not the number of bytes that follow it",
            ),
            (
                &[3, 0, 0, 8, 3, 0xf0, 0x80, 0],
                "X.224 TPDU: `length indicator` at byte 4 holds 0x03, not 2, the length of every Data header",
            ),
        ] {
            assert_eq!(Tpkt::<Tpdu>::decode(bytes).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn an_unknown_code_is_refused_by_its_value() {
        let said = Tpkt::<Tpdu>::decode(&[3, 0, 0, 7, 2, 0x60, 0]).unwrap_err().to_string();
        assert_eq!(said, "X.224 TPDU: `TPDU code` at byte 5 holds 0x60, not 0xe0, 0xd0, 0x80, 0x70 or 0xf0");
    }

    #[test]
    fn a_message_that_was_not_due_is_refused_at_its_code() {
        let said = Tpkt::<ConnectionConfirm>::decode(&[3, 0, 0, 9, 2, 0xf0, 0x80, 0x21, 0x80]).unwrap_err();
        let expected = "X.224 Connection Confirm: `TPDU code` at byte 5 holds 0xf0, not 0xd0, a Connection Confirm";
        assert_eq!(said.to_string(), expected);
    }
}
