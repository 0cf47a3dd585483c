//! What report is asked for, and where it is to go.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::evidence::body;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// For a program.
    Json,
    /// For a CI server.
    Junit,
    /// For a job summary.
    Markdown,
    /// For GitHub Actions, which makes annotations of it.
    Github,
}

impl Format {
    const ALL: [Self; 5] = [Self::Text, Self::Json, Self::Junit, Self::Markdown, Self::Github];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Github => "github",
        }
    }
}

/// A report that is asked for, as `FORMAT` or `FORMAT:PATH`.
///
/// ```
/// use zerogate_conformance::report::{Format, ReportSpec};
///
/// let spec: ReportSpec = "junit:target/a:b.xml".parse()?;
/// assert_eq!((spec.format, spec.path), (Format::Junit, Some("target/a:b.xml".into())));
/// # Ok::<(), zerogate_conformance::report::InvalidReportSpec>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSpec {
    /// The form.
    pub format: Format,
    /// The file; without one it is standard output.
    pub path: Option<PathBuf>,
}

/// No report is asked for like that; one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidReportSpec(String);

impl FromStr for ReportSpec {
    type Err = InvalidReportSpec;

    /// Understands `FORMAT[:PATH]`. The path may hold colons.
    fn from_str(text: &str) -> Result<Self, InvalidReportSpec> {
        let (name, path) = match text.split_once(':') {
            Some((name, path)) => (name, Some(path)),
            None => (text, None),
        };
        let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) else {
            let names = Format::ALL.map(Format::name).join(", ");
            return Err(InvalidReportSpec(format!(
                "no format is called `{}`; there are {names}",
                body::one_line(name)
            )));
        };
        match path {
            Some("") => {
                let name = format.name();
                Err(InvalidReportSpec(format!("the path is empty; write {name}:PATH, or {name} for standard output")))
            }
            path => Ok(Self { format, path: path.map(PathBuf::from) }),
        }
    }
}

/// As it is written on the command line, on one line.
impl fmt::Display for ReportSpec {
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

    #[test]
    fn a_spec_is_a_format_and_may_have_a_path_with_colons() {
        for (text, format, path) in [
            ("text", Format::Text, None),
            ("github", Format::Github, None),
            ("json:report.json", Format::Json, Some("report.json")),
            (r"junit:C:\reports\a.xml", Format::Junit, Some(r"C:\reports\a.xml")),
            ("markdown::", Format::Markdown, Some(":")),
        ] {
            let spec: ReportSpec = text.parse().unwrap();
            assert_eq!(spec, ReportSpec { format, path: path.map(PathBuf::from) });
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_spec_is_told_in_a_line() {
        for (text, start) in [
            ("", "no format is called ``; there are text, json,"),
            ("JSON", "no format is called `JSON`"),
            ("x\u{1b}[2J\n:a", r"no format is called `x\u{1b}[2J`"),
            (":report.json", "no format is called ``"),
            ("json:", "the path is empty; write json:PATH"),
        ] {
            let message = text.parse::<ReportSpec>().unwrap_err().to_string();
            assert!(message.starts_with(start) && message.lines().count() == 1, "{message}");
        }
    }
}
