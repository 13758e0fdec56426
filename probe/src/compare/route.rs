//! What the path does to packets.

use super::facts;
use super::row::Row;
use crate::evidence::{Direction, Flag, Frame};
use crate::path::Found;
use crate::report::Report;
use crate::verdict::Who;
use crate::walk::Walk;

/// What the connection says of the path, and what it is called here.
pub(super) const FACTS: &[(&str, &str)] =
    &[("connect.snd_mss", "MSS we use"), ("connect.peer_mss", "MSS of the SYN+ACK")];

/// Everything that is known of it: through a proxy, nothing.
pub(super) fn rows(reports: &[&Report]) -> Vec<Row> {
    let row = |values: &dyn Fn(&Report) -> Vec<String>| {
        let seen = |report: &&Report| if report.survey.via().is_none() { values(report) } else { Vec::new() };
        reports.iter().map(seen).collect()
    };
    let once = |name: &str, values: &dyn Fn(&Report) -> Vec<String>| Row::of(name, row(values));
    let each = |name: &str, values: &dyn Fn(&Report) -> Vec<String>| Row::of_walks(name, row(values));
    let passes = |report: &Report, way: fn(&crate::path::Mtu) -> &Found| {
        report.survey.path().mtu.and_then(|mtu| way(&mtu).passes).map(|size| size.to_string()).into_iter().collect()
    };
    let seen = [
        each("path MTU", &path_mtu),
        once("largest packet up", &|report| passes(report, |mtu| &mtu.up)),
        once("largest packet down", &|report| passes(report, |mtu| &mtu.down)),
        each("TTL of the SYN+ACK", &|report| ttl(report, Flag::Syn)),
        each("TTL of resets", &|report| ttl(report, Flag::Rst)),
    ];
    let rows = facts::named(reports, FACTS).into_iter().chain(seen).chain([ended_by(reports)]);
    rows.filter(Row::is_known).collect()
}

/// What the kernel took the path's MTU for when each walk ended.
fn path_mtu(report: &Report) -> Vec<String> {
    let of = |walk: &Walk| walk.tape.entries().rev().find_map(|(_, entry)| entry.event.kernel()?.pmtu);
    each(report, of)
}

/// What was left of the TTL of the other side's first packet with a flag.
fn ttl(report: &Report, flag: Flag) -> Vec<String> {
    let theirs = |frame: &Frame| frame.direction == Direction::Theirs && frame.has(flag);
    each(report, |walk| walk.tape.frames().find(|(.., frame)| theirs(frame)).map(|(.., frame)| frame.ttl.into()))
}

/// What each repeat saw.
fn each(report: &Report, of: impl Fn(&Walk) -> Option<u32>) -> Vec<String> {
    report.survey.repeats().filter_map(of).map(|value| value.to_string()).collect()
}

/// Who ended the connections. Where one path's end is nobody's that can be told, that is no difference.
fn ended_by(reports: &[&Report]) -> Row {
    let endings = || reports.iter().map(|report| report.verdict.stop.as_ref());
    let values = endings().map(|ending| ending.map(|ending| who(ending.who).to_owned()).into_iter().collect());
    let row = Row::of("ended by", values.collect());
    if endings().flatten().any(|ending| ending.who == Who::Unknown) { row.uncounted() } else { row }
}

const fn who(who: Who) -> &'static str {
    match who {
        Who::Peer => "the host",
        Who::Path => "something on the way",
        Who::Local => "our own side",
        Who::Unknown => "unknown",
    }
}
