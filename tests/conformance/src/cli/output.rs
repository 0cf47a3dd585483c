//! Standard output, which tolerates a closed pipe, and tables for it.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use super::failure::Failure;
use crate::exit;
use crate::report::{Inert, Styles};

/// Standard output and its styles. Text that could command a terminal or a CI server is escaped.
pub(super) struct Output {
    inert: Inert<Stdout>,
    styles: Styles,
}

/// Plain standard output.
pub(super) struct Stdout {
    writer: io::Stdout,
    /// The reader is gone; further output is discarded.
    abandoned: bool,
}

impl Output {
    /// Coloured on a terminal, unless `NO_COLOR` is set; plain everywhere else.
    pub(super) fn stdout() -> Self {
        let writer = io::stdout();
        let styles = match AutoStream::choice(&writer) {
            ColorChoice::Never => Styles::plain(),
            _ => Styles::coloured(),
        };
        Self { inert: Inert::new(Stdout { writer, abandoned: false }, styles.output()), styles }
    }

    pub(super) fn styles(&self) -> Styles {
        self.styles
    }

    /// Prints a text that is the whole output of the command, and returns the exit code.
    pub(super) fn only(&mut self, text: &str) -> Result<u8, Failure> {
        self.write_all(text.as_bytes())?;
        self.flush()?;
        Ok(exit::CONFORMS)
    }

    /// For reports, which escape text themselves, by format.
    pub(super) fn for_reports(&mut self) -> &mut Stdout {
        self.inert.writer()
    }
}

/// Rows of aligned columns.
pub(super) fn table<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.into_iter().collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells: String = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  ")).collect();
        cells.trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inert.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inert.flush()
    }
}

impl Stdout {
    /// `zerogate | head` is not a failure: the run continues, cleans up its sessions, and exits with its usual code.
    fn unless_abandoned<T>(&mut self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.abandoned = true;
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.abandoned {
            return Ok(bytes.len());
        }
        let done = self.writer.write(bytes);
        self.unless_abandoned(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.abandoned {
            return Ok(());
        }
        let done = self.writer.flush();
        self.unless_abandoned(done, ())
    }
}
