//! The files that were read, and the targets of references between them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::files::{Files, plain_path};
use crate::document::{Document, reference};
use crate::pointer;
use crate::problem::{ContractError, Problem};
use crate::text::mask_keys;
use crate::vocabulary::Node;

/// The maximum number of files, and of bytes of text in them: many times more than any published contract has.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The maximum length of a chain of references.
const MAX_CHAIN: usize = 64;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    /// The number of the file; the document itself is the first.
    pub(super) file: usize,
    pub(super) at: String,
}

impl Spot {
    pub(super) fn root() -> Self {
        Spot { file: 0, at: String::new() }
    }

    /// The place of the value of a key.
    pub(super) fn below(&self, key: &str) -> Self {
        Spot { file: self.file, at: pointer::join(&self.at, key) }
    }
}

/// Whether a reference needs the network.
pub(super) fn is_remote(target: &str) -> bool {
    let scheme = target.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        // A single letter is a Windows drive.
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
    };
    target.starts_with("//") || scheme.is_some_and(is_scheme)
}

/// The files, in the order in which they were found.
pub(super) struct Library<'f> {
    files: &'f dyn Files,
    /// Whether files outside of the folder may be read.
    outside: bool,
    folder: PathBuf,
    read: Vec<(PathBuf, Option<Arc<Document>>)>,
    known: HashMap<PathBuf, usize>,
    bytes: usize,
    problems: Vec<Problem>,
    told: HashSet<String>,
}

impl<'f> Library<'f> {
    pub(super) fn new(root: Document, at: &Path, files: &'f dyn Files, outside: bool) -> Self {
        let (folder, path) = (at.parent().unwrap_or(at).to_owned(), at.to_owned());
        let known = HashMap::from([(path.clone(), 0)]);
        let read = vec![(path, Some(Arc::new(root)))];
        Library { files, outside, folder, read, known, bytes: 0, problems: Vec::new(), told: HashSet::new() }
    }

    pub(super) fn finish(self) -> Result<(), ContractError> {
        ContractError::unless_none(self.problems)
    }

    pub(super) fn document(&self, file: usize) -> Option<&Arc<Document>> {
        self.read.get(file)?.1.as_ref()
    }

    /// The names of all files but the document itself.
    pub(super) fn others(&self) -> Vec<String> {
        self.read.iter().skip(1).map(|(path, _)| self.files.name(path)).collect()
    }

    /// The document at a place.
    pub(super) fn value(&self, spot: &Spot) -> Option<Arc<Document>> {
        let document = self.document(spot.file)?;
        document.value().pointer(&spot.at).map(|_| Arc::clone(document))
    }

    /// The name that a place suggests: the last key of its pointer, or the name of the file.
    pub(super) fn own_name(&self, spot: &Spot) -> String {
        let key = pointer::tokens(&spot.at).last().map(|key| key.into_owned());
        let file = || Some(self.read.get(spot.file)?.0.file_stem()?.to_string_lossy().into_owned());
        key.or_else(file).unwrap_or_default()
    }

    /// A place for messages: the file, and the pointer unless it is empty.
    pub(super) fn shown(&self, spot: &Spot) -> String {
        let name = self.read.get(spot.file).map(|(path, _)| self.files.name(path)).unwrap_or_default();
        if spot.at.is_empty() { name } else { format!("{name}#{}", spot.at) }
    }

    /// Reports a problem at a place, once.
    pub(super) fn tell(&mut self, at: &Spot, message: impl AsRef<str>, help: &str) {
        let Some(document) = self.document(at.file) else { return };
        let problem = document.problem(&at.at, mask_keys(message.as_ref()), help);
        if self.told.insert(problem.to_string()) {
            self.problems.push(problem);
        }
    }

    /// Reports a problem that occurs in many places, once for each key.
    pub(super) fn tell_once(&mut self, key: String, at: &Spot, message: impl AsRef<str>, help: &str) {
        if self.told.insert(key) {
            self.tell(at, message, help);
        }
    }

