//! The JSON document, schema 1. It is a view of the survey: what follows from the walks is written for the reader, and
//! computed anew when the document is read, so that a saved report is judged by today's rules.

mod run;
mod walk;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::expect::{Expectation, Judged};
use crate::path::Path;
use crate::survey::Survey;
use crate::target::Target;
use crate::verdict::{Verdict, diagnose};
use run::Run;
use walk::Walk;

/// The number of the document's schema. It grows when a name changes its meaning or goes; new names do not touch it.
pub const SCHEMA: u64 = 1;

/// What is told of one target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "Document")]
pub struct Report {
    /// What measured.
    pub tool: Tool,
    /// The user's own name for the run, or for the way that it took.
    pub label: Option<String>,
    /// The name of the host that measured.
    pub host: Option<String>,
    /// Whether names and addresses are pseudonyms.
    pub redacted: bool,
    /// Everything that was learned.
    pub survey: Survey,
    /// What is concluded of it.
    pub verdict: Verdict,
    /// What the user expects, and whether it holds.
    pub expectations: Vec<Judged>,
}

/// The program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A text that is no report that this version reads.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON, or not a report's.
    #[error("this is no report of rdp-probe: {0}")]
    Json(#[from] serde_json::Error),
    /// It does not say which schema it follows.
    #[error("this is no report of rdp-probe: it has no `schema` number")]
    Unnumbered,
    /// It follows another schema.
    #[error("the report has schema {0}, and this version reads schema {SCHEMA} alone")]
    Schema(u64),
}

impl Report {
    /// A report of a survey that was just made on this host.
    pub fn new(mut survey: Survey, label: Option<String>) -> Self {
        // Milliseconds say enough of the wall time; the tape's own axis is finer.
        survey.started = survey.started.round(jiff::Unit::Millisecond).unwrap_or(survey.started);
        let verdict = diagnose(&survey);
        let host = dns_lookup::get_hostname().ok();
        let label = label.or_else(|| survey.way.clone());
        Self { tool: Tool::this(), label, host, redacted: false, survey, verdict, expectations: Vec::new() }
    }

    /// What tells it from others: the target, and the label in brackets.
    pub fn name(&self) -> String {
        let label = self.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        format!("{}{label}", self.survey.target)
    }

    /// The same, held against what the user expects; each expectation once.
    #[must_use]
    pub fn expecting(mut self, expected: &[Expectation]) -> Self {
        self.expectations.clear();
        for judged in expected.iter().map(|expectation| expectation.judge(&self.survey, &self.verdict)) {
            if !self.expectations.contains(&judged) {
                self.expectations.push(judged);
            }
        }
        self
    }

    /// Reads a saved report, and judges it anew.
    ///
    /// What a later version added is passed over: unknown fields, entries of a tape, phases, and walks of a kind that
    /// this version does not do. The baseline walk alone must be understood.
    pub fn read(json: &str) -> Result<Self, ReadError> {
        serde_json::from_str::<Value>(json)?.try_into()
    }
}

impl TryFrom<Value> for Report {
    type Error = ReadError;

    /// As [`Report::read`].
    fn try_from(json: Value) -> Result<Self, ReadError> {
        match json["schema"].as_u64() {
            Some(SCHEMA) => Ok(serde_json::from_value::<Document>(json)?.try_into()?),
            Some(other) => Err(ReadError::Schema(other)),
            None => Err(ReadError::Unnumbered),
        }
    }
}

impl Tool {
    /// This program.
    pub(crate) fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// One target probed by rdp-probe: what was tried, what was seen, and what is concluded.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Report")]
pub(super) struct Document {
    /// The schema's number.
    schema: u64,
    tool: Tool,
    run: Run,
    target: Target,
    /// Everything that was tried, the baseline first.
    #[serde(deserialize_with = "baseline_and_others")]
    walks: Vec<Walk>,
    /// What was measured of the path.
    #[serde(skip_deserializing)]
    #[schemars(with = "Path")]
    path: Option<Path>,
    /// What is concluded.
    #[serde(skip_deserializing)]
    #[schemars(with = "Verdict")]
    verdict: Option<Verdict>,
    /// What the user expects, and whether it holds; absent where nothing is expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    expectations: Vec<Judged>,
}

impl From<Report> for Document {
    fn from(report: Report) -> Self {
        let path = report.survey.way.as_deref().unwrap_or(walk::DEFAULT_PATH);
        Self {
            schema: SCHEMA,
            run: Run::of(&report),
            walks: report.survey.walks.iter().map(|walk| Walk::of(walk, path)).collect(),
            path: Some(report.survey.path()),
            tool: report.tool,
            target: report.survey.target,
            verdict: Some(report.verdict),
            expectations: report.expectations,
        }
    }
}

impl TryFrom<Document> for Report {
    type Error = serde_json::Error;

