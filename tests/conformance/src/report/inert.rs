//! The last step for all output: escapes text that would command a terminal or a CI server.

use std::io::{self, Write};

use zerogate_contract::{OutputKind, inert};

/// Applies [`inert`] to the text line by line, and writes the result to another writer.
///
/// An unterminated last line is written once it ends, or when this is dropped.
pub(crate) struct Inert<W: Write> {
    writer: W,
    kind: OutputKind,
    line: Vec<u8>,
}

impl<W: Write> Inert<W> {
    pub(crate) fn new(writer: W, kind: OutputKind) -> Self {
        Self { writer, kind, line: Vec::new() }
    }

    /// The inner writer, for text that is already inert.
    pub(crate) fn writer(&mut self) -> &mut W {
        &mut self.writer
    }

    fn write_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.writer.write_all(inert(&String::from_utf8_lossy(&line), self.kind).as_bytes())
    }
}

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => {
                let (ended, rest) = bytes.split_at(end + 1);
                self.line.extend(ended);
                self.write_line()?;
                self.line.extend(rest);
            }
            None => self.line.extend(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<W: Write> Drop for Inert<W> {
    fn drop(&mut self) {
        // A caller who needs the error ends the line.
        let _ = self.write_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_escaped_however_it_is_split() {
        let text = "a\n  ::error::ü\nb ##vso[c]\n::d";
        for size in 1..text.len() {
            let mut written = Vec::new();
            let mut writer = Inert::new(&mut written, OutputKind::Text);
            for piece in text.as_bytes().chunks(size) {
                writer.write_all(piece).unwrap();
                writer.flush().unwrap();
            }
            drop(writer);
            let written = String::from_utf8(written).unwrap();
            assert_eq!(written, "a\n  \\u{3a}:error::ü\nb \\u{23}#vso[c]\n\\u{3a}:d");
        }
    }
}
