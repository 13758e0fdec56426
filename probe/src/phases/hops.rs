//! The path hop by hop: SYNs to the target's port that expire on the way, so that each router tells its address, and a
//! firewall that lets the walk pass lets them pass too.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::probing::{Probed, gather, send};
use crate::clock::Clock;
use crate::evidence::Probe;
use crate::path::hops::{MOST, ROUNDS, ends, hops};
use crate::path::{Hop, HopKind};
use crate::stop::Cause;
use crate::wire::{Way, Wire};

/// Hops that are asked at once.
const AT_ONCE: usize = 8;

/// Silent hops in a row behind which nobody is looked for any more.
const SILENT: u8 = 5;

/// How long one hop is waited for before the next is asked beside it: so that few SYNs overtake the target's answer.
const STEP: Duration = Duration::from_millis(300);

/// No new round begins later than this: each takes four seconds at most.
const LONG: Duration = Duration::from_secs(20);

/// What is awaited.
const AWAITED: &str = "answers on the way";

/// Goes up to the target once, and then asks the hops that were found again, more often where answers are missing: each
/// `rounds` times at most.
pub(crate) async fn run(wire: &mut Wire, to: SocketAddr, rounds: usize) -> Result<(), Cause> {
    let (clock, way) = (*wire.clock(), Arc::clone(wire.way()));
    let began = clock.now();
    gather(wire, AWAITED, async |probed| climb(clock, &way, to, probed).await).await?;
    for round in 1..rounds {
        let again = again(&hops(wire.tape().recording(), to.ip()), round);
        if again.is_empty() || clock.now() - began > LONG {
            break;
        }
        gather(wire, AWAITED, async |probed| side_by_side(clock, &way, to, again, probed).await).await?;
    }
    Ok(())
}

/// The hops to ask in a round: all, and later those that have answered at all, as long as one of them did not always.
fn again(hops: &[Hop], round: usize) -> Vec<u8> {
    let heard = || hops.iter().filter(|hop| hop.kind != HopKind::Silent);
    if round < ROUNDS {
        hops.iter().map(|hop| hop.ttl).collect()
    } else if heard().any(|hop| hop.answered.k < hop.answered.n) {
        heard().map(|hop| hop.ttl).collect()
    } else {
        Vec::new()
    }
}

/// Asks one hop after the other, until the target answers or nobody does any more.
async fn climb(clock: Clock, way: &Arc<Way>, to: SocketAddr, probed: &mut Vec<Probed>) -> io::Result<()> {
    let mut under_way = JoinSet::new();
    let mut last = 0;
    for ttl in 1..=MOST {
        let probe = Probe::Syn { ttl };
        under_way.spawn(send(clock, Arc::clone(way), to, probe));
        let own = async {
            while let Some(done) = under_way.join_next().await {
                probed.push(finished(done)?);
                if probed.last().is_some_and(|done| done.probe == probe) {
                    break;
                }
            }
            io::Result::Ok(())
        };
        tokio::time::timeout(STEP, own).await.unwrap_or(Ok(()))?;
        let answered = probed.iter().any(|done| done.probe == probe && done.answer().is_some());
        last = if answered { ttl } else { last };
        let ended = probed.iter().filter_map(Probed::answer).any(|answer| ends(answer, to.ip()));
        if ended || ttl - last >= SILENT {
            break;
        }
    }
    while let Some(done) = under_way.join_next().await {
        probed.push(finished(done)?);
    }
    Ok(())
}

/// Asks all these hops once, a few at a time.
async fn side_by_side(
    clock: Clock,
    way: &Arc<Way>,
    to: SocketAddr,
    hops: Vec<u8>,
    probed: &mut Vec<Probed>,
) -> io::Result<()> {
    let mut under_way = JoinSet::new();
    for ttl in hops {
        if under_way.len() == AT_ONCE
            && let Some(done) = under_way.join_next().await
        {
            probed.push(finished(done)?);
        }
        under_way.spawn(send(clock, Arc::clone(way), to, Probe::Syn { ttl }));
    }
    while let Some(done) = under_way.join_next().await {
        probed.push(finished(done)?);
    }
    Ok(())
}

fn finished(done: Result<io::Result<Probed>, JoinError>) -> io::Result<Probed> {
    done.map_err(io::Error::other)?
}
