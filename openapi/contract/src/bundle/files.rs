//! The files that a document refers to.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::document::Document;
use crate::problem::ContractError;

/// The files that a document may refer to: those of a folder, or of a git revision.
pub trait Files {
    /// Resolves a path, relative to a file. Symbolic links are resolved to their targets.
    ///
    /// # Errors
    ///
    /// Fails if there is no such file.
    fn find(&self, from: &Path, path: &Path) -> io::Result<PathBuf>;

    /// Reads a file that was found.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is too large, or is not UTF-8.
    fn text(&self, file: &Path) -> Result<String, ContractError>;

    /// The name of a file in problems.
    fn name(&self, file: &Path) -> String;
}

/// The files in a folder and around it.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The document's path, as given and resolved.
    given: PathBuf,
    root: PathBuf,
}

impl Folder {
    /// The folder of a document. A symbolic link is resolved to its target.
    ///
    /// # Errors
    ///
    /// Fails if there is no such document.
    pub fn of(document: &Path) -> io::Result<Self> {
        Ok(Self { given: document.to_owned(), root: fs::canonicalize(document)? })
    }

    /// The resolved path of the document.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Files for Folder {
    fn find(&self, from: &Path, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(from.parent().unwrap_or(from).join(path))
    }

    fn text(&self, file: &Path) -> Result<String, ContractError> {
        Document::text_of(file, &self.name(file))
    }

    fn name(&self, file: &Path) -> String {
        if file == self.root {
            return self.given.display().to_string();
        }
        let below = self.root.parent().and_then(|folder| file.strip_prefix(folder).ok());
        // The folder of a symbolic link differs from that of its target.
        let folder = self.given.parent().filter(|_| self.given.file_name() == self.root.file_name());
        below.zip(folder).map_or_else(|| file.to_owned(), |(file, folder)| folder.join(file)).display().to_string()
    }
}

/// Resolves `.` and `..` in a path without looking at the file system.
pub fn plain_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
