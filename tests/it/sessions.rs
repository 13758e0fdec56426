//! Behind the gate: how many round trips it takes, what the server hears of us, and how we leave.

use rdp_lab::scenario::Scenario;
use rdp_lab::server::{Connection, End};
use rdp_packets::mcs::Reason;
use rdp_probe::evidence::Outcome as Marked;
use rdp_probe::phase::Phase;
use rdp_probe::verdict::Outcome;

use crate::lab::{Probed, each, probe};

/// Scenarios whose server lets us through to the Font Map.
const HEALTHY: &[&str] = &[
    "autodetect",
    "healthy",
    "healthy-rdp-fips",
    "healthy-rdp-low",
    "healthy-rdp-none",
    "healthy-rdp-rc4-128",
    "healthy-rdp-rc4-40",
    "healthy-rdp-rc4-56",
    "healthy-rdp-x509",
    "healthy-tls-ready",
    "license-issued",
    "multitransport-asked",
    "notice",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_phase_waits_where_messages_can_be_sent_together() {
    for (name, trips) in [
        ("healthy-tls-ready", [2, 0, 1, 0, 0, 0, 1]),
        ("healthy-rdp-rc4-128", [2, 0, 1, 0, 0, 0, 1]),
        ("autodetect", [2, 0, 3, 0, 0, 0, 1]),
        ("license-issued", [2, 0, 1, 2, 0, 0, 1]),
    ] {
        let probed = named(name).await;
        let tape = &probed.survey.baseline().expect("a baseline walk").tape;
        let behind = Phase::ALL.iter().filter(|phase| **phase > Phase::Settings).take(trips.len());
        let taken: Vec<u32> = behind.map(|phase| tape.round_trips(*phase)).collect();
        assert_eq!(taken, trips, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_left_as_soon_as_it_is_ready() {
    each(HEALTHY.iter().copied(), async |name| {
        let probed = named(name).await;
        assert_eq!(probed.verdict.outcome, Outcome::Ready, "{name}: {}", probed.verdict.headline);
        let connection = baseline(&probed);
        let visit = &connection.visit;
        assert_eq!((visit.confirmed, visit.ready, visit.shutdown_requests), (true, true, 1), "{name}: {connection}");
        assert_eq!(visit.left, Some(Reason::USER_REQUESTED), "{name}: {connection}");
        assert_eq!((connection.end, connection.fault.as_deref()), (End::Fin, None), "{name}: {connection}");
        assert_eq!(connection.close_notify, connection.handshakes > 0, "{name}: {connection}");
        // One session a run: whatever else is asked, no other connection gets as far as MCS.
        let others = probed.connections.iter().filter(|other| !other.visit.joined.is_empty()).count();
        assert_eq!(others, 1, "{name}: {:?}", probed.connections);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_asks_is_answered() {
    assert_eq!(baseline(&named("autodetect").await).visit.measured, [1, 1]);
    let asked = named("multitransport-asked").await;
    let said = baseline(&asked).visit.multitransport.expect("an answer");
    assert_eq!(said.to_string(), "E_ABORT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_demand_active_in_vain_has_declined_the_transport_before() {
    let probed = named("multitransport-closed").await;
    let tape = &probed.survey.baseline().expect("a baseline walk").tape;
    let outcomes = [Phase::Multitransport, Phase::Capabilities].map(|phase| tape.outcome(phase));
    assert_eq!(outcomes, [Some(Marked::Passed), Some(Marked::Stopped)]);
    let (_, declined) = tape.span(Phase::Multitransport).expect("a request");
    let (waited, _) = tape.span(Phase::Capabilities).expect("a wait");
    assert!(declined <= waited);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_licence_server_sees_one_client_however_often_it_is_asked() {
    let [first, second] = [named("license-issued").await, named("healthy-rdp-x509").await];
    let id = baseline(&first).visit.hardware_id;
    assert!(id.is_some());
    assert_eq!(id, baseline(&second).visit.hardware_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gate_is_left_before_a_channel_is_joined() {
    for name in ["nla-absent", "legacy", "rdp-unasked"] {
        let probed = named(name).await;
        let connection = baseline(&probed);
        assert_eq!((connection.initials, connection.visit.left), (1, Some(Reason::USER_REQUESTED)), "{name}");
        assert!(connection.visit.joined.is_empty() && connection.visit.info.is_none(), "{name}: {connection}");
    }
}

async fn named(name: &str) -> Probed {
    probe(Scenario::find(name).expect("a scenario")).await
}

fn baseline(probed: &Probed) -> &Connection {
    probed.connections.first().expect("a connection")
}
