//! Reads the operations of a document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::model::{Body, Header, Media, Operation, Parameter, Response, SchemeUse};
use super::node::{entries, flag, sequence, text};
use super::reader::Reader;
use super::shape::Shape;
use crate::document::Document;
use crate::methods::{self, Method};
use crate::vocabulary::is_extension;

/// Every operation, by id.
pub(super) fn all(document: &Document, reader: &mut Reader<'_>) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in entries(document.value().get("paths")) {
        let Some(item) = document.resolve(item) else { continue };
        for (method, operation) in methods::operations(item) {
            if let Value::Object(operation) = operation {
                operations.push(one(document, reader, path, method, item, operation));
            }
        }
    }
    operations.sort_by(|a, b| (&a.id, &a.path, &a.method).cmp(&(&b.id, &b.path, &b.method)));
    operations
}

fn one(
    document: &Document,
    reader: &mut Reader<'_>,
    path: &str,
    method: Method<'_>,
    item: &Value,
    operation: &Map<String, Value>,
) -> Operation {
    let method = method.sent().into_owned();
    // An operation without an id is unusable, but the inventory must show it.
    let id = match operation.get("operationId").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => format!("{method} {path}"),
    };
    Operation {
        deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
        security: security(operation.get("security").or_else(|| document.value().get("security"))),
        parameters: parameters(document, reader, &id, item.get("parameters"), operation.get("parameters")),
        request: operation
            .get("requestBody")
            .and_then(|body| document.resolve(body))
            .map(|body| Body { required: flag(body, "required"), media: media(reader, &format!("{id} body"), body) }),
        responses: responses(document, reader, &id, operation.get("responses")),
        id,
        method,
        path: path.to_owned(),
    }
}

fn security(node: Option<&Value>) -> Vec<Vec<SchemeUse>> {
    let scopes = |node| sequence(Some(node)).filter_map(Value::as_str).map(str::to_owned).collect();
    let scheme_use = |(name, node): (&String, _)| SchemeUse { name: name.clone(), scopes: scopes(node) };
    let mut alternatives: Vec<Vec<_>> =
        sequence(node).map(|alternative| entries(Some(alternative)).map(scheme_use).collect()).collect();
    alternatives.sort();
    alternatives.dedup();
    if alternatives.iter().all(Vec::is_empty) {
        alternatives.clear();
    }
    alternatives
}

fn parameters(
    document: &Document,
    reader: &mut Reader<'_>,
    id: &str,
    shared: Option<&Value>,
    own: Option<&Value>,
) -> Vec<Parameter> {
    // By location and name: the operation's own parameters override those of the path item.
    let mut found = BTreeMap::new();
    for node in sequence(shared).chain(sequence(own)) {
        let Some(node) = document.resolve(node) else { continue };
        let (Some(name), Some(location)) = (text(node, "name"), text(node, "in")) else { continue };
        let order = ["path", "query", "header", "cookie"].iter().position(|known| *known == location);
        found.insert((order.unwrap_or(usize::MAX), location, name), node);
    }
    found
        .into_iter()
        .map(|((_, location, name), node)| {
            let mut shape = content_shape(reader, &format!("{id} {location} {name}"), node);
            let style = text(node, "style").map(|style| format!("style {style}"));
            let explode = node.get("explode").and_then(Value::as_bool).map(|explode| format!("explode {explode}"));
            let deprecated = flag(node, "deprecated").then(|| "deprecated".to_owned());
            shape.constraints.extend(style.into_iter().chain(explode).chain(deprecated));
            Parameter { required: flag(node, "required"), name, location, shape }
        })
        .collect()
}

/// The shape of a parameter or header: that of its schema, or of its only media type.
fn content_shape(reader: &mut Reader<'_>, place: &str, node: &Value) -> Shape {
    let schema = node.get("schema").or_else(|| {
        let (_, media) = entries(node.get("content")).next()?;
        media.get("schema")
    });
    schema.map_or_else(Shape::any, |schema| reader.shape(schema, place))
}

fn media(reader: &mut Reader<'_>, place: &str, node: &Value) -> Vec<Media> {
    entries(node.get("content"))
        .map(|(media_type, media)| Media {
            media_type: media_type.clone(),
            shape: media.get("schema").map_or_else(Shape::any, |schema| reader.shape(schema, place)),
        })
        .collect()
}

fn responses(document: &Document, reader: &mut Reader<'_>, id: &str, node: Option<&Value>) -> Vec<Response> {
    entries(node)
        .filter(|(status, _)| !is_extension(status))
        .filter_map(|(status, response)| {
            let response = document.resolve(response)?;
            let place = format!("{id} {status}");
            let headers = entries(response.get("headers"))
                .filter_map(|(name, header)| {
                    let header = document.resolve(header)?;
                    let mut shape = content_shape(reader, &format!("{place} header {name}"), header);
                    if flag(header, "deprecated") {
                        shape.constraints.push("deprecated".to_owned());
                    }
                    Some(Header { name: name.clone(), required: flag(header, "required"), shape })
                })
                .collect();
            Some(Response { status: status.clone(), headers, media: media(reader, &place, response) })
        })
        .collect()
}
