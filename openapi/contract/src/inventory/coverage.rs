//! The items to cover, and those that an observed response covers.

use std::collections::{BTreeSet, HashSet};
use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::facts::Inventory;
use super::model::{Response, Schema};
use super::shape::{Form, Shape, rendered};
use crate::media::essence;

/// One item that tests can cover. `Display` writes its name in reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The operation was called: `cancelSession`.
    Operation {
        /// The operation id.
        operation: String,
    },
    /// The operation returned this documented status: `cancelSession 5XX`.
    Status {
        /// The operation id.
        operation: String,
        /// The status as written in the contract.
        status: String,
    },
    /// A response had this documented header: `cancelSession 409: header X-Request-Id`.
    Header {
        /// The operation id.
        operation: String,
        /// The status as written in the contract.
        status: String,
        /// The name as written in the contract.
        name: String,
    },
    /// A field was present, with a value or null: `GateSession.cancel_url`.
    Field {
        /// The schema, by its key in [`Inventory::schemas`].
        schema: String,
        /// The field.
        field: String,
    },
    /// A documented value was seen: `GateSessionStatus = open`.
    EnumValue {
        /// The place of the enum: a schema, or a field such as `GateSession.flow`.
        place: String,
        /// The value.
        value: String,
    },
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Item::Operation { operation } => f.write_str(operation),
            Item::Status { operation, status } => write!(f, "{operation} {status}"),
            Item::Header { operation, status, name } => write!(f, "{operation} {status}: header {name}"),
            Item::Field { schema, field } => write!(f, "{schema}.{field}"),
            Item::EnumValue { place, value } => write!(f, "{place} = {value}"),
        }
    }
}

impl Inventory {
    /// All items that responses can cover: operations, statuses, headers, and the fields and enum values of bodies.
    ///
    /// ```
    /// use serde_json::json;
    /// use zerogate_contract::{Contract, Document, Inventory};
    ///
    /// let document = Document::parse(
    ///     "gate.yaml",
    ///     "
    /// paths:
    ///   /gate_sessions:
    ///     get:
    ///       operationId: listSessions
    ///       responses:
    ///         200:
    ///           description: A page.
    ///           content: {application/json: {schema: {$ref: '#/components/schemas/Page'}}}
    ///         5XX: {description: Broken.}
    /// components: {schemas: {Page: {type: object, properties: {data: {type: array}, more: {type: boolean}}}}}
    /// ",
    /// )?;
    /// let inventory = Inventory::of(&Contract::of(document));
    /// let seen = inventory.observe("listSessions", 200, &[], Some(&json!({"data": []})));
    /// let missed: Vec<String> = inventory.items().difference(&seen).map(ToString::to_string).collect();
    /// assert_eq!(missed, ["listSessions 5XX", "Page.more"]);
    /// # Ok::<(), zerogate_contract::ContractError>(())
    /// ```
    #[must_use]
    pub fn items(&self) -> BTreeSet<Item> {
        let mut walk = Walk::new(self);
        for operation in &self.operations {
            walk.items.insert(Item::Operation { operation: operation.id.clone() });
            for response in &operation.responses {
                walk.response(&operation.id, response, |_| true);
                for media in &response.media {
                    walk.described(&body_place(&operation.id, response), &media.shape);
                }
            }
        }
        walk.items
    }

    /// The [`items`](Self::items) that one observed response covers.
    ///
    /// An exact status takes precedence over its range, and a range over `default`. Header names are case-insensitive.
    /// What the contract does not document covers nothing.
    #[must_use]
    pub fn observe(
        &self,
        operation_id: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> BTreeSet<Item> {
        let mut walk = Walk::new(self);
        let Some(operation) = self.operation(operation_id) else {
            return walk.items;
        };
        walk.items.insert(Item::Operation { operation: operation.id.clone() });
        let Some(response) = operation.response_for(status) else {
            return walk.items;
        };
        let find = |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        walk.response(&operation.id, response, |name| find(name).is_some());
        let media = response.media_for(find("content-type").map(|(_, value)| *value));
        if let (Some(shape), Some(body)) = (media, body) {
            walk.observed(&body_place(&operation.id, response), shape, body);
        }
        walk.items
    }
}

impl Response {
    /// The shape of the body for a content type; without one, that for JSON or for the only media type.
    fn media_for(&self, content_type: Option<&str>) -> Option<&Shape> {
        let wanted = content_type.map_or_else(|| "application/json".to_owned(), essence);
        let found = self.media.iter().find(|media| essence(&media.media_type) == wanted);
        match (found, self.media.as_slice()) {
            (Some(media), _) => Some(&media.shape),
            (None, [only]) if content_type.is_none() => Some(&only.shape),
            _ => None,
        }
    }
}

fn body_place(operation: &str, response: &Response) -> String {
    format!("{operation} {}", response.status)
}

/// How deep an observed value is followed, including aliases of schemas: deeper than JSON parsers read.
const MAX_DEPTH: usize = 300;

/// Collects items, from the description alone or along an observed value.
struct Walk<'i> {
    inventory: &'i Inventory,
    items: BTreeSet<Item>,
    /// The visited schemas, each with the address of the value it was visited for, or 0: schemas may be recursive.
    seen: HashSet<(&'i str, usize)>,
    depth: usize,
}

impl<'i> Walk<'i> {
    fn new(inventory: &'i Inventory) -> Self {
        Walk { inventory, items: BTreeSet::new(), seen: HashSet::new(), depth: 0 }
    }
}

impl<'i> Walk<'i> {
    fn response(&mut self, operation: &str, response: &Response, carries: impl Fn(&str) -> bool) {
        self.items.insert(Item::Status { operation: operation.to_owned(), status: response.status.clone() });
        for header in response.headers.iter().filter(|header| carries(&header.name)) {
            self.items.insert(Item::Header {
                operation: operation.to_owned(),
                status: response.status.clone(),
                name: header.name.clone(),
            });
        }
    }

