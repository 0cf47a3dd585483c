//! The default branch of a union.

use serde_json::Value;

use super::rewriting::Rewriting;
use crate::document::reference;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::walk_mut;

/// The reference to the default schema of a discriminator: for unknown and for missing values.
///
/// ```
/// use zerogate_contract::default_branch;
///
/// let schema = serde_json::json!({"discriminator": {"propertyName": "kind", "defaultMapping": "Other"}});
/// assert_eq!(default_branch(&schema).as_deref(), Some("#/components/schemas/Other"));
/// ```
#[must_use]
pub fn default_branch(schema: &Value) -> Option<String> {
    let target = schema.get("discriminator")?.get("defaultMapping")?.as_str()?;
    // As in a mapping, the name of a component is enough.
    Some(if target.starts_with('#') { target.to_owned() } else { pointer::reference_to(target) })
}

/// Moves the default branch to the end: the first branch that fits is taken.
pub(super) fn last(value: &mut Value, rewriting: &mut Rewriting) {
    walk_mut(value, &mut |node, at, value| {
        let Some(default) = default_branch(value).filter(|_| node == Node::Schema) else { return };
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = value.get_mut(keyword).and_then(Value::as_array_mut) else { continue };
            let place = branches.iter().position(|branch| reference(branch) == Some(default.as_str()));
            let Some(place) = place.filter(|place| place + 1 < branches.len()) else { continue };
            let at = pointer::join(at, keyword);
            let was = |index: usize| pointer::join(&at, &index.to_string());
            let end = branches.len() - 1;
            let branch = branches.remove(place);
            branches.push(branch);
            // Moved aside first, because the others move into its place.
            let aside = pointer::join(&at, "-");
            rewriting.moved.push((aside.clone(), was(place)));
            rewriting.moved.extend((place..end).map(|index| (was(index), was(index + 1))));
            rewriting.moved.push((was(end), aside));
            rewriting.note(NoteKind::Exact, was(place), "the default branch was moved to the end, to be tried last");
        }
    });
}
