//! Values that fit a schema: a few for each of its keywords.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The maximum nesting of values.
const MAX_DEPTH: usize = 6;

/// The maximum number of values per schema.
const MAX_VALUES: usize = 16;

/// Some values for a self-contained schema. Not all of them have to fit.
pub(crate) fn samples(schema: &Value) -> Vec<Value> {
    Samples { definitions: schema.get("$defs").unwrap_or(&Value::Null) }.of(schema, 0)
}

struct Samples<'s> {
    definitions: &'s Value,
}

impl Samples<'_> {
    fn of(&self, schema: &Value, depth: usize) -> Vec<Value> {
        let Some(schema) = schema.as_object().filter(|_| depth <= MAX_DEPTH) else { return Vec::new() };
        let mut found = self.unlimited(schema, depth);
        let mut seen = BTreeSet::new();
        found.retain(|value| seen.insert(value.to_string()));
        found.truncate(MAX_VALUES);
        found
    }

    fn unlimited(&self, schema: &Map<String, Value>, depth: usize) -> Vec<Value> {
        if let Some(name) =
            schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix("#/$defs/"))
        {
            let name = name.replace("%25", "%");
            return self
                .of(self.definitions.get(name.replace("~1", "/").replace("~0", "~")).unwrap_or(&json!({})), depth);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return values.clone();
        }
        if let Some(value) = schema.get("const") {
            return vec![value.clone()];
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            let Some(members) = schema.get(key).and_then(Value::as_array) else { continue };
            let mut own = schema.clone();
            own.remove(key);
            own.remove("$defs");
            own.remove("$schema");
            let own = if own.is_empty() { Vec::new() } else { self.of(&Value::Object(own), depth) };
            let members = members.iter().map(|member| self.of(member, depth + 1));
            return match key {
                "allOf" => members.fold(own, |whole, part| together(&whole, &part)),
                _ => members.flat_map(|branch| together(&own, &branch)).collect(),
            };
        }
        let kinds = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind.as_str()],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if schema.contains_key("properties") => vec!["object"],
            _ => return vec![json!("any"), json!(1), json!({ "any": [null] })],
        };
        kinds.into_iter().flat_map(|kind| self.of_kind(kind, schema, depth)).collect()
    }

    fn of_kind(&self, kind: &str, schema: &Map<String, Value>, depth: usize) -> Vec<Value> {
        let number = |key: &str| schema.get(key).and_then(Value::as_f64);
        match kind {
            "null" => vec![Value::Null],
            "boolean" => vec![json!(true), json!(false)],
            "integer" | "number" => {
                let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
                let mut values = vec![json!(0), json!(7), json!(-1)];
                match (kind, format) {
                    ("integer", "") | (_, "int64") => values.extend([json!(i64::MAX), json!(i64::MIN)]),
                    (_, "uint64") => values = vec![json!(0), json!(u64::MAX)],
                    ("number", _) => values.extend([json!(0.5), json!(-1.25)]),
                    _ => {}
                }
                values.extend(["minimum", "maximum"].iter().filter_map(|key| schema.get(*key).cloned()));
                values.retain(|value| {
                    let value = value.as_f64().unwrap_or_default();
                    number("minimum").is_none_or(|least| value >= least)
                        && number("maximum").is_none_or(|most| value <= most)
                });
                values
            }
            "string" => {
                let text = match schema.get("format").and_then(Value::as_str).unwrap_or_default() {
                    "date-time" => vec!["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05+02:00"],
                    "date" => vec!["2026-01-02"],
                    "uuid" => vec!["8f14e45f-ceea-467f-a0e6-8cf7a2b1c3d4"],
                    "ipv4" => vec!["192.0.2.1"],
                    "byte" => vec!["YWJj"],
                    _ => vec!["text", "", "a \"quoted\"\ntext, \u{e4}"],
                };
                let length = |text: &str| text.chars().count() as f64;
                let text = text.into_iter().filter(|text| {
                    number("minLength").is_none_or(|least| length(text) >= least)
                        && number("maxLength").is_none_or(|most| length(text) <= most)
                });
                text.map(Value::from).collect()
            }
            "array" => self.lists(schema, depth),
            _ => self.objects(schema, depth),
        }
    }

    fn lists(&self, schema: &Map<String, Value>, depth: usize) -> Vec<Value> {
        let items = self.of(schema.get("items").unwrap_or(&json!({})), depth + 1);
        let size = |key: &str, other: usize| {
            schema.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok()).unwrap_or(other)
        };
        let (least, most) = (size("minItems", 0), size("maxItems", usize::MAX));
        let sizes = BTreeSet::from([least, 1.clamp(least, most), items.len().clamp(least, most)]);
        let lists = sizes.into_iter().filter(|size| *size == 0 || !items.is_empty());
        lists.map(|size| items.iter().cycle().take(size).cloned().collect()).collect()
    }

    fn objects(&self, schema: &Map<String, Value>, depth: usize) -> Vec<Value> {
        let required: BTreeSet<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let described = schema.get("properties").and_then(Value::as_object);
        let mut properties: Vec<(&str, Vec<Value>)> = described
            .into_iter()
            .flatten()
            .map(|(name, property)| {
                let mut values = self.of(property, depth + 1);
                // A value equal to the default may be omitted.
                values.retain(|value| property.get("default") != Some(value));
                (name.as_str(), values)
            })
            .collect();
        let unknown = required.iter().filter(|name| described.is_none_or(|described| !described.contains_key(**name)));
        properties.extend(unknown.map(|name| (*name, vec![json!("any")])));
        if properties.iter().any(|(name, values)| values.is_empty() && required.contains(name)) {
            return Vec::new();
        }
        let object = |round: usize, is_wanted: &dyn Fn(&str) -> bool| {
            let wanted = properties.iter().filter(|(name, values)| is_wanted(name) && !values.is_empty());
            let fields = wanted.map(|(name, values)| ((*name).to_owned(), values[round % values.len()].clone()));
            fields.collect::<Map<String, Value>>()
        };
        let mut objects = vec![object(0, &|name| required.contains(name))];
        let rounds = properties.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
        objects.extend((0..rounds).map(|round| object(round, &|_| true)));
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => vec![json!({ "a": [1, null] })],
            Some(others) => self.of(others, depth + 1),
            None => Vec::new(),
        };
        for other in others {
            let mut object = object(0, &|_| true);
            object.insert("another name".to_owned(), other);
            objects.push(object);
        }
        objects.into_iter().map(Value::Object).collect()
    }
}

/// Values that fit two schemas at once: for objects, one with the fields of both.
fn together(some: &[Value], others: &[Value]) -> Vec<Value> {
    if some.is_empty() || others.is_empty() {
        return [some, others].concat();
    }
    let pairs =
        (0..some.len().max(others.len())).map(|round| (&some[round % some.len()], &others[round % others.len()]));
    pairs
        .map(|(one, other)| match (one.as_object(), other.as_object()) {
            (Some(one), Some(other)) => Value::Object(one.clone().into_iter().chain(other.clone()).collect()),
            _ => other.clone(),
        })
        .collect()
}
