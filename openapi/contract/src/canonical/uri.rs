//! References to this document by its own URI: `$self` names a document, and a security requirement may name a scheme
//! by a URI.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::rewriting::Rewriting;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::walk_mut;

const SCHEMES: &str = "/components/securitySchemes";

/// Rewrites references to the document itself as local ones.
pub(super) fn of_itself(value: &mut Value, rewriting: &mut Rewriting) {
    let Some(own) = value.get("$self").and_then(Value::as_str).map(str::to_owned) else { return };
    walk_mut(value, &mut |_, at, value| {
        let Some(target) = value.as_object_mut().and_then(|object| object.get_mut("$ref")) else { return };
        if let Some(fragment) = target.as_str().and_then(|target| fragment(target, &own)) {
            *target = Value::from(format!("#{fragment}"));
            rewriting.note(NoteKind::Exact, at, "the reference by `$self` became a local reference");
        }
    });
}

/// The fragment of a reference to the document with this name.
fn fragment<'r>(reference: &'r str, own: &str) -> Option<&'r str> {
    let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    (!base.is_empty() && is_name(base, own)).then_some(fragment)
}

/// Whether a URI reference, resolved against a base, means this document.
fn is_name(base: &str, own: &str) -> bool {
    let path =
        own.split_once("://").map_or(own, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(""));
    let last = path.rsplit('/').next().unwrap_or_default();
    base == own || base == path || base.strip_prefix("./").unwrap_or(base) == last
}

/// Whether a security requirement has a key that may be a URI.
pub(super) fn concerns(requirement: &Value) -> bool {
    requirement.as_object().is_some_and(|schemes| schemes.keys().any(|name| name.contains(['#', '/', '.'])))
}

/// Replaces the URI of a security scheme by its name. A component with the same name takes precedence.
pub(super) fn of_schemes(value: &mut Value, rewriting: &mut Rewriting) {
    let own = value.get("$self").and_then(Value::as_str).map(str::to_owned);
    let schemes = value.pointer(SCHEMES).and_then(Value::as_object);
    let schemes: BTreeSet<String> = schemes.into_iter().flat_map(Map::keys).cloned().collect();
    let named = |uri: &str| {
        let local = own.as_deref().and_then(|own| fragment(uri, own)).or_else(|| uri.strip_prefix('#'))?;
        let (at, name) = local.rsplit_once('/').filter(|(at, _)| *at == SCHEMES)?;
        let name = pointer::tokens(&format!("{at}/{name}")).last()?.into_owned();
        schemes.contains(&name).then_some(name)
    };
    let mut rewrite = |holder: &mut Value, at: &str| {
        let alternatives = holder.get_mut("security").and_then(Value::as_array_mut).into_iter().flatten();
        for (index, alternative) in alternatives.enumerate() {
            let Some(needed) = alternative.as_object_mut() else { continue };
            let uris: Vec<String> = needed.keys().filter(|name| !schemes.contains(*name)).cloned().collect();
            for uri in uris {
                let Some(name) = named(&uri).filter(|name| !needed.contains_key(name)) else { continue };
                let Some(scopes) = needed.remove(&uri) else { continue };
                let at = format!("{at}/security/{index}");
                rewriting.moved.push((pointer::join(&at, &name), pointer::join(&at, &uri)));
                needed.insert(name, scopes);
            }
        }
    };
    rewrite(value, "");
    walk_mut(value, &mut |node, at, value| {
        if node == Node::Operation {
            rewrite(value, at);
        }
    });
}
