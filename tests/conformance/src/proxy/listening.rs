//! A port of this machine whose connections are relayed.

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

/// How long to wait for what a process has too many of, such as open files.
const PAUSE: Duration = Duration::from_millis(20);

/// Relays connections until it is stopped.
#[derive(Debug)]
pub(super) struct Listening {
    stop: oneshot::Sender<()>,
    accepting: task::JoinHandle<()>,
}

impl Listening {
    /// With `host`, requests go on with another `Host`.
    pub(super) fn start(listener: TcpListener, dial: Dial, host: Option<String>, tap: Tap) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, accepting: task::spawn(accept(listener, dial, host, Arc::new(tap), stopped)) }
    }

    /// Closes all connections.
    pub(super) async fn stop(self) {
        // It is gone only if the runtime is.
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
    // What is unfinished is told before this ends.
    connections.shutdown().await;
}

async fn connection(client: TcpStream, dial: Dial, host: Option<String>, tap: Arc<Tap>) {
    // A socket that refuses works all the same.
    let _ = client.set_nodelay(true);
    match dial.connect().await {
        Ok(line) => {
            let host = host.as_deref().map(Host::new);
            relay(client, line, Observer::new(tap, host)).await;
        }
        Err(why) => {
            tap.refused(&why);
            // No response of the proxy's own: the client is to see that nobody is there.
            reset(&client);
        }
    }
}
