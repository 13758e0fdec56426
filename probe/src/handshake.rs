//! The walk: facts, order and stop, on one page. It reads like the specification's sequence diagram; a phase takes
//! what the phase before it gave, and writes its facts down before the next `?`.

use std::net::SocketAddr;

use rdp_packets::negotiate::Protocols;
use rdp_packets::tls::AlertDescription;

use crate::clock::Clock;
use crate::evidence::{Sense, Tape};
use crate::fact::Facts;
use crate::phase::Phase;
use crate::phases::{connect, credssp, describe, negotiate, resolve, settings, tls};
use crate::plan::{Attempt, Plan};
use crate::stop::{RefusalKind, Stop};
use crate::walk::Walk;
use crate::wire::{Halt, Limits, Wire};

/// Walks one attempt of a plan.
pub async fn walk(plan: &Plan, attempt: Attempt, limits: Limits, clock: &Clock, halt: &Halt) -> Walk {
    let mut wire = Wire::new(Tape::new(*clock), limits, halt.clone());
    wire.blind(Sense::Capture, "this version does not capture packets");
    let mut handshake = Handshake { plan, attempt, address: None, facts: Facts::default() };
    let stop = handshake.advance(&mut wire).await.err();
    let Handshake { attempt, address, facts, .. } = handshake;
    let Attempt { variant, repeat, until, .. } = attempt;
    Walk { variant, repeat, address, until, facts, stop, tape: wire.close().await }
}

/// One attempt under way.
struct Handshake<'a> {
    plan: &'a Plan,
    attempt: Attempt,
    address: Option<SocketAddr>,
    facts: Facts,
}

impl Handshake<'_> {
    async fn advance(&mut self, wire: &mut Wire) -> Result<(), Stop> {
        let (plan, facts, until) = (self.plan, &mut self.facts, self.attempt.until);

        let address = match self.attempt.address {
            Some(address) => address,
            None => wire.phase(Phase::Resolve, async |w| resolve::run(w, plan, &mut facts.resolve).await).await?,
        };
        self.address = Some(address);
        if until == Phase::Resolve {
            return Ok(());
        }

        wire.phase(Phase::Connect, async |w| connect::run(w, address, &mut facts.connect).await).await?;
        if until == Phase::Connect {
            return Ok(());
        }

        let request = negotiate::request(&plan.routing, self.attempt.protocols);
        let selected =
            wire.phase(Phase::Negotiate, async |w| negotiate::run(w, request, &mut facts.negotiate).await).await?;
        if until == Phase::Negotiate {
            return Ok(());
        }

        if selected != Protocols::RDP {
            let variant = self.attempt.variant;
            wire.phase(Phase::Tls, async |w| {
                if variant.describes() {
                    describe::run(w, plan, variant, &mut facts.tls).await
                } else {
                    tls::run(w, plan, &mut facts.tls).await
                }
            })
            .await?;
        }
        if until == Phase::Tls {
            return Ok(());
        }

        match selected {
            Protocols::HYBRID | Protocols::HYBRID_EX => {
                let gate = wire.phase(Phase::Credssp, async |w| credssp::run(w, &mut facts.credssp).await).await;
                gate.map_err(|stop| judged_late(stop, facts))
            }
            Protocols::SSL | Protocols::RDP if until >= Phase::Settings => wire
                .phase(Phase::Settings, async |w| settings::run(w, selected, &mut facts.settings).await)
                .await
                .map_err(|stop| judged_late(stop, facts)),
            _ => Ok(()),
        }
    }
}

/// Puts a stop back to `tls` where it belongs: with TLS 1.3 our side finishes before the server has judged our
/// Finished, so that its alert about the handshake surfaces in the next phase.
fn judged_late(stop: Stop, facts: &Facts) -> Stop {
    let alert = stop.refusal().filter(|refusal| refusal.kind == RefusalKind::Alert);
    let about_it =
        alert.and_then(|alert| AlertDescription::named(&alert.name)).is_some_and(AlertDescription::judges_handshake);
    match facts.tls.version.as_deref() {
        Some("TLS 1.3") if about_it => Stop { phase: Phase::Tls, ..stop },
        _ => stop,
    }
}
