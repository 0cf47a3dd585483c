//! Checks requirements against an inventory.

use zerogate_contract::media::essence;
use zerogate_contract::{
    Contract, ContractError, Document, Inventory, Media, Operation, Problem, Response, Shape, pointer, statuses,
};

use super::requirement::{RequiredField, RequiredSchema, Requirement};

/// The maximum length of a chain of aliases.
const MAX_ALIASES: usize = 16;

/// Everything that the requirements need and the contract lacks; empty if they are met.
///
/// The inventory must be that of the contract.
#[must_use]
pub fn missing(contract: &Contract, inventory: &Inventory, requirements: &[Requirement]) -> Vec<Problem> {
    let mut judge = Judge::new(contract.document(), inventory);
    for requirement in requirements {
        judge.operation(requirement);
    }
    judge.finish()
}

struct Judge<'d> {
    document: &'d Document,
    inventory: &'d Inventory,
    problems: Vec<Problem>,
    shared: Vec<Shared>,
}

/// A problem with a schema that several operations may use: reported once, for all of them.
struct Shared {
    pointer: String,
    message: String,
    help: String,
    needed_by: Vec<&'static str>,
}

impl<'d> Judge<'d> {
    fn new(document: &'d Document, inventory: &'d Inventory) -> Self {
        Judge { document, inventory, problems: Vec::new(), shared: Vec::new() }
    }

    fn finish(mut self) -> Vec<Problem> {
        for shared in std::mem::take(&mut self.shared) {
            let message = format!("{} (needed by {})", shared.message, shared.needed_by.join(", "));
            self.report(&shared.pointer, message, shared.help);
        }
        match ContractError::unless_none(self.problems) {
            Ok(()) => Vec::new(),
            Err(error) => error.into_problems(),
        }
    }

    fn report(&mut self, pointer: &str, message: String, help: impl Into<String>) {
        self.problems.push(self.document.problem(pointer, message, help));
    }

    fn report_shared(&mut self, pointer: &str, message: String, help: impl Into<String>, by: &'static str) {
        match self.shared.iter_mut().find(|shared| shared.pointer == pointer && shared.message == message) {
            None => self.shared.push(Shared {
                pointer: pointer.to_owned(),
                message,
                help: help.into(),
                needed_by: vec![by],
            }),
            Some(shared) if !shared.needed_by.contains(&by) => shared.needed_by.push(by),
            Some(_) => {}
        }
    }

    fn operation(&mut self, requirement: &Requirement) {
        let inventory = self.inventory;
        let Some(operation) = inventory.operation(requirement.operation) else {
            self.missing_operation(requirement);
            return;
        };
        let (id, by) = (requirement.operation, requirement.needed_by);
        let pointer = place(operation);
        if operation.method != requirement.method {
            let message =
                format!("`{id}` uses the method {}, but {by} expects {}", operation.method, requirement.method);
            self.report(&pointer, message, format!("keep the method {}", requirement.method));
        }
        if requirement.secured && operation.security.is_empty() {
            let message = format!("`{id}` has no security, but {by} sends a secret key");
            self.report(&pointer, message, "declare its `security`");
        }
        self.parameters(requirement, operation, &pointer);
        self.request(requirement, operation, &pointer);
        if let Some((status, schema)) = requirement.success {
            self.response(requirement, operation, &status.to_string(), schema);
        }
        for status in requirement.errors {
            if let Some(schema) = requirement.error {
                self.response(requirement, operation, status, schema);
            }
        }
    }

    fn missing_operation(&mut self, requirement: &Requirement) {
        let (id, by) = (requirement.operation, requirement.needed_by);
        let message = format!("the operation `{id}` is missing, but {by} needs it");
        let renamed = self.inventory.operations.iter().find(|operation| {
            Some(operation.path.as_str()) == requirement.path && operation.method == requirement.method
        });
        match (renamed, requirement.path) {
            (Some(operation), _) => {
                let help = format!("it seems to have been renamed to `{}`: rename it back to `{id}`", operation.id);
                self.report(&place(operation), message, help);
            }
            (None, Some(path)) => {
                self.report("/paths", message, format!("keep {} {path} with this operation id", requirement.method));
            }
            (None, None) => self.report("/paths", message, "keep the operation and its id"),
        }
    }

    fn parameters(&mut self, requirement: &Requirement, operation: &Operation, pointer: &str) {
        let (id, by) = (requirement.operation, requirement.needed_by);
        for (location, name) in requirement.parameters {
            let found = operation.parameters.iter().find(|found| found.name == *name);
            match found {
                Some(found) if found.location == *location => {
                    if !self.is_kind(&found.shape, "string") {
                        let message = format!(
                            "the parameter `{name}` of `{id}` is {}, but {by} sends a string",
                            found.shape.kind
                        );
                        self.report(pointer, message, "keep it a string");
                    }
                }
                Some(found) => {
                    let message = format!(
                        "the parameter `{name}` of `{id}` is in the {}, but {by} sends it in the {location}",
                        found.location,
                    );
                    self.report(pointer, message, format!("keep it in the {location}"));
                }
                None => {
                    let message = format!("`{id}` has no {location} parameter `{name}`, but {by} sends it");
                    self.report(pointer, message, "keep the parameter and its name");
                }
            }
        }
        for new in operation.parameters.iter().filter(|parameter| parameter.required) {
            if !requirement.parameters.iter().any(|(_, name)| *name == new.name) {
                let message = format!(
                    "`{id}` requires the {} parameter `{}`, but {by} does not send it",
                    new.location, new.name,
                );
                self.report(pointer, message, "make it optional, or extend the hand-written code to send it");
            }
        }
    }

