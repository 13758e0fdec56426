//! `credssp`: one NTLM NEGOTIATE inside a TSRequest, and the server's challenge. No AUTHENTICATE message, ever: so this
//! is no logon attempt, and cannot lock an account.

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::credssp::TsRequest;
use rdp_packets::ntlm::{AvPair, Challenge, Negotiate};
use rdp_packets::spnego::NegToken;
use rdp_packets::{ntlm, spnego};

use crate::clock::micros;
use crate::codes;
use crate::fact::{Credssp, Ntlm};
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// Asks for the server's challenge.
pub(crate) async fn run(wire: &mut Wire, facts: &mut Credssp) -> Result<(), Cause> {
    let negotiate = Negotiate::anonymous().to_bytes();
    wire.send("TSRequest (NTLM NEGOTIATE)", &TsRequest::with_token(negotiate).to_bytes()).await?;
    let answer = wire.receive::<TsRequest>("TSRequest (NTLM CHALLENGE)").await?;
    let answer = TsRequest::decode(&answer)?;
    facts.version = Some(answer.version);
    if let Some(status) = answer.error_code {
        let name = codes::lookup(codes::Table::NtStatus, status).and_then(|code| code.name).unwrap_or("unknown");
        return Err(Cause::declined(RefusalKind::Ntstatus, format!("{status:#010x}"), name));
    }
    let Some(token) = answer.nego_tokens.first() else {
        return Err(Cause::misplaced("TSRequest", "negoTokens", 0, "is absent, and so is errorCode"));
    };
    facts.mechanisms = mechanisms(token);
    let challenge = Challenge::decode(ntlm::token_in(token)?)?;
    facts.ntlm = Some(identity(&challenge, wire.now()));
    Ok(())
}

/// The mechanisms that a SPNEGO answer names; `None` when the server answered with NTLM as it is.
fn mechanisms(token: &[u8]) -> Option<Vec<String>> {
    match spnego::NegToken::decode(token).ok()? {
        NegToken::Init(init) => Some(init.mech_types.iter().map(ToString::to_string).collect()),
        NegToken::Response(response) => response.supported_mech.map(|mech| vec![mech.to_string()]),
    }
}

/// Who the server says that it is, and what time it has.
fn identity(challenge: &Challenge, ours: jiff::Timestamp) -> Ntlm {
    let mut ntlm = Ntlm::default();
    for pair in &challenge.target_info {
        match pair {
            AvPair::NetbiosComputer(name) => ntlm.netbios_computer = Some(name.clone()),
            AvPair::NetbiosDomain(name) => ntlm.netbios_domain = Some(name.clone()),
            AvPair::DnsComputer(name) => ntlm.dns_computer = Some(name.clone()),
            AvPair::DnsDomain(name) => ntlm.dns_domain = Some(name.clone()),
            AvPair::DnsTree(name) => ntlm.dns_tree = Some(name.clone()),
            AvPair::Timestamp(time) => ntlm.server_time = jiff::Timestamp::from_microsecond(time.unix_micros()).ok(),
            AvPair::Flags(_)
            | AvPair::SingleHost(_)
            | AvPair::TargetName(_)
            | AvPair::ChannelBindings(_)
            | AvPair::Unknown { .. } => {}
        }
    }
    ntlm.os_build = challenge.version.map(|version| version.to_string());
    ntlm.clock_skew_us = ntlm.server_time.map(|theirs| {
        let apart = i64::try_from(micros(theirs.duration_since(ours).unsigned_abs())).unwrap_or(i64::MAX);
        if theirs < ours { -apart } else { apart }
    });
    ntlm
}
