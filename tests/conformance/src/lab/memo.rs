//! Results that are computed once.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::obstacle::Obstacle;

/// Results by type and name. A caller waits while another one computes the result.
#[derive(Default)]
pub(crate) struct Memo(Mutex<HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>);

type Made<T> = OnceCell<Result<Arc<T>, Obstacle>>;

impl Memo {
    /// Returns the result of this type and name, and computes it with `make` if it does not exist.
    pub(crate) fn get<'m, T: Any + Send + Sync>(
        &'m self,
        name: &str,
        make: impl Future<Output = Result<T, Obstacle>> + 'm,
    ) -> impl Future<Output = Result<Arc<T>, Obstacle>> + 'm {
        // Boxed, because nested observations would overflow the stack.
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
