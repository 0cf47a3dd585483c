//! Requests and responses: bodies, headers, and the single type that the generator allows for each outcome.

use serde_json::{Map, Value, json};
use zerogate_contract::media::{essence, is_sequential};
use zerogate_contract::pointer::Path;
use zerogate_contract::{Document, NoteKind, component, reference, statuses};

use super::finding::{Edit, Finding, Remedy};
use super::schema::is_plain;
use super::value::entries;

/// The media types that the generator can send.
pub(super) const SENT: [&str; 5] = [
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "text/plain",
    "text/x-markdown",
];

/// The body of a response as the generator sees it.
#[derive(Debug, Clone, PartialEq)]
enum BodyKind<'d> {
    Typed(&'d Value),
    Raw,
    Nothing,
    Upgrade,
}

impl BodyKind<'_> {
    fn describe(&self) -> String {
        match self {
            BodyKind::Typed(schema) => match reference(schema).and_then(component) {
                Some(name) => name,
                None => "an inline schema".to_owned(),
            },
            BodyKind::Raw => "a body that is not JSON".to_owned(),
            BodyKind::Nothing => "no body".to_owned(),
            BodyKind::Upgrade => "a switch of protocols".to_owned(),
        }
    }
}

/// Streams and plain text must be described exactly as the generator expects.
pub(super) fn stream<'d>(document: &Document, path: &Path<'_>, essence: &str, schema: &Value) -> Option<Finding<'d>> {
    let (wanted, help) = match essence {
        "application/octet-stream" => (Some("binary"), "use `type: string` and `format: binary`, and nothing else"),
        "text/plain" | "text/x-markdown" => (None, "use `type: string`, and nothing else"),
        _ => return None,
    };
    let fits = document.resolve(schema).is_none_or(|schema| {
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        let more = ["enum", "pattern", "minLength", "maxLength", "default", "discriminator", "nullable"];
        text("type") == Some("string") && text("format") == wanted && more.iter().all(|key| schema.get(key).is_none())
    });
    (!fits).then(|| {
        let mut plain = json!({ "type": "string" });
        if let Some(format) = wanted {
            plain["format"] = json!(format);
        }
        let at = path.key("schema");
        let says_nothing = schema.as_object().is_some_and(Map::is_empty);
        let kind = if says_nothing { NoteKind::Exact } else { NoteKind::Widened };
        let remedy = Remedy::set(kind, at.render(), plain, "any text or bytes can be sent");
        Finding::limit(&at, format!("the generator sends `{essence}` only as one string"), help, remedy)
    })
}

/// Fields of a form: at run time, the generated code fails on a sequence or an object.
pub(super) fn form<'d>(document: &Document, path: &Path<'_>, essence: &str, schema: &Value) -> Option<Finding<'d>> {
    let whole = document.resolve(schema).and_then(Value::as_object)?;
    if essence != "application/x-www-form-urlencoded" {
        return None;
    }
    let nested: Vec<&String> =
        entries(whole, "properties").filter(|(_, field)| !is_plain(document, field)).map(|(name, _)| name).collect();
    let first = nested.first()?;
    let message = format!("the generated code cannot write an object or an array into a form, as `{first}` may be");
    let required = whole.get("required").and_then(Value::as_array);
    let is_required = |name: &&String| required.is_some_and(|required| required.iter().any(|other| other == *name));
    let remedy = if nested.iter().any(is_required) {
        Remedy::Least
    } else {
        let mut plain = whole.clone();
        if let Some(fields) = plain.get_mut("properties").and_then(Value::as_object_mut) {
            fields.retain(|name, _| !nested.contains(&name));
        }
        let names = nested.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let at = path.key("schema").render();
        Remedy::set(NoteKind::Omitted, at, Value::Object(plain), format!("{names} cannot be sent"))
    };
    Some(Finding::limit(path, message, "use strings, numbers or booleans for its fields", remedy))
}

