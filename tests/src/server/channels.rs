use rdp_packets::mcs::{DomainPdu, Outcome};

use super::domain::{Data, Domain, Heard};
use super::finalization;
use super::line::Over;
use super::settings::{IO_CHANNEL, carried};
use crate::act::{Act, Step};
use crate::lie::Lie;

/// Lets the user in, and joins channels for as long as the client asks for it. Gives the first data behind.
pub(super) async fn run(domain: &mut Domain<'_>) -> Result<Data, Over> {
    let Heard::Erect = domain.hear().await? else {
        return Err(domain.fault(&"an Erect Domain Request is due"));
    };
    let Heard::Attach = domain.hear().await? else {
        return Err(domain.fault(&"an Attach User Request is due"));
    };
    let user = domain.user();
    let confirm = |result, initiator| DomainPdu::AttachUserConfirm { result, initiator };
    let refusal = |code| carried(confirm(Outcome(code), None));
    answer(domain, Step::Channels, &confirm(Outcome::SUCCESSFUL, Some(user)), refusal).await?;
    loop {
        match domain.hear().await? {
            Heard::Join(channel) => join(domain, channel).await?,
            Heard::Data(data) => return Ok(data),
            Heard::Erect | Heard::Attach => return Err(domain.fault(&"a Channel Join Request is due")),
        }
    }
}

async fn join(domain: &mut Domain<'_>, requested: u16) -> Result<(), Over> {
    let (initiator, agreed) = (domain.user(), &domain.agreed);
    let known = [Some(initiator), Some(IO_CHANNEL), agreed.message_channel].contains(&Some(requested))
        || agreed.channels.contains(&requested);
    let refusal = |code| {
        let (result, channel_id) = (Outcome(code), None);
        carried(DomainPdu::ChannelJoinConfirm { result, initiator, requested, channel_id })
    };
    if !known {
        return domain.line.send(refusal(Outcome::NO_SUCH_CHANNEL.0)).await;
    }
    let truth = joined(initiator, requested);
    let already = &mut domain.line.seen.visit.joined;
    already.push(requested);
    if already.len() > 1 {
        return domain.line.send(carried(truth)).await;
    }
    answer(domain, Step::Joins, &truth, refusal).await
}

/// The Channel Join Confirm of a channel that is joined.
fn joined(initiator: u16, channel: u16) -> DomainPdu<'static> {
    let (result, requested, channel_id) = (Outcome::SUCCESSFUL, channel, Some(channel));
    DomainPdu::ChannelJoinConfirm { result, initiator, requested, channel_id }
}

async fn answer(
    domain: &mut Domain<'_>,
    step: Step,
    truth: &DomainPdu<'_>,
    refusal: impl FnOnce(u32) -> Vec<u8>,
) -> Result<(), Over> {
    let lab = domain.lab;
    let act = lab.scenario.act(&domain.line.seen, step);
    let said = match (act, step) {
        (Act::Garble(Lie::Early), Step::Channels) => carried(joined(domain.user(), IO_CHANNEL)),
        (Act::Garble(Lie::Early), _) => domain.sealed(finalization::font_map()),
        _ => carried(*truth),
    };
    domain.line.answer(step, act, said, refusal).await
}
