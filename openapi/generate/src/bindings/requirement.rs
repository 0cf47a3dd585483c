//! What hand-written code stands on, as data, so that a contract without it is refused in words.
//!
//! A client has a hand-written edge that names generated items. If a new contract renames or drops what those are made
//! of, rustc says so in terms of code that nobody wrote, one error at a time. These requirements say it before that, in
//! terms of the contract, all at once.

/// What hand-written code needs of one operation. Built in constants.
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
///     "gate.yaml:1:1: /paths: the operation `cancelSession` is missing, and the client's `cancel_session()` is \
///      built on it; keep POST /gate_sessions/{id}/cancel under this operation id",
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
    /// The operation with this id exists, and is called by this method.
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

    /// Where the operation used to be. Nothing depends on it: it finds the operation again if its id has changed.
    #[must_use]
    pub const fn at(mut self, path: &'static str) -> Self {
        self.path = Some(path);
        self
    }

    /// What the operation is needed by, as the subject of a sentence: `the client's `cancel_session()``.
    #[must_use]
    pub const fn needed_by(mut self, what: &'static str) -> Self {
        self.needed_by = what;
        self
    }

    /// Callers have to identify themselves.
    #[must_use]
    pub const fn secured(mut self) -> Self {
        self.secured = true;
        self
    }

    /// These parameters exist, by location and name, and are strings; no other one is required: nobody would send it.
    #[must_use]
    pub const fn parameters(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.parameters = parameters;
        self
    }

    /// The request body is JSON of this schema. Without this there is no request body: the generator takes even an
    /// optional one for required.
    #[must_use]
    pub const fn request(mut self, schema: RequiredSchema) -> Self {
        self.request = Some(schema);
        self
    }

    /// Success gets this status, and a JSON body of this schema.
    #[must_use]
    pub const fn success(mut self, status: u16, schema: RequiredSchema) -> Self {
        self.success = Some((status, schema));
        self
    }

    /// These errors are documented, and have a JSON body of this schema. `409` may be covered by `4XX` or `default`.
    #[must_use]
    pub const fn errors(mut self, statuses: &'static [&'static str], schema: RequiredSchema) -> Self {
        self.errors = statuses;
        self.error = Some(schema);
        self
    }
}

impl Requirement {
    /// The fields of component schemas that are needed: the names of both.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let schemas = [self.request, self.success.map(|(_, schema)| schema), self.error];
        let fields = |schema: RequiredSchema| schema.fields.iter().map(move |field| (schema.name, field.name));
        schemas.into_iter().flatten().flat_map(fields)
    }
}

/// What hand-written code needs of a component schema.
#[derive(Debug, Clone, Copy)]
pub struct RequiredSchema {
    pub(super) name: &'static str,
    pub(super) fields: &'static [RequiredField],
}

impl RequiredSchema {
    /// A component of this name, with these fields.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [RequiredField]) -> Self {
        RequiredSchema { name, fields }
    }
}

/// What hand-written code needs of a field.
#[derive(Debug, Clone, Copy)]
pub struct RequiredField {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) always: bool,
}

impl RequiredField {
    /// A field that is always there and never null.
    ///
    /// `kind` is one of an [`Inventory`](zerogate_contract::Inventory), such as `string(date-time)`. Without a format it fits every format, and a
    /// named schema fits by its name or by what it is: an enum of texts is a `string`.
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
