//! Compares the requests of the server: webhooks and callbacks.
//!
//! They are operations with reversed directions. The client receives the request: its body is judged like that of a
//! response, and its parameters like response headers. The client sends the response, which is judged like a request.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::methods::{self, Method};

use crate::change::{Caller, Carrier, Reach, Wire};
use crate::found::{Findings, Found};
use crate::header::{self, headers};
use crate::kind::{Kind, kind};
use crate::message::{Whose, is_success, media_types};
use crate::node::Node;
use crate::operation::{Operation, deprecation, effective_parameters, tags};
use crate::parameter::Parameter;
use crate::parameters;
use crate::paths::{KeyOf, Pair, matched, path_item};
use crate::response::{covering, statuses};
use crate::side::{Side, Sides};
use crate::text::{is_extension, odd_flag, others};
use crate::value::quote_text;

/// A request of the server.
struct Request<'d> {
    /// The name of the webhook or callback in the contract.
    label: &'d str,
    /// The places of the name and of its path item.
    sites: [Node<'d>; 2],
    /// Its path is the name of a webhook, or the URL of a callback.
    operation: Operation<'d>,
}

/// A request of the server that both documents have, and who is affected by its differences.
pub(crate) struct Kept<'d> {
    pub(crate) old: Operation<'d>,
    pub(crate) new: Operation<'d>,
    pub(crate) topic: String,
    pub(crate) reach: Reach,
}

/// The requests of one kind in one document.
#[derive(Default)]
struct Requests<'d> {
    found: Vec<Request<'d>>,
    /// Names or URLs with unresolved references.
    lost: BTreeSet<(&'d str, Option<&'d str>)>,
}

/// Compares the webhooks, and the callbacks of all operations in both documents. Also returns the matched requests.
pub(crate) fn judge<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>]) -> (Findings<'d>, Vec<Kept<'d>>) {
    let (mut out, mut kept) = (Findings::default(), Vec::new());
    let [before, after] = [&sides.old, &sides.new].map(|side| {
        let mut requests = Requests::default();
        for (label, site) in side.root().get("webhooks").iter().flat_map(Node::entries) {
            items(side, label, label, [&site, &site], &mut requests, &mut out);
        }
        requests
    });
    out.add(requests(sides, &WEBHOOK, None, (before, after), &mut kept));
    for (old, new) in pairs {
        let [before, after] =
            [(&sides.old, &old.node), (&sides.new, &new.node)].map(|(side, node)| callbacks(side, node, &mut out));
        out.add(requests(sides, &CALLBACK, Some(&old.name()), (before, after), &mut kept));
        // Extensions next to the URLs.
        let named = |node: &Node<'d>| node.get("callbacks").map(|callbacks| callbacks.entries()).unwrap_or_default();
        let after: BTreeMap<&str, Node<'d>> = named(&new.node).into_iter().collect();
        for (label, site) in named(&old.node) {
            let both = after.get(label).and_then(|other| sides.old.definition(&site).zip(sides.new.definition(other)));
            if let Some((was, is)) = both {
                let urls: Vec<&str> = was.entries().into_iter().chain(is.entries()).map(|(url, _)| url).collect();
                let urls: Vec<&str> = urls.into_iter().filter(|url| !is_extension(url)).collect();
                out.add(others(&was, &is, &urls, &[]));
            }
        }
    }
    // No code is generated for them.
    out.parts.iter_mut().for_each(|part| part.context.untyped = true);
    (out, kept)
}

fn callbacks<'d>(side: &Side<'d>, operation: &Node<'d>, out: &mut Findings<'d>) -> Requests<'d> {
    let mut requests = Requests::default();
    for (label, site) in operation.get("callbacks").iter().flat_map(Node::entries) {
        let Some(callback) = side.resolve(&site, &mut out.seen) else {
            requests.lost.insert((label, None));
            continue;
        };
        if callback.object().is_none() {
            continue;
        }
        out.seen.keys(&callback);
        for (url, item) in callback.entries().into_iter().filter(|(url, _)| !is_extension(url)) {
            items(side, label, url, [&site, &item], &mut requests, out);
        }
    }
    requests
}

