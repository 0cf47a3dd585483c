//! The requirements of hand-written code, as data, so that a contract that breaks them is rejected with a clear
//! message.
//!
//! A client has hand-written code that uses generated items. If a new contract renames or removes what those come from,
//! rustc complains about code that nobody wrote, one error at a time. These requirements report it earlier, in terms of
//! the contract, and all at once.

/// The requirements of hand-written code on one operation. Built in constants.
///
/// ```
/// use zerogate_contract::{Contract, Document, Inventory};
/// use zerogate_generate::{RequiredField, RequiredSchema, Requirement, missing};
///
/// const GATE_SESSION: RequiredSchema = RequiredSchema::new(
///     "GateSession",
///     &[RequiredField::always("id", "string"), RequiredField::maybe("cancel_url", "string")],
/// );
/// const ERROR: RequiredSchema = RequiredSchema::new("Error", &[RequiredField::always("type", "string")]);
/// const CANCEL: Requirement = Requirement::operation("cancelSession", "POST")
///     .at("/gate_sessions/{id}/cancel")
///     .needed_by("the client's `cancel_session()`")
///     .secured()
///     .parameters(&[("path", "id")])
///     .success(201, GATE_SESSION)
///     .errors(&["401", "404", "409", "5XX"], ERROR);
///
/// let contract = Contract::of(Document::parse("gate.yaml", "paths: {}")?);
/// let problems = missing(&contract, &Inventory::of(&contract), &[CANCEL]);
/// assert_eq!(
///     problems[0].to_string(),
///     "gate.yaml:1:1: /paths: the operation `cancelSession` is missing, but the client's `cancel_session()` \
///      needs it; keep POST /gate_sessions/{id}/cancel with this operation id",
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    pub(super) operation: &'static str,
    pub(super) method: &'static str,
    pub(super) path: Option<&'static str>,
    pub(super) needed_by: &'static str,
    pub(super) secured: bool,
    pub(super) parameters: &'static [(&'static str, &'static str)],
    pub(super) request: Option<RequiredSchema>,
    pub(super) success: Option<(u16, RequiredSchema)>,
    pub(super) errors: &'static [&'static str],
    pub(super) error: Option<RequiredSchema>,
}

impl Requirement {
    /// Requires an operation with this id and method.
    #[must_use]
    pub const fn operation(id: &'static str, method: &'static str) -> Self {
        Requirement {
            operation: id,
            method,
            path: None,
            needed_by: "hand-written code",
            secured: false,
            parameters: &[],
            request: None,
            success: None,
            errors: &[],
            error: None,
        }
    }

    /// The path that the operation had. Not a requirement: it helps to find the operation if its id has changed.
    #[must_use]
    pub const fn at(mut self, path: &'static str) -> Self {
        self.path = Some(path);
        self
    }

    /// What needs the operation, as the subject of a sentence: `the client's `cancel_session()``.
    #[must_use]
    pub const fn needed_by(mut self, what: &'static str) -> Self {
        self.needed_by = what;
        self
    }

    /// Requires that callers authenticate.
    #[must_use]
    pub const fn secured(mut self) -> Self {
        self.secured = true;
        self
    }

    /// Requires these parameters, by location and name, as strings, and no other required parameter: the hand-written
    /// code would not send it.
    #[must_use]
    pub const fn parameters(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Requires a JSON request body with this schema. Without this call there must be no request body: the generator
    /// treats even an optional one as required.
    #[must_use]
    pub const fn request(mut self, schema: RequiredSchema) -> Self {
        self.request = Some(schema);
        self
    }

    /// Requires this success status, and a JSON body with this schema.
    #[must_use]
    pub const fn success(mut self, status: u16, schema: RequiredSchema) -> Self {
        self.success = Some((status, schema));
        self
    }

    /// Requires these errors, with a JSON body of this schema. `409` may be covered by `4XX` or `default`.
    #[must_use]
    pub const fn errors(mut self, statuses: &'static [&'static str], schema: RequiredSchema) -> Self {
        self.errors = statuses;
        self.error = Some(schema);
        self
    }
}

impl Requirement {
    /// The required fields of component schemas, as schema and field names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let schemas = [self.request, self.success.map(|(_, schema)| schema), self.error];
        let fields = |schema: RequiredSchema| schema.fields.iter().map(move |field| (schema.name, field.name));
        schemas.into_iter().flatten().flat_map(fields)
    }
}

/// The requirements on a component schema.
#[derive(Debug, Clone, Copy)]
pub struct RequiredSchema {
    pub(super) name: &'static str,
    pub(super) fields: &'static [RequiredField],
}

impl RequiredSchema {
    /// Requires a component with this name and these fields.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [RequiredField]) -> Self {
        RequiredSchema { name, fields }
    }
}

/// The requirements on a field.
#[derive(Debug, Clone, Copy)]
pub struct RequiredField {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) always: bool,
}

impl RequiredField {
    /// A field that is always present and never null.
    ///
    /// `kind` is a kind of an [`Inventory`](zerogate_contract::Inventory), such as `string(date-time)`. Without a
    /// format it matches every format. A named schema matches by its name or by its type: an enum of strings is a
    /// `string`.
    #[must_use]
    pub const fn always(name: &'static str, kind: &'static str) -> Self {
        RequiredField { name, kind, always: true }
    }

    /// A field that may be missing or null.
    #[must_use]
    pub const fn maybe(name: &'static str, kind: &'static str) -> Self {
        RequiredField { name, kind, always: false }
    }
}
