//! The walk: facts, order and stop, on one page. It reads like the specification's sequence diagram; a phase takes
//! what the phase before it gave, and writes its facts down before the next `?`.

use std::net::SocketAddr;
use std::sync::Arc;

use rdp_packets::gcc::{EncryptionMethods, ServerData};
use rdp_packets::negotiate::Protocols;
use rdp_packets::tls::AlertDescription;

use crate::clock::{Clock, micros};
use crate::credentials::Credentials;
use crate::evidence::{Senses, Tape};
use crate::fact::{Authentication, Facts};
use crate::pairing::Pairing;
use crate::phase::Phase;
use crate::phases::credssp::Ground;
use crate::phases::{
    capabilities, channels, connect, credssp, datagrams, describe, finalization, hops, licensing, logon,
    multitransport, negotiate, proxy, resolve, security, settings, tls, upstream,
};
use crate::plan::{Attempt, Plan, Until};
use crate::stop::{Cause, Fault, RefusalKind, Stop};
use crate::walk::{Variant, Walk};
use crate::wire::{Halt, Wire};

/// Walks one attempt of a plan.
pub async fn walk(
    plan: &Plan,
    attempt: Attempt,
    senses: &mut Senses,
    clock: &Clock,
    halt: &Halt,
    pairing: &Pairing,
) -> Walk {
    let limits = plan.limits(&attempt);
    let mut wire = Wire::new(Tape::new(*clock), std::mem::take(senses), limits, halt.clone(), Arc::clone(&plan.way));
    let credentials = plan.credentials(&attempt);
    let elsewhere = attempt.redirected.as_ref().map(|to| plan.redirected(to));
    let plan = elsewhere.as_ref().unwrap_or(plan);
    let mut handshake = Handshake { plan, attempt, pairing, credentials, address: None, facts: Facts::default() };
    let stop = handshake.advance(&mut wire).await.err();
    let Handshake { attempt, address, mut facts, .. } = handshake;
    let Attempt { variant, repeat, until, redirected, .. } = attempt;
    let target = redirected.map(|to| to.target);
    let tape;
    (tape, *senses) = wire.close().await;
    facts.connect.peer_mss = tape.syn_ack().and_then(|(_, frame)| frame.mss());
    facts.connect.syn_rtt_us = tape.syn_rtt().map(micros);
    // Round trips to a proxy say nothing of those to the target.
    let direct = plan.way.via.is_none();
    let stop = stop.map(|stop| if direct { stop.measured(&tape) } else { stop });
    Walk { variant, repeat, target, address, until, facts, stop, tape }
}

/// One attempt under way.
struct Handshake<'a> {
    plan: &'a Plan,
    attempt: Attempt,
    pairing: &'a Pairing,
    /// There in one walk of a run, and used up by it.
    credentials: Option<Credentials>,
    address: Option<SocketAddr>,
    facts: Facts,
}

