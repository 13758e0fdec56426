//! Values: what the user wrote and what was learned, so that they compare.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::subject::Subject;
use crate::clock::time;
use crate::fact::{Kind, Unit};

/// A value; values of one kind compare.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Value {
    /// In the smallest unit of its kind.
    Number(f64),
    /// SSL is older than every TLS; then number by number.
    Version(bool, Vec<u64>),
    Flag(bool),
    Time(Timestamp),
    Rank(usize),
    Text(String),
    List(Vec<String>),
}

impl Value {
    /// Reads what the user wrote; otherwise what is wrong with it.
    pub(super) fn read(subject: &Subject, text: &str) -> Result<Self, String> {
        let name = &subject.name;
        match &subject.kind {
            Kind::Number(unit) => number(name, *unit, text),
            Kind::Version => version(text).ok_or_else(|| format!("`{text}` is no version, such as 1.2")),
            Kind::Flag => match text {
                "yes" | "true" => Ok(Self::Flag(true)),
                "no" | "false" => Ok(Self::Flag(false)),
                _ => Err(format!("`{text}` is no value of `{name}`: yes or no")),
            },
            Kind::Time => moment(text).ok_or_else(|| format!("`{text}` is no date, such as 2027-01-31")),
            Kind::Text | Kind::List => Ok(Self::Text(text.to_owned())),
            Kind::Word(words) | Kind::Rank(words) => word(&subject.kind, text)
                .ok_or_else(|| format!("`{text}` is no value of `{name}`: {}", words.join(", "))),
        }
    }

    /// Takes what was learned; nothing where it is not what its kind says.
    pub(super) fn learned(kind: &Kind, json: &Json) -> Option<Self> {
        match kind {
            Kind::Number(_) => json.as_f64().map(Self::Number),
            // A version that is a mere number is told as one.
            Kind::Version => version(json.as_str()?),
            Kind::Flag => json.as_bool().map(Self::Flag),
            Kind::Time => json.as_str()?.parse().ok().map(Self::Time),
            Kind::Text => json.as_str().map(|text| Self::Text(text.to_owned())),
            Kind::List => json.as_array().map(|items| Self::List(items.iter().map(plain).collect())),
            Kind::Word(_) | Kind::Rank(_) => word(kind, json.as_str()?),
        }
    }
}

/// What was learned, for people.
pub(super) fn shown(kind: &Kind, json: &Json) -> String {
    match (kind, json) {
        (Kind::Number(Unit::Micros), Json::Number(number)) => {
            let sign = if number.as_i64().is_some_and(i64::is_negative) { "-" } else { "" };
            let us = number.as_u64().or(number.as_i64().map(i64::unsigned_abs)).unwrap_or_default();
            format!("{sign}{}", time(us))
        }
        (Kind::Number(unit), _) => format!("{} {}", plain(json), unit.plural()).trim_end().to_owned(),
        (_, Json::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Json::Array(items)) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        _ => plain(json),
    }
}

fn plain(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

fn word(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Rank(words) => words.iter().position(|word| word == text).map(Value::Rank),
        Kind::Word(words) => words.iter().find(|word| *word == text).cloned().map(Value::Text),
        Kind::Number(_) | Kind::Version | Kind::Flag | Kind::Time | Kind::Text | Kind::List => None,
    }
}

/// Numbers with dots between them, maybe behind a name: `TLS 1.3`, `1.3`, `10.0.20348`.
fn version(text: &str) -> Option<Value> {
    let (name, numbers) = text.split_at(text.find(|c: char| c.is_ascii_digit())?);
    let named = name.trim_end().trim_end_matches('v');
    if !["", "SSL", "TLS", "DTLS"].contains(&named) {
        return None;
    }
    let mut numbers = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(Value::Version(named != "SSL", numbers))
}

/// A date, whose day begins in UTC, or a full time.
fn moment(text: &str) -> Option<Value> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse().ok().or_else(day).map(Value::Time)
}

fn number(name: &str, unit: Unit, text: &str) -> Result<Value, String> {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !digits(c) && c != '-').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let Ok(number) = number.parse::<f64>() else { return Err(format!("`{text}` is no number")) };
    let suffix = suffix.trim_start();
    let known: Vec<&str> = unit.suffixes().iter().map(|(suffix, _)| *suffix).collect();
    let fits = unit.suffixes().iter().find(|(known, _)| *known == suffix);
    match fits {
        Some((_, factor)) => Ok(Value::Number(number * factor)),
        None if suffix.is_empty() && (unit != Unit::Micros || number == 0.0) => Ok(Value::Number(number)),
        None if suffix.is_empty() => Err(format!("`{name}` is a duration, and needs a unit: {}", known.join(", "))),
        None if known.is_empty() => Err(format!("`{name}` is a plain number, and has no unit `{suffix}`")),
        None => Err(format!("`{name}` is in {}, and has no unit `{suffix}`, but {}", unit.plural(), known.join(", "))),
    }
}

impl Unit {
    /// What may stand behind a number, and how many of the smallest it is.
    const fn suffixes(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::One => &[],
            Self::Bytes => &[("B", 1.0), ("kB", 1e3), ("KiB", 1024.0)],
            Self::Bits => &[("bit", 1.0)],
            Self::Days => &[("d", 1.0)],
            Self::Kbps => &[("kbps", 1.0), ("Mbps", 1e3), ("Gbps", 1e6)],
            Self::Micros => &[("us", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 6e7), ("h", 3.6e9)],
        }
    }

    /// What it counts, in words.
    const fn plural(self) -> &'static str {
        match self {
            Self::One => "",
            Self::Bytes => "bytes",
            Self::Bits => "bits",
            Self::Days => "days",
            Self::Kbps => "kilobits a second",
            Self::Micros => "time",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Value, String> {
        Value::read(Subject::find(name).unwrap(), text)
    }

    #[test]
    fn numbers_are_read_in_every_unit_that_fits() {
        for (name, text, is) in [
            ("phase.tls.p95", "250ms", 250e3),
            ("phase.tls.p95", "1.5 s", 1.5e6),
            ("phase.tls.p95", "2m", 120e6),
            ("phase.tls.p95", "0", 0.0),
            ("credssp.ntlm.clock_skew_us", "-5s", -5e6),
            ("tls.certificate.days_left", "14", 14.0),
            ("tls.certificate.days_left", "14d", 14.0),
            ("connect.snd_mss", "1400 B", 1400.0),
            ("connect.snd_mss", "1KiB", 1024.0),
            ("logon.auto_detect_bandwidth_kbps", "10Mbps", 10e3),
            ("tls.certificate.chain_length", "2", 2.0),
        ] {
            assert_eq!(read(name, text), Ok(Value::Number(is)), "{name} {text}");
        }
    }

    #[test]
    fn versions_compare_number_by_number_and_ssl_is_the_oldest() {
        let version = |text| version(text).unwrap();
        assert!(version("TLS 1.3") > version("1.2"));
        assert!(version("SSL 3.0") < version("1.0"));
        assert!(version("10.0.20348") >= version("10.0"));
        assert!(version("10.0.9200") < version("10.0.20348"));
        assert_eq!(version("TLS 1.0"), version("1"));
        assert_eq!(version("TLSv1.2"), version("DTLS 1.2"));
        for text in ["", "new", "1.x", "1..2", "FOO 1.2"] {
            assert_eq!(super::version(text), None, "{text}");
        }
    }
}
