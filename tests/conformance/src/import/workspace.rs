//! Compiles a contract's workspace with another contract.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The crate that is generated from the contract, and the contract's path in it.
const CRATE: &str = "zerogate";
const CONTRACT: &str = "openapi/gate-v1.yaml";

/// The file that marks a folder as cargo's.
const CACHE: &str = "CACHEDIR.TAG";

/// A workspace on this machine.
pub(crate) struct Workspace {
    root: PathBuf,
    /// The folder of the generated crate.
    member: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the workspace of a contract.
    ///
    /// # Errors
    ///
    /// If there is no workspace or no cargo, with a one-line message.
    pub(crate) fn around(contract: &Path) -> Result<Self, String> {
        let folder = contract.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let none =
            || format!("{}: --compile needs a workspace around the contract, but there is none", contract.display());
        if !folder.is_dir() {
            return Err(none());
        }
        let mut metadata = Command::new("cargo");
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(folder).stdin(Stdio::null());
        let output = metadata.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => "--compile needs cargo, which is not installed here".to_owned(),
            _ => format!("{}: cannot run cargo there: {error}", folder.display()),
        })?;
        let found: Value = serde_json::from_slice(&output.stdout).map_err(|_| none())?;
        let path = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(PathBuf::from);
        let packages = found.get("packages").and_then(Value::as_array).into_iter().flatten();
        let mut members = packages.filter(|package| package.get("name").is_some_and(|name| name == CRATE));
        let manifest = members.next().and_then(|package| path(package, "manifest_path"));
        let member = manifest.as_deref().and_then(Path::parent).map(Path::to_path_buf).ok_or_else(none)?;
        let (root, target) = path(&found, "workspace_root").zip(path(&found, "target_directory")).ok_or_else(none)?;
        Ok(Self { root, member, target })
    }

    /// Compiles a copy of the workspace with this contract; returns cargo's output if that fails.
    ///
    /// The copy stays in its own folder in the target folder, so that the next time is faster.
    ///
    /// # Errors
    ///
    /// If the copy cannot be made, or cargo cannot be run.
    pub(crate) fn compile(&self, contract: &str) -> io::Result<Result<(), String>> {
        let folder = self.target.join("import");
        let copy = folder.join("workspace");
        mirror(&self.root, &copy, &self.target)?;
        let member = self.member.strip_prefix(&self.root).unwrap_or(Path::new(""));
        write(&copy.join(member).join(CONTRACT), contract.as_bytes())?;
        let mut check = Command::new("cargo");
        check.args(["check", "--quiet", "--all-features", "--color", "never", "-p", CRATE, "--target-dir"]);
        let output = check.arg(folder.join("target")).current_dir(&copy).stdin(Stdio::null()).output()?;
        Ok(if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) })
    }
}

/// Mirrors a folder, without the folders of cargo and git. Does not rewrite identical files.
fn mirror(from: &Path, to: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, name) = (entry.path(), entry.file_name());
        if name == ".git" || source == target || source.join(CACHE).exists() {
            continue;
        }
        let copy = to.join(&name);
        // Follows links, except broken ones.
        match fs::metadata(&source) {
            Ok(found) if found.is_dir() => mirror(&source, &copy, target)?,
            Ok(found) if found.is_file() => write(&copy, &fs::read(&source)?)?,
            _ => continue,
        }
        names.push(name);
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if names.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == text) { Ok(()) } else { fs::write(path, text) }
}
