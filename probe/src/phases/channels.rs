//! `channels`: Erect Domain, Attach User and the Channel Joins, [MS-RDPBCGR] 2.2.1.5 to 2.2.1.9. Two round trips, however
//! many channels there are.

use rdp_packets::codec::Decode;
use rdp_packets::gcc::ServerData;
use rdp_packets::mcs::{DomainPdu, Outcome};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{Data, Tpdu};

use super::session::{Session, domain, not_data};
use crate::fact::Channels;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// Attaches a user and joins its channels.
pub(crate) async fn run(wire: &mut Wire, server: Box<ServerData>, facts: &mut Channels) -> Result<Session, Cause> {
    let attach = [DomainPdu::ErectDomainRequest { sub_height: 0, sub_interval: 0 }, DomainPdu::AttachUserRequest];
    wire.send("MCS Attach User Request", &attach.map(domain).concat()).await?;
    let bytes = wire.receive::<Tpkt<Tpdu<'_>>>("MCS Attach User Confirm").await?;
    let pdu = Tpkt::<Data<DomainPdu<'_>>>::decode(&bytes)?.0.0;
    let DomainPdu::AttachUserConfirm { result, initiator } = pdu else { return Err(not_data(&pdu)) };
    let user = attached(result, initiator)?;
    facts.user_channel = Some(user);
    let session = Session::new(server, user);

    let mut open = session.channels();
    let joins = open.iter().map(|id| domain(DomainPdu::ChannelJoinRequest { initiator: user, channel_id: *id }));
    wire.send("MCS Channel Join Requests", &joins.collect::<Vec<_>>().concat()).await?;
    let joined = facts.joined.insert(Vec::new());
    while !open.is_empty() {
        let bytes = wire.receive::<Tpkt<Tpdu<'_>>>("MCS Channel Join Confirm").await?;
        let pdu = Tpkt::<Data<DomainPdu<'_>>>::decode(&bytes)?.0.0;
        let DomainPdu::ChannelJoinConfirm { result, requested, channel_id, .. } = pdu else {
            return Err(not_data(&pdu));
        };
        accepted(result)?;
        // Each request is confirmed once, in whatever order; a server may have numbered two channels alike.
        let confirmed = channel_id.unwrap_or(requested);
        for (field, offset, id) in [("requested", 11, requested), ("channelId", 13, confirmed)] {
            if !open.contains(&id) {
                let found = format!("holds {id}, where one of {open:?} is due");
                return Err(Cause::misplaced("MCS Channel Join Confirm", field, offset, found));
            }
        }
        joined.extend(open.iter().position(|id| *id == confirmed).map(|request| open.remove(request)));
    }
    Ok(session)
}

fn attached(result: Outcome, initiator: Option<u16>) -> Result<u16, Cause> {
    accepted(result)?;
    initiator.ok_or_else(|| Cause::misplaced("MCS Attach User Confirm", "initiator", 9, "is absent"))
}

/// A result other than success is the server's no.
fn accepted(result: Outcome) -> Result<(), Cause> {
    if result == Outcome::SUCCESSFUL {
        return Ok(());
    }
    Err(Cause::declined(RefusalKind::Mcs, format!("{:#04x}", result.0), result.to_string()))
}
