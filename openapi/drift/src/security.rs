//! Compares the credentials that operations require.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::pointer;

use crate::change::{Caller, Wire};
use crate::found::{Findings, Found, Topic};
use crate::kind::{Kind, kind};
use crate::node::Node;
use crate::operation::Operation;
use crate::paths::Pair;
use crate::security_scheme::{self, Uses};
use crate::server_requests::Kept;
use crate::side::{Side, Sides};
use crate::value::quote_list;

/// Schemes that are required together, each with its scopes.
type Alternative = BTreeMap<String, BTreeSet<String>>;

/// Compares the effective requirements of every operation in both documents, the credentials that the server sends with
/// its own requests, and the schemes.
pub(crate) fn judge<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>], requests: &[Kept<'d>]) -> Findings<'d> {
    let (mut out, renamed) = security_scheme::renamed(sides);
    let mut uses = Uses::default();
    let rename = |alternatives: &mut [Alternative]| {
        for alternative in alternatives {
            let name = |name: String| renamed.get(&*name).map_or(name, |name| (*name).to_owned());
            *alternative = std::mem::take(alternative).into_iter().map(|(it, scopes)| (name(it), scopes)).collect();
        }
    };
    for (old, new) in pairs {
        let (before, after) = (effective(&sides.old, old), effective(&sides.new, new));
        // What cannot be understood is left, on both sides, to the comparison of leftovers.
        let (Some((mut before, old_list)), Some((after, new_list))) = (before, after) else {
            continue;
        };
        old_list.iter().chain(&new_list).for_each(|list| out.seen.keys(list));
        let at = |list: Option<Node<'_>>| Some(list.map_or("/security".to_owned(), |list| list.at.to_string()));
        let (old_at, new_at) = (at(old_list), at(new_list));
        rename(&mut before);
        let reach = old.reach();
        for scheme in before.iter().chain(&after).flat_map(BTreeMap::keys) {
            uses.users.entry(scheme.clone()).or_default().push(reach.clone());
        }
        for (scheme, scopes) in after.iter().flatten() {
            let asked = uses.asked.entry(scheme.clone()).or_default();
            for scope in scopes {
                asked.entry(scope.clone()).or_default().push(reach.clone());
            }
        }
        let report = |kind: &'static Kind, what: String| {
            let found = Found::new(kind, old_at.clone(), new_at.clone(), "");
            found.says("the operation", what).reaches(std::slice::from_ref(&reach))
        };
        let found = requirements(&before, &after, &report).into_iter();
        out.found.extend(found.map(|found| {
            let cause = format!("{} {before:?} {after:?}", found.what);
            found.once(&cause)
        }));
    }
    out.add(unused_default(sides, pairs, &rename));
    for Kept { old, new, topic, reach } in requests {
        // Requirements for the whole document apply to the client.
        let is_own = [old, new].map(|operation| operation.node.value.get("security").is_some());
        let (before, after) = (effective(&sides.old, old), effective(&sides.new, new));
        let (Some((mut before, old_list)), Some((after, new_list)), true) = (before, after, is_own.contains(&true))
        else {
            continue;
        };
        old_list.iter().chain(&new_list).for_each(|list| out.seen.keys(list));
        rename(&mut before);
        for scheme in before.iter().chain(&after).flat_map(BTreeMap::keys) {
            uses.users.entry(scheme.clone()).or_default().push(reach.clone());
        }
        let at = |list: Option<Node<'_>>, operation: &Operation<'_>| {
            list.map_or_else(|| operation.node.place(), |list| list.place())
        };
        let found = Found::new(kind!("server-request-security-changed"), at(old_list, old), at(new_list, new), "");
        out.found.extend(sent(&before, &after, found, is_own == [true; 2]).map(|found| {
            let cause = format!("{} {}", reach.caller, found.what);
            let several = match reach.caller {
                Caller::Callback => "each of several callbacks",
                _ => "each of several webhooks",
            };
            Found { topic: Topic::OneOf(topic.clone(), several), ..found.once(&cause) }
                .reaches(std::slice::from_ref(reach))
        }));
    }
    out.add(security_scheme::judge_all(sides, &uses, &renamed));
    out
}

/// Compares the requirements for the whole document, if no operation inherits them in both contracts: otherwise
/// the change is reported there.
fn unused_default<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>], rename: &dyn Fn(&mut [Alternative])) -> Findings<'d> {
    let mut out = Findings::default();
    let inherits = |operation: &Operation<'_>| operation.node.value.get("security").is_none();
    let lists = [&sides.old, &sides.new].map(|side| side.root().get("security"));
    // A default that is now stated by each operation, or vice versa, is compared there too.
    let is_used = |(old, new): &Pair<'_>| match lists {
        [Some(_), None] => inherits(old),
        [None, Some(_)] => inherits(new),
        _ => inherits(old) && inherits(new),
    };
    let is_used = pairs.iter().any(is_used);
    let read = |list: &Option<Node<'d>>| list.as_ref().map_or_else(|| Some(vec![Alternative::new()]), understood);
    let [Some(mut before), Some(after)] = lists.each_ref().map(read) else { return out };
    lists.iter().flatten().for_each(|list| out.seen.keys(list));
    rename(&mut before);
    let alike = before.len() == after.len() && before.iter().all(|old| after.contains(old));
    if !is_used && !alike {
        let [old, new] = [&sides.old, &sides.new].map(|side| side.root().place_of("security"));
        let found = Found::new(kind!("api-security-updated"), old, new, "").wire(Wire::None).always();
        out.report(found.says("the default security", "changed, but no operation inherits it in both contracts"));
    }
    out
}