    /// The final target of a node's reference, following references that are not components of the document. `None` if
    /// it needs the network, or if a problem was reported.
    pub(super) fn target(&mut self, site: &Spot, target: &str) -> Option<Spot> {
        let mut named = None;
        let mut seen: Vec<Spot> = Vec::new();
        let mut next = (site.clone(), target.to_owned());
        loop {
            let Some(spot) = self.follow(&next.0, &next.1, 0) else { return named };
            if seen.contains(&spot) {
                let first = seen.iter().map(|spot| self.shown(spot)).min().unwrap_or_default();
                // Report the circle once, wherever it is entered.
                let message = format!("the reference `{target}` leads into a circle of references");
                self.tell_once(format!("circle {first}"), site, message, "make one of them refer to a definition");
                return None;
            }
            let document = self.value(&spot)?;
            let value = document.value().pointer(&spot.at);
            let further = value.and_then(reference).map(|further| (spot.below("$ref"), further.to_owned()));
            let is_alone = value.and_then(Value::as_object).is_some_and(|object| object.len() == 1);
            if named.is_none() && (further.is_none() || !is_alone || is_component(&spot)) {
                named = Some(spot.clone());
            }
            match further {
                Some(further) => next = further,
                None => return named,
            }
            seen.push(spot);
        }
    }

    /// The place that a reference names.
    fn follow(&mut self, site: &Spot, target: &str, depth: usize) -> Option<Spot> {
        if is_remote(target) {
            return None;
        }
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let file = if path.is_empty() { site.file } else { self.open(site, path)? };
        let at = if fragment.is_empty() || fragment.starts_with('/') {
            pointer::of_reference(&format!("#{fragment}")).map(std::borrow::Cow::into_owned)
        } else {
            let document = self.document(file)?;
            anchor(document.value(), fragment, &mut String::new())
        };
        let found = at.and_then(|at| self.enter(Spot { file, at }, depth));
        // References within the document are checked later, by the check of the whole document.
        if found.is_none() && (file != 0 || site.file != 0) && self.document(file).is_some() {
            let shown = self.shown(&Spot { file, at: String::new() });
            let message = format!("the reference `{target}` cannot be resolved: {shown} has no such place");
            self.tell(site, message, "correct the part after the `#`, or add the definition");
        }
        found
    }

    /// The place that a reference names, if its file was read.
    pub(super) fn known(&self, site: &Spot, target: &str) -> Option<Spot> {
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let file = match path {
            "" => site.file,
            path => {
                let path = pointer::percent_decode(path)?;
                let found = self.files.find(&self.read.get(site.file)?.0, Path::new(&path)).ok()?;
                *self.known.get(&found)?
            }
        };
        let at = pointer::of_reference(&format!("#{fragment}"))?.into_owned();
        Some(Spot { file, at })
    }

    /// The path of a file, relative to the document's folder.
    pub(super) fn beside(&self, site: &Spot, path: &str) -> String {
        let from = self.read.get(site.file).and_then(|(from, _)| from.parent()).unwrap_or(&self.folder);
        let found = plain_path(&from.join(path));
        let below = found.strip_prefix(&self.folder).ok().filter(|_| site.file != 0);
        below.map_or_else(|| path.to_owned(), |below| below.display().to_string())
    }

