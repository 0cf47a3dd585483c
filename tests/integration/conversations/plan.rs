//! What happens in a conversation, as proptest makes it up.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};
use zerogate::{CallOptions, OnConflict};

use crate::examples;

/// One call of `cancel_session`, and everything that happens around it.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    /// The session as it is at first; `None` if there is none of that id.
    pub(super) session: Option<Status>,
    pub(super) options: Options,
    /// What becomes of each request to cancel; those beyond it get the response they should get.
    pub(super) cancels: Vec<Behaviour>,
    /// What becomes of the request to read.
    pub(super) read: Behaviour,
    /// What else happens to the session, and before which request.
    pub(super) meanwhile: Option<(usize, Meanwhile)>,
    /// When the caller drops the future.
    pub(super) dropped: Option<Dropped>,
    /// What the server has otherwise of every session that it shows.
    pub(super) sparse: Option<Field>,
}

impl Conversation {
    /// What is hostile about it, in a few words each.
    pub(super) fn kinds(&self) -> BTreeSet<String> {
        let shown = |behaviour: &Behaviour| match &behaviour.shows {
            Shows::Odd(oddity) => format!("{oddity:?}"),
            Shows::Failure { status, is_html, .. } => format!("{status}{}", if *is_html { " as a page" } else { "" }),
            Shows::Response { then, .. } => format!("a response, then {then:?}"),
            Shows::Part { then, .. } => format!("part of a response, then {then:?}"),
            Shows::Nothing { then } => format!("nothing, then {then:?}"),
        };
        let sparse = self.sparse.iter().map(|field| format!("{field:?}"));
        self.cancels.iter().chain([&self.read]).map(shown).chain(sparse).collect()
    }
}

/// A field of a session that is not as it should be.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Field {
    /// Its place among the 18 of the example.
    pub(super) number: usize,
    pub(super) change: Change,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Change {
    Missing,
    Null,
    OtherType,
}

/// The fields of the reference's example.
pub(super) static FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let example: serde_json::Map<_, _> = serde_json::from_str(examples::SESSION).unwrap();
    example.into_iter().map(|(name, _)| name).collect()
});

impl Field {
    pub(super) fn name(self) -> &'static str {
        &FIELDS[self.number]
    }

    /// The session without it, or with another value in it.
    pub(super) fn apply(self, session: &str) -> String {
        let mut session: Value = serde_json::from_str(session).unwrap();
        let other = if session[self.name()].is_string() { json!(7) } else { json!("seven") };
        match self.change {
            Change::Missing => drop(session.as_object_mut().unwrap().remove(self.name())),
            Change::Null => session[self.name()] = Value::Null,
            Change::OtherType => session[self.name()] = other,
        }
        session.to_string()
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name(), self.change)
    }
}

/// What is odd about a success.
#[derive(Clone, Copy, Debug)]
pub(super) enum Oddity {
    Field(Field),
    /// Another status of the 200s.
    Status(u16),
    Empty,
    ByteOrderMark,
    Compressed,
    OtherSession,
    /// An id stands twice, first that of another session.
    Repeated,
    /// The session is an item of an array.
    Wrapped,
    Page,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    Open,
    Completed,
    Expired,
    Cancelled,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) max_attempts: u32,
    pub(super) report: bool,
    pub(super) retry_not_implemented: bool,
    /// Short times; without them time never runs out.
    pub(super) hurry: Option<Hurry>,
}

/// Time limits in milliseconds, scaled down from seconds.
#[derive(Clone, Debug)]
pub(super) struct Hurry {
    pub(super) deadline: u64,
    pub(super) attempt_timeout: u64,
}

impl Options {
    pub(super) fn deadline(&self) -> Duration {
        self.hurry.as_ref().map_or(Duration::from_secs(60), |hurry| Duration::from_millis(hurry.deadline))
    }

    /// A wait that no call of these options has the time for.
    pub(super) fn is_too_long(&self, wait: u64) -> bool {
        Duration::from_secs(wait) >= self.deadline()
    }

