//! A comparison in sections of lines, one path a column: what every form for people shows.

use super::chance::Judged;
use super::rate::{Counted, Rate};
use super::row::{Answer, Row};
use super::timing::{Measured, Timing};
use super::{Comparison, Path};
use crate::clock::time;

/// A part of the comparison.
pub(super) struct Section {
    /// What it answers, and the answer.
    pub(super) title: String,
    /// What else there is to say, line by line.
    pub(super) notes: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// One thing, path by path.
pub(super) struct Line {
    /// Whether the paths differ in it.
    pub(super) differs: bool,
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

/// What stands where nothing was seen.
const NONE: &str = "–";

impl Comparison {
    /// The labels of the columns.
    pub(super) fn labels(&self) -> Vec<String> {
        self.paths.iter().map(|path| path.label.clone()).collect()
    }

    /// All that is told, in order.
    pub(super) fn sections(&self) -> Vec<Section> {
        let sections = [
            self.about(),
            self.divergence(),
            self.same_server(),
            Section::of("WHAT THE PATH CHANGES", self.path.iter().map(Line::of_row).collect()),
            self.times(),
            self.losses(),
            self.stops(),
            self.other_facts(),
        ];
        sections.into_iter().filter(|section| !section.lines.is_empty() || !section.notes.is_empty()).collect()
    }

    fn about(&self) -> Section {
        let line = |name: &str, cell: fn(&Path) -> String| Line {
            differs: false,
            name: name.to_owned(),
            cells: self.paths.iter().map(cell).collect(),
        };
        let lines = vec![
            line("target", |path| path.target.clone()),
            line("from", |path| {
                let from = [path.source.map(|address| address.to_string()), path.interface.clone()];
                some(from.into_iter().flatten().collect::<Vec<_>>().join(", "))
            }),
            line("through", |path| some(path.via.clone().unwrap_or_default())),
            line("probed", |path| path.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
            line("walks", |path| path.walks.to_string()),
            line("verdict", |path| path.headline.clone()),
        ];
        let lines = lines.into_iter().filter(|line| line.cells.iter().any(|cell| cell != NONE)).collect();
        Section::of("PATHS", lines)
    }

    fn divergence(&self) -> Section {
        let mut notes = self.apart().into_iter().collect::<Vec<_>>();
        let Some(divergence) = &self.diverges else {
            notes.insert(0, "none: every phase comes to the same".to_owned());
            return Section { notes, ..Section::of("FIRST DIVERGENCE", Vec::new()) };
        };
        let title = format!("FIRST DIVERGENCE: {}", divergence.phase);
        let line = Line { differs: true, name: divergence.phase.to_string(), cells: divergence.ends.clone() };
        if divergence.few {
            let few = "so few walks cannot rule out that it comes and goes on every path: -c 10 tells more";
            notes.insert(0, few.to_owned());
        }
        Section { title, notes, lines: vec![line] }
    }

    /// Which paths alone used credentials, where not all did.
    fn apart(&self) -> Option<String> {
        let (with, without): (Vec<_>, Vec<_>) = self.paths.iter().partition(|path| path.logs_on);
        let with: Vec<&str> = with.iter().map(|path| path.label.as_str()).collect();
        let told = format!("credentials were used on {} alone: what came of them is not compared", with.join(", "));
        (!with.is_empty() && !without.is_empty()).then_some(told)
    }

    fn same_server(&self) -> Section {
        let server = &self.server;
        let intercepted = format!("TLS opened on the way: {}: {}", server.intercepted.id(), server.intercepted_because);
        Section {
            title: format!("SAME SERVER: {}: {}", server.same.id(), server.because),
            notes: vec![intercepted],
            lines: server.shown.iter().filter(|row| row.is_known()).map(Line::of_row).collect(),
        }
    }

    fn times(&self) -> Section {
        let lines: Vec<Line> = self.timings.iter().map(Line::of_timing).collect();
        let compares = self.timings.iter().flat_map(|timing| &timing.paths).filter_map(|path| path.shift.as_ref());
        let few = compares.clone().any(|shift| shift.chance.judged == Judged::TooFew);
        let few = few.then(|| "? is too few walks to tell: more of them (-c) tell more".to_owned());
        let through: Vec<_> = self
            .paths
            .iter()
            .filter_map(|path| Some(format!("{} through {}", path.label, path.via.as_ref()?)))
            .collect();
        let through = (!through.is_empty()).then(|| format!("measured {}", through.join(", ")));
        let title = "TIMES: medians; how much longer, and its 95 % interval; ~ is noise";
        Section { notes: through.into_iter().chain(few).collect(), ..Section::of(title, lines) }
    }

    fn losses(&self) -> Section {
        let lines = self.losses.iter().map(Line::of_rate).chain(self.udp.iter().map(Line::of_row));
        Section::of("LOSS AND UDP", lines.collect())
    }

    fn stops(&self) -> Section {
        Section::of("STOPS", self.stops.iter().map(Line::of_rate).collect())
    }

    fn other_facts(&self) -> Section {
        let differ: Vec<Line> = self.facts.iter().filter(|row| row.differs()).map(Line::of_row).collect();
        let count = |answer| self.facts.iter().filter(|row| row.differs == answer).count();
        let rest = format!("the same: {}; not seen on every path: {}", count(Answer::No), count(Answer::Unknown));
        Section { notes: vec![rest], ..Section::of("OTHER FACTS THAT DIFFER", differ) }
    }
}

impl Section {
    fn of(title: &str, lines: Vec<Line>) -> Self {
        Self { title: title.to_owned(), notes: Vec::new(), lines }
    }
}

impl Line {
    fn of_row(row: &Row) -> Self {
        let cell = |values: &Vec<String>| if values.is_empty() { NONE.to_owned() } else { values.join(" | ") };
        Self { differs: row.differs(), name: row.name.clone(), cells: row.values.iter().map(cell).collect() }
    }

