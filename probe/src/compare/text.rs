use anstyle::Style;

use super::Comparison;
use super::sections::Line;
use crate::report::{Look, Page, wrap};

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();

/// The widest name of a line; longer ones go on below.
const NAME: usize = 28;

/// The comparison for people, one path a column: what it comes to in the first line, and `≠` before what differs.
pub fn text(comparison: &Comparison, look: Look) -> String {
    let mut page = Page::new(look);
    page.line(BOLD, &comparison.headline);
    let sections = comparison.sections();
    let names = sections.iter().flat_map(|section| &section.lines).map(|line| columns(&line.name)).max();
    let name = names.unwrap_or_default().min(NAME);
    let room = look.width.saturating_sub(2 + name);
    let labels = Line { differs: false, name: String::new(), cells: comparison.labels() };
    for section in sections {
        page.heading(&section.title);
        for note in &section.notes {
            page.item("  ", PLAIN, note);
        }
        if section.lines.is_empty() {
            continue;
        }
        let lines = || std::iter::once(&labels).chain(&section.lines);
        let widest = |path: usize| lines().filter_map(|line| line.cells.get(path)).map(|cell| columns(cell)).max();
        let widest = (0..comparison.paths.len()).map(|path| widest(path).unwrap_or_default());
        let widths = shared(room, &widest.collect::<Vec<_>>());
        for line in lines() {
            row(&mut page, line, name, &widths);
        }
    }
    page.finish()
}

/// The columns' widths: each as wide as it has to be, as far as there is room; what a narrow one leaves, wide ones take.
fn shared(room: usize, widest: &[usize]) -> Vec<usize> {
    let mut widths = vec![1; widest.len()];
    let mut order: Vec<(usize, &usize)> = widest.iter().enumerate().collect();
    order.sort_by_key(|(_, widest)| **widest);
    let mut room = room;
    for (place, (path, widest)) in order.iter().enumerate() {
        let width = (*widest + 2).min(room / (order.len() - place));
        room -= width;
        widths[*path] = width.saturating_sub(2).max(1);
    }
    widths
}

/// One line of a table, whose cells go on below each other where they are too long.
fn row(page: &mut Page, line: &Line, name: usize, widths: &[usize]) {
    let mut columns = vec![(wrap(&line.name, name.max(1)).into_iter(), name)];
    columns.extend(line.cells.iter().zip(widths).map(|(cell, width)| (wrap(cell, *width).into_iter(), *width)));
    let mut mark = if line.differs { "≠" } else { " " };
    loop {
        let cells: Vec<(Option<String>, usize)> =
            columns.iter_mut().map(|(cell, width)| (cell.next(), *width)).collect();
        if cells.iter().all(|(cell, _)| cell.is_none()) {
            return;
        }
        let told = cells.into_iter().map(|(cell, width)| format!("{:<width$}", cell.unwrap_or_default()));
        page.item(&format!("{mark} "), BOLD, told.collect::<Vec<_>>().join("  ").trim_end());
        mark = " ";
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_column_takes_what_narrow_ones_leave() {
        assert_eq!(shared(60, &[10, 20]), [10, 20], "there is room");
        assert_eq!(shared(60, &[10, 90]), [10, 46]);
        assert_eq!(shared(60, &[90, 90]), [28, 28]);
        assert_eq!(shared(3, &[90, 90, 90]), [1, 1, 1], "there is hardly any");
    }
}