/// Adds the requests of one path item.
fn items<'d>(
    side: &Side<'d>,
    label: &'d str,
    path: &'d str,
    sites: [&Node<'d>; 2],
    requests: &mut Requests<'d>,
    out: &mut Findings<'d>,
) {
    let Some(item) = side.resolve(sites[1], &mut out.seen) else {
        requests.lost.insert((label, Some(path)));
        return;
    };
    let operations = || methods::operations(item.value).filter(|(_, operation)| operation.is_object());
    // An item without operations has no meaning, unless its content is unknown.
    if operations().next().is_some() || item.object().is_some_and(|item| item.is_empty()) {
        out.seen.keys(&item);
    }
    let request = |(method, operation): (Method<'d>, _)| {
        let node = Node::new(operation, &method.at(&item.at));
        let operation = Operation { path, method, item: item.clone(), node };
        Request { label, sites: sites.map(Node::clone), operation }
    };
    requests.found.extend(operations().map(request));
}

/// The differences between webhooks and callbacks.
struct About {
    caller: Caller,
    added: &'static Kind,
    removed: &'static Kind,
    renamed: &'static Kind,
}

static WEBHOOK: About = About {
    caller: Caller::Webhook,
    added: kind!("webhook-added"),
    removed: kind!("webhook-removed"),
    renamed: kind!("webhook-renamed"),
};
static CALLBACK: About = About {
    caller: Caller::Callback,
    added: kind!("callback-added"),
    removed: kind!("callback-removed"),
    renamed: kind!("callback-renamed"),
};

/// The keys that identify a request, strongest first: everything, its URL, its name, its id. With another method it is another
/// request: who receives it routes by method.
fn keys<'d>() -> [KeyOf<Request<'d>>; 4] {
    [
        |_, request| Some(format!("{} {}", request.label, request.operation.place())),
        |_, request| Some(request.operation.place()),
        |_, request| Some(format!("{} {}", request.label, request.operation.method.sent())),
        |_, request| Some(format!("{} {}", request.operation.id()?, request.operation.method.sent())),
    ]
}

/// Compares the requests of the server for an operation, or those without one.
fn requests<'d>(
    sides: &Sides<'d>,
    about: &About,
    of: Option<&str>,
    (before, after): (Requests<'d>, Requests<'d>),
    all: &mut Vec<Kept<'d>>,
) -> Findings<'d> {
    let mut out = Findings::default();
    let name = |request: &Request<'d>| {
        let of = of.map(|operation| format!(" of {operation}")).unwrap_or_default();
        format!("{} {}{of}", about.caller, request.label)
    };
    let topic = |request: &Request<'d>| {
        let of = of.map(|operation| format!(" of {}", quote_text(operation))).unwrap_or_default();
        format!("the {} {}{of}", about.caller, quote_text(request.label))
    };
    let whole = |name: &str| Reach { caller: about.caller, ..Reach::whole(name) };
    // A request whose reference no longer resolves was not removed: the reference is reported.
    let lost: BTreeSet<_> = before.lost.into_iter().chain(after.lost).collect();
    let is_lost = |request: &Request<'d>| {
        [None, Some(request.operation.path)].into_iter().any(|path| lost.contains(&(request.label, path)))
    };
    let (pairs, gone, fresh) = matched(sides, before.found, after.found, &keys());
    let kept: BTreeSet<usize> = pairs
        .iter()
        .flat_map(|(old, new)| [old, new])
        .flat_map(|it| it.sites.iter().chain([&it.operation.item]))
        .map(Node::address)
        .collect();
    for (request, removed) in gone.iter().map(|it| (it, true)).chain(fresh.iter().map(|it| (it, false))) {
        out.seen.whole(&request.operation.node);
        let around = request.sites.iter().chain([&request.operation.item]);
        around.filter(|node| !kept.contains(&node.address())).for_each(|node| out.seen.whole(node));
        if is_lost(request) {
            continue;
        }
        let at = request.operation.node.place();
        let (found, what) = match removed {
            true => (Found::new(about.removed, at, None, ""), "was removed"),
            false => (Found::new(about.added, None, at, ""), "was added"),
        };
        out.report(found.says(topic(request), what).reaches(&[whole(&name(request))]));
    }
    for (old, new) in &pairs {
        let name = name(old);
        let reach = &[whole(&name)];
        let topic = topic(old);
        let at = [old, new].map(|request| request.operation.node.place());
        let mut report = |kind, what: String| {
            let [old_at, new_at] = at.clone();
            out.report(Found::new(kind, old_at, new_at, "").says(topic.clone(), what).reaches(reach));
        };
        if old.label != new.label {
            report(about.renamed, format!("was renamed to {}", quote_text(new.label)));
        }
        if about.caller == Caller::Callback && old.operation.path != new.operation.path {
            report(kind!("callback-url-changed"), format!("goes to {}", quote_text(new.operation.path)));
        }
        out.add(path_item(&old.operation.item, &new.operation.item));
        let deprecation = deprecation(topic.clone(), &old.operation.node, &new.operation.node);
        out.found.extend(deprecation.map(|found| found.reaches(reach)));
        out.add(request(sides, Whose { operation: Some(&name), status: None, caller: about.caller }, reach, old, new));
    }
    all.extend(pairs.into_iter().map(|(old, new)| {
        let (topic, reach) = (topic(&old), whole(&name(&old)));
        Kept { old: old.operation, new: new.operation, topic, reach }
    }));
    out
}

