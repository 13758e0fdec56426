//! The comparison: reports of several paths side by side, such as a VPN and the direct way.
//!
//! It answers, in this order: at which phase the paths part; whether one server answers on them; what the path changed;
//! how long the phases take, and whether the difference is noise; what is lost; how often walks stop. Every other fact is
//! compared by the registry of facts. All tests are judged together, so that two paths that are the same are called
//! different once in a hundred comparisons at most.

mod chance;
mod ends;
mod facts;
mod losses;
mod markdown;
mod ranks;
mod rate;
mod route;
mod row;
mod schema;
mod sections;
mod server;
#[cfg(test)]
mod tests;
mod text;
mod timing;
mod udp;

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::phase::Phase;
use crate::plan::Until;
use crate::report::{Report, Tool, redact};

pub use chance::{Chance, Judged};
pub use ends::Divergence;
pub use markdown::markdown;
pub use rate::{Counted, Rate};
pub use row::{Answer, Row};
pub use schema::schema;
pub use server::Server;
pub use text::text;
pub use timing::{Measured, Shift, Timing};

/// The number of the document's schema. It grows when a name changes its meaning or goes; new names do not touch it.
pub const SCHEMA: u64 = 1;

/// The facts by which the user told the paths apart: they stand with the paths, and are no finding.
const CHOSEN: &[&str] = &["connect.interface", "proxy.via"];

/// How many other facts are named in the headline.
const NAMES: usize = 3;

/// Reports of several paths side by side. Every list of one entry a path has them in the order of `paths`; what is
/// tested is tested against the first path that has it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// The schema's number.
    pub schema: u64,
    /// What compared.
    pub tool: Tool,
    /// That it is a comparison and no report: `comparison`.
    pub kind: Kind,
    /// Whether nothing differs that is no noise.
    pub alike: bool,
    /// Whether the walks are so few that what differs may come and go on every path.
    pub few: bool,
    /// What it comes to, in one line.
    pub headline: String,
    /// Whether names and addresses are pseudonyms: they are in all reports as soon as they are in one.
    pub redacted: bool,
    /// The paths.
    pub paths: Vec<Path>,
    /// The first phase at which they part; `null` where they do not.
    pub diverges: Option<Divergence>,
    /// Whether one server answers on them.
    pub server: Server,
    /// What the path does to packets.
    pub path: Vec<Row>,
    /// How long it takes.
    pub timings: Vec<Timing>,
    /// What is lost.
    pub losses: Vec<Rate>,
    /// Whether UDP is answered; and what it would do for a session, which is a conclusion, and never a difference of
    /// its own.
    pub udp: Vec<Row>,
    /// How often walks stop, phase by phase.
    pub stops: Vec<Rate>,
    /// Every other fact that any path knows and that lasts longer than a connection.
    pub facts: Vec<Row>,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DocumentKind")]
pub enum Kind {
    /// A comparison of reports.
    Comparison,
}

/// Whether a document is a comparison, such as that which stands behind the reports of a run.
pub fn is_comparison(document: &Value) -> bool {
    document["kind"] == json!(Kind::Comparison)
}

/// One of the paths.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ComparedPath")]
pub struct Path {
    /// What it is called.
    pub label: String,
    /// What was probed.
    pub target: String,
    /// When.
    pub started: Timestamp,
    /// Our address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// Our network interface; absent where the system's routing chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// What the connections went through; absent where nothing stood between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// How far the walks were to go.
    pub until: Until,
    /// Whether credentials were used on it.
    pub logs_on: bool,
    /// How many walks tell of it.
    pub walks: usize,
    /// The verdict in one line.
    pub headline: String,
}

