//! The phases as a table, with bars on one axis of time.

use anstyle::Style;

use super::page::Page;
use super::{BAD, DIM, GOOD, facts};
use crate::clock::micros;
use crate::clock::time;
use crate::evidence::Outcome;
use crate::phase::Phase;
use crate::report::Report;
use crate::report::steps::word;
use crate::walk::Walk;

/// The columns of the axis: of those that a row has left for it and for what came of the phase, about a third.
fn axis(width: usize) -> usize {
    (width.saturating_sub(28) / 3).max(10)
}

/// The phases of the walk of this index.
pub(super) fn table(page: &mut Page, report: &Report, index: usize, walk: &Walk) {
    let which = if report.verdict.runs.walked > 1 { format!(" of walk {index}") } else { String::new() };
    page.heading(&format!("PHASES{which}"));
    let spans: Vec<_> = Phase::ALL.iter().filter_map(|phase| walk.tape.span(*phase)).collect();
    let begin = spans.first().map(|(enter, _)| *enter).unwrap_or_default();
    let total = spans.last().map_or(0, |(_, leave)| micros(*leave - begin));
    let axis = axis(page.width());
    let row = |[sign, phase, time, trips, bar]: [&str; 5]| {
        format!("{sign:<1} {phase:<14}{time:>8} {trips:>5}  {bar:<axis$}  ")
    };
    let scale = format!("0 {:─>rest$}", format!(" {}", time(total)), rest = axis - 2);
    page.item(&row(["", "phase", "time", "trips", &scale]), DIM, "what came of it");
    for phase in walk.phases() {
        let (sign, style, word) = look(walk.outcome(phase));
        let stop = walk.stop.as_ref().filter(|stop| stop.phase == phase).map(|stop| stop.detail.as_str());
        let Some((enter, leave)) = walk.tape.span(phase) else {
            page.item(&row([sign, phase.id(), "", "", ""]), style, stop.unwrap_or(word));
            continue;
        };
        let took = micros(leave - enter);
        let trips = walk.tape.round_trips(phase);
        let trips = if trips > 0 { trips.to_string() } else { String::new() };
        let bar = bar(axis, micros(enter - begin), took, total);
        let told = stop.into_iter().map(str::to_owned).chain(facts::told(walk, phase)).collect::<Vec<_>>().join("; ");
        page.item(
            &row([sign, phase.id(), &time(took), &trips, &bar]),
            style,
            if told.is_empty() { word } else { &told },
        );
    }
}

/// How many of the repeats stopped, and how.
pub(super) fn repeats(page: &mut Page, report: &Report) {
    let runs = &report.verdict.runs;
    if runs.walked < 2 {
        return;
    }
    page.heading(&format!("REPEATS: {} of {} stopped", runs.stopped, runs.walked));
    for same in &runs.by {
        page.item(&format!("  {:>3} x ", same.count), BAD, &format!("{} {}", same.phase, same.cause));
    }
}

/// How an outcome is shown: a sign, a style, and a word where nothing else is to be told.
const fn look(outcome: Outcome) -> (&'static str, Style, &'static str) {
    let (sign, style) = match outcome {
        Outcome::Passed => ("✓", GOOD),
        Outcome::Stopped => ("✗", BAD),
        Outcome::NotReached => ("·", DIM),
        Outcome::NotApplicable => ("–", DIM),
    };
    (sign, style, word(outcome))
}

/// A bar from `start` on, on an axis of so many columns that stands for `total`. What took any time at all has one.
fn bar(axis: usize, start: u64, took: u64, total: u64) -> String {
    let scale = u64::try_from(axis).unwrap_or(u64::MAX);
    let column = |us: u64| usize::try_from(us.saturating_mul(scale) / total.max(1)).unwrap_or(axis);
    let from = column(start).min(axis - 1);
    let to = column(start.saturating_add(took)).clamp(from + 1, axis);
    format!("{}{}", " ".repeat(from), "█".repeat(to - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_lie_on_one_axis() {
        assert_eq!(bar(24, 0, 100, 100), "█".repeat(24));
        assert_eq!(bar(24, 50, 50, 100), format!("{}{}", " ".repeat(12), "█".repeat(12)));
    }

    #[test]
    fn the_shortest_phase_is_still_seen() {
        assert_eq!(bar(24, 0, 0, 0), "█");
        assert_eq!(bar(10, 100, 0, 100), format!("{}█", " ".repeat(9)));
    }

    #[test]
    fn the_axis_grows_with_the_page() {
        assert_eq!([60, 80, 100, 120].map(axis), [10, 17, 24, 30]);
    }
}
