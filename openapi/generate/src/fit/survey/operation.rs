//! Paths, operations and their security.

use serde_json::{Map, Value, json};
use zerogate_contract::methods::{Method, is_token, operations};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{Node, is_extension, kind_of};
use zerogate_contract::{NoteKind, mask_keys};

use super::Survey;
use crate::fit::fields::any_scheme;
use crate::fit::finding::{Help, Known, Remedy};
use crate::fit::method::stand_ins;
use crate::fit::reference::components;
use crate::fit::unused::unused;
use crate::fit::value::entries;

/// Marks a paginated list: the generator makes a stream of all pages.
const PAGES: &str = "x-dropshot-pagination";

impl<'d> Survey<'d> {
    pub(super) fn paths(&mut self, path: &Path<'_>, root: &'d Map<String, Value>) {
        let path = path.key("paths");
        // Sorted, so that of two equal ids the same one is always reported.
        let mut items: Vec<_> = entries(root, "paths").filter(|(name, _)| !is_extension(name)).collect();
        items.sort_by_key(|(name, _)| *name);
        for (name, node) in items {
            let path = path.key(name);
            if !name.starts_with('/') {
                self.report(
                    &path,
                    format!("the path `{name}` does not begin with a slash"),
                    format!("write `/{name}`"),
                );
            }
            self.path_item(&path, name, node);
        }
    }

    pub(super) fn path_item(&mut self, path: &Path<'_>, name: &str, node: &'d Value) {
        if let Some(target) = node.get("$ref") {
            let target = target.as_str().unwrap_or_default();
            // A reference that can be followed has been replaced already.
            let (leads, help) = match target.starts_with('#') {
                true => ("does not lead to a path item, or leads back to itself", "describe the operations here"),
                false => (
                    "leads to another document",
                    "describe the operations here, or copy them to a file next to the document and use `import`",
                ),
            };
            let message = format!("the reference `{}` to a path item {leads}", mask_keys(target));
            self.report(&path.key("$ref"), message, help);
            return;
        }
        let Some(item) = self.object(path, node, Node::PathItem) else { return };
        self.each(path, item, "parameters", |survey, path, parameter| survey.parameter(path, parameter));
        let homeless: Vec<Method<'_>> =
            stand_ins(node).filter(|(.., field)| field.is_none()).map(|(method, ..)| method).collect();
        for (method, operation) in operations(node).filter(|(_, operation)| operation.is_object()) {
            let at = method.at(&path.render());
            let path = &Path::At(&at);
            match method {
                Method::Additional(name) if !is_token(name) => {
                    let message = format!("`{name}` is not a valid method");
                    self.limit(path, message, "use letters, digits and hyphens", Remedy::Least);
                }
                Method::Additional(name) if Method::of_field(name).is_some() => {
                    let message =
                        format!("the method `{name}` is described twice: here, and in its own field of the path item");
                    self.limit(path, message, "remove one of the two", Remedy::Least);
                }
                _ if homeless.contains(&method) => {
                    let message = format!(
                        "the generator does not support the method {}, and the path has no unused method to generate it as",
                        method.sent()
                    );
                    self.limit(path, message, "remove the operation", Remedy::Least);
                }
                _ => {}
            }
            self.operation(path, method, name, item, operation);
        }
    }

    pub(super) fn operation(
        &mut self,
        path: &Path<'_>,
        method: Method<'_>,
        template: &str,
        item: &'d Map<String, Value>,
        node: &'d Value,
    ) {
        let Some(operation) = self.object(path, node, Node::Operation) else { return };
        if let Some(mark) = template.chars().find(|character| matches!(character, '#' | '?')) {
            let message = format!("the path `{template}` has a `{mark}`: what follows it is not part of the path");
            self.limit(path, message, "describe the operation at its own path", Remedy::Least);
        }
        if operation.contains_key(PAGES) {
            let at = path.key(PAGES);
            let remedy =
                Remedy::remove(NoteKind::Exact, at.render(), "it was omitted: pages must be requested one by one");
            let message = format!("the code for `{PAGES}` needs a crate that the bindings do not have");
            self.limit(&at, message, "remove it", remedy);
        }
        let (id, found) = self.ids.take(path, method, template, operation);
        self.tell(found);
        self.texts(path, operation, "tags");
        self.tell(unused(path, operation, "callbacks", Node::Callback));
        self.each(path, operation, "parameters", |survey, path, parameter| survey.parameter(path, parameter));
        self.parameters_of(path, template, id, item, operation);
        if let Some(body) = operation.get("requestBody") {
            self.request_body(&path.key("requestBody"), body, id);
        }
        self.security(path, operation);
        self.responses(path, operation, id);
    }

    /// Checks that every required scheme is declared.
    pub(super) fn security(&mut self, path: &Path<'_>, object: &'d Map<String, Value>) {
        self.each(path, object, "security", |survey, path, alternative| {
            let Some(schemes) = alternative.as_object() else {
                let message = format!("a security requirement must be a mapping, but is {}", kind_of(alternative));
                let remedy = Remedy::remove(NoteKind::Omitted, path.render(), "it was omitted");
                survey.mistake(path, message, "write it as `scheme: []`", remedy);
                return;
            };
            for (name, scopes) in schemes {
                let declared = components(survey.document, Node::SecurityScheme);
                if declared.is_none_or(|declared| !declared.contains_key(name)) {
                    let known = Known::Keys(declared, String::new());
                    let otherwise = "declare it in `components/securitySchemes`".to_owned();
                    let help = Help::Closest { word: name.clone(), known, otherwise };
                    let path = &path.key(name);
                    let remedy = Remedy::remove(NoteKind::Omitted, path.render(), "it was omitted");
                    survey.mistake(path, format!("unknown security scheme `{name}`"), help, remedy);
                } else if !scopes.as_array().is_some_and(|scopes| scopes.iter().all(Value::is_string)) {
                    let path = &path.key(name);
                    let remedy =
                        Remedy::set(NoteKind::Exact, path.render(), json!([]), "nothing is generated from them");
                    let message = "the scopes of a scheme must be a sequence of strings";
                    survey.mistake(path, message, "use `[]` if there are none", remedy);
                }
            }
        });
    }

    pub(super) fn security_scheme(&mut self, path: &Path<'_>, node: &'d Value) {
        if self.is_reference(path, node, Node::SecurityScheme) {
            return;
        }
        let Some(scheme) = self.object(path, node, Node::SecurityScheme) else { return };
        let needed: &[&str] = match scheme.get("type").and_then(Value::as_str) {
            Some("http") => &["scheme"],
            Some("apiKey") => &["name", "in"],
            Some("oauth2") => &["flows"],
            Some("openIdConnect") => &["openIdConnectUrl"],
            None => &[],
            Some(other) => {
                let known = ["apiKey", "http", "oauth2", "openIdConnect"];
                let help = Help::closest(other, known, "use apiKey, http, oauth2 or openIdConnect");
                let message = format!("`{other}` is not a type of security scheme");
                self.mistake(&path.key("type"), message, help, any_scheme(path));
                return;
            }
        };
        for key in needed.iter().filter(|key| !scheme.contains_key(**key)) {
            let message = format!("a security scheme of this type needs `{key}`");
            self.mistake(path, message, format!("add `{key}`"), any_scheme(path));
        }
    }
}
