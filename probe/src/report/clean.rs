/// A text that moves no cursor and turns no writing direction, whoever wrote it. It stays on one line, and XML can hold
/// it.
pub(super) fn clean(text: &str) -> String {
    let unseen = |c: char| {
        matches!(
            c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    text.chars().map(|c| if c.is_control() || unseen(c) { '?' } else { c }).collect()
}
