use super::Report;
use super::ndjson::ndjson;

/// The document of a lone report over many lines, for whoever looks into it; several are one a line.
pub(super) fn json(reports: &[Report]) -> serde_json::Result<String> {
    match reports {
        [lone] => Ok(format!("{}\n", serde_json::to_string_pretty(lone)?)),
        several => ndjson(several),
    }
}
