//! Compares parameters, and what they share with headers.

use std::collections::HashSet;

use serde_json::Value;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::reference;
use zerogate_contract::version::release;
use zerogate_contract::vocabulary::Release;

use crate::change::{Carrier, Direction, Reach, Source};
use crate::content::{self, Holder};
use crate::found::{Context, Findings, Found, Part, Role, Written};
use crate::kind::{Effect, Family, Flavour, Kind, Subject, family, kind};
use crate::meaning::{Rest, Types, view};
use crate::node::{Node, Slot};
use crate::seen::Seen;
use crate::side::{Side, Sides};
use crate::text::{odd_flag, others};
use crate::value::{quote, quote_text, same};

/// The location of a parameter for the whole query.
pub(crate) const WHOLE_QUERY: &str = "querystring";

/// A parameter of an operation: its definition, and the place that refers to it.
#[derive(Clone, Debug)]
pub(crate) struct Parameter<'d> {
    pub(crate) name: &'d str,
    pub(crate) place: &'d str,
    node: Node<'d>,
    site: Node<'d>,
}

impl<'d> Parameter<'d> {
    /// Reads a parameter; `None` if it is malformed.
    pub(crate) fn of(node: Node<'d>, site: Node<'d>) -> Option<Self> {
        Some(Parameter { name: node.text("name")?, place: node.text("in")?, node, site })
    }

    /// A header, as a parameter.
    pub(crate) fn header(name: &'d str, node: Node<'d>, site: Node<'d>) -> Self {
        Parameter { name, place: "header", node, site }
    }

    pub(crate) fn definition(&self) -> &Node<'d> {
        &self.node
    }

    pub(crate) fn site(&self) -> &Node<'d> {
        &self.site
    }

    /// The identity of a parameter: header names are case-insensitive, and the name for a whole query is not sent.
    pub(crate) fn key(&self) -> (&'d str, String) {
        let name = match self.place {
            "header" => self.name.to_ascii_lowercase(),
            WHOLE_QUERY => String::new(),
            _ => self.name.to_owned(),
        };
        (self.place, name)
    }

    pub(crate) fn schema(&self) -> Option<Node<'d>> {
        self.node.get("schema")
    }

    pub(crate) fn required(&self) -> bool {
        self.place == "path" || self.node.flag("required")
    }

    /// Whether generated code has it: optional cookies are dropped.
    pub(crate) fn is_generated(&self) -> bool {
        self.required() || (!matches!(self.place, "cookie" | WHOLE_QUERY) && !self.is_unwritable())
    }

    /// Whether generated code does not support its style.
    fn is_unwritable(&self) -> bool {
        self.place == "query" && self.node.value.get("schema").is_some() && self.effective("style") != "form"
    }

    fn effective(&self, keyword: &str) -> Value {
        effective(keyword, self.place, &self.node)
    }

    /// The delimiter between the values of a list; `Some(None)` if the name is repeated for each value. `None` if lists
    /// are written differently from single values.
    fn delimiter(&self) -> Option<Option<char>> {
        if self.effective("explode") == Value::Bool(true) && self.effective("style") == "form" {
            return Some(None);
        }
        match self.effective("style").as_str()? {
            "form" | "simple" => Some(Some(',')),
            "spaceDelimited" => Some(Some(' ')),
            "pipeDelimited" => Some(Some('|')),
            _ => None,
        }
    }

    /// Whether a keyword has an effect: some have one only in queries, `allowReserved` until OpenAPI 3.2, which reads it
    /// everywhere, and then only for values that may have reserved characters.
    fn heeds(&self, side: &Side<'d>, keyword: &str) -> bool {
        let is_query = self.place == "query";
        match keyword {
            "allowEmptyValue" => is_query,
            "allowReserved" => {
                let types = self.schema().map(|schema| view(side, &Slot::of(schema)).types.without(Types::NULL));
                let is_plain = |types: Types| types != Types::NONE && Types::INTEGER.or(Types::BOOLEAN).holds(types);
                (is_query || release(side.document) == Some(Release::V3_2)) && !types.is_some_and(is_plain)
            }
            _ => true,
        }
    }

    /// Whether it is a single value.
    fn is_scalar(&self, side: &Side<'d>) -> bool {
        self.schema().is_some_and(|schema| {
            let view = view(side, &Slot::of(schema));
            let types = view.types.without(Types::NULL);
            types != Types::NONE && Types::SCALAR.holds(types) && view.unions.is_empty()
        })
    }

    /// Whether it is a cookie whose value is the same encoded or not.
    fn is_plain_cookie(&self, side: &Side<'d>) -> bool {
        let schema = self.node.get("schema").and_then(|schema| side.definition(&schema));
        let kind = schema.as_ref().and_then(|schema| schema.text("type"));
        self.place == "cookie" && matches!(kind, Some("integer" | "boolean"))
    }

    /// A component that operations share is added and removed with all of these references at once.
    pub(crate) fn once(&self, found: Found) -> Found {
        match reference(self.site.value) {
            Some(target) => found.once(target),
            None => found,
        }
    }

    pub(crate) fn at(&self, key: &str) -> Option<String> {
        Some(self.node.below(key))
    }

    pub(crate) fn subject(&self) -> String {
        format!("the {} parameter {}", self.place, quote_text(self.name))
    }

    pub(crate) fn reach(&self, operation: &str) -> Reach {
        Reach {
            direction: Some(Direction::Request),
            field: self.name.to_owned(),
            carrier: Some(Carrier::Parameter),
            ..Reach::whole(operation)
        }
    }
}