/// Compares the reports of some paths, each under its name; names and addresses are pseudonyms in all of them where they
/// are in one, or where `redacted` asks for it.
pub fn compare(mut paths: Vec<(String, Report)>, redacted: bool) -> Comparison {
    let redacted = redacted || paths.iter().any(|(_, report)| report.redacted);
    if redacted {
        for (_, report) in &mut paths {
            redact(report);
        }
    }
    let reports: Vec<&Report> = paths.iter().map(|(_, report)| report).collect();
    let (mut timings, mut losses) = (timing::of(&reports), losses::of(&reports));
    let mut stops = ends::stops(&reports);
    judge(&mut timings, &mut losses, &mut stops);
    let few = are_few(&reports);
    let diverges = ends::divergence(&reports, &stops, few);
    let mut comparison = Comparison {
        schema: SCHEMA,
        tool: Tool::this(),
        kind: Kind::Comparison,
        alike: false,
        few: false,
        headline: String::new(),
        redacted,
        diverges,
        server: Server::of(&reports, few),
        path: among(few, route::rows(&reports)),
        udp: udp::rows(&reports, &losses),
        timings,
        losses,
        stops: stops.into_iter().map(|(_, rate)| rate).collect(),
        facts: among(few, facts::rows(&reports)),
        paths: paths.into_iter().map(Path::of).collect(),
    };
    comparison.few = few && comparison.differs_untested();
    let differences = comparison.differences();
    comparison.alike = differences.is_empty();
    comparison.headline = match differences.as_slice() {
        [] => "ALIKE: nothing differs that is not noise".to_owned(),
        differences => {
            let doubt = if comparison.few { ", as far as so few walks tell" } else { "" };
            format!("DIFFERENT{doubt}: {}", differences.join("; "))
        }
    };
    comparison
}

/// Whether any path has too few walks to be held against the first.
fn are_few(reports: &[&Report]) -> bool {
    let walks = |report: &&Report| u32::try_from(report.survey.repeats().count()).unwrap_or(u32::MAX);
    let mut walks = reports.iter().map(walks);
    let first = walks.next().unwrap_or_default();
    walks.any(|others| ends::are_few(first, others))
}

/// Rows without the differences that few of many walks saw.
fn among(few: bool, rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().map(|row| row.among(few)).collect()
}

/// Judges all tests of a comparison together.
fn judge(timings: &mut [Timing], losses: &mut [Rate], stops: &mut [(Phase, Rate)]) {
    let rates = losses.iter_mut().chain(stops.iter_mut().map(|(_, rate)| rate));
    Chance::judge(timings.iter_mut().flat_map(Timing::chances).chain(rates.flat_map(Rate::chances)));
    timings.iter_mut().for_each(Timing::weigh);
}

impl Path {
    fn of((label, report): (String, Report)) -> Self {
        let Report { survey, verdict, .. } = &report;
        Self {
            label,
            target: survey.target.to_string(),
            started: survey.started,
            source: survey.source(),
            interface: survey.interface().map(str::to_owned),
            via: survey.via().map(str::to_owned),
            until: survey.until,
            logs_on: ends::logs_on(&report),
            walks: survey.repeats().count(),
            headline: verdict.headline.clone(),
        }
    }
}

/// As many names as a line can have.
fn shortened(mut names: Vec<String>) -> Vec<String> {
    let left = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    names.extend((left > 0).then(|| format!("and {left} more")));
    names
}

impl Comparison {
    /// Whether anything differs that no test has held against chance.
    fn differs_untested(&self) -> bool {
        self.diverges.is_some() || self.server.differs() || self.path.iter().chain(&self.facts).any(Row::differs)
    }

    /// What differs, the most telling first.
    fn differences(&self) -> Vec<String> {
        let rows = |rows: &[Row]| rows.iter().filter(|row| row.differs()).map(|row| row.name.clone()).collect();
        let rates = |rates: &[Rate]| rates.iter().filter(|rate| rate.differs()).map(|rate| rate.what.clone()).collect();
        let listed =
            |what: &str, names: Vec<String>| (!names.is_empty()).then(|| format!("{what}{}", names.join(", ")));
        let times =
            self.timings.iter().filter(|timing| timing.differs()).map(|timing| timing.name().to_owned()).collect();
        let facts: Vec<String> = rows(&self.facts);
        let udp = udp::told(&self.udp, &self.labels());
        let mut losses: Vec<String> = rates(&self.losses);
        // Where nothing is answered, nothing needs to be lost.
        losses.retain(|what| udp.is_none() || what != losses::UDP);
        let server = match (self.server.same, self.server.intercepted) {
            (Answer::No, _) => Some("another server answers".to_owned()),
            (_, Answer::Yes) => Some("TLS is opened on the way".to_owned()),
            _ => listed("the server shows another ", rows(&self.server.shown)),
        };
        let parts = [
            self.diverges.as_ref().map(|divergence| format!("the paths part at {}", divergence.phase)),
            server,
            listed("the path changes ", rows(&self.path)),
            udp,
            listed("other times for ", times),
            listed("other losses of ", losses),
            listed("other rates of stops at ", rates(&self.stops)),
            listed("other facts: ", shortened(facts)),
        ];
        parts.into_iter().flatten().collect()
    }
}
