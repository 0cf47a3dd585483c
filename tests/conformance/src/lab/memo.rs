//! What is done once, however many ask for it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::rules::verdict::Obstacle;

/// Results by name. Whoever asks for one while it is in the making waits for it.
pub(crate) struct Memo<T>(Mutex<HashMap<String, Made<T>>>);

type Made<T> = Arc<OnceCell<Result<Arc<T>, Obstacle>>>;

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Memo<T> {
    /// The result of this name; `make` makes it if nobody has.
    pub(crate) fn get<'m>(
        &'m self,
        name: &str,
        make: impl Future<Output = Result<T, Obstacle>> + 'm,
    ) -> impl Future<Output = Result<Arc<T>, Obstacle>> + 'm {
        // One observation is made of others, and each would carry all of those in itself: more than a thread's stack holds.
        let make = Box::pin(make);
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(name.to_owned()).or_default().clone()
        };
        async move { cell.get_or_init(|| async { make.await.map(Arc::new) }).await.clone() }
    }
}
