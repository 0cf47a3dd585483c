//! A page of limited size.

use super::escape::{code, prose};
use crate::exceptions::known::LapsedFailure;
use crate::report::wording::run as wording;

/// The maximum size in bytes: GitHub accepts 1 MiB for all summaries of a step together.
const MOST: usize = 900_000;

/// A page that stays below the limit and counts what it omits.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    pub(super) fn add(&mut self, piece: impl AsRef<str>) {
        let piece = piece.as_ref();
        if self.left_out == 0 && self.text.len() + piece.len() <= MOST {
            self.text.push_str(piece);
        } else {
            self.left_out += 1;
        }
    }

    /// A table under a heading, or nothing if it has no rows. The cells are Markdown.
    pub(super) fn table<const N: usize>(
        &mut self,
        heading: &str,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let rows: Vec<[String; N]> = rows.into_iter().collect();
        if rows.is_empty() {
            return;
        }
        self.add(format!("\n### {heading}\n\n| {} |\n|{}\n", columns.join(" | "), "---|".repeat(N)));
        rows.into_iter().for_each(|row| self.add(format!("| {} |\n", row.join(" | "))));
    }

    /// The table of the expired or unused entries of --known-failures.
    pub(super) fn lapsed(&mut self, entries: &[LapsedFailure]) {
        let rows = wording::lapsed_lines(entries);
        let rows = rows.iter().map(|entry| [entry.lapse.to_owned(), code(&entry.place()), prose(&entry.what)]);
        self.table("Expired or unused known failures", ["", "where", "what"], rows);
    }

    pub(super) fn close(mut self) -> String {
        if self.left_out > 0 {
            let left_out = wording::counted(self.left_out, "line or block", "lines and blocks");
            self.text.push_str(&format!(
                "\n… and {left_out} more: too many for a summary. The other reports list everything.\n"
            ));
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_below_its_limit() {
        let mut page = Page::default();
        for _ in 0..3 {
            page.add("x".repeat(MOST / 2));
        }
        page.add("short");
        let text = page.close();
        assert!(text.len() < 1024 * 1024 && text.contains("\n… and 2 lines and blocks more"), "{}", text.len());
        assert!(!text.contains("short"), "text after a gap would look as if nothing were missing");
    }
}
