//! TLS and DTLS inside RDP-UDP, as far as the probe goes in them.

use rdp_lab::udp::Heard;
use rdp_packets::rdpudp::UdpVersion;
use rdp_probe::fact::Tls;
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Udp};
use rdp_probe::stop::CauseKind;
use rdp_probe::walk::Variant;

use crate::udp::{Tried, server, tried, try_out};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lossy_mode_is_walked_up_to_the_certificate_on_request() {
    let lossy = async |dtls: bool| {
        let (server, plan) = server(&format!("dtls = {dtls}")).await;
        try_out(server, &Plan { udp: Some(Udp { lossy: true, ..Udp::default() }), ..plan }).await
    };
    let tried = lossy(true).await;
    let (walk, tls) = (tried.walk(Variant::UdpLossy), &tried.walk(Variant::UdpLossy).facts.udp_tls);
    assert_eq!((&walk.stop, tls.version.as_deref(), tls.described), (&None, Some("DTLS 1.0"), Some(true)));
    let sha = |tls: &Tls| tls.certificate.as_ref().and_then(|shown| shown.sha256.clone());
    assert_eq!(sha(tls), sha(&tried.survey.walks[0].facts.tls));
    assert!(sha(tls).is_some());

    let silent = lossy(false).await;
    for walk in silent.walks() {
        let stop = walk.stopped(Phase::UdpSyn, CauseKind::Silence);
        assert_eq!(stop.is_some(), walk.variant == Variant::UdpLossy, "{}: {:?}", walk.variant, walk.stop);
    }
    let lossy = |tried: &Tried| {
        let asked = tried.flows.iter().filter(|flow| matches!(flow.received[0].heard, Heard::Syn { lossy: true, .. }));
        asked.count()
    };
    assert_eq!((lossy(&tried), lossy(&silent), lossy(&crate::udp::tried("").await)), (1, 1, 0));
    let dtls = |tried: &Tried| tried.findings().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(dtls(&silent), dtls(&tried));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_over_udp_is_described_and_done_and_shows_the_certificate_of_tcp() {
    let tried = tried("").await;
    let shown = |tls: &Tls| tls.certificate.clone().and_then(|shown| shown.sha256);
    let tcp = shown(&tried.survey.walks[0].facts.tls);
    for (variant, described) in [(Variant::UdpDescribed, Some(true)), (Variant::UdpTls, None)] {
        let tls = &tried.walk(variant).facts.udp_tls;
        assert_eq!((shown(tls), tls.described), (tcp.clone(), described), "{variant}");
    }
    assert_eq!(tried.flows.iter().map(|flow| flow.handshakes).sum::<usize>(), 1);
    assert_eq!(tried.walk(Variant::UdpSyn).facts.udp_syn.version, Some(UdpVersion::V2.to_string()));
    assert_eq!(tried.finding("udp.certificate-differs"), None);
}
