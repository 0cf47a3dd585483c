//! The span of a call and the events of its attempts.
