//! The `sspi` crate, which does the cryptography: our messages become its, its become ours, and what it wants to ask a
//! key distribution centre is asked by us.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdp_packets::codec::Encode;
use rdp_packets::credssp::{LATEST, TsRequest};
use rdp_packets::ntlm;
use rdp_packets::spnego::{NegToken, NegTokenResp};
use sspi::credssp::{ClientMode, ClientState, CredSspClient, CredSspMode};
use sspi::generator::GeneratorState;
use sspi::ntlm::NtlmConfig;
use sspi::{AuthIdentity, ErrorKind, KerberosConfig, NegotiateConfig, Username, credssp};

use super::kdc::Kdc;
use crate::credentials::{Credentials, Mode};
use crate::fact::Credssp;
use crate::plan::{KDC_REQUESTS, Plan};
use crate::stop::{Cause, Operation};
use crate::wire::Wire;

/// The signature before every sealed message; the library takes for granted that it is there.
const SIGNATURE: usize = 16;

/// The newest version that binds to the key itself and not to a hash of it: it knows no nonce.
const LAST_WITHOUT_NONCE: u32 = 4;

/// The client's side of `CredSSP`.
pub(super) struct Client {
    inner: CredSspClient,
    kdc: Option<Kdc>,
    /// The server wraps its NTLM in SPNEGO, and so do we then.
    wrapped: bool,
    /// We have sent our sealed public key, and the server's is due.
    bound: bool,
}

/// What we say next.
pub(super) struct Said {
    pub(super) request: TsRequest,
    /// It carries the proof of the password, and our sealed public key with it.
    pub(super) binds: bool,
    /// It carries the credentials, and nothing more is due in `CredSSP`.
    pub(super) last: bool,
}

impl Client {
    /// Takes the credentials: they go when the client goes.
    pub(super) fn new(credentials: &Credentials, public_key: Vec<u8>, plan: &Plan) -> Result<Self, Cause> {
        let logon = &plan.logon;
        let username = Username::new(&credentials.user, credentials.domain.as_deref());
        let username = username.map_err(|error| Cause::local(Operation::UserName, error))?;
        let identity = AuthIdentity { username, password: credentials.secret.0.clone().into() };
        let mode = match logon.mode {
            Mode::Password => CredSspMode::WithCredentials,
            Mode::RestrictedAdmin => CredSspMode::CredentialLess,
            Mode::RemoteGuard => CredSspMode::RemoteGuard,
        };
        let own = dns_lookup::get_hostname().unwrap_or_default();
        let mechanism = match &logon.kdc {
            None => ClientMode::Ntlm(NtlmConfig { client_computer_name: Some(own).filter(|own| !own.is_empty()) }),
            Some(kdc) => {
                let kerberos = KerberosConfig::new_with_kdc_url(kdc, own.clone());
                // What Kerberos cannot do is told, and not done by NTLM instead.
                ClientMode::Negotiate(NegotiateConfig::new(Box::new(kerberos), Some("kerberos,!ntlm".to_owned()), own))
            }
        };
        let target = format!("TERMSRV/{}", plan.target.host);
        let inner = CredSspClient::new(public_key, identity.into(), mode, mechanism, target).map_err(|e| failed(&e))?;
        Ok(Self { inner, kdc: Kdc::of(plan), wrapped: false, bound: false })
    }

    /// Our first message: it proves nothing.
    pub(super) async fn open(&mut self, wire: &mut Wire, facts: &mut Credssp) -> Result<TsRequest, Cause> {
        let empty = credssp::TsRequest { version: LATEST, ..credssp::TsRequest::default() };
        // The version in it is ours and not the server's: the library must not take it for that.
        Ok(self.process(wire, empty, facts).await?.request)
    }

    /// What we say to what the server said.
    pub(super) async fn answer(
        &mut self,
        wire: &mut Wire,
        heard: TsRequest,
        facts: &mut Credssp,
    ) -> Result<Said, Cause> {
        let version = heard.version;
        let heard = self.taken(heard)?;
        let mut said = self.process(wire, heard, facts).await?;
        if version <= LAST_WITHOUT_NONCE {
            said.request.client_nonce = None;
        }
        self.bound |= said.binds;
        if self.wrapped {
            said.request.nego_tokens = said.request.nego_tokens.iter().map(|token| wrap(token)).collect();
        }
        Ok(said)
    }

