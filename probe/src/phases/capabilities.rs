//! `capabilities`: Demand Active and Confirm Active, [MS-RDPBCGR] 2.2.1.13.

use rdp_packets::codec::Decode;
use rdp_packets::session::{Capability, ConfirmActive, DemandActive, ShareControl, SharePdu};

use super::session::{Heard, Session};
use crate::fact::{Capabilities, Facts};
use crate::stop::Cause;
use crate::wire::Wire;

/// The desktop that we ask for, where the server names none.
const DESKTOP: (u16, u16, u16) = (1024, 768, 16);

/// Reads what the server can do, and says what we can.
pub(crate) async fn run(wire: &mut Wire, session: &mut Session, facts: &mut Facts) -> Result<(), Cause> {
    let heard = session.hear(wire, "Demand Active", facts).await?;
    let Heard::Share(bytes) = heard else { return Err(heard.instead_of("Demand Active")) };
    let SharePdu::DemandActive(demand) = ShareControl::decode(&bytes)?.pdu else {
        return Err(Cause::misplaced("Share Control Header", "pduType", 2, "is not that of a Demand Active"));
    };
    let (width, height, depth) = learn(&demand, &mut facts.capabilities);
    session.share_id = demand.share_id;
    let confirm = session.share(SharePdu::ConfirmActive(ConfirmActive::new(demand.share_id, width, height, depth)));
    wire.send("Confirm Active", &confirm).await
}

/// What the server says of itself: the desktop's width, height and color depth come back.
fn learn(demand: &DemandActive, facts: &mut Capabilities) -> (u16, u16, u16) {
    facts.share_id = Some(format!("{:#010x}", demand.share_id));
    facts.sets = Some(demand.capabilities.iter().map(|set| set.kind().to_string()).collect());
    let bitmap =
        demand.capabilities.iter().find_map(|set| if let Capability::Bitmap(it) = set { Some(it) } else { None });
    let desktop = bitmap.map_or(DESKTOP, |it| (it.desktop_width, it.desktop_height, it.preferred_bits_per_pixel));
    facts.desktop = bitmap.map(|_| format!("{}x{}, {} bits", desktop.0, desktop.1, desktop.2));
    desktop
}
