//! The operations of a contract, prepared for judging.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use zerogate_contract::methods::Method;
use zerogate_contract::{Direction, Document, pointer, reference, speaking_for};

use crate::body::Content;
use crate::gate::{self, Rule};
use crate::parameter::{Parameter, schema_pointer};
use crate::place::Place;
use crate::schema::Check;
use crate::security::{self, Alternatives};

/// An operation of the contract.
#[derive(Debug)]
pub struct Operation {
    /// The operation id, or the method and path.
    pub name: String,
    /// The method, in upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    pub(crate) pointer: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) request: Option<RequestBody>,
    pub(crate) responses: Vec<Response>,
    pub(crate) security: Alternatives,
    pub(crate) rules: Vec<&'static Rule>,
}

#[derive(Debug)]
pub(crate) struct RequestBody {
    pub(crate) pointer: String,
    pub(crate) required: bool,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) entry: String,
    pub(crate) pointer: String,
    pub(crate) headers: Vec<Parameter>,
    pub(crate) content: Content,
}

impl Operation {
    /// The documented response for a status code.
    pub(crate) fn response(&self, status: u16) -> Option<&Response> {
        speaking_for(status, self.responses.iter().map(|response| (response.entry.as_str(), response)))
    }

    /// Whether the contract documents a redirect.
    pub(crate) fn has_redirects(&self) -> bool {
        self.responses.iter().any(|response| response.entry.starts_with('3'))
    }

    /// The documented statuses, for messages.
    pub(crate) fn statuses(&self) -> String {
        self.responses.iter().map(|response| response.entry.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Reads the operations of a document. Schemas that several operations share are kept once.
pub(crate) struct Reader<'d> {
    document: &'d Document,
    checks: HashMap<(String, Direction), Arc<Check>>,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Self { document, checks: HashMap::new() }
    }

    pub(crate) fn read(
        &mut self,
        name: String,
        path: &str,
        method: Method<'_>,
        item: &str,
        operation: &Value,
    ) -> Operation {
        let at = method.at(item);
        let method = method.sent().into_owned();
        let request = pointer::join(&at, "requestBody");
        let request = self.node(&request).map(|(pointer, node)| {
            let required = node.get("required").and_then(Value::as_bool).unwrap_or(false);
            RequestBody { required, content: self.content(&pointer, Direction::Request), pointer }
        });
        let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
        let at_responses = pointer::join(&at, "responses");
        let responses = responses.filter_map(|(entry, _)| self.response(entry, &pointer::join(&at_responses, entry)));
        Operation {
            responses: responses.collect(),
            parameters: self.parameters(&[pointer::join(item, "parameters"), pointer::join(&at, "parameters")]),
            security: security::of(self.document, operation),
            rules: gate::rules_of(&name, &method, path),
            path: path.to_owned(),
            pointer: at,
            method,
            name,
            request,
        }
    }

    /// The node at a pointer, or the target of its reference, with its pointer.
    fn node(&self, at: &str) -> Option<(String, &'d Value)> {
        const MAX_REFERENCES: usize = 16;
        let mut at = at.to_owned();
        for _ in 0..MAX_REFERENCES {
            let node = self.document.value().pointer(&at)?;
            match reference(node) {
                Some(target) => at = pointer::of_reference(target)?.into_owned(),
                None => return Some((at, node)),
            }
        }
        None
    }

    fn response(&mut self, entry: &str, at: &str) -> Option<Response> {
        let (pointer, node) = self.node(at)?;
        let headers = node.get("headers").and_then(Value::as_object).into_iter().flatten();
        let at_headers = pointer::join(&pointer, "headers");
        let headers = headers.filter_map(|(name, _)| {
            let (at, node) = self.node(&pointer::join(&at_headers, name))?;
            let is_content_type = name.eq_ignore_ascii_case("content-type");
            let check = Check::new(self.document, schema_pointer(node, &at), Direction::Response);
            let header = Parameter::of(self.document, at, name.clone(), Place::ResponseHeader, check)?;
            (!is_content_type).then_some(header)
        });
        let headers = headers.collect();
        Some(Response {
            entry: entry.to_owned(),
            headers,
            content: self.content(&pointer, Direction::Response),
            pointer,
        })
    }

    fn content(&mut self, at: &str, direction: Direction) -> Content {
        let (document, checks) = (self.document, &mut self.checks);
        Content::of(document, at, direction, &mut |at, direction| {
            // A schema that is only a reference stands for its target.
            let node =
                document.value().pointer(&at).filter(|node| node.as_object().is_some_and(|node| node.len() == 1));
            let target = node.and_then(reference).and_then(pointer::of_reference);
            let at =
                target.filter(|at| document.value().pointer(at).is_some()).map_or(at, std::borrow::Cow::into_owned);
            let check = checks.entry((at.clone(), direction));
            Arc::clone(check.or_insert_with(|| Arc::new(Check::new(document, at, direction))))
        })
    }

    /// The parameters of an operation, then those of its path item that it does not override.
    fn parameters(&self, lists: &[String]) -> Vec<Parameter> {
        let mut found: Vec<Parameter> = Vec::new();
        for list in lists {
            let count = self.document.value().pointer(list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..count {
                let Some(parameter) = self.parameter(&pointer::join(list, &index.to_string())) else { continue };
                found.retain(|known| (known.place, &known.name) != (parameter.place, &parameter.name));
                found.push(parameter);
            }
        }
        found
    }

    fn parameter(&self, at: &str) -> Option<Parameter> {
        /// Headers that parameters cannot describe: OpenAPI describes them elsewhere.
        const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];
        let (at, node) = self.node(at)?;
        let name = node.get("name")?.as_str()?;
        let place = match node.get("in")?.as_str()? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" if IGNORED.iter().any(|ignored| name.eq_ignore_ascii_case(ignored)) => return None,
            "header" => Place::RequestHeader,
            "cookie" => Place::Cookie,
            _ => return None,
        };
        let check = Check::new(self.document, schema_pointer(node, &at), Direction::Request);
        Parameter::of(self.document, at, name.to_owned(), place, check)
    }
}
