//! Compares parameters, and what they have in common with headers.

use std::collections::HashSet;

use serde_json::Value;
use zerogate_contract::json::Key;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::reference;

use crate::change::{Carrier, Direction, Reach, Source, Wire};
use crate::content::{self, Holder};
use crate::found::{Context, Findings, Found, Part, Role, Written};
use crate::free::Free;
use crate::kind::{Effect, Family, Flavour, Kind, Subject, family, kind};
use crate::meaning::{Rest, Types, view};
use crate::namesakes::{self, Common};
use crate::node::{Node, Slot};
use crate::seen::Seen;
use crate::side::{Side, Sides};
use crate::text::{alike_but_for_docs, odd_flag, others};
use crate::value::{quote, quote_text, same};

/// What two parameters have in common that are one and the same: a key, or else the schema and the name, or the schema
/// and that they are in the path, which both fill.
#[derive(Eq, Hash, PartialEq)]
enum Kept<'d> {
    Key((&'d str, String)),
    Name(&'d str, bool, Key<'d>),
    Path(Key<'d>),
}

/// The place of a parameter that is all of the query.
const WHOLE_QUERY: &str = "querystring";

/// A parameter of an operation: its definition, and where the operation asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Parameter<'d> {
    pub(crate) name: &'d str,
    pub(crate) place: &'d str,
    node: Node<'d>,
    site: Node<'d>,
}

impl<'d> Parameter<'d> {
    /// A parameter that can be understood.
    pub(crate) fn of(node: Node<'d>, site: Node<'d>) -> Option<Self> {
        Some(Parameter { name: node.text("name")?, place: node.text("in")?, node, site })
    }

    /// A header as a request has it.
    pub(crate) fn header(name: &'d str, node: Node<'d>, site: Node<'d>) -> Self {
        Parameter { name, place: "header", node, site }
    }

    pub(crate) fn definition(&self) -> &Node<'d> {
        &self.node
    }

    pub(crate) fn site(&self) -> &Node<'d> {
        &self.site
    }

    /// What tells it from other parameters: the name of a header is of either case, and that of a whole query is not sent.
    pub(crate) fn key(&self) -> (&'d str, String) {
        let name = match self.place {
            "header" => self.name.to_ascii_lowercase(),
            WHOLE_QUERY => String::new(),
            _ => self.name.to_owned(),
        };
        (self.place, name)
    }

    /// Whether it is one of the headers that OpenAPI says to ignore.
    fn is_ignored(&self) -> bool {
        self.place == "header" && IGNORED.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// What it keeps where it comes back in another place, or under another name.
    fn kept(&self) -> Vec<Kept<'d>> {
        let Some(schema) = self.node.value.get("schema").map(Key) else { return Vec::new() };
        let in_path = (self.place == "path").then_some(Kept::Path(schema));
        [Kept::Name(self.name, self.required(), schema)].into_iter().chain(in_path).collect()
    }

    /// What it has in common with one of another name.
    fn in_common(&self, other: &Parameter<'d>) -> Common {
        let schemas = self.node.value.get("schema").zip(other.node.value.get("schema"));
        let alike = schemas.is_some_and(|(old, new)| alike_but_for_docs(old, new));
        let is_alike = alike && self.place == other.place && self.required() == other.required();
        Common::of(is_alike, self.node.value, other.node.value)
    }

    pub(crate) fn schema(&self) -> Option<Node<'d>> {
        self.node.get("schema")
    }

    pub(crate) fn required(&self) -> bool {
        self.place == "path" || self.node.flag("required")
    }

    /// Whether generated code knows it: a cookie that may be left out is left out.
    fn is_generated(&self) -> bool {
        self.required() || (!matches!(self.place, "cookie" | WHOLE_QUERY) && !self.is_unwritable())
    }

    /// Whether it is written in a way that generated code does not know.
    fn is_unwritable(&self) -> bool {
        self.place == "query" && self.node.value.get("schema").is_some() && self.effective("style") != "form"
    }

    fn effective(&self, keyword: &str) -> Value {
        effective(keyword, self.place, &self.node)
    }

    /// What stands between the values of a list: nothing, where each has the name again. `None` if lists are written in
    /// another way than single values.
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

    /// Whether it is one value that is written in one piece.
    fn is_scalar(&self, side: &Side<'d>) -> bool {
        let schema = self.node.get("schema").and_then(|schema| side.definition(&schema));
        let types = schema.as_ref().and_then(|schema| schema.text("type"));
        matches!(types, Some("string" | "integer" | "number" | "boolean"))
    }

    /// Whether it is a cookie whose value is written alike, whether it is encoded or not.
    fn is_plain_cookie(&self, side: &Side<'d>) -> bool {
        let schema = self.node.get("schema").and_then(|schema| side.definition(&schema));
        let kind = schema.as_ref().and_then(|schema| schema.text("type"));
        self.place == "cookie" && matches!(kind, Some("integer" | "boolean"))
    }

    /// One component that operations refer to comes and goes with all of these references at once.
    fn once(&self, found: Found) -> Found {
        match reference(self.site.value) {
            Some(target) => found.once(target),
            None => found,
        }
    }

    fn at(&self, key: &str) -> Option<String> {
        Some(self.node.below(key))
    }

    pub(crate) fn subject(&self) -> String {
        format!("the {} parameter {}", self.place, quote_text(self.name))
    }

    fn reach(&self, operation: &str) -> Reach {
        Reach {
            direction: Some(Direction::Request),
            field: self.name.to_owned(),
            carrier: Some(Carrier::Parameter),
            ..Reach::whole(operation)
        }
    }
}

