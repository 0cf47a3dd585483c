//! Conversations of every kind, step by step.

/// An action on one side, which must be visible on the other. `{host}` is the proxy's authority where the client sends
/// it, and the upstream's where it arrives; `{own}` is the proxy's in both places.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// The client sends this.
    Ask(&'static str),
    /// The upstream sends this.
    Respond(&'static str),
    /// The client closes or aborts its side.
    ClientCloses,
    ClientAborts,
    /// The upstream closes or aborts its side.
    UpstreamCloses,
    UpstreamAborts,
}
use Step::{Ask, ClientAborts, ClientCloses, Respond, UpstreamAborts, UpstreamCloses};

/// A conversation, the number of its exchanges, and the reasons why parts are not judged.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) steps: &'static [Step],
    pub(super) entries: usize,
    pub(super) unjudged: &'static [&'static str],
}

const GET: Step = Ask("GET /v1/gate_sessions HTTP/1.1\r\nHost: {host}\r\n\r\n");
const EMPTY: Step = Respond("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

/// A head that is too large to parse.
const HUGE: &str = match str::from_utf8(&[b'a'; 64 * 1024 + 1]) {
    Ok(text) => text,
    Err(_) => "",
};

const AMBIGUOUS: &str = "it is ambiguous where a message ends: from there the connection was relayed but not judged";
const NOT_HTTP: &str = "not an HTTP/1 message: from there the connection was relayed but not judged";
const BARE: &str = "a line ends without a carriage return: from there the connection was relayed but not judged";
const BAD_CHUNK: &str = "a chunk is malformed: from there the connection was relayed but not judged";
const LARGE_HEAD: &str = "a head is larger than 64 KiB: from there the connection was relayed but not judged";
const UNASKED: &str = "a response arrived without a request: from there the connection was relayed but not judged";
const NO_RESPONSE: &str = "there was no response";
const HEAD: &str = "HEAD and OPTIONS are judged only where the contract has them";
const UNFOLLOWED: &str = "the connection was no longer judged when the response came";
const CUT: &str = "the response is incomplete";
const SWITCHED: &str = "the connection switched to another protocol";

const fn case(name: &'static str, entries: usize, unjudged: &'static [&'static str], steps: &'static [Step]) -> Case {
    Case { name, steps, entries, unjudged }
}

pub(super) const CASES: &[Case] = &[
    case(
        "order and case of names, odd spaces, a repeated name",
        1,
        &[],
        &[
            Ask(
                "GET /v1/x?a=%2f&&b HTTP/1.1\r\nx-B:2\r\nuSeR-aGent:   a  b \r\nhOsT:\t{host}\r\nX-A: 1\r\nx-a:\r\nHostess: {own}\r\n\r\n",
            ),
            Respond(
                "HTTP/1.1 404 A  Fine Day\r\nsErVer:x\r\nX-Empty:\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-LENGTH: 2\r\n\r\nhi",
            ),
        ],
    ),
    case("no reason phrase", 1, &[], &[GET, Respond("HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n")]),
    case(
        "chunks with extensions and trailers",
        2,
        &[],
        &[
            Ask(
                "POST /v1/x HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nTrailer: Host\r\n\r\n5;a=\"b\"\r\nHost:\r\nA\r\n0123456789\r\n000\r\nHost: other\r\n\r\n",
            ),
            Respond(
                "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\n{\r\n0a \r\n 1234567 }\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n",
            ),
            GET,
            EMPTY,
        ],
    ),
    case(
        "interim responses",
        1,
        &[],
        &[
            Ask("POST /v1/x HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
            Respond("HTTP/1.1 100 Continue\r\n\r\n"),
            Ask("body"),
            Respond(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n!",
            ),
        ],
    ),
    case(
        "HTTP/1.0",
        1,
        &[],
        &[Ask("GET /v1/x HTTP/1.0\r\n\r\n"), Respond("HTTP/1.0 404 Not Found\r\n\r\nuntil the end"), UpstreamCloses],
    ),
    case(
        "several exchanges on a connection",
        3,
        &[],
        &[GET, EMPTY, GET, EMPTY, GET, EMPTY, ClientCloses, UpstreamCloses],
    ),
    case(
        "pipelined requests",
        3,
        &[HEAD],
        &[
            Ask(
                "GET /v1/a HTTP/1.1\r\nHost: {host}\r\n\r\nHEAD /v1/b HTTP/1.1\r\nHost: {host}\r\n\r\nPOST /v1/c HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\nhi",
            ),
            Respond("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\none"),
            Respond(
                "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            ),
        ],
    ),
    case("blank lines before a request", 1, &[], &[Ask("\r\n\r\nGET /v1/x HTTP/1.1\r\nHost: {host}\r\n\r\n"), EMPTY]),
    case(
        "responses without a body, whatever their headers say",
        3,
        &[HEAD],
        &[
            Ask("HEAD /v1/x HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Respond("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n"),
            GET,
            Respond("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            GET,
            Respond("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nok"),
        ],
    ),
    case(
        "no Host, and two Host headers",
        2,
        &[],
        &[
            Ask("GET /v1/x HTTP/1.1\r\nAccept: */*\r\n\r\n"),
            EMPTY,
            Ask("GET /v1/x HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"),
            EMPTY,
        ],
    ),
    case(
        "a target with scheme and host",
        1,
        &[],
        &[Ask("GET http://other.example/v1/x HTTP/1.1\r\nHost: {host}\r\n\r\n"), EMPTY],
    ),
    case(
        "a response before the end of the request",
        1,
        &[],
        &[
            Ask("POST /v1/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n123"),
            Respond("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            Ask("4567890"),
        ],
    ),
    case(
        "another protocol",
        1,
        &[SWITCHED],
        &[
            Ask("GET /v1/gate_sessions HTTP/1.1\r\nHost: {host}\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n"),
            Respond("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\nhello\n"),
            Ask("Host: a\nGET / HTTP/1.1\r\n"),
            Respond("\0\n"),
            ClientCloses,
            Respond("bye"),
            UpstreamCloses,
        ],
    ),
    case(
        "a tunnel",
        1,
        &[],
        &[
            Ask("CONNECT other.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Respond("HTTP/1.1 200 OK\r\n\r\n"),
            Ask("\x16\x03\x01"),
            Respond("\x16\x03"),
        ],
    ),
    case(
        "a request with a length and chunks",
        1,
        &[AMBIGUOUS],
        &[
            Ask(
                "POST /v1/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/y HTTP/1.1\r\nX: 1\r\n\r\n",
            ),
            EMPTY,
        ],
    ),
    case(
        "two lengths",
        1,
        &[AMBIGUOUS],
        &[Ask("POST /v1/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12"), EMPTY],
    ),
    case(
        "an invalid length",
        1,
        &[AMBIGUOUS],
        &[Ask("POST /v1/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: +1\r\n\r\n1"), EMPTY],
    ),
    case(
        "a request whose last coding is not chunked",
        1,
        &[AMBIGUOUS],
        &[Ask("POST /v1/x HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc"), EMPTY],
    ),
    case(
        "a response with a length and chunks",
        2,
        &[AMBIGUOUS, UNFOLLOWED],
        &[
            GET,
            Respond("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            GET,
            EMPTY,
            GET,
        ],
    ),
    case(
        "a response with two lengths",
        2,
        &[AMBIGUOUS, UNFOLLOWED],
        &[GET, Respond("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n"), GET, EMPTY, GET],
    ),
    case(
        "a response whose lines have no carriage return",
        2,
        &[BARE, UNFOLLOWED],
        &[GET, Respond("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), GET, EMPTY, GET],
    ),
    case(
        "a response with a folded header",
        2,
        &[NOT_HTTP, UNFOLLOWED],
        &[GET, Respond("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"), GET, EMPTY, GET],
    ),
    case("a response with a huge head", 2, &[LARGE_HEAD, UNFOLLOWED], &[GET, Respond(HUGE), GET, Respond("\r\n"), GET]),
    case(
        "a response with an invalid chunk size, while a request is incomplete",
        2,
        &[BAD_CHUNK],
        &[
            Ask("POST /v1/gate_sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n123"),
            Respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nab"),
            Ask("4567890"),
            GET,
        ],
    ),
    case(
        "a tunnel opened by a response that cannot be parsed",
        2,
        &[BARE],
        &[
            Ask("CONNECT other.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Respond("HTTP/1.1 200 OK\n\n"),
            Ask("GET / HTTP/1.1\r\nHost: {own}\r\n\r\n"),
        ],
    ),
    case(
        "a tunnel after a response that cannot be parsed",
        2,
        &[BARE, UNFOLLOWED],
        &[
            GET,
            Respond("HTTP/1.1 200 OK\n\n"),
            Ask("CONNECT other.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Ask("GET / HTTP/1.1\r\nHost: {own}\r\n\r\n"),
        ],
    ),
    case(
        "lines without a carriage return",
        1,
        &[BARE],
        &[Ask("GET /v1/x HTTP/1.1\nAccept: */*\n\n"), Respond("HTTP/1.1 200 OK\n\nhi"), UpstreamCloses],
    ),
    case(
        "a space before the colon",
        1,
        &[NOT_HTTP],
        &[Ask("GET /v1/x HTTP/1.1\r\nHost : a\r\nContent-Length : 1\r\n\r\n"), EMPTY],
    ),
    case("HTTP/2", 1, &[NOT_HTTP], &[Ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"), Respond("\0\0\x04\0")]),
    case("not HTTP", 1, &[BARE], &[Ask("hoSt: what\n"), Respond("ever\n"), UpstreamCloses]),
    case(
        "an invalid chunk size, after a valid exchange",
        3,
        &[BAD_CHUNK],
        &[
            GET,
            EMPTY,
            Ask("POST /v1/x HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nab"),
            Respond("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
            UpstreamCloses,
        ],
    ),
    case(
        "a response without a request",
        1,
        &[UNASKED],
        &[Respond("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"), GET, GET, UpstreamCloses],
    ),
    case("no bytes", 0, &[], &[ClientCloses, UpstreamCloses]),
    case("the client closes inside a head", 0, &[], &[Ask("GET /v1/x HTTP/1.1\r\nAcc"), ClientCloses, UpstreamCloses]),
    case("the client aborts inside a head", 0, &[], &[Ask("GET /v1/x HTTP/1.1\r\nAccept: "), ClientAborts]),
    case(
        "the client closes inside a body",
        1,
        &[NO_RESPONSE],
        &[
            Ask("POST /v1/gate_sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n123"),
            ClientCloses,
            UpstreamCloses,
        ],
    ),
    case(
        "the client aborts inside a body",
        1,
        &[NO_RESPONSE],
        &[Ask("POST /v1/gate_sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n123"), ClientAborts],
    ),
    case("the client aborts while it waits", 1, &[NO_RESPONSE], &[GET, ClientAborts]),
    case("the client closes and still reads", 1, &[], &[GET, ClientCloses, EMPTY, UpstreamCloses]),
    case(
        "the client aborts inside a response",
        1,
        &[CUT],
        &[
            GET,
            Respond("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"),
            ClientAborts,
        ],
    ),
    case("the upstream closes without a response", 1, &[NO_RESPONSE], &[GET, UpstreamCloses]),
    case("the upstream aborts without a response", 1, &[NO_RESPONSE], &[GET, UpstreamAborts]),
    case(
        "the upstream closes within a head",
        1,
        &[NO_RESPONSE],
        &[GET, Respond("HTTP/1.1 200 OK\r\nConte"), UpstreamCloses],
    ),
    case(
        "the upstream closes within a body",
        1,
        &[CUT],
        &[
            GET,
            Respond("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"),
            UpstreamCloses,
        ],
    ),
    case(
        "the upstream aborts within a body",
        1,
        &[CUT],
        &[
            GET,
            Respond("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
            UpstreamAborts,
        ],
    ),
    case(
        "the upstream aborts a body that only its end delimits",
        1,
        &[CUT],
        &[GET, Respond("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"), UpstreamAborts],
    ),
    case(
        "the upstream aborts within a request",
        1,
        &[NO_RESPONSE],
        &[Ask("POST /v1/gate_sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n123"), UpstreamAborts],
    ),
];
