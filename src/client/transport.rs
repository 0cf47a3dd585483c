//! The HTTP client below, and what is enforced on it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

use crate::client::base_url::BaseUrl;
use crate::client::error::Error;

/// How long a connection may take to come about.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const NO_PROVIDER: &str = "TLS has no crypto provider: install one for the process, as in \
                           `rustls::crypto::ring::default_provider().install_default()`, or use the feature `rustls`";

/// Where the HTTP client comes from.
#[derive(Default)]
pub(crate) enum Transport {
    #[default]
    Own,
    /// A caller's settings, under those of this crate.
    Builder(Box<ClientBuilder>),
    /// A caller's client, which cannot be changed.
    Finished(Client),
}

impl Transport {
    /// Whether nothing can be enforced on it.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self, Self::Finished(_))
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
            // That of most attempts. One that has less is told so, which costs it a copy.
            .timeout(timeout)
            // A redirect would carry the key to wherever the response points.
            .redirect(redirect::Policy::none())
            .referer(false)
            // Nothing is sent twice behind the caller's back; HTTP/2 would resend refused streams. What is left is hyper-util,
            // which takes another connection for a request of which it knows that it was never begun.
            .retry(retry::never())
            .http1_only()
            // It writes requests to the log to the byte, the key included.
            .connection_verbose(false)
            // Off unless some other crate of the build turns the feature on; then they would add a header.
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
        // Without a crypto provider reqwest panics, also where another crate of the build has turned TLS on that way.
        match catch_unwind(AssertUnwindSafe(|| builder.build())) {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(cause)) => Err(Error::configuration("TLS cannot be set up").with_source(&cause.without_url())),
            Err(_) => Err(Error::configuration(NO_PROVIDER)),
        }
    }
}

/// Whether a proxy from the environment is in between, by the rules that reqwest has for that.
pub(crate) fn is_proxied(url: &Url) -> bool {
    url.as_str().parse().is_ok_and(|uri| Matcher::from_system().intercept(&uri).is_some())
}

/// Spares a client that never speaks TLS, not even to a proxy, the reading of the platform's certificates.
fn without_certificates(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
    return builder.tls_certs_only([]);
    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
    return builder;
}

/// Whether TLS is there and the provider that it counts on is not.
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
