//! The bindings against the emulator, against hostile sockets, and against the contract they were generated from.

#![expect(clippy::unwrap_used, reason = "what cannot be arranged fails the test")]

mod answers;
mod contract;
mod drift;
mod emulator;
mod errors;
mod snapshot;
mod socket;
mod wire;
