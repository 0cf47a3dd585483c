//! The judge: compares exchanges with a contract.

use std::borrow::Cow;

use serde_json::Value;
use zerogate_contract::{Contract, Document, Inventory, methods, pointer, reach, written_out};

use crate::coverage::Coverage;
use crate::exchange::{Exchange, Part};
use crate::finding::{Said, Scope};
use crate::hearing::Hearing;
use crate::judgement::Judgement;
use crate::kind::Kind;
use crate::operation::{Operation, Reader};
use crate::place::Place;
use crate::redact;
use crate::router::{Routed, Router};
use crate::url::{Url, decoded};

/// Methods that a server may respond to without a contract.
const GENERAL: [&str; 2] = ["HEAD", "OPTIONS"];

/// Judges exchanges by a contract that was prepared once.
///
/// ```
/// use zerogate_contract::Document;
/// use zerogate_judge::{Exchange, Headers, Judge, Kind, Message, Part};
///
/// let text = "
/// openapi: 3.1.0
/// servers: [{url: 'https://api.example/v1'}]
/// paths:
///   /tea: {get: {operationId: tea, responses: {'200': {description: Tea.}}}}
/// ";
/// let judge = Judge::of(Document::parse("tea.yaml", text)?);
/// let message = || Message { headers: Headers::default(), body: Part::Absent };
/// let exchange = Exchange {
///     method: "GET",
///     url: "https://api.example/v1/tea",
///     request: message(),
///     status: Part::Known(302),
///     response: message(),
///     follows_redirects: false,
/// };
/// let judgement = judge.judge(&exchange);
/// assert_eq!(judgement.operation.map(|operation| operation.name.as_str()), Some("tea"));
/// assert_eq!(judgement.findings[0].kind, Kind::ResponseStatusUndocumented);
/// assert_eq!(judgement.findings[0].contract, "/paths/~1tea/get/responses");
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[derive(Debug)]
pub struct Judge {
    document: Document,
    operations: Vec<Operation>,
    router: Router,
    inventory: Inventory,
}

impl Judge {
    /// Prepares a contract. Parts that cannot be used do not fail here: each exchange that needs one lists it as
    /// unjudged, with the reason.
    #[must_use]
    pub fn of(document: Document) -> Self {
        let contract = Contract::of(document.clone());
        let document = written_out(&document);
        let (mut operations, mut router) = (Vec::new(), Router::default());
        let mut reader = Reader::new(&document);
        for (path, item) in document.value().get("paths").and_then(Value::as_object).into_iter().flatten() {
            let at = pointer::join("/paths", path);
            for (method, operation) in methods::operations(item).filter(|(_, operation)| operation.is_object()) {
                // Operations without an id were given one.
                let named = contract.document().value().pointer(&method.at(&at)).unwrap_or(operation);
                let read = reader.read(reach::name(path, method, named), path, method, &at, operation);
                let lists = [operation.get("servers"), item.get("servers"), document.value().get("servers")];
                router.add(&read.method, path, &servers(lists), operations.len());
                operations.push(read);
            }
        }
        router.finish();
        Self { document, operations, router, inventory: Inventory::of(&contract) }
    }

    /// Judges only what is sent below this URL. Without it, the judge accepts any host, and matches the paths of the
    /// contract's servers.
    ///
    /// Everything sent below the URL belongs to the contract: an operation that the contract lacks is a finding.
    #[must_use]
    pub fn at(mut self, base_url: &str) -> Self {
        self.router.based_at(base_url);
        self
    }

    /// The operations of the contract.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The contract that the pointers of findings lead into.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Whether it judges only what is sent below one URL.
    #[must_use]
    pub fn has_base_url(&self) -> bool {
        self.router.is_based()
    }

    /// The base paths of the contract's servers, such as `/v1`; without the empty one.
    pub fn base_paths(&self) -> impl Iterator<Item = &str> {
        self.router.paths.iter().map(String::as_str)
    }

