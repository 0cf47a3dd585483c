//! The HTTP client, and the settings that this crate enforces.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

use crate::client::base_url::BaseUrl;
use crate::client::error::Error;

/// The default connect timeout.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const NO_PROVIDER: &str = "TLS has no crypto provider: install one for the process, as in \
                           `rustls::crypto::ring::default_provider().install_default()`, or use the feature `rustls`";

/// The source of the HTTP client.
#[derive(Default)]
pub(crate) enum Transport {
    #[default]
    Own,
    /// The caller's settings, which this crate overrides.
    Builder(Box<ClientBuilder>),
    /// The caller's client, which cannot be changed.
    Finished(Client),
}

impl Transport {
    /// Whether the settings cannot be enforced.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self, Self::Finished(_))
    }

    /// Whether all settings are this crate's own.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::Own)
    }

    pub(crate) fn build(
        self,
        connect_timeout: Duration,
        timeout: Duration,
        reuses_connections: bool,
        base: &BaseUrl,
    ) -> Result<Client, Error> {
        let builder = match self {
            Self::Finished(client) => return Ok(client),
            Self::Builder(builder) => *builder,
            Self::Own if is_without_provider() => return Err(Error::configuration(NO_PROVIDER)),
            Self::Own if base.is_loopback() && !base.is_secure() => without_certificates(Client::builder()),
            Self::Own => Client::builder(),
        };
        let mut builder = builder
            .connect_timeout(connect_timeout)
            // The usual limit. An attempt with less time sets its own on the request.
            .timeout(timeout)
            // A redirect would carry the key to wherever the response points.
            .redirect(redirect::Policy::none())
            .referer(false)
            // Nothing is sent twice without the caller's knowledge; HTTP/2 would resend refused streams. hyper-util
            // alone still retries on another connection, if it knows that the request was never begun.
            .retry(retry::never())
            .http1_only()
            // It would log the raw bytes of requests, including the key.
            .connection_verbose(false)
            // Only on if another crate enables the reqwest feature; then they would add a header.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd();
        if base.is_loopback() {
            builder = builder.no_proxy();
        }
        if !reuses_connections {
            builder = builder.pool_max_idle_per_host(0);
        }
        // reqwest panics without a crypto provider, also if another crate enabled TLS without one.
        match catch_unwind(AssertUnwindSafe(|| builder.build())) {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(cause)) => Err(Error::configuration("TLS cannot be set up").with_source(&cause.without_url())),
            Err(_) => Err(Error::configuration(NO_PROVIDER)),
        }
    }
}

/// Whether a proxy from the environment applies, by reqwest's own rules.
pub(crate) fn is_proxied(url: &Url) -> bool {
    url.as_str().parse().is_ok_and(|uri| Matcher::from_system().intercept(&uri).is_some())
}

/// Skips loading the platform's certificates for a client that never uses TLS, not even to a proxy.
fn without_certificates(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
    return builder.tls_certs_only([]);
    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
    return builder;
}

/// Whether TLS is enabled but its crypto provider is missing.
fn is_without_provider() -> bool {
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    return rustls::crypto::CryptoProvider::get_default().is_none();
    #[cfg(not(all(feature = "rustls-no-provider", not(feature = "rustls"))))]
    return false;
}

#[cfg(test)]
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
mod tests {
    use super::*;
    use crate::error_kind::ErrorKind;

    #[test]
    fn a_missing_crypto_provider_is_an_error() {
        // Nothing in this test binary installs one.
        for transport in [Transport::Own, Transport::Builder(Box::new(Client::builder()))] {
            let error = transport.build(CONNECT_TIMEOUT, Duration::MAX, true, &BaseUrl::production()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains("install one"), "{error}");
        }
    }
}
