//! Compares values with schemas, and describes the misfits without showing the values.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};
use zerogate_contract::{Direction, Document, message_schema, place_in_document, pointer};

use crate::redact;

/// How many misfits of one value are reported.
const MAX_MISFITS: usize = 20;

/// How many enum values are shown.
const MAX_VALUES: usize = 8;

/// A schema of the contract. Its validator is built on first use.
#[derive(Debug)]
pub(crate) struct Check {
    /// The schema's pointer.
    pub(crate) pointer: String,
    schema: Value,
    validator: OnceLock<Option<Validator>>,
}

/// A part of a value that does not fit.
pub(crate) struct Misfit {
    /// The pointer into the value.
    pub(crate) at: String,
    /// The pointer to the keyword in the contract.
    pub(crate) contract: String,
    /// Whether it is a read-only or write-only field in the wrong direction.
    pub(crate) is_one_way: bool,
    pub(crate) expected: String,
    pub(crate) received: String,
}

/// Why a value is not compared with a schema.
pub(crate) const UNUSABLE: &str = "its schema cannot be used: no validator can be built from it";

impl Check {
    pub(crate) fn new(document: &Document, pointer: String, direction: Direction) -> Self {
        let schema = document.value().pointer(&pointer).map_or(Value::Bool(true), |schema| {
            let mut schema = message_schema(document, schema, direction);
            leave_out_unreadable_patterns(&mut schema);
            schema
        });
        Self { pointer, schema, validator: OnceLock::new() }
    }

    fn validator(&self) -> Option<&Validator> {
        let build = || {
            let options = jsonschema::options().should_validate_formats(true).offline();
            options.with_format("byte", |text: &str| STANDARD.decode(text).is_ok()).build(&self.schema).ok()
        };
        self.validator.get_or_init(build).as_ref()
    }

    /// Whether a value fits; `None` if the schema cannot be used.
    pub(crate) fn fits(&self, value: &Value) -> Option<bool> {
        Some(self.validator()?.is_valid(value))
    }

    /// The parts of a value that do not fit.
    pub(crate) fn misfits(&self, document: &Document, value: &Value) -> Result<Vec<Misfit>, &'static str> {
        let validator = self.validator().ok_or(UNUSABLE)?;
        if validator.is_valid(value) {
            return Ok(Vec::new());
        }
        let misfit = |error: &ValidationError<'_>| self.misfit(document, value, error);
        Ok(validator.iter_errors(value).take(MAX_MISFITS).map(|error| misfit(deepest(&error))).collect())
    }

    fn misfit(&self, document: &Document, whole: &Value, error: &ValidationError<'_>) -> Misfit {
        let at = error.instance_path().as_str();
        let keyword = error.schema_path().as_str();
        let property = keyword.strip_suffix("/not");
        let place = |keyword: &str| place_in_document(document, &self.pointer, keyword);
        // A property of the other direction was given a schema that nothing fits.
        let one_way = property.map(place).filter(|place| {
            let node = document.value().pointer(place).and_then(|node| document.resolve(node).or(Some(node)));
            node.is_some_and(|node| node.get("not").is_none())
        });
        let received = match error.kind() {
            ValidationErrorKind::Required { .. } => "no such field".to_owned(),
            ValidationErrorKind::AdditionalProperties { .. } | ValidationErrorKind::UnevaluatedProperties { .. } => {
                "the field".to_owned()
            }
            _ => whole.pointer(at).map_or_else(|| redact::shown(error.instance()), redact::shown),
        };
        Misfit {
            at: redact::place(at),
            is_one_way: one_way.is_some(),
            expected: if one_way.is_some() { "no such field".to_owned() } else { expected(error) },
            contract: one_way.unwrap_or_else(|| place(keyword)),
            received,
        }
    }
}

