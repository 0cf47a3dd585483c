//! The reports to write, and where to write them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::format::{Format, RunWriter, UnknownFormat, Writer};
use crate::evidence::body;

/// A report to write, as `FORMAT` or `FORMAT:PATH`: of `conform` and `check`, unless its format is a
/// [`DriftFormat`](super::DriftFormat).
///
/// ```
/// use zerogate_conformance::report::ReportSpec;
///
/// let spec: ReportSpec = "junit:target/a:b.xml".parse()?;
/// assert_eq!((spec.format.name(), spec.path), ("junit", Some("target/a:b.xml".into())));
/// # Ok::<(), zerogate_conformance::report::InvalidReportSpec>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReportSpec<W = RunWriter> {
    /// The format.
    pub format: Format<W>,
    /// The file; standard output if there is none.
    pub path: Option<PathBuf>,
}

impl<W> PartialEq for ReportSpec<W> {
    fn eq(&self, other: &Self) -> bool {
        self.format == other.format && self.path == other.path
    }
}

impl<W> Eq for ReportSpec<W> {}

/// An invalid report spec; its message is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReportSpec {
    /// There is no such format.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// Nothing follows the colon.
    #[error("the path is empty; write {0}:PATH, or {0} for standard output")]
    EmptyPath(&'static str),
}

impl<W: Writer> FromStr for ReportSpec<W> {
    type Err = InvalidReportSpec;

    /// Parses `FORMAT[:PATH]`. The path may contain colons.
    fn from_str(text: &str) -> Result<Self, InvalidReportSpec> {
        let (name, path) = match text.split_once(':') {
            Some((name, path)) => (name, Some(path)),
            None => (text, None),
        };
        let format: Format<W> = name.parse()?;
        match path {
            Some("") => Err(InvalidReportSpec::EmptyPath(format.name())),
            path => Ok(Self { format, path: path.map(PathBuf::from) }),
        }
    }
}

/// Writes the spec as on the command line, on one line.
impl<W> fmt::Display for ReportSpec<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format.name())?;
        match &self.path {
            Some(path) => write!(f, ":{}", body::one_line(&path.display().to_string())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::RunFormat;

    #[test]
    fn a_spec_is_a_format_and_may_have_a_path_with_colons() {
        for format in RunFormat::all() {
            for path in [None, Some("report.json"), Some(r"C:\reports\a.xml"), Some(":")] {
                let name = format.name();
                let text = path.map_or(name.to_owned(), |path| format!("{name}:{path}"));
                let spec: ReportSpec = text.parse().unwrap();
                assert_eq!(spec, ReportSpec { format, path: path.map(PathBuf::from) });
                assert_eq!(spec.to_string(), text);
            }
        }
    }

    #[test]
    fn an_invalid_spec_is_reported_in_one_line() {
        for (text, start) in [
            ("", "unknown format ``; the formats are text, json,"),
            ("JSON", "unknown format `JSON`"),
            ("x\u{1b}[2J\n:a", r"unknown format `x\u{1b}[2J`"),
            (":report.json", "unknown format ``"),
            ("json:", "the path is empty; write json:PATH"),
        ] {
            let message = text.parse::<ReportSpec>().unwrap_err().to_string();
            assert!(message.starts_with(start) && message.lines().count() == 1, "{message}");
        }
    }
}
