//! What kind of value a fact has.

use serde_json::Value;

/// What a fact's value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A number, in a unit.
    Number(Unit),
    /// A version: numbers with dots between them, maybe behind a name.
    Version,
    /// One of these words.
    Word(Vec<String>),
    /// One of these words, each of which is more than the one before.
    Rank(Vec<String>),
    /// Yes or no.
    Flag,
    /// A point in time.
    Time,
    /// A text.
    Text,
    /// Several texts or numbers.
    List,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    One,
    /// Bytes.
    Bytes,
    /// Bits.
    Bits,
    /// Days.
    Days,
    /// Kilobits a second.
    Kbps,
    /// Microseconds.
    Micros,
}

impl Kind {
    /// Reads it off a fact's schema; `inner` is the schema that this one leads to. The unit stands in the fact's name or
    /// meaning.
    pub(super) fn of(name: &str, property: &Value, inner: Option<&Value>) -> Self {
        let words = inner.and_then(|inner| inner["oneOf"].as_array()).into_iter().flatten();
        let words: Vec<String> = words.filter_map(|word| word["const"].as_str().map(str::to_owned)).collect();
        if !words.is_empty() {
            return Self::Word(words);
        }
        let types: Vec<&str> = property["type"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let leaf = name.rsplit('.').next().unwrap_or(name);
        match types.first() {
            Some(&"boolean") => Self::Flag,
            Some(&"array") => Self::List,
            Some(&("integer" | "number")) => {
                Self::Number(Unit::of(leaf, property["description"].as_str().unwrap_or_default()))
            }
            _ if property["format"] == "date-time" => Self::Time,
            _ if matches!(leaf, "version" | "os_build") => Self::Version,
            _ => Self::Text,
        }
    }
}

impl Unit {
    fn of(leaf: &str, means: &str) -> Self {
        match leaf {
            _ if leaf.ends_with("_us") => Self::Micros,
            _ if leaf.ends_with("_kbps") => Self::Kbps,
            _ if leaf.ends_with("_bits") => Self::Bits,
            _ if leaf.starts_with("days_") => Self::Days,
            _ if means.contains("in bytes") => Self::Bytes,
            _ => Self::One,
        }
    }
}
