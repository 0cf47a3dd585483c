//! The shape of a value in one line.

use serde_json::Value;

/// The shape of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// The kind as the contract expresses it: `string(date-time)`, `array<GateSession>`, `GateSession`, `any`.
    pub kind: String,
    /// Whether the schema itself accepts null; see [`Inventory::is_nullable`](super::Inventory::is_nullable) for named
    /// schemas.
    pub nullable: bool,
    /// The values of an enum except null: strings as they are, other values as JSON.
    pub values: Vec<String>,
    /// Further constraints, such as `maximum 100` or `default 10`.
    pub constraints: Vec<String>,
    pub(super) form: Form,
}

/// The structure below a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// A value of this type, whatever its format.
    Plain(String),
    /// A key of [`Inventory::schemas`](super::Inventory::schemas).
    Named(String),
    Array(Box<Shape>),
    Map(Box<Shape>),
    /// One or any of several; the kind tells which.
    Union(Vec<Shape>),
}

impl Shape {
    /// The shape of an undescribed value.
    pub(super) fn any() -> Self {
        Shape {
            kind: "any".to_owned(),
            nullable: false,
            values: Vec::new(),
            constraints: Vec::new(),
            form: Form::Plain("any".to_owned()),
        }
    }

    pub(super) fn named(name: &str) -> Self {
        Shape { kind: name.to_owned(), form: Form::Named(name.to_owned()), ..Shape::any() }
    }

    /// The kind without formats: `array<string>` for `array<string(uri)>`.
    #[must_use]
    pub fn type_name(&self) -> String {
        match &self.form {
            Form::Plain(name) => name.clone(),
            Form::Array(items) => format!("array<{}>", items.type_name()),
            Form::Map(values) => format!("map<{}>", values.type_name()),
            Form::Named(_) | Form::Union(_) => self.kind.clone(),
        }
    }

    /// The key in [`Inventory::schemas`](super::Inventory::schemas) of the schema that describes the value.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        match &self.form {
            Form::Named(name) => Some(name),
            _ => None,
        }
    }
}

/// A value of an enum as text.
pub(super) fn rendered(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
