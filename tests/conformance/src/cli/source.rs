//! The source of a contract: a file, or a revision in git.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use zerogate_contract::version::supported;
use zerogate_contract::{Bundle, ContractError, Document, Folder, bundle};

use super::failure::Failure;
use super::revision::Revision;

/// The prefix of a contract in git.
const GIT_PREFIX: &str = "git:";

/// A contract, as named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    File(String),
    Git { revision: String, path: String },
}

impl Source {
    /// Parses a path, or `git:REV:path`.
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
        // Whether git would read it as an option depends on its version.
        if revision.starts_with('-') {
            return Err("a revision cannot begin with `-`".to_owned());
        }
        Ok(Self::Git { revision: revision.to_owned(), path: path.to_owned() })
    }

    /// The file, unless it is in git.
    pub(super) fn file(&self) -> Option<&str> {
        if let Self::File(path) = self { Some(path) } else { None }
    }

    /// The file, for tools that link to it.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::File(path) | Self::Git { path, .. } => path,
        }
    }

    /// Reads the contract and the files that it references, in its folder or, if `outside`, elsewhere.
    pub(super) fn read(&self, outside: bool) -> Result<Document, Failure> {
        let document = self.bundle(outside)?.0.document;
        supported(&document).map_err(|error| refused(&error))?;
        Ok(document)
    }

    /// As [`read`](Self::read), for any OpenAPI version, together with the contract's own text.
    pub(super) fn bundle(&self, outside: bool) -> Result<(Bundle, String), Failure> {
        let read = || {
            let text = self.text()?;
            let document = Document::parse(&self.to_string(), &text)?;
            let bundle = match self {
                Self::File(path) => {
                    let folder =
                        Folder::of(Path::new(path)).map_err(|error| document.problem("", error.to_string(), ""))?;
                    bundle(document, folder.root(), &folder, outside)
                }
                Self::Git { revision, path } => {
                    let files = self.revision(revision);
                    bundle(document, &files.locate(path)?, &files, outside)
                }
            };
            Ok((bundle?, text))
        };
        read().map_err(|error: ContractError| refused(&error))
    }

    fn text(&self) -> Result<String, ContractError> {
        match self {
            Self::File(path) => Document::text(path),
            Self::Git { revision, path } => self.revision(revision).blob(path),
        }
    }

    fn revision<'r>(&self, revision: &'r str) -> Revision<'r> {
        Revision { revision, prefix: format!("{GIT_PREFIX}{revision}:") }
    }
}

/// Writes the source as on the command line.
impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(path),
            Self::Git { revision, path } => write!(f, "{GIT_PREFIX}{revision}:{path}"),
        }
    }
}

/// The problems of a contract, one line each.
pub(super) fn refused(error: &ContractError) -> Failure {
    Failure::listed(error.problems().iter().map(ToString::to_string))
}
