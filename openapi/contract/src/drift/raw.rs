//! Compares the keywords that are taken as they are written: what is not understood, and what nobody can weigh.

use super::change::Wire;
use super::engine::{Context, Engine, Opaque};
use super::found::{Effect, Found, Name};
use super::schema::Compared;
use super::side::Node;
use super::value::{quote, quote_list, same};
use super::view::Slot;

impl<'d> Engine<'d> {
    /// Keywords that are compared as they are written.
    pub(super) fn raw(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let empty: Vec<Node<'d>> = Vec::new();
        let mut keywords: Vec<&str> = old.raw.keys().chain(new.raw.keys()).copied().collect();
        keywords.sort_unstable();
        keywords.dedup();
        for keyword in keywords {
            let (before, after) = (old.raw.get(keyword).unwrap_or(&empty), new.raw.get(keyword).unwrap_or(&empty));
            let (old_at, new_at) =
                (before.first().map(|node| node.at.to_string()), after.first().map(|node| node.at.to_string()));
            let name = if keyword.is_empty() { "the schema".to_owned() } else { quote_list([keyword]) };
            let schemas = matches!(
                keyword,
                "not" | "if" | "then" | "else" | "contentSchema" | "unevaluatedItems" | "unevaluatedProperties"
            );
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
            if alike || (keyword == "nullable" && neutral(before) && neutral(after)) {
                continue;
            }
            before.iter().for_each(|node| self.old.account(node.value));
            after.iter().for_each(|node| self.new.account(node.value));
            let found = match (keyword, before.as_slice(), after.as_slice()) {
                ("not", [], [_]) | ("not", [_], []) => {
                    self.constraint(compared, old_at, new_at, "has `not` on one side only");
                    continue;
                }
                ("contentEncoding" | "contentMediaType", _, _) => {
                    let what = format!("is said by {name} to hold content of another kind");
                    Found::new(Name::Schema("content-changed"), old_at, new_at, what).doc()
                }
                ("unevaluatedProperties" | "unevaluatedItems", _, _) => match (refuses(before), refuses(after)) {
                    (false, true) if all_boolean(before) => {
                        self.constraint(compared, None, new_at, format!("refuses what {name} is about"));
                        continue;
                    }
                    (true, false) if all_boolean(after) => {
                        self.constraint(compared, old_at, None, format!("no longer refuses what {name} is about"));
                        continue;
                    }
                    (false, false) if all_boolean(before) && all_boolean(after) => continue,
                    _ => Engine::cannot_judge(old_at, new_at, format!("differs in {name}")),
                },
                ("dependentRequired", [], _) => {
                    self.constraint(compared, None, new_at, "asks for properties beside others");
                    continue;
                }
                ("dependentRequired", _, []) => {
                    self.constraint(compared, old_at, None, "no longer asks for properties beside others");
                    continue;
                }
                ("dependentRequired", [before], [after]) => {
                    self.dependent(compared, before, after);
                    continue;
                }
                ("$ref", _, _) => {
                    let what = "refers to what is not in the contract, so that what it means is not known";
                    Engine::cannot_judge(old_at, new_at, what)
                }
                _ => Engine::cannot_judge(old_at, new_at, format!("differs in {name}, which is not understood here")),
            };
            self.report_in(compared.pair, found);
        }
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
            (true, false) => ("constraint-added", Effect::TIGHTER),
            (false, true) => ("constraint-removed", Effect::LOOSER),
            _ => ("constraint-changed", Effect::both(Wire::Breaking)),
        };
        let found = Found::new(Name::Schema(stem), old_at, new_at, "asks for other properties beside some than before");
        self.report_in(compared.pair, found.effect(effect));
    }
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
