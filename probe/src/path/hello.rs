//! Whether a ClientHello's length matters: our own ClientHello, padded to one segment, to two and to more. Where a length
//! fails, other content of the same length is the control that tells size from inspection.

use crate::phase::Phase;
use crate::stop::Cause;
use crate::walk::{Variant, Walk};

/// Lengths of a ClientHello: within one segment of any path, within two, and within several, in bytes.
const LENGTHS: [u16; 3] = [1100, 2200, 6000];

/// Walks of this kind in a run.
pub const MOST: usize = LENGTHS.len() + 1;

/// The next walk of the sweep; `None` when it is over, or when the server does no TLS.
pub fn next(walks: &[Walk]) -> Option<Variant> {
    walks.first().filter(|baseline| baseline.passed(Phase::Tls) && baseline.facts.tls.version.is_some())?;
    let done = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    if let Some(length) = failing(walks) {
        return Some(Variant::OtherHello(length)).filter(|control| done(*control).is_none());
    }
    LENGTHS.into_iter().map(Variant::Hello).find(|variant| done(*variant).is_none())
}

/// The shortest length that failed, where a shorter one, or the baseline's, passed.
pub fn failing(walks: &[Walk]) -> Option<u16> {
    let length = |walk: &Walk| if let Variant::Hello(length) = walk.variant { Some(length) } else { None };
    walks.iter().filter(|walk| fails(walk)).filter_map(length).min()
}

/// Whether nobody answered: an alert is an answer.
pub fn fails(walk: &Walk) -> bool {
    let ended = walk.stop.as_ref().filter(|stop| stop.phase == Phase::Tls);
    ended.is_some_and(|stop| matches!(stop.cause, Cause::Silence | Cause::Reset | Cause::Closed))
}
