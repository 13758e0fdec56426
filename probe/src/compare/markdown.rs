use super::Comparison;
use super::sections::{Line, Section};
use crate::report::escaped;

/// The comparison as Markdown, for a ticket: the same sections as the text, each table with one path a column.
pub fn markdown(comparison: &Comparison) -> String {
    let labels = comparison.labels();
    let mut lines = vec![format!("**{}**", escaped(&comparison.headline)), String::new()];
    for Section { title, notes, lines: table } in comparison.sections() {
        lines.extend([format!("### {}", escaped(&title)), String::new()]);
        lines.extend(notes.iter().flat_map(|note| [escaped(note), String::new()]));
        if table.is_empty() {
            continue;
        }
        lines.extend([row("", &labels), format!("|{}", " --- |".repeat(labels.len() + 1))]);
        lines.extend(table.iter().map(|Line { differs, name, cells }| {
            row(&if *differs { format!("≠ {name}") } else { name.clone() }, cells)
        }));
        lines.push(String::new());
    }
    lines.join("\n")
}

fn row(name: &str, cells: &[String]) -> String {
    let cells: Vec<String> = std::iter::once(escaped(name)).chain(cells.iter().map(|cell| escaped(cell))).collect();
    format!("| {} |", cells.join(" | "))
}
