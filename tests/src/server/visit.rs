use std::fmt;

use rdp_packets::mcs::Reason;
use rdp_packets::session::{InfoFlags, MultitransportResult};

/// What a client did behind the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// The session that a redirection had led it to.
    pub session_id: Option<u32>,
    /// The channels that it joined, in its order.
    pub joined: Vec<u16>,
    /// Whether its random number came.
    pub random: bool,
    /// What its Client Info PDU held.
    pub info: Option<Info>,
    /// The round trips that it answered, and the bandwidths that it reported.
    pub measured: [usize; 2],
    /// The number under which it asked for a licence.
    pub hardware_id: Option<[u8; 16]>,
    /// What it said to the request for another transport.
    pub multitransport: Option<MultitransportResult>,
    /// Whether its Confirm Active PDU came.
    pub confirmed: bool,
    /// Whether it was sent the Font Map PDU.
    pub ready: bool,
    /// Its Shutdown Requests.
    pub shutdown_requests: usize,
    /// The reason of its ultimatum.
    pub left: Option<Reason>,
}

/// What of a Client Info PDU is kept: never the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// What the client wants.
    pub flags: InfoFlags,
    /// The account.
    pub user_name: String,
    /// Whether there was a password.
    pub password: bool,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.joined.is_empty() {
            write!(f, ", {} channels joined", self.joined.len())?;
        }
        if let Some(info) = &self.info {
            let password = if info.password { "with" } else { "without" };
            write!(f, ", Client Info of \"{}\" {password} a password", info.user_name)?;
        }
        for (said, what) in [
            (self.hardware_id.is_some(), "licence"),
            (self.confirmed, "Confirm Active"),
            (self.ready, "ready"),
            (self.shutdown_requests > 0, "Shutdown Request"),
        ] {
            if said {
                write!(f, ", {what}")?;
            }
        }
        match self.left {
            Some(reason) => write!(f, ", ultimatum {reason}"),
            None => Ok(()),
        }
    }
}