    fn of_timing(timing: &Timing) -> Self {
        Self {
            differs: timing.differs(),
            name: timing.name().to_owned(),
            cells: timing.paths.iter().map(measured).collect(),
        }
    }

    fn of_rate(rate: &Rate) -> Self {
        Self { differs: rate.differs(), name: rate.what.clone(), cells: rate.paths.iter().map(counted).collect() }
    }
}

/// A text, or the sign that there is none.
fn some(text: String) -> String {
    if text.is_empty() { NONE.to_owned() } else { text }
}

/// A median, and how it differs.
fn measured(path: &Measured) -> String {
    let Some(median) = path.median_us else { return NONE.to_owned() };
    let Some(shift) = &path.shift else { return format!("{} (n {})", time(median), path.n) };
    let bounds = shift.low_us.zip(shift.high_us).map(|(low, high)| format!(" [{}, {}]", signed(low), signed(high)));
    let judged = mark(shift.chance.judged);
    format!("{} (n {})  {}{}{judged}", time(median), path.n, signed(shift.us), bounds.unwrap_or_default())
}

/// A share, and whether it differs.
fn counted(path: &Counted) -> String {
    let Some(share) = path.share else { return NONE.to_owned() };
    // Where nothing differs at all, there is nothing to judge.
    let judged = path.chance.filter(|chance| chance.p < 1.0).map_or("", |chance| mark(chance.judged));
    format!("{} of {}{judged}", share.k, share.n)
}

const fn mark(judged: Judged) -> &'static str {
    match judged {
        Judged::Differs => "",
        Judged::Slight => " slight",
        Judged::Noise => " ~",
        Judged::TooFew => " ?",
    }
}

fn signed(us: i64) -> String {
    format!("{}{}", if us < 0 { '-' } else { '+' }, time(us.unsigned_abs()))
}
