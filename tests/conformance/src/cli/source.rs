//! Where the contracts of a comparison come from: a file, or a revision of one in git.

use std::fmt::{self, Display, Formatter};
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use zerogate_contract::version::supported;
use zerogate_contract::{ContractError, Document};

use super::failure::Failure;

/// What a contract in git begins with.
const GIT_PREFIX: &str = "git:";

/// A contract, as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    File(String),
    Git { revision: String, path: String },
}

impl Source {
    /// Understands a path, or `git:REV:path`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(GIT_PREFIX) else {
            return match text {
                "" => Err("name a file, or git:REV:path".to_owned()),
                path => Ok(Self::File(path.to_owned())),
            };
        };
        let (revision, path) = rest.split_once(':').unwrap_or((rest, ""));
        if revision.is_empty() || path.is_empty() {
            return Err("write it like git:HEAD:openapi/gate-v1.yaml".to_owned());
        }
        // Git would take it for an option, or for none, depending on its version.
        if revision.starts_with('-') {
            return Err("a revision does not begin with `-`".to_owned());
        }
        Ok(Self::Git { revision: revision.to_owned(), path: path.to_owned() })
    }

    /// The file, for tools that link to it.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::File(path) | Self::Git { path, .. } => path,
        }
    }

    /// Reads and parses the contract.
    pub(super) fn read(&self) -> Result<Document, Failure> {
        let document = Document::parse(&self.to_string(), &self.text()?).map_err(|error| refused(&error))?;
        supported(&document).map_err(|error| refused(&error))?;
        Ok(document)
    }

    /// Reads the text of the contract.
    pub(super) fn text(&self) -> Result<String, Failure> {
        let name = self.to_string();
        match self {
            Self::File(path) => Document::text(path).map_err(|error| refused(&error)),
            Self::Git { revision, path } => git(&name, &format!("{revision}:{path}")),
        }
    }
}

/// As it is named on the command line.
impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(path),
            Self::Git { revision, path } => write!(f, "{GIT_PREFIX}{revision}:{path}"),
        }
    }
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Failure::usage(format!("{name}: the text is not UTF-8: byte {offset} (counted from 0) is wrong"))
    })
}

/// The content of a blob. No shell reads the name, and git takes it for nothing but a name.
fn git(name: &str, object: &str) -> Result<String, Failure> {
    // What `git show` shows of a file; of a directory it shows a listing, which is a valid YAML document.
    let arguments = ["cat-file", "--end-of-options", "blob", object];
    let output = Command::new("git").args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(format!("{name}: git is not installed; name a file instead")),
        _ => Failure::usage(format!("{name}: git cannot be run: {error}")),
    })?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let told =
            told.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("git failed and does not say why");
        let told = told.strip_prefix("fatal: ").unwrap_or(told).trim_end_matches('.');
        // What it says of everything that is no blob.
        let told = if told.ends_with(": bad file") { "it is no file" } else { told };
        return Err(Failure::usage(format!("{name}: git cannot show it: {told}; name a file of a known revision")));
    }
    text(name, output.stdout)
}

/// Everything that keeps a contract from being used, a line each.
pub(super) fn refused(error: &ContractError) -> Failure {
    Failure::listed(error.problems().iter().map(ToString::to_string))
}