    fn field(&mut self, schema: &str, field: &str) {
        self.items.insert(Item::Field { schema: schema.to_owned(), field: field.to_owned() });
    }

    fn value(&mut self, place: &str, value: &str) {
        self.items.insert(Item::EnumValue { place: place.to_owned(), value: value.to_owned() });
    }

    /// Adds all items of `shape`.
    fn described(&mut self, place: &str, shape: &'i Shape) {
        // A list instead of recursion: the length of a chain of schemas has no limit.
        let mut open = Vec::new();
        self.inner(place, shape, &mut open);
        while let Some(name) = open.pop() {
            self.describe_named(name, &mut open);
        }
    }

    fn describe_named(&mut self, name: &'i str, open: &mut Vec<&'i str>) {
        let Some(schema) = self.inventory.schemas.get(name) else { return };
        if !self.seen.insert((name, 0)) {
            return;
        }
        if walks_shape(schema) {
            self.inner(name, &schema.shape, open);
        }
        for field in &schema.fields {
            self.field(name, &field.name);
            self.inner(&format!("{name}.{}", field.name), &field.shape, open);
        }
    }

    /// Adds the items of `shape` up to named schemas, which are added to `open`.
    fn inner(&mut self, place: &str, shape: &'i Shape, open: &mut Vec<&'i str>) {
        for value in &shape.values {
            self.value(place, value);
        }
        match &shape.form {
            Form::Plain(_) => {}
            Form::Named(name) => open.push(name),
            Form::Array(items) => self.inner(&format!("{place}[]"), items, open),
            Form::Map(values) => self.inner(&format!("{place}{{}}"), values, open),
            Form::Union(members) => {
                for (index, member) in members.iter().enumerate() {
                    self.inner(&format!("{place}#{}", index + 1), member, open);
                }
            }
        }
    }

    /// Adds the items of `shape` that occur in `value`.
    fn observed(&mut self, place: &str, shape: &'i Shape, value: &Value) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        if !shape.values.is_empty() {
            let text = rendered(value);
            if shape.values.contains(&text) {
                self.value(place, &text);
            }
        }
        match (&shape.form, value) {
            (Form::Named(name), _) => self.observed_named(name, value),
            (Form::Array(shape), Value::Array(items)) => {
                for item in items {
                    self.observed(&format!("{place}[]"), shape, item);
                }
            }
            (Form::Map(shape), Value::Object(entries)) => {
                for entry in entries.values() {
                    self.observed(&format!("{place}{{}}"), shape, entry);
                }
            }
            (Form::Union(members), _) => {
                for (index, member) in members.iter().enumerate() {
                    if self.fits(member, value) {
                        self.observed(&format!("{place}#{}", index + 1), member, value);
                    }
                }
            }
            _ => {}
        }
        self.depth -= 1;
    }

    fn observed_named(&mut self, name: &'i str, value: &Value) {
        let Some(schema) = self.inventory.schemas.get(name) else { return };
        if !self.seen.insert((name, std::ptr::from_ref(value).addr())) {
            return;
        }
        if walks_shape(schema) {
            self.observed(name, &schema.shape, value);
        }
        let Value::Object(object) = value else { return };
        for field in &schema.fields {
            if let Some(value) = object.get(&field.name) {
                self.field(name, &field.name);
                self.observed(&format!("{name}.{}", field.name), &field.shape, value);
            }
        }
    }

    /// Whether a value matches this member of a union by its type, its required fields and its constants.
    ///
    /// Deliberately shallow: validation is another task. This only keeps one variant from covering another.
    fn fits(&self, shape: &Shape, value: &Value) -> bool {
        if value.is_null() {
            return self.inventory.is_nullable(shape);
        }
        let Some(schema) = shape.schema().and_then(|name| self.inventory.schemas.get(name)) else {
            return fits_kind(shape, value);
        };
        match value {
            Value::Object(object) if !schema.fields.is_empty() => schema.fields.iter().all(|field| {
                let found = object.get(&field.name);
                let fixed = &field.shape.values;
                match found {
                    None => !field.required,
                    Some(found) => fixed.is_empty() || found.is_null() || fixed.contains(&rendered(found)),
                }
            }),
            _ => fits_kind(&schema.shape, value),
        }
    }
}

/// Whether the shape of a named schema adds anything to its place.
///
/// The values of an inline object were visited at its place.
fn walks_shape(schema: &Schema) -> bool {
    !schema.inline || !matches!(schema.shape.form, Form::Plain(_))
}

fn fits_kind(shape: &Shape, value: &Value) -> bool {
    if !shape.values.is_empty() && !shape.values.contains(&rendered(value)) {
        return false;
    }
    match (&shape.form, value) {
        (Form::Array(_), _) => value.is_array(),
        (Form::Map(_), _) => value.is_object(),
        (Form::Union(_) | Form::Named(_), _) => true,
        (Form::Plain(_), Value::Null) => false,
        (Form::Plain(name), value) => match name.as_str() {
            "any" => true,
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            _ => false,
        },
    }
}
