use anstyle::Style;

use super::{BOLD, Look};
use crate::report::clean::clean;

/// A text under way, line by line.
pub(crate) struct Page {
    look: Look,
    out: String,
}

impl Page {
    pub(crate) fn new(look: Look) -> Self {
        Self { look, out: String::new() }
    }

    /// The longest line, in columns.
    pub(crate) const fn width(&self) -> usize {
        self.look.width
    }

    /// A line in one style.
    pub(crate) fn line(&mut self, style: Style, text: &str) {
        for line in wrap(&clean(text), self.look.width) {
            self.write(&line, style, "");
        }
    }

    /// The title of a section.
    pub(crate) fn heading(&mut self, title: &str) {
        self.line(BOLD, "");
        self.line(BOLD, title);
    }

    /// A text behind a lead, under whose end its further lines begin. The style is the lead's.
    pub(crate) fn item(&mut self, lead: &str, style: Style, text: &str) {
        let lead = clean(lead);
        let indent = lead.chars().count();
        let mut lead = lead.as_str();
        let blank = " ".repeat(indent);
        for line in wrap(&clean(text), self.look.width.saturating_sub(indent).max(1)) {
            self.write(lead, style, &line);
            lead = &blank;
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        if self.look.ascii { self.out.chars().map(ascii).collect() } else { self.out }
    }

    fn write(&mut self, lead: &str, style: Style, text: &str) {
        let text = text.trim_end();
        let lead = if text.is_empty() { lead.trim_end() } else { lead };
        if self.look.colour && !lead.trim().is_empty() {
            self.out.extend([&style.render().to_string(), lead, &style.render_reset().to_string()]);
        } else {
            self.out.push_str(lead);
        }
        self.out.extend([text, "\n"]);
    }
}

/// Breaks a text at spaces, and a longer word wherever it must; an empty text is one empty line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut columns = 0;
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 && columns > 0 && columns + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
            columns = 0;
        } else if index > 0 {
            line.push(' ');
            columns += 1;
        }
        for letter in word.chars() {
            if columns == width {
                lines.push(std::mem::take(&mut line));
                columns = 0;
            }
            line.push(letter);
            columns += 1;
        }
    }
    lines.push(line);
    lines
}

/// The nearest ASCII character, column by column.
fn ascii(c: char) -> char {
    match c {
        _ if c.is_ascii() => c,
        '▁' | '▂' => '_',
        '▃' | '▄' => '=',
        '▅' | '▆' => '%',
        '▇' | '█' => '#',
        '✓' => '+',
        '✗' => 'x',
        '≠' => '!',
        '·' => '.',
        '─' | '–' => '-',
        'µ' => 'u',
        '…' => '~',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(look: Look) -> Page {
        Page::new(look)
    }

    #[test]
    fn a_long_text_goes_on_under_its_beginning() {
        let mut page = page(Look::default());
        page.item("  lead  ", BOLD, &"word ".repeat(30));
        let text = page.finish();
        assert!(text.lines().all(|line| line.chars().count() <= 100));
        assert!(text.lines().nth(1).unwrap().starts_with("        word"));
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken() {
        assert_eq!(wrap("ab abcdefg", 4), ["ab", "abcd", "efg"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("  a b c", 4), ["  a", "b c"]);
    }

    #[test]
    fn what_a_peer_sent_moves_no_cursor() {
        let mut page = page(Look { colour: true, ..Look::default() });
        page.item("  name  ", Style::new(), "\u{1b}[2Jsrv\r\n\u{202e}x");
        assert_eq!(page.finish(), "  name  ?[2Jsrv???x\n");
    }

    #[test]
    fn in_ascii_every_character_has_a_substitute_of_its_own_width() {
        let mut page = page(Look { ascii: true, ..Look::default() });
        page.line(BOLD, "✓ 12 µs … 名");
        assert_eq!(page.finish(), "+ 12 us ~ ?\n");
    }
}
