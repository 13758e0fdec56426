//! Where on the path the end of a connection is made.

use super::hops::told;
use super::seen::end;
use crate::evidence::Event;
use crate::path::origin;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Need, Rule, Severity};
use crate::verdict::who;
use crate::walk::Variant;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "path.ended-at-hop",
        title: "the end is made on the way, at the hop that the evidence names: our message need not reach the host",
        why: "The message that draws the end was sent so that it expires before the host, and drew it all the same. What \
              reads it is no further away: the named hop, or something just before it. Where routes of several lengths \
              lead to the host, it can be one hop more or less.",
        advice: "Look at the device at that hop, and at what stands right before it: intrusion prevention, application \
                 control, a provider's filter. Its log has this connection's addresses and ports.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::SecondSign],
        ceiling: Certainty::Certain,
        holds: |s| who::on_the_way(s).map(|(_, evidence)| evidence.and_all(hop(s)).and_all(expired(s))),
    },
    Rule {
        code: "path.ended-at-host",
        title: "the end comes only once our message has come as far as the host",
        why: "A message that expires on the last hop before the host draws nothing, and the same message draws the end \
              when it goes all the way: the host itself makes it, something right before it, or something that reads its \
              answer.",
        advice: "Look at the host, and at what stands right before it: a host firewall, a load balancer, a virtual switch.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: at_the_host,
    },
];

/// The hop where the end is made, as the SYNs that expire on the way know it.
fn hop(survey: &Survey) -> Option<Evidence> {
    let origin = origin::found(&survey.walks)?;
    let (walk, _) = survey.variant(Variant::Hops)?;
    let hops = survey.path().hops;
    let hop = hops.iter().find(|hop| hop.ttl == origin.hops)?;
    Some(Evidence::new(walk, hop.shown, format!("that is {}", told(hop))))
}

/// The router where the message expired that drew nothing, where the capture heard of it.
fn expired(survey: &Survey) -> Option<Evidence> {
    let index = origin::found(&survey.walks)?.quiet?;
    let entries = survey.walks.get(index)?.tape.entries();
    let mut said = entries
        .filter_map(|(entry, it)| if let Event::Icmp { icmp, .. } = &it.event { Some((entry, icmp)) } else { None });
    said.next().map(|(entry, icmp)| Evidence::new(index, entry, format!("our message expired: {icmp}")))
}

/// One hop less than to the target drew nothing.
fn at_the_host(survey: &Survey) -> Option<Evidence> {
    let origin = origin::found(&survey.walks).filter(|origin| origin.hops == origin.target)?;
    let index = origin.quiet?;
    let walk = survey.walks.get(index)?;
    let short = format!("nothing while our message expired {} hops away, and then", origin.hops.saturating_sub(1));
    Some(end(index, walk, walk.stop.as_ref()?).by(&short).and_all(expired(survey)))
}
