//! A walk: one thing tried, and what came of it.

mod variant;

use std::net::SocketAddr;

use crate::evidence::{Outcome, Recording};
use crate::fact::{Authentication, Facts};
use crate::phase::Phase;
use crate::stop::{Cause, CauseKind, RefusalKind, Stop};
use crate::target::Target;

pub use variant::Variant;

/// One entry of the one list of everything that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// What was tried.
    pub variant: Variant,
    /// Which repeat of it, from 0.
    pub repeat: u32,
    /// Where it went, when a redirection led it there; `None` for the run's own target.
    pub target: Option<Target>,
    /// The address that was walked; `None` when the name gave none.
    pub address: Option<SocketAddr>,
    /// How far it was to go.
    pub until: Phase,
    /// What was learned.
    pub facts: Facts,
    /// Where it ended before its goal; `None` when it came so far as it was to go.
    pub stop: Option<Stop>,
    /// What was seen.
    pub tape: Recording,
}

impl Walk {
    /// Whether it was cut from outside, so that its end shows nothing of the target.
    pub fn is_cut(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.cause.is_cut())
    }

    /// Whether it went on with credentials, where its repeats stay at the gate.
    pub fn logs_on(&self) -> bool {
        let at_the_kdc = self.stop.as_ref().is_some_and(|stop| {
            stop.cause.is_kdc() || stop.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::Kerberos)
        });
        let proved = matches!(self.facts.credssp.authentication, Some(Authentication::Sent | Authentication::Accepted));
        proved || at_the_kdc
    }

    /// The last phase that passed, short of the stop.
    pub fn reached(&self) -> Option<Phase> {
        let end = self.stop.as_ref().map(|stop| stop.phase);
        self.tape.passed().filter(|phase| end.is_none_or(|end| *phase < end)).last()
    }

    /// Whether it went past a phase.
    pub fn passed(&self, phase: Phase) -> bool {
        self.reached() >= Some(phase)
    }

    /// Whether it stopped where `other` stopped, and in the same way.
    pub fn ended_as(&self, other: &Self) -> bool {
        let end = |walk: &Self| walk.stop.as_ref().map(|stop| (stop.phase, stop.cause.kind()));
        self.stop.is_some() && end(self) == end(other)
    }

    /// The phases on its way, in order.
    pub fn phases(&self) -> impl DoubleEndedIterator<Item = Phase> {
        let through = self.facts.proxy.via.is_some();
        let on_its_way = move |phase: &Phase| *phase <= self.until && (through || *phase != Phase::Proxy);
        Phase::of(self.variant.leg()).filter(on_its_way)
    }

    /// What came of a phase. The stop has the last word.
    pub fn outcome(&self, phase: Phase) -> Outcome {
        match (&self.stop, self.tape.outcome(phase)) {
            (Some(stop), _) if stop.phase == phase => Outcome::Stopped,
            (Some(stop), _) if stop.phase < phase => Outcome::NotReached,
            (_, Some(outcome)) => outcome,
            (_, None) if phase > self.until => Outcome::NotReached,
            (_, None) => Outcome::NotApplicable,
        }
    }

    /// Whether the walk stopped in `tls` without an answer to its ClientHello that the TLS library could use: another
    /// ClientHello may then fare better.
    pub fn hello_failed(&self) -> bool {
        self.stop.as_ref().filter(|stop| stop.phase == Phase::Tls).is_some_and(|stop| match stop.cause {
            Cause::Local { .. } => stop.cause.is_library(),
            Cause::Declined { .. } | Cause::Reset | Cause::Closed => self.facts.tls.version.is_none(),
            Cause::Silence | Cause::Refused | Cause::Unreachable { .. } | Cause::Garbled(_) => false,
        })
    }

    /// The stop, where it was in `phase` and of this kind.
    pub fn stopped(&self, phase: Phase, cause: CauseKind) -> Option<&Stop> {
        self.stop.as_ref().filter(|stop| stop.phase == phase && stop.cause.kind() == cause)
    }
}
