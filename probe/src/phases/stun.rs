//! A STUN Binding Request, RFC 8489: whether UDP gets out, and as which address.

use std::net::SocketAddr;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::stun::{BindingRequest, BindingResponse};

use super::{tls, udp_syn};
use crate::clock::micros;
use crate::fact::UdpSyn;
use crate::stop::Cause;
use crate::wire::Wire;

/// The message, as stops and citations name it.
const RESPONSE: &str = "STUN Binding Response";

/// Asks, and notes what the server sees of us.
pub(crate) async fn run(wire: &mut Wire, to: SocketAddr, facts: &mut UdpSyn) -> Result<(), Cause> {
    udp_syn::begin(wire, to, facts)?;
    let request = BindingRequest { transaction: tls::random() };
    let sent = wire.clock().now();
    wire.send("STUN Binding Request", &request.to_bytes()).await?;
    let answer = wire.receive_datagram(RESPONSE).await?;
    facts.rtt_us = Some(micros(wire.clock().now() - sent));
    let answer = BindingResponse::decode(&answer)?;
    if answer.transaction != request.transaction {
        return Err(Cause::misplaced(RESPONSE, "transaction", 8, "is not that of our request"));
    }
    facts.mapped = Some(answer.mapped);
    Ok(())
}