    /// Follows the references on the way to a place.
    pub(super) fn enter(&mut self, spot: Spot, depth: usize) -> Option<Spot> {
        let document = Arc::clone(self.document(spot.file)?);
        let mut here = Spot { file: spot.file, at: String::new() };
        let mut value = document.value();
        for (end, token) in spot.at.match_indices('/').zip(pointer::tokens(&spot.at)) {
            let inside = match value {
                Value::Array(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
                value => value.get(token.as_ref()),
            };
            match (inside, reference(value)) {
                (Some(inside), _) => value = inside,
                (None, Some(target)) if depth < MAX_CHAIN => {
                    let start = self.follow(&here.below("$ref"), target, depth + 1)?;
                    let rest = spot.at.get(end.0..)?;
                    return self.enter(Spot { file: start.file, at: format!("{}{rest}", start.at) }, depth + 1);
                }
                _ => return None,
            }
            here = here.below(&token);
        }
        Some(here)
    }

    /// Opens the file at a path relative to a place.
    fn open(&mut self, site: &Spot, path: &str) -> Option<usize> {
        let Some(path) = pointer::percent_decode(path) else {
            self.tell(site, format!("`{path}` has an invalid percent escape"), "write `%25` for a percent sign");
            return None;
        };
        let from = self.read.get(site.file)?.0.clone();
        let wanted = plain_path(&from.parent().unwrap_or(&from).join(&path));
        if !self.outside && !wanted.starts_with(&self.folder) {
            let message = format!("the reference to `{path}` leaves the folder of the document");
            self.tell(site, message, "copy the file into the folder, or allow it with --allow-outside");
            return None;
        }
        let found = match self.files.find(&from, Path::new(&path)) {
            Ok(found) => found,
            Err(error) => {
                let message = format!("the file `{path}` cannot be read: {error}");
                self.tell_once(
                    format!("missing {}", wanted.display()),
                    site,
                    message,
                    "add the file, or correct the path",
                );
                return None;
            }
        };
        if !self.outside && !found.starts_with(&self.folder) {
            let message = format!("`{path}` is a symbolic link to outside of the folder of the document");
            self.tell(site, message, "copy the file into the folder, or allow it with --allow-outside");
            return None;
        }
        if let Some(known) = self.known.get(&found) {
            return self.document(*known).is_some().then_some(*known);
        }
        let document = self.load(site, &found);
        self.known.insert(found.clone(), self.read.len());
        self.read.push((found, document.map(Arc::new)));
        self.document(self.read.len() - 1).map(|_| self.read.len() - 1)
    }

    fn load(&mut self, site: &Spot, file: &Path) -> Option<Document> {
        if self.read.len() >= MAX_FILES {
            self.tell(site, format!("the document has more than {MAX_FILES} files"), "bundle it with another tool");
            return None;
        }
        let name = self.files.name(file);
        let read = self.files.text(file).and_then(|text| Ok((text.len(), Document::parse(&name, &text)?)));
        let (length, document) = match read {
            Ok(read) => read,
            Err(error) => {
                self.problems.extend(error.into_problems());
                return None;
            }
        };
        self.bytes += length;
        if self.bytes > MAX_BYTES {
            self.tell(site, format!("the files have more than {MAX_BYTES} bytes"), "bundle them with another tool");
            return None;
        }
        let whole = self.document(0)?;
        let (Some((key, other)), own) = (version(document.value()), version(whole.value())) else {
            return Some(document);
        };
        if own.as_ref().is_some_and(|(_, own)| minor(own) == minor(&other)) {
            return Some(document);
        }
        let own = own.map_or_else(|| "no version".to_owned(), |(_, own)| own);
        let message = format!("this file uses OpenAPI {other}, but {}, which refers to it, uses {own}", whole.name());
        self.problems.push(document.problem(&format!("/{key}"), message, "use one version in all files"));
        None
    }
}

/// The version of a document, and its key.
fn version(document: &Value) -> Option<(&'static str, String)> {
    let text = |key: &'static str| {
        let version = document.get(key)?;
        Some((key, version.as_str().map_or_else(|| version.to_string(), str::to_owned)))
    };
    text("openapi").or_else(|| text("swagger"))
}

/// The version without the patch number.
fn minor(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}

/// Whether a place is an entry of the document's components.
fn is_component(spot: &Spot) -> bool {
    let mut tokens = pointer::tokens(&spot.at);
    spot.file == 0 && tokens.next().is_some_and(|token| token == "components") && tokens.count() == 2
}

/// The pointer to the schema with an anchor.
fn anchor(value: &Value, name: &str, at: &mut String) -> Option<String> {
    let length = at.len();
    let mut inside = |key: &str, value: &Value| {
        pointer::push(at, key);
        let found = anchor(value, name, at);
        at.truncate(length);
        found
    };
    match value {
        Value::Object(object) if is_anchor(object, name) => Some(at.clone()),
        Value::Object(object) => object.iter().find_map(|(key, value)| inside(key, value)),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| inside(&index.to_string(), item)),
        _ => None,
    }
}

fn is_anchor(object: &Map<String, Value>, name: &str) -> bool {
    let fields = ["$anchor", "$dynamicAnchor"].into_iter().filter(|key| Node::Schema.field(key).is_some());
    fields.filter_map(|key| object.get(key)).any(|anchor| anchor == name)
}
