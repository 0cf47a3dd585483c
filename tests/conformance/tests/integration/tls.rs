//! Runs over TLS, with a trusted and with an untrusted certificate.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Output;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zerogate_emulator::Emulator;

use crate::command::zerogate;
use crate::relayed::command::Running;

#[test]
fn a_trusted_certificate_works_and_an_unknown_one_does_not() {
    let authority = authority();
    let (addr, key) = serve(&authority);
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    fs::write(&trusted, authority.pem()).unwrap();
    let url = format!("https://localhost:{}", addr.port());
    let conform = |roots: &std::path::Path| -> Output {
        let mut command = zerogate(&["conform", "--base-url", &url]);
        command.env("GATE_KEY", &key).env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR").output().unwrap()
    };

    let output = conform(&trusted);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.lines().any(|line| line.trim_start().starts_with("pass   cancel it  ")), "{text}");

    let mut command = zerogate(&["proxy", "--upstream", &url, "--", env!("CARGO_BIN_EXE_zerogate"), "conform"]);
    command.env("GATE_KEY", &key).env("SSL_CERT_FILE", &trusted).env_remove("SSL_CERT_DIR");
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains(&format!(" exchanges relayed to {url}\n")), "{text}");

    let other = folder.path().join("other.pem");
    fs::write(&other, self::authority().pem()).unwrap();
    let output = conform(&other);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("no TLS connection: invalid peer certificate") && told.lines().count() == 1, "{told}");
}

/// If only the end of the connection ends a body, a client without TLS cannot see that it is truncated.
#[tokio::test]
async fn an_end_that_tls_does_not_announce_aborts_a_body_that_it_cuts() {
    const REQUEST: &[u8] = b"GET /v1/x HTTP/1.1\r\n\r\n";
    let authority = authority();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    fs::write(&trusted, authority.pem()).unwrap();
    let acceptor = acceptor(&authority);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
    let mut command = zerogate(&["proxy", "--upstream", &url]);
    command.env("SSL_CERT_FILE", &trusted).env_remove("SSL_CERT_DIR");
    let proxy = Running::of(command);
    for (response, is_announced, expected) in [
        ("HTTP/1.1 404 Not Found\r\n\r\ncut", false, Err(ErrorKind::ConnectionReset)),
        ("HTTP/1.1 404 Not Found\r\n\r\nwhole", true, Ok(0)),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nwhole", false, Ok(0)),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\ncut", false, Ok(0)),
        ("HTTP/1.1 404 Not", false, Ok(0)),
    ] {
        let mut client = TcpStream::connect(&proxy.address).await.unwrap();
        let mut server = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        client.write_all(REQUEST).await.unwrap();
        server.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
        server.write_all(response.as_bytes()).await.unwrap();
        server.flush().await.unwrap();
        client.read_exact(&mut vec![0; response.len()]).await.unwrap();
        if is_announced {
            server.shutdown().await.unwrap();
        } else {
            server.get_mut().0.shutdown().await.unwrap();
        }
        let ended = client.read_to_end(&mut Vec::new()).await;
        assert_eq!(ended.map_err(|error| error.kind()), expected, "{response} {is_announced}");
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn acceptor(authority: &CertifiedIssuer<'static, KeyPair>) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    // It would choose the first, which the emulator does not support.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// The emulator behind TLS, until the test's process ends.
fn serve(authority: &CertifiedIssuer<'static, KeyPair>) -> (SocketAddr, String) {
    let acceptor = acceptor(authority);
    let (ready, started) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let emulator = Emulator::start().await.unwrap();
            // "localhost" may mean either family; the client tries both.
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ready.send((listener.local_addr().unwrap(), emulator.keys().partner.clone())).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(relay(stream, acceptor.clone(), emulator.addr()));
            }
        });
    });
    started.recv().unwrap()
}

async fn relay(stream: TcpStream, acceptor: TlsAcceptor, to: SocketAddr) {
    // Otherwise each response waits for the acknowledgement of what came before it.
    stream.set_nodelay(true).unwrap();
    // A client that rejects the certificate hangs up.
    let Ok(mut secure) = acceptor.accept(stream).await else { return };
    let mut plain = TcpStream::connect(to).await.unwrap();
    plain.set_nodelay(true).unwrap();
    let _ = tokio::io::copy_bidirectional(&mut secure, &mut plain).await;
}