/// The well-formed parameters of a list.
pub(crate) fn parameters<'d>(side: &Side<'d>, list: Option<&Node<'d>>, seen: &mut Seen) -> Vec<Parameter<'d>> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for site in list.into_iter().flat_map(Node::items) {
        let parameter = side.resolve(&site, seen).and_then(|node| Parameter::of(node, site));
        found.extend(parameter.filter(|parameter| known.insert(parameter.key())));
    }
    found
}

/// A renamed path parameter. `is_taken`: whether another one of the path has its name now.
pub(crate) fn renamed_in_path(
    (from, to): (&str, &str),
    is_taken: bool,
    old: Option<String>,
    new: Option<String>,
) -> Found {
    let found = Found::new(kind!("request-path-parameter-renamed"), old, new, "");
    let breaks = snake(from) != snake(to);
    let mut what = format!("was renamed to {}", quote_text(to));
    let from = quote_text(from);
    if is_taken {
        what += &format!(", and another one to {from}; code that sets {from} still compiles, but sets that one");
    }
    let found = found.breaks_source_if(breaks).says(format!("the path parameter {from}"), what);
    Found { compiles: breaks && is_taken, ..found }
}

/// The keys of a parameter that are judged.
const KNOWN: [&str; 10] = [
    "name",
    "in",
    "required",
    "schema",
    "content",
    "style",
    "explode",
    "allowReserved",
    "allowEmptyValue",
    "deprecated",
];
const STYLED: [&str; 4] = ["style", "explode", "allowReserved", "allowEmptyValue"];