/// A success that is a sequence of items: the generated client reads a response to its end, and has no type for the
/// items. As bytes it would only be available at the end, and never if there is no end.
pub(super) fn endless<'f, 'd>(
    document: &'d Document,
    path: &Path<'_>,
    operation: &'d Map<String, Value>,
) -> Option<Finding<'f>> {
    let sequence = |node: &'d Value| {
        let content = document.resolve(node).and_then(|response| response.get("content")?.as_object())?;
        let is_events = |name: &str| essence(name) == "text/event-stream";
        let comes_in_items = |(name, media): &(&'d String, &Value)| {
            is_events(name) || is_sequential(name) && media.get("itemSchema").is_some()
        };
        content.iter().find(comes_in_items).filter(|_| !content.keys().any(|name| is_json(name))).map(|(name, _)| name)
    };
    let mut successes = entries(operation, "responses")
        .filter(|(status, _)| statuses(status).is_some_and(|range| range.start() / 100 == 2));
    let (status, name) = successes.find_map(|(status, node)| Some((status, sequence(node)?)))?;
    let message = match essence(name).as_str() {
        "text/event-stream" => {
            "the response is a stream of events, which may never end, but the generated client reads a response to its end"
                .to_owned()
        }
        _ => format!("the response is a sequence of items, `{name}`, for which the generated client has no type"),
    };
    Some(Finding::limit(&path.key(status), message, "offer `application/json` as well", Remedy::Least))
}

