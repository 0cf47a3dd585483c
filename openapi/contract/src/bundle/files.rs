//! Where the files of a document are.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::document::Document;
use crate::problem::ContractError;

/// The files that a document may refer to: those of a folder, or of a revision.
pub trait Files {
    /// The file that a path leads to, seen from a file; links count by where they lead.
    ///
    /// # Errors
    ///
    /// There is no such file.
    fn find(&self, from: &Path, path: &Path) -> io::Result<PathBuf>;

    /// The text of a file that was found.
    ///
    /// # Errors
    ///
    /// It cannot be read, is too large, or is not UTF-8.
    fn text(&self, file: &Path) -> Result<String, ContractError>;

    /// What problems call a file that was found.
    fn name(&self, file: &Path) -> String;
}

/// The files of a folder, and those beside it.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The document, as it was named and where it is.
    given: PathBuf,
    root: PathBuf,
}

impl Folder {
    /// The folder of a document. A link to one counts by where it leads.
    ///
    /// # Errors
    ///
    /// There is no such document.
    pub fn of(document: &Path) -> io::Result<Self> {
        Ok(Self { given: document.to_owned(), root: fs::canonicalize(document)? })
    }

    /// Where the document is.
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
        // Of a link, the folder is another than the one that was named.
        let folder = self.given.parent().filter(|_| self.given.file_name() == self.root.file_name());
        below.zip(folder).map_or_else(|| file.to_owned(), |(file, folder)| folder.join(file)).display().to_string()
    }
}

/// A path without `.`, and without what `..` takes back, whatever is there.
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
