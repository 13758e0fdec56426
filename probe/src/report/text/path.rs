//! The path: its round trip, how the times of the walks are spread, and what had to be sent again.

use super::page::Page;
use super::{DIM, PLAIN};
use crate::clock::time;
use crate::evidence::Source;
use crate::path::{Loss, Path, Share, Timing};
use crate::report::Report;

/// The columns of the table, short of the drawing.
const COLUMNS: usize = 60;

/// The path in one line, where there is one walk and nothing to spread.
pub(super) fn line(page: &mut Page, report: &Report) {
    if report.verdict.runs.walked > 1 {
        return;
    }
    let Path { latency, loss, .. } = report.survey.path();
    let round_trip = latency
        .round_trip
        .map(|timing| format!("round trip {} by the {}", time(timing.least_us), source(timing.source)));
    let told = [round_trip, again(&loss, Share::counted)].into_iter().flatten().collect::<Vec<_>>().join("; ");
    if !told.is_empty() {
        page.item("  path      ", PLAIN, &told);
    }
}

/// How the times of all walks are spread, and what had to be sent again.
pub(super) fn table(page: &mut Page, report: &Report) {
    if report.verdict.runs.walked < 2 {
        return;
    }
    let Path { latency, loss, .. } = report.survey.path();
    page.heading("PATH: n repeats, and the first walk apart");
    let head = row("", "n", &["first", "min", "median", "p95", "max"].map(str::to_owned));
    let bins = latency.phases.iter().filter_map(|phase| phase.timing.repeats.as_ref()).map(|spread| spread.bins.len());
    let drawn = bins.max().is_some_and(|bins| COLUMNS + 2 + bins <= page.width());
    page.line(DIM, &if drawn { format!("{head}  from min to max") } else { head });
    let path = [("round trip", &latency.round_trip), ("turn-around", &latency.turn_around)];
    let path = path.into_iter().filter_map(|(name, timing)| Some((name, timing.as_ref()?)));
    for (name, timing) in path.clone().chain(latency.phases.iter().map(|phase| (phase.phase.id(), &phase.timing))) {
        let told = told(name, timing);
        let bins = timing.repeats.as_ref().filter(|_| drawn).map(|spread| format!("  {}", columns(&spread.bins)));
        page.line(PLAIN, &format!("{told}{}", bins.unwrap_or_default()));
    }
    for (name, timing) in path {
        let jitter = timing.repeats.as_ref().and_then(|spread| spread.jitter_us);
        let jitter = jitter.map(|jitter| format!(", jitter {}", time(jitter))).unwrap_or_default();
        let least = format!("{} at least{jitter}, by the {}", time(timing.least_us), source(timing.source));
        page.item(&format!("  {name:<14}"), DIM, &least);
    }
    if let Some(again) = again(&loss, Share::told) {
        page.item("  loss          ", DIM, &again);
    }
}

/// The row of one duration. A quantile that so few samples do not know has a dash.
fn told(name: &str, timing: &Timing) -> String {
    let spread = timing.repeats.as_ref();
    let us = [
        timing.first_us,
        spread.map(|spread| spread.min_us),
        spread.map(|spread| spread.median_us),
        spread.and_then(|spread| spread.p95_us),
        spread.map(|spread| spread.max_us),
    ];
    let n = spread.map_or(0, |spread| spread.n).to_string();
    row(name, &n, &us.map(|us| us.map_or_else(|| "–".to_owned(), time)))
}

fn row(name: &str, n: &str, [first, min, median, p95, max]: &[String; 5]) -> String {
    format!("  {name:<14}{n:>4}{first:>8}{min:>8}{median:>8}{p95:>8}{max:>8}")
}

/// How many samples lie where, as columns as high as their number; the fullest has the full height.
fn columns(bins: &[u32]) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = u64::from(bins.iter().copied().max().unwrap_or_default().max(1));
    let height = |count: u32| usize::try_from((u64::from(count) * 8).div_ceil(most)).unwrap_or_default();
    bins.iter().filter_map(|count| HEIGHTS.get(height(*count))).collect()
}

/// What had to be sent again, and which way it was lost as far as that is known.
fn again(loss: &Loss, told: fn(&Share, &str) -> String) -> Option<String> {
    let data = loss.tcp_data.as_ref();
    let shares = [("SYNs", loss.tcp_syn), ("data segments", data.map(|data| data.again))];
    let again = shares.into_iter().filter_map(|(what, share)| Some(told(&share?, what))).collect::<Vec<_>>().join(", ");
    let upstream = data.filter(|data| data.again.k > 0).and_then(|data| data.upstream);
    let upstream = upstream.map(|share| format!("; lost towards the target: {}", told(&share, "data segments")));
    let downstream = data.and_then(|data| data.downstream).filter(|share| share.k > 0);
    let downstream = downstream.map(|share| format!("; out of order towards us: {}", told(&share, "connections")));
    let ways: String = [upstream, downstream].into_iter().flatten().collect();
    Some(format!("sent again: {again}{ways}")).filter(|_| !again.is_empty())
}