/// Compares two definitions of one parameter of an operation. `is_taken`: whether another one of the path has its name
/// now.
pub(crate) fn judge<'d>(
    sides: &Sides<'d>,
    operation: Option<&str>,
    before: &Parameter<'d>,
    after: &Parameter<'d>,
    is_taken: bool,
) -> Findings<'d> {
    let reach = operation.map(|operation| before.reach(operation));
    let reached = reach.as_slice();
    let mut out = others(&before.node, &after.node, &KNOWN, reached);
    out.found.extend(odd_flag("required", &before.node, &after.node, reached));
    out.found.extend(deprecation(&before.node, &after.node, REQUEST_PARAMETER, reached, &before.subject()));
    let same_place = before.place == after.place;
    if before.place == "path" && same_place && before.name != after.name {
        let found = renamed_in_path((before.name, after.name), is_taken, before.at("name"), after.at("name"));
        out.report(found.reaches(reached));
    }
    if before.required() != after.required() {
        let (kind, what) = if after.required() {
            (kind!("request-parameter-became-required"), "is now required")
        } else {
            (kind!("request-parameter-became-optional"), "is now optional")
        };
        let found = Found::new(kind, before.at("required"), after.at("required"), "");
        out.report(found.says(before.subject(), what).reaches(reached));
    }
    let same_style = same(&before.effective("style"), &after.effective("style"));
    // The style applies to `schema` only.
    let same_place = same_place && before.schema().is_some() == after.schema().is_some();
    for keyword in STYLED {
        // The default of `explode` depends on the style.
        let meant = keyword != "explode" || same_style;
        let meant =
            meant && [(&sides.old, before), (&sides.new, after)].iter().any(|(side, it)| it.heeds(side, keyword));
        if meant && (same_place || keyword == "allowReserved") {
            out.found.extend(styled(sides, keyword, before, after).map(|found| found.reaches(reached)));
        }
    }
    let type_name =
        |parameter: &Parameter<'_>| format!("{}{}", pascal(operation.unwrap_or_default()), pascal(parameter.name));
    let type_names = (type_name(before), type_name(after));
    let always = before.required() || after.required();
    let delimiter = after.delimiter();
    if same_style
        && same_place
        && let Some(delimiter) = delimiter
        && let Some(items) = one_of_list(&sides.old, &before.node, &sides.new, &after.node, delimiter)
        && let (Some(single), Some(list)) = (before.node.get("schema"), after.node.get("schema"))
    {
        let kind = family!("type-generalized").at(REQUEST_PARAMETER, false);
        let found = Found::new(kind, single.place(), list.place(), "").effect(Effect::LOOSER).source(Source::Breaking);
        let what = "accepts a list of values, and a single value is written as before";
        out.report(found.says(before.subject(), what).reaches(reached));
        out.seen.whole(&list);
        out.parts.extend(reach.map(|reach| {
            let role = Role::Message { written: Written::Text, always, reach };
            Part { old: Slot::of(single), new: items, context: Context::untyped(), role }
        }));
        return out;
    }
    let holder = Holder { carrier: Carrier::Parameter, written: Written::Text, always, reach, type_names };
    out.add(content::judge(sides, &before.node, &after.node, holder));
    out
}

/// Whether a parameter or header may be an object.
pub(crate) fn may_be_object<'d>(side: &Side<'d>, node: &Node<'d>) -> bool {
    node.get("schema").is_none_or(|schema| view(side, &Slot::of(schema)).types.meets(Types::OBJECT))
}

/// The items of a list, if a single value of a parameter or header is written like a list of one: the list's delimiter,
/// if it has one, must not occur in values.
pub(crate) fn one_of_list<'d>(
    single_side: &Side<'d>,
    single: &Node<'d>,
    list_side: &Side<'d>,
    list: &Node<'d>,
    delimiter: Option<char>,
) -> Option<Slot<'d>> {
    let (single, list) = (single.get("schema")?, list.get("schema")?);
    let (one, many) = (view(single_side, &Slot::of(single)), view(list_side, &Slot::of(list.clone())));
    let types = one.types.without(Types::NULL);
    let is_single = types != Types::NONE && Types::SCALAR.holds(types) && one.unions.is_empty();
    let is_list = many.types.without(Types::NULL) == Types::ARRAY && many.may_have_one_item();
    let holds = |delimiter: char| match &one.values {
        Some(values) => values.iter().any(|value| value.value.as_str().is_some_and(|text| text.contains(delimiter))),
        None => types.meets(Types::STRING),
    };
    if !is_single || !is_list || delimiter.is_some_and(holds) {
        return None;
    }
    match many.items {
        Rest::Schema(items) | Rest::Whatever(items) => Some(items),
        Rest::Any => Some(Slot::of(Node::new(&Value::Bool(true), &list.below("items")))),
        Rest::None(_) => None,
    }
}

