//! Ends of connections whose author is known, to hold against what the probe concludes of them: forged by a router on
//! the way, or made by a server on its own account.

use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rdp_probe::evidence::Senses;
use rdp_probe::plan::Plan;
use rdp_probe::verdict::{Verdict, Who, diagnose};

use crate::act::{Act, Step};
use crate::bed::Result;
use crate::bed::net::{At, Bed, Forger, Impairment, Shot, Wire};
use crate::probe;
use crate::scenario::{Listener, Scenario};

/// What the packets of the server have left when they arrive, but for the router between.
const TTL: u8 = 64;

/// The time to live of a forger who does not care.
const OTHER_TTL: u8 = 61;

/// A way of each wire that is far enough for its time to be told.
const FAR: Duration = Duration::from_millis(10);

/// Paths at once.
const ABREAST: usize = 4;

/// Who ends the connection.
#[derive(Debug, Clone)]
pub enum Author {
    /// A middlebox behind the first router, half way to the server.
    Router(Forger),
    /// The server.
    Server(Step, Act),
    /// The kernel of a server on which nobody listens.
    Kernel,
}

/// An end whose author is known.
#[derive(Debug, Clone)]
pub struct End {
    /// Who ends the connection.
    pub author: Author,
    /// What each of the two wires takes, one way.
    pub delay: Duration,
}

impl End {
    /// Ends by a router: at each message, with each packet, with the server's time to live and with another, in place of
    /// the server's answer and beside it, near and far.
    pub fn forged() -> Vec<Self> {
        let mut ends = Vec::new();
        for at in [At::Syn, At::ConnectionRequest, At::ClientHello] {
            for shot in [Shot::Reset, Shot::ResetAck, Shot::Fin] {
                // A FIN answers no SYN.
                if at == At::Syn && shot != Shot::Reset {
                    continue;
                }
                for (ttl, swallow) in [(TTL, true), (TTL, false), (OTHER_TTL, true), (OTHER_TTL, false)] {
                    let forger = Forger { at: at.clone(), shot, ttl, swallow, ..Forger::default() };
                    let delays = if ttl == TTL { vec![Duration::ZERO, FAR] } else { vec![Duration::ZERO] };
                    ends.extend(delays.into_iter().map(|delay| Self { author: Author::Router(forger.clone()), delay }));
                }
            }
        }
        ends
    }

    /// Ends by the server: at each step, by a reset and in order, near and far.
    pub fn own() -> Vec<Self> {
        let steps = [Step::Connect, Step::Negotiate, Step::Tls, Step::Credssp];
        let acts = steps.into_iter().flat_map(|step| [(step, Act::Reset), (step, Act::Close)]);
        let authors = acts.map(|(step, act)| Author::Server(step, act)).chain([Author::Kernel]);
        authors.flat_map(|author| [Duration::ZERO, FAR].map(|delay| Self { author: author.clone(), delay })).collect()
    }

    /// What there is to be concluded, where that does not hang on how busy the machine is: a forger with the server's
    /// time to live is betrayed by what the server does afterwards, or by time, if at all.
    pub fn due(&self) -> Option<Who> {
        match &self.author {
            Author::Server(..) => Some(Who::Peer),
            Author::Kernel => Some(Who::Unknown),
            Author::Router(forger) if forger.at == At::Syn => None,
            Author::Router(forger) => (forger.ttl != TTL || forger.shot == Shot::Fin).then_some(Who::Path),
        }
    }

    /// Whether it is laid at the wrong door.
    pub fn is_wrong(&self, who: Who) -> bool {
        match self.author {
            Author::Router(_) => who == Who::Peer,
            Author::Server(..) | Author::Kernel => who == Who::Path,
        }
    }

    /// Whether a router is betrayed at least where the machine is not too busy: by what the server answers besides, or by
    /// the time that an answer would have taken.
    pub fn has_a_clue(&self) -> bool {
        let Author::Router(forger) = &self.author else { return false };
        let in_a_hurry = self.delay > Duration::ZERO && forger.shot == Shot::ResetAck;
        self.due().is_none() && (!forger.swallow || in_a_hurry)
    }

    /// Meets the end on a path of its own, so many times over IPv4 and as many over IPv6.
    ///
    /// # Panics
    /// If the default scenario cannot be read.
    pub fn meet(&self, rounds: usize) -> Result<Vec<Verdict>> {
        let wire = || Wire::link(Impairment::delay(self.delay));
        let mut scenario = Scenario::parse("author", "about = ''").expect("an empty scenario");
        let far = match self.author.clone() {
            Author::Router(forger) => wire().with(forger.middlebox()),
            Author::Server(step, act) => {
                scenario = scenario.with(step, act);
                wire()
            }
            Author::Kernel => {
                scenario.listener = Listener::Closed;
                wire()
            }
        };
        let bed = Bed::new([wire(), far])?;
        let lab = bed.server().lab(scenario)?;
        // One round trip alone does not say how far away the server is.
        let count = if self.delay > Duration::ZERO { 3 } else { 1 };
        let mut senses = bed.client().run(Senses::open);
        let walk = |address| {
            let plan = Plan { experiments: false, count, interval: Duration::ZERO, ..probe::plan(address) };
            diagnose(&bed.client().block_on(|| probe::run_with(&plan, &mut senses)))
        };
        Ok((0..rounds).flat_map(|_| lab.addresses()).map(walk).collect())
    }
}

/// Meets each end, some at once, and gives what was concluded of each.
pub fn meet(ends: Vec<End>, rounds: usize) -> Result<Vec<(End, Verdict)>> {
    let ends = Mutex::new(ends.into_iter());
    let next = || ends.lock().unwrap_or_else(PoisonError::into_inner).next();
    let meet = || {
        let mut met = Vec::new();
        while let Some(end) = next() {
            met.extend(end.meet(rounds)?.into_iter().map(|verdict| (end.clone(), verdict)));
        }
        Ok(met)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..ABREAST).map(|_| scope.spawn(meet)).collect();
        let done = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        Ok(done.collect::<Result<Vec<_>>>()?.concat())
    })
}
