//! Parameters, request bodies and responses.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use zerogate_contract::NoteKind;
use zerogate_contract::media::essence;
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{Node, is_extension};

use super::Survey;
use crate::fit::body::{SENT, endless, form, is_json, is_status, one_media_type, outcomes, stream};
use crate::fit::finding::{Help, Known, Remedy};
use crate::fit::parameter::{LOCATIONS, Parameters, equal_names, one_query, reserved_names, unwritable, without};
use crate::fit::unused::unused;
use crate::fit::value::{entries, is_true};

impl<'d> Survey<'d> {
    pub(super) fn parameter(&mut self, path: &Path<'_>, node: &'d Value) {
        if self.is_reference(path, node, Node::Parameter) {
            return;
        }
        let Some(parameter) = self.object(path, node, Node::Parameter) else { return };
        let location = parameter.get("in").and_then(Value::as_str).unwrap_or_default();
        if parameter.contains_key("in") && !LOCATIONS.contains(&location) {
            let help = Help::closest(location, LOCATIONS, "use path, query or header");
            self.report(&path.key("in"), format!("`{location}` is not a location for a parameter"), help);
        }
        match location {
            "cookie" | "querystring" => {
                let message = format!("the generator does not support {location} parameters");
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
            Some(style) if style != plain_style && !matches!(location, "cookie" | "querystring") => {
                let message = format!("the generator does not support the style `{style}` in a {location}");
                let remedy = without(path, parameter);
                self.limit(&path.key("style"), message, format!("use `{plain_style}`"), remedy);
            }
            _ => {}
        }
        if location == "querystring" {
            if parameter.contains_key("schema") {
                let message = "a parameter for the whole query needs a media type";
                self.report(&path.key("schema"), message, "use `content` instead of `schema`");
            }
            return;
        }
        if parameter.contains_key("content") {
            let help = "use a `schema` of type string";
            let message = "the generator does not support parameters with `content`";
            self.limit(&path.key("content"), message, help, without(path, parameter));
            return;
        }
        let unused = unused(path, parameter, "examples", Node::Example);
        self.tell(unused);
        let Some(schema) = parameter.get("schema") else {
            let at = path.key("schema").render();
            let remedy = Remedy::set(NoteKind::Widened, at, json!({ "type": "string" }), "any text is accepted");
            self.mistake(path, "the parameter has neither `schema` nor `content`", "add a `schema`", remedy);
            return;
        };
        self.tell(unwritable(self.document, path, location, parameter, schema));
        self.schema(&path.key("schema"), schema, None, false);
    }

    /// Checks the parameters of an operation, including those of its path item, against each other and the path
    /// template.
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
                        format!("the {location} parameter `{name}` is repeated: it is at {first} and at {index}");
                    self.report(path, message, "remove one of the two");
                }
            }
        }
        self.tell(one_query(path, &all));
        self.tell(equal_names(self.document, path, &all));
        self.tell(reserved_names(self.document, path, operation.contains_key("requestBody"), &all));
        let in_template = match zerogate_contract::template(template) {
            Ok((_, names)) => names,
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
        for ((name, location), (at, node)) in &all {
            if *location == "path" && !in_template.contains(name) {
                let otherwise = format!("add `{{{name}}}` to the path, or remove the parameter");
                let help = Help::Closest {
                    word: (*name).to_owned(),
                    known: Known::Owned(in_template.iter().map(|name| (*name).to_owned()).collect()),
                    otherwise,
                };
                let message = format!("the path parameter `{name}` is not in the path `{template}`");
                self.mistake(path, message, help, Remedy::DropParameter { pointer: at.clone() });
            }
            // An inline type is named after the operation and the parameter.
            if let (Some(id), Some(schema)) = (id, self.document.resolve(node).and_then(|node| node.get("schema"))) {
                self.inline_type(path, schema, Some(format!("{id}-{name}")), false);
            }
        }
    }

    pub(super) fn key_of(&self, node: &'d Value) -> Option<(&'d str, &'d str)> {
        let parameter = self.document.resolve(node)?;
        Some((parameter.get("name")?.as_str()?, parameter.get("in")?.as_str()?))
    }

    pub(super) fn request_body(&mut self, path: &Path<'_>, node: &'d Value, operation: Option<&str>) {
        if self.is_reference(path, node, Node::RequestBody) {
            return;
        }
        let Some(body) = self.object(path, node, Node::RequestBody) else { return };
        let path = &path.key("content");
        let types: Vec<&String> = entries(body, "content").map(|(name, _)| name).collect();
        if types.len() > 1 {
            let message = format!("the generator supports one media type per request, but here are {}", types.len());
            let remedy = one_media_type(path, &types).unwrap_or(Remedy::Least);
            self.limit(path, message, "keep `application/json`", remedy);
        }
        for (name, node) in entries(body, "content") {
            let path = &path.key(name);
            let essence = &essence(name);
            if !SENT.contains(&essence.as_str()) {
                let message = format!("the generator cannot send the media type `{name}`");
                self.limit(path, message, "use `application/json`", Remedy::Least);
            }
            if self.is_reference(path, node, Node::MediaType) {
                continue;
            }
            let Some(media) = self.object(path, node, Node::MediaType) else { continue };
            let type_name = operation.map(|id| format!("{id}-body"));
            self.media_type(path, media, true, type_name);
            if let Some(schema) = media.get("schema") {
                self.tell(stream(self.document, path, essence, schema));
                self.tell(form(self.document, path, essence, schema));
            }
        }
    }

    /// Checks a media type. `typed`: the generator makes a type of its schema.
    pub(super) fn media_type(
        &mut self,
        path: &Path<'_>,
        media: &'d Map<String, Value>,
        typed: bool,
        name: Option<String>,
    ) {
        if typed && media.get("encoding").and_then(Value::as_object).is_some_and(|encoding| !encoding.is_empty()) {
            let at = path.key("encoding");
            let remedy = Remedy::remove(NoteKind::Widened, at.render(), "`encoding` was omitted");
            self.limit(&at, "the generator does not support `encoding`", "remove it", remedy);
        }
        let unused = unused(path, media, "examples", Node::Example);
        self.tell(unused);
        match media.get("schema") {
            Some(schema) => {
                self.inline_schema(&path.key("schema"), schema, name, false);
            }
            None if typed => {
                let remedy =
                    Remedy::set(NoteKind::Exact, path.key("schema").render(), json!({}), "any JSON is accepted");
                self.limit(path, "the media type has no `schema`", "add a `schema`; `{}` is any JSON", remedy);
            }
            None => {}
        }
    }

    pub(super) fn header(&mut self, path: &Path<'_>, node: &'d Value) {
        if self.is_reference(path, node, Node::Header) {
            return;
        }
        let Some(header) = self.object(path, node, Node::Header) else { return };
        let unused = unused(path, header, "examples", Node::Example);
        self.tell(unused);
        match header.get("schema") {
            Some(schema) => self.schema(&path.key("schema"), schema, None, false),
            None if header.contains_key("content") => {}
            None => {
                let remedy =
                    Remedy::set(NoteKind::Exact, path.key("schema").render(), json!({}), "any text is accepted");
                self.limit(path, "the header has neither `schema` nor `content`", "add a `schema`", remedy);
            }
        }
    }

    pub(super) fn response(&mut self, path: &Path<'_>, node: &'d Value, operation: Option<&str>) {
        if self.is_reference(path, node, Node::Response) {
            return;
        }
        let Some(response) = self.object(path, node, Node::Response) else { return };
        let unused = unused(path, response, "links", Node::Link);
        self.tell(unused);
        let headers = path.key("headers");
        for (name, header) in entries(response, "headers") {
            self.header(&headers.key(name), header);
        }
        let content = path.key("content");
        for (name, node) in entries(response, "content") {
            let path = &content.key(name);
            if self.is_reference(path, node, Node::MediaType) {
                continue;
            }
            let Some(media) = self.object(path, node, Node::MediaType) else { continue };
            let type_name = operation.map(|id| format!("{id}-response"));
            self.media_type(path, media, is_json(name), type_name);
        }
    }

    pub(super) fn responses(&mut self, path: &Path<'_>, operation: &'d Map<String, Value>, id: Option<&str>) {
        let path = path.key("responses");
        let mut responses: Vec<_> =
            entries(operation, "responses").filter(|(status, _)| !is_extension(status)).collect();
        responses.sort_by_key(|(status, _)| *status);
        if responses.is_empty() && operation.get("responses").is_some_and(Value::is_object) {
            let any = json!({ "default": { "description": "" } });
            let message = "any response is accepted, without a body";
            let remedy = Remedy::set(NoteKind::Widened, path.render(), any, message);
            self.mistake(&path, "the operation has no response", "describe at least the success response", remedy);
        }
        for (status, node) in responses {
            let path = path.key(status);
            if !is_status(status) {
                let upper = status.to_ascii_uppercase();
                let help = if is_status(&upper) {
                    format!("did you mean `{upper}`?")
                } else {
                    "use a status such as 200, a range such as 5XX, or `default`".to_owned()
                };
                let remedy = Remedy::remove(NoteKind::Omitted, path.render(), "the response was omitted");
                self.mistake(&path, format!("`{status}` is not a status"), help, remedy);
                continue;
            }
            self.response(&path, node, id);
        }
        self.tell(endless(self.document, &path, operation));
        self.tell(outcomes(self.document, &path, operation, id));
    }
}