/// Who measured.
const fn source(source: Source) -> &'static str {
    match source {
        Source::Wire => "packets' time stamps",
        Source::Kernel => "kernel",
        Source::Userspace => "probe's own clock",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::evidence::Event;
    use crate::report::text::Look;
    use crate::report::{sample, text};
    use crate::walk::Walk;

    /// Walks of a healthy server, each as much slower as its number says, and their kernels' counts.
    fn repeats(count: u32) -> Report {
        let mut report = sample::gate();
        let healthy = report.survey.walks.swap_remove(0);
        report.survey.walks = (0..count).map(|repeat| slower(&healthy, repeat)).collect();
        Report::new(report.survey, None)
    }

    fn slower(healthy: &Walk, repeat: u32) -> Walk {
        let mut walk = Walk { repeat, ..healthy.clone() };
        for entry in &mut walk.tape.0 {
            entry.at = Moment(entry.at.0 * u64::from(10 + repeat) / 10);
            if let Event::Kernel(info) = &mut entry.event {
                info.min_rtt_us = Some(700 + u64::from(repeat) * 10);
                info.data_segs_out = Some(5);
            }
        }
        walk
    }

    #[test]
    fn repeats_have_a_table_with_the_path_first_and_then_the_phases() {
        let text = text(&repeats(21), Look::default());
        let (_, table) = text.split_once("PATH: n repeats, and the first walk apart\n").unwrap();
        let lines: Vec<&str> = table.lines().collect();
        for (line, begins) in lines.iter().zip([
            "                   n   first     min  median     p95     max  from min to max",
            "  round trip      20  700 µs  710 µs  800 µs  890 µs  900 µs  ",
            "  turn-around     20  ",
            "  resolve         20  ",
        ]) {
            assert!(line.starts_with(begins), "{line:?} is not {begins:?} in\n{text}");
        }
        assert!(table.contains("  round trip    700 µs at least, jitter 10 µs, by the kernel\n"), "{text}");
        let own = table.lines().find(|line| line.starts_with("  turn-around") && line.contains(" at least")).unwrap();
        assert!(own.ends_with(", by the probe's own clock"), "{own}");
        let loss = "  loss          sent again: 0 of 21 SYNs (95 %: 0.0 to 16.1 %), 0 of 105 data segments (95 %: 0.0 to 3.5 %)\n";
        assert!(table.replace("\n                ", " ").contains(loss), "{text}");
    }

    #[test]
    fn one_walk_has_one_line() {
        let text = text(&repeats(1), Look::default());
        assert!(!text.contains("PATH"), "{text}");
        assert!(
            text.contains(
                "\n  path      round trip 700 µs by the kernel; sent again: 0 of 1 SYNs, 0 of 5 data segments\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_was_lost_is_told_with_its_direction() {
        let mut report = repeats(2);
        for entry in report.survey.walks.iter_mut().flat_map(|walk| &mut walk.tape.0) {
            if let Event::Kernel(info) = &mut entry.event
                && info.data_segs_out.is_some()
            {
                (info.sack, info.dsack_dups, info.out_of_order) = (Some(true), Some(0), Some(2));
            }
        }
        let mut entries = report.survey.walks[0].tape.0.iter_mut().rev();
        let last = entries.find_map(|entry| if let Event::Kernel(info) = &mut entry.event { Some(info) } else { None });
        last.unwrap().retransmits = Some(1);
        let text = text(&report, Look::default()).replace("\n                ", " ");
        let said = "1 of 10 data segments (95 %: 0.3 to 44.5 %); lost towards the target: 1 of 10 data segments (95 %:";
        assert!(text.contains(said), "{text}");
        assert!(text.contains("; out of order towards us: 2 of 2 connections (95 %: 15.8 to 100.0 %)\n"), "{text}");
    }

    #[test]
    fn a_quantile_that_is_not_known_has_a_dash() {
        let text = text(&repeats(3), Look::default());
        assert!(text.contains("  round trip       2  700 µs  710 µs  710 µs       –  720 µs  "), "{text}");
    }

    #[test]
    fn the_fullest_bin_is_the_highest_column_and_the_emptiest_that_is_not_empty_is_seen() {
        assert_eq!(columns(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(columns(&[0, 0]), "  ");
    }
}
