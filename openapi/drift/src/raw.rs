//! Compares the keywords that are taken as they are written: what is not understood, and what nobody can weigh.

use super::change::Wire;
use super::engine::{Context, Engine, Opaque};
use super::found::{Effect, Found, Name};
use super::schema::Compared;
use super::side::Node;
use super::value::{quote, quote_list, same};
use super::view::Slot;

/// The keywords of which it is only known whether their schemas differ, not what that means.
pub(super) const WHOLE: [&str; 7] =
    ["not", "if", "then", "else", "contentSchema", "unevaluatedItems", "unevaluatedProperties"];

impl<'d> Engine<'d> {
    /// Keywords that are compared as they are written.
    pub(super) fn raw(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let empty: Vec<Node<'d>> = Vec::new();
        let mut keywords: Vec<&str> = old.raw.keys().chain(new.raw.keys()).copied().collect();
        keywords.sort_unstable();
        keywords.dedup();
        let mut conditional = false;
        for keyword in keywords {
            let (before, after) = (old.raw.get(keyword).unwrap_or(&empty), new.raw.get(keyword).unwrap_or(&empty));
            let (old_at, new_at) =
                (before.first().map(|node| node.at.to_string()), after.first().map(|node| node.at.to_string()));
            let name = if keyword.is_empty() { "the schema".to_owned() } else { quote_list([keyword]) };
            let schemas = WHOLE.contains(&keyword);
            if let ([before], [after]) = (before.as_slice(), after.as_slice())
                && schemas
                && before.value.is_object()
                && after.value.is_object()
            {
                // Whether that differs is known when all that it refers to has been compared.
                let what = format!("differs in {name}, which this comparison does not judge");
                let found = Engine::cannot_judge(old_at, new_at, what);
                let context = Context { untyped: true, ..Context::default() };
                let (child, _) = self.pair(Slot::of(before.clone()), Slot::of(after.clone()), context);
                self.opaque.push(Opaque { pair: compared.pair, child, found });
                continue;
            }
            let alike = before.len() == after.len()
                && before.iter().all(|node| after.iter().any(|other| same(node.value, other.value)));
            let idle = keyword == "dependentRequired" && before.iter().chain(after).all(asks_nothing);
            if alike || idle || (keyword == "nullable" && neutral(before) && neutral(after)) {
                continue;
            }
            before.iter().for_each(|node| self.old.account(node.value));
            after.iter().for_each(|node| self.new.account(node.value));
            let found = match (keyword, before.as_slice(), after.as_slice()) {
                ("not", [], [_]) => {
                    self.condition(compared, "not-added", None, new_at, "must not meet the schema of `not`");
                    continue;
                }
                ("not", [_], []) => {
                    self.condition(compared, "not-removed", old_at, None, "may meet the schema of `not`");
                    continue;
                }
                // One condition, whichever of its words differ.
                ("if" | "then" | "else", _, _) if std::mem::replace(&mut conditional, true) => continue,
                ("contentEncoding" | "contentMediaType", _, _) => {
                    let stem = if keyword == "contentEncoding" {
                        "content-encoding-changed"
                    } else {
                        "content-media-type-changed"
                    };
                    let what = format!("is said by {name} to hold content of another kind");
                    Found::new(Name::Schema(stem), old_at, new_at, what).doc()
                }
                ("unevaluatedProperties" | "unevaluatedItems", _, _) => match (refuses(before), refuses(after)) {
                    (false, true) if all_boolean(before) => {
                        let stem = if keyword == "unevaluatedItems" {
                            "unevaluated-items-added"
                        } else {
                            "unevaluated-properties-added"
                        };
                        self.condition(compared, stem, None, new_at, format!("refuses what {name} is about"));
                        continue;
                    }
                    (true, false) if all_boolean(after) => {
                        let stem = if keyword == "unevaluatedItems" {
                            "unevaluated-items-removed"
                        } else {
                            "unevaluated-properties-removed"
                        };
                        self.condition(compared, stem, old_at, None, format!("no longer refuses what {name} is about"));
                        continue;
                    }
                    (false, false) if all_boolean(before) && all_boolean(after) => continue,
                    _ => Engine::cannot_judge(old_at, new_at, format!("differs in {name}")),
                },
                ("dependentRequired", [], _) => {
                    let what = "asks for properties beside others";
                    self.condition(compared, "dependent-required-added", None, new_at, what);
                    continue;
                }
                ("dependentRequired", _, []) => {
                    let what = "no longer asks for properties beside others";
                    self.condition(compared, "dependent-required-removed", old_at, None, what);
                    continue;
                }
                ("dependentRequired", [before], [after]) => {
                    self.dependent(compared, before, after);
                    continue;
                }
                _ => Engine::cannot_judge(old_at, new_at, format!("differs in {name}, which is not understood here")),
            };
            self.report_in(compared.pair, found);
        }
    }

