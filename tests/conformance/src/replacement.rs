//! Writing a file in place of another: all of it or, whatever happens, nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that takes its place when it is complete.
pub(crate) struct Replacement {
    folder: PathBuf,
    path: PathBuf,
}

impl Replacement {
    /// Begins one, which shows that the folder is there and may be written to. Nothing changes before
    /// [`finish`](Self::finish).
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        // A link is followed, so that it is still one afterwards.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // In place of a device, say, a file would do more harm than good.
        if fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "what is there is no file"));
        }
        if !folder.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "its folder is not there"));
        }
        // Not kept until the end: an interrupted process would leave it there.
        temporary(folder)?;
        Ok(Self { folder: folder.to_path_buf(), path })
    }

    /// Writes the text, and puts the file in its place.
    pub(crate) fn finish(self, text: &[u8]) -> io::Result<()> {
        let mut file = temporary(&self.folder)?;
        file.write_all(text)?;
        // Others may have been allowed to read it; a temporary file is its owner's alone.
        match fs::metadata(&self.path) {
            Ok(before) => file.as_file().set_permissions(before.permissions())?,
            Err(_) => readable(file.as_file())?,
        }
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Its own error would tell the name of the temporary file, which is nobody's business.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder).map_err(|error| {
        let kind = error.kind();
        io::Error::new(kind, format!("no file can be created in its folder: {kind}"))
    })
}

#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