/// If a value fits no branch of a union, the deepest error in it says the most.
fn deepest<'e>(error: &'e ValidationError<'e>) -> &'e ValidationError<'e> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) = error.kind() else {
        return error;
    };
    let depth = |error: &ValidationError<'_>| pointer::tokens(error.instance_path().as_str()).count();
    let inner = context.iter().flatten().max_by_key(|inner| depth(inner));
    match inner {
        Some(inner) if depth(inner) > depth(error) => deepest(inner),
        _ => error,
    }
}

fn expected(error: &ValidationError<'_>) -> String {
    let names = |names: &[String]| names.iter().map(|name| format!("`{}`", redact::name(name))).collect::<Vec<_>>();
    match error.kind() {
        ValidationErrorKind::Type { kind } => types(kind),
        ValidationErrorKind::Enum { options } => {
            let all: Vec<String> = options.as_array().into_iter().flatten().map(ToString::to_string).collect();
            let more =
                if all.len() > MAX_VALUES { format!(" or {} others", all.len() - MAX_VALUES) } else { String::new() };
            let shown = all.iter().take(MAX_VALUES).map(String::as_str).collect::<Vec<_>>().join(", ");
            if all.len() == 1 { redact::text(&shown) } else { redact::text(&format!("one of {shown}{more}")) }
        }
        ValidationErrorKind::Constant { expected_value } => redact::text(&expected_value.to_string()),
        ValidationErrorKind::Required { property } => {
            format!("a field `{}`", redact::text(property.as_str().unwrap_or_default()))
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            format!("no field {}", names(unexpected).join(", "))
        }
        ValidationErrorKind::Format { format } => format!("a string of format `{}`", redact::text(format)),
        ValidationErrorKind::Pattern { pattern } => format!("a string that matches `{}`", redact::text(pattern)),
        ValidationErrorKind::FalseSchema => "nothing: the schema allows no value".to_owned(),
        ValidationErrorKind::AnyOf { .. } => "a value that fits one of the schemas of `anyOf`".to_owned(),
        ValidationErrorKind::OneOfNotValid { .. } => "a value that fits one of the schemas of `oneOf`".to_owned(),
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "a value that fits exactly one of the schemas of `oneOf`".to_owned()
        }
        ValidationErrorKind::Not { .. } => "a value that does not fit the schema of `not`".to_owned(),
        ValidationErrorKind::Contains => "an array with an item that fits the schema of `contains`".to_owned(),
        ValidationErrorKind::PropertyNames { .. } => "field names that fit the schema of `propertyNames`".to_owned(),
        ValidationErrorKind::UniqueItems => "no item twice".to_owned(),
        ValidationErrorKind::Minimum { limit } => format!("a number of at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("a number of at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("a number above {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("a number below {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        ValidationErrorKind::MinLength { limit } => format!("a string of at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("a string of at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("an array of at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("an array of at most {limit} items"),
        ValidationErrorKind::MinProperties { limit } => format!("an object of at least {limit} fields"),
        ValidationErrorKind::MaxProperties { limit } => format!("an object of at most {limit} fields"),
        other => format!("a value that `{}` allows", redact::text(other.keyword())),
    }
}

fn types(kind: &TypeKind) -> String {
    let word = |kind: String| match kind.as_str() {
        "null" => "null".to_owned(),
        "array" | "integer" | "object" => format!("an {kind}"),
        _ => format!("a {kind}"),
    };
    match kind {
        TypeKind::Single(kind) => word(kind.to_string()),
        TypeKind::Multiple(kinds) => {
            let (null, others): (Vec<_>, Vec<_>) = kinds.iter().partition(|kind| kind.to_string() == "null");
            others.into_iter().chain(null).map(|kind| word(kind.to_string())).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// Removes the patterns that the regular expression engine does not support: they cannot be checked.
pub fn leave_out_unreadable_patterns(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            keywords.retain(|keyword, value| {
                let is_pattern = keyword == "pattern" && value.is_string();
                !is_pattern || jsonschema::options().build(&json!({ "pattern": value })).is_ok()
            });
            keywords.values_mut().for_each(leave_out_unreadable_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_unreadable_patterns),
        _ => {}
    }
}
