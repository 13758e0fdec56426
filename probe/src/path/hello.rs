//! Whether a ClientHello's length matters: our own ClientHello, padded to one segment, to two and to more. Where a length
//! fails, other content of the same length is the control that tells size from inspection, if it is answered when short.

use crate::phase::Phase;
use crate::stop::Cause;
use crate::walk::{Variant, Walk};

/// The length within one segment of any path, in bytes: what the others are compared with.
pub const SHORT: u16 = 1100;

/// Lengths within two segments, and within several.
const LONG: [u16; 2] = [2200, 6000];

/// Walks of this kind in a run: the lengths, and two of the control's.
pub const MOST: usize = 1 + LONG.len() + 2;

/// The next walk of the sweep; `None` when it is over, or when the server does no TLS.
pub fn next(walks: &[Walk]) -> Option<Variant> {
    walks.first().filter(|baseline| baseline.passed(Phase::Tls) && baseline.facts.tls.version.is_some())?;
    let done = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    if done(Variant::Hello(SHORT)).is_some_and(fails) {
        return None;
    }
    let wanted = match failing(walks) {
        Some(length) => vec![Variant::OtherHello(SHORT), Variant::OtherHello(length)],
        None => [SHORT].into_iter().chain(LONG).map(Variant::Hello).collect(),
    };
    wanted.into_iter().find(|variant| done(*variant).is_none())
}

/// The walk that tells whether other content of the failing length is answered; none where that content is not answered
/// when it is short either.
pub fn control(walks: &[Walk]) -> Option<&Walk> {
    let find = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    find(Variant::OtherHello(SHORT)).filter(|short| !fails(short))?;
    find(Variant::OtherHello(failing(walks)?))
}

/// The shortest length that failed, where the short one passed.
pub fn failing(walks: &[Walk]) -> Option<u16> {
    let length = |walk: &Walk| if let Variant::Hello(length) = walk.variant { Some(length) } else { None };
    walks.iter().filter(|walk| fails(walk)).filter_map(length).min().filter(|length| *length > SHORT)
}

/// Whether nobody answered: an alert is an answer.
pub fn fails(walk: &Walk) -> bool {
    let ended = walk.stop.as_ref().filter(|stop| stop.phase == Phase::Tls);
    ended.is_some_and(|stop| matches!(stop.cause, Cause::Silence | Cause::Reset | Cause::Closed))
}
