//! The single-threaded runtime of a command.

use std::future::Future;

use super::failure::Failure;

/// Runs a future to completion on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::not_judged(format!("the command cannot start: {error}")))?;
    runtime.block_on(future)
}
