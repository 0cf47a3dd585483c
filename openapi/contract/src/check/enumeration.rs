//! Enums: values of the wrong type, repeated ones, and values that become one variant.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::names::pascal;
use super::schema::type_fits;
use super::{Checker, is_true};
use crate::pointer::Path;

impl<'d> Checker<'d> {
    pub(super) fn enumeration(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>) {
        let Some(values) = schema.get("enum").and_then(Value::as_array) else { return };
        let path = &path.key("enum");
        if values.is_empty() {
            self.report(path, "the `enum` has no value, so that nothing fits", "add a value, or remove `enum`");
        }
        let mut seen: HashMap<&Value, usize> = HashMap::new();
        for (index, value) in values.iter().enumerate() {
            let at = &path.item(index);
            if let Some(first) = seen.insert(value, index) {
                let message = format!("the value `{}` is there twice, first at {first}", shown(value));
                self.report(at, message, "remove one of the two");
            }
            self.value(at, schema, value);
        }
        let mut values: Vec<&Value> = seen.into_keys().filter(|value| !value.is_null()).collect();
        values.sort_by_key(|value| value.to_string());
        self.variants(path, schema, &values);
    }

    fn value(&mut self, path: &Path<'_>, schema: &Map<String, Value>, value: &Value) {
        let Some(kind) = schema.get("type").and_then(Value::as_str) else { return };
        if value.is_null() && !is_true(schema, "nullable") {
            self.report(path, "the `enum` has null, but the schema is not nullable", "add `nullable: true`");
        } else if !value.is_null() && !type_fits(kind, value) {
            let help = if kind == "string" { "put it in quotes" } else { "correct the value, or the `type`" };
            self.report(path, format!("the value `{}` is not of type `{kind}`", shown(value)), help);
        }
    }

    /// Values that would be one variant, and values of several types without a `type`.
    fn variants(&mut self, path: &Path<'_>, schema: &Map<String, Value>, values: &[&Value]) {
        let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
        if texts.len() < values.len() {
            let kind = |value: &Value| std::mem::discriminant(value);
            let mixed = values.windows(2).any(|pair| kind(pair[0]) != kind(pair[1]));
            if mixed && !schema.contains_key("type") {
                self.report(path, "the values are of several types, and there is no `type`", "make them all text");
            }
            return;
        }
        // The generator's two attempts: if the second gives distinct names as well, it is content.
        let plain = |text: &str| pascal(text);
        let marked = |text: &str| pascal(&text.replace(|c: char| c == '_' || !c.is_alphanumeric(), "X"));
        if let (Some(_), Some((one, other))) = (equal_pair(&texts, plain), equal_pair(&texts, marked)) {
            let message = format!("the values `{one}` and `{other}` would both be the variant `{}`", marked(one));
            self.report(path, message, "remove one, or drop `enum` and name the values in the description");
        }
    }
}

fn equal_pair<'t>(texts: &[&'t str], name: impl Fn(&str) -> String) -> Option<(&'t str, &'t str)> {
    let mut seen = HashMap::new();
    texts.iter().find_map(|text| seen.insert(name(text), *text).map(|other| (other, *text)))
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= 60 { text } else { text.chars().take(60).chain(['…']).collect() }
}
