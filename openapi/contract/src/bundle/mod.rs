//! Bundles a document of several files into one document.
//!
//! A target in another file moves to its section of `components`, and references use its name there. A target without
//! such a section, for example a path item, is copied to where it is used. Bundling never uses the network.

mod bundler;
mod files;
mod library;
mod names;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use bundler::{Bundler, component};
pub use files::{Files, Folder, plain_path};
use library::{Library, is_remote};

use crate::document::Document;
use crate::problem::ContractError;
use crate::version::release;

/// A document of several files as one document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Bundle {
    /// The bundle. Its problems name the original file and place.
    pub document: Document,
    /// Whether the bundle differs from the original document.
    pub is_new: bool,
    /// The other files that were read.
    pub files: Vec<String>,
    /// The components that had to be renamed because their name was taken: the original place, and the new name.
    pub renamed: Vec<(String, String)>,
    /// References to files that were not bundled, because only people or other tools read them: the place of the
    /// reference, and the reference.
    pub left: Vec<(String, String)>,
}

/// Bundles a document with the files that it refers to: those below its folder and, if `outside` is set, others too.
///
/// `at` is the path of the document. References to the network stay as they are.
///
/// # Errors
///
/// Fails if a file is missing, outside of the folder, of another version or unreadable, or if a reference cannot be
/// resolved or leads into a circle.
pub fn bundle(root: Document, at: &Path, files: &dyn Files, outside: bool) -> Result<Bundle, ContractError> {
    if !leads_to_files(root.value()) {
        let (files, renamed, left) = (Vec::new(), Vec::new(), Vec::new());
        return Ok(Bundle { document: root, is_new: false, files, renamed, left });
    }
    let mut bundler = Bundler::new(Library::new(root.clone(), at, files, outside), release(&root));
    let mut value = bundler.whole(root.value());
    bundler.follow_links(&mut value);
    let Bundler { library, names, parts, left, .. } = bundler;
    let parts: Vec<_> = parts
        .into_iter()
        .filter_map(|(pointer, spot)| Some((pointer, Arc::clone(library.document(spot.file)?), spot.at)))
        .collect();
    let renamed = names
        .renamed
        .iter()
        .map(|(spot, section, _, name)| (library.shown(spot), format!("#{}", component(section, name))));
    let (renamed, files) = (renamed.collect(), library.others());
    library.finish()?;
    Ok(Bundle { document: root.assembled(value, parts), is_new: true, files, renamed, left })
}

/// Whether a document may refer to other files.
fn leads_to_files(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            let leads = |key: &str| {
                object
                    .get(key)
                    .and_then(Value::as_str)
                    .is_some_and(|target| !target.starts_with('#') && !is_remote(target))
            };
            leads("$ref") || leads("$dynamicRef") || object.values().any(leads_to_files)
        }
        Value::Array(items) => items.iter().any(leads_to_files),
        _ => false,
    }
}