/// The keys of a request that are judged. Its URL is up to the client, and its id is not used.
const KNOWN: [&str; 8] =
    ["operationId", "parameters", "requestBody", "responses", "security", "servers", "deprecated", "tags"];

fn request<'d>(
    sides: &Sides<'d>,
    whose: Whose<'_>,
    reach: &[Reach],
    old: &Request<'d>,
    new: &Request<'d>,
) -> Findings<'d> {
    let (was, is) = (&old.operation, &new.operation);
    let mut out = others(&was.node, &is.node, &KNOWN, reach);
    out.found.extend(tags(&was.node, &is.node).map(|found| found.reaches(reach)));
    let before = effective_parameters(&sides.old, was, &mut out.seen);
    let after = effective_parameters(&sides.new, is, &mut out.seen);
    out.add(parameters(sides, whose, &before, &after));
    out.add(body(sides, whose, &was.node, &is.node));
    out.add(responses(sides, whose, &was.node, &is.node));
    out
}

/// Compares what the server sends besides the body.
fn parameters<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &[Parameter<'d>], new: &[Parameter<'d>]) -> Findings<'d> {
    let mut out = Findings::default();
    let find = |list: &[Parameter<'d>], of: &Parameter<'d>| list.iter().position(|it| it.key() == of.key());
    let part = |of: &Parameter<'d>| whose.part(Carrier::Header, of.name);
    for before in old {
        if let Some(after) = find(new, before).and_then(|index| new.get(index)) {
            out.add(header::judge(sides, before.name, before.definition(), after.definition(), part(before)));
            continue;
        }
        out.seen.whole(before.site());
        let kind = match before.required() {
            true => kind!("required-response-header-removed"),
            false => kind!("optional-response-header-removed"),
        };
        let found = Found::new(kind, before.site().place(), None, "");
        out.report(found.says(before.subject(), "was removed").reaches(part(before).as_slice()));
    }
    for after in new.iter().filter(|after| find(old, after).is_none()) {
        out.seen.whole(after.site());
        let found = Found::new(kind!("response-header-added"), None, after.site().place(), "");
        out.report(found.says(after.subject(), "was added").reaches(part(after).as_slice()));
    }
    out
}

