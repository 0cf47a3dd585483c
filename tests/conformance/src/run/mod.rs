//! A run of the suite: its options, the rules judged, the conversation, and what it all comes to.

pub(crate) mod conversation;
pub(crate) mod event;
pub(crate) mod options;
pub(crate) mod runner;
pub(crate) mod stop;
pub(crate) mod summary;
