//! NLA: the challenge, the proof of the password and the binding to the certificate's key, the credentials, and whether
//! their owner may come in.

mod challenge;
mod logon;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::credssp::TsRequest;
use rdp_packets::negotiate::Protocols;
use rdp_packets::ntlm;
use rdp_packets::session::EarlyUserAuthorization;
use sspi::ErrorKind;

use self::challenge::{challenge, wrapped};
use self::logon::{Logon, nobody};
use super::line::{Line, Over};
use super::session::Lab;
use crate::act::Step;

/// What Windows says, whether it is the name that is wrong or the password.
const STATUS_LOGON_FAILURE: u32 = 0xc000_006d;

/// Lets in who has the right password. Without an account nobody has.
pub(super) async fn run(lab: &Lab, line: &mut Line, selected: Protocols) -> Result<(), Over> {
    let nla = &lab.scenario.nla;
    let refusal = |code| refusal(nla.version, code);

    let negotiate = hear(line).await?;
    let mut logon = Logon::new(lab).map_err(|error| line.fault(&error))?;
    let mut token = match &mut logon {
        Some(logon) => logon.challenge(negotiate).map_err(|error| line.fault(&error))?,
        None => challenge(&lab.scenario.ntlm).to_bytes(),
    };
    if lab.scenario.ntlm.spnego {
        token = wrapped(&token);
    }
    let truth = TsRequest { version: nla.version, ..TsRequest::with_token(token) };
    line.answer(Step::Credssp, lab.scenario.act(&line.seen, Step::Credssp), truth.to_bytes(), refusal).await?;

    let proof = hear(line).await?;
    let key = match &mut logon {
        Some(logon) => logon.key(proof),
        None => Err(nobody()),
    };
    let truth = match &key {
        Ok(key) => key.to_bytes(),
        Err(error) => {
            if error.error_type != ErrorKind::LogonDenied {
                // That is no wrong password, but a client that says what none says.
                line.fault(error);
            }
            if nla.says_no_code() {
                return line.hang_up().await;
            }
            refusal(STATUS_LOGON_FAILURE)
        }
    };
    line.answer(Step::Authenticate, lab.scenario.act(&line.seen, Step::Authenticate), truth, refusal).await?;
    let Some(mut logon) = logon.filter(|_| key.is_ok()) else { return line.hang_up().await };

    let credentials = hear(line).await?;
    line.seen.delegated = Some(logon.credentials(credentials).map_err(|error| line.fault(&error))?);
    if selected == Protocols::HYBRID_EX {
        let result = |code| EarlyUserAuthorization(code).to_bytes();
        let truth = EarlyUserAuthorization::SUCCESS.to_bytes();
        line.answer(Step::EarlyAuth, lab.scenario.act(&line.seen, Step::EarlyAuth), truth, result).await?;
    }
    Ok(())
}

/// Reads a `TSRequest` and notes which NTLM message it carries.
async fn hear(line: &mut Line) -> Result<TsRequest, Over> {
    let bytes = line.receive::<TsRequest>().await?;
    let request = TsRequest::decode(&bytes).map_err(|error| line.fault(&error))?;
    let token = request.nego_tokens.first().and_then(|token| ntlm::token_in(token).ok());
    line.seen.ts_requests.push(token.and_then(ntlm::message_type));
    Ok(request)
}

fn refusal(version: u32, code: u32) -> Vec<u8> {
    let empty = TsRequest::with_token(Vec::new());
    TsRequest { version, error_code: Some(code), nego_tokens: Vec::new(), ..empty }.to_bytes()
}
