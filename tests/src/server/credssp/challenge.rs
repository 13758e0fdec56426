use rdp_packets::codec::Encode;
use rdp_packets::ntlm::{AvPair, Challenge, FileTime, NegotiateFlags, Version};
use rdp_packets::spnego::{Mechanism, NegState, NegToken, NegTokenResp};
use rdp_probe::clock::Clock;

use crate::scenario::Identity;

/// From 1601 to 1970, in microseconds.
const EPOCHS_APART: i64 = 11_644_473_600_000_000;

/// What a Windows server says of itself.
pub(super) fn challenge(identity: &Identity) -> Challenge {
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
        // Nobody is authenticated with it, so nothing has to be unforeseen.
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

/// A challenge in SPNEGO.
pub(super) fn wrapped(token: &[u8]) -> Vec<u8> {
    NegToken::Response(NegTokenResp {
        state: Some(NegState::ACCEPT_INCOMPLETE),
        supported_mech: Some(Mechanism::NTLM),
        response_token: Some(token),
        mech_list_mic: None,
    })
    .to_bytes()
}
