//! Parameters: alone, and together with the path template of their operation.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use zerogate_contract::names::snake;
use zerogate_contract::pointer::Path;
use zerogate_contract::walk::Node;
use zerogate_contract::{Document, NoteKind};

use super::check::{Checker, is_true};
use super::finding::{Finding, Help, Known, Remedy};
use super::schema::{is_nullable, is_object, is_plain};

const LOCATIONS: [&str; 4] = ["cookie", "header", "path", "query"];

impl<'d> Checker<'d> {
    pub(super) fn parameter(&mut self, path: &Path<'_>, node: &'d Value) {
        if self.is_reference(path, node, Node::Parameter) {
            return;
        }
        let Some(parameter) = self.object(path, node, Node::Parameter) else { return };
        let location = parameter.get("in").and_then(Value::as_str).unwrap_or_default();
        if parameter.contains_key("in") && !LOCATIONS.contains(&location) {
            let help = Help::closest(location, LOCATIONS, "use path, query or header");
            self.report(&path.key("in"), format!("`{location}` is not a place for a parameter"), help);
        }
        match location {
            "cookie" => {
                let message = "the generator does not support cookie parameters";
                self.limit(path, message, "remove the parameter", without(path, parameter));
            }
            "path" if !is_true(parameter, "required") => {
                let at = path.key("required").render();
                let remedy = Remedy::set(NoteKind::Exact, at, Value::Bool(true), "a path parameter is always required");
                self.limit(path, "a path parameter is always required", "add `required: true`", remedy);
            }
            _ => {}
        }
        let plain_style = if location == "query" { "form" } else { "simple" };
        match parameter.get("style").and_then(Value::as_str) {
            Some(style) if style != plain_style && location != "cookie" => {
                let message = format!("the generator does not support the style `{style}` in a {location}");
                let remedy = without(path, parameter);
                self.limit(&path.key("style"), message, format!("use `{plain_style}`"), remedy);
            }
            _ => {}
        }
        if parameter.contains_key("content") {
            let help = "describe it by a `schema` of type string";
            let message = "the generator does not support parameters with `content`";
            self.limit(&path.key("content"), message, help, without(path, parameter));
            return;
        }
        let Some(schema) = parameter.get("schema") else {
            self.report(path, "the parameter has neither `schema` nor `content`", "add a `schema`");
            return;
        };
        self.tell(unwritable(self.document, path, location, parameter, schema));
        self.schema(&path.key("schema"), schema, None, false);
    }

    /// The parameters of an operation, those of its path item included, against each other and the path template.
    pub(super) fn parameters_of(
        &mut self,
        path: &Path<'_>,
        template: &str,
        id: Option<&str>,
        item: &'d Map<String, Value>,
        operation: &'d Map<String, Value>,
    ) {
        let mut all: Parameters<'d> = BTreeMap::new();
        let of_item = path.render();
        let of_item = of_item.rsplit_once('/').map_or("", |(item, _)| item);
        for (list, at) in [(item.get("parameters"), of_item), (operation.get("parameters"), &path.render())] {
            let mut seen = HashMap::new();
            for (index, node) in list.and_then(Value::as_array).into_iter().flatten().enumerate() {
                let Some((name, location)) = self.key_of(node) else { continue };
                all.insert((name, location), (format!("{at}/parameters/{index}"), node));
                if let Some(first) = seen.insert((name, location), index) {
                    let message =
                        format!("the {location} parameter `{name}` is there twice, at {first} and at {index}");
                    self.report(path, message, "remove one of the two");
                }
            }
        }
        self.tell(equal_names(self.document, path, &all));
        self.tell(reserved_names(self.document, path, operation.contains_key("requestBody"), &all));
        let in_template = match template_names(template) {
            Ok(names) => names,
            Err(problem) => {
                self.report(path, format!("the path `{template}` {problem}"), "write parameters as `{name}`");
                return;
            }
        };
        for name in &in_template {
            if !all.contains_key(&(*name, "path")) {
                self.report(
                    path,
                    format!("the path has `{{{name}}}`, but the operation has no such parameter"),
                    format!("declare a parameter `{name}` with `in: path` and `required: true`"),
                );
            }
        }
        for ((name, location), (_, node)) in &all {
            if *location == "path" && !in_template.contains(name) {
                let otherwise = format!("write `{{{name}}}` where it belongs in the path, or remove it");
                let help = Help::Closest {
                    word: (*name).to_owned(),
                    known: Known::Owned(in_template.iter().map(|name| (*name).to_owned()).collect()),
                    otherwise,
                };
                self.report(path, format!("the path parameter `{name}` is not in the path `{template}`"), help);
            }
            // A type written inline is named after the operation and the parameter.
            if let (Some(id), Some(schema)) = (id, self.document.resolve(node).and_then(|node| node.get("schema"))) {
                self.inline_type(path, schema, Some(format!("{id}-{name}")));
            }
        }
    }

    fn key_of(&self, node: &'d Value) -> Option<(&'d str, &'d str)> {
        let parameter = self.document.resolve(node)?;
        Some((parameter.get("name")?.as_str()?, parameter.get("in")?.as_str()?))
    }
}

/// The parameters of an operation by name and location: where they stand, and what they are.
type Parameters<'d> = BTreeMap<(&'d str, &'d str), (String, &'d Value)>;

