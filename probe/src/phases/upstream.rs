//! `tls` with our own ClientHello, padded to one packet of a size: whether it arrives, tells whether packets of that
//! size pass on their way to the server. It reads no answer.

use rdp_packets::tls::{ClientHello, Version};

use super::{describe, tls};
use crate::path::mtu;
use crate::plan::Plan;
use crate::stop::{Cause, Operation};
use crate::wire::Wire;

/// Says hello in one packet of `size` bytes, and waits until it is acknowledged.
pub(crate) async fn run(wire: &mut Wire, plan: &Plan, size: u16, ipv6: bool) -> Result<(), Cause> {
    let info = wire.kernel().ok_or_else(|| Cause::local(Operation::TcpInfo, "the kernel gives none"))?;
    let hello = ClientHello::describing(Version::TLS_1_2, tls::random(), tls::sni(plan).as_deref());
    let hello = hello.padded(mtu::payload(size, ipv6, &info)).records();
    wire.send("ClientHello", &hello).await?;
    wire.acknowledged("acknowledgement of the ClientHello").await?;
    describe::leave(wire, Version::TLS_1_2).await
}
