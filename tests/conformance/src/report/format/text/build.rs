//! How the build handles a contract, for a person at a terminal.

use std::io::{self, Write};

use anstyle::Style;
use zerogate_contract::{Document, Note};
use zerogate_generate::{Fate, Lowered};

use crate::evidence::body;
use crate::report::style::{Styles, styled, wrapped};

/// The indent of a rewrite's explanation.
const INDENT: &str = "             ";
/// How many operations affected by one rewrite are listed without `--all`.
const SHOWN: usize = 20;

pub(in crate::report) fn build(
    document: &Document,
    lowered: &Lowered,
    all: bool,
    styles: Styles,
    mut writer: &mut dyn Write,
) -> io::Result<()> {
    let count = |fate: Fate| lowered.operations.iter().filter(|(_, other)| *other == fate).count();
    let (faithful, weakened, skipped) = (count(Fate::Faithful), count(Fate::Weakened), count(Fate::Skipped));
    let version = document.value().get("openapi").and_then(serde_json::Value::as_str).unwrap_or_default();
    writeln!(writer, "{}: OpenAPI {}", body::one_line(document.name()), body::one_line(version))?;
    let total = lowered.operations.len();
    writeln!(writer, "operations    {total}: {faithful} complete, {weakened} with losses, {skipped} omitted")?;
    for (fate, label, style) in
        [(Fate::Weakened, "with losses", styles.doubtful), (Fate::Skipped, "omitted", styles.bad)]
    {
        let names = lowered.operations.iter().filter(|(_, other)| *other == fate);
        let names: Vec<String> = names.map(|(name, _)| body::one_line(name)).collect();
        if !names.is_empty() {
            list(&mut writer, &styled(style, format!("{label:<13}")), &names.join(", "))?;
        }
    }
    let (warnings, others): (Vec<&Note>, Vec<&Note>) = lowered.notes.iter().partition(|note| note.is_warning());
    let (mistakes, lossy): (Vec<&Note>, Vec<&Note>) = warnings.into_iter().partition(|note| note.mistake);
    for (heading, notes) in [("mistakes in the document", mistakes), ("rewrites that lose meaning", lossy)] {
        if !notes.is_empty() {
            writeln!(writer, "\n{}", styled(styles.heading, format!("{heading} ({})", notes.len())))?;
            notes.into_iter().try_for_each(|note| self::note(document, note, all, styles.doubtful, &mut writer))?;
        }
    }
    if all && !others.is_empty() {
        writeln!(writer, "\n{}", styled(styles.heading, format!("other rewrites ({})", others.len())))?;
        others.into_iter().try_for_each(|note| self::note(document, note, all, styles.quiet, &mut writer))?;
    } else if !others.is_empty() {
        let exact = others.iter().filter(|note| note.kind == zerogate_contract::NoteKind::Exact).count();
        let design = others.len() - exact;
        writeln!(writer, "\nother rewrites: {exact} exact, {design} intended; --all lists them")?;
    }
    Ok(())
}

fn list(writer: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    for (index, line) in wrapped("", text).lines().enumerate() {
        let label = if index == 0 { label } else { "             " };
        writeln!(writer, "  {label}{line}")?;
    }
    Ok(())
}

fn note(document: &Document, note: &Note, all: bool, style: Style, writer: &mut dyn Write) -> io::Result<()> {
    let found = document.problem_in_text(&*note.pointer, "", "");
    let file = if found.file == document.name() { String::new() } else { body::one_line(&found.file) + ":" };
    let place = found.position.map(|position| format!("{file}{position} ")).unwrap_or_default();
    let kind = styled(style, format!("{:<9}", note.kind));
    let pointer = if found.pointer.is_empty() { "(the document)" } else { &found.pointer };
    writeln!(writer, "  {kind}  {place}{}", body::one_line(pointer))?;
    writeln!(writer, "{}", wrapped(INDENT, &body::one_line(&note.message)))?;
    if !note.operations.is_empty() {
        let shown = if all { note.operations.len() } else { note.operations.len().min(SHOWN) };
        let (shown, more) = note.operations.split_at(shown);
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let affected = format!("affects {}{more}", shown.join(", "));
        writeln!(writer, "{}", wrapped(INDENT, &body::one_line(&affected)))?;
    }
    Ok(())
}
