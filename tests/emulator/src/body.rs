//! The body of a request.

use axum::body::Body;
use http_body_util::BodyExt;

/// A body, up to a limit. The rest is read and discarded, so that a client can always finish sending before it reads.
#[derive(Debug, Default)]
pub(crate) struct ReadBody {
    pub(crate) start: Vec<u8>,
    pub(crate) length: u64,
    /// It could not be read completely.
    pub(crate) broken: bool,
}

impl ReadBody {
    pub(crate) fn too_large(&self) -> bool {
        self.length > self.start.len() as u64
    }

    /// Keeps at most this many bytes.
    pub(crate) async fn read(mut body: Body, limit: usize) -> Self {
        let mut read = Self::default();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                read.broken = true;
                break;
            };
            if let Some(data) = frame.data_ref() {
                let room = limit - read.start.len();
                read.start.extend_from_slice(&data[..data.len().min(room)]);
                read.length += data.len() as u64;
            }
        }
        read
    }
}