    /// One step of the library, with whatever it asks the key distribution centre on the way.
    async fn process(
        &mut self,
        wire: &mut Wire,
        heard: credssp::TsRequest,
        facts: &mut Credssp,
    ) -> Result<Said, Cause> {
        let mut asked = 0;
        let mut work = self.inner.process(heard);
        let mut state = unpanicked(|| work.start())?;
        let done = loop {
            match state {
                GeneratorState::Completed(done) => {
                    break done.map_err(|error| match &self.kdc {
                        // The server's message was read before the KDC was asked: what failed is the KDC's reply.
                        Some(kdc) if asked > 0 => Cause::local(Operation::Kdc, format!("{kdc}: {error}")),
                        _ => failed(&error),
                    })?;
                }
                GeneratorState::Suspended(request) => {
                    let Some(kdc) = &self.kdc else { return Err(Cause::local(Operation::Kdc, "none is named")) };
                    if asked == KDC_REQUESTS {
                        return Err(Cause::local(Operation::Kdc, format!("{kdc}: it sends us on and on")));
                    }
                    let reply = kdc.ask(wire, &request.data, facts).await?;
                    asked += 1;
                    state = unpanicked(|| work.resume(Ok(reply)))?;
                }
            }
        };
        drop(work);
        Ok(match done {
            ClientState::ReplyNeeded(request) => Said { binds: request.pub_key_auth.is_some(), ..ours(request, false) },
            ClientState::FinalMessage(request) => ours(request, true),
        })
    }

    /// The server's message as the library has it, if it is one that the library can take.
    fn taken(&mut self, heard: TsRequest) -> Result<credssp::TsRequest, Cause> {
        let misplaced = |found| Cause::misplaced("TSRequest", "pubKeyAuth", 0, found);
        match heard.pub_key_auth.as_ref().map(Vec::len) {
            None if self.bound => return Err(misplaced("is absent, and so is errorCode")),
            Some(..SIGNATURE) => return Err(misplaced("is shorter than its signature")),
            None | Some(_) => {}
        }
        let mut token = heard.nego_tokens.into_iter().next();
        // Bare NTLM is all that the library knows without Kerberos.
        if self.kdc.is_none()
            && let Some(wrapped) = token.take_if(|token| !token.starts_with(&ntlm::SIGNATURE))
        {
            self.wrapped = true;
            token = ntlm::token_in(&wrapped).ok().map(<[u8]>::to_vec);
        }
        Ok(credssp::TsRequest {
            version: heard.version.min(LATEST),
            nego_tokens: token,
            pub_key_auth: heard.pub_key_auth,
            ..credssp::TsRequest::default()
        })
    }
}

/// The library's message as ours.
fn ours(request: credssp::TsRequest, last: bool) -> Said {
    let request = TsRequest {
        version: request.version,
        nego_tokens: request.nego_tokens.into_iter().collect(),
        auth_info: request.auth_info,
        pub_key_auth: request.pub_key_auth,
        error_code: None,
        client_nonce: request.client_nonce,
    };
    Said { request, binds: false, last }
}

/// An NTLM message in SPNEGO.
fn wrap(token: &[u8]) -> Vec<u8> {
    let response = NegTokenResp { state: None, supported_mech: None, response_token: Some(token), mech_list_mic: None };
    NegToken::Response(response).to_bytes()
}

/// What a failure of the library means: what it does not understand or believe came from the server.
fn failed(error: &sspi::Error) -> Cause {
    if error.error_type == ErrorKind::MessageAltered {
        let found = "is not the key of the certificate, sealed by who knows the password";
        return Cause::misplaced("TSRequest", "pubKeyAuth", 0, found);
    }
    if error.error_type == ErrorKind::InvalidToken {
        return Cause::misplaced("TSRequest", "negoTokens", 0, format!("is not understood: {}", error.description));
    }
    Cause::local(Operation::CredsspLibrary, error)
}

