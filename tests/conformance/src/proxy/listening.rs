//! Listens on a port of this machine and relays its connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{self, JoinSet};
use tokio::time::sleep;

use super::host::Host;
use super::observer::Observer;
use super::relay::{relay, reset};
use super::tap::Tap;
use crate::wire::dial::Dial;

/// How long to wait if a resource of the process, such as open files, is used up.
const PAUSE: Duration = Duration::from_millis(20);

/// Relays connections until it is stopped.
#[derive(Debug)]
pub(super) struct Listening {
    stop: oneshot::Sender<()>,
    accepting: task::JoinHandle<()>,
}

impl Listening {
    /// With `host`, replaces the `Host` of requests.
    pub(super) fn start(listener: TcpListener, dial: Dial, host: Option<String>, tap: Tap) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, accepting: task::spawn(accept(listener, dial, host, Arc::new(tap), stopped)) }
    }

    /// Closes all connections.
    pub(super) async fn stop(self) {
        // This fails only if the runtime is gone.
        let _ = self.stop.send(());
        let _ = self.accepting.await;
    }
}

async fn accept(
    listener: TcpListener,
    dial: Dial,
    host: Option<String>,
    tap: Arc<Tap>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => drop(connections.spawn(connection(client, dial.clone(), host.clone(), Arc::clone(&tap)))),
                Err(_) => sleep(PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    // Unfinished exchanges are reported before this ends.
    connections.shutdown().await;
}

async fn connection(client: TcpStream, dial: Dial, host: Option<String>, tap: Arc<Tap>) {
    // The socket works even if this option is refused.
    let _ = client.set_nodelay(true);
    match dial.connect().await {
        Ok(line) => {
            let host = host.as_deref().map(Host::new);
            relay(client, line, Observer::new(tap, host)).await;
        }
        Err(why) => {
            tap.refused(&why);
            // The proxy does not respond itself: the client must see that the server is unreachable.
            reset(&client);
        }
    }
}
