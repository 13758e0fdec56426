use std::time::Duration;

use super::redirected::FOLLOWED;
use super::{Attempt, Plan, experiment};
use crate::path::udp::SHORT;
use crate::phase::Phase;
use crate::stop::CauseKind;
use crate::walk::{Variant, Walk};
use crate::wire::MOST_SENT;

/// SYNs of full length that are sent at least.
const SAMPLES: u32 = 3;

/// How far apart they leave.
const CLOSE: Duration = Duration::from_millis(20);

/// SYNs that follow far apart where some were lost.
const PACED: u32 = 4;

/// How far apart they leave: a limit on the rate lets one through in that time.
const APART: Duration = Duration::from_secs(1);

/// How long an answer is awaited: a server sends a SYN+ACK that is not acknowledged again after 0.8 s.
const PATIENCE: Duration = Duration::from_secs(2);

/// The smallest length that both sides may agree on.
const SMALLEST: u16 = 1132;

/// The port of an RD Gateway, which speaks plain DTLS.
const GATEWAY: u16 = 3391;

/// The port of STUN.
const STUN: u16 = 3478;

/// What is tried over UDP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Udp {
    /// The port, where it is not that of the target.
    pub port: Option<u16>,
    /// Whether the lossy mode is tried too.
    pub lossy: bool,
    /// How long a flow is left idle before it is used, where that is asked for.
    pub idle: Option<Duration>,
}

impl Plan {
    /// What to try next over UDP, all at once; nothing when everything was tried. `walks` are those over UDP.
    pub fn next_over_udp(&self, walks: &[Walk]) -> Vec<Attempt> {
        let Some(udp) = self.udp.as_ref().filter(|_| self.until.goal() > Phase::Connect) else { return Vec::new() };
        let many = |variant, count, apart: Duration| {
            (0..count).map(move |repeat| Attempt { repeat, pause: apart * repeat, ..self.over_udp(variant) })
        };
        let all = |variant: Variant| walks.iter().filter(move |walk| walk.variant == variant);
        let passed = |variant| all(variant).any(|walk| walk.passed(Phase::UdpSyn));
        let silent = |variant| all(variant).any(|walk| walk.stopped(Phase::UdpSyn, CauseKind::Silence).is_some());
        let tried = |variant| all(variant).next().is_some();
        let long = Variant::UdpSyn;
        if walks.is_empty() {
            return match udp.port.unwrap_or(self.target.port) {
                GATEWAY => vec![self.over_udp(Variant::UdpGateway)],
                STUN => vec![self.over_udp(Variant::UdpStun)],
                _ => {
                    let short = Attempt { pause: CLOSE, ..self.over_udp(Variant::UdpLength(SHORT)) };
                    many(long, self.count.max(SAMPLES), CLOSE).chain([short]).collect()
                }
            };
        }
        let again = silent(long) && (passed(long) || passed(Variant::UdpLength(SHORT)));
        if again && !tried(Variant::UdpPaced) {
            let between = many(Variant::UdpLength(SMALLEST), u32::from(!passed(long)), Duration::ZERO);
            let paced = many(Variant::UdpPaced, PACED, APART);
            return between.chain(paced).map(|attempt| Attempt { pause: attempt.pause + APART, ..attempt }).collect();
        }
        if !passed(long) || tried(Variant::UdpVersion1) {
            return Vec::new();
        }
        let mut variants = vec![Variant::UdpVersion1, Variant::UdpVersion3, Variant::UdpDescribed, Variant::UdpTls];
        variants.extend(udp.lossy.then_some(Variant::UdpLossy));
        variants.extend(udp.idle.map(|_| Variant::UdpIdle));
        variants.into_iter().map(|variant| self.over_udp(variant)).collect()
    }

    /// The walk that makes a tunnel that a server asked for.
    pub fn tunnel(&self, repeat: usize) -> Attempt {
        let repeat = u32::try_from(repeat).unwrap_or(u32::MAX);
        Attempt { repeat, timeout: self.timeout, ..self.over_udp(Variant::UdpTunnel) }
    }

    /// How long a flow is left idle.
    pub fn udp_idle(&self) -> Duration {
        self.udp.as_ref().and_then(|udp| udp.idle).unwrap_or_default()
    }

    /// How many datagrams leave at most.
    pub(super) fn datagrams(&self) -> usize {
        let syns = self.count.max(SAMPLES).saturating_add(1 + PACED + 2);
        let (lossy, idle) = self.udp.as_ref().map_or((false, false), |udp| (udp.lossy, udp.idle.is_some()));
        let syns = usize::try_from(syns).unwrap_or(usize::MAX).saturating_mul(2);
        let streams = self.sessions().saturating_add(2 + usize::from(idle)).saturating_mul(1 + MOST_SENT);
        syns.saturating_add(streams).saturating_add(usize::from(lossy) * 4)
    }

    /// How many walks begin a session at most, in each of which a server may ask for a tunnel.
    fn sessions(&self) -> usize {
        if self.goal() < Phase::Multitransport {
            return 0;
        }
        let further = [(self.experiments, experiment::MOST), (self.follow, FOLLOWED)];
        let further: usize = further.iter().filter(|(wanted, _)| *wanted).map(|(_, most)| most).sum();
        usize::try_from(self.count).unwrap_or(usize::MAX).saturating_add(further)
    }

    fn over_udp(&self, variant: Variant) -> Attempt {
        let secured =
            [Variant::UdpDescribed, Variant::UdpTls, Variant::UdpIdle, Variant::UdpLossy, Variant::UdpGateway];
        let until = if variant == Variant::UdpTunnel {
            Phase::UdpTunnel
        } else if secured.contains(&variant) {
            Phase::UdpTls
        } else {
            Phase::UdpSyn
        };
        Attempt { variant, until, timeout: self.timeout.min(PATIENCE), ..self.baseline(0) }
    }
}
