//! Files that keep their old content until there is something to write: replaced at once, or emptied by the first
//! write.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// How often to retry if another run tidies up the temporary file before it is renamed.
const MAX_ATTEMPTS: usize = 5;

/// The suffix of a temporary file.
const SUFFIX: &str = ".tmp";

/// A file that replaces another once it is complete.
pub(crate) struct Replacement {
    path: PathBuf,
}

impl Replacement {
    /// Checks that the folder exists and is writable, and that an existing file is writable too. Nothing changes until
    /// [`finish`](Self::finish).
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let path = one_name(path);
        exists(&path)?;
        probe_folder(&path)?;
        Ok(Self { path })
    }

    /// Writes the text and replaces the file.
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
        // Keep the old file's permissions; a temporary file is readable only by its owner.
        match fs::metadata(&self.path) {
            Ok(before) => file.as_file().set_permissions(before.permissions())?,
            #[cfg(unix)]
            Err(_) => file.as_file().set_permissions(PermissionsExt::from_mode(0o644))?,
            #[cfg(not(unix))]
            Err(_) => {}
        }
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// A file that is written piece by piece, and emptied by the first write.
#[derive(Debug)]
pub(crate) struct Rewritten {
    path: PathBuf,
    file: Option<File>,
}

impl Rewritten {
    /// Checks that the file is writable, or that its folder is. Nothing changes until something is written.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        if !exists(path)? {
            probe_folder(&one_name(path))?;
        }
        Ok(Self { path: path.to_path_buf(), file: None })
    }

    /// Returns the file; the first time, empties it.
    pub(crate) fn file(&mut self) -> io::Result<&mut File> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(File::create(&self.path)?)),
        }
    }
}

impl Write for Rewritten {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the file exists; an error if it is not writable.
fn exists(path: &Path) -> io::Result<bool> {
    let Ok(there) = fs::metadata(path) else { return Ok(false) };
    // Replacing a device, for example, would do harm.
    if !there.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it exists and is not a regular file; name another file",
        ));
    }
    File::options().append(true).open(path).map(|_| true)
}

/// Checks that the folder of a file exists and is writable.
fn probe_folder(path: &Path) -> io::Result<()> {
    if !folder(path).is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "its folder does not exist; create it"));
    }
    tidy(path);
    // Not kept until the end: an interrupted process would leave it behind.
    temporary(path).map(drop)
}

/// The path that a file has or would have. Follows a symlink, so that the link itself is kept.
pub(crate) fn one_name(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match (fs::canonicalize(folder(path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    })
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The prefix of a temporary file's name.
fn prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Removes temporary files that killed runs left behind.
pub(crate) fn tidy(path: &Path) {
    let path = one_name(path);
    let prefix = prefix(&path);
    for entry in fs::read_dir(folder(&path)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_ours = name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(SUFFIX.as_bytes());
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // Missing permission shows up when the file is written.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Replaces the error's own text, which would name the temporary file.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(&prefix(path)).suffix(SUFFIX).tempfile_in(folder(path)).map_err(|error| {
        let kind = error.kind();
        io::Error::new(kind, format!("cannot create a file in its folder: {kind}"))
    })
}
