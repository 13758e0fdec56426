use rdp_packets::codec::{Decode, Encode};
use rdp_packets::credssp::TsRequest;
use rdp_packets::ntlm::{self, AvPair, Challenge, FileTime, NegotiateFlags, Version};
use rdp_packets::spnego::{Mechanism, NegState, NegToken, NegTokenResp};
use rdp_probe::clock::Clock;

use super::line::{Line, Over};
use super::session::Lab;
use crate::act::Step;
use crate::scenario::Identity;

/// Nobody can log on here: the answer to every password.
const STATUS_LOGON_FAILURE: u32 = 0xc000_006d;

/// From 1601 to 1970, in microseconds.
const EPOCHS_APART: i64 = 11_644_473_600_000_000;

/// Answers the NEGOTIATE with a challenge, and everything after it with the same no.
pub(super) async fn run(lab: &Lab, line: &mut Line) -> Result<(), Over> {
    hear(line).await?;
    let mut token = challenge(&lab.scenario.ntlm).to_bytes();
    if lab.scenario.ntlm.spnego {
        token = wrapped(&token);
    }
    let act = lab.scenario.act(line.seen.number, Step::Credssp);
    line.answer(Step::Credssp, act, TsRequest::with_token(token).to_bytes(), refusal).await?;
    hear(line).await?;
    line.send_last(refusal(STATUS_LOGON_FAILURE)).await
}

/// Reads a `TSRequest` and notes which NTLM message it carries.
async fn hear(line: &mut Line) -> Result<(), Over> {
    let bytes = line.receive::<TsRequest>().await?;
    let request = TsRequest::decode(&bytes).map_err(|error| line.fault(&error))?;
    let token = request.nego_tokens.first().and_then(|token| ntlm::token_in(token).ok());
    line.seen.ts_requests.push(token.and_then(ntlm::message_type));
    Ok(())
}

fn refusal(code: u32) -> Vec<u8> {
    TsRequest { error_code: Some(code), nego_tokens: Vec::new(), ..TsRequest::with_token(Vec::new()) }.to_bytes()
}

/// What a Windows server says of itself.
fn challenge(identity: &Identity) -> Challenge {
    let dns_computer = format!("{}.{}", identity.computer.to_lowercase(), identity.dns_domain);
    let now = Clock::start().started().as_microsecond();
    let time = now.saturating_add(identity.ahead_s.saturating_mul(1_000_000)).saturating_add(EPOCHS_APART);
    let time = u64::try_from(time).unwrap_or_default().saturating_mul(10);
    Challenge {
        target_name: identity.domain.clone(),
        flags: NegotiateFlags::UNICODE
            .with(NegotiateFlags::REQUEST_TARGET)
            .with(NegotiateFlags::NTLM)
            .with(NegotiateFlags::ALWAYS_SIGN)
            .with(NegotiateFlags::TARGET_DOMAIN)
            .with(NegotiateFlags::EXTENDED_SESSION_SECURITY)
            .with(NegotiateFlags::TARGET_INFO)
            .with(NegotiateFlags::KEY_128)
            .with(NegotiateFlags::KEY_EXCHANGE)
            .with(NegotiateFlags::KEY_56),
        // Nobody is authenticated here, so nothing has to be unforeseen.
        server_challenge: *b"rdp-lab!",
        target_info: vec![
            AvPair::NetbiosDomain(identity.domain.clone()),
            AvPair::NetbiosComputer(identity.computer.clone()),
            AvPair::DnsDomain(identity.dns_domain.clone()),
            AvPair::DnsComputer(dns_computer),
            AvPair::DnsTree(identity.dns_domain.clone()),
            AvPair::Timestamp(FileTime(time)),
        ],
        version: Some(Version { major: 10, minor: 0, build: identity.build, revision: 15 }),
    }
}

fn wrapped(token: &[u8]) -> Vec<u8> {
    NegToken::Response(NegTokenResp {
        state: Some(NegState::ACCEPT_INCOMPLETE),
        supported_mech: Some(Mechanism::NTLM),
        response_token: Some(token),
        mech_list_mic: None,
    })
    .to_bytes()
}
