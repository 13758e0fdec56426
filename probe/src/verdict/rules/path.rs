use crate::path::{Share, connections};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};

/// A share of loss above which interactive sessions are felt to stutter; what may lie below it is not worth a word.
const FELT: f64 = 0.01;

pub(super) const RULES: &[Rule] = &[Rule {
    code: "path.loss",
    title: "packets are lost on the way: segments had to be sent again",
    why: "More than 1 % was lost, by the lower bound of the 95 % interval: a lossy radio link or VPN, a link under \
          load, a duplex mismatch; for SYNs also a server whose queue of new connections is full.",
    advice: "Repeat with `-c 100`, with and without the VPN, and compare the shares; look at the drop counters of the \
             interfaces on the way.",
    step: true,
    severity: Severity::Risk,
    needs: &[],
    ceiling: Certainty::Likely,
    holds: lossy,
}];

/// What was sent again more often than is good, and the connection on which most was.
fn lossy(survey: &Survey) -> Option<Evidence> {
    let loss = survey.path().loss;
    // What the peer held already was not lost, whatever made the kernel send it again.
    let data = loss.tcp_data.map(|data| data.upstream.unwrap_or(data.again));
    let shares = [("SYNs", loss.tcp_syn), ("data segments", data)];
    let felt = |share: &Share| share.low > FELT;
    let said = shares.into_iter().filter_map(|(what, share)| Some(share.filter(felt)?.told(what)));
    let said = Some(said.collect::<Vec<_>>().join(", ")).filter(|said| !said.is_empty())?;
    let entries = connections(&survey.walks).flat_map(|(walk, it)| it.tape.entries().map(move |entry| (walk, entry)));
    let counted = entries.filter_map(|(walk, (index, entry))| Some((entry.event.kernel()?.retransmits?, walk, index)));
    let (here, walk, entry) = counted.max_by_key(|(retransmits, ..)| *retransmits)?;
    Some(Evidence::new(walk, entry, format!("sent again: {said}; {here} on this connection")))
}