/// The limits on all responses together: the generator makes one type for all successes, and one for all errors.
pub(super) fn outcomes<'f, 'd>(
    document: &'d Document,
    path: &Path<'_>,
    operation: &'d Map<String, Value>,
    id: Option<&str>,
) -> Vec<Finding<'f>> {
    let mut kinds: Vec<_> = entries(operation, "responses")
        .filter(|(status, _)| is_status(status))
        .map(|(status, node)| (status.as_str(), body_kind(document, status, node)))
        .collect();
    kinds.sort_by_key(|(status, _)| *status);
    let name = id.unwrap_or("without an id");
    let responses = operation.get("responses").and_then(Value::as_object);
    let successes = success(&kinds);
    let default = responses.and_then(|responses| responses.get("default"));
    let has_success = successes.iter().any(|(status, _)| *status != "default");
    let remedy = |others: &[&(&str, BodyKind<'d>)]| match default.filter(|_| has_success) {
        // Beside a success it covers the errors, but the generator would count it as a success too.
        Some(default) if others.iter().any(|(status, _)| *status == "default") => {
            let mut edits = vec![Edit::Remove(path.key("default").render())];
            let ranges =
                ["4XX", "5XX"].into_iter().filter(|range| responses.is_none_or(|all| !all.contains_key(*range)));
            edits.extend(ranges.map(|range| Edit::Set(path.key(range).render(), default.clone())));
            Remedy::edit(NoteKind::Exact, edits, "`default` became `4XX` and `5XX`")
        }
        _ => any_success(path, &successes),
    };
    let success = one_kind(path, name, "success", &successes, remedy);
    let errors: Vec<_> = kinds.iter().filter(|(status, _)| is_error(status)).collect();
    let remedy = |_: &[&(&str, BodyKind<'d>)]| commonest_error(path, &errors);
    let error = one_kind(path, name, "error", &errors, remedy);
    success.into_iter().chain(error).collect()
}

fn body_kind<'d>(document: &'d Document, status: &str, node: &'d Value) -> BodyKind<'d> {
    let content = document.resolve(node).and_then(|response| response.get("content"));
    let content = content.and_then(Value::as_object);
    let json = content.and_then(|content| content.iter().find(|(name, _)| is_json(name)));
    match json {
        Some((_, media)) => media.get("schema").map_or(BodyKind::Raw, BodyKind::Typed),
        None if status == "101" => BodyKind::Upgrade,
        None if content.is_none_or(Map::is_empty) => BodyKind::Nothing,
        None => BodyKind::Raw,
    }
}

/// The generator makes one type for all successes, and one for all errors.
fn one_kind<'f, 'd>(
    path: &Path<'_>,
    operation: &str,
    outcome: &str,
    responses: &[&(&str, BodyKind<'d>)],
    remedy: impl Fn(&[&(&str, BodyKind<'d>)]) -> Remedy,
) -> Option<Finding<'f>> {
    let ((first, wanted), others) = responses.split_first().map(|(first, others)| (*first, others))?;
    let (other, found) = others.iter().find(|(_, kind)| kind != wanted)?;
    let help = if *other == "default" {
        "replace `default` by `4XX` and `5XX`".to_owned()
    } else {
        format!("describe one body for every {outcome}")
    };
    let message = format!(
        "the {outcome} responses of `{operation}` differ, but the generator supports only one type: {first} has {}, {other} has {}",
        wanted.describe(),
        found.describe(),
    );
    Some(Finding::limit(&path.key(other), message, help, remedy(others)))
}

/// Selects one of several media types of a request, if one of them can be sent: preferably JSON.
pub(super) fn one_media_type(path: &Path<'_>, types: &[&String]) -> Option<Remedy> {
    let kept = SENT.iter().find_map(|sent| types.iter().find(|name| essence(name) == *sent))?;
    let others = types.iter().filter(|name| *name != kept);
    let edits: Vec<Edit> = others.map(|name| Edit::Remove(path.key(name).render())).collect();
    Some(Remedy::edit(NoteKind::Omitted, edits, format!("the request is always sent as `{kept}`")))
}

/// Successes of several kinds become any JSON if all are JSON, else bytes. None of them may count as an error.
fn any_success<'d>(path: &Path<'_>, responses: &[&(&'d str, BodyKind<'d>)]) -> Remedy {
    if responses.iter().any(|(_, kind)| *kind == BodyKind::Upgrade) {
        return Remedy::Least;
    }
    let is_json = responses.iter().all(|(_, kind)| matches!(kind, BodyKind::Typed(_)));
    let (content, message) = if is_json {
        (json!({ "application/json": { "schema": {} } }), "the successes differ: their body is read as any JSON")
    } else {
        (json!({ "*/*": { "schema": {} } }), "the successes differ: their body is read as a stream of bytes")
    };
    let response = json!({ "description": "", "content": content });
    let edits: Vec<Edit> =
        responses.iter().map(|(status, _)| Edit::Set(path.key(status).render(), response.clone())).collect();
    Remedy::edit(NoteKind::Widened, edits, message)
}

/// Errors of several kinds: all but the most common kind become unknown responses.
fn commonest_error<'d>(path: &Path<'_>, responses: &[&(&'d str, BodyKind<'d>)]) -> Remedy {
    let count = |kind: &BodyKind<'d>| responses.iter().filter(|(_, other)| other == kind).count();
    let is_json = |kind: &BodyKind<'d>| matches!(kind, BodyKind::Typed(_));
    let rank = |kind: &BodyKind<'d>| (is_json(kind), count(kind));
    let Some((_, kept)) = responses.iter().rev().max_by_key(|(_, kind)| rank(kind)) else { return Remedy::Least };
    let others = || responses.iter().filter(|(_, kind)| kind != kept).map(|(status, _)| *status);
    let edits: Vec<Edit> = others().map(|status| Edit::Remove(path.key(status).render())).collect();
    let statuses = others().collect::<Vec<_>>().join(", ");
    Remedy::edit(NoteKind::Omitted, edits, format!("the errors differ: the body of {statuses} is not read"))
}

pub(super) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.starts_with("application/json;")
}

/// `100` to `599`, `1XX` to `5XX`, or `default`.
pub(super) fn is_status(status: &str) -> bool {
    let is_range = || statuses(status).is_some_and(|range| (100..600).contains(range.start()));
    status == "default" || (status.len() == 3 && !status.contains('x') && is_range())
}

fn is_error(status: &str) -> bool {
    statuses(status).is_some_and(|range| *range.end() >= 400)
}

/// The responses that count as success. `default` counts too, unless the response before it is `2XX`.
fn success<'k, 'd>(kinds: &'k [(&'d str, BodyKind<'d>)]) -> Vec<&'k (&'d str, BodyKind<'d>)> {
    let first = |status: &str| statuses(status).map_or(u16::MAX, |range| *range.start());
    let is_success = |status: &str| status == "default" || first(status) == 101 || first(status) / 100 == 2;
    let mut responses: Vec<_> = kinds.iter().filter(|(status, _)| is_success(status)).collect();
    // In the generator's order.
    responses.sort_by_key(|(status, _)| (*status == "default", first(status)));
    if let [.., ("2XX", _), ("default", _)] = responses.as_slice() {
        responses.pop();
    }
    responses
}
