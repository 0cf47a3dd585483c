//! Bytes of every kind of message in both directions, and every end of a connection.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use zerogate_conformance::{Proxy, ProxyOptions};
use zerogate_contract::Document;
use zerogate_judge::Judge;

use super::cases::Step::{Ask, ClientAborts, ClientCloses, Respond, UpstreamAborts, UpstreamCloses};
use super::cases::{CASES, Case};
use super::{authority, before, unjudged};
use crate::CONTRACT;

/// Both ends of a relayed connection.
struct Ends {
    proxy: Proxy,
    /// The authorities of the server and of the proxy.
    upstream: String,
    own: String,
    client: TcpStream,
    server: TcpStream,
}

impl Ends {
    async fn connected() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap().to_string();
        let proxy = before(&format!("http://{upstream}/v1"), None).await;
        let own = authority(&proxy);
        let client = TcpStream::connect(&own).await.unwrap();
        Self { proxy, upstream, own, client, server: listener.accept().await.unwrap().0 }
    }
}

#[tokio::test]
async fn each_side_sees_what_the_other_does() {
    let mut complaints = Vec::new();
    for Case { name, steps, entries, unjudged: expected } in CASES {
        let Ends { proxy, upstream, own, client, server } = Ends::connected().await;
        let (mut client, mut server) = (Some(client), Some(server));
        for (number, step) in (1..).zip(*steps) {
            let at = || format!("{name}, step {number}");
            match *step {
                Ask(text) => {
                    client
                        .as_mut()
                        .unwrap()
                        .write_all(text.replace("{host}", &own).replace("{own}", &own).as_bytes())
                        .await
                        .unwrap();
                    let arrives = text.replace("{host}", &upstream).replace("{own}", &own);
                    arrived(server.as_mut().unwrap(), &arrives, &at()).await;
                }
                Respond(text) => {
                    server.as_mut().unwrap().write_all(text.as_bytes()).await.unwrap();
                    arrived(client.as_mut().unwrap(), text, &at()).await;
                }
                ClientCloses => ends(client.as_mut().unwrap(), server.as_mut().unwrap(), &at()).await,
                UpstreamCloses => ends(server.as_mut().unwrap(), client.as_mut().unwrap(), &at()).await,
                ClientAborts => aborts(client.take().unwrap(), server.as_mut().unwrap(), &at()).await,
                UpstreamAborts => aborts(server.take().unwrap(), client.as_mut().unwrap(), &at()).await,
            }
        }
        let traffic = proxy.finish().await;
        let reasons: Vec<&str> = unjudged(&traffic).into_iter().map(|(why, _)| why).collect();
        if (traffic.entries, reasons.as_slice()) != (*entries, *expected) {
            complaints.push(format!("{name}: {} entries, {reasons:?}", traffic.entries));
        }
    }
    assert!(
        complaints.is_empty(),
        "{}",
        complaints.join(
            "
"
        )
    );
}

async fn arrived(at: &mut TcpStream, text: &str, name: &str) {
    let mut found = vec![0; text.len()];
    at.read_exact(&mut found).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(String::from_utf8_lossy(&found), text, "{name}");
}

async fn ends(from: &mut TcpStream, to: &mut TcpStream, name: &str) {
    from.shutdown().await.unwrap();
    let mut rest = Vec::new();
    to.read_to_end(&mut rest).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(rest.is_empty(), "{name}: {rest:?}");
}

async fn aborts(from: TcpStream, to: &mut TcpStream, name: &str) {
    from.set_zero_linger().unwrap();
    drop(from);
    let ended = to.read_to_end(&mut Vec::new()).await;
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{name}");
}

/// However a conversation is split, the same bytes arrive, and the observer sees the same exchanges.
#[tokio::test]
async fn bytes_that_come_one_by_one_are_no_different() {
    let Ends { proxy, upstream, own, mut client, mut server } = Ends::connected().await;
    for Case { steps, .. } in CASES.iter().take(4) {
        for step in *steps {
            match *step {
                Ask(text) => {
                    let arrives = text.replace("{host}", &upstream).replace("{own}", &own);
                    let send = async {
                        for byte in text.replace("{host}", &own).replace("{own}", &own).bytes() {
                            client.write_all(&[byte]).await.unwrap();
                            tokio::task::yield_now().await;
                        }
                    };
                    tokio::join!(send, arrived(&mut server, &arrives, text));
                }
                Respond(text) => {
                    let send = async {
                        for byte in text.bytes() {
                            server.write_all(&[byte]).await.unwrap();
                            tokio::task::yield_now().await;
                        }
                    };
                    tokio::join!(send, arrived(&mut client, text, text));
                }
                _ => unreachable!(),
            }
        }
    }
    let traffic = proxy.finish().await;
    let entries: usize = CASES.iter().take(4).map(|case| case.entries).sum();
    assert_eq!((traffic.entries, unjudged(&traffic).len()), (entries, 0));
}

