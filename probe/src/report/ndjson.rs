use super::Report;

/// A document a line.
pub(super) fn ndjson(reports: &[Report]) -> serde_json::Result<String> {
    reports.iter().map(|report| Ok(format!("{}\n", serde_json::to_string(report)?))).collect()
}
