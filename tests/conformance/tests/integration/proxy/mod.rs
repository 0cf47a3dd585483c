//! A reverse proxy that can break the contract in one place, in front of the faithful emulator, over real sockets.

mod message;
mod server;
mod upstream;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use message::{Asked, Response};
pub(crate) use server::Proxy;
pub(crate) use upstream::Upstream;

/// How a proxy changes the traffic.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Writes `Header-Names` with capitals, and changes nothing else.
    TitleCase,
    /// Edits the true responses.
    Edit(fn(&Asked, &mut Response)),
    /// Responds itself.
    Serve(fn(Arc<Upstream>, Asked) -> Serving),
}

/// A future response.
pub(crate) type Serving = Pin<Box<dyn Future<Output = Response> + Send>>;
