//! `licensing`, [MS-RDPBCGR] 2.2.1.12 and [MS-RDPELE]: most servers let a client pass at once; one with a licence server
//! may issue a temporary licence, which is taken and not kept.

use rdp_packets::codec::{Decode, DecodeError};
use rdp_packets::licensing::{
    ChallengeResponseData, ErrorAlert, ErrorCode, HardwareId, KeyExchange, Keys, LicenseRequest, Message,
    NewLicenseRequest, Pdu, PlatformChallengeResponse, PlatformId, StateTransition,
};
use rdp_packets::security::ServerCertificate;
use rdp_packets::session::SecurityFlags;

use super::session::{Heard, Session};
use super::tls;
use crate::fact::Facts;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// The hardware id of every run on every host: a licence server sees one client, however often we ask, and does not
/// issue one temporary licence more each time.
const HARDWARE: HardwareId = HardwareId { platform_id: PlatformId::WINDOWS, data: *b"rdp-probe-rdp-pr" };

/// Licensing messages that are read; an honest exchange has three.
const MESSAGES: usize = 8;

/// Goes through licensing, to its end.
pub(crate) async fn run(wire: &mut Wire, session: &mut Session, facts: &mut Facts) -> Result<(), Cause> {
    let mut keys = None;
    for _ in 0..MESSAGES {
        let heard = session.hear(wire, "the server's licensing message", facts).await?;
        let Heard::Licensing(bytes) = heard else {
            // Some servers leave licensing out.
            facts.licensing.outcome = Some("left out".to_owned());
            session.unhear(Ok(heard));
            return Ok(());
        };
        match Pdu::decode(&bytes)?.message {
            Message::ErrorAlert(alert) => return ended(&alert, facts),
            Message::LicenseRequest(request) => {
                let (answer, derived) = ask(&request, session)?;
                keys = Some(derived);
                reply(wire, session, answer).await?;
            }
            Message::PlatformChallenge(challenge) => {
                let keys = keys.as_ref().ok_or_else(|| out_of_order("a Platform Challenge"))?;
                let answer = ChallengeResponseData::to(challenge.open(keys)?);
                let answer = PlatformChallengeResponse::new(keys, &answer, &HARDWARE);
                reply(wire, session, Message::PlatformChallengeResponse(answer)).await?;
            }
            Message::NewLicense(license) => return granted("issued", &license, keys.as_ref(), facts),
            Message::UpgradeLicense(license) => return granted("upgraded", &license, keys.as_ref(), facts),
            Message::ClientLicenseInfo(_) | Message::NewLicenseRequest(_) | Message::PlatformChallengeResponse(_) => {
                return Err(out_of_order("a message of a client's"));
            }
        }
    }
    Err(Cause::misplaced("Licensing", "order", 0, format!("did not end within {MESSAGES} messages")))
}

/// Asks for a licence, with keys of our own making.
fn ask(request: &LicenseRequest, session: &Session) -> Result<(Message, Keys), Cause> {
    // Under Standard RDP Security the certificate may have come in `settings` instead.
    let certificate = request
        .server_certificate
        .clone()
        .map_or_else(|| ServerCertificate::decode(&session.server.security.server_certificate), Ok::<_, DecodeError>)?;
    let (random, secret) = (tls::random(), tls::random::<48>());
    let keys = Keys::new(&secret, &random, &request.server_random);
    let key_exchange = KeyExchange::new(&certificate.public_key()?, random, &secret);
    let (user_name, machine_name) = ("rdp-probe".to_owned(), "rdp-probe".to_owned());
    Ok((Message::NewLicenseRequest(NewLicenseRequest { key_exchange, user_name, machine_name }), keys))
}

async fn reply(wire: &mut Wire, session: &mut Session, message: Message) -> Result<(), Cause> {
    let name = message.kind().to_string();
    let message = session.flagged(SecurityFlags::LICENSE_PKT, &Pdu::new(message));
    wire.send(&name, &message).await
}

/// What an alert means: the end of licensing, or the server's no.
fn ended(alert: &ErrorAlert, facts: &mut Facts) -> Result<(), Cause> {
    let ErrorAlert { error_code, state_transition, .. } = alert;
    if *error_code == ErrorCode::VALID_CLIENT && *state_transition == StateTransition::NO_TRANSITION {
        facts.licensing.outcome = Some("STATUS_VALID_CLIENT".to_owned());
        return Ok(());
    }
    facts.licensing.error = Some(format!("{error_code}, {state_transition}"));
    Err(Cause::declined(RefusalKind::Licensing, format!("{:#04x}", error_code.0), error_code.to_string()))
}

/// A licence came. It is opened, to see that it is one, and forgotten.
fn granted(
    how: &str,
    license: &rdp_packets::licensing::License,
    keys: Option<&Keys>,
    facts: &mut Facts,
) -> Result<(), Cause> {
    let info = license.open(keys.ok_or_else(|| out_of_order("a licence that was not asked for"))?)?;
    facts.licensing.outcome = Some(format!("{how} by {}", info.scope));
    Ok(())
}

fn out_of_order(found: &str) -> Cause {
    Cause::misplaced("Licensing Preamble", "bMsgType", 0, format!("is that of {found}"))
}
