//! Recognises parameters for paging: without one, a server returns another page, or the first page again and again.
//!
//! A contract may show it: a link of the response leads back to the operation with that parameter, or the response has
//! the page number next to its list. Otherwise, for an operation that returns a list, common names are recognised as
//! whole names.

use serde_json::Value;
use zerogate_contract::names::snake;

use crate::meaning::{Types, View, view};
use crate::message::is_success;
use crate::node::{Node, Slot};
use crate::parameter::Parameter;
use crate::side::Side;

/// Any type that is allowed in a query.
const ANY: Types = Types::SCALAR;

/// Names in snake case, which also covers `pageSize`, `page-size`, `PageSize` and `page[size]`, and the types required
/// where a name alone is ambiguous.
const NAMES: [(&str, Types); 45] = [
    ("after", Types::STRING),
    ("before", Types::STRING),
    ("continuation_token", ANY),
    ("continue", Types::STRING),
    ("count", Types::INTEGER),
    ("cursor", ANY),
    ("end_before", ANY),
    ("ending_before", ANY),
    ("exclusive_start_key", ANY),
    ("first", Types::INTEGER),
    ("from", Types::INTEGER),
    ("items_per_page", ANY),
    ("last", Types::INTEGER),
    ("limit", ANY),
    ("marker", ANY),
    ("max_items", ANY),
    ("max_page_size", ANY),
    ("max_results", ANY),
    ("next", Types::STRING),
    ("next_cursor", ANY),
    ("next_marker", ANY),
    ("next_page", ANY),
    ("next_page_token", ANY),
    ("next_token", ANY),
    ("offset", ANY),
    ("page", ANY),
    ("page_after", ANY),
    ("page_before", ANY),
    ("page_cursor", ANY),
    ("page_index", ANY),
    ("page_limit", ANY),
    ("page_no", ANY),
    ("page_number", ANY),
    ("page_offset", ANY),
    ("page_size", ANY),
    ("page_token", ANY),
    ("per_page", ANY),
    ("results_per_page", ANY),
    ("search_after", ANY),
    ("size", Types::INTEGER),
    ("skip", Types::INTEGER),
    ("start", Types::INTEGER),
    ("start_after", ANY),
    ("starting_after", ANY),
    ("top", Types::INTEGER),
];

/// Formats of values that filter a list.
const DATES: [&str; 2] = ["date", "date-time"];

/// Whether a parameter selects the page that an operation returns.
pub(crate) fn is_paging<'d>(side: &Side<'d>, operation: &Node<'d>, parameter: &Parameter<'d>) -> bool {
    if parameter.place != "query" {
        return false;
    }
    let (responses, name) = (successes(side, operation), snake(parameter.name));
    let links = responses.iter().filter_map(|response| response.get("links"));
    if links.flat_map(|links| links.entries()).any(|(_, link)| leads_back(side, operation, &link, parameter.name)) {
        return true;
    }
    let what = parameter.schema().map(|schema| view(side, &Slot::of(schema))).unwrap_or_default();
    let types = what.types.without(Types::NULL);
    let contents = responses.iter().filter_map(|response| response.get("content"));
    let media = contents.flat_map(|content| content.entries());
    let schemas = media.filter_map(|(_, media)| media.get("schema"));
    let lists: Vec<View<'d>> =
        schemas.map(|schema| view(side, &Slot::of(schema))).filter(|body| holds_list(side, body)).collect();
    let is_told = |body: &View<'d>| types == Types::INTEGER && tells(side, body, &name);
    let is_named = NAMES.iter().any(|(known, of)| *known == name && of.holds(types))
        && !what.formats.iter().any(|format| DATES.contains(&format.value));
    lists.iter().any(is_told) || (is_named && !lists.is_empty())
}

fn successes<'d>(side: &Side<'d>, operation: &Node<'d>) -> Vec<Node<'d>> {
    let responses = operation.get("responses");
    let entries = responses.iter().flat_map(Node::entries).filter(|(status, _)| is_success(status));
    entries.filter_map(|(_, response)| side.definition(&response)).collect()
}

/// Whether a link leads back to its own operation with a parameter.
fn leads_back<'d>(side: &Side<'d>, operation: &Node<'d>, link: &Node<'d>, name: &str) -> bool {
    let Some(link) = side.definition(link) else { return false };
    let target = link.text("operationRef").and_then(|target| side.target(target));
    let is_back = (link.text("operationId").is_some() && link.text("operationId") == operation.text("operationId"))
        || target.is_some_and(|target| target.address() == operation.address());
    let given = link.value.get("parameters").and_then(Value::as_object);
    is_back && given.is_some_and(|given| given.contains_key(name) || given.contains_key(&format!("query.{name}")))
}

/// The properties of an object, and of the objects in it.
fn properties<'v, 'd>(side: &'v Side<'d>, body: &'v View<'d>) -> impl Iterator<Item = (&'d str, View<'d>)> + 'v {
    let own = |body: &View<'d>| -> Vec<(&'d str, View<'d>)> {
        body.properties.iter().map(|(name, slot)| (*name, view(side, slot))).collect()
    };
    own(body).into_iter().flat_map(move |(name, inner)| {
        let below = own(&inner);
        below.into_iter().chain([(name, inner)])
    })
}

/// Whether a response is a list, or an object with one.
fn holds_list<'d>(side: &Side<'d>, body: &View<'d>) -> bool {
    let is_list = |view: &View<'d>| view.types.without(Types::NULL) == Types::ARRAY;
    is_list(body) || properties(side, body).any(|(_, inner)| is_list(&inner))
}

/// Whether a response has a number with a name.
fn tells<'d>(side: &Side<'d>, body: &View<'d>, wanted: &str) -> bool {
    properties(side, body)
        .any(|(name, inner)| inner.types.without(Types::NULL) == Types::INTEGER && snake(name) == wanted)
}
