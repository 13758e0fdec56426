//! The walk over UDP, and the leg of such walks that runs beside the walks over TCP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::rdpudp::{Flags, LARGEST_MTU, Opening, SynEx, UdpVersion, v2};
use rdp_packets::session::MultitransportRequest;

use crate::clock::Clock;
use crate::evidence::{Recording, Senses, Tape};
use crate::fact::Facts;
use crate::pairing::{Beside, Wanted};
use crate::path::udp::SHORT;
use crate::phase::Phase;
use crate::phases::dtls::{self, Carrier};
use crate::phases::{describe, stun, tls, udp_syn, udp_tunnel};
use crate::plan::{Attempt, Plan};
use crate::stop::Stop;
use crate::walk::{Variant, Walk};
use crate::wire::{Halt, MOST_SENT, Stream, Wire};

/// Everything that is tried over UDP, as long as there is something to try; and the tunnels that sessions ask for.
pub async fn leg(plan: &Plan, mut beside: Beside, clock: &Clock, halt: &Halt) -> Vec<Walk> {
    let Some(address) = beside.address().await else { return Vec::new() };
    let correlation = beside.correlation.id;
    let at = |to: SocketAddr| {
        let port = plan.udp.as_ref().and_then(|udp| udp.port).unwrap_or(to.port());
        Some(SocketAddr::new(to.ip(), port))
    };
    let walking = |wanted| Walking { plan, correlation, wanted, clock, halt };
    let measure = async {
        let mut walks: Vec<Walk> = Vec::new();
        loop {
            let next = plan.next_over_udp(&walks);
            if next.is_empty() || halt.is_wished() {
                break;
            }
            let next = next.into_iter().map(|next| Attempt { address: at(address), ..next });
            walks.extend(join_all(next.map(|attempt| walk(walking(None), attempt))).await);
        }
        walks
    };
    let tunnels = async {
        let mut walks = Vec::new();
        while let Some(wanted) = beside.wanted().await {
            let attempt = Attempt { address: at(wanted.address), ..plan.tunnel(walks.len()) };
            walks.push(walk(walking(Some(wanted)), attempt).await);
        }
        walks
    };
    let (mut walks, tunnels) = tokio::join!(measure, tunnels);
    walks.extend(tunnels);
    walks
}

/// What a walk needs besides its attempt.
struct Walking<'a> {
    plan: &'a Plan,
    correlation: [u8; 16],
    /// The tunnel to make.
    wanted: Option<Wanted>,
    clock: &'a Clock,
    halt: &'a Halt,
}

/// Walks one attempt over UDP. Nobody listens on the wire: there is one capture, and the walk over TCP has it.
async fn walk(mut walking: Walking<'_>, attempt: Attempt) -> Walk {
    let (limits, way) = (walking.plan.limits(&attempt), Arc::clone(&walking.plan.way));
    let mut wire = Wire::new(Tape::new(*walking.clock), Senses::deaf(), limits, walking.halt.clone(), way);
    let mut facts = Facts::default();
    pause(attempt.pause, &walking).await;
    let (request, done) = walking.wanted.take().map(|Wanted { request, done, .. }| (request, done)).unzip();
    let stop = match attempt.address {
        Some(address) => advance(&walking, &attempt, request, address, &mut wire, &mut facts).await.err(),
        None => None,
    };
    if let Some(done) = done {
        // Whoever asked may have given up.
        let _ = done.send(stop.is_none());
    }
    let Attempt { variant, repeat, until, address, .. } = attempt;
    let (tape, _) = wire.close().await;
    (facts.udp_syn.repeats, facts.udp_syn.second_answer) = more_answers(&tape).unzip();
    Walk { variant, repeat, target: None, address, until, facts, stop, tape }
}

