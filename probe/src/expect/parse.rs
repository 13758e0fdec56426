//! The language: `name operator value`, with commas between.

use std::cmp::Ordering;
use std::fmt;

use super::Expectation;
use super::subject::Subject;
use super::value::Value;
use crate::fact::Kind;

/// How a value is to be to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("=", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<", Operator::Less),
    ("<=", Operator::AtMost),
    (">", Operator::Greater),
    (">=", Operator::AtLeast),
    ("~", Operator::Contains),
];

/// An expectation that cannot be: what is wrong with it, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ParseError {
    /// What the user wrote.
    text: String,
    /// Where, in characters from 1.
    column: usize,
    message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, column, message } = self;
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        write!(f, "{message} (column {column})\n  {line}\n  {:>column$}", '^')
    }
}

/// Reads expectations.
///
/// # Errors
/// On a name that is not known, an operator or a value that does not fit, or what is no expectation.
pub fn parse(text: &str) -> Result<Vec<Expectation>, ParseError> {
    let mut reader = Reader { text, at: 0 };
    let mut expectations = Vec::new();
    loop {
        expectations.push(reader.expectation()?);
        match reader.rest().chars().next() {
            None => return Ok(expectations),
            Some(',') => reader.at += 1,
            Some(_) => return Err(reader.error(reader.at, "a comma is due between expectations")),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    /// How many bytes are read.
    at: usize,
}

impl<'a> Reader<'a> {
    fn expectation(&mut self) -> Result<Expectation, ParseError> {
        self.blanks();
        let begin = self.at;
        let subject = self.subject()?;
        let operator = self.operator(subject)?;
        self.blanks();
        let at = self.at;
        let (value, end) = self.value()?;
        let value = Value::read(subject, &value).map_err(|wrong| self.error(at, &wrong))?;
        let text = self.text.get(begin..end).unwrap_or_default().to_owned();
        Ok(Expectation { text, subject, operator, value })
    }

    fn subject(&mut self) -> Result<&'static Subject, ParseError> {
        let begin = self.at;
        let name = self.take(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if name.is_empty() {
            return Err(self.error(begin, "a fact is due here, such as `tls.version`"));
        }
        let unknown = || self.error(begin, &format!("no fact `{name}`; {}", Subject::hint(name)));
        Subject::find(name).ok_or_else(unknown)
    }

    fn operator(&mut self, subject: &Subject) -> Result<Operator, ParseError> {
        self.blanks();
        let begin = self.at;
        let id = self.take(|c| "=!<>~".contains(c));
        let found = OPERATORS.iter().find(|(known, _)| *known == id);
        let list = |kind: Option<&Kind>| {
            let fit = OPERATORS.iter().filter(|(_, operator)| kind.is_none_or(|kind| operator.fits(kind)));
            fit.map(|(id, _)| *id).collect::<Vec<_>>().join(" ")
        };
        match found {
            Some((_, operator)) if operator.fits(&subject.kind) => Ok(*operator),
            Some((id, _)) => {
                let fit = list(Some(&subject.kind));
                Err(self.error(begin, &format!("`{id}` does not fit `{}`, which takes {fit}", subject.name)))
            }
            None => Err(self.error(begin, &format!("an operator is due here: {}", list(None)))),
        }
    }

    /// A value, and where it ends. Without quotes it goes to the next comma.
    fn value(&mut self) -> Result<(String, usize), ParseError> {
        let begin = self.at;
        if !self.rest().starts_with('"') {
            let value = self.take(|c| c != ',').trim_end();
            let due = || self.error(begin, "a value is due here");
            return if value.is_empty() { Err(due()) } else { Ok((value.to_owned(), begin + value.len())) };
        }
        let mut value = String::new();
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    let end = begin + at + 1;
                    self.at = end;
                    self.blanks();
                    return Ok((value, end));
                }
                '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                letter => value.push(letter),
            }
        }
        Err(self.error(begin, "this quote has no end"))
    }

    fn blanks(&mut self) {
        self.take(char::is_whitespace);
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = rest.split_at(rest.find(|c| !wanted(c)).unwrap_or(rest.len())).0;
        self.at += taken.len();
        taken
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, at: usize, message: &str) -> ParseError {
        let column = self.text.get(..at).unwrap_or_default().chars().count() + 1;
        ParseError { text: self.text.to_owned(), column, message: message.to_owned() }
    }
}