    fn request(&mut self, requirement: &Requirement, operation: &Operation, pointer: &str) {
        let (id, by) = (requirement.operation, requirement.needed_by);
        match (requirement.request, &operation.request) {
            (None, Some(_)) => {
                let message = format!("`{id}` has a request body, but {by} sends none");
                let help = "remove it, or extend the hand-written code to send it: the generator treats even an optional \
                            body as required";
                self.report(pointer, message, help);
            }
            (None, None) => {}
            (Some(schema), None) => {
                let message = format!("`{id}` has no request body, but {by} sends a `{}`", schema.name);
                self.report(pointer, message, "keep the request body");
            }
            (Some(schema), Some(body)) => {
                self.body(pointer, &format!("the request of `{id}`"), by, &body.media, schema);
            }
        }
    }

    fn response(&mut self, requirement: &Requirement, operation: &Operation, status: &str, schema: RequiredSchema) {
        let (id, by) = (requirement.operation, requirement.needed_by);
        let pointer = pointer::join(&place(operation), "responses");
        let responses = responses(operation, status);
        if responses.is_empty() {
            let message = format!("`{id}` has no response {status}, but {by} needs it");
            self.report(&pointer, message, format!("keep the response {status}"));
        }
        for response in responses {
            let pointer = pointer::join(&pointer, &response.status);
            self.body(&pointer, &format!("the response {} of `{id}`", response.status), by, &response.media, schema);
        }
    }

    fn body(&mut self, pointer: &str, what: &str, by: &'static str, media: &[Media], schema: RequiredSchema) {
        let wanted = schema.name;
        let json = media.iter().find(|media| essence(&media.media_type) == "application/json");
        match json {
            None => {
                let message = format!("{what} has no JSON body, but {by} reads or writes a `{wanted}`");
                self.report(pointer, message, format!("keep `application/json` with `{wanted}`"));
            }
            Some(media) if media.shape.schema() != Some(wanted) => {
                let message = format!("{what} is {}, but {by} needs `{wanted}`", media.shape.kind);
                self.report(pointer, message, format!("refer to `#/components/schemas/{wanted}`"));
            }
            Some(_) => {}
        }
        self.schema(by, schema);
    }

    fn schema(&mut self, by: &'static str, schema: RequiredSchema) {
        let inventory = self.inventory;
        let pointer = pointer::of_schema(schema.name);
        let Some(found) = inventory.schemas.get(schema.name).filter(|found| !found.inline) else {
            let message = format!("the schema `{}` is missing", schema.name);
            self.report_shared(pointer::SCHEMAS, message, "keep the component and its name", by);
            return;
        };
        for wanted in schema.fields {
            let name = format!("{}.{}", schema.name, wanted.name);
            let own = pointer::join(&pointer::join(&pointer, "properties"), wanted.name);
            // A field from `allOf` has its pointer elsewhere.
            let pointer = if self.document.value().pointer(&own).is_some() { &own } else { &pointer };
            match found.field(wanted.name) {
                Some(field) => self.field(pointer, &name, by, wanted, &field.shape, field.required),
                None => {
                    let message = format!("the field `{name}` is missing");
                    self.report_shared(pointer, message, "keep the field and its name", by);
                }
            }
        }
    }

    fn field(
        &mut self,
        pointer: &str,
        name: &str,
        by: &'static str,
        wanted: &RequiredField,
        shape: &Shape,
        required: bool,
    ) {
        if !self.is_kind(shape, wanted.kind) {
            let message = format!("the field `{name}` is {} instead of {}", shape.kind, wanted.kind);
            self.report_shared(pointer, message, format!("keep it {}", wanted.kind), by);
        }
        if wanted.always && !required {
            let message = format!("the field `{name}` is optional, but must be required");
            self.report_shared(pointer, message, "list it under `required`", by);
        }
        if wanted.always && self.inventory.is_nullable(shape) {
            let message = format!("the field `{name}` may be null, but must not be");
            self.report_shared(pointer, message, "remove `nullable`", by);
        }
    }

    fn is_kind(&self, shape: &Shape, wanted: &str) -> bool {
        let mut shape = shape;
        for _ in 0..MAX_ALIASES {
            if shape.kind == wanted || shape.type_name() == wanted {
                return true;
            }
            match shape.schema().and_then(|name| self.inventory.schemas.get(name)) {
                Some(schema) => shape = &schema.shape,
                None => return false,
            }
        }
        false
    }
}

fn place(operation: &Operation) -> String {
    pointer::join(&pointer::join("/paths", &operation.path), &operation.method.to_ascii_lowercase())
}

/// The responses for a status or range: all that are documented within it, or else the one that covers it.
fn responses<'o>(operation: &'o Operation, entry: &str) -> Vec<&'o Response> {
    let Some(wanted) = statuses(entry) else { return Vec::new() };
    let is_inside = |response: &&Response| {
        statuses(&response.status).is_some_and(|found| wanted.contains(found.start()) && wanted.contains(found.end()))
    };
    let found: Vec<_> = operation.responses.iter().filter(is_inside).collect();
    if found.is_empty() { operation.response_for(*wanted.start()).into_iter().collect() } else { found }
}