/// What the generated code cannot put where the parameter goes.
fn unwritable<'d>(
    document: &Document,
    path: &Path<'_>,
    location: &str,
    parameter: &Map<String, Value>,
    schema: &Value,
) -> Option<Finding<'d>> {
    let remedy = without(path, parameter);
    let path = &path.key("schema");
    let help = "describe it as a string, a number or a boolean";
    match location {
        "path" | "header" if !is_plain(document, schema) => {
            let message = format!("the generated code cannot write an object or a sequence into a {location}");
            Some(Finding::limit(path, message, help, remedy))
        }
        "path" | "header" if is_nullable(document, schema) => {
            let message = format!("the generated code cannot write null into a {location}");
            let mut plain = document.resolve(schema).and_then(Value::as_object).cloned().unwrap_or_default();
            plain.remove("nullable");
            if let Some(values) = plain.get_mut("enum").and_then(Value::as_array_mut) {
                values.retain(|value| !value.is_null());
            }
            let remedy = Remedy::set(NoteKind::Exact, path.render(), Value::Object(plain), "no text is null");
            Some(Finding::limit(path, message, "remove `nullable`, and leave the parameter out instead", remedy))
        }
        "query" if is_object(document, schema) => {
            Some(Finding::limit(path, "the generated code cannot write an object into a query", help, remedy))
        }
        "query" => query_list(document, path, parameter, schema, remedy),
        _ => None,
    }
}

/// A sequence in a query: the generated code repeats the key for each item, and can do nothing else.
fn query_list<'d>(
    document: &Document,
    path: &Path<'_>,
    parameter: &Map<String, Value>,
    schema: &Value,
    without: Remedy,
) -> Option<Finding<'d>> {
    let items = document
        .resolve(schema)
        .filter(|schema| schema.get("type").is_some_and(|kind| kind == "array") || schema.get("items").is_some())
        .map(|schema| schema.get("items"));
    let items = items?;
    if items.is_some_and(|items| says_something(items) && !is_plain(document, items)) {
        let message = "the generated code cannot write objects or sequences within a sequence into a query";
        Some(Finding::limit(path, message, "describe its items as strings, numbers or booleans", without))
    } else if parameter.get("explode") == Some(&Value::Bool(false))
        && parameter.get("style").is_none_or(|style| style == "form")
    {
        let mut text = json!({ "type": "string" });
        if let Some(description) = schema.get("description") {
            text["description"] = description.clone();
        }
        let message = "it is one text: write commas between the values";
        let remedy = Remedy::set(NoteKind::Widened, path.render(), text, message);
        let message = "the generated code repeats a query parameter for each of its values, whatever `explode` says";
        Some(Finding::limit(path, message, "describe it as a string, with commas between the values", remedy))
    } else {
        None
    }
}

/// The generator knows a parameter by its name alone, and the generated method by that name in snake case.
fn equal_names<'d>(document: &Document, path: &Path<'_>, all: &Parameters<'_>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let mut seen: HashMap<String, (&str, &str)> = HashMap::new();
    for (name, location) in all.keys() {
        let Some((other, elsewhere)) = seen.insert(snake(name), (name, location)) else { continue };
        // Without one of the two there is no confusion, if the operation can do without it.
        let both = [(*name, *location), (other, elsewhere)];
        let mut optional = both.iter().filter_map(|key| all.get(key)).filter(|(_, node)| {
            let parameter = document.resolve(node).and_then(Value::as_object);
            parameter.is_some_and(|parameter| !is_true(parameter, "required"))
        });
        let remedy = optional.next().map_or(Remedy::Least, |(at, _)| Remedy::DropParameter { pointer: at.clone() });
        let message = if other == *name {
            format!("`{name}` is both a {elsewhere} and a {location} parameter: the generator takes them for one")
        } else {
            format!("the parameters `{other}` and `{name}` would both be the argument `{}`", snake(name))
        };
        found.push(Finding::limit(path, message, "rename one of the two", remedy));
    }
    found
}

/// Parameters that the builder of the operation has a method of the same name for.
fn reserved_names<'d>(document: &Document, path: &Path<'_>, has_body: bool, all: &Parameters<'_>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    for ((name, location), (at, node)) in all {
        let argument = snake(name);
        let of_body = has_body && matches!(argument.as_str(), "body" | "body_map");
        if !of_body && !matches!(argument.as_str(), "new" | "send") {
            continue;
        }
        let parameter = document.resolve(node).and_then(Value::as_object);
        let remedy = match parameter.filter(|parameter| !is_true(parameter, "required")) {
            Some(_) => Remedy::DropParameter { pointer: at.clone() },
            None => Remedy::Least,
        };
        let message =
            format!("the generated code has a method `{argument}` of its own beside the {location} parameter");
        found.push(Finding::limit(path, message, format!("call the parameter something else than `{name}`"), remedy));
    }
    found
}

/// The operation without a parameter, if it can be left out.
fn without(path: &Path<'_>, parameter: &Map<String, Value>) -> Remedy {
    if is_true(parameter, "required") { Remedy::Least } else { Remedy::DropParameter { pointer: path.render() } }
}

/// Whether a schema is more than `{}`.
fn says_something(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| !schema.is_empty())
}

/// The names in a path template, or what is wrong with it.
fn template_names(template: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        if before.contains('}') {
            return Err("closes a brace that is not open");
        }
        let (name, after) = after.split_once('}').ok_or("does not close a brace")?;
        if name.is_empty() || name.contains(['{', '/']) {
            return Err("has a parameter without a proper name");
        }
        names.push(name);
        rest = after;
    }
    if rest.contains('}') { Err("closes a brace that is not open") } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::template_names;

    #[test]
    fn names_are_found_wherever_they_stand() {
        assert_eq!(template_names("/a/{id}/b{x}.csv"), Ok(vec!["id", "x"]));
        assert_eq!(template_names("/a"), Ok(vec![]));
    }

    #[test]
    fn broken_templates_are_refused() {
        for template in ["/{a", "/a}", "/{a}}", "/{a/b}", "/{}", "/{{a}}"] {
            assert!(template_names(template).is_err(), "{template}");
        }
    }
}