/// The change of the credentials that the server sends. `is_own`: both sides state them for this request.
fn sent(old: &[Alternative], new: &[Alternative], found: Found, is_own: bool) -> Option<Found> {
    let shown = |list: &[Alternative]| list.iter().map(shown).collect::<Vec<_>>().join(" or ");
    let alike = old.len() == new.len() && old.iter().all(|old| new.contains(old));
    // The receiver accepts a request with at least the credentials of one old alternative.
    let is_let_in = new.iter().all(|new| old.iter().any(|old| lets_in(old, new)));
    let wire = match is_own {
        _ if is_let_in => Wire::Compatible,
        true => Wire::Breaking,
        false => Wire::Risky,
    };
    (!alike).then(|| found.wire(wire).says("", format!("is sent with {} instead of {}", shown(new), shown(old))))
}

/// Whether the new alternative accepts a client that has the credentials of the old one: it requires no more.
fn lets_in(new: &Alternative, old: &Alternative) -> bool {
    new.iter().all(|(scheme, scopes)| old.get(scheme).is_some_and(|had| had.is_superset(scopes)))
}

fn shown(alternative: &Alternative) -> String {
    match alternative.len() {
        0 => "no credentials".to_owned(),
        _ => quote_list(alternative.keys().map(String::as_str)),
    }
}

/// Compares the requirements of one operation; `report` makes a finding about it.
fn requirements(
    old: &[Alternative],
    new: &[Alternative],
    report: &dyn Fn(&'static Kind, String) -> Found,
) -> Vec<Found> {
    let mut out = Vec::new();
    let nothing = Alternative::new();
    let (was_open, is_open) = (old.contains(&nothing), new.contains(&nothing));
    if was_open != is_open {
        let (kind, what) = if is_open {
            (kind!("api-security-became-optional"), "can now be called without credentials")
        } else {
            (kind!("api-security-became-required"), "can no longer be called without credentials")
        };
        out.push(report(kind, what.to_owned()));
        // Requirements that were replaced or removed are part of the same change.
        if old.len() == 1 && was_open || new.len() == 1 && is_open {
            return out;
        }
    }
    let given =
        |list: &[Alternative]| -> Vec<Alternative> { list.iter().filter(|it| !it.is_empty()).cloned().collect() };
    let (old, new) = (given(old), given(new));
    // Where no credentials are required, others than before may have an effect, but nobody is refused.
    let otherwise = if is_open { Wire::Risky } else { Wire::Breaking };
    let gone = old.iter().filter(|old| !new.contains(old));
    let mut fresh: Vec<&Alternative> = new.iter().filter(|new| !old.contains(new)).collect();
    for old in gone {
        let breaks = !new.iter().any(|new| lets_in(new, old));
        let mut take = |fits: &dyn Fn(&Alternative) -> bool| {
            let place = fresh.iter().position(|new| fits(new))?;
            Some(fresh.remove(place))
        };
        let same_schemes = take(&|new| new.keys().eq(old.keys()));
        out.push(match (same_schemes, breaks) {
            (Some(new), true) => {
                let what = format!("requires additional scopes of {}", shown(new));
                report(kind!("api-security-scope-added"), what).wire(otherwise)
            }
            (Some(new), false) => {
                let what = format!("requires fewer scopes of {}", shown(new));
                report(kind!("api-security-scope-removed"), what)
            }
            (None, breaks) => match take(&|new| breaks || lets_in(new, old)) {
                Some(new) => {
                    let what = format!("requires {} instead of {}", shown(new), shown(old));
                    let wire = if breaks { otherwise } else { Wire::Compatible };
                    report(kind!("api-security-updated"), what).wire(wire)
                }
                None => {
                    let (wire, less) = match breaks {
                        true if is_open => (Wire::Compatible, ", and requires no credentials"),
                        true => (Wire::Breaking, ""),
                        false => (Wire::Compatible, ", and requires less"),
                    };
                    let what = format!("no longer accepts {}{less}", shown(old));
                    let scheme = |name: &String| pointer::join("/components/securitySchemes", name);
                    report(kind!("api-security-removed"), what).also(old.keys().map(scheme)).wire(wire)
                }
            },
        });
    }
    let added = |new: &Alternative| report(kind!("api-security-added"), format!("also accepts {}", shown(new)));
    out.extend(fresh.into_iter().map(added));
    out
}

/// The alternatives of an operation, and their list. Without a list, no credentials are required.
fn effective<'d>(side: &Side<'d>, operation: &Operation<'d>) -> Option<(Vec<Alternative>, Option<Node<'d>>)> {
    match operation.node.get("security").or_else(|| side.root().get("security")) {
        Some(list) => Some((understood(&list)?, Some(list))),
        None => Some((vec![Alternative::new()], None)),
    }
}

fn understood(list: &Node<'_>) -> Option<Vec<Alternative>> {
    let mut alternatives = Vec::new();
    for item in list.value.as_array()? {
        let mut alternative = Alternative::new();
        for (scheme, scopes) in item.as_object()? {
            let scopes = scopes.as_array()?.iter().map(|scope| scope.as_str().map(str::to_owned));
            alternative.insert(scheme.clone(), scopes.collect::<Option<BTreeSet<String>>>()?);
        }
        if !alternatives.contains(&alternative) {
            alternatives.push(alternative);
        }
    }
    if alternatives.is_empty() {
        alternatives.push(Alternative::new());
    }
    Some(alternatives)
}