    fn try_from(document: Document) -> Result<Self, serde_json::Error> {
        let Document { tool, run, target, walks, mut expectations, .. } = document;
        let way = walks.first().map(|walk| walk.path.clone()).filter(|path| path != walk::DEFAULT_PATH);
        let walks = walks.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        let (until, started, took_us, ended) = (run.until, run.started, run.took_us, run.ended());
        let survey = Survey { target, way, until, started, took_us, ended, walks };
        let verdict = diagnose(&survey);
        // Of a redacted report what was expected is hidden too, and stays as it was judged.
        if !run.redacted {
            expectations = expectations.into_iter().map(|judged| judged.again(&survey, &verdict)).collect();
        }
        let (label, host, redacted) = (run.label, run.host, run.redacted);
        Ok(Self { tool, label, host, redacted, survey, verdict, expectations })
    }
}

/// Reads the elements that this version understands.
fn understood<'de, D: Deserializer<'de>, T: for<'a> Deserialize<'a>>(source: D) -> Result<Vec<T>, D::Error> {
    let elements = Vec::<Value>::deserialize(source)?;
    Ok(elements.into_iter().filter_map(|element| serde_json::from_value(element).ok()).collect())
}

/// Reads the first walk, which must be understood, and those of the others that are.
fn baseline_and_others<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Walk>, D::Error> {
    let mut elements = Vec::<Value>::deserialize(source)?.into_iter();
    let Some(baseline) = elements.next() else { return Ok(Vec::new()) };
    let baseline = serde_json::from_value(baseline).map_err(serde::de::Error::custom)?;
    let others = elements.filter_map(|element| serde_json::from_value(element).ok());
    Ok(std::iter::once(baseline).chain(others).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn document(report: &Report) -> Value {
        serde_json::to_value(report).unwrap()
    }

    fn read(document: &Value) -> Result<Report, ReadError> {
        Report::read(&document.to_string())
    }

    #[test]
    fn a_report_survives_the_way_through_its_document() {
        for report in sample::reports() {
            assert_eq!(read(&document(&report)).unwrap(), report);
        }
    }

    #[test]
    fn the_document_has_the_names_of_the_contract() {
        let document = document(&sample::reset_at_client_hello());
        for (pointer, value) in [
            ("/schema", serde_json::json!(1)),
            ("/tool/name", serde_json::json!("rdp-probe")),
            ("/run/label", serde_json::json!("vpn")),
            ("/run/until", serde_json::json!("gate")),
            ("/run/source/address", serde_json::json!("10.8.0.2")),
            ("/run/blind/0/sense", serde_json::json!("capture")),
            ("/walks/0/leg", serde_json::json!("tcp")),
            ("/walks/0/path", serde_json::json!("vpn")),
            ("/walks/0/reached", serde_json::json!("negotiate")),
            ("/walks/0/stop/cause", serde_json::json!("reset")),
            ("/walks/0/phases/2/round_trips", serde_json::json!(1)),
            ("/walks/0/phases/2/facts/selected", serde_json::json!("hybrid_ex")),
            ("/walks/0/phases/3/outcome", serde_json::json!("stopped")),
            ("/walks/0/phases/4/outcome", serde_json::json!("not_reached")),
            ("/walks/0/tape/1/event", serde_json::json!("enter")),
            ("/path/latency/round_trip/source", serde_json::json!("userspace")),
            ("/path/latency/phases/1/phase", serde_json::json!("connect")),
            ("/path/latency/phases/1/first_us", serde_json::json!(405)),
            ("/path/loss/tcp_syn/n", serde_json::json!(1)),
            ("/verdict/outcome", serde_json::json!("stopped")),
            ("/verdict/mstsc/0/code", serde_json::json!("0x904")),
        ] {
            assert_eq!(document.pointer(pointer), Some(&value), "{pointer}");
        }
    }

    #[test]
    fn what_a_later_version_added_is_passed_over() {
        let report = sample::gate();
        let mut later = document(&report);
        later["run"]["mood"] = "fine".into();
        later["run"]["until"] = "desktop".into();
        later["walks"][0]["phases"]
            .as_array_mut()
            .unwrap()
            .push(serde_json::json!({ "phase": "udp_syn", "facts": {} }));
        later["walks"][0]["tape"].as_array_mut().unwrap().push(serde_json::json!({ "at_us": 1, "event": "frame" }));
        let mut other = later["walks"][1].clone();
        other["variant"] = "moonwalk".into();
        later["walks"].as_array_mut().unwrap().push(other);
        later["verdict"]["outcome"] = "desktop".into();
        assert_eq!(read(&later).unwrap(), report);
    }

    #[test]
    fn what_is_no_report_is_refused_by_name() {
        let said = |json: &str| Report::read(json).unwrap_err().to_string();
        assert_eq!(said("{}"), "this is no report of rdp-probe: it has no `schema` number");
        assert_eq!(said(r#"{"schema":2}"#), "the report has schema 2, and this version reads schema 1 alone");
        assert_eq!(said("<html>"), "this is no report of rdp-probe: expected value at line 1 column 1");
        let mut strange = document(&sample::gate());
        strange["walks"][0]["variant"] = "moonwalk".into();
        assert!(matches!(read(&strange), Err(ReadError::Json(_))));
    }
}