impl Handshake<'_> {
    async fn advance(&mut self, wire: &mut Wire) -> Result<(), Stop> {
        self.reach(wire).await?;
        let (plan, facts, until) = (self.plan, &mut self.facts, self.attempt.until);
        let variant = self.attempt.variant;
        if until < Phase::Negotiate {
            return Ok(());
        }

        let mode = plan.logon.mode;
        let routing = (variant != Variant::NoCookie).then(|| plan.routing.clone());
        let request = negotiate::request(routing, self.attempt.protocols, mode, self.pairing.correlation());
        facts.negotiate.mode = mode.id().map(str::to_owned);
        let hops = variant.hops().filter(|_| until == Phase::Negotiate);
        let ask = async |w: &mut Wire| match negotiate::run(w, request, hops, &mut facts.negotiate).await {
            Ok(selected) => Ok(selected),
            Err(cause) => Err(proxy::ended(w, cause, &mut facts.proxy).await),
        };
        let selected = wire.phase(Phase::Negotiate, ask).await?;
        if until == Phase::Negotiate {
            return Ok(());
        }

        if variant.describes() && selected != Protocols::RDP {
            return wire.phase(Phase::Tls, async |w| describe::run(w, plan, variant, &mut facts.tls).await).await;
        }
        if let Variant::Up(size) = variant {
            let ipv6 = self.address.is_some_and(|address| address.is_ipv6());
            return wire.phase(Phase::Tls, async |w| upstream::run(w, plan, size, ipv6).await).await;
        }
        let shown = match selected {
            Protocols::RDP => None,
            _ => Some(wire.phase(Phase::Tls, async |w| tls::run(w, plan, variant, &mut facts.tls).await).await?),
        };
        if until == Phase::Tls {
            return Ok(());
        }

        let credentials = self.credentials.take();
        let open = match (selected, shown) {
            (Protocols::HYBRID | Protocols::HYBRID_EX, Some(shown)) => {
                let ground = Ground { plan, selected, shown };
                let gate = async |w: &mut Wire| {
                    credssp::run(w, credentials, &ground, facts).await.map_err(|cause| judged_late(cause, facts))
                };
                wire.phase(Phase::Credssp, gate).await? && plan.until != Until::Gate
            }
            (Protocols::SSL | Protocols::RDP, _) => {
                facts.credssp.authentication = credentials.map(|_| Authentication::Unused);
                true
            }
            _ => false,
        };
        if !open || until < Phase::Settings {
            return Ok(());
        }

        let session_id = self.attempt.redirected.as_ref().map(|to| to.session_id);
        let settings = async |w: &mut Wire| {
            settings::run(w, selected, session_id, &mut facts.settings).await.map_err(|cause| judged_late(cause, facts))
        };
        let server = wire.phase(Phase::Settings, settings).await?;
        self.begin(wire, selected, server).await
    }

    /// Comes to where the protocol begins: to the target itself, or through what stands between.
    async fn reach(&mut self, wire: &mut Wire) -> Result<(), Stop> {
        let (plan, facts, until) = (self.plan, &mut self.facts, self.attempt.until);
        let via = plan.way.via.as_ref();
        facts.proxy.via = via.map(ToString::to_string);
        // A command finds its way itself.
        if via.is_none_or(|via| via.proxy().is_some()) {
            let address = match self.attempt.address {
                Some(address) => address,
                None => wire.phase(Phase::Resolve, async |w| resolve::run(w, plan, &mut facts.resolve).await).await?,
            };
            self.address = Some(address);
            self.pairing.found(address);
            if until == Phase::Resolve {
                return Ok(());
            }
            let variant = self.attempt.variant;
            if variant == Variant::Hops {
                let rounds = plan.rounds();
                return wire.phase(Phase::Connect, async |w| hops::run(w, address, rounds).await).await;
            }
            if variant == Variant::Datagrams {
                return wire.phase(Phase::Connect, async |w| datagrams::run(w, address).await).await;
            }
            let mss = variant.mss();
            wire.phase(Phase::Connect, async |w| connect::run(w, address, mss, &mut facts.connect).await).await?;
        }
        if via.is_some() && until >= Phase::Proxy {
            wire.phase(Phase::Proxy, async |w| proxy::run(w, &plan.target, &mut facts.proxy).await).await?;
        }
        Ok(())
    }

    /// Goes on behind the basic settings to the Font Map, as far as was asked for.
    async fn begin(&mut self, wire: &mut Wire, selected: Protocols, server: Box<ServerData>) -> Result<(), Stop> {
        let (facts, until) = (&mut self.facts, self.attempt.until);
        let (pairing, address) = (self.pairing, self.address);
        if until < Phase::Channels {
            return Ok(());
        }
        let encrypted = selected == Protocols::RDP && server.security.encryption_method != EncryptionMethods::NONE;
        let mut session =
            wire.phase(Phase::Channels, async |w| channels::run(w, server, &mut facts.channels).await).await?;
        let session = &mut session;
        if encrypted && until >= Phase::Security {
            wire.phase(Phase::Security, async |w| security::run(w, session, &mut facts.security).await).await?;
        }
        if until >= Phase::Logon {
            wire.phase(Phase::Logon, async |w| logon::run(w, session, facts).await).await?;
        }
        if until >= Phase::Licensing {
            wire.phase(Phase::Licensing, async |w| licensing::run(w, session, facts).await).await?;
        }
        if until >= Phase::Multitransport {
            // One request after the other, each a turn of its own.
            let mut asked = true;
            while asked {
                let read = async |w: &mut Wire| multitransport::run(w, session, pairing, address, facts).await;
                asked = wire.phase(Phase::Multitransport, read).await?;
            }
        }
        if until >= Phase::Capabilities {
            wire.phase(Phase::Capabilities, async |w| capabilities::run(w, session, facts).await).await?;
        }
        if until >= Phase::Finalization {
            wire.phase(Phase::Finalization, async |w| finalization::run(w, session, facts).await).await?;
        }
        Ok(())
    }
}

/// Puts a fault back to `tls` where it belongs: with TLS 1.3 our side finishes before the server has judged our
/// Finished, so that its alert about the handshake surfaces in the next phase.
fn judged_late(cause: Cause, facts: &Facts) -> Fault {
    let alert = cause.refusal().filter(|refusal| refusal.kind == RefusalKind::Alert);
    let about_it =
        alert.and_then(|alert| AlertDescription::named(&alert.name)).is_some_and(AlertDescription::judges_handshake);
    let tls13 = facts.tls.version.as_deref() == Some("TLS 1.3");
    let late = about_it && tls13 && facts.credssp.authentication != Some(Authentication::Sent);
    Fault { blamed: late.then_some(Phase::Tls), cause }
}