async fn advance(
    walking: &Walking<'_>,
    attempt: &Attempt,
    wanted: Option<MultitransportRequest>,
    address: SocketAddr,
    wire: &mut Wire,
    facts: &mut Facts,
) -> Result<(), Stop> {
    let Walking { plan, correlation, .. } = *walking;
    let variant = attempt.variant;
    if variant == Variant::UdpStun {
        return wire.phase(Phase::UdpSyn, async |w| stun::run(w, address, &mut facts.udp_syn).await).await;
    }
    if variant == Variant::UdpGateway {
        let gateway = async |w: &mut Wire| {
            udp_syn::begin(w, address, &mut facts.udp_syn)?;
            dtls::run(w, Carrier::Bare, plan, &mut facts.udp_tls).await
        };
        return wire.phase(Phase::UdpTls, gateway).await;
    }

    let syn = syn(variant, correlation);
    let number = syn.initial_sequence_number;
    let opened = async |w: &mut Wire| udp_syn::run(w, address, &syn, &mut facts.udp_syn).await;
    let answer = wire.phase(Phase::UdpSyn, opened).await?;
    if variant == Variant::UdpLossy {
        let carrier = Carrier::lossy(number, &answer);
        return wire.phase(Phase::UdpTls, async |w| dtls::run(w, carrier, plan, &mut facts.udp_tls).await).await;
    }
    if answer.version() == UdpVersion::V3 {
        // What version 3 goes on in, and nothing that is to be kept: so that the server does not repeat itself.
        let data = v2::Data { number: v2::FIRST_DATA, channel_number: 0, bytes: Vec::new() };
        let dummy = v2::Packet { data: Some(data), ..v2::Packet::new(v2::PacketType::DUMMY) };
        // A goodbye that cannot be sent is no loss.
        let _ = wire.send("RDP-UDP2 dummy", &dummy.to_bytes()).await;
        return Ok(());
    }
    let is_over = attempt.until == Phase::UdpSyn;
    // A server that repeats itself all the same is told once.
    wire.begin_stream(Stream::new(number, &answer, if is_over { 1 } else { MOST_SENT }));
    if is_over || variant == Variant::UdpIdle {
        // So that the server does not repeat itself.
        wire.acknowledge().await;
    }
    if is_over {
        return Ok(());
    }
    if variant == Variant::UdpIdle {
        pause(plan.udp_idle(), walking).await;
    }

    if variant == Variant::UdpTls || wanted.is_some() {
        let secured = async |w: &mut Wire| tls::run(w, plan, variant, &mut facts.udp_tls).await;
        wire.phase(Phase::UdpTls, secured).await?;
    } else {
        let described = async |w: &mut Wire| describe::run(w, plan, variant, &mut facts.udp_tls).await;
        wire.phase(Phase::UdpTls, described).await?;
    }
    let Some(request) = wanted else { return Ok(()) };
    wire.phase(Phase::UdpTunnel, async |w| udp_tunnel::run(w, request, &mut facts.udp_tunnel).await).await
}

/// Waits, unless the user wishes to stop or the run's time is over: what comes next then ends at once.
async fn pause(time: Duration, walking: &Walking<'_>) {
    let Walking { plan, clock, halt, .. } = walking;
    let over = clock.now().after(time).min(plan.deadline());
    tokio::select! {
        () = clock.rest(over) => {}
        () = halt.wished() => {}
    }
}

/// The SYN of a variant. The hash in version 3 is that of no cookie that anybody knows.
fn syn(variant: Variant, correlation: [u8; 16]) -> Opening {
    let others = [(Variant::UdpVersion1, UdpVersion::V1), (Variant::UdpVersion3, UdpVersion::V3)];
    let version = others.into_iter().find(|(other, _)| *other == variant).map_or(UdpVersion::V2, |(_, it)| it);
    let length = if let Variant::UdpLength(length) = variant { length } else { LARGEST_MTU };
    // A short one has no room for a name.
    let correlation = (length > SHORT).then_some(correlation);
    let mut syn = Opening::syn(u32::from_be_bytes(tls::random()), version, correlation, length.into());
    if version == UdpVersion::V3
        && let Some(extension) = &mut syn.extension
    {
        *extension = SynEx { cookie_hash: Some(tls::random()), ..*extension };
    }
    if variant == Variant::UdpLossy {
        syn.flags = syn.flags.with(Flags::SYNLOSSY);
    }
    syn
}

/// How often the first SYN+ACK came again, and whether another came; `None` where none came.
fn more_answers(tape: &Recording) -> Option<(u32, bool)> {
    let datagrams = tape.entries().filter_map(|(_, entry)| entry.event.received());
    let mut answers = datagrams.filter_map(|datagram| Opening::decode(&datagram.bytes).ok());
    let first = answers.next()?.initial_sequence_number;
    let (again, other): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.initial_sequence_number == first);
    Some((u32::try_from(again.len()).ok()?, !other.is_empty()))
}
