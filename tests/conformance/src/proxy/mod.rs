//! A reverse proxy that changes nothing but `Host`, and judges the traffic on the side.
//!
//! `relay` moves bytes between two sockets and shows them to an `observer`. The observer parses them (`splitter`,
//! `head`), keeps messages in bounded memory (`kept`), and passes each exchange to the judge's thread (`tap`,
//! `judging`). It does not affect what is relayed, except for `host`, which replaces one header. `wiretap` keeps the
//! traffic instead of judging it.

mod head;
mod host;
mod judging;
mod kept;
mod listening;
mod observer;
mod plain;
mod redact;
mod relay;
pub(crate) mod server;
mod splitter;
mod tap;
pub(crate) mod upstream;
pub(crate) mod wiretap;

pub(crate) use head::NOT_HTTP;
