use rdp_packets::Secret;
use rdp_packets::mcs::Reason;
use rdp_packets::session::{
    AutoReconnectCookie, Control, ControlAction, DataPdu, FontSequence, LogonError, LogonErrorData, LogonExtended,
    LogonNotification, PduType2, SaveSessionInfo, ShareData, SharePdu, Synchronize,
};

use super::domain::{Data, Domain, SERVER, SHARE, Said};
use super::line::Over;
use super::settings::ultimatum;
use crate::act::Step;
use crate::scenario::Extra;

/// Answers each message of the client's, the last of them with the Font Map PDU: the session is ready.
pub(super) async fn run(domain: &mut Domain<'_>) -> Result<(), Over> {
    let user = domain.user();
    loop {
        let data = domain.data().await?;
        let pdu = within(domain, &data)?;
        let kind = pdu.pdu_type();
        let answer = match (kind, pdu) {
            (PduType2::SYNCHRONIZE, _) => DataPdu::Synchronize(Synchronize::new(user)),
            (_, DataPdu::Control(Control { action: ControlAction::COOPERATE, .. })) => {
                DataPdu::Control(Control::new(ControlAction::COOPERATE))
            }
            (_, DataPdu::Control(Control { action: ControlAction::REQUEST_CONTROL, .. })) => {
                let (action, grant_id) = (ControlAction::GRANTED_CONTROL, user);
                DataPdu::Control(Control { action, grant_id, control_id: SERVER.into() })
            }
            (PduType2::FONT_LIST, _) => {
                // Several messages of the share may travel as one.
                let notice = domain.lab.scenario.session.does(Extra::Notice).then(notice);
                let last = notice.map_or_else(font_map, |notice| notice.and(font_map()));
                domain.answer(Step::Finalization, vec![last]).await?;
                domain.line.seen.visit.ready = true;
                return Ok(());
            }
            // The keys of bitmaps that the client has kept, or input: nothing is due to them.
            (_, DataPdu::PersistentKeyList(_) | DataPdu::Other { .. }) => continue,
            _ => return Err(domain.fault(&format!("{kind} where a Font List is due"))),
        };
        domain.say(vec![Said::data(answer)]).await?;
    }
}

/// Serves a session in which nothing happens, until one side has left.
pub(super) async fn serve(domain: &mut Domain<'_>) -> Result<(), Over> {
    if domain.lab.scenario.session.does(Extra::Leave) {
        return domain.line.send_last(ultimatum(Reason::USER_REQUESTED.0)).await;
    }
    loop {
        let data = domain.data().await?;
        if within(domain, &data)? == DataPdu::ShutdownRequest {
            domain.line.seen.visit.shutdown_requests += 1;
            domain.answer(Step::Shutdown, vec![Said::data(DataPdu::ShutdownDenied)]).await?;
        }
    }
}

/// The Font Map PDU.
pub(super) fn font_map() -> Said {
    Said::data(DataPdu::FontMap(Some(FontSequence::MAP)))
}

/// A Save Session Info PDU: the server asks who is to have the session.
pub(super) fn notice() -> Said {
    let cookie = AutoReconnectCookie { logon_id: 2, bits: Secret(*b"rdp-lab's cookie") };
    let error = LogonError { notification: LogonNotification::SESSION_BUSY_OPTIONS, data: LogonErrorData(2) };
    let extended = LogonExtended { auto_reconnect: Some(cookie), error: Some(error) };
    Said::data(DataPdu::SaveSessionInfo(SaveSessionInfo::Extended(extended)))
}

/// What the client says within the share.
fn within<'a>(domain: &mut Domain<'_>, data: &'a Data) -> Result<DataPdu<'a>, Over> {
    let share = data.share().map_err(|error| domain.fault(&error))?;
    let kind = share.pdu.pdu_type();
    let SharePdu::Data(ShareData { share_id, pdu, .. }) = share.pdu else {
        return Err(domain.fault(&format!("{kind} where data of the share is due")));
    };
    if share_id != SHARE {
        return Err(domain.fault(&format!("data in share {share_id:#x}, not {SHARE:#x}")));
    }
    Ok(pdu)
}
