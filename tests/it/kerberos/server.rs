//! An RDP server that takes Kerberos: the `sspi` crate's server half, behind TLS of our own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rdp_lab::bed::kdc;
use rdp_packets::codec::{Encode, Frame};
use rdp_packets::credssp as packets;
use rdp_packets::negotiate::{Answer, Protocols, ResponseFlags};
use rdp_packets::session::EarlyUserAuthorization;
use rdp_packets::spnego::{Mechanism, NegState, NegToken, NegTokenResp};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Tpdu};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use sspi::credssp::{CredSspServer, CredentialsProxy, ServerMode, ServerState, TsRequest};
use sspi::generator::NetworkRequest;
use sspi::kerberos::ServerProperties;
use sspi::network_client::NetworkClient;
use sspi::{
    AuthIdentity, Credentials, Error, ErrorKind, KerberosConfig, KerberosServerConfig, NegotiateConfig, Username,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::block_in_place;
use tokio_rustls::TlsAcceptor;

/// What the server does once TLS stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Logon {
    /// It reads the first message and closes.
    Closed,
    /// It agrees to Kerberos, and has no ticket to show.
    Ticketless,
    /// It logs on at this KDC as the server that it is, shows that ticket, and takes the client's.
    Taken(SocketAddr),
}

/// A server, as long as the runtime lives.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// What each connection came to that the library saw: the credentials that the client gave, or why not.
    pub(super) logons: mpsc::UnboundedReceiver<Result<AuthIdentity, String>>,
}

impl Server {
    /// Starts one with a new certificate.
    pub(super) async fn start(logon: Logon) -> Self {
        let own = rcgen::generate_simple_self_signed(["server.lab.example".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (noted, logons) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (acceptor, noted) = (acceptor.clone(), noted.clone());
                let public_key = own.signing_key.public_key_raw().to_vec();
                tokio::spawn(async move {
                    read::<Tpkt<ConnectionRequest>>(&mut socket).await?;
                    socket.write_all(&agreement()).await.ok()?;
                    let mut tls = acceptor.accept(socket).await.ok()?;
                    match logon {
                        Logon::Closed => return read::<packets::TsRequest>(&mut tls).await.map(drop),
                        Logon::Ticketless => ticketless(&mut tls).await?,
                        Logon::Taken(kdc) => taken(&mut tls, kdc, public_key, &noted).await?,
                    }
                    // What comes now is the client's leave.
                    tls.read_u8().await.map(drop).ok()
                });
            }
        });
        Self { address, logons }
    }
}

/// The Connection Confirm of a server that does all that `CredSSP` can.
fn agreement() -> Vec<u8> {
    let flags =
        ResponseFlags::RESTRICTED_ADMIN_MODE_SUPPORTED.with(ResponseFlags::REDIRECTED_AUTHENTICATION_MODE_SUPPORTED);
    let answer = Some(Answer::Response { flags, selected: Protocols::HYBRID_EX });
    let confirm = ConnectionConfirm { destination_reference: 0, source_reference: 1, class: 0, answer };
    Tpkt(Tpdu::ConnectionConfirm(confirm)).to_bytes()
}

/// Agrees to Kerberos, without the ticket that the client asks for.
async fn ticketless(tls: &mut (impl AsyncRead + AsyncWriteExt + Unpin)) -> Option<()> {
    read::<packets::TsRequest>(tls).await?;
    let chosen = NegToken::Response(NegTokenResp {
        state: Some(NegState::ACCEPT_INCOMPLETE),
        supported_mech: Some(Mechanism::KERBEROS),
        response_token: None,
        mech_list_mic: None,
    });
    tls.write_all(&packets::TsRequest::with_token(chosen.to_bytes()).to_bytes()).await.ok()
}

/// Lets the library take the client's logon, and notes what it came to before the client can know.
async fn taken(
    tls: &mut (impl AsyncRead + AsyncWriteExt + Unpin),
    kdc: SocketAddr,
    public_key: Vec<u8>,
    noted: &mpsc::UnboundedSender<Result<AuthIdentity, String>>,
) -> Option<()> {
    let mut library = library(kdc, public_key);
    loop {
        let heard = TsRequest::from_buffer(&read::<packets::TsRequest>(tls).await?).ok()?;
        // It asks the KDC on the way, and waits for it.
        let answer = match block_in_place(|| library.process(heard).resolve_with_client(&Kdc(kdc))) {
            Ok(ServerState::ReplyNeeded(answer)) => answer,
            Ok(ServerState::Finished(identity)) => {
                noted.send(Ok(identity)).ok()?;
                return tls.write_all(&EarlyUserAuthorization::SUCCESS.to_bytes()).await.ok();
            }
            Err(refusal) => {
                noted.send(Err(refusal.error.description)).ok()?;
                *refusal.ts_request?
            }
        };
        let mut bytes = Vec::new();
        answer.encode_ts_request(&mut bytes).ok()?;
        tls.write_all(&bytes).await.ok()?;
    }
}

/// The library's server half, which is `TERMSRV/127.0.0.1` and has that account's password.
fn library(kdc: SocketAddr, public_key: Vec<u8>) -> CredSspServer<Users> {
    let service = ["TERMSRV", "127.0.0.1"];
    let account = AuthIdentity {
        username: Username::new(&service.join("/"), Some(kdc::REALM)).expect("a name"),
        password: kdc::SERVER_PASSWORD.to_owned().into(),
    };
    let account = Credentials::from(account).try_into().expect("an account");
    let name = "server".to_owned();
    let kerberos = KerberosServerConfig {
        kerberos_config: KerberosConfig::new_with_kdc_url(&kdc.to_string(), name.clone()),
        server_properties: ServerProperties::new(&service, Some(account), Duration::from_mins(5), None)
            .expect("a service"),
    };
    let negotiate = NegotiateConfig::new(Box::new(kerberos), Some("kerberos,!ntlm".to_owned()), name);
    CredSspServer::new(public_key, Users, ServerMode::Negotiate(negotiate)).expect("a server half")
}

/// Whom the library lets in: the user that the ticket names. It wants a password with the name and uses none.
struct Users;

impl CredentialsProxy for Users {
    type AuthenticationData = AuthIdentity;

    fn auth_data_by_user(&mut self, username: &Username) -> std::io::Result<AuthIdentity> {
        Ok(AuthIdentity { username: username.clone(), password: String::new().into() })
    }

    fn auth_data(&mut self) -> std::io::Result<Vec<AuthIdentity>> {
        let user = Username::new_upn(kdc::USER, &kdc::REALM.to_lowercase()).map_err(std::io::Error::other)?;
        self.auth_data_by_user(&user).map(|user| vec![user])
    }
}

/// The server's own way to the KDC.
struct Kdc(SocketAddr);

impl NetworkClient for Kdc {
    fn send(&self, request: &NetworkRequest) -> sspi::Result<Vec<u8>> {
        let ask = || {
            let mut socket = TcpStream::connect(self.0)?;
            socket.write_all(&request.data)?;
            let mut length = [0; 4];
            socket.read_exact(&mut length)?;
            let mut reply = length.to_vec();
            socket.take(u32::from_be_bytes(length).into()).read_to_end(&mut reply)?;
            std::io::Result::Ok(reply)
        };
        ask().map_err(|error| Error::new(ErrorKind::NoAuthenticatingAuthority, error))
    }
}

/// Reads one message.
async fn read<F: Frame>(socket: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if F::length(&bytes).ok()? == Some(bytes.len()) {
            return Some(bytes);
        }
        bytes.push(socket.read_u8().await.ok()?);
    }
}