fn body<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let (old_site, new_site) = (old.get("requestBody"), new.get("requestBody"));
    let before = old_site.as_ref().and_then(|site| sides.old.resolve(site, &mut out.seen));
    let after = new_site.as_ref().and_then(|site| sides.new.resolve(site, &mut out.seen));
    let reach = whose.reach();
    let topic = format!("the body of the {}", whose.caller);
    let says = |found: Found, what: &str| found.says(topic.clone(), what).reaches(reach.as_slice());
    match (before, &old_site, after, &new_site) {
        (Some(was), _, Some(is), _) => {
            out.add(others(&was, &is, &["required", "content"], reach.as_slice()));
            out.found.extend(odd_flag("required", &was, &is, reach.as_slice()));
            let at = |node: &Node<'d>| Some(node.below("required"));
            match (was.flag("required"), is.flag("required")) {
                (false, true) => {
                    let found = Found::new(kind!("request-body-became-required"), at(&was), at(&is), "");
                    out.report(says(found.wire(Wire::Compatible), "is now always present"));
                }
                (true, false) => {
                    let found = Found::new(kind!("request-body-became-optional"), at(&was), at(&is), "");
                    out.report(says(found.wire(Wire::Risky), "is no longer always present"));
                }
                _ => {}
            }
            out.add(media_types(sides, whose, &was, &is));
        }
        (None, None, Some(_), Some(site)) => {
            out.seen.whole(site);
            let found = Found::new(kind!("request-body-added-optional"), None, site.place(), "");
            out.report(says(found, "was added"));
        }
        (Some(_), Some(site), None, None) => {
            out.seen.whole(site);
            let found = Found::new(kind!("request-body-removed"), site.place(), None, "").wire(Wire::Breaking);
            out.report(says(found, "was removed"));
        }
        // Unresolved references are left to the comparison of leftovers.
        _ => {}
    }
    out
}

/// Compares the responses that the client may send.
fn responses<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let (Some(old), Some(new)) = (old.get("responses"), new.get("responses")) else {
        return Findings::default();
    };
    let written: Vec<&str> = old.entries().into_iter().chain(new.entries()).map(|(key, _)| key).collect();
    let written: Vec<&str> = written.into_iter().filter(|key| !is_extension(key)).collect();
    let mut out = others(&old, &new, &written, &[]);
    let (before, after) = (statuses(&old), statuses(&new));
    for (status, site) in &before {
        let whose = Whose { status: Some(status), ..whose };
        let Some(other) = after.get(status) else {
            out.seen.whole(site);
            let kind = match is_success(status) {
                true => kind!("response-success-status-removed"),
                false => kind!("response-non-success-status-removed"),
            };
            let found = Found::new(kind, site.place(), None, "");
            let found = if covering(status, &after).is_some() { found.wire(Wire::Compatible) } else { found };
            out.report(whose.says(found, "was removed"));
            continue;
        };
        let definitions = (sides.old.resolve(site, &mut out.seen), sides.new.resolve(other, &mut out.seen));
        if let (Some(was), Some(is)) = definitions {
            out.add(response(sides, whose, &was, &is));
        }
    }
    for (status, site) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
        out.seen.whole(site);
        let kind = match is_success(status) {
            true => kind!("response-success-status-added"),
            false => kind!("response-non-success-status-added"),
        };
        let found = Found::new(kind, None, site.place(), "").wire(Wire::Compatible);
        out.report(Whose { status: Some(status), ..whose }.says(found, "was added"));
    }
    out
}

fn response<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = others(old, new, &["headers", "content", "links"], whose.reach().as_slice());
    out.add(media_types(sides, whose, old, new));
    let [before, after] = [(&sides.old, old), (&sides.new, new)].map(|(side, response)| -> Vec<Parameter<'d>> {
        let named = headers(response).into_values();
        let header = |(name, site): (&'d str, Node<'d>)| {
            Some(Parameter::header(name, side.resolve(&site, &mut out.seen)?, site))
        };
        named.filter_map(header).collect()
    });
    let mut sent = parameters::judge_all(sides, whose.operation.unwrap_or_default(), &before, &after, &[], &|_| false);
    sent.found.iter_mut().flat_map(|found| &mut found.reach).for_each(|reach| reach.caller = whose.caller);
    sent.found.iter_mut().for_each(|found| found.source = Default::default());
    out.add(sent);
    out
}
