//! A reverse proxy that changes nothing, and judges beside the stream what passes.
//!
//! `relay` moves bytes between two sockets and shows them to an `observer`, which takes them apart (`splitter`, `head`), keeps
//! what is to be judged in bounded memory (`kept`) and hands each exchange to the judge's thread (`tap`, `judging`). The
//! observer has no say in what is relayed, but for `host`, the one header that is replaced. `wiretap` keeps what passes instead of
//! judging it.

mod head;
mod host;
mod judging;
mod kept;
mod listening;
mod observer;
mod redact;
mod relay;
pub(crate) mod server;
mod splitter;
mod tap;
pub(crate) mod upstream;
pub(crate) mod wiretap;
