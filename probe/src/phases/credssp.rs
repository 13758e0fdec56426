//! `credssp`: without credentials one NTLM NEGOTIATE inside a TSRequest, and the server's challenge. No AUTHENTICATE
//! message: so this is no logon attempt, and cannot lock an account. With credentials, and where they may be used, it
//! goes on to the end.

#[cfg(feature = "credentials")]
mod authenticate;
#[cfg(feature = "credentials")]
mod kdc;
#[cfg(feature = "credentials")]
mod library;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::credssp::TsRequest;
use rdp_packets::negotiate::Protocols;
use rdp_packets::ntlm::{AvPair, Challenge, Negotiate};
use rdp_packets::spnego::NegToken;
use rdp_packets::{ntlm, spnego};

use super::tls::Shown;
use crate::clock::micros;
use crate::codes;
use crate::credentials::Credentials;
use crate::fact::{Credssp, Facts, Ntlm};
use crate::plan::Plan;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

const NEGOTIATE: &str = "TSRequest (NTLM NEGOTIATE)";
const CHALLENGE: &str = "TSRequest (NTLM CHALLENGE)";

/// What a `TSRequest` of this title brings; any other title is that itself.
pub(crate) fn content(title: &str) -> &str {
    title.strip_prefix("TSRequest (").and_then(|content| content.strip_suffix(')')).unwrap_or(title)
}

/// What is awaited once the server has proved its key and has the credentials: the password is right then.
pub(crate) const AUTHORIZATION: &str = "Early User Authorization Result";

/// How it is told that a server selects another mechanism than Kerberos.
pub(crate) const KERBEROS_ALONE: &str = "where Kerberos alone was offered";

/// What a logon rests on.
#[cfg_attr(not(feature = "credentials"), expect(dead_code, reason = "this build cannot log on"))]
pub(crate) struct Ground<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) selected: Protocols,
    /// What the server showed in `tls`.
    pub(crate) shown: Shown,
}

/// Logs on with credentials that may be used here, and says so; else asks for the server's challenge alone.
#[cfg_attr(not(feature = "credentials"), expect(unused_variables, reason = "this build cannot log on"))]
pub(crate) async fn run(
    wire: &mut Wire,
    credentials: Option<Credentials>,
    ground: &Ground<'_>,
    facts: &mut Facts,
) -> Result<bool, Cause> {
    #[cfg(feature = "credentials")]
    if let Some(credentials) = credentials
        && let Some(public_key) = authenticate::permit(ground, wire.now(), facts)
    {
        return authenticate::run(wire, credentials, public_key, ground, &mut facts.credssp).await.map(|()| true);
    }
    gate(wire, &mut facts.credssp).await.map(|()| false)
}

/// Asks for the server's challenge.
async fn gate(wire: &mut Wire, facts: &mut Credssp) -> Result<(), Cause> {
    let negotiate = Negotiate::anonymous().to_bytes();
    wire.send(NEGOTIATE, &TsRequest::with_token(negotiate).to_bytes()).await?;
    let answer = answer(wire, CHALLENGE, facts).await?;
    challenge(&answer, wire.now(), facts)
}

/// The server's next message, unless it declines in it.
async fn answer(wire: &mut Wire, awaited: &str, facts: &mut Credssp) -> Result<TsRequest, Cause> {
    let answer = wire.receive::<TsRequest>(awaited).await?;
    judge(TsRequest::decode(&answer)?, facts)
}

/// Whether the server goes on with this message. A refusal is one, whichever version it is written in.
fn judge(answer: TsRequest, facts: &mut Credssp) -> Result<TsRequest, Cause> {
    let before = facts.version.replace(answer.version);
    if let Some(status) = answer.error_code.filter(|status| *status != 0) {
        let name = codes::lookup(codes::Table::NtStatus, status).and_then(|code| code.name).unwrap_or("unknown");
        return Err(Cause::declined(RefusalKind::Ntstatus, format!("{status:#010x}"), name));
    }
    match before.filter(|before| *before != answer.version) {
        None => Ok(answer),
        Some(before) => {
            let found = format!("holds {}, and held {before} before", answer.version);
            Err(Cause::misplaced("TSRequest", "version", 0, found))
        }
    }
}

/// The token in a message that must have one.
fn token(answer: &TsRequest) -> Result<&[u8], Cause> {
    let absent = || Cause::misplaced("TSRequest", "negoTokens", 0, "is absent, and so is errorCode");
    answer.nego_tokens.first().map(Vec::as_slice).ok_or_else(absent)
}

/// Reads the NTLM challenge in a message.
fn challenge(answer: &TsRequest, now: jiff::Timestamp, facts: &mut Credssp) -> Result<(), Cause> {
    let token = token(answer)?;
    facts.mechanisms = mechanisms(token);
    let challenge = Challenge::decode(ntlm::token_in(token)?)?;
    facts.ntlm = Some(identity(&challenge, now));
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
    // A name of no letters is what a server sends that has none.
    let said = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    for pair in &challenge.target_info {
        match pair {
            AvPair::NetbiosComputer(name) => ntlm.netbios_computer = said(name),
            AvPair::NetbiosDomain(name) => ntlm.netbios_domain = said(name),
            AvPair::DnsComputer(name) => ntlm.dns_computer = said(name),
            AvPair::DnsDomain(name) => ntlm.dns_domain = said(name),
            AvPair::DnsTree(name) => ntlm.dns_tree = said(name),
            AvPair::Timestamp(time) => ntlm.server_time = jiff::Timestamp::from_microsecond(time.unix_micros()).ok(),
            AvPair::Flags(_)
            | AvPair::SingleHost(_)
            | AvPair::TargetName(_)
            | AvPair::ChannelBindings(_)
            | AvPair::Unknown { .. } => {}
        }
    }
    ntlm.os_build = challenge.version.map(|version| version.to_string());
    ntlm.clock_skew_us = ntlm.server_time.map(|theirs| ahead(theirs, ours));
    ntlm
}

/// How far their clock is ahead of ours, in microseconds.
fn ahead(theirs: jiff::Timestamp, ours: jiff::Timestamp) -> i64 {
    let apart = i64::try_from(micros(theirs.duration_since(ours).unsigned_abs())).unwrap_or(i64::MAX);
    if theirs < ours { -apart } else { apart }
}
