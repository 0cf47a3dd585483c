//! The public items of the hand-written code; those of the generated code are a snapshot of their own.

use std::fs;
use std::path::Path;

use zerogate_generate::Surface;

use crate::snapshot::with_settings;

#[test]
fn the_hand_written_items_are_unchanged() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&folder, &folder.join("lib.rs"), "zerogate", &mut files);
    let surface = Surface::of_files(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).unwrap();
    with_settings(
        "The public items of the hand-written code: a removed or changed line breaks code that uses it",
        || {
            insta::assert_snapshot!("written-surface", surface);
        },
    );
}

/// A file and the modules that it declares, each by its public path: what a private module has is re-exported above it.
fn collect(folder: &Path, file: &Path, path: &str, files: &mut Vec<(String, String)>) {
    let text = fs::read_to_string(file).unwrap();
    for item in syn::parse_file(&text).unwrap().items {
        let syn::Item::Mod(syn::ItemMod { attrs, vis, ident, content: None, .. }) = item else { continue };
        let is_hidden = |attribute: &syn::Attribute| {
            attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test") || path.is_ident("hidden"))
        };
        if attrs.iter().any(is_hidden) {
            continue;
        }
        let inside = folder.join(ident.to_string());
        let file = [inside.with_extension("rs"), inside.join("mod.rs")].into_iter().find(|file| file.exists()).unwrap();
        match vis {
            syn::Visibility::Public(_) => collect(&inside, &file, &format!("{path}::{ident}"), files),
            _ => collect(&inside, &file, path, files),
        }
    }
    files.push((path.to_owned(), text));
}
