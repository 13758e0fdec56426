use super::{Look, Report, json, junit, markdown, nagios, ndjson, prometheus, text};

/// In which form reports are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// The whole document; of several targets one a line.
    Json,
    /// The whole document on one line, of one target too.
    Ndjson,
    /// `JUnit` XML, for CI: a test suite a target.
    Junit,
    /// A line for Nagios and its heirs, and lines of details.
    Nagios,
    /// Prometheus' text exposition format.
    Prometheus,
    /// For tickets.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] =
        &[Self::Text, Self::Json, Self::Ndjson, Self::Junit, Self::Nagios, Self::Prometheus, Self::Markdown];

    /// Its name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Junit => "junit",
            Self::Nagios => "nagios",
            Self::Prometheus => "prometheus",
            Self::Markdown => "markdown",
        }
    }

    /// Whether all targets make one document, so that the first cannot be told before the last is known.
    pub const fn is_one_document(self) -> bool {
        matches!(self, Self::Junit | Self::Nagios | Self::Prometheus)
    }

    /// Tells reports in this form.
    ///
    /// # Errors
    /// Where a report cannot be written as JSON.
    pub fn tell(self, reports: &[Report], look: Look) -> serde_json::Result<String> {
        let each = |told: &dyn Fn(&Report) -> String| reports.iter().map(told).collect::<String>();
        Ok(match self {
            Self::Text => each(&|report| text(report, look)),
            Self::Json => json::json(reports)?,
            Self::Ndjson => ndjson::ndjson(reports)?,
            Self::Junit => junit::junit(reports),
            Self::Nagios => nagios::nagios(reports, 0),
            Self::Prometheus => prometheus::prometheus(reports),
            Self::Markdown => each(&markdown::markdown),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::report::sample;

    /// Holds what a format tells against the file that shows it.
    fn hold(format: Format, name: &str, reports: &[Report]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/formats").join(name);
        let told = format.tell(reports, Look::default()).unwrap();
        if std::env::var_os("UPDATE_FORMATS").is_some() {
            std::fs::write(&path, &told).unwrap();
        }
        let shown = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(told == shown, "{name} has changed: run the test again with UPDATE_FORMATS=1, and look at it\n{told}");
    }

    #[test]
    fn every_format_tells_a_stop_as_its_file_shows() {
        let stop = [sample::expected(sample::reset_at_client_hello())];
        for (format, name) in [
            (Format::Text, "stop.txt"),
            (Format::Json, "stop.json"),
            (Format::Junit, "stop.xml"),
            (Format::Nagios, "stop.nagios"),
            (Format::Prometheus, "stop.prom"),
            (Format::Markdown, "stop.md"),
        ] {
            hold(format, name, &stop);
        }
    }

    /// The suite holds expectations against these.
    #[test]
    fn saved_reports_of_other_fates_are_shown_too() {
        hold(Format::Json, "gate.json", &[sample::gate()]);
        hold(Format::Json, "cut.json", &[sample::no_walk()]);
    }

    #[test]
    fn every_format_tells_several_targets_in_its_own_way() {
        let several: Vec<Report> = sample::fleet().map(sample::expected).collect();
        for (format, name) in [
            (Format::Junit, "several.xml"),
            (Format::Nagios, "several.nagios"),
            (Format::Prometheus, "several.prom"),
            (Format::Markdown, "several.md"),
        ] {
            hold(format, name, &several);
        }
        for format in [Format::Json, Format::Ndjson] {
            let told = format.tell(&several, Look::default()).unwrap();
            let back: Vec<Report> = told.lines().map(|line| Report::read(line).unwrap()).collect();
            assert_eq!(back, several, "{format:?}: one report a line");
        }
    }

    #[test]
    fn every_format_tells_every_report() {
        for report in sample::reports() {
            for format in Format::ALL {
                let told = format.tell(std::slice::from_ref(&report), Look::default()).unwrap();
                assert!(told.ends_with('\n'), "{format:?}: {told}");
                assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{format:?}: {told}");
            }
        }
    }
}
