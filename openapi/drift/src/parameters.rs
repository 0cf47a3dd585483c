//! Compares the parameters of an operation: matches them, and finds the removed and added ones.

use std::collections::HashSet;

use zerogate_contract::json::Key;
use zerogate_contract::names::snake;

use crate::change::{Source, Wire};
use crate::found::{Findings, Found};
use crate::free::Free;
use crate::kind::kind;
use crate::namesakes::{self, Common};
use crate::parameter::{Parameter, WHOLE_QUERY, judge};
use crate::side::Sides;
use crate::text::alike_but_for_docs;
use crate::value::{quote_text, same};

/// What identifies a parameter that moved or was renamed: a key, or its schema and name, or its schema and location in
/// the path.
#[derive(Eq, Hash, PartialEq)]
enum Kept<'d> {
    Key((&'d str, String)),
    Name(&'d str, bool, Key<'d>),
    Path(Key<'d>),
}

impl<'d> Parameter<'d> {
    /// Whether it is one of the headers that OpenAPI ignores.
    fn is_ignored(&self) -> bool {
        self.place == "header" && IGNORED.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// What identifies it in another location or under another name.
    fn kept(&self) -> Vec<Kept<'d>> {
        let Some(schema) = self.definition().value.get("schema").map(Key) else { return Vec::new() };
        let in_path = (self.place == "path").then_some(Kept::Path(schema));
        [Kept::Name(self.name, self.required(), schema)].into_iter().chain(in_path).collect()
    }

    /// What it has in common with a parameter of another name.
    fn in_common(&self, other: &Parameter<'d>) -> Common {
        let schemas = self.definition().value.get("schema").zip(other.definition().value.get("schema"));
        let alike = schemas.is_some_and(|(old, new)| alike_but_for_docs(old, new));
        let is_alike = alike && self.place == other.place && self.required() == other.required();
        Common::of(is_alike, self.definition().value, other.definition().value)
    }
}

/// Whether another path parameter has a name now.
pub(crate) fn is_taken(renamed: &[(String, String)], name: &str) -> bool {
    renamed.iter().any(|(from, to)| from != name && snake(to) == snake(name))
}

/// Compares the parameters of an operation. `renamed`: the renamed path parameters. `is_paging`: whether an old
/// parameter selects a page.
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
        let is_taken = place == "path" && is_taken(renamed, &name);
        let renamed_to = renamed.iter().find(|(old, _)| place == "path" && *old == name);
        let key = (place, renamed_to.map_or(name, |(_, new)| new.clone()));
        match free.take([Kept::Key(key)]).and_then(|index| new.get(index)) {
            Some(after) => out.add(judge(sides, Some(operation), before, after, is_taken)),
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
        out.add(judge(sides, Some(operation), before, after, false));
    }
    let (known, known_again): (HashSet<usize>, HashSet<usize>) = renamed.into_iter().unzip();
    for (_, before) in gone.into_iter().enumerate().filter(|(index, _)| !known.contains(index)) {
        out.seen.whole(before.site());
        out.report(removed(operation, before, is_paging));
    }
    for (_, after) in come.into_iter().enumerate().filter(|(index, _)| !known_again.contains(index)) {
        out.seen.whole(after.site());
        out.report(added(operation, after));
    }
    out
}

/// Headers that parameters cannot describe: their definitions are ignored.
const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];

/// Compares ignored parameters: their changes only concern people.
fn ignored_ones<'d>(operation: &str, old: &[&Parameter<'d>], new: &[&Parameter<'d>]) -> Findings<'d> {
    let mut out = Findings::default();
    old.iter().chain(new).flat_map(|it| [it.site(), it.definition()]).for_each(|node| out.seen.whole(node));
    let find = |list: &[&Parameter<'d>], of: &Parameter<'d>| list.iter().position(|it| it.key() == of.key());
    let mut report = |old: Option<&Parameter<'d>>, new: Option<&Parameter<'d>>, what: &str| {
        let Some(parameter) = new.or(old) else {
            return;
        };
        let place = |it: Option<&Parameter<'d>>| it.and_then(|it| it.site().place());
        let found = Found::new(kind!("ignored-parameter-changed"), place(old), place(new), "");
        let what = format!("{what}, but OpenAPI ignores it");
        // The generator does not ignore it, and makes an argument for it.
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
            Some(after) if same(before.definition().value, after.definition().value) => {}
            Some(after) => report(Some(before), Some(after), "changed"),
            None => report(Some(before), None, "was removed"),
        }
    }
    for after in new.iter().filter(|after| find(old, after).is_none()) {
        report(None, Some(after), "was added");
    }
    out
}

/// A query that one side describes as a whole, and the other by parameters. Forms were replaced by their parameters on
/// both sides.
fn redescribed<'p, 'd>(
    operation: &str,
    old: &mut Vec<&'p Parameter<'d>>,
    new: &mut Vec<&'p Parameter<'d>>,
) -> Findings<'d> {
    let mut out = Findings::default();
    let find = |list: &[&Parameter<'d>], place| list.iter().find(|it| it.place == place).map(|it| (*it).clone());
    let whole = [find(old, WHOLE_QUERY).zip(find(new, "query")), find(old, "query").zip(find(new, WHOLE_QUERY))];
    for (before, after) in whole.into_iter().flatten() {
        let found = Found::cannot_judge(before.site().place(), after.site().place(), "").wire(Wire::Risky);
        let what = "is described as a whole in one contract and by its parameters in the other";
        out.report(found.says("the query", what).reaches(&[before.reach(operation)]));
        for list in [&mut *old, &mut *new] {
            list.retain(|it| {
                let is_query = matches!(it.place, "query" | WHOLE_QUERY);
                if is_query {
                    out.seen.whole(it.site());
                }
                !is_query
            });
        }
    }
    out
}

fn removed<'d>(operation: &str, before: &Parameter<'d>, is_paging: &dyn Fn(&Parameter<'d>) -> bool) -> Found {
    let found = Found::new(kind!("request-parameter-removed"), before.site().place(), None, "");
    // A server that ignores unknown parameters returns the first page again and again.
    let (wire, what) = match is_paging(before) {
        true => (Wire::Breaking, "was removed, although it selected the page of a list"),
        false => (Wire::Risky, "was removed"),
    };
    let found = found.wire(wire).breaks_source_if(before.is_generated()).says(before.subject(), what).gone();
    before.once(found).reaches(&[before.reach(operation)])
}

fn added(operation: &str, after: &Parameter<'_>) -> Found {
    let (kind, what) = if after.required() {
        (kind!("new-required-request-parameter"), "was added as required")
    } else {
        (kind!("new-optional-request-parameter"), "was added as optional")
    };
    let source = match after.place {
        // Nothing is generated for an operation that requires it.
        WHOLE_QUERY if after.required() => Source::Breaking,
        _ if after.is_generated() => Source::Compatible,
        _ => Source::None,
    };
    let found = Found::new(kind, None, after.site().place(), "").source(source);
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
    found.says(before.subject(), format!("was renamed to {}", quote_text(after.name)))
}

/// Compares the location and name of a component.
pub(crate) fn judge_component<'d>(sides: &Sides<'d>, before: &Parameter<'d>, after: &Parameter<'d>) -> Findings<'d> {
    let mut out = judge(sides, None, before, after, false);
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
