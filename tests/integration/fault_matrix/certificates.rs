//! What an error says of a certificate that one side rejects, over TLS 1.2 and 1.3.

use std::sync::Arc;

use rcgen::{Certificate, CertificateParams, KeyPair, date_time_ymd};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use zerogate::{AttemptOutcome, Delivery, Error, ErrorKind, NextStep};

use crate::arrange::{KEY, builder, session_id};

const NOT_SENT: &str = "nothing was sent";
const NOT_READ: &str = "TLS failed before the server could read the request";

/// A certificate with its key, valid in these years.
struct Identity {
    certificate: Certificate,
    key: KeyPair,
}

impl Identity {
    fn new(name: &str, since: i32, until: i32) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("{name} since {since}"));
        (params.not_before, params.not_after) = (date_time_ymd(since, 1, 1), date_time_ymd(until, 1, 1));
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }
}

/// A server's certificate, and the client's certificate that it trusts, if it requires one.
fn acceptor(version: &'static SupportedProtocolVersion, identity: &Identity, client: Option<&Identity>) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let clients = client.map_or_else(WebPkiClientVerifier::no_client_auth, |client| {
        let mut roots = RootCertStore::empty();
        roots.add(client.certificate.der().clone()).unwrap();
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap()
    });
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(
            vec![identity.certificate.der().clone()],
            PrivateKeyDer::Pkcs8(identity.key.serialize_der().into()),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// The error of a cancellation over one connection, whose handshake fails.
async fn refused(acceptor: TlsAcceptor, trusted: &Identity, client: Option<&Identity>) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Err((_, mut stream)) = acceptor.accept(stream).into_fallible().await else {
            panic!("the handshake does not fail")
        };
        // Closing before the client has read the alert would send a reset.
        while stream.read(&mut [0; 1 << 14]).await.is_ok_and(|count| count > 0) {}
    });
    let certificate = reqwest::Certificate::from_pem(trusted.certificate.pem().as_bytes()).unwrap();
    let mut transport = reqwest::Client::builder().tls_certs_only([certificate]);
    if let Some(client) = client {
        let pem = client.key.serialize_pem() + &client.certificate.pem();
        transport = transport.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap());
    }
    let client = builder(KEY).base_url(&format!("https://{address}")).unwrap().transport(transport).build().unwrap();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    server.await.unwrap();
    error
}

#[tokio::test]
async fn a_rejected_certificate_is_described_in_a_sentence() {
    let (good, other) = (Identity::new("127.0.0.1", 2020, 2200), Identity::new("gate.example", 2020, 2200));
    let (old, future) = (Identity::new("127.0.0.1", 2018, 2019), Identity::new("127.0.0.1", 2200, 2201));
    let (partner, former) = (Identity::new("partner", 2020, 2200), Identity::new("partner", 2018, 2019));
    // Its name is that of the other, but not its key.
    let impostor = Identity::new("partner", 2020, 2200);
    for version in [&TLS12, &TLS13] {
        // TLS 1.3: the client has completed the handshake, and may send its request, when the alert arrives.
        let late = if version == &TLS12 { NOT_SENT } else { NOT_READ };
        for (server, accepted, client, reason, end) in [
            (&old, None, None, "the server's certificate has expired, by this machine's clock", NOT_SENT),
            (&future, None, None, "the server's certificate is not valid yet, by this machine's clock", NOT_SENT),
            (&other, None, None, "the server's certificate is for another host name", NOT_SENT),
            (&good, Some(&partner), None, "the server requires a client certificate", late),
            (
                &good,
                Some(&former),
                Some(&former),
                "the client's certificate has expired, according to the server",
                late,
            ),
            (&good, Some(&partner), Some(&other), "the server rejects the client's certificate: UnknownCA", late),
            (&good, Some(&partner), Some(&impostor), "the server rejects the client's certificate: DecryptError", late),
        ] {
            let error = refused(acceptor(version, server, accepted), server, client).await;
            let told = (error.kind(), error.delivery(), error.next_step());
            assert_eq!(told, (ErrorKind::Certificate, Delivery::NotSent, NextStep::FixRequest), "{error}");
            let outcomes: Vec<_> = error.attempts().iter().map(|attempt| attempt.outcome).collect();
            assert_eq!(outcomes, [AttemptOutcome::CertificateRefused], "{error}");
            assert!(error.to_string().ends_with(&format!(": {reason}; {end}")), "{version:?}: {error}");
        }
    }
}
