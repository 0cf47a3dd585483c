//! The files of a revision in git.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zerogate_contract::{ContractError, Document, Files, Problem, plain_path};

/// The maximum number of links to follow.
const MAX_LINKS: usize = 40;

/// The files of a revision, by path from the top of the repository.
pub(super) struct Revision<'r> {
    pub(super) revision: &'r str,
    /// The prefix of a file's name, `git:REV:`.
    pub(super) prefix: String,
}

impl Revision<'_> {
    /// Resolves a path of the command line. Git resolves a path that begins with a dot from the working folder.
    pub(super) fn locate(&self, path: &str) -> Result<PathBuf, ContractError> {
        let given = Path::new(path);
        if !given.starts_with(".") && !given.starts_with("..") {
            return Ok(plain_path(given));
        }
        let prefix = run(&["rev-parse", "--show-prefix"]).and_then(text).map_err(|told| self.problem(path, told))?;
        Ok(plain_path(&Path::new(prefix.trim_end_matches('\n')).join(given)))
    }

    /// The content of a file. Neither a shell nor git can interpret its name as anything else.
    pub(super) fn blob(&self, path: &str) -> Result<String, ContractError> {
        // Not `git show`, which lists a directory, and a listing is valid YAML.
        let object = format!("{}:{path}", self.revision);
        // If there is no size, the error is reported below.
        let size = run(&["cat-file", "-s", "--end-of-options", &object]).and_then(text).unwrap_or_default();
        if size.trim().parse::<usize>().is_ok_and(|size| size > Document::MAX_BYTES) {
            let what = format!("cannot read the contract: larger than {} bytes", Document::MAX_BYTES);
            return Err(self.problem(path, (what, "name an OpenAPI document")));
        }
        let bytes = run(&["cat-file", "--end-of-options", "blob", &object]);
        bytes.and_then(text).map_err(|told| self.problem(path, told))
    }

    fn problem(&self, path: &str, (message, help): Told) -> ContractError {
        let (file, pointer) = (format!("{}{path}", self.prefix), String::new());
        ContractError::from(Problem { file, position: None, pointer, message, help: help.to_owned() })
    }

    /// The mode and path of the entry at a path, or of the link that leads to it.
    fn entry(&self, path: &Path) -> io::Result<(String, PathBuf)> {
        let missing = || io::Error::new(ErrorKind::NotFound, "no such file in this revision");
        let name = path.to_str().ok_or_else(missing)?;
        let listed = run(&["ls-tree", "-z", "--full-tree", "--end-of-options", self.revision, name]);
        let listed = listed.and_then(text).map_err(|(told, _)| io::Error::other(told))?;
        let entry = listed.split('\0').next().and_then(|entry| entry.split_once('\t')).ok_or_else(missing)?;
        let mode = entry.0.split(' ').next().unwrap_or_default();
        Ok((mode.to_owned(), PathBuf::from(entry.1)))
    }
}

impl Files for Revision<'_> {
    fn find(&self, from: &Path, path: &Path) -> io::Result<PathBuf> {
        let mut path = plain_path(&from.parent().unwrap_or(from).join(path));
        for _ in 0..MAX_LINKS {
            if path.is_absolute() || path.starts_with("..") {
                return Err(io::Error::new(ErrorKind::NotFound, "not in the repository"));
            }
            let (mode, found) = self.entry(&path)?;
            match mode.as_str() {
                "120000" => {
                    let target = self.blob(&found.to_string_lossy()).map_err(io::Error::other)?;
                    let rest = path.strip_prefix(&found).unwrap_or(Path::new("")).to_owned();
                    path = plain_path(&found.parent().unwrap_or(Path::new("")).join(target).join(rest));
                }
                "100644" | "100755" if found == path => return Ok(path),
                _ => return Err(io::Error::new(ErrorKind::InvalidInput, "not a file")),
            }
        }
        Err(io::Error::new(ErrorKind::InvalidInput, "the links form a cycle"))
    }

    fn text(&self, file: &Path) -> Result<String, ContractError> {
        self.blob(&file.to_string_lossy())
    }

    fn name(&self, file: &Path) -> String {
        format!("{}{}", self.prefix, file.display())
    }
}

/// A message and help.
type Told = (String, &'static str);

/// Returns git's output, or why it failed.
fn run(arguments: &[&str]) -> Result<Vec<u8>, Told> {
    let output = Command::new("git").args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => ("git is not installed".to_owned(), "name a file instead"),
        _ => (format!("cannot run git: {error}"), ""),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("git failed without a message");
    let told = told.strip_prefix("fatal: ").unwrap_or(told).trim_end_matches('.');
    // Git's message for anything that is not a blob.
    let told = if told.ends_with(": bad file") { "not a file" } else { told };
    Err((format!("git cannot read it: {told}"), "inside a repository, name a file of a known revision"))
}

fn text(bytes: Vec<u8>) -> Result<String, Told> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        (format!("the text is not UTF-8: byte {offset} (starting at 0) is invalid"), "")
    })
}
