//! An RDP server on `ironrdp-server`: a second implementation of NLA beside `FreeRDP`'s, so that the suite does not
//! learn one server's habits.
//!
//! ```text
//! iron-lab ADDRESS hybrid|tls|none CERTIFICATE KEY USER PASSWORD-FILE
//! ```
//!
//! Certificate and key are PEM, the password is the file's first line. `hybrid` and `tls` know one user; `none` lets
//! anybody in, since nobody should send a password through it. One connection is served at a time, the next one waits
//! until it has ended. What ended a connection early stands on stderr.

use std::env;
use std::fs;
use std::future;
use std::io::{self, Cursor};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use ironrdp_server::{
    Credentials, DesktopSize, DisplayUpdate, RdpServer, RdpServerDisplay, RdpServerDisplayUpdates, TlsIdentityCtx,
};
use tokio::io::{AsyncRead, AsyncReadExt, join};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// What the command is given, in order.
const USAGE: &str = "iron-lab ADDRESS hybrid|tls|none CERTIFICATE KEY USER PASSWORD-FILE";

/// The sizes of a TPKT header, of an `RDP_NEG_REQ` and of the correlation info behind it, [MS-RDPBCGR] 2.2.1.1.
const HEADER: usize = 4;
const OFFER: usize = 8;
const CORRELATION_INFO: usize = 36;

/// The flag of an `RDP_NEG_REQ` that has correlation info behind it.
const CORRELATION_INFO_PRESENT: u8 = 0x08;

/// A small display that nothing is ever drawn on.
struct Blank;

#[async_trait]
impl RdpServerDisplay for Blank {
    async fn size(&mut self) -> DesktopSize {
        DesktopSize { width: 640, height: 480 }
    }

    async fn updates(&mut self) -> Result<Box<dyn RdpServerDisplayUpdates>> {
        Ok(Box::new(Self))
    }
}

#[async_trait]
impl RdpServerDisplayUpdates for Blank {
    async fn next_update(&mut self) -> Result<Option<DisplayUpdate>> {
        future::pending().await
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, security, certificate, key, user, password_file] = arguments.as_slice() else {
        bail!("usage: {USAGE}");
    };
    let address: SocketAddr = address.parse().context("ADDRESS is IP:PORT")?;
    let identity = TlsIdentityCtx::init_from_paths(Path::new(certificate), Path::new(key))?;
    let password = fs::read_to_string(password_file).context("cannot read the password")?;
    let password = password.lines().next().unwrap_or_default().to_owned();

    let server = RdpServer::builder().with_addr(address);
    let server = match security.as_str() {
        "hybrid" => server.with_hybrid(identity.make_acceptor()?, identity.pub_key),
        "tls" => server.with_tls(identity.make_acceptor()?),
        "none" => server.with_no_security(),
        unknown => bail!("`{unknown}` is no security; usage: {USAGE}"),
    };
    let mut server = server.with_no_input().with_display_handler(Blank).build();
    if security != "none" {
        server.set_credentials(Some(Credentials { username: user.clone(), password, domain: None }));
    }
    Builder::new_current_thread().enable_all().build()?.block_on(serve(address, server))
}

/// Serves one connection after the other.
async fn serve(address: SocketAddr, mut server: RdpServer) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (client, peer) = listener.accept().await?;
        if let Err(error) = converse(client, &mut server).await {
            eprintln!("{peer}: {error:#}");
        }
    }
}

/// Serves one connection.
async fn converse(client: TcpStream, server: &mut RdpServer) -> Result<()> {
    client.set_nodelay(true)?;
    let (mut reader, writer) = client.into_split();
    let request = connection_request(&mut reader).await.context("there is no Connection Request")?;
    server.run_connection(join(Cursor::new(request).chain(reader), writer)).await
}

/// Reads the first packet, and takes the correlation info off its end: the `ironrdp-pdu` of this release refuses it. A
/// later one reads it, but has no server yet.
async fn connection_request(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; HEADER];
    reader.read_exact(&mut packet).await?;
    let length = u16::from_be_bytes([packet[2], packet[3]]);
    packet.resize(usize::from(length).max(HEADER), 0);
    reader.read_exact(&mut packet[HEADER..]).await?;

    let Some(offer) = packet.len().checked_sub(OFFER + CORRELATION_INFO) else { return Ok(packet) };
    if packet[offer] == 1 && packet[offer + 1] & CORRELATION_INFO_PRESENT != 0 {
        packet[offer + 1] &= !CORRELATION_INFO_PRESENT;
        packet.truncate(offer + OFFER);
        // TPKT counts the whole packet, X.224 what follows its length indicator.
        let length = u8::try_from(packet.len()).map_err(io::Error::other)?;
        packet[2..=HEADER].copy_from_slice(&[0, length, length - 5]);
    }
    Ok(packet)
}
