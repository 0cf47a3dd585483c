//! The way to a server: TCP, or TLS over it.

use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, crypto};
use zerogate::BaseUrl;

use crate::wire::exchange::TransportFailureKind as Kind;

const PLAIN: &str = "the server does not speak TLS on this port; use http:// for a local emulator";

/// The way to the server of a base URL. Over TLS, HTTP/1.1 alone is offered.
#[derive(Clone)]
pub(crate) struct Dial {
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

/// A connection.
pub(crate) enum Line {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// TLS cannot be set up on this machine.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be set up on this machine: {0}")]
pub struct NoTls(#[from] tokio_rustls::rustls::Error);

impl Dial {
    pub(crate) fn new(base: &BaseUrl) -> Result<Self, NoTls> {
        let tls = if base.is_secure() { Some(TlsConnector::from(Arc::new(tls_config()?))) } else { None };
        Ok(Self { host: base.host().to_owned(), port: base.port(), tls })
    }

    pub(crate) async fn connect(&self) -> Result<Line, Kind> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| Kind::Connect(error.to_string()))?;
        // Small messages that must not wait for each other; a socket that refuses works all the same.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return Ok(Line::Plain(stream)) };
        let name = ServerName::try_from(self.host.clone()).map_err(|error| Kind::Tls(error.to_string()))?;
        let stream = tls.connect(name, stream).await.map_err(|error| {
            let is_plain = error.get_ref().and_then(|inner| inner.downcast_ref()).is_some_and(is_plain);
            Kind::Tls(if is_plain { PLAIN.to_owned() } else { error.to_string() })
        })?;
        Ok(Line::Secure(Box::new(stream)))
    }
}

/// Whether the other side responds to the handshake with something other than TLS.
fn is_plain(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType))
}

impl Line {
    /// The socket itself.
    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(stream) => stream.get_ref().0,
        }
    }
}

fn tls_config() -> Result<ClientConfig, NoTls> {
    // The provider is named: which one is the process's default depends on what else is linked in.
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
