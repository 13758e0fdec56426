//! Whether a ClientHello's length matters: our own ClientHello, padded to several segments. Where that fails, to one and
//! to two, and other content of the length that fails: the control that tells size from inspection, if it is answered
//! when short.

use crate::phase::Phase;
use crate::stop::Cause;
use crate::walk::{Variant, Walk};

/// The length within one segment of any path, in bytes: what the others are compared with.
pub(crate) const SHORT: u16 = 1100;

/// The length within two segments.
const LONGER: u16 = 2200;

/// The length within several: where it passes, length does not matter.
const LONGEST: u16 = 6000;

/// Walks of this kind in a run: three lengths, and two of the control's.
pub(crate) const MOST: usize = 5;

/// The next walk of the sweep; `None` when it is over, or when the server does no TLS.
pub(crate) fn next(walks: &[Walk]) -> Option<Variant> {
    walks.first().filter(|baseline| baseline.passed(Phase::Tls) && baseline.facts.tls.version.is_some())?;
    let find = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    if find(Variant::Hello(LONGEST)).is_some_and(|longest| !fails(longest))
        || find(Variant::Hello(SHORT)).is_some_and(fails)
    {
        return None;
    }
    let lengths = [LONGEST, SHORT, LONGER].map(Variant::Hello);
    let controls = [SHORT, failing(walks).unwrap_or(SHORT)].map(Variant::OtherHello);
    lengths.into_iter().chain(controls).find(|variant| find(*variant).is_none())
}

/// The walk that tells whether other content of the failing length is answered; none where that content is not answered
/// when it is short either.
pub(crate) fn control(walks: &[Walk]) -> Option<&Walk> {
    let find = |variant: Variant| walks.iter().find(|walk| walk.variant == variant);
    find(Variant::OtherHello(SHORT)).filter(|short| !fails(short))?;
    find(Variant::OtherHello(failing(walks)?))
}

/// The shortest length that failed, where the short one passed.
pub(crate) fn failing(walks: &[Walk]) -> Option<u16> {
    let length = |walk: &Walk| if let Variant::Hello(length) = walk.variant { Some(length) } else { None };
    walks.iter().filter(|walk| fails(walk)).filter_map(length).min().filter(|length| *length > SHORT)
}

/// Whether nobody answered: an alert is an answer.
pub(crate) fn fails(walk: &Walk) -> bool {
    let ended = walk.stop.as_ref().filter(|stop| stop.phase == Phase::Tls);
    ended.is_some_and(|stop| matches!(stop.cause, Cause::Silence | Cause::Reset | Cause::Closed))
}