/// Runs the library. What a server sends may not end the run, however the library takes it.
fn unpanicked<T>(step: impl FnOnce() -> T) -> Result<T, Cause> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| Cause::local(Operation::CredsspLibrary, "it panicked"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use rdp_packets::Secret;
    use sspi::credssp::{CredSspServer, CredentialsProxy, ServerMode, ServerState};
    use tokio::sync::watch;

    use super::*;
    use crate::clock::{Clock, Moment};
    use crate::evidence::{Senses, Tape};
    use crate::target::Target;
    use crate::wire::{Halt, Limits};

    /// Any bytes do for a key.
    const KEY: &[u8] = &[0xff, 0xff, 7, 0x30, 0x82];

    /// The library's own server, which knows one user.
    struct Users;

    impl CredentialsProxy for Users {
        type AuthenticationData = AuthIdentity;

        fn auth_data_by_user(&mut self, username: &Username) -> io::Result<AuthIdentity> {
            Ok(AuthIdentity { username: username.clone(), password: "right".to_owned().into() })
        }

        fn auth_data(&mut self) -> io::Result<Vec<AuthIdentity>> {
            Ok(Vec::new())
        }
    }

    fn wire() -> Wire {
        let limits = Limits { timeout: std::time::Duration::from_secs(5), deadline: Moment(u64::MAX) };
        let halt = Halt::new(watch::channel(false).1);
        Wire::new(Tape::new(Clock::start()), Senses::default(), limits, halt, std::sync::Arc::default())
    }

    fn client(password: &str, mode: Mode) -> Client {
        let credentials = Credentials::new("ZORG\\alice", Secret(password.to_owned())).unwrap();
        let mut plan = Plan::new(Target::named("srv.zorg.example", 3389));
        plan.logon.mode = mode;
        Client::new(&credentials, KEY.to_vec(), &plan).unwrap()
    }

    /// How a conversation ended: with the password that the server was given, its error code, or our cause.
    #[derive(Debug, PartialEq)]
    enum End {
        Given(String),
        Declined(u32),
        Ours(Cause),
    }

    /// Lets the two speak to each other; `lie` may change what the server says.
    async fn talk(mut client: Client, version: u32, spnego: bool, lie: impl Fn(&mut TsRequest)) -> End {
        let mode = ServerMode::Ntlm(NtlmConfig::new("SRV".to_owned()));
        let mut server = CredSspServer::new_with_version(KEY.to_vec(), Users, version, mode).unwrap();
        let mut wire = wire();
        let mut said =
            Said { request: client.open(&mut wire, &mut Credssp::default()).await.unwrap(), binds: false, last: false };
        loop {
            let mut request = said.request;
            assert!(request.client_nonce.is_none() || version > LAST_WITHOUT_NONCE);
            let tokens = request.nego_tokens.iter().map(|token| ntlm::token_in(token).unwrap().to_vec());
            let heard = credssp::TsRequest {
                // A peer of the same version: what is bound is the older side's affair.
                version,
                nego_tokens: tokens.into_iter().next(),
                auth_info: request.auth_info.take(),
                pub_key_auth: request.pub_key_auth.take(),
                error_code: None,
                client_nonce: request.client_nonce,
            };
            let answer = match server.process(heard).resolve_to_result() {
                Ok(ServerState::Finished(identity)) => return End::Given(identity.password.as_ref().clone()),
                Ok(ServerState::ReplyNeeded(answer)) => answer,
                Err(error) => return End::Declined(error.ts_request.unwrap().error_code.unwrap().0),
            };
            let mut answer = ours(answer, false).request;
            answer.nego_tokens.retain(|token| !token.is_empty());
            if spnego {
                answer.nego_tokens = answer.nego_tokens.iter().map(|token| wrap(token)).collect();
            }
            lie(&mut answer);
            said = match client.answer(&mut wire, answer, &mut Credssp::default()).await {
                Ok(said) => said,
                Err(cause) => return End::Ours(cause),
            };
        }
    }

    #[tokio::test]
    async fn every_version_takes_the_right_password_and_no_wrong_one() {
        for version in 2..=LATEST {
            for spnego in [false, true] {
                let end = talk(client("right", Mode::Password), version, spnego, |_| {}).await;
                assert_eq!(end, End::Given("right".to_owned()), "version {version}");
                let end = talk(client("wrong", Mode::Password), version, spnego, |_| {}).await;
                assert_eq!(end, End::Declined(0xC007_030C), "version {version}");
            }
        }
    }

    #[tokio::test]
    async fn a_restricted_admin_gives_the_server_no_password() {
        let end = talk(client("right", Mode::RestrictedAdmin), LATEST, false, |_| {}).await;
        assert_eq!(end, End::Given(String::new()));
    }

    #[tokio::test]
    async fn a_server_that_does_not_prove_the_key_gets_no_credentials() {
        let lies: [fn(&mut Vec<u8>); 3] = [|key| key[17] ^= 1, |key| key.truncate(9), |key| key[3] ^= 1];
        for lie in lies {
            for version in 2..=LATEST {
                let end = talk(client("right", Mode::Password), version, false, |answer| {
                    answer.pub_key_auth.iter_mut().for_each(lie);
                });
                let End::Ours(Cause::Garbled(garbled)) = end.await else { panic!("version {version} is believed") };
                assert_eq!(garbled.field, "pubKeyAuth");
            }
        }
        let end = talk(client("right", Mode::Password), LATEST, false, |answer| answer.pub_key_auth = None).await;
        assert!(matches!(end, End::Ours(Cause::Garbled(_))), "{end:?}");
    }

    #[tokio::test]
    async fn no_challenge_makes_the_library_panic() {
        for at in 0..200 {
            for value in [0, 1, 0x7f, 0xff] {
                let spoil = |answer: &mut TsRequest| {
                    for byte in answer.nego_tokens.iter_mut().filter_map(|token| token.get_mut(at)) {
                        *byte = value;
                    }
                };
                let end = talk(client("right", Mode::Password), LATEST, false, spoil).await;
                let panicked = matches!(&end, End::Ours(Cause::Local { error, .. }) if error.contains("panicked"));
                assert!(!panicked, "byte {at} of {value:#x}");
            }
        }
    }
}
