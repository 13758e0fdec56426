//! UDP datagrams of zeros to the target's port: how large they pass is what the error queue says of them.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::try_join;

use super::probing::{Probed, gather, send};
use crate::evidence::Probe;
use crate::path::datagrams::{PAIRS, SIZES, datagrams, next};
use crate::stop::Cause;
use crate::wire::Wire;

/// Goes down from the largest size to the one that nobody complains of, and tries fragments where that one arrived.
pub(crate) async fn run(wire: &mut Wire, to: SocketAddr) -> Result<(), Cause> {
    let (clock, way) = (*wire.clock(), Arc::clone(wire.way()));
    let one = |length, fragments| send(clock, Arc::clone(&way), to, Probe::Datagram { length, fragments });
    for _ in 0..SIZES {
        let Some(length) = next(wire.tape().recording()) else { break };
        let alone = async |probed: &mut Vec<Probed>| {
            probed.push(one(length, false).await?);
            Ok(())
        };
        gather(wire, "answer to a datagram", alone).await?;
    }
    let found = datagrams(wire.tape().recording(), to.ip());
    let Some((whole, interface)) = found.passes.zip(found.interface) else { return Ok(()) };
    // Our own host cuts it into packets of the size that arrived, and half as much again.
    let long = interface.saturating_add(whole / 2);
    for _ in 0..PAIRS {
        let pair = async |probed: &mut Vec<Probed>| {
            let (cut, control) = try_join!(one(long, true), one(whole, false))?;
            probed.extend([cut, control]);
            Ok(())
        };
        gather(wire, "answers to two datagrams", pair).await?;
    }
    Ok(())
}
