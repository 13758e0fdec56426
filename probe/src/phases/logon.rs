//! `logon`: the Client Info PDU, [MS-RDPBCGR] 2.2.1.11, and the server's measurements behind it. It names no account: a
//! server without NLA shows its own logon screen, and one with NLA has the account already.

use std::net::{IpAddr, Ipv4Addr};

use rdp_packets::Secret;
use rdp_packets::codec::Decode;
use rdp_packets::session::{AutoDetectRequest, ClientInfo, ExtendedInfo, SecurityFlags};

use super::session::Session;
use crate::fact::Facts;
use crate::stop::Cause;
use crate::wire::Wire;

/// Introduces us, and waits until the server goes on.
pub(crate) async fn run(wire: &mut Wire, session: &mut Session, facts: &mut Facts) -> Result<(), Cause> {
    let own = facts.connect.local.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |local| local.ip());
    let info = ClientInfo::new("", "", Secret(Vec::new()), ExtendedInfo::new(own));
    let info = session.flagged(SecurityFlags::INFO_PKT, &info);
    wire.send("Client Info", &info).await?;
    let heard = session.hear(wire, "the server's licensing message", facts).await;
    match heard {
        // It went on, and what it said is no licensing message: that phase's fault.
        Err(Cause::Garbled(garbled)) if garbled.message != AutoDetectRequest::NAME => {
            session.unhear(Err(Cause::Garbled(garbled)));
        }
        heard => session.unhear(Ok(heard?)),
    }
    Ok(())
}
