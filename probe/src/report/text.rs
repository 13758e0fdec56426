//! The report for people: first what it comes to, then what shows it, then what to do about it.

mod certificate;
mod expectations;
mod facts;
mod findings;
mod hops;
mod page;
mod path;
mod phases;
mod sizes;
mod summary;
mod udp;
mod walks;

use anstyle::{AnsiColor, Style};

use super::Report;
use super::steps::subject;
use crate::clock::time;
use crate::survey::Ended;
use crate::verdict::{Ending, Outcome, Who};
pub(crate) use page::{Page, wrap};
pub use summary::Summary;

/// How the text is to look. It says the same in every look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// With colours, as ANSI escape sequences.
    pub colour: bool,
    /// With no character beyond ASCII.
    pub ascii: bool,
    /// The longest line, in columns. A table stands in it, so that it takes 60 or more.
    pub width: usize,
}

impl Default for Look {
    /// What a file gets: no colours, and 100 columns.
    fn default() -> Self {
        Self { colour: false, ascii: false, width: 100 }
    }
}

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();

/// A report as text: the verdict in the first line, and no line longer than the look allows. What the other side sent
/// is in it without its control characters.
pub fn text(report: &Report, look: Look) -> String {
    let mut page = Page::new(look);
    head(&mut page, report);
    expectations::lines(&mut page, report);
    if let Some((index, walk)) = subject(report) {
        phases::table(&mut page, report, index, walk);
        phases::repeats(&mut page, report);
        path::table(&mut page, report);
        sizes::lines(&mut page, report);
        hops::table(&mut page, report);
        udp::lines(&mut page, report);
        findings::findings(&mut page, &report.verdict);
        findings::mstsc(&mut page, &report.verdict);
        certificate::certificate(&mut page, report, walk);
        walks::others(&mut page, report);
    }
    findings::next_steps(&mut page, &report.verdict);
    findings::not_tested(&mut page, &report.verdict);
    page.finish()
}

/// What stands above a text among several: whose it is.
pub fn heading(report: &Report, look: Look) -> String {
    let mut page = Page::new(look);
    page.heading(&format!("== {}", report.name()));
    page.line(PLAIN, "");
    page.finish()
}

/// The colour of an outcome.
const fn colour(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Ready | Outcome::Gate | Outcome::Partial => GOOD,
        Outcome::Stopped => BAD,
        Outcome::Inconclusive => DOUBTFUL,
    }
}

/// The verdict, and what was probed when and from where.
fn head(page: &mut Page, report: &Report) {
    let survey = &report.survey;
    page.line(colour(report.verdict.outcome).bold(), &report.verdict.headline);
    page.line(PLAIN, "");
    let direct = subject(report).filter(|_| survey.via().is_none());
    let at = direct.and_then(|(_, walk)| walk.address).map(|address| address.to_string());
    let target = survey.target.to_string();
    let at = at.filter(|address| *address != target).map(|address| format!(" at {address}")).unwrap_or_default();
    page.item("  target    ", PLAIN, &format!("{target}{at}"));
    let cut = match survey.ended {
        Ended::Complete => "",
        Ended::Deadline => ", cut short by the deadline",
        Ended::Interrupted => ", interrupted",
    };
    let (started, took) = (survey.started.strftime("%Y-%m-%d %H:%M:%S UTC"), time(survey.took_us));
    page.item("  probed    ", PLAIN, &format!("{started}, in {took}{cut}"));
    let from = [report.host.clone(), survey.source().map(|address| address.to_string())];
    let from = from.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let label = report.label.as_ref().map(|label| format!(" (label: {label})")).unwrap_or_default();
    page.item("  from      ", PLAIN, &format!("{from}{label}"));
    if let Some(via) = survey.via() {
        page.item("  through   ", DOUBTFUL, &format!("{via}; all times are those through it"));
    }
    path::line(page, report);
    // Who redirected us is not who ended it.
    if let Some(ending) = report.verdict.stop.as_ref().filter(|_| survey.followed().is_none()) {
        page.item("  ended by  ", PLAIN, &who(ending));
    }
    if report.redacted {
        page.item("  note      ", DOUBTFUL, "names and addresses are pseudonyms; the bytes on the tape are left out");
    }
}

/// Who ended it, in words.
fn who(ending: &Ending) -> String {
    let why = ending.why.as_str();
    match ending.who {
        Who::Peer if why.is_empty() => "the host itself, in its own protocol".to_owned(),
        Who::Peer => format!("likely the host itself: {why}"),
        Who::Path if why.is_empty() => "something on the way to the host".to_owned(),
        Who::Path => format!("something on the way to the host: {why}"),
        Who::Local => "our own side".to_owned(),
        Who::Unknown if why.is_empty() => {
            "unknown: the host or something on the way; a capture on both sides would tell".to_owned()
        }
        Who::Unknown => format!("unknown, the host or something on the way: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{redact, sample};

    #[test]
    fn the_first_line_is_the_verdict_and_no_line_is_too_long() {
        for report in sample::reports() {
            let text = text(&report, Look::default());
            assert_eq!(text.lines().next(), Some(report.verdict.headline.as_str()));
            for line in text.lines() {
                assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line:?}");
            }
        }
    }

    #[test]
    fn every_look_says_the_same() {
        for report in sample::reports() {
            let plain = text(&report, Look::default());
            let coloured = text(&report, Look { colour: true, ..Look::default() });
            assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
            let ascii = text(&report, Look { ascii: true, ..Look::default() });
            assert!(ascii.is_ascii());
            assert_eq!(ascii.chars().count(), plain.chars().count());
        }
    }

    #[test]
    fn every_width_says_the_same() {
        // Where lines break, how long a bar is, and whether there is room to draw a spread is all that differs.
        let drawn = "▁▂▃▄▅▆▇█─";
        let said = |text: &str| {
            let text = text.replace("from min to max", "");
            text.replace(|c: char| c.is_whitespace() || drawn.contains(c), "")
        };
        for report in sample::reports() {
            let usual = text(&report, Look::default());
            for width in [60, 80, 120] {
                let text = text(&report, Look { width, ..Look::default() });
                assert_eq!(said(&text), said(&usual), "{width}");
                assert!(text.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
            }
        }
    }

    #[test]
    fn the_reset_that_everybody_asks_about_is_told_with_what_to_do() {
        let text = text(&sample::reset_at_client_hello(), Look::default());
        for said in [
            "STOPPED at tls: connection reset 913 µs (1.2 round trips) after our ClientHello",
            "✗ tls",
            "· credssp",
            "mstsc would show: 0x904 / 0x7 (observed) - ",
            "NEXT STEPS\n  1. ",
            "NOT TESTED",
        ] {
            assert!(text.contains(said), "{said} in\n{text}");
        }
    }

    #[test]
    fn repeats_are_told_with_their_spread() {
        let text = text(&sample::intermittent(), Look::default());
        assert!(text.contains("PHASES of walk 2\n"), "{text}");
        assert!(text.contains("REPEATS: 3 of 10 stopped\n    3 x tls reset\n"), "{text}");
        assert!(text.contains("  credssp          6  1.2 ms  1.2 ms  1.2 ms       –  1.2 ms  "), "{text}");
    }

    #[test]
    fn a_redacted_report_says_that_it_is_one() {
        let mut report = sample::gate();
        redact(&mut report);
        assert!(text(&report, Look::default()).contains("names and addresses are pseudonyms"));
    }
}
