use rdp_packets::mcs::{DomainPdu, Outcome};

use super::domain::{Data, Domain, Heard};
use super::line::Over;
use super::settings::{IO_CHANNEL, carried};
use crate::act::Step;

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
    let confirm = |result, channel_id| DomainPdu::ChannelJoinConfirm { result, initiator, requested, channel_id };
    let refusal = |code| carried(confirm(Outcome(code), None));
    if !known {
        return domain.line.send(refusal(Outcome::NO_SUCH_CHANNEL.0)).await;
    }
    let truth = confirm(Outcome::SUCCESSFUL, Some(requested));
    let joined = &mut domain.line.seen.visit.joined;
    joined.push(requested);
    if joined.len() > 1 {
        return domain.line.send(carried(truth)).await;
    }
    answer(domain, Step::Joins, &truth, refusal).await
}

async fn answer(
    domain: &mut Domain<'_>,
    step: Step,
    truth: &DomainPdu<'_>,
    refusal: impl FnOnce(u32) -> Vec<u8>,
) -> Result<(), Over> {
    let lab = domain.lab;
    let act = lab.scenario.act(&domain.line.seen, step);
    domain.line.answer(step, act, carried(*truth), refusal).await
}