/// Compares how a parameter is written, by the effective values.
fn styled<'d>(
    sides: &Sides<'d>,
    keyword: &'static str,
    before: &Parameter<'d>,
    after: &Parameter<'d>,
) -> Option<Found> {
    let (old, new) = (before.effective(keyword), after.effective(keyword));
    if same(&old, &new) {
        return None;
    }
    let odd = |value: &Value| if keyword == "style" { !value.is_string() } else { !value.is_boolean() };
    let on = new == Value::Bool(true);
    let kind = match keyword {
        _ if odd(&old) || odd(&new) => kind!("cannot-judge"),
        // `explode` does not affect a single value. Where only one side has one, its type is told.
        "explode" if before.is_scalar(&sides.old) || after.is_scalar(&sides.new) => return None,
        // Nor does it affect a list that is separated by commas.
        "explode"
            if before.effective("style") == "simple"
                && after.effective("style") == "simple"
                && !may_be_object(&sides.old, &before.node)
                && !may_be_object(&sides.new, &after.node) =>
        {
            return None;
        }
        "style" if before.is_plain_cookie(&sides.old) && after.is_plain_cookie(&sides.new) => return None,
        "explode" => kind!("request-parameter-explode-changed"),
        "allowReserved" if on => kind!("request-parameter-became-allow-reserved"),
        "allowReserved" => kind!("request-parameter-became-not-allow-reserved"),
        "allowEmptyValue" if on => kind!("request-parameter-became-allow-empty-value"),
        "allowEmptyValue" => kind!("request-parameter-became-not-allow-empty-value"),
        _ => kind!("request-parameter-style-changed"),
    };
    let source = match (before.is_unwritable(), after.is_unwritable()) {
        (false, true) if keyword == "style" => Source::Breaking,
        (true, false) if keyword == "style" => Source::Compatible,
        // A list that is not repeated is one string.
        _ if keyword == "explode" && before.place == "query" => Source::Breaking,
        _ => Source::None,
    };
    let found = Found::new(kind, before.at(keyword), after.at(keyword), "").source(source);
    Some(found.says(before.subject(), style_changed(keyword, &old, &new)))
}

pub(crate) fn style_changed(keyword: &str, old: &Value, new: &Value) -> String {
    format!("changed `{keyword}` from {} to {}", quote(old), quote(new))
}

/// A parameter.
const REQUEST_PARAMETER: Subject = Subject { direction: Some(Direction::Request), flavour: Flavour::Field };
/// A header of a response.
pub(crate) const RESPONSE_HEADER: Subject = Subject { direction: Some(Direction::Response), flavour: Flavour::Field };

/// Compares the deprecation of a parameter or header.
pub(crate) fn deprecation(old: &Node<'_>, new: &Node<'_>, of: Subject, reach: &[Reach], topic: &str) -> Option<Found> {
    let off = Value::Bool(false);
    let (before, after) = (old.value.get("deprecated"), new.value.get("deprecated"));
    if same(before.unwrap_or(&off), after.unwrap_or(&off)) {
        return None;
    }
    let (family, what): (&Family, _) = if after == Some(&Value::Bool(true)) {
        (family!("deprecated"), "is now deprecated")
    } else {
        (family!("reactivated"), "is no longer deprecated")
    };
    let kind: &'static Kind = family.at(of, false);
    let found = Found::new(kind, old.place_of("deprecated"), new.place_of("deprecated"), "");
    Some(found.says(topic, what).reaches(reach))
}

/// The effective value of a key.
pub(crate) fn effective(keyword: &str, place: &str, node: &Node<'_>) -> Value {
    if let Some(value) = node.value.get(keyword) {
        return value.clone();
    }
    let style = || if matches!(place, "query" | "cookie") { "form" } else { "simple" };
    match keyword {
        "style" => Value::from(style()),
        "explode" => Value::from(matches!(node.text("style").unwrap_or_else(style), "form" | "cookie")),
        _ => Value::Bool(false),
    }
}
