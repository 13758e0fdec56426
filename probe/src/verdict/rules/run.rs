use super::seen::{caused, end, passed, stopped};
use crate::evidence::Sense;
use crate::phase::{Leg, Phase};
use crate::stop::{CauseKind, Stop};
use crate::survey::Survey;
use crate::verdict::diagnose::Who;
use crate::verdict::rule::{Certainty, Evidence, Need, Rule, Severity};
use crate::verdict::who;
use crate::walk::{Variant, Walk};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "run.intermittent",
        title: "the same walk does not always end alike",
        why: "Packet loss, a load balancer with an unwell member, a limit that is reached at times, or a server under \
              load.",
        advice: "Repeat with a higher `--count`, and compare the walks that stopped with the server's log by their times.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: intermittent,
    },
    Rule {
        code: "run.ended-early",
        title: "the connection was ended before our last message can have been read",
        why: "The end was under way sooner than one round trip after our last byte, so that byte did not cause it: a \
              device nearer than the target, a listener at its connection limit, or a relay without a backend.",
        advice: "Look at what stands between and at what accepts for the host: intrusion prevention, port forward, load \
                 balancer; on Windows at the listener's maximum connections.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Sense(Sense::Capture)],
        ceiling: Certainty::Likely,
        holds: |s| {
            let mut behind_connect = Phase::of(Leg::Tcp).filter(|phase| *phase > Phase::Connect);
            behind_connect.find_map(|phase| {
                let early = |cause| stopped(s, phase, cause, |walk, stop| !caused(walk, stop));
                early(CauseKind::Closed).or_else(|| early(CauseKind::Reset))
            })
        },
    },
    Rule {
        code: "run.ended-by-path",
        title: "something on the way to the host ended the connection, in the host's name",
        why: "The packet that ended it is not one that the host sent: intrusion prevention, a firewall's reject with a \
              reset, or a provider's filter. One sign alone may deceive: a route can change midway, and a balancer may \
              answer for its servers.",
        advice: "Capture on the host at the same time: if it never sent this packet, walk the devices between from the \
                 nearest on, and look in their logs for this connection's addresses and ports.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Sense(Sense::Capture), Need::SecondSign],
        ceiling: Certainty::Certain,
        holds: |s| concluded(s, Who::Path),
    },
    Rule {
        code: "run.ended-by-peer",
        title: "the host itself ended the connection, by its packets",
        why: "The packet that ended it goes on where the host's own packets stood. A device that imitates the host \
              perfectly would look the same.",
        advice: "Look in the host's own log at this second.",
        step: true,
        severity: Severity::Note,
        needs: &[Need::Sense(Sense::Capture)],
        ceiling: Certainty::Likely,
        holds: |s| concluded(s, Who::Peer),
    },
    Rule {
        code: "run.detour",
        title: "mstsc goes another way than this probe",
        why: "The .rdp file names a gateway or a connection broker. The probe went straight to the full address, so it did \
              not test what the user tests.",
        advice: "Probe the gateway's own name on port 443 with your usual HTTPS tool, and run rdp-probe from behind it.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| Some(Evidence::new(0, 0, s.target.detour.clone()?)),
    },
    Rule {
        code: "run.redirected-target-ok",
        title: "the server that we were redirected to was walked too, and nothing stopped us there",
        why: "The first server sent us to another one, as a connection broker does, and the walk went on there as mstsc \
              would. A password is proven once in a run, so a server with NLA is walked to its gate.",
        advice: "If a client still fails, look at its own way to the server that the evidence names: brokers give out \
                 addresses of their own network.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let (index, walk) = s.followed().filter(|(_, walk)| walk.stop.is_none())?;
            let (reached, target) = (walk.reached()?, walk.target.as_ref()?);
            Some(passed(index, walk, reached, format!("the walk to {target} reached {reached}")))
        },
    },
    Rule {
        code: "run.redirected-target-stopped",
        title: "the walk was redirected, and stopped where it was sent",
        why: "The first server hands its clients to another one, and there it ends: the name or address that it gives out \
              cannot be reached from here, that server has a fault of its own, or it redirects again, as servers do that \
              each take the session to be at the other.",
        advice: "Probe the server where it stopped by itself, and compare the name and address that the broker gives out \
                 with those that clients can reach.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let (index, walk) = s.followed()?;
            Some(end(index, walk, walk.stop.as_ref()?))
        },
    },
    Rule {
        code: "run.local",
        title: "our own side could not go on",
        why: "The operating system refused what the walk needed. Nothing is concluded of the target.",
        advice: "Read the error in the evidence: it is about this host.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline()?;
            let stop = walk.stop.as_ref()?;
            let elsewhere = stop.cause.is_cut() || stop.cause.is_library() || stop.cause.is_kdc();
            let ours = stop.cause.kind() == CauseKind::Local && !elsewhere;
            ours.then(|| end(0, walk, stop))
        },
    },
];

/// The packets that show that it was this one who ended it.
fn concluded(survey: &Survey, who: Who) -> Option<Evidence> {
    who::of_the_verdict(survey).filter(|conclusion| conclusion.who == who)?.evidence
}

/// Two repeats that ended differently.
fn intermittent(survey: &Survey) -> Option<Evidence> {
    let ended = |walk: &Walk| walk.stop.as_ref().map(|stop: &Stop| (stop.phase, stop.cause.kind()));
    // A walk that logs on goes another way than its repeats.
    let alike = || survey.numbered_repeats().filter(|(_, walk)| !walk.logs_on());
    let (first, one) = alike().next()?;
    // The control goes no further than the stop.
    let controls = survey.numbered_controls().filter(|(_, walk)| walk.variant == Variant::Control);
    let (second, other) = alike().chain(controls).find(|(_, walk)| ended(walk) != ended(one))?;
    let cite = |index: usize, walk: &Walk| match (&walk.stop, walk.reached()) {
        (Some(stop), _) => Some(end(index, walk, stop)),
        (None, Some(reached)) => Some(passed(
            index,
            walk,
            reached,
            if walk.variant == Variant::Control {
                "the unchanged walk passed".to_owned()
            } else {
                format!("repeat {} passed", walk.repeat + 1)
            },
        )),
        (None, None) => None,
    };
    Some(cite(first, one)?.and_all(cite(second, other)))
}
