use super::Blob;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

open_enum! {
    /// What is wrong; or, with one value, that nothing is.
    ErrorCode: u32 {
        /// The server's certificate was refused.
        INVALID_SERVER_CERTIFICATE = 0x01, "ERR_INVALID_SERVER_CERTIFICATE";
        /// The client has no licence.
        NO_LICENSE = 0x02, "ERR_NO_LICENSE";
        /// A signature was wrong.
        INVALID_MAC = 0x03, "ERR_INVALID_MAC";
        /// The licence is of another issuer.
        INVALID_SCOPE = 0x04, "ERR_INVALID_SCOPE";
        /// The server found no licence server.
        NO_LICENSE_SERVER = 0x06, "ERR_NO_LICENSE_SERVER";
        /// No error: licensing is over, and the client may go on.
        VALID_CLIENT = 0x07, "STATUS_VALID_CLIENT";
        /// The client was refused.
        INVALID_CLIENT = 0x08, "ERR_INVALID_CLIENT";
        /// The licence is for another product.
        INVALID_PRODUCT_ID = 0x0b, "ERR_INVALID_PRODUCTID";
        /// A message had a wrong length.
        INVALID_MESSAGE_LENGTH = 0x0c, "ERR_INVALID_MESSAGE_LEN";
    }
}

open_enum! {
    /// How licensing goes on.
    StateTransition: u32 {
        /// The connection ends.
        TOTAL_ABORT = 1, "ST_TOTAL_ABORT";
        /// It stays where it is: at its end, with [`ErrorCode::VALID_CLIENT`].
        NO_TRANSITION = 2, "ST_NO_TRANSITION";
        /// It begins again.
        RESET_PHASE_TO_START = 3, "ST_RESET_PHASE_TO_START";
        /// The last message is sent once more.
        RESEND_LAST_MESSAGE = 4, "ST_RESEND_LAST_MESSAGE";
    }
}

/// Licensing Error Message (`LICENSE_ERROR_MESSAGE`), [MS-RDPBCGR] 2.2.1.12.1.3, of either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAlert {
    /// What is wrong.
    pub error_code: ErrorCode,
    /// How licensing goes on.
    pub state_transition: StateTransition,
    /// More about it; empty in what Windows sends.
    pub error_info: Blob,
}

impl ErrorAlert {
    /// An alert that says nothing more.
    pub const fn new(error_code: ErrorCode, state_transition: StateTransition) -> Self {
        Self { error_code, state_transition, error_info: Blob { kind: super::BlobType::ERROR, data: Vec::new() } }
    }

    /// The client may go on: Server License Error PDU - Valid Client, [MS-RDPBCGR] 2.2.1.12.
    pub const fn valid_client() -> Self {
        Self::new(ErrorCode::VALID_CLIENT, StateTransition::NO_TRANSITION)
    }
}

impl Encode for ErrorAlert {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.error_code.0.to_le_bytes());
        out.extend(self.state_transition.0.to_le_bytes());
        self.error_info.encode(out);
    }
}

impl Decode<'_> for ErrorAlert {
    const NAME: &'static str = "Licensing Error Message";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            error_code: ErrorCode(reader.u32_le("dwErrorCode")?),
            state_transition: StateTransition(reader.u32_le("dwStateTransition")?),
            error_info: Blob::read(reader, "bbErrorInfo")?,
        })
    }
}
