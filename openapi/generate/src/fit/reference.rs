//! References to other files, to missing or wrong targets, and in circles.

use serde_json::{Map, Value};
use zerogate_contract::pointer::{self, Path};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::{Document, mask_keys, reference};

use super::finding::{Finding, Help, Known};

/// The maximum length of a chain of references.
const MAX_CHAIN: usize = 64;

/// What is wrong with a reference to a node of this kind.
pub(super) fn broken<'d>(document: &'d Document, path: &Path<'_>, node: &Value, kind: Node) -> Option<Finding<'d>> {
    let target = reference(node)?;
    let path = &path.key("$ref");
    let name = kind.section().unwrap_or_default();
    if !target.starts_with('#') {
        let message = format!("the reference `{}` leads to another document", mask_keys(target));
        let help =
            format!("copy its target to `components/{name}`, or to a file next to the document and use `import`");
        return Some(Finding::wrong(path, message, help));
    }
    let Some(pointer) = pointer::of_reference(target) else {
        let message = format!("the reference `{target}` is not a JSON pointer");
        return Some(Finding::wrong(path, message, format!("write it as `#/components/{name}/…`")));
    };
    if document.target(target).is_none() {
        let wanted = pointer::tokens(&pointer).last().unwrap_or_default();
        let known = Known::Keys(components(document, kind), format!("#/components/{name}/"));
        let otherwise = format!("define it in `components/{name}`, or correct the name");
        let help = Help::Closest { word: wanted.into_owned(), known, otherwise };
        return Some(Finding::wrong(path, format!("the reference `{target}` cannot be resolved"), help));
    }
    // The generator looks up names in one section, whatever the rest of the pointer says.
    if pointer::entry(&pointer, name).is_none() {
        let message =
            format!("the reference `{target}` leads to something that is not an entry of `components/{name}`");
        let help = format!("move its target to `components/{name}`, and refer to it there");
        return Some(Finding::wrong(path, message, help));
    }
    is_circle(document, node).then(|| {
        let message = format!("the reference `{target}` leads back to itself, or through more than {MAX_CHAIN} others");
        Finding::wrong(path, message, "make it lead to a definition")
    })
}

/// The section of `components` for a kind of node.
pub(super) fn components(document: &Document, kind: Node) -> Option<&Map<String, Value>> {
    document.value().get("components")?.get(kind.section()?)?.as_object()
}

/// Whether a chain of references is endless. A broken chain is reported where it breaks.
fn is_circle(document: &Document, node: &Value) -> bool {
    let mut node = node;
    for _ in 0..MAX_CHAIN {
        match reference(node).map(|target| document.target(target)) {
            Some(Some(next)) => node = next,
            Some(None) | None => return false,
        }
    }
    true
}
