//! The way through the gate: the proof of the password, the binding to the certificate's key, the credentials, and the
//! server's word on whether the user may log on.

use jiff::Timestamp;
use rdp_packets::Secret;
use rdp_packets::codec::{Decode, DecodeError, Encode, Frame};
use rdp_packets::credssp::TsRequest;
use rdp_packets::negotiate::{Protocols, ResponseFlags};
use rdp_packets::ntlm;
use rdp_packets::session::EarlyUserAuthorization;
use rdp_packets::spnego::{Mechanism, NegState, NegToken};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::library::Client;
use super::{AUTHORIZATION, CHALLENGE, Ground, KERBEROS_ALONE, NEGOTIATE, answer, challenge, token};
use crate::credentials::{Credentials, Mode};
use crate::fact::{Authentication, Credssp, Facts};
use crate::phases::trust;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// The public key of a server to which credentials may go; `None` when they may not, with the reason in the facts.
pub(super) fn permit(ground: &Ground<'_>, now: Timestamp, facts: &mut Facts) -> Option<Vec<u8>> {
    facts.credssp.authentication = Some(Authentication::Withheld);
    let logon = &ground.plan.logon;
    let trusted = trust::judge(logon.trust, &ground.plan.target.host, &ground.shown, now);
    let trusted = trusted.and_then(|why| Ok((why, public_key(&ground.shown.chain)?)));
    let supported = does(logon.mode, facts.negotiate.flags.as_deref().unwrap_or_default());
    match trusted {
        Ok((why, public_key)) => {
            facts.tls.trust = Some(why.to_owned());
            supported.then_some(public_key)
        }
        Err(why) => {
            facts.tls.distrust = Some(why);
            None
        }
    }
}

/// Whether a server with these flags does what is insisted on.
fn does(mode: Mode, flags: &[String]) -> bool {
    let needed = match mode {
        Mode::Password => return true,
        Mode::RestrictedAdmin => ResponseFlags::RESTRICTED_ADMIN_MODE_SUPPORTED,
        Mode::RemoteGuard => ResponseFlags::REDIRECTED_AUTHENTICATION_MODE_SUPPORTED,
    };
    needed.names().iter().all(|name| flags.contains(name))
}

/// What `CredSSP` binds to: the subject's public key, without the algorithm around it.
fn public_key(chain: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let certificate = chain.first().and_then(|der| X509Certificate::from_der(der).ok());
    let (_, certificate) = certificate.ok_or("its public key cannot be read")?;
    Ok(certificate.public_key().subject_public_key.data.to_vec())
}

/// Logs on. The credentials are gone afterwards, however it ends.
pub(super) async fn run(
    wire: &mut Wire,
    credentials: Credentials,
    public_key: Vec<u8>,
    ground: &Ground<'_>,
    facts: &mut Credssp,
) -> Result<(), Cause> {
    let (plan, kerberos) = (ground.plan, ground.plan.logon.kdc.is_some());
    let mut client = Client::new(&credentials, public_key, plan)?;
    drop(credentials);
    facts.authentication = None;

    let (first, awaited) = if kerberos {
        ("TSRequest (Kerberos TGT request)", "TSRequest (Kerberos TGT reply)")
    } else {
        (NEGOTIATE, CHALLENGE)
    };
    let opening = client.open(wire, facts).await?;
    wire.send(first, &opening.to_bytes()).await?;
    let mut heard = answer(wire, awaited, facts).await?;
    if kerberos {
        facts.mechanisms = super::mechanisms(token(&heard)?);
        takes_kerberos(token(&heard)?)?;
    } else {
        challenge(&heard, wire.now(), facts)?;
    }

    loop {
        let said = client.answer(wire, heard, facts).await?;
        facts.authentication = Some(Authentication::Sent);
        let message = match (said.last, kerberos) {
            (true, _) => "TSRequest (credentials)",
            (false, true) if said.binds => PUBLIC_KEY,
            (false, true) => "TSRequest (Kerberos AP request)",
            (false, false) => "TSRequest (NTLM AUTHENTICATE)",
        };
        wire.send_unseen(message, &Secret(said.request.to_bytes())).await?;
        if said.last {
            break;
        }
        heard = answer(wire, if said.binds { PUBLIC_KEY } else { "TSRequest (Kerberos AP reply)" }, facts).await?;
    }

    if ground.selected == Protocols::HYBRID_EX {
        authorization(wire, facts).await?;
    }
    facts.authentication = Some(Authentication::Accepted);
    Ok(())
}

const PUBLIC_KEY: &str = "TSRequest (public key)";

/// Whether the server went along with Kerberos, the only mechanism that we offered.
fn takes_kerberos(token: &[u8]) -> Result<(), Cause> {
    let response = match NegToken::decode(token) {
        Ok(NegToken::Response(response)) => response,
        _ if token.starts_with(&ntlm::SIGNATURE) => return Err(selected("NTLM")),
        _ => return Err(selected("no mechanism")),
    };
    match response.supported_mech {
        // Kerberos between two users has an identifier below that of Kerberos.
        Some(mech)
            if mech != Mechanism::MS_KERBEROS && !mech.0.as_bytes().starts_with(Mechanism::KERBEROS.0.as_bytes()) =>
        {
            Err(selected(&mech.to_string()))
        }
        _ if response.state == Some(NegState::REJECT) => Err(selected("no mechanism")),
        _ => Ok(()),
    }
}

/// The server selects what we did not offer.
fn selected(what: &str) -> Cause {
    Cause::misplaced("TSRequest", "negoTokens", 0, format!("selects {what}, {KERBEROS_ALONE}"))
}

/// The Early User Authorization Result, or a `TSRequest` that declines in its place.
struct Authorization;

impl Frame for Authorization {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        match prefix.first() {
            Some(0x30) => TsRequest::length(prefix),
            _ => Ok(Some(4)),
        }
    }
}

/// Reads whether the user may log on.
async fn authorization(wire: &mut Wire, facts: &mut Credssp) -> Result<(), Cause> {
    let bytes = wire.receive::<Authorization>(AUTHORIZATION).await?;
    if bytes.first() == Some(&0x30) {
        return super::judge(TsRequest::decode(&bytes)?, facts).map(drop);
    }
    let result = EarlyUserAuthorization::decode(&bytes)?;
    facts.early_user_auth = Some(result.to_string());
    match result {
        EarlyUserAuthorization::SUCCESS => Ok(()),
        EarlyUserAuthorization::ACCESS_DENIED => {
            Err(Cause::declined(RefusalKind::EarlyUserAuth, format!("{:#x}", result.0), result.to_string()))
        }
        _ => {
            let found = format!("holds {:#x}, not 0 or 5", result.0);
            Err(Cause::misplaced(AUTHORIZATION, "authorizationResult", 0, found))
        }
    }
}
