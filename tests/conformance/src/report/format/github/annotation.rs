//! Annotations, written as workflow commands for GitHub Actions.

use std::fmt::{self, Display, Formatter};

use zerogate_contract::Position;

use crate::evidence::body;
use crate::report::wording::run::LapsedLine;

/// The levels of annotations, the most severe first.
pub(super) const ERROR: &str = "error";
pub(super) const WARNING: &str = "warning";
pub(super) const NOTICE: &str = "notice";

/// An annotation of a run, or of a file.
pub(super) struct Annotation {
    pub(super) level: &'static str,
    pub(super) title: String,
    pub(super) message: String,
    file: Option<(String, Option<Position>)>,
}

impl Annotation {
    pub(super) fn new(level: &'static str, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level, title: title.into(), message: message.into(), file: None }
    }

    /// The same annotation, at a place in a file; the position may be unknown.
    pub(super) fn at(self, file: &str, position: Option<Position>) -> Self {
        Self { file: Some((body::one_line(file), position)), ..self }
    }

    fn at_line(self, file: &str, line: usize) -> Self {
        self.at(file, Some(Position { line, column: 1 }))
    }
}

/// A title and labelled lines, as the message of an annotation.
pub(super) fn lines<L: Display>(title: &str, labelled: impl IntoIterator<Item = (L, String)>) -> String {
    let labelled = labelled.into_iter().map(|(label, text)| format!("\n{label}: {text}"));
    title.to_owned() + &labelled.collect::<String>()
}

/// An error for each lapsed entry; `what` is what an entry is.
pub(super) fn lapsed(entries: &[LapsedLine<'_>], what: &str) -> impl Iterator<Item = Annotation> {
    entries.iter().map(move |entry| {
        let annotation = Annotation::new(ERROR, format!("{} {what}", entry.lapse), &*entry.what);
        annotation.at_line(entry.file, entry.line)
    })
}

/// Writes the workflow command. Properties and the message each escape the characters that would end them.
impl Display for Annotation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "::{} ", self.level)?;
        if let Some((file, position)) = &self.file {
            write!(f, "file={},", property(file.strip_prefix("./").unwrap_or(file)))?;
            if let Some(Position { line, column }) = position {
                write!(f, "line={line},col={column},")?;
            }
        }
        write!(f, "title={}::{}", property(&self.title), data(&self.message))
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// How many annotations per level GitHub shows for a step. It drops the rest silently.
const SHOWN: usize = 10;

/// The annotations that GitHub shows, with the titles of the others in the last one.
pub(super) fn shown(annotations: &[Annotation]) -> String {
    let mut lines = String::new();
    for level in [ERROR, WARNING, NOTICE] {
        let all: Vec<&Annotation> = annotations.iter().filter(|annotation| annotation.level == level).collect();
        let room = if all.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        let (shown, others) = all.split_at(room.min(all.len()));
        shown.iter().for_each(|annotation| lines.push_str(&format!("{annotation}\n")));
        if !others.is_empty() {
            let titles: Vec<&str> = others.iter().map(|annotation| annotation.title.as_str()).collect();
            let message = format!("GitHub shows {SHOWN} of a kind; not shown: {}", titles.join("; "));
            let rest = Annotation::new(level, format!("{} more of this kind", others.len()), message);
            lines.push_str(&format!("{rest}\n"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_command_or_a_property() {
        let annotation = Annotation::new(ERROR, "x\n::warning::y", "100% of\r\n::error::all, a:b");
        assert_eq!(
            annotation.at("./a,b:c%.yaml", None).to_string(),
            "::error file=a%2Cb%3Ac%25.yaml,title=x%0A%3A%3Awarning%3A%3Ay::100%25 of%0D%0A::error::all, a:b"
        );
    }

    #[test]
    fn an_annotation_without_a_place_has_no_file() {
        assert_eq!(Annotation::new(NOTICE, "title", "text").to_string(), "::notice title=title::text");
    }
}
