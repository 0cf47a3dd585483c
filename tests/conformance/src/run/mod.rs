//! A run of the suite: options, the judging of rules, the conversation, events and the summary.

pub(crate) mod conversation;
pub(crate) mod event;
pub(crate) mod options;
pub(crate) mod runner;
pub(crate) mod stop;
pub(crate) mod summary;
