//! Explanations as text.

use std::fmt;

use super::explain::Explanation;

/// No line is wider than this, in columns.
const WIDTH: usize = 100;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        let sections = [
            ("what it is", &self.is),
            ("what it is not", &self.is_not),
            ("stops that show it", &self.stops),
            ("check next", &self.check),
            ("event log", &self.events),
        ];
        for (heading, items) in sections {
            if !items.is_empty() {
                writeln!(f, "\n  {heading}")?;
                items.iter().try_for_each(|item| paragraph(f, "  - ", item))?;
            }
        }
        if self.sources.is_empty() {
            return Ok(());
        }
        f.write_str("\n")?;
        paragraph(f, "  sources: ", &self.sources.join("; "))
    }
}

/// Writes `text` behind `lead`, its further lines indented as far.
fn paragraph(f: &mut fmt::Formatter<'_>, lead: &str, text: &str) -> fmt::Result {
    let indent = lead.chars().count();
    f.write_str(lead)?;
    let mut column = indent;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > indent && column + 1 + width > WIDTH {
            write!(f, "\n{:indent$}", "")?;
            column = indent;
        }
        if column > indent {
            f.write_str(" ")?;
            column += 1;
        }
        f.write_str(word)?;
        column += width;
    }
    f.write_str("\n")
}

#[cfg(test)]
mod tests {
    use super::super::explain::{explain_code, explain_pair};
    use super::super::table::all;

    #[test]
    fn no_line_of_any_explanation_is_wider_than_a_terminal() {
        let codes = all().iter().map(|code| code.value).chain([0x516, 0xC000_1234]);
        let pairs = explain_pair(0x904, 7).into_iter().chain(explain_pair(3, 0x10EA));
        for explanation in codes.map(explain_code).chain(pairs) {
            for line in explanation.to_string().lines() {
                assert!(line.chars().count() <= super::WIDTH, "{line}");
                assert_eq!(line, line.trim_end(), "a line ends in spaces");
            }
        }
    }

    #[test]
    fn the_headings_stand_in_the_order_in_which_a_reader_needs_them() {
        let text = explain_code(0x904).to_string();
        let at = |heading: &str| text.find(heading).unwrap();
        let headings =
            ["what it is\n", "what it is not\n", "stops that show it\n", "check next\n", "event log\n", "sources: "];
        assert!(headings.map(at).is_sorted(), "{text}");
    }
}