    /// Whether a reference leads to what is not known, and is another one than before; then nothing can be compared.
    pub(super) fn unknown_target(&mut self, compared: &Compared<'d>) -> bool {
        let (old, new) = (&compared.old, &compared.new);
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let (before, after) = (old.raw.get(keyword), new.raw.get(keyword));
            let nodes = |nodes: Option<&Vec<Node<'d>>>| nodes.cloned().unwrap_or_default();
            let (before, after) = (nodes(before), nodes(after));
            let alike =
                before.len() == after.len() && before.iter().zip(&after).all(|(old, new)| same(old.value, new.value));
            if alike {
                continue;
            }
            let at = |nodes: &[Node<'d>], whole: &str| {
                Some(nodes.first().map_or_else(|| whole.to_owned(), |node| node.at.to_string()))
            };
            let (old_at, new_at) = (at(&before, &compared.old_at), at(&after, &compared.new_at));
            let what = "refers to what is not in the contract, so that what it means is not known";
            self.report_in(compared.pair, Engine::cannot_judge(old_at, new_at, what));
            self.account_view(old, true);
            self.account_view(new, false);
            return true;
        }
        false
    }

    fn dependent(&mut self, compared: &Compared<'d>, old: &Node<'d>, new: &Node<'d>) {
        let pairs = |node: &Node<'d>| -> Vec<(String, String)> {
            let lists = node.entries();
            lists
                .iter()
                .flat_map(|(name, list)| {
                    list.items().into_iter().map(move |item| ((*name).to_owned(), quote(item.value)))
                })
                .collect()
        };
        let (before, after) = (pairs(old), pairs(new));
        let more = after.iter().any(|pair| !before.contains(pair));
        let less = before.iter().any(|pair| !after.contains(pair));
        let (old_at, new_at) = (Some(old.at.to_string()), Some(new.at.to_string()));
        let (stem, effect) = match (more, less) {
            (true, false) => ("dependent-required-added", Effect::TIGHTER),
            (false, true) => ("dependent-required-removed", Effect::LOOSER),
            _ => ("dependent-required-changed", Effect::both(Wire::Breaking)),
        };
        let found = Found::new(Name::Schema(stem), old_at, new_at, "asks for other properties beside some than before");
        self.report_in(compared.pair, found.effect(effect));
    }
}

/// Whether `dependentRequired` asks for no property.
fn asks_nothing(node: &Node<'_>) -> bool {
    let empty = |list: &serde_json::Value| list.as_array().is_some_and(Vec::is_empty);
    node.object().is_some_and(|lists| lists.values().all(empty))
}

fn neutral(nodes: &[Node<'_>]) -> bool {
    nodes.iter().all(|node| node.value == &serde_json::Value::Bool(false))
}

fn refuses(nodes: &[Node<'_>]) -> bool {
    nodes.iter().any(|node| node.value == &serde_json::Value::Bool(false))
}

fn all_boolean(nodes: &[Node<'_>]) -> bool {
    nodes.iter().all(|node| node.value.is_boolean() || node.value.as_object().is_some_and(serde_json::Map::is_empty))
}
