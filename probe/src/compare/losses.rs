//! What is lost, over TCP and over UDP.

use super::rate::Rate;
use crate::path::{Path, Share};
use crate::report::Report;

/// What is lost of SYNs that leave close behind each other.
pub(super) const UDP: &str = "UDP SYNs lost";

/// What is lost on each path.
pub(super) fn of(reports: &[&Report]) -> Vec<Rate> {
    let paths: Vec<Path> = reports.iter().map(|report| report.survey.path()).collect();
    let rate =
        |what: &str, share: fn(&Path) -> Option<Share>| Rate::of(what, &paths.iter().map(share).collect::<Vec<_>>());
    let rates = [
        rate("SYNs sent again", |path| path.loss.tcp_syn),
        rate("connections that sent data again", |path| path.loss.tcp_data.as_ref().map(|data| data.connections)),
        rate("data segments sent again", |path| path.loss.tcp_data.as_ref().map(|data| data.again)).map(Rate::untested),
        rate("connections out of order", |path| path.loss.tcp_data.as_ref()?.downstream),
        rate(UDP, |path| path.udp.as_ref()?.lost),
        rate("UDP SYNs lost, a second apart", |path| path.udp.as_ref()?.lost_apart),
    ];
    rates.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::evidence::{Entry, Event};
    use crate::report::sample;
    use crate::sys::TcpInfo;
    use crate::walk::Walk;

    /// A report of ten connections, each of 40 segments, of which so many were sent again.
    fn report(again: [u32; 10]) -> Report {
        let mut report = sample::gate();
        let baseline = report.survey.walks.swap_remove(0);
        let walks = again.into_iter().zip(0..).map(|(again, repeat)| {
            let mut walk = Walk { repeat, ..baseline.clone() };
            // The last that the kernel knew: before the connection stood, nothing was sent again.
            let kernel = |entry: &&mut Entry| matches!(entry.event, Event::Kernel(_));
            let info = TcpInfo { data_segs_out: Some(40), retransmits: Some(again), ..TcpInfo::default() };
            walk.tape.0.iter_mut().rfind(kernel).unwrap().event = Event::Kernel(Box::new(info));
            walk
        });
        report.survey.walks = walks.collect();
        report
    }

    /// What a comparison with a path that loses nothing comes to.
    fn beside_none(again: [u32; 10]) -> String {
        let paths = [("vpn", again), ("direct", [0; 10])];
        compare(paths.map(|(label, again)| (label.to_owned(), report(again))).into(), false).headline
    }

    #[test]
    fn one_connection_that_meets_a_burst_makes_no_difference_and_all_of_them_do() {
        assert_eq!(beside_none([0, 0, 0, 20, 0, 0, 0, 0, 0, 0]), "ALIKE: nothing differs that is not noise");
        assert_eq!(beside_none([1; 10]), "DIFFERENT: other losses of connections that sent data again");
        let rates = of(&[&report([0, 20, 0, 0, 0, 0, 0, 0, 0, 0]), &report([0; 10])]);
        let segments = rates.iter().find(|rate| rate.what == "data segments sent again").unwrap();
        let shown: Vec<_> =
            segments.paths.iter().map(|path| (path.share.map(|share| (share.k, share.n)), path.chance)).collect();
        assert_eq!(shown, [(Some((20, 400)), None), (Some((0, 400)), None)]);
    }
}
