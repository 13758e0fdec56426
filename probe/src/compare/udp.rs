//! Whether UDP is answered on each path, and what it would do for a session there.

use super::losses::UDP;
use super::rate::Rate;
use super::row::{Answer, Row};
use crate::path::{Outlook, Udp};
use crate::report::Report;

/// Both, where anybody tried; `losses` are judged already.
pub(super) fn rows(reports: &[&Report], losses: &[Rate]) -> Vec<Row> {
    let found: Vec<Option<Udp>> = reports.iter().map(|report| report.survey.path().udp).collect();
    let answers = (0..found.len()).map(|path| match answered(path, &found, losses) {
        Answer::Unknown => Vec::new(),
        answer @ (Answer::Yes | Answer::No) => vec![answer.id().to_owned()],
    });
    let outlook = |udp: &Udp| format!("{}: {}", udp.outlook.word(), udp.because);
    let outlooks = found.iter().map(|udp| udp.as_ref().map(outlook).into_iter().collect());
    let rows = [Row::of("UDP answered", answers.collect()), Row::of("UDP", outlooks.collect()).uncounted()];
    rows.into_iter().filter(Row::is_known).collect()
}

/// Whether any SYN was answered on a path. It is no where something says so, and where another path is answered as often
/// as chance alone does not make it; silence by itself is unknown.
fn answered(path: usize, found: &[Option<Udp>], losses: &[Rate]) -> Answer {
    let passes = |path: usize| found[path].as_ref().is_some_and(|udp| udp.passes.is_some());
    let lost = losses.iter().find(|rate| rate.what == UDP);
    let apart = |other: usize| lost.is_some_and(|lost| lost.is_apart(path, other));
    match &found[path] {
        Some(_) if passes(path) => Answer::Yes,
        Some(udp) if udp.outlook == Outlook::Blocked => Answer::No,
        Some(_) if (0..found.len()).any(|other| passes(other) && apart(other)) => Answer::No,
        Some(_) | None => Answer::Unknown,
    }
}

/// On which paths it is answered and on which not, by their labels; `None` where that is no difference.
pub(super) fn told(rows: &[Row], labels: &[String]) -> Option<String> {
    let row = rows.iter().find(|row| row.differs())?;
    let on = |answer: Answer| {
        let paths =
            labels.iter().zip(&row.values).filter(|(_, values)| values.iter().any(|value| value == answer.id()));
        paths.map(|(label, _)| label.as_str()).collect::<Vec<_>>().join(", ")
    };
    Some(format!("UDP is answered on {}, and not on {}", on(Answer::Yes), on(Answer::No)))
}

#[cfg(test)]
mod tests {
    use super::super::{Comparison, compare};
    use crate::report::sample;
    use crate::stop::{Cause, Icmp};

    /// Paths on which so many SYNs met these fates, one path for each.
    fn compared<const N: usize>(paths: [(usize, Option<Cause>); N]) -> Comparison {
        let reports = paths
            .into_iter()
            .zip(["vpn", "direct", "jump"])
            .map(|((count, came), label)| (label.to_owned(), sample::beside_udp(sample::gate(), vec![came; count])));
        compare(reports.collect(), false)
    }

    const SILENCE: Option<Cause> = Some(Cause::Silence);

    fn rejected() -> Cause {
        let says = "ICMP communication administratively prohibited".to_owned();
        Cause::Unreachable { icmp: Icmp { kind: Some(3), code: Some(13), from: None, says } }
    }

    #[test]
    fn udp_that_is_answered_on_one_path_alone_is_a_difference() {
        for (paths, said) in [
            ([(10, None), (10, SILENCE)], "DIFFERENT: UDP is answered on vpn, and not on direct"),
            ([(10, SILENCE), (10, None)], "DIFFERENT: UDP is answered on direct, and not on vpn"),
            ([(3, None), (1, Some(rejected()))], "DIFFERENT: UDP is answered on vpn, and not on direct"),
        ] {
            assert_eq!(compared(paths).headline, said);
        }
        let three = compared([(10, None), (10, SILENCE), (10, None)]);
        assert_eq!(three.headline, "DIFFERENT: UDP is answered on vpn, jump, and not on direct");
    }

    #[test]
    fn silence_of_few_and_silence_on_every_path_are_no_difference() {
        for paths in [
            [(3, None), (3, SILENCE)],
            [(10, SILENCE), (10, SILENCE)],
            [(1, Some(rejected())), (10, SILENCE)],
            [(1, Some(rejected())), (1, Some(rejected()))],
            [(10, None), (10, None)],
            [(10, None), (0, None)],
        ] {
            let comparison = compared(paths);
            assert!(comparison.alike, "{}", comparison.headline);
        }
    }
}
