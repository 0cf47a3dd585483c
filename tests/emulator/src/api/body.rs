//! The body of a request.

use axum::body::Body;
use http_body_util::BodyExt;

/// The largest body that a creation may have, and the most that is kept of any.
const LIMIT: usize = 64 * 1024;

/// A body as far as it is kept. All of it is read, so that a client can always finish sending before it reads.
#[derive(Debug, Default)]
pub(super) struct ReadBody {
    pub(super) start: Vec<u8>,
    pub(super) length: u64,
    /// It could not be read to its end.
    pub(super) broken: bool,
}

impl ReadBody {
    pub(super) fn too_large(&self) -> bool {
        self.length > self.start.len() as u64
    }

    pub(super) async fn read(mut body: Body) -> Self {
        let mut read = Self::default();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                read.broken = true;
                break;
            };
            if let Some(data) = frame.data_ref() {
                let room = LIMIT - read.start.len();
                read.start.extend_from_slice(&data[..data.len().min(room)]);
                read.length += data.len() as u64;
            }
        }
        read
    }
}
