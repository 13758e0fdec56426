//! Where on the path the end of a connection is made: the message that draws it is sent so that it expires on the way.
//! If the end comes all the same, whoever made it is no further away than that.

mod search;

use crate::clock::micros;
use crate::path::{HopKind, hops};
use crate::phase::Phase;
use crate::stop::{Cause, Stop};
use crate::walk::{Variant, Walk};
use crate::wire::{DRAWN, HELD, UNDRAWN};

pub(crate) use search::{MOST, Search};

/// What the walks show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The least number of hops that the message has to go to draw the end.
    pub hops: u8,
    /// How many hops away the target is.
    pub target: u8,
    /// The walk in which it went no further, and drew the end; none where it has to come as far as the target.
    pub drawn: Option<usize>,
    /// The walk in which it went one hop less and drew nothing, until it was sent again to go all the way.
    pub quiet: Option<usize>,
}

/// The next walk of the search; `None` when it is over, or when there is nothing to search with.
pub(crate) fn next(walks: &[Walk]) -> Option<Variant> {
    search(walks)?.next().map(Variant::Stepped)
}

/// What the walks show; `None` where none was made to look for it, or the search did not come to its end.
pub(crate) fn found(walks: &[Walk]) -> Option<Origin> {
    let search = search(walks)?;
    let walk = |hops: u8| walks.iter().position(|walk| walk.variant == Variant::Stepped(hops));
    let hops = search.found()?;
    let (drawn, quiet) = (walk(hops), walk(hops.saturating_sub(1)));
    drawn.or(quiet).map(|_| Origin { hops, target: search.target(), drawn, quiet })
}

/// The search as far as the walks have come with it; `None` where one of them shows nothing.
fn search(walks: &[Walk]) -> Option<Search> {
    let baseline = walks.first().filter(|baseline| is_drawn(baseline) && is_repeated(baseline, walks))?;
    let target = hops::found(walks).pop().filter(|last| last.kind == HopKind::Target)?;
    let mut search = Search::new(target.ttl);
    for walk in walks {
        let Variant::Stepped(hops) = walk.variant else { continue };
        // What came before our message was not drawn by it, and what ended otherwise tells of something else.
        match walk.stop.as_ref().filter(|_| walk.ended_as(baseline))?.awaiting.as_deref() {
            Some(UNDRAWN) => return None,
            Some(DRAWN) => search.drawn(hops),
            _ => search.quiet(hops),
        }
    }
    Some(search)
}

/// Whether a message of ours in clear can have drawn the end of the walk, and would have drawn it while a stepped walk
/// waits for that.
fn is_drawn(walk: &Walk) -> bool {
    let rtt = walk.tape.path_rtt().unwrap_or_default();
    let in_time = |stop: &Stop| stop.after_last_send_us.is_some_and(|after| after < micros(HELD + rtt));
    let is_end = |stop: &&Stop| matches!(stop.cause, Cause::Reset | Cause::Closed);
    let stop = walk.stop.as_ref().filter(is_end).filter(|stop| in_time(stop));
    stop.is_some_and(|stop| matches!(stop.phase, Phase::Negotiate | Phase::Tls))
}

/// Whether unchanged walks ended alike, each time and more than once.
fn is_repeated(baseline: &Walk, walks: &[Walk]) -> bool {
    let unchanged = |walk: &&Walk| matches!(walk.variant, Variant::Baseline | Variant::Control) && !walk.is_cut();
    let mut others = walks.iter().skip(1).filter(unchanged).peekable();
    others.peek().is_some() && others.all(|walk| walk.ended_as(baseline))
}
