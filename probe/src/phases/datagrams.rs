//! UDP datagrams of zeros to the target's port: how large they pass is what the error queue says of them.

use std::net::SocketAddr;

use super::probing::{note, send};
use crate::evidence::Probe;
use crate::path::datagrams::{MOST, PAIRS, SIZES, datagrams, next};
use crate::stop::Cause;
use crate::wire::Wire;

/// Goes down from the largest size to the one that nobody complains of, and tries fragments where that one arrived.
pub(crate) async fn run(wire: &mut Wire, to: SocketAddr) -> Result<(), Cause> {
    let mut numbers = 0..MOST;
    let mut one = async |wire: &mut Wire, length, fragments| {
        let sent = send(*wire.clock(), to, Probe::Datagram { length, fragments });
        let probed = wire.wait("answer to a datagram", sent).await?.map_err(|error| Cause::local("datagram", error))?;
        note(wire, numbers.next().unwrap_or(MOST), &[probed]);
        Ok::<(), Cause>(())
    };
    for _ in 0..SIZES {
        let Some(length) = next(wire.tape().recording()) else { break };
        one(wire, length, false).await?;
    }
    let found = datagrams(wire.tape().recording(), to.ip());
    let Some((whole, interface)) = found.passes.zip(found.interface) else { return Ok(()) };
    for _ in 0..PAIRS {
        // Our own host cuts it into packets of the size that arrived, and half as much again.
        one(wire, interface.saturating_add(whole / 2), true).await?;
        one(wire, whole, false).await?;
    }
    Ok(())
}