impl Operator {
    pub(super) fn id(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(id, _)| id)
    }

    /// Whether it means anything for values of a kind.
    fn fits(self, kind: &Kind) -> bool {
        let (same, ordered, contains) = match kind {
            Kind::Number(_) | Kind::Version | Kind::Time | Kind::Rank(_) => (true, true, false),
            Kind::Flag | Kind::Word(_) => (true, false, false),
            Kind::Text => (true, false, true),
            Kind::List => (false, false, true),
        };
        match self {
            Self::Equal | Self::Unequal => same,
            Self::Less | Self::AtMost | Self::Greater | Self::AtLeast => ordered,
            Self::Contains => contains,
        }
    }

    /// Whether what was found is to what is wanted as it says.
    pub(super) fn holds(self, found: &Value, wanted: &Value) -> bool {
        match (found, wanted, self) {
            (Value::List(items), Value::Text(wanted), _) => items.contains(wanted),
            (Value::Text(found), Value::Text(wanted), Self::Contains) => found.contains(wanted),
            _ => found.partial_cmp(wanted).is_some_and(|order| self.takes(order)),
        }
    }

    const fn takes(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Contains => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_read_one_by_one() {
        let text = "negotiate.nla = required, tls.version>=1.2,tls.certificate.subject ~ \"CN=a, \\\"b\\\"\" , \
                    phase.tls.p95 < 250ms, verdict.reached >= tls";
        let read: Vec<String> = parse(text).unwrap().into_iter().map(|expectation| expectation.text).collect();
        let each = [
            "negotiate.nla = required",
            "tls.version>=1.2",
            "tls.certificate.subject ~ \"CN=a, \\\"b\\\"\"",
            "phase.tls.p95 < 250ms",
            "verdict.reached >= tls",
        ];
        assert_eq!(read, each);
        assert_eq!(parse(each[2]).unwrap()[0].value, Value::Text("CN=a, \"b\"".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_column() {
        for (text, column, said) in [
            ("", 1, "a fact is due here"),
            ("  = 1", 3, "a fact is due here"),
            ("tls.vers >= 1.2", 1, "no fact `tls.vers`; did you mean `tls.version`?"),
            ("tls.version >= 1.2, negotiate.nal = required", 21, "did you mean `negotiate.nla`?"),
            ("zzz = 1", 1, "names begin with a phase"),
            ("phase.tea.p95 < 1s", 1, "no fact `phase.tea.p95`"),
            ("phase.udp_syn.max < 1s", 1, "no fact `phase.udp_syn.max`; `udp_syn.` goes on with answer_length, "),
            ("phase.tls.p99 < 1s", 1, "did you mean `phase.tls.p9"),
            ("phase.tls.zzz < 1s", 1, "no fact `phase.tls.zzz`; `phase.tls.` goes on with min, median, p95, max"),
            ("verdict.whom = peer", 1, "did you mean `verdict.who`?"),
            ("connect.nla = required", 1, "no fact `connect.nla`; `connect.` goes on with "),
            ("tls.version", 12, "an operator is due here: = != < <= > >= ~"),
            ("tls.version == 1.2", 13, "an operator is due here"),
            ("tls.version ~ 1.2", 13, "`~` does not fit `tls.version`, which takes = != < <= > >="),
            ("negotiate.nla < required", 15, "`<` does not fit `negotiate.nla`, which takes = !="),
            ("negotiate.offers = ssl", 18, "`=` does not fit `negotiate.offers`, which takes ~"),
            ("tls.version >=", 15, "a value is due here"),
            ("tls.version >= , ", 16, "a value is due here"),
            ("tls.version >= 1.2,", 20, "a fact is due here"),
            ("tls.version >= new", 16, "`new` is no version, such as 1.2"),
            ("negotiate.nla = requred", 17, "`requred` is no value of `negotiate.nla`: required, optional"),
            ("tls.hello_retry = maybe", 19, "`maybe` is no value of `tls.hello_retry`: yes or no"),
            ("tls.certificate.not_after > soon", 29, "`soon` is no date"),
            ("tls.certificate.days_left > 14ms", 29, "is in days, and has no unit `ms`, but d"),
            ("tls.certificate.days_left > many", 29, "`many` is no number"),
            ("tls.certificate.chain_length > 2B", 32, "is a plain number, and has no unit `B`"),
            ("phase.tls.p95 < 250", 17, "is a duration, and needs a unit: us, ms, s, m, h"),
            ("phase.tls.p95 < 250kB", 17, "is in time, and has no unit `kB`"),
            ("tls.certificate.subject = \"a", 27, "this quote has no end"),
            ("tls.certificate.subject = \"a\" b", 31, "a comma is due between expectations"),
            ("tls.certificate.subject = é, tls.vers = 1", 30, "no fact `tls.vers`"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.column, error.message.contains(said)), (column, true), "{text}: {error}");
        }
    }

    #[test]
    fn whatever_is_written_the_column_lies_in_it() {
        let text = "tls.version >= 1.2, tls.certificate.subject ~ \"é, \\\"b\\\"\", phase.tls.p95 < 250ms";
        let whole: Vec<char> = text.chars().collect();
        for end in 0..=whole.len() {
            for wrong in ["", ",", "\"", "\\", "é", "=", "\u{0}"] {
                let rest = whole.iter().skip(end + 1);
                let changed: String =
                    whole.iter().take(end).copied().chain(wrong.chars()).chain(rest.copied()).collect();
                if let Err(error) = parse(&changed) {
                    assert!((1..=changed.chars().count() + 1).contains(&error.column), "{changed}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_caret_stands_under_the_fault() {
        let error = parse("tls.version >= 1.2, tls.vers = 1").unwrap_err();
        let told = "no fact `tls.vers`; did you mean `tls.version`? (column 21)\n  tls.version >= 1.2, tls.vers = 1\n  \
                    \u{20}                   ^";
        assert_eq!(error.to_string(), told);
    }
}
