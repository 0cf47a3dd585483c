//! The types that a schema allows, as a set.

use serde_json::Value;

/// A set of JSON types.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Types(pub(crate) u8);

impl Default for Types {
    fn default() -> Self {
        Types::ANY
    }
}

impl Types {
    pub(crate) const NONE: Types = Types(0);
    pub(crate) const NULL: Types = Types(1);
    pub(crate) const BOOLEAN: Types = Types(1 << 1);
    pub(crate) const STRING: Types = Types(1 << 2);
    pub(crate) const INTEGER: Types = Types(1 << 3);
    /// Numbers that are not integers. The type `number` includes both.
    pub(crate) const FRACTION: Types = Types(1 << 4);
    pub(crate) const NUMBER: Types = Types(1 << 3 | 1 << 4);
    pub(crate) const ARRAY: Types = Types(1 << 5);
    pub(crate) const OBJECT: Types = Types(1 << 6);
    /// The types that are a single value in a URL or header.
    pub(crate) const SCALAR: Types = Types(1 << 1 | 1 << 2 | 1 << 3 | 1 << 4);
    pub(crate) const ANY: Types = Types((1 << 7) - 1);
    /// All types, one by one.
    pub(crate) const EACH: [Types; 7] =
        [Types::NULL, Types::BOOLEAN, Types::STRING, Types::INTEGER, Types::FRACTION, Types::ARRAY, Types::OBJECT];

    /// The type with a name.
    pub(crate) fn named(name: &str) -> Option<Types> {
        Some(match name {
            "null" => Types::NULL,
            "boolean" => Types::BOOLEAN,
            "string" => Types::STRING,
            "integer" => Types::INTEGER,
            "number" => Types::NUMBER,
            "array" => Types::ARRAY,
            "object" => Types::OBJECT,
            _ => return None,
        })
    }

    /// The types in the value of the keyword `type`.
    pub(crate) fn written(value: &Value) -> Option<Types> {
        match value {
            Value::String(name) => Types::named(name),
            Value::Array(names) => {
                names.iter().try_fold(Types::NONE, |types, name| Some(types.or(Types::named(name.as_str()?)?)))
            }
            _ => None,
        }
    }

    /// The type of a value.
    pub(crate) fn of(value: &Value) -> Types {
        match value {
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::BOOLEAN,
            Value::String(_) => Types::STRING,
            Value::Array(_) => Types::ARRAY,
            Value::Object(_) => Types::OBJECT,
            Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => Types::INTEGER,
            Value::Number(_) => Types::FRACTION,
        }
    }

    pub(crate) fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    pub(crate) fn meets(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn holds(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it has two or more types besides null, but not all.
    pub(crate) fn are_several(self) -> bool {
        let named = self.without(Types::NULL);
        named != Types::ANY.without(Types::NULL) && named.without(Types::FRACTION).0.count_ones() > 1
    }

    /// The names, for a message.
    pub(crate) fn names(self) -> String {
        if self == Types::ANY || self == Types::ANY.without(Types::NULL) {
            return "any".to_owned();
        }
        let names = [
            (Types::BOOLEAN, "boolean"),
            (Types::STRING, "string"),
            (Types::NUMBER, "number"),
            (Types::ARRAY, "array"),
            (Types::OBJECT, "object"),
            (Types::NULL, "null"),
        ];
        let mut found: Vec<&str> = names.iter().filter(|(bit, _)| self.holds(*bit)).map(|(_, name)| *name).collect();
        if self.holds(Types::INTEGER) && !self.holds(Types::FRACTION) {
            found.push("integer");
        } else if self.holds(Types::FRACTION) && !self.holds(Types::INTEGER) {
            found.push("fraction");
        }
        if found.is_empty() { "nothing".to_owned() } else { found.join(" or ") }
    }
}
