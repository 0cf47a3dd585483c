//! What is done once, however many ask for it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::obstacle::Obstacle;

/// Results by type and name. Whoever asks for one while it is in the making waits for it.
#[derive(Default)]
pub(crate) struct Memo(Mutex<HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>);

type Made<T> = OnceCell<Result<Arc<T>, Obstacle>>;

impl Memo {
    /// The result of this type and name; `make` makes it if nobody has.
    pub(crate) fn get<'m, T: Any + Send + Sync>(
        &'m self,
        name: &str,
        make: impl Future<Output = Result<T, Obstacle>> + 'm,
    ) -> impl Future<Output = Result<Arc<T>, Obstacle>> + 'm {
        // One observation is made of others, and each would carry all of those in itself: more than a thread's stack holds.
        let make = Box::pin(make);
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (TypeId::of::<T>(), name.to_owned());
            cells.entry(key).or_insert_with(|| Arc::new(Made::<T>::new())).clone()
        };
        let cell = cell.downcast::<Made<T>>().expect("a cell is kept under the type of its result");
        async move { cell.get_or_init(|| async { make.await.map(Arc::new) }).await.clone() }
    }
}
