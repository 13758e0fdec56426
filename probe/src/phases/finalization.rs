//! `finalization`, [MS-RDPBCGR] 2.2.1.14 to 2.2.1.22: our four messages go out together, and the server's four come back;
//! with the Font Map the session is ready. It is not used: a Shutdown Request follows, and the goodbye.

use rdp_packets::codec::Decode;
use rdp_packets::session::{
    Control, ControlAction, DataPdu, FontSequence, ShareControl, ShareData, SharePdu, Synchronize,
};

use super::session::{Heard, Session, goodbye};
use crate::fact::Facts;
use crate::stop::Cause;
use crate::wire::Wire;

/// Messages that are read until the Font Map comes.
const MESSAGES: usize = 64;

/// Makes the session ready, and leaves it.
pub(crate) async fn run(wire: &mut Wire, session: &mut Session, facts: &mut Facts) -> Result<(), Cause> {
    let messages = [
        session.data(DataPdu::Synchronize(Synchronize::new(session.user))),
        session.data(DataPdu::Control(Control::new(ControlAction::COOPERATE))),
        session.data(DataPdu::Control(Control::new(ControlAction::REQUEST_CONTROL))),
        session.data(DataPdu::FontList(FontSequence::LIST)),
    ];
    wire.send("Synchronize, Control and Font List", &messages.concat()).await?;
    for _ in 0..MESSAGES {
        let bytes = match session.hear(wire, "Font Map", facts).await? {
            Heard::Share(bytes) => bytes,
            // A server may ask for a UDP transport at any time; a licence it grants before the capabilities.
            Heard::Multitransport(_) => continue,
            licensing @ Heard::Licensing(_) => return Err(licensing.instead_of("Font Map")),
        };
        match ShareControl::decode(&bytes)?.pdu {
            SharePdu::Data(data) if data.share_id != session.share_id => return Err(other_share(&data, session)),
            SharePdu::Data(ShareData { pdu: DataPdu::FontMap(_), .. }) => {
                let shutdown = session.data(DataPdu::ShutdownRequest);
                wire.farewell([shutdown, goodbye()].concat());
                return Ok(());
            }
            anew @ (SharePdu::DeactivateAll(_) | SharePdu::DemandActive(_)) => {
                let found = format!("is {}: the server began anew instead of finishing", anew.pdu_type());
                return Err(Cause::misplaced("Share Control Header", "pduType", 2, found));
            }
            SharePdu::ConfirmActive(_) | SharePdu::Data(_) | SharePdu::Redirection(_) | SharePdu::Other { .. } => {}
        }
    }
    Err(Cause::misplaced("Font Map", "order", 0, format!("did not come within {MESSAGES} messages")))
}

fn other_share(data: &ShareData<'_>, session: &Session) -> Cause {
    let found = format!("holds {:#010x}, not {:#010x}", data.share_id, session.share_id);
    Cause::misplaced("Share Data Header", "shareID", 6, found)
}
