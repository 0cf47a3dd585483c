//! Writing a file in place of another: all of it or, whatever happens, nothing.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// How often a file is written that another run takes for left over before it is in its place.
const MAX_ATTEMPTS: usize = 5;

/// What the name of a file ends with that is not in its place yet.
const SUFFIX: &str = ".tmp";

/// A file that takes its place when it is complete.
pub(crate) struct Replacement {
    path: PathBuf,
}

impl Replacement {
    /// Begins one, which shows that the folder is there and may be written to. Nothing changes before
    /// [`finish`](Self::finish).
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let path = resolved(path);
        let folder = folder(&path);
        // In place of a device, say, a file would do more harm than good.
        if fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "what is there is no file"));
        }
        if !folder.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "its folder is not there"));
        }
        tidy(&path);
        // Not kept until the end: an interrupted process would leave it there.
        temporary(&path)?;
        Ok(Self { path })
    }

    /// Writes the text, and puts the file in its place.
    pub(crate) fn finish(self, text: &[u8]) -> io::Result<()> {
        let mut attempts = 1..MAX_ATTEMPTS;
        loop {
            match self.attempt(text) {
                // Another run has tidied up.
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempts.next().is_some() => {}
                done => return done,
            }
        }
    }

    fn attempt(&self, text: &[u8]) -> io::Result<()> {
        let mut file = temporary(&self.path)?;
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

/// Where a file is, or would be. A link is followed, so that it is still one afterwards.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What the name of a file begins with that is to take the place of another.
fn prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Removes what runs have left that were killed before a file was in its place.
pub(crate) fn tidy(path: &Path) {
    let path = resolved(path);
    let prefix = prefix(&path);
    for entry in fs::read_dir(folder(&path)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_ours = name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(SUFFIX.as_bytes());
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // Whoever may not remove it is told so when the file is written.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Its own error would tell the name of the temporary file, which is nobody's business.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(&prefix(path)).suffix(SUFFIX).tempfile_in(folder(path)).map_err(|error| {
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
