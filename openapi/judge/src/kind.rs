//! The kinds of findings, as one table.

use std::fmt;

/// How binding the rule behind a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Only implied, or stated by second-hand sources.
    Should,
    /// Stated by the contract or the reference.
    Must,
}

/// A row of the table: what a kind is.
#[derive(Debug)]
pub struct Row {
    /// The id in reports and options. It is stable.
    pub id: &'static str,
    /// How binding the rule is, unless the contract marks its statement as second-hand.
    pub level: Level,
    /// The requirement, as a sentence.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($name:ident $id:literal $level:ident $title:literal;)*) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $title] $name,)*
        }

        impl Kind {
            /// Every kind, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The kind's row of the table.
            #[must_use]
            pub fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => &Row { id: $id, level: Level::$level, title: $title },)*
                }
            }
        }
    };
}

kinds! {
    OperationUndocumented "operation-undocumented" Should "The operation is in the contract";
    SecurityMissing "security-missing" Must "A request without the required credentials is not accepted";
    RequestParameterMissing "request-parameter-missing" Should "An accepted request has every required parameter";
    RequestParameterInvalid "request-parameter-invalid" Should "A parameter of an accepted request fits its schema";
    RequestMediaType "request-media-type" Should "The body of an accepted request has a documented media type";
    RequestBodyMissing "request-body-missing" Should "An accepted request has a body where one is required";
    RequestBodyMalformed "request-body-malformed" Should "The body of an accepted request is what its media type says";
    RequestBodyInvalid "request-body-invalid" Should "The body of an accepted request fits its schema";
    RequestReadOnly "request-read-only" Should "An accepted request has no read-only field";
    ResponseStatusUndocumented "response-status-undocumented" Must "The contract has the status";
    ResponseRefusalUndocumented "response-refusal-undocumented" Should "The contract has the status of a refusal or failure";
    ResponseHeaderMissing "response-header-missing" Must "A response has every required header";
    ResponseHeaderInvalid "response-header-invalid" Must "A header of a response fits its schema";
    ResponseMediaType "response-media-type" Should "The body of a response has a documented media type";
    ResponseBodyMissing "response-body-missing" Must "A response has its documented body";
    ResponseBodyUndocumented "response-body-undocumented" Should "A response without a documented body has none";
    ResponseBodyMalformed "response-body-malformed" Must "The body of a response is what its media type says";
    ResponseBodyInvalid "response-body-invalid" Must "The body of a response fits its schema";
    ResponseWriteOnly "response-write-only" Should "A response has no write-only field";
    ResponseNamesRepeat "response-names-repeat" Should "No object of a response has a name twice";
    ClientSecret "client-secret" Must "Only the response to a creation has `client_secret`";
    KeyEchoed "key-echoed" Should "No response repeats the key of its request";
    CancelStatus "cancel-status" Must "`status` is `cancelled` when a cancellation succeeds";
    SessionId "session-id" Must "The session has the id of the request's path";
    ListFilter "list-filter" Should "A filtered list has only sessions of the requested status";
    ListLimit "list-limit" Should "A list has no more sessions than the request's `limit`";
    ErrorEnvelope "error-envelope" Must "An error has the six fields of the envelope";
    ErrorType "error-type" Must "`type` is the one that the table of errors gives for the status";
    ErrorCode "error-code" Should "`code` is `conflict` on a conflict";
    ErrorRequestId "error-request-id" Must "An error has the header `X-Request-Id`";
    ErrorRequestIdMirrored "error-request-id-mirrored" Should "`request_id` repeats the header `X-Request-Id`";
    ErrorStatusCode "error-status-code" Must "`statusCode` is the status of the response";
    CancelledReadsOtherwise "cancelled-reads-otherwise" Must "A cancelled session reads `cancelled`";
    TerminalCancelled "terminal-cancelled" Must "Cancelling a session in a terminal state is a conflict";
    TerminalChanges "terminal-changes" Must "A session in a terminal state stays in it";
    CancelChangesField "cancel-changes-field" Must "Cancelling changes no field but `status`";
    SessionChanges "session-changes" Should "What a session was created with does not change";
    SessionIdRepeats "session-id-repeats" Should "Every session has a different id";
    RequestIdRepeats "request-id-repeats" Should "Every response has a different request id";
}

impl Kind {
    /// The kind for a status code that the contract does not have.
    pub(crate) fn of_status(status: u16) -> Self {
        if status >= 400 { Self::ResponseRefusalUndocumented } else { Self::ResponseStatusUndocumented }
    }

    /// The kind with an id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.row().id == id)
    }
}

/// Writes the id.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().id)
    }
}
