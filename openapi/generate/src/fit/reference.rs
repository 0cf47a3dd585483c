//! References: into another file, to nowhere, to the wrong place, and in circles.

use serde_json::Value;
use zerogate_contract::pointer::{self, Path};
use zerogate_contract::reference;

use super::check::Checker;

/// How many references may follow one another.
const MAX_CHAIN: usize = 64;

/// A part of `components`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Schemas,
    Responses,
    Parameters,
    RequestBodies,
    Headers,
    SecuritySchemes,
}

impl Section {
    pub(super) fn name(self) -> &'static str {
        match self {
            Section::Schemas => "schemas",
            Section::Responses => "responses",
            Section::Parameters => "parameters",
            Section::RequestBodies => "requestBodies",
            Section::Headers => "headers",
            Section::SecuritySchemes => "securitySchemes",
        }
    }
}

impl<'d> Checker<'d> {
    /// Whether the node is a reference; if so, it has been checked.
    pub(super) fn is_reference(&mut self, path: &Path<'_>, node: &'d Value, section: Section) -> bool {
        let Some(target) = reference(node) else { return false };
        if let Some((message, help)) = self.broken(target, node, section) {
            self.report(&path.key("$ref"), message, help);
        }
        true
    }

    /// What is wrong with a reference, and what to do.
    fn broken(&self, target: &str, node: &Value, section: Section) -> Option<(String, String)> {
        let name = section.name();
        if !target.starts_with('#') {
            return Some((
                format!("the reference `{target}` leads out of this document"),
                format!("copy what it names to `components/{name}`, and refer to it there"),
            ));
        }
        let Some(pointer) = pointer::of_reference(target) else {
            return Some((
                format!("the reference `{target}` is not a JSON pointer"),
                format!("write it as `#/components/{name}/…`"),
            ));
        };
        let inside = pointer.strip_prefix("/components/").and_then(|rest| rest.strip_prefix(name));
        let entry = inside.and_then(|rest| rest.strip_prefix('/')).filter(|rest| !rest.contains('/'));
        let found = self.document.target(target);
        if found.is_none() {
            return Some((format!("the reference `{target}` leads nowhere"), self.nearest(&pointer, section)));
        }
        // The generator looks names up in one section, whatever the rest of the pointer says.
        if entry.is_none() {
            return Some((
                format!("the reference `{target}` leads to something that is not an entry of `components/{name}`"),
                format!("move what it names to `components/{name}`, and refer to it there"),
            ));
        }
        self.circle(node).then(|| {
            (
                format!("the reference `{target}` leads back to itself, or through more than {MAX_CHAIN} others"),
                "let it end at something that is not a reference".to_owned(),
            )
        })
    }

    fn nearest(&self, pointer: &str, section: Section) -> String {
        let wanted = pointer::tokens(pointer).last().unwrap_or_default();
        match self.closest(&wanted, self.component_names(section)) {
            Some(name) => format!("did you mean `#/components/{}/{name}`?", section.name()),
            None => format!("define it in `components/{}`, or correct the name", section.name()),
        }
    }

    /// The names in a part of `components`.
    pub(super) fn component_names(&self, section: Section) -> impl Iterator<Item = &'d str> + use<'d> {
        let entries = self.document.value().get("components").and_then(|components| components.get(section.name()));
        entries.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
    }

    pub(super) fn is_component(&self, section: Section, name: &str) -> bool {
        let section = self.document.value().get("components").and_then(|components| components.get(section.name()));
        section.is_some_and(|section| section.get(name).is_some())
    }

    /// Whether a chain of references has no end. One that breaks off is told where it breaks.
    fn circle(&self, node: &Value) -> bool {
        let mut node = node;
        for _ in 0..MAX_CHAIN {
            match reference(node).map(|target| self.document.target(target)) {
                Some(Some(next)) => node = next,
                Some(None) | None => return false,
            }
        }
        true
    }
}
