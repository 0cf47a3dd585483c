//! The fields of a fault's JSON object.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ControlError;
use crate::json;

/// Read one by one, because serde cannot flatten a tagged enum and still name the invalid field.
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, ControlError> {
        let value = self.0.remove(name).map(json::read).transpose();
        value.map_err(|flaw| flaw.below(name).into())
    }

    /// A field where null counts as absent.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, ControlError> {
        self.take(name).map(Option::flatten)
    }

    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, ControlError> {
        self.optional(name)?.ok_or_else(|| ControlError::invalid(name, "is required"))
    }

    /// Refuses fields that are in none of these lists; null counts as absent.
    pub(crate) fn only(&self, known: [&[&str]; 2], kind: &str) -> Result<(), ControlError> {
        let known = known.concat();
        match self.0.iter().find(|(name, value)| !(value.is_null() || known.contains(&name.as_str()))) {
            Some((name, _)) => Err(ControlError::invalid(name, format!("is not a field of kind {kind}"))),
            None => Ok(()),
        }
    }
}
