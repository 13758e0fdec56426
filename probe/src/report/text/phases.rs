//! The phases as a table, with bars on one axis of time.

use anstyle::Style;

use super::page::Page;
use super::{BAD, DIM, GOOD, facts};
use crate::clock::micros;
use crate::clock::time;
use crate::evidence::Outcome;
use crate::phase::Phase;
use crate::report::Report;
use crate::report::document::outcome;
use crate::walk::Walk;

/// The columns of the axis.
const AXIS: usize = 24;

/// The phases of one walk.
pub(super) fn table(page: &mut Page, report: &Report, walk: &Walk) {
    let index = report.survey.walks.iter().position(|other| std::ptr::eq(other, walk)).unwrap_or_default();
    let which = if report.verdict.runs.walked > 1 { format!(" of walk {index}") } else { String::new() };
    page.heading(&format!("PHASES{which}"));
    let spans: Vec<_> = Phase::ALL.iter().filter_map(|phase| walk.tape.span(*phase)).collect();
    let begin = spans.first().map(|(enter, _)| *enter).unwrap_or_default();
    let total = spans.last().map_or(0, |(_, leave)| micros(*leave - begin));
    let scale = format!("0 {:─>rest$}", format!(" {}", time(total)), rest = AXIS - 2);
    page.item(&row("", "phase", "time", "trips", &scale), DIM, "what came of it");
    for phase in Phase::ALL.iter().copied().filter(|phase| *phase <= walk.until) {
        let (sign, style, word) = look(outcome(walk, phase));
        let stop = walk.stop.as_ref().filter(|stop| stop.phase == phase).map(|stop| stop.detail.as_str());
        let Some((enter, leave)) = walk.tape.span(phase) else {
            page.item(&row(sign, phase.id(), "", "", ""), style, stop.unwrap_or(word));
            continue;
        };
        let took = micros(leave - enter);
        let trips = walk.tape.round_trips(phase);
        let trips = if trips > 0 { trips.to_string() } else { String::new() };
        let bar = bar(micros(enter - begin), took, total);
        let told = stop.into_iter().map(str::to_owned).chain(facts::told(walk, phase)).collect::<Vec<_>>().join("; ");
        page.item(&row(sign, phase.id(), &time(took), &trips, &bar), style, if told.is_empty() { word } else { &told });
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

/// The fixed columns of a row.
fn row(sign: &str, phase: &str, time: &str, trips: &str, axis: &str) -> String {
    format!("{sign:<1} {phase:<14}{time:>8} {trips:>5}  {axis:<AXIS$}  ")
}

/// How an outcome is shown: a sign, a style, and a word where nothing else is to be told.
const fn look(outcome: Outcome) -> (&'static str, Style, &'static str) {
    match outcome {
        Outcome::Passed => ("✓", GOOD, "passed"),
        Outcome::Stopped => ("✗", BAD, "stopped"),
        Outcome::NotReached => ("·", DIM, "not reached"),
        Outcome::NotApplicable => ("–", DIM, "not needed"),
    }
}

/// A bar from `start` on, to the scale of `total`. What took any time at all has one column.
fn bar(start: u64, took: u64, total: u64) -> String {
    let column = |us: u64| usize::try_from(us.saturating_mul(AXIS as u64) / total.max(1)).unwrap_or(AXIS);
    let from = column(start).min(AXIS - 1);
    let to = column(start.saturating_add(took)).clamp(from + 1, AXIS);
    format!("{}{}", " ".repeat(from), "█".repeat(to - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_lie_on_one_axis() {
        assert_eq!(bar(0, 100, 100), "█".repeat(AXIS));
        assert_eq!(bar(50, 50, 100), format!("{}{}", " ".repeat(AXIS / 2), "█".repeat(AXIS / 2)));
    }

    #[test]
    fn the_shortest_phase_is_still_seen() {
        assert_eq!(bar(0, 0, 0), "█");
        assert_eq!(bar(100, 0, 100), format!("{}█", " ".repeat(AXIS - 1)));
    }
}
