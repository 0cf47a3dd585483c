//! Judges one exchange against its operation, part by part.

use std::borrow::Cow;

use serde_json::{Map, Value};
use zerogate_contract::{Document, pointer};

use crate::body::{Content, Read};
use crate::exchange::{Exchange, Headers, NO_VALUE, Part};
use crate::finding::Said;
use crate::gate::{Seen, Wrong, documented_type};
use crate::json;
use crate::judgement::Judgement;
use crate::kind::Kind;
use crate::operation::{Operation, Response};
use crate::parameter::Parameter;
use crate::place::Place;
use crate::redact;
use crate::schema::Check;
use crate::url::{Url, decoded};

/// The status codes whose responses have no body.
const NO_BODY: [u16; 3] = [204, 205, NOT_MODIFIED];

const NOT_MODIFIED: u16 = 304;

/// An exchange whose operation is known.
pub(crate) struct Hearing<'h> {
    pub(crate) document: &'h Document,
    pub(crate) exchange: &'h Exchange<'h>,
    pub(crate) url: Url<'h>,
    pub(crate) operation: &'h Operation,
}

impl Hearing<'_> {
    pub(crate) fn request(&self, path: &[(&str, Cow<'_, str>)], judgement: &mut Judgement<'_>) {
        let Exchange { request, .. } = self.exchange;
        match self.operation.security.are_met(self.exchange, &self.url) {
            Part::Known(()) if self.operation.security.is_empty() => {}
            Part::Known(()) => judgement.look(Kind::SecurityMissing),
            Part::Absent => {
                let at = format!("{}/security", self.operation.pointer);
                let is_own = self.document.value().pointer(&at).is_some();
                let at = if is_own { at } else { "/security".to_owned() };
                let what = (Kind::SecurityMissing, Place::Credentials);
                self.find(judgement, what, "", &at, "an error, because the request has no credentials", "a success");
            }
            Part::Unknown(why) => judgement.leave(Place::Credentials, why),
        }
        let pairs: Vec<(Cow<'_, str>, &str)> = self.url.pairs().collect();
        for parameter in &self.operation.parameters {
            let read = match parameter.place {
                Place::Path => {
                    let text = path.iter().find(|(name, _)| *name == parameter.name).map(|(_, text)| &**text);
                    // The template may lack the parameter.
                    text.map(|text| parameter.read(text)).transpose()
                }
                Place::Query => parameter.read_form(&pairs),
                Place::Cookie => match request.headers.get("cookie") {
                    Part::Known(cookies) if !cookies.contains('=') => Err(NO_VALUE),
                    Part::Known(cookies) => {
                        let cookies = cookies.split(';').filter_map(|cookie| cookie.split_once('='));
                        let cookies: Vec<_> =
                            cookies.map(|(name, value)| (Cow::Borrowed(name.trim()), value)).collect();
                        parameter.read_form(&cookies)
                    }
                    Part::Absent => Ok(None),
                    Part::Unknown(why) => Err(why),
                },
                _ => header(parameter, &request.headers),
            };
            let kinds = (Kind::RequestParameterMissing, Kind::RequestParameterInvalid);
            let is_in_path = parameter.place == Place::Path;
            match read {
                // A path without the parameter would not have matched.
                Ok(None) if is_in_path => {}
                read => self.parameter(parameter, read, kinds, judgement),
            }
        }
        self.request_body(judgement);
    }

    fn request_body(&self, judgement: &mut Judgement<'_>) {
        let Some(request) = &self.operation.request else { return };
        let Exchange { request: message, .. } = self.exchange;
        let body = match &message.body {
            Part::Known(body) => {
                judgement.look(Kind::RequestBodyMissing);
                body
            }
            Part::Absent => {
                if request.required {
                    let what = (Kind::RequestBodyMissing, Place::RequestBody);
                    self.find(judgement, what, "", &request.pointer, "a body", "none");
                }
                return;
            }
            Part::Unknown(why) => return judgement.leave(Place::RequestBody, why),
        };
        let kinds = Kinds {
            place: Place::RequestBody,
            headers: Place::RequestHeader,
            media_type: Kind::RequestMediaType,
            malformed: Kind::RequestBodyMalformed,
            invalid: Kind::RequestBodyInvalid,
            one_way: Kind::RequestReadOnly,
        };
        self.body(&request.content, &message.headers, body, &kinds, judgement);
    }

    pub(crate) fn response(&self, status: u16, judgement: &mut Judgement<'_>) {
        let Exchange { response: message, .. } = self.exchange;
        let response = self.operation.response(status);
        // `default` is usually written for errors.
        let is_redirect_by_default =
            (300..400).contains(&status) && response.is_some_and(|response| response.entry == "default");
        let response = response.filter(|_| !is_redirect_by_default);
        match response {
            Some(response) => {
                judgement.look(Kind::of_status(status));
                for parameter in &response.headers {
                    let read = header(parameter, &message.headers);
                    let kinds = (Kind::ResponseHeaderMissing, Kind::ResponseHeaderInvalid);
                    self.parameter(parameter, read, kinds, judgement);
                }
            }
            // Since 3.1, an operation need not document its responses.
            None if is_redirect_by_default => {
                judgement.leave(Place::Status, "`default` does not describe redirects");
            }
            None if self.operation.responses.is_empty() => {
                judgement.leave(Place::Status, "the contract documents no responses");
            }
            // A 304 says that an earlier response is still valid.
            None if status == NOT_MODIFIED => {
                judgement.leave(Place::Status, "a 304 refers to an earlier response");
            }
            None => {
                let kind = Kind::of_status(status);
                let at = format!("{}/responses", self.operation.pointer);
                let expected = format!("one of {}", self.operation.statuses());
                self.find(judgement, (kind, Place::Status), "", &at, redact::text(&expected), status.to_string());
            }
        }
        let text = self.response_body(status, response, judgement);
        self.rules(status, text, judgement);
    }

    /// Judges the body, and returns it if it is known.
    fn response_body(&self, status: u16, response: Option<&Response>, judgement: &mut Judgement<'_>) -> Option<&[u8]> {
        let Exchange { response: message, method, .. } = self.exchange;
        let has_none = NO_BODY.contains(&status) || method.eq_ignore_ascii_case("HEAD");
        match (&message.body, response) {
            (Part::Known(body), Some(response)) if !response.content.is_empty() && !has_none => {
                let kinds = Kinds {
                    place: Place::ResponseBody,
                    headers: Place::ResponseHeader,
                    media_type: Kind::ResponseMediaType,
                    malformed: Kind::ResponseBodyMalformed,
                    invalid: Kind::ResponseBodyInvalid,
                    one_way: Kind::ResponseWriteOnly,
                };
                judgement.look(Kind::ResponseBodyMissing);
                judgement.body = self.body(&response.content, &message.headers, body, &kinds, judgement);
                Some(body)
            }
            (Part::Known(body), response) => {
                if response.is_some() && !has_none && status < 400 {
                    judgement.look(Kind::ResponseBodyUndocumented);
                }
                let undescribed = response.filter(|_| !body.is_empty() && !has_none);
                if undescribed.is_some() && status >= 400 {
                    // An error whose body is not documented may still have one.
                    judgement.leave(Place::ResponseBody, "the contract does not describe the body of this error");
                } else if let Some(response) = undescribed {
                    let what = (Kind::ResponseBodyUndocumented, Place::ResponseBody);
                    self.find(judgement, what, "", &response.pointer, "no body", "a body");
                }
                // An undocumented body may still break other rules.
                judgement.body = json::parse(body).ok().map(|(value, _)| value);
                Some(body)
            }
            (Part::Absent, Some(response)) if !response.content.is_empty() && !has_none => {
                let what = (Kind::ResponseBodyMissing, Place::ResponseBody);
                let expected = format!("a body of type {}", redact::text(&response.content.names()));
                self.find(judgement, what, "", &response.content.pointer, expected, "none");
                None
            }
            (Part::Unknown(why), Some(response)) if !response.content.is_empty() && !has_none => {
                judgement.leave(Place::ResponseBody, why);
                // Without the body, the headers may still tell the media type.
                if let Part::Known(media_type) = message.headers.get("content-type") {
                    judgement.look(Kind::ResponseMediaType);
                    if response.content.entry(&media_type).is_none() {
                        let what = (Kind::ResponseMediaType, Place::ResponseBody);
                        let names = redact::text(&response.content.names());
                        self.find(judgement, what, "", &response.content.pointer, names, redact::text(&media_type));
                    }
                }
                None
            }
            (Part::Absent, Some(response)) if response.content.is_empty() && !has_none && status < 400 => {
                judgement.look(Kind::ResponseBodyUndocumented);
                None
            }
            _ => None,
        }
    }

    /// Judges a known body by the documented content of its message, and returns it if it is JSON.
    fn body(
        &self,
        content: &Content,
        headers: &Headers<'_>,
        body: &[u8],
        kinds: &Kinds,
        judgement: &mut Judgement<'_>,
    ) -> Option<Value> {
        let place = kinds.place;
        let content_type = headers.get("content-type");
        let (media, media_type) = match &content_type {
            Part::Known(media_type) => (content.entry(media_type), media_type.as_ref()),
            Part::Absent => (None, ""),
            // If the header is unknown, the only documented type is assumed.
            Part::Unknown(why) => match content.only() {
                Some(media) => {
                    judgement.leave(kinds.headers, why);
                    (Some(media), media.essence())
                }
                None => {
                    judgement.leave(place, why);
                    return None;
                }
            },
        };
        let Some(media) = media else {
            let received =
                if media_type.is_empty() { "no `Content-Type`".to_owned() } else { redact::text(media_type) };
            let names = redact::text(&content.names());
            self.find(judgement, (kinds.media_type, place), "", &content.pointer, names, received);
            // The body may still break other rules.
            return json::parse(body).ok().map(|(value, _)| value);
        };
        if content_type.as_ref().known().is_some() {
            judgement.look(kinds.media_type);
        }
        let length = headers.get("content-length").known().and_then(|length| length.parse::<usize>().ok());
        let is_coded = !matches!(headers.get("content-encoding"), Part::Absent);
        match media.read(media_type, body, length == Some(body.len()) && !is_coded) {
            Read::Value(value, repeated) => {
                judgement.look(kinds.malformed);
                if place == Place::ResponseBody {
                    judgement.look(Kind::ResponseNamesRepeat);
                }
                if let Some(name) = repeated.filter(|_| place == Place::ResponseBody) {
                    let what = (Kind::ResponseNamesRepeat, place);
                    let received = format!("`{}` twice", redact::name(&name));
                    judgement.find(what, "", &Said::NOTHING, "no name twice in an object", received);
                }
                if let Some(check) = &media.check {
                    self.compare(check, &value, kinds, judgement);
                }
                Some(value)
            }
            Read::Malformed(_) if is_coded && is_binary(body) => {
                judgement.leave(place, "the body seems to be still encoded (see `Content-Encoding`)");
                None
            }
            Read::Malformed(what) => {
                let received = if body.is_empty() { "an empty body" } else { "a body that is not JSON" };
                self.find(judgement, (kinds.malformed, place), "", &content.pointer, what, received);
                None
            }
            Read::Unjudged(why) => {
                judgement.leave(place, why);
                None
            }
        }
    }

    fn compare(&self, check: &Check, value: &Value, kinds: &Kinds, judgement: &mut Judgement<'_>) {
        match check.misfits(self.document, value) {
            Ok(misfits) => {
                judgement.look(kinds.invalid);
                judgement.look(kinds.one_way);
                for misfit in misfits {
                    let kind = if misfit.is_one_way { kinds.one_way } else { kinds.invalid };
                    let what = (kind, kinds.place);
                    self.find(judgement, what, misfit.at, &misfit.contract, misfit.expected, misfit.received);
                }
            }
            Err(why) => judgement.leave(kinds.place, why),
        }
    }

    /// Judges a parameter or header by its possible readings.
    fn parameter(
        &self,
        parameter: &Parameter,
        read: Result<Option<Vec<Value>>, &'static str>,
        (missing, invalid): (Kind, Kind),
        judgement: &mut Judgement<'_>,
    ) {
        let Parameter { name, place, check, pointer, required, .. } = parameter;
        if *required && *place != Place::Path && read.is_ok() {
            judgement.look(missing);
        }
        let readings = match read {
            Ok(Some(readings)) => readings,
            Ok(None) => {
                if *required {
                    let what = if *place == Place::ResponseHeader { "the header" } else { "the parameter" };
                    let expected = format!("{what} `{}`", redact::text(name));
                    self.find(judgement, (missing, *place), redact::text(name), pointer, expected, "none");
                }
                return;
            }
            Err(why) => return judgement.leave(*place, why),
        };
        let Some(first) = readings.first() else { return };
        let fits: Vec<Option<bool>> = readings.iter().map(|reading| check.fits(reading)).collect();
        if fits.contains(&Some(true)) {
            return judgement.look(invalid);
        }
        match check.misfits(self.document, first) {
            Ok(misfits) => {
                for misfit in misfits.into_iter().take(1) {
                    let at = format!("{}{}", redact::text(name), misfit.at);
                    self.find(judgement, (invalid, *place), at, &misfit.contract, misfit.expected, misfit.received);
                }
            }
            Err(why) => judgement.leave(*place, why),
        }
    }

    /// Applies the rules of the reference that go beyond the contract.
    fn rules(&self, status: u16, text: Option<&[u8]>, judgement: &mut Judgement<'_>) {
        if self.operation.rules.is_empty() {
            return;
        }
        let Exchange { request, response, .. } = self.exchange;
        let authorization = request.headers.get("authorization").known();
        let credential = authorization.as_deref().and_then(|value| value.split_whitespace().last());
        let query = |wanted: &str| {
            let mut values = self.url.pairs().filter(|(name, _)| name == wanted);
            values.next().map(|(_, value)| decoded(value).into_owned())
        };
        let body = judgement.body.take();
        let seen = Seen {
            status,
            headers: &response.headers,
            body: body.as_ref(),
            text,
            credential,
            id: judgement.path_parameter("id"),
            query: &query,
        };
        let judged: Vec<_> = self.operation.rules.iter().filter_map(|rule| Some((*rule, rule.judge(&seen)?))).collect();
        for (rule, wrong) in judged {
            judgement.look(rule.kind);
            let Some(Wrong { at, expected, received }) = wrong else { continue };
            // The contract may already have reported it.
            let is_told = judgement.findings.iter().any(|known| known.place == rule.place && known.at == at);
            if !is_told {
                let said = Said { second_hand: rule.is_implied, ..Said::NOTHING };
                judgement.find((rule.kind, rule.place), at, &said, expected, received);
            }
        }
        judgement.body = body;
    }

    fn find(
        &self,
        judgement: &mut Judgement<'_>,
        what: (Kind, Place),
        at: impl Into<String>,
        contract: &str,
        expected: impl Into<String>,
        received: impl Into<String>,
    ) {
        let document = self.document;
        let origin = document.origin(contract);
        // What the reference says of every error holds for the other operations too.
        let is_own = judgement.status.is_some_and(|status| documented_type(status).is_some());
        let second_hand = second_hand(document, contract) || !is_own && second_hand(document, &self.operation.pointer);
        let said = Said { pointer: &origin, second_hand };
        judgement.find(what, at, &said, expected, received);
    }
}

/// The kinds of findings about a body.
struct Kinds {
    place: Place,
    headers: Place,
    media_type: Kind,
    malformed: Kind,
    invalid: Kind,
    one_way: Kind,
}

/// Whether a body is binary.
fn is_binary(body: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    std::str::from_utf8(body).is_err() || body.iter().any(is_control)
}

fn header(parameter: &Parameter, headers: &Headers<'_>) -> Result<Option<Vec<Value>>, &'static str> {
    match headers.get(&parameter.name) {
        Part::Known(text) => parameter.read(&text).map(Some),
        Part::Absent => Ok(None),
        Part::Unknown(why) => Err(why),
    }
}

/// Whether a schema lists one of these values.
fn lists(schema: Option<&Value>, values: &Map<String, Value>) -> bool {
    let listed = schema.and_then(|schema| schema.get("enum")?.as_array());
    listed.into_iter().flatten().filter_map(Value::as_str).any(|value| values.contains_key(value))
}

/// Whether the contract marks its statement at a pointer as second-hand. An `x-source` applies to its own object, or to
/// the parts that it names.
fn second_hand(document: &Document, at: &str) -> bool {
    let mut node = Some(document.value());
    for token in pointer::tokens(at) {
        match node.and_then(|node| node.get("x-source")) {
            Some(Value::Object(parts)) if parts.contains_key(&*token) => return true,
            // A format is as certain as its type, and a list of values as each of them.
            Some(Value::Object(parts)) if token == "format" && parts.contains_key("type") => return true,
            Some(Value::Object(parts)) if token == "enum" && lists(node, parts) => return true,
            Some(Value::String(_)) => return true,
            _ => {}
        }
        node = node.and_then(|node| match node {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?),
            node => node.get(&*token),
        });
    }
    node.and_then(|node| node.get("x-source")).is_some_and(Value::is_string)
}