#[tokio::test]
async fn host_goes_on_as_it_came_where_that_is_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    let judge = Judge::of(Document::parse("gate-v1.yaml", CONTRACT).unwrap());
    let options = ProxyOptions { keep_host: true, ..ProxyOptions::default() };
    let proxy = Proxy::start(&upstream, judge, options).await.unwrap();
    let mut client = TcpStream::connect(authority(&proxy)).await.unwrap();
    let mut server = listener.accept().await.unwrap().0;
    let (request, response) =
        ("GET /v1/x HTTP/1.1\r\nhOST:  gate.example \r\n\r\n", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    arrived(&mut server, request, "request").await;
    server.write_all(response.as_bytes()).await.unwrap();
    arrived(&mut client, response, "response").await;
    assert_eq!(proxy.finish().await.entries, 1);
}

/// It is held back until it is clear what it is.
#[tokio::test]
async fn a_possible_host_header_is_not_lost() {
    let Ends { proxy: _proxy, mut client, mut server, .. } = Ends::connected().await;
    client.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    arrived(&mut server, "GET / HTTP/1.1\r\n", "head").await;
    client.shutdown().await.unwrap();
    arrived(&mut server, "Hos", "rest").await;
}

/// Before the first byte of a response, and of a request: the upstream is unreachable.
#[tokio::test]
async fn an_upstream_that_refuses_is_an_abort_and_no_response() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let proxy = before(&format!("http://{}/v1", socket.local_addr().unwrap()), None).await;
    for _ in 0..3 {
        let mut client = TcpStream::connect(authority(&proxy)).await.unwrap();
        let ended = client.read_to_end(&mut Vec::new()).await;
        assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    }
    let traffic = proxy.finish().await;
    assert_eq!(traffic.exit_code(), 3);
    let trouble = traffic.files[0].trouble.as_deref().unwrap();
    assert!(
        trouble.starts_with("3 connections to the upstream failed, the first because: no connection: "),
        "{trouble}"
    );
}

/// The judge does not read: everything is still relayed, and what does not fit is counted.
#[tokio::test]
async fn more_than_the_judge_takes_is_relayed_and_counted() {
    const COUNT: usize = 20_000;
    let Ends { proxy, mut client, mut server, .. } = Ends::connected().await;
    let (request, response) =
        ("GET /v1/x HTTP/1.1\r\nA: b\r\n\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    for _ in 0..COUNT / 100 {
        client.write_all(request.repeat(100).as_bytes()).await.unwrap();
        arrived(&mut server, &request.repeat(100), "requests").await;
        server.write_all(response.repeat(100).as_bytes()).await.unwrap();
        arrived(&mut client, &response.repeat(100), "responses").await;
    }
    let traffic = proxy.finish().await;
    let lost: usize = unjudged(&traffic).iter().map(|(_, count)| count).sum();
    assert_eq!(traffic.entries, COUNT);
    assert_eq!(traffic.undocumented + lost, COUNT, "judged or counted: {:?}", unjudged(&traffic));
}

/// A bounded number of requests is kept while responses are missing.
#[tokio::test]
async fn requests_without_end_are_relayed_and_counted() {
    let Ends { proxy, upstream, own, mut client, mut server } = Ends::connected().await;
    let requests = |host: &str| format!("GET /v1/x HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(2000);
    let (sent, arrives) = (requests(&own), requests(&upstream));
    let (sent, ()) = tokio::join!(client.write_all(sent.as_bytes()), arrived(&mut server, &arrives, "requests"));
    sent.unwrap();
    assert_eq!(proxy.finish().await.entries, 1024 + 1);
}

/// A body of any size is relayed, and only as much is kept as can be judged.
#[tokio::test]
async fn a_large_body_passes_and_is_not_kept() {
    const SIZE: usize = 40 * 1024 * 1024;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = before(&format!("http://{}/v1", listener.local_addr().unwrap()), None).await;
    let mut client = TcpStream::connect(authority(&proxy)).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    for is_chunked in [false, true] {
        client.write_all(b"GET /v1/gate_sessions HTTP/1.1\r\n\r\n").await.unwrap();
        arrived(&mut server, "GET /v1/gate_sessions HTTP/1.1\r\n\r\n", "request").await;
        let framing =
            if is_chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {SIZE}") };
        let size = if is_chunked { format!("{SIZE:x}\r\n") } else { String::new() };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{size}");
        let body = vec![b' '; SIZE];
        let send = async {
            server.write_all(head.as_bytes()).await.unwrap();
            server.write_all(&body).await.unwrap();
            server.write_all(if is_chunked { b"\r\n0\r\n\r\n" } else { b"" }).await.unwrap();
        };
        let receive = async {
            arrived(&mut client, &head, "head").await;
            let mut found = vec![0; SIZE];
            client.read_exact(&mut found).await.unwrap();
            assert!(found == body);
            arrived(&mut client, if is_chunked { "\r\n0\r\n\r\n" } else { "" }, "end").await;
        };
        tokio::join!(send, receive);
    }
    let traffic = proxy.finish().await;
    assert_eq!((traffic.judged, unjudged(&traffic)), (2, vec![("the body is larger than 16 MiB", 2)]));
}
