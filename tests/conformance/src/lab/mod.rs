//! The lab: sends requests to a target and records observations.
//!
//! The [`core`](self::core) has the target, the connection to it, and a log. Each observation is a function that runs
//! once, when the first rule needs it. A rule only judges observations.

pub(crate) mod attempt;
mod bad_queries;
pub(crate) mod call_log;
mod clean_up;
pub(crate) mod contents;
pub(crate) mod core;
pub(crate) mod creations;
pub(crate) mod errors;
pub(crate) mod fixtures;
mod ids;
pub(crate) mod listing;
mod memo;
pub(crate) mod methods;
pub(crate) mod neighbours;
pub(crate) mod observation;
pub(crate) mod obstacle;
pub(crate) mod odd;
mod patience;
pub(crate) mod race;
pub(crate) mod reading;
pub(crate) mod refusals;
pub(crate) mod round_trip;
mod session_pool;
pub(crate) mod sessions;
pub(crate) mod situation;
pub(crate) mod strangers;
pub(crate) mod target;
mod trial;
mod unsettled;
pub(crate) mod watch;

pub(crate) use attempt::{Attempt, offered};
pub(crate) use bad_queries::{BAD_QUERIES, bad_queries};
pub(crate) use call_log::LoggedResponse;
pub(crate) use contents::{Contents, new_session};
pub(crate) use core::{Lab, Treatment};
pub(crate) use creations::{
    AT_ONCE, AfterCancellation, BAD_FIELDS, Creations, Flaw, OWN, REQUIRED, creations, with_own_fields,
};
pub(crate) use errors::{ERROR_STATUSES, error_responses, met};
pub(crate) use listing::{FILTERS, Listed, Listing, PAGES, SHORT, WHOLE, list, listing, whole_page};
pub(crate) use methods::{WRONG, misuse};
pub(crate) use neighbours::{NEIGHBOURS, neighbours};
pub(crate) use observation::{Observation, observe, observe_all};
pub(crate) use obstacle::{Need, Obstacle, Supply, Trouble, or_lacking};
pub(crate) use odd::{Batch, Odd, Oddity, PathKind, odd_cases, oddities};
pub(crate) use race::{RUNNERS, Race, race};
pub(crate) use reading::{Reading, restless_fields};
pub(crate) use refusals::{Refused, refused};
pub(crate) use round_trip::{Fragile, SentValue, round_trips};
pub(crate) use sessions::{Opened, foreign_cases, unusable};
pub(crate) use situation::{
    ALTERED, Body, MALFORMED, OTHER_SCHEMES, Situation, UNKNOWN_KEY, UNKNOWN_WEBHOOK_SECRET, WRONG_PLACES, unauthorized,
};
pub(crate) use strangers::{sample, strangers};
pub(crate) use target::{STATUSES, State, Target};
pub(crate) use watch::Watched;
