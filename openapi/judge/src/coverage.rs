//! Which parts of a contract the exchanges have covered.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;
use zerogate_contract::media::essence;
use zerogate_contract::{Inventory, Item};

use crate::exchange::{Exchange, Part};
use crate::judgement::Judgement;

/// The number of response forms that are remembered.
const REMEMBERED: usize = 10_000;

/// The items of a contract, and those that exchanges have covered.
#[derive(Debug)]
pub struct Coverage<'j> {
    inventory: &'j Inventory,
    /// Every enum value of the contract, as text.
    values: HashSet<String>,
    has_numbers: bool,
    seen: BTreeSet<Item>,
    /// Hashes of the response forms already seen: another response of the same form covers nothing new.
    forms: HashSet<u64>,
}

impl<'j> Coverage<'j> {
    pub(crate) fn of(inventory: &'j Inventory) -> Self {
        let value = |item: Item| if let Item::EnumValue { value, .. } = item { Some(value) } else { None };
        let values: HashSet<String> = inventory.items().into_iter().filter_map(value).collect();
        let has_numbers = values.iter().any(|value| value.parse::<f64>().is_ok());
        Self { inventory, values, has_numbers, seen: BTreeSet::new(), forms: HashSet::new() }
    }

    /// Adds what an exchange covers.
    pub fn add(&mut self, exchange: &Exchange<'_>, judgement: &Judgement<'_>) {
        let (Some(operation), Some(status)) = (judgement.operation, judgement.status) else { return };
        let known = &exchange.response.headers.known;
        let content_type = match exchange.response.headers.get("content-type") {
            Part::Known(value) => Some(essence(&value)),
            Part::Absent | Part::Unknown(_) => None,
        };
        let mut form = DefaultHasher::new();
        (&operation.pointer, status, &content_type).hash(&mut form);
        // The order of headers does not matter. FNV-1a: a hasher for each name takes longer.
        let names = known.iter().map(|(name, _)| {
            let add = |hash: u64, byte: u8| (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x100_0000_01b3);
            name.bytes().fold(0xcbf2_9ce4_8422_2325, add)
        });
        names.fold(0, u64::wrapping_add).hash(&mut form);
        judgement.body.as_ref().map(|body| self.form(body)).hash(&mut form);
        let form = form.finish();
        if self.forms.contains(&form) {
            return;
        }
        if self.forms.len() >= REMEMBERED {
            self.forms.clear();
        }
        self.forms.insert(form);
        let headers: Vec<(&str, &str)> = known.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.seen.extend(self.inventory.observe(&operation.name, status, &headers, judgement.body.as_ref()));
    }

    /// Hashes what a value can cover: field names, kinds of values, and enum values.
    fn form(&self, value: &Value) -> u64 {
        let mut hasher = DefaultHasher::new();
        match value {
            Value::Null => 0.hash(&mut hasher),
            Value::Bool(flag) => (1, flag).hash(&mut hasher),
            Value::Number(number) => {
                // Most contracts have no numbers in enums.
                let known = self.has_numbers.then(|| self.values.get(&number.to_string())).flatten();
                (2, number.is_f64(), known).hash(&mut hasher);
            }
            Value::String(text) => (3, self.values.get(text)).hash(&mut hasher),
            Value::Array(items) => {
                let forms: BTreeSet<u64> = items.iter().map(|item| self.form(item)).collect();
                (4, forms).hash(&mut hasher);
            }
            Value::Object(fields) => {
                5.hash(&mut hasher);
                for (name, value) in fields {
                    (name, self.form(value)).hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }

    /// The items covered so far.
    #[must_use]
    pub fn seen(&self) -> &BTreeSet<Item> {
        &self.seen
    }

    /// All items of the contract.
    #[must_use]
    pub fn all(&self) -> BTreeSet<Item> {
        self.inventory.items()
    }
}
