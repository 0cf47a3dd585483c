//! The inventory of a contract.

use std::collections::BTreeMap;

use super::model::{Operation, Schema, SecurityScheme};
use super::node::{entries, sequence, text};
use super::operation;
use super::reader::Reader;
use super::shape::Shape;
use crate::canonical::Contract;
use crate::document::Document;

/// The operations, statuses, headers, fields and enum values of a contract.
///
/// Texts for people (descriptions, titles, examples) are not included: changing them changes nothing for a program.
/// `allOf` is merged into one list of fields.
///
/// `Display` writes one fact per line, in an order that depends only on the content. Each line names its subject, so
/// that a diff of two inventories shows what changed.
///
/// ```
/// use zerogate_contract::{Contract, Document, Inventory};
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// openapi: 3.0.3
/// paths:
///   /gate_sessions/{id}:
///     get:
///       operationId: retrieveSession
///       responses:
///         200: {description: The session.}
/// ",
/// )?;
/// let inventory = Inventory::of(&Contract::of(document));
/// assert_eq!(
///     inventory.to_string(),
///     "retrieveSession: GET /gate_sessions/{id}\nretrieveSession 200: no body\n",
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inventory {
    /// The base URLs, in the order of the contract.
    pub servers: Vec<String>,
    /// The security schemes, by name.
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    /// The operations, by id.
    pub operations: Vec<Operation>,
    /// The component schemas by name, and the inline objects by the name of their place, such as `GateSession.address`.
    pub schemas: BTreeMap<String, Schema>,
}

impl Inventory {
    /// Returns the inventory of a contract.
    ///
    /// It is complete for a document that `zerogate_generate::check` accepts. For any other document it has what could
    /// be understood; this never fails.
    #[must_use]
    pub fn of(contract: &Contract) -> Inventory {
        Self::measured(contract.document()).0
    }

    /// The inventory of a document in canonical form, and whether it is complete: false if the document describes too
    /// much.
    #[must_use]
    pub fn measured(document: &Document) -> (Inventory, bool) {
        let root = document.value();
        let mut reader = Reader::new(document);
        let operations = operation::all(document, &mut reader);
        reader.components();
        let servers = sequence(root.get("servers")).filter_map(|server| text(server, "url")).collect();
        let security_schemes = entries(root.pointer("/components/securitySchemes"))
            .filter_map(|(name, scheme)| Some((name.clone(), SecurityScheme::of(document.resolve(scheme)?))))
            .collect();
        let (schemas, complete) = reader.finish();
        (Inventory { servers, security_schemes, operations, schemas }, complete)
    }

    /// The operation with this id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Whether null fits: by the shape itself, or by the schema that it names.
    ///
    /// ```
    /// use zerogate_contract::{Contract, Document, Inventory};
    ///
    /// let document = Document::parse(
    ///     "gate.yaml",
    ///     "components: {schemas: {
    ///        Flow: {type: string, nullable: true},
    ///        GateSession: {type: object, properties: {flow: {$ref: '#/components/schemas/Flow'}}}}}",
    /// )?;
    /// let inventory = Inventory::of(&Contract::of(document));
    /// let flow = inventory.schemas["GateSession"].field("flow").unwrap();
    /// assert!(!flow.shape.nullable && inventory.is_nullable(&flow.shape));
    /// # Ok::<(), zerogate_contract::ContractError>(())
    /// ```
    #[must_use]
    pub fn is_nullable(&self, shape: &Shape) -> bool {
        // Chains of aliases are rare, and a circle would be endless.
        const MAX_ALIASES: usize = 16;
        let mut shape = shape;
        for _ in 0..MAX_ALIASES {
            if shape.nullable {
                return true;
            }
            match shape.schema().and_then(|name| self.schemas.get(name)) {
                Some(schema) => shape = &schema.shape,
                None => return false,
            }
        }
        false
    }
}
