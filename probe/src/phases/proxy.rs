//! `proxy`: what stands between us and the target is asked for it by name. What comes of it is the proxy's word alone.

use rdp_packets::Secret;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::http_connect;
use rdp_packets::socks5::{Choice, Greeting, Host, Login, LoginStatus, Method, Reply, ReplyCode, Request};

use crate::fact::Proxy;
use crate::phase::Phase;
use crate::stop::{Cause, Fault, RefusalKind};
use crate::target::Target;
use crate::wire::{Via, Wire};

/// Asks for the target; the next byte is for it.
pub(crate) async fn run(wire: &mut Wire, target: &Target, facts: &mut Proxy) -> Result<(), Cause> {
    facts.asked = Some(target.to_string());
    let way = wire.way().clone();
    match &way.via {
        Some(Via::Socks5(_, login)) => socks5(wire, target, login.as_ref(), facts).await,
        Some(Via::Http(_)) => http(wire, target).await,
        Some(Via::Command(words)) => wire.start(words, &target.host, target.port),
        None => Ok(()),
    }
}

/// Puts an end back to `proxy` where it belongs: a command that failed before a byte of the target came has never been
/// connected to it.
pub(crate) async fn ended(wire: &mut Wire, cause: Cause, facts: &mut Proxy) -> Fault {
    let heard = wire.tape().recording().last(|event| event.received().is_some()).is_some();
    let ended = matches!(cause, Cause::Closed | Cause::Reset) && !heard;
    let status = if ended { wire.command_ended().await } else { None };
    facts.exit = status.map(|status| status.to_string());
    Fault { blamed: status.filter(|status| !status.success()).map(|_| Phase::Proxy), cause }
}

async fn socks5(wire: &mut Wire, target: &Target, login: Option<&Login>, facts: &mut Proxy) -> Result<(), Cause> {
    let methods = [Method::NONE].into_iter().chain(login.map(|_| Method::LOGIN)).collect();
    wire.send("SOCKS 5 greeting", &Greeting { methods }.to_bytes()).await?;
    let answer = wire.receive::<Choice>("SOCKS 5 method selection").await?;
    match (Choice::decode(&answer)?.method, login) {
        (Method::NONE, _) => {}
        (Method::LOGIN, Some(login)) => log_on(wire, login).await?,
        (Method::UNACCEPTABLE, _) => return Err(declined(Method::UNACCEPTABLE.0, &Method::UNACCEPTABLE.to_string())),
        (other, _) => {
            let found = format!("holds {:#04x}, which was not offered", other.0);
            return Err(Cause::misplaced(Choice::NAME, "METHOD", 1, found));
        }
    }
    let request = Request { host: Host::of(&target.host), port: target.port };
    wire.send("SOCKS 5 request", &request.to_bytes()).await?;
    let answer = wire.receive::<Reply>("SOCKS 5 reply").await?;
    let Reply { code, host, port } = Reply::decode(&answer)?;
    if code != ReplyCode::SUCCEEDED {
        return Err(declined(code.0, &code.to_string()));
    }
    facts.bound = Some(format!("{host}:{port}"));
    Ok(())
}

async fn log_on(wire: &mut Wire, login: &Login) -> Result<(), Cause> {
    wire.write_unseen(&Secret(login.to_bytes())).await?;
    let answer = wire.receive::<LoginStatus>("SOCKS 5 user name and password status").await?;
    match LoginStatus::decode(&answer)?.status {
        0 => Ok(()),
        status => Err(declined(status, "user name or password not accepted")),
    }
}

async fn http(wire: &mut Wire, target: &Target) -> Result<(), Cause> {
    let request = http_connect::Request { authority: target.to_string() };
    wire.send("HTTP CONNECT", &request.to_bytes()).await?;
    let answer = wire.receive::<http_connect::Response>("HTTP response to CONNECT").await?;
    let response = http_connect::Response::decode(&answer)?;
    if response.is_success() {
        return Ok(());
    }
    let name = if response.reason.is_empty() { "no reason given" } else { &response.reason };
    Err(Cause::declined(RefusalKind::Proxy, response.status.to_string(), name))
}

fn declined(code: u8, name: &str) -> Cause {
    Cause::declined(RefusalKind::Proxy, format!("{code:#04x}"), name)
}
