//! The parts of the contract that the rules use: the fields of a session and their schemas.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;
use zerogate_contract::{Document, Field, Inventory, response_schema};
use zerogate_judge::leave_out_unreadable_patterns;

/// The contract that the bindings were generated from.
pub(crate) static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

pub(crate) struct Contract {
    pub(crate) inventory: Inventory,
    /// The fields that a session always has.
    pub(crate) session_fields: Vec<String>,
    /// The fields that a session may have.
    pub(crate) known_fields: Vec<String>,
    cancelled: Validator,
}

/// The contract that the bindings are generated from; in this crate's tests, the one that the rules were written for.
#[cfg(not(test))]
const TEXT: &str = zerogate::CONTRACT;
#[cfg(test)]
const TEXT: &str = include_str!("../../../../openapi/generate/tests/intake/gate-3.0.yaml");

/// A value that does not fit the contract.
pub(crate) struct Misfit {
    /// The top-level field of the body that contains it.
    pub(crate) field: String,
    /// Why it does not fit, without the value.
    pub(crate) message: String,
}

impl Contract {
    /// Cannot fail: the build of the bindings has parsed and checked the same text.
    fn read() -> Self {
        let document = Document::parse("gate-v1.yaml", TEXT).expect("the contract was read by the build");
        let contract = zerogate_contract::Contract::of(document);
        let inventory = Inventory::of(&contract);
        let session_fields =
            fields(&inventory, |field| field.required).expect("the contract says the response to a cancellation");
        let known_fields = fields(&inventory, |_| true).expect("the contract says the response to a cancellation");
        let mut schema = response_schema(&contract, "cancelSession", 201, "application/json")
            .expect("the contract says the response to a cancellation");
        leave_out_unreadable_patterns(&mut schema);
        let cancelled = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .expect("a schema of the contract is a schema");
        Self { inventory, session_fields, known_fields, cancelled }
    }

    /// Returns the fields of a cancelled session that do not fit the contract: type, format, enum value.
    ///
    /// Ignores missing and undocumented fields.
    pub(crate) fn misfits(&self, body: &Value) -> Vec<Misfit> {
        self.cancelled
            .iter_errors(body)
            .filter_map(|error| {
                let path = error.instance_path().to_string();
                let field = path.split('/').nth(1)?.to_owned();
                Some(Misfit { field, message: error.masked().to_string() })
            })
            .collect()
    }
}

/// The fields of a cancelled session that satisfy `is_wanted`.
fn fields(inventory: &Inventory, is_wanted: impl Fn(&Field) -> bool) -> Option<Vec<String>> {
    let response = inventory.operation("cancelSession")?.response_for(201)?;
    let schema = inventory.schemas.get(response.media.first()?.shape.schema()?)?;
    Some(schema.fields.iter().filter(|field| is_wanted(field)).map(|field| field.name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn misfits(field: &str, value: Value) -> Vec<String> {
        let mut body = json!({ "expires_at": "2026-05-27T12:00:00.000Z", "undocumented": 1 });
        body[field] = value;
        CONTRACT.misfits(&body).into_iter().map(|misfit| misfit.field).collect()
    }

    #[test]
    fn a_session_has_the_fields_of_the_references_example() {
        let mut fields: Vec<&str> = CONTRACT.session_fields.iter().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "amount",
                "cancel_url",
                "created_at",
                "currency",
                "expires_at",
                "flow",
                "id",
                "kyc_pre_verified",
                "metadata",
                "mode",
                "object",
                "partner_id",
                "return_url",
                "status",
                "target_network",
                "target_token",
                "user_reference",
                "wallet_address",
            ]
        );
    }

    #[test]
    fn every_way_to_write_a_documented_value_fits() {
        for (field, value) in [
            ("expires_at", json!("2026-05-27T12:00:00+00:00")),
            ("expires_at", json!("2026-05-27T12:00:00.123456789Z")),
            ("flow", json!(null)),
            ("flow", json!("swap")),
            ("cancel_url", json!("https://partner.example/")),
            ("metadata", json!({ "anything": [1] })),
        ] {
            assert_eq!(misfits(field, value.clone()), Vec::<String>::new(), "{field}: {value}");
        }
    }

    #[test]
    fn a_wrong_type_format_or_value_is_found_in_its_field() {
        for (field, value) in [
            ("expires_at", json!("27 May 2026")),
            ("expires_at", json!(1_779_883_200)),
            ("flow", json!("a flow that nobody has")),
            ("mode", json!("sandbox")),
            ("kyc_pre_verified", json!("false")),
            ("amount", json!(100.0)),
            ("amount", json!(null)),
            ("return_url", json!("not a url")),
            ("metadata", json!([])),
        ] {
            assert_eq!(misfits(field, value.clone()), [field], "{field}: {value}");
        }
    }

    #[test]
    fn a_misfit_does_not_repeat_the_value() {
        let found = CONTRACT.misfits(&json!({ "flow": "canary", "amount": ["canary"] }));
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|misfit| !misfit.message.contains("canary")));
    }
}
