//! Who may log on, decided by the server half of the `sspi` crate: an implementation that nobody here wrote.

use std::io;

use rdp_packets::credssp::TsRequest;
use rdp_packets::ntlm;
use sspi::credssp::{self, CredSspServer, CredentialsProxy, ServerMode, ServerState};
use sspi::ntlm::NtlmConfig;
use sspi::{AuthIdentity, Error, ErrorKind, Result, Username};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::scenario::Account;
use crate::server::seen::Delegated;
use crate::server::session::Lab;

/// The signature before every sealed message, in bytes; the library takes for granted that it is there.
const SIGNATURE: usize = 16;

/// The server's side of a logon.
pub(super) struct Logon<'a> {
    server: CredSspServer<Known<'a>>,
    account: &'a Account,
    version: u32,
}

/// The one account that the server knows.
struct Known<'a>(&'a Account);

impl CredentialsProxy for Known<'_> {
    type AuthenticationData = AuthIdentity;

    fn auth_data_by_user(&mut self, username: &Username) -> io::Result<AuthIdentity> {
        let Self(account) = self;
        if !username.account_name().eq_ignore_ascii_case(&account.user) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(AuthIdentity { username: username.clone(), password: account.password.clone().into() })
    }

    fn auth_data(&mut self) -> io::Result<Vec<AuthIdentity>> {
        Ok(Vec::new())
    }
}

/// What every proof is worth where there is no account.
pub(super) fn nobody() -> Error {
    Error::new(ErrorKind::LogonDenied, "nobody can log on here")
}

impl<'a> Logon<'a> {
    /// The logon at a server that has an account.
    pub(super) fn new(lab: &'a Lab) -> Result<Option<Self>> {
        let nla = &lab.scenario.nla;
        let Some(account) = &nla.account else { return Ok(None) };
        let certificate = lab.chain.first().and_then(|der| X509Certificate::from_der(der).ok());
        let (_, certificate) = certificate.ok_or_else(|| Error::new(ErrorKind::NoCredentials, "no certificate"))?;
        let key = certificate.public_key().subject_public_key.data.to_vec();
        let mode = ServerMode::Ntlm(NtlmConfig::default());
        let server = CredSspServer::new_with_version(key, Known(account), nla.version, mode)?;
        Ok(Some(Self { server, account, version: nla.version }))
    }

    /// The challenge to a NEGOTIATE.
    pub(super) fn challenge(&mut self, heard: TsRequest) -> Result<Vec<u8>> {
        Ok(self.reply(heard)?.nego_tokens.unwrap_or_default())
    }

    /// The sealed public key, for a proof of the right password and a client that sees the same key.
    pub(super) fn key(&mut self, heard: TsRequest) -> Result<TsRequest> {
        let pub_key_auth = self.reply(heard)?.pub_key_auth;
        let version = self.version;
        Ok(TsRequest { version, nego_tokens: Vec::new(), pub_key_auth, ..TsRequest::with_token(Vec::new()) })
    }

    /// What of the credentials is kept.
    pub(super) fn credentials(&mut self, heard: TsRequest) -> Result<Delegated> {
        match self.process(heard)? {
            ServerState::Finished(identity) => Ok(Delegated {
                user_name: identity.username.account_name().to_owned(),
                password: *identity.password.as_ref() == self.account.password,
            }),
            ServerState::ReplyNeeded(_) => Err(untimely()),
        }
    }

    fn reply(&mut self, heard: TsRequest) -> Result<credssp::TsRequest> {
        match self.process(heard)? {
            ServerState::ReplyNeeded(reply) => Ok(reply),
            ServerState::Finished(_) => Err(untimely()),
        }
    }

    fn process(&mut self, heard: TsRequest) -> Result<ServerState> {
        let sealed = [&heard.pub_key_auth, &heard.auth_info].into_iter().flatten();
        if sealed.map(Vec::len).any(|length| length < SIGNATURE) {
            return Err(Error::new(ErrorKind::InvalidToken, "what is sealed is shorter than its signature"));
        }
        let token = heard.nego_tokens.first().and_then(|token| ntlm::token_in(token).ok());
        let request = credssp::TsRequest {
            // The older side says what is bound; the library looks at the other side alone.
            version: heard.version.min(self.version),
            nego_tokens: token.map(<[u8]>::to_vec),
            auth_info: heard.auth_info,
            pub_key_auth: heard.pub_key_auth,
            error_code: None,
            client_nonce: heard.client_nonce,
        };
        self.server.process(request).resolve_to_result().map_err(|refused| refused.error)
    }
}

fn untimely() -> Error {
    Error::new(ErrorKind::OutOfSequence, "the library is not where we are")
}