/// The parameters of a list that can be understood.
pub(crate) fn parameters<'d>(side: &Side<'d>, list: Option<&Node<'d>>, seen: &mut Seen) -> Vec<Parameter<'d>> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for site in list.into_iter().flat_map(Node::items) {
        let parameter = side.resolve(&site, seen).and_then(|node| Parameter::of(node, site));
        found.extend(parameter.filter(|parameter| known.insert(parameter.key())));
    }
    found
}

/// Compares the parameters of an operation. `renamed` are the names in its path that changed; `is_paging` says whether a
/// parameter of before chose which part of a list comes.
pub(crate) fn judge_all<'d>(
    sides: &Sides<'d>,
    operation: &str,
    old: &[Parameter<'d>],
    new: &[Parameter<'d>],
    renamed: &[(String, String)],
    is_paging: &dyn Fn(&Parameter<'d>) -> bool,
) -> Findings<'d> {
    let mut out = Findings::default();
    let (ignored, mut old): (Vec<_>, Vec<_>) = old.iter().partition(|parameter| parameter.is_ignored());
    let (also_ignored, mut new): (Vec<_>, Vec<_>) = new.iter().partition(|parameter| parameter.is_ignored());
    out.add(ignored_ones(operation, &ignored, &also_ignored));
    out.add(redescribed(operation, &mut old, &mut new));
    let mut free = Free::new(new.iter().map(|after| after.kept().into_iter().chain([Kept::Key(after.key())])));
    let mut alone = Vec::new();
    for before in old {
        let (place, name) = before.key();
        let renamed_to = renamed.iter().find(|(old, _)| place == "path" && *old == name);
        let key = (place, renamed_to.map_or(name, |(_, new)| new.clone()));
        match free.take([Kept::Key(key)]).and_then(|index| new.get(index)) {
            Some(after) => out.add(judge(sides, Some(operation), before, after)),
            None => alone.push(before),
        }
    }
    let (mut gone, mut pairs) = (Vec::new(), Vec::new());
    for before in alone {
        match free.take(before.kept()).and_then(|index| new.get(index)) {
            Some(after) => pairs.push((before, *after)),
            None => gone.push(before),
        }
    }
    let come: Vec<&Parameter<'d>> = free.left().filter_map(|index| new.get(index)).copied().collect();
    let names = |list: &[&Parameter<'d>]| list.iter().map(|parameter| parameter.name).collect::<Vec<_>>();
    let renamed = namesakes::renamed(&names(&gone), &names(&come), |one, other| {
        gone.get(one).zip(come.get(other)).map_or(Common::Nothing, |(before, after)| before.in_common(after))
    });
    pairs.extend(renamed.iter().filter_map(|(one, other)| Some((*gone.get(*one)?, *come.get(*other)?))));
    for (before, after) in pairs {
        out.report(moved(operation, before, after, is_paging));
        out.add(judge(sides, Some(operation), before, after));
    }
    let (known, known_again): (HashSet<usize>, HashSet<usize>) = renamed.into_iter().unzip();
    for (_, before) in gone.into_iter().enumerate().filter(|(index, _)| !known.contains(index)) {
        out.seen.whole(&before.site);
        out.report(removed(operation, before, is_paging));
    }
    for (_, after) in come.into_iter().enumerate().filter(|(index, _)| !known_again.contains(index)) {
        out.seen.whole(&after.site);
        out.report(added(operation, after));
    }
    out
}

/// Headers that a parameter cannot describe: their definitions say nothing.
const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];

/// Parameters that are ignored: whatever becomes of them is for people.
fn ignored_ones<'d>(operation: &str, old: &[&Parameter<'d>], new: &[&Parameter<'d>]) -> Findings<'d> {
    let mut out = Findings::default();
    old.iter().chain(new).flat_map(|it| [&it.site, &it.node]).for_each(|node| out.seen.whole(node));
    let find = |list: &[&Parameter<'d>], of: &Parameter<'d>| list.iter().position(|it| it.key() == of.key());
    let mut report = |old: Option<&Parameter<'d>>, new: Option<&Parameter<'d>>, what: &str| {
        let Some(parameter) = new.or(old) else {
            return;
        };
        let place = |it: Option<&Parameter<'d>>| it.and_then(|it| it.site.place());
        let found = Found::new(kind!("ignored-parameter-changed"), place(old), place(new), "");
        let what = format!("{what}, which OpenAPI says to ignore");
        // The generator does not, and has an argument for it.
        let source = match (old, new) {
            (Some(_), None) => Source::Breaking,
            (None, Some(_)) => Source::Compatible,
            (old, new) if old.map(Parameter::required) != new.map(Parameter::required) => Source::Breaking,
            _ => Source::None,
        };
        let found = Found { doc_only: source == Source::None, source, ..found };
        out.report(found.says(parameter.subject(), what).reaches(&[parameter.reach(operation)]));
    };
    for before in old {
        match find(new, before).and_then(|index| new.get(index)) {
            Some(after) if same(before.node.value, after.node.value) => {}
            Some(after) => report(Some(before), Some(after), "has changed"),
            None => report(Some(before), None, "was removed"),
        }
    }
    for after in new.iter().filter(|after| find(old, after).is_none()) {
        report(None, Some(after), "was added");
    }
    out
}

/// A query that one side describes as a whole, and the other parameter by parameter. A form is described by its parameters
/// on both sides by now.
fn redescribed<'p, 'd>(
    operation: &str,
    old: &mut Vec<&'p Parameter<'d>>,
    new: &mut Vec<&'p Parameter<'d>>,
) -> Findings<'d> {
    let mut out = Findings::default();
    let find = |list: &[&Parameter<'d>], place| list.iter().find(|it| it.place == place).map(|it| (*it).clone());
    let whole = [find(old, WHOLE_QUERY).zip(find(new, "query")), find(old, "query").zip(find(new, WHOLE_QUERY))];
    for (before, after) in whole.into_iter().flatten() {
        let found = Found::cannot_judge(before.site.place(), after.site.place(), "").wire(Wire::Risky);
        let what = "is described as a whole on one side and by its parameters on the other";
        out.report(found.says("the query", what).reaches(&[before.reach(operation)]));
        for list in [&mut *old, &mut *new] {
            list.retain(|it| {
                let is_query = matches!(it.place, "query" | WHOLE_QUERY);
                if is_query {
                    out.seen.whole(&it.site);
                }
                !is_query
            });
        }
    }
    out
}

fn removed<'d>(operation: &str, before: &Parameter<'d>, is_paging: &dyn Fn(&Parameter<'d>) -> bool) -> Found {
    let found = Found::new(kind!("request-parameter-removed"), before.site.place(), None, "");
    // A server that overlooks what it does not know responds with the first page, again and again.
    let (wire, what) = match is_paging(before) {
        true => (Wire::Breaking, "was removed, and chose which part of a list comes"),
        false => (Wire::Risky, "was removed"),
    };
    let found = found.wire(wire).breaks_source_if(before.is_generated()).says(before.subject(), what).gone();
    before.once(found).reaches(&[before.reach(operation)])
}

fn added(operation: &str, after: &Parameter<'_>) -> Found {
    let (kind, what) = if after.required() {
        (kind!("new-required-request-parameter"), "was added, and is required")
    } else {
        (kind!("new-optional-request-parameter"), "was added, and is optional")
    };
    let source = match after.place {
        // Nothing is generated of an operation that cannot do without it.
        WHOLE_QUERY if after.required() => Source::Breaking,
        _ if after.is_generated() => Source::Compatible,
        _ => Source::None,
    };
    let found = Found::new(kind, None, after.site.place(), "").source(source);
    after.once(found).says(after.subject(), what).came().reaches(&[after.reach(operation)])
}

fn moved<'d>(
    operation: &str,
    before: &Parameter<'d>,
    after: &Parameter<'d>,
    is_paging: &dyn Fn(&Parameter<'d>) -> bool,
) -> Found {
    let breaks = before.required() || after.required() || is_paging(before);
    let wire = if breaks { Wire::Breaking } else { Wire::Risky };
    let cookie = before.place == "cookie" || after.place == "cookie";
    let breaks = snake(before.name) != snake(after.name) || cookie;
    let found = if before.name == after.name { in_other_place(before, after) } else { renamed(before, after) };
    found.wire(wire).breaks_source_if(breaks).reaches(&[before.reach(operation)])
}

fn in_other_place(before: &Parameter<'_>, after: &Parameter<'_>) -> Found {
    let found = Found::new(kind!("request-parameter-moved"), before.at("in"), after.at("in"), "");
    found.says(before.subject(), format!("is now sent in the {}", after.place))
}

fn renamed(before: &Parameter<'_>, after: &Parameter<'_>) -> Found {
    let found = Found::new(kind!("request-parameter-renamed"), before.at("name"), after.at("name"), "");
    found.says(before.subject(), format!("is now called {}", quote_text(after.name)))
}

/// A name in a path that changed.
pub(crate) fn renamed_in_path(from: &str, to: &str, old: Option<String>, new: Option<String>) -> Found {
    let found = Found::new(kind!("request-path-parameter-renamed"), old, new, "");
    let found = found.breaks_source_if(snake(from) != snake(to));
    found.says(format!("the path parameter {}", quote_text(from)), format!("is now called {}", quote_text(to)))
}

/// What is judged of a parameter.
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

/// Compares two definitions of one parameter; `operation` is who uses them.
pub(crate) fn judge<'d>(
    sides: &Sides<'d>,
    operation: Option<&str>,
    before: &Parameter<'d>,
    after: &Parameter<'d>,
) -> Findings<'d> {
    let reach = operation.map(|operation| before.reach(operation));
    let reached = reach.as_slice();
    let mut out = others(&before.node, &after.node, &KNOWN, reached);
    out.found.extend(odd_flag("required", &before.node, &after.node, reached));
    out.found.extend(deprecation(&before.node, &after.node, REQUEST_PARAMETER, reached, &before.subject()));
    let same_place = before.place == after.place;
    if before.place == "path" && same_place && before.name != after.name {
        out.report(renamed_in_path(before.name, after.name, before.at("name"), after.at("name")).reaches(reached));
    }
    if before.required() != after.required() {
        let (kind, what) = if after.required() {
            (kind!("request-parameter-became-required"), "is now required")
        } else {
            (kind!("request-parameter-became-optional"), "may now be left out")
        };
        let found = Found::new(kind, before.at("required"), after.at("required"), "");
        out.report(found.says(before.subject(), what).reaches(reached));
    }
    let same_style = same(&before.effective("style"), &after.effective("style"));
    for keyword in STYLED {
        // What `explode` means by itself depends on the style.
        let meant = keyword != "explode" || same_style;
        if (same_place && meant) || keyword == "allowReserved" {
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
        let what = "takes a list of values, of which one is written as before";
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

/// What a list holds, if one value of a parameter or header is written like a list of just that value: the delimiter of
/// the list, if it has one, is in no value.
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
    let is_list = many.types.without(Types::NULL) == Types::ARRAY && many.unions.is_empty() && many.prefix.is_empty();
    let least = many.counts.get("minItems").and_then(|count| count.value.as_f64());
    let holds = |delimiter: char| match &one.values {
        Some(values) => values.iter().any(|value| value.value.as_str().is_some_and(|text| text.contains(delimiter))),
        None => types.meets(Types::STRING),
    };
    if !is_single || !is_list || least.is_some_and(|least| least > 1.0) || delimiter.is_some_and(holds) {
        return None;
    }
    match many.items {
        Rest::Schema(items) => Some(items),
        Rest::Any => Some(Slot::of(Node::new(&Value::Bool(true), &list.below("items")))),
        Rest::None(_) => None,
    }
}

/// What a component says of its place and its name.
pub(crate) fn judge_component<'d>(sides: &Sides<'d>, before: &Parameter<'d>, after: &Parameter<'d>) -> Findings<'d> {
    let mut out = judge(sides, None, before, after);
    let topic = format!("the parameter {}", quote_text(before.name));
    let mut report = |found: Found| {
        let what = found.what.clone();
        out.report(found.wire(Wire::None).says(topic.clone(), what));
    };
    if before.place != after.place {
        report(in_other_place(before, after));
    }
    if before.name != after.name && !(before.place == "path" && after.place == "path") {
        report(renamed(before, after));
    }
    out
}

/// How a parameter is written, by the values in effect.
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
        // A single value is written alike, whatever `explode` says.
        "explode" if before.is_scalar(&sides.old) && after.is_scalar(&sides.new) => return None,
        // Nor does it say anything of a list that is written with commas.
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
        // What is not repeated for each value of a list is one text.
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

/// Deprecation of a parameter or header.
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

/// The value of a key that is in effect.
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
