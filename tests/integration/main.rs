//! The bindings against the emulator, against hostile sockets, and against the contract they were generated from.

#![expect(clippy::unwrap_used, reason = "what cannot be arranged fails the test")]

mod accepted;
mod architecture;
mod arrange;
#[cfg(known_surface)]
mod canary;
#[cfg(known_surface)]
mod cancel_sessions;
mod child;
mod contract;
mod conversations;
#[cfg(known_surface)]
mod create;
mod drift;
#[cfg(known_surface)]
mod emulator;
mod errors;
mod essentials;
mod examples;
mod fault_matrix;
mod hostile;
mod hosts;
#[cfg(known_surface)]
mod list;
mod options;
mod read_back;
mod readme;
mod record;
mod responses;
mod server;
mod snapshot;
mod surface;
mod tracing_output;
#[cfg(feature = "webhooks")]
mod webhooks;
mod wire;