    pub(super) fn for_client(&self) -> CallOptions {
        let attempt_timeout =
            self.hurry.as_ref().map_or(Duration::from_secs(50), |hurry| Duration::from_millis(hurry.attempt_timeout));
        CallOptions::default()
            .deadline(self.deadline())
            .attempt_timeout(attempt_timeout)
            .max_attempts(self.max_attempts)
            .backoff(Duration::from_millis(1), Duration::from_millis(4))
            .retry_not_implemented(self.retry_not_implemented)
            .on_conflict(if self.report { OnConflict::Report } else { OnConflict::ReadBack })
    }
}

/// What becomes of one request.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    /// When the server does what it is asked to do.
    pub(super) acts: Acts,
    /// What the client gets to see of it.
    pub(super) shows: Shows,
}

/// When a request takes effect. Of a request to read: nothing, as there is no effect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Acts {
    Never,
    /// Before there is any sign of a response.
    First,
    /// So many milliseconds after the client has seen its response, lost its connection or hung up.
    Late(u64),
}

/// What the client sees. None of it is a lie: a 201, a 404 or a 409 is there only if it is true.
#[derive(Clone, Debug)]
pub(super) enum Shows {
    /// The response, after so many milliseconds before and so many after the request took effect.
    Response { before: u64, after: u64, then: Then },
    /// So many per mille of the response.
    Part { per_mille: usize, then: Then },
    /// Nothing.
    Nothing { then: Then },
    /// The response, if it is a success otherwise than documented.
    Odd(Oddity),
    /// A status that says nothing of the session.
    Failure { status: u16, is_html: bool, retry_after: Option<u64> },
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Then {
    Keep,
    Close,
    Reset,
    /// Left alone until the client hangs up.
    Silence,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Meanwhile {
    /// The widget completes it.
    Completed,
    /// Its time is over.
    Expired,
    /// Somebody else cancels it.
    Cancelled,
}

/// When the caller drops the future of the call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dropped {
    /// After so many milliseconds.
    After(u64),
    /// When the request of that number is there, and has no response yet.
    AtArrival(usize),
    /// When the request of that number is about to get a response, or never will.
    AtResponse(usize),
}

pub(super) fn conversation() -> impl Strategy<Value = Conversation> {
    prop_oneof![4 => of_pace(true), 1 => of_pace(false)]
}

fn of_pace(is_patient: bool) -> impl Strategy<Value = Conversation> {
    // Either of the two limits may be the shorter one, and the deadline may be the only one.
    let hurry = (40_u64..250, prop_oneof![3 => 15_u64..80, 1 => Just(50_000)])
        .prop_map(|(deadline, attempt_timeout)| Hurry { deadline, attempt_timeout });
    let hurry = if is_patient { Just(None).boxed() } else { hurry.prop_map(Some).boxed() };
    let session = prop_oneof![
        12 => Just(Some(Status::Open)),
        1 => Just(Some(Status::Completed)),
        1 => Just(Some(Status::Expired)),
        1 => Just(Some(Status::Cancelled)),
        1 => Just(None),
    ];
    let options = (1..=5_u32, any::<bool>(), proptest::bool::weighted(0.2), hurry).prop_map(
        |(max_attempts, report, retry_not_implemented, hurry)| Options {
            max_attempts,
            report,
            retry_not_implemented,
            hurry,
        },
    );
    let meanwhile =
        (0..4_usize, prop_oneof![Just(Meanwhile::Completed), Just(Meanwhile::Expired), Just(Meanwhile::Cancelled)]);
    let dropped = prop_oneof![
        (0..2_u64).prop_map(Dropped::After),
        (0..30_u64).prop_map(Dropped::After),
        (0..3_usize).prop_map(Dropped::AtArrival),
        (0..3_usize).prop_map(Dropped::AtResponse),
    ];
    (
        session,
        options,
        vec(behaviour(is_patient), 0..5),
        prop_oneof![Just(correct()), behaviour(is_patient)],
        weighted(0.2, meanwhile),
        weighted(0.15, dropped),
        weighted(0.5, field()),
    )
        .prop_map(|(session, options, cancels, read, meanwhile, dropped, sparse)| Conversation {
            session,
            options,
            cancels,
            read,
            meanwhile,
            dropped,
            sparse,
        })
}

fn field() -> impl Strategy<Value = Field> {
    let change = prop_oneof![Just(Change::Missing), Just(Change::Null), Just(Change::OtherType)];
    (0..FIELDS.len(), change).prop_map(|(number, change)| Field { number, change })
}

fn oddity() -> impl Strategy<Value = Oddity> {
    prop_oneof![
        9 => field().prop_map(Oddity::Field),
        // The two where they are not documented, and others.
        4 => prop_oneof![Just(200_u16), Just(201), Just(202), Just(204), Just(205)].prop_map(Oddity::Status),
        1 => Just(Oddity::Empty),
        1 => Just(Oddity::ByteOrderMark),
        1 => Just(Oddity::Compressed),
        1 => Just(Oddity::OtherSession),
        1 => Just(Oddity::Repeated),
        1 => Just(Oddity::Wrapped),
        1 => Just(Oddity::Page),
    ]
}

pub(super) fn correct() -> Behaviour {
    Behaviour { acts: Acts::First, shows: Shows::Response { before: 0, after: 0, then: Then::Keep } }
}

fn behaviour(is_patient: bool) -> impl Strategy<Value = Behaviour> {
    // A client that has time would wait for ever.
    let end = if is_patient {
        prop_oneof![Just(Then::Close), Just(Then::Reset)].boxed()
    } else {
        prop_oneof![1 => Just(Then::Close), 1 => Just(Then::Reset), 4 => Just(Then::Silence)].boxed()
    };
    let longest = if is_patient { 10_u64 } else { 60 };
    let acts = prop_oneof![Just(Acts::Never), Just(Acts::First), (0..40_u64).prop_map(Acts::Late)];
    let retry_after = prop_oneof![3 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(3600))];
    let response = (0..longest, 0..longest, prop_oneof![4 => Just(Then::Keep), 1 => Just(Then::Close)])
        .prop_map(|(before, after, then)| (Acts::First, Shows::Response { before, after, then }));
    // A response of which a part is there is about what has been done.
    let part =
        (0..1000_usize, end.clone()).prop_map(|(per_mille, then)| (Acts::First, Shows::Part { per_mille, then }));
    let nothing = (acts.clone(), end).prop_map(|(acts, then)| (acts, Shows::Nothing { then }));
    let status = prop_oneof![
        2 => Just(500_u16), 1 => Just(501), 2 => Just(502), 2 => Just(503), 2 => Just(504),
    ];
    let failure = (acts.clone(), status, any::<bool>(), retry_after.clone())
        .prop_map(|(acts, status, is_html, retry_after)| (acts, Shows::Failure { status, is_html, retry_after }));
    // What stands in between responds, and has perhaps let the request through all the same.
    let status = prop_oneof![Just(404_u16), Just(408), Just(409), Just(425)];
    let proxy = (acts, status, retry_after.clone())
        .prop_map(|(acts, status, retry_after)| (acts, Shows::Failure { status, is_html: true, retry_after }));
    let odd = oddity().prop_map(|oddity| (Acts::First, Shows::Odd(oddity)));
    // Refused before anything was looked at.
    let refusal = (prop_oneof![3 => Just(429_u16), 1 => Just(401)], retry_after).prop_map(|(status, retry_after)| {
        (Acts::Never, Shows::Failure { status, is_html: false, retry_after: retry_after.filter(|_| status == 429) })
    });
    prop_oneof![
        2 => Just((Acts::First, correct().shows)),
        1 => response,
        2 => part,
        3 => nothing,
        4 => failure,
        2 => refusal,
        3 => odd,
        2 => proxy,
    ]
    .prop_map(|(acts, shows)| Behaviour { acts, shows })
}