    /// The coverage of the contract, with nothing covered yet.
    #[must_use]
    pub fn coverage(&self) -> Coverage<'_> {
        Coverage::of(&self.inventory)
    }

    /// Judges one exchange.
    #[must_use]
    pub fn judge<'j>(&'j self, exchange: &Exchange<'_>) -> Judgement<'j> {
        let url = Url::of(exchange.url);
        let status = status(exchange);
        let (routed, preflight) = (self.router.route(exchange.method, &url), preflight(exchange));
        let route = match (routed, &preflight) {
            (Routed::Found(route), _) => route,
            (_, Some(method)) => return self.preflight(method, &url),
            (Routed::Elsewhere, _) => return Judgement::new(Scope::Elsewhere),
            (Routed::OtherMethod | Routed::Unknown, _) => return self.undocumented(exchange, &url, status.known()),
        };
        let mut judgement = Judgement::new(Scope::Found);
        let Some(operation) = self.operations.get(route.target) else { return judgement };
        judgement.operation = Some(operation);
        judgement.path = route.parameters.iter().map(|(name, text)| (*name, decoded(text).into_owned())).collect();
        let hearing = Hearing { document: &self.document, exchange, url, operation };
        match status {
            Part::Known(status) if exchange.follows_redirects && status / 100 != 3 && operation.has_redirects() => {
                judgement
                    .leave(Place::Status, "the recorder follows redirects: the response may come from another URL");
            }
            Part::Known(status) => {
                judgement.status = Some(status);
                judgement.look(Kind::OperationUndocumented);
                // A request that the server rejected may well be wrong, and a preflight is not the client's.
                if (200..300).contains(&status) && preflight.is_none() {
                    hearing.request(&route.parameters, &mut judgement);
                }
                hearing.response(status, &mut judgement);
            }
            Part::Absent => judgement.leave(Place::Status, "there was no response"),
            Part::Unknown(why) => judgement.leave(Place::Status, why),
        }
        judgement
    }

    /// Judges nothing of a preflight request: the contract is about the request that it asks for.
    fn preflight<'j>(&'j self, method: &str, url: &Url<'_>) -> Judgement<'j> {
        let mut judgement = Judgement::new(match self.router.route(method, url) {
            Routed::Found(_) => Scope::Found,
            Routed::Elsewhere => Scope::Elsewhere,
            Routed::OtherMethod | Routed::Unknown => Scope::Undocumented,
        });
        judgement
            .leave(Place::Exchange, "a preflight, with which a browser asks whether a page may send a request (CORS)");
        judgement
    }

    fn undocumented<'j>(&'j self, exchange: &Exchange<'_>, url: &Url<'_>, status: Option<u16>) -> Judgement<'j> {
        let mut judgement = Judgement::new(Scope::Undocumented);
        let method = exchange.method.to_ascii_uppercase();
        if GENERAL.contains(&method.as_str()) {
            judgement.leave(Place::Exchange, "HEAD and OPTIONS are judged only where the contract has them");
            return judgement;
        }
        match status {
            // A server may refuse or redirect a request before it looks for the operation.
            Some(status @ 200..300) => {
                let received = format!("{} {}, with status {status}", redact::name(&method), redact::path(url.path));
                let said = Said { pointer: "/paths", second_hand: false };
                let what = (Kind::OperationUndocumented, Place::Exchange);
                judgement.find(what, "", &said, "an operation of the contract", received);
            }
            Some(_) => {}
            None => judgement.leave(Place::Status, "there was no response"),
        }
        judgement
    }
}

/// The status code of the response, unless it is not the server's own, or not HTTP's.
fn status(exchange: &Exchange<'_>) -> Part<u16> {
    match exchange.status {
        Part::Known(101) => Part::Unknown("the connection switched to another protocol"),
        Part::Known(_) if exchange.response.headers.get("non-authoritative-reason").known().is_some() => {
            Part::Unknown("the browser made this redirect itself")
        }
        status => status,
    }
}

/// The method that a browser's preflight request asks for; `None` for any other request.
fn preflight<'e>(exchange: &'e Exchange<'_>) -> Option<Cow<'e, str>> {
    let method = exchange.request.headers.get("access-control-request-method").known();
    method.filter(|_| exchange.method.eq_ignore_ascii_case("OPTIONS"))
}

/// The server URLs of the first list that has any, with their variables as templates.
fn servers(lists: [Option<&Value>; 3]) -> Vec<String> {
    let lists = lists.into_iter().flatten().filter_map(Value::as_array);
    let servers = lists.into_iter().find(|list| !list.is_empty());
    let urls: Vec<String> = servers
        .into_iter()
        .flatten()
        .filter_map(|server| {
            let url = server.get("url")?.as_str()?;
            // A default with a slash spans several segments.
            let variables = server.get("variables").and_then(Value::as_object).into_iter().flatten();
            let default = |variable: &Value| variable.get("default").and_then(Value::as_str).map(str::to_owned);
            let long = variables.filter_map(|(name, variable)| Some((name, default(variable)?)));
            let long = long.filter(|(_, default)| default.is_empty() || default.contains('/'));
            Some(long.fold(url.to_owned(), |url, (name, default)| url.replace(&format!("{{{name}}}"), &default)))
        })
        .collect();
    if urls.is_empty() { vec!["/".to_owned()] } else { urls }
}
