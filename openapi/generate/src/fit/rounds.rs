//! Makes a document fit the generator: works around limits, and omits what has no workaround.
//!
//! The check finds the limits and their workarounds. This applies them until none is left: one may uncover another.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};
use zerogate_contract::methods::{self, Method};
use zerogate_contract::reach::{References, name, owner};
use zerogate_contract::vocabulary::{Holds, Node};
use zerogate_contract::{ContractError, Document, pointer};

use super::alike::{self, WireNames};
use super::finding::{Edit, Remedy, Reported, Skipped};
use super::names::Shared;
use super::rewrite::{null_where_used, parameters, place, rename, set, take};
use super::survey::Survey;
use super::{direction, merge, rephrase, union, unread};
use zerogate_contract::{Note, NoteKind};

/// The maximum number of rounds. Each one handles everything that was found.
const MAX_ROUNDS: usize = 100;

/// The maximum number of problems per round: a large document has thousands, and each check takes time.
const AT_ONCE: usize = 20_000;

/// A document that the generator supports.
pub(crate) struct Fitted {
    pub(crate) document: Document,
    pub(crate) notes: Vec<Note>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) wire_names: WireNames,
    pub(crate) shared: Shared,
}

/// Makes a document in canonical form fit.
pub(crate) fn fit(mut document: Document) -> Result<Fitted, ContractError> {
    let mut notes = Vec::new();
    direction::loosen(&mut document, &mut notes);
    merge::any_of(&mut document, &mut notes);
    rephrase::rephrase(&mut document, &mut notes);
    let wire_names = alike::part(&mut document, &mut notes);
    let mut fitting = Fitting { document, notes, skipped: Vec::new(), weakened: HashSet::new() };
    for _ in 0..MAX_ROUNDS {
        let (found, shared) = Survey::of(&fitting.document, AT_ONCE);
        if found.iter().any(|found| found.remedy.is_none()) {
            return Err(refuse(&fitting.document, found.into_iter().filter(|found| found.remedy.is_none())));
        }
        if found.is_empty() {
            let Fitting { document, mut notes, skipped, .. } = fitting;
            union::notes(&document, &mut notes);
            unread::notes(&document, &mut notes);
            return Ok(Fitted { document, notes, skipped, wire_names, shared });
        }
        if !fitting.round(&found) {
            return Err(refuse(&fitting.document, found));
        }
    }
    Err(refuse(&fitting.document, Survey::of(&fitting.document, AT_ONCE).0))
}

fn refuse(document: &Document, found: impl IntoIterator<Item = Reported>) -> ContractError {
    let mut problems = found.into_iter().map(|found| found.problem);
    let first = problems.next().unwrap_or_else(|| {
        document.problem("", "the document cannot be adapted to the generator", "import only some of its operations")
    });
    ContractError::from(first).and(problems.collect())
}

struct Fitting {
    document: Document,
    notes: Vec<Note>,
    skipped: Vec<Skipped>,
    /// The schemas that already accept any JSON.
    weakened: HashSet<String>,
}

/// The changes of one round.
#[derive(Default)]
struct Round {
    /// The pointers that are rewritten or removed.
    touched: BTreeSet<String>,
    sets: Vec<(String, Value)>,
    removals: Vec<String>,
    /// Component schemas that are renamed.
    renamed: Vec<(String, String)>,
    /// Component schemas from which null moves to the references.
    nullable: Vec<String>,
    /// Parameters that are dropped, including references to them.
    parameters: BTreeSet<String>,
}

impl Fitting {
    /// Handles the findings; returns whether anything was done.
    fn round(&mut self, found: &[Reported]) -> bool {
        let mut round = Round::default();
        let mut left = Vec::new();
        for found in found {
            match &found.remedy {
                Some(Remedy::Edit { edits, kind, message }) => {
                    let pointers = |edit: &Edit| match edit {
                        Edit::Remove(at) | Edit::Set(at, _) => at.clone(),
                    };
                    // Nodes that another edit has touched are checked again in the next round.
                    if edits.is_empty() || edits.iter().map(pointers).any(|at| round.touches(&at)) {
                        continue;
                    }
                    self.note(found, *kind, &found.pointer, format!("{}: {message}", found.problem.message));
                    round.touched.extend(edits.iter().map(pointers));
                    for edit in edits {
                        match edit.clone() {
                            Edit::Remove(at) => round.removals.push(at),
                            Edit::Set(at, value) => round.sets.push((at, value)),
                        }
                    }
                }
                Some(Remedy::NullWhereUsed { component }) if !round.nullable.contains(component) => {
                    let message = format!("null was moved to the references to `{component}`");
                    self.note(found, NoteKind::Exact, &found.pointer, message);
                    round.nullable.push(component.clone());
                }
                Some(Remedy::Rename { component, name }) if !round.renamed.iter().any(|(_, other)| other == name) => {
                    let message = format!("{}: its type is `{name}`", found.problem.message);
                    self.note(found, NoteKind::Exact, &found.pointer, message);
                    round.renamed.push((component.clone(), name.clone()));
                }
                Some(Remedy::DropParameter { pointer }) if round.parameters.insert(pointer.clone()) => {
                    round.touched.insert(pointer.clone());
                    let message = format!("{}: the parameter was omitted", found.problem.message);
                    self.note(found, NoteKind::Omitted, pointer, message);
                }
                Some(remedy @ (Remedy::Any { .. } | Remedy::Least)) => left.push((found, remedy)),
                _ => {}
            }
        }
        let mut done = round.is_any();
        if !left.is_empty() {
            let skipped = left.into_iter().filter(|(found, remedy)| !self.weaken(found, remedy, &mut round));
            let skipped: Vec<&Reported> = skipped.map(|(found, _)| found).collect();
            done |= round.is_any();
            // Not immediately: other fixes may resolve the finding.
            if !done {
                return self.skip(&skipped);
            }
        }
        self.apply(round);
        done
    }

    /// Makes the innermost schema that still can be weakened accept any JSON; returns false if there is none.
    fn weaken(&mut self, found: &Reported, remedy: &Remedy, round: &mut Round) -> bool {
        let at = match remedy {
            Remedy::Any { pointer } => pointer,
            _ => &found.pointer,
        };
        let schemas = schemas_around(self.document.value(), at);
        let innermost = schemas.into_iter().rev().find(|(at, _)| !self.weakened.contains(*at));
        let Some((schema, sent_as_text)) = innermost else {
            return false;
        };
        if round.touches(schema) {
            return true;
        }
        let mut any = json!({});
        if sent_as_text {
            any["type"] = json!("string");
        }
        if let Some(node) = self.document.value().pointer(schema) {
            for key in ["description", "nullable", "deprecated"] {
                if let Some(value) = node.get(key) {
                    any[key] = value.clone();
                }
            }
        }
        self.weakened.insert(schema.to_owned());
        let what = if sent_as_text { "any text" } else { "any JSON" };
        self.note(found, NoteKind::Widened, schema, format!("{}: {what} is accepted", found.problem.message));
        round.touched.insert(schema.to_owned());
        round.sets.push((schema.to_owned(), any));
        true
    }

    fn note(&mut self, found: &Reported, kind: NoteKind, at: &str, message: String) {
        let make = if found.mistake { Note::mistake } else { Note::new };
        self.notes.push(make(kind, self.document.origin(at), message));
    }

    /// Omits the operations that a problem affects, and the components that become unused.
    fn skip(&mut self, found: &[&Reported]) -> bool {
        let reach = References::of(&self.document);
        let mut gone = BTreeSet::new();
        for found in found {
            for node in self.concerned(&found.pointer, &reach) {
                let tokens: Vec<_> = pointer::tokens(&node).collect();
                let Some((path, method)) = operation_at(&tokens) else {
                    gone.extend(node.starts_with("/components/").then_some(node));
                    continue;
                };
                let Some(operation) = self.document.value().pointer(&node).filter(|_| !gone.contains(&node)) else {
                    continue;
                };
                let operation = name(path, method, operation);
                let message = format!("the operation `{operation}` was omitted: {}", found.problem);
                self.note(found, NoteKind::Omitted, &node, message);
                self.skipped.push(Skipped { operation, problem: found.problem.clone() });
                gone.insert(node);
            }
        }
        self.document.rewrite(|value| {
            for at in &gone {
                take(value, at);
            }
            Vec::new()
        });
        !gone.is_empty()
    }

    /// The operations and components that depend on the node at a pointer.
    fn concerned(&self, at: &str, reach: &References) -> BTreeSet<String> {
        let Some(owner) = owner(at) else {
            // A whole path item.
            let item = self.document.value().pointer(at).filter(|_| at.starts_with("/paths/"));
            return item.into_iter().flat_map(methods::operations).map(|(method, _)| method.at(at)).collect();
        };
        reach.towards([owner])
    }

    fn apply(&mut self, round: Round) {
        self.document.rewrite(|value| round.apply(value));
    }
}

impl Round {
    /// Rewrites a document; returns what was moved.
    fn apply(self, value: &mut Value) -> Vec<(String, String)> {
        let mut moved = Vec::new();
        for (at, new) in self.sets {
            set(value, &at, new);
        }
        let mut removals = self.removals;
        if !self.parameters.is_empty() {
            removals.extend(parameters(value, &self.parameters));
        }
        // From the last one: removing an item shifts those after it.
        removals.sort_by_cached_key(|at| std::cmp::Reverse(place(at)));
        removals.dedup();
        let mut gone: BTreeMap<String, (BTreeSet<usize>, usize)> = BTreeMap::new();
        for at in removals {
            if let Some(length) = take(value, &at)
                && let Some((list, index)) = at.rsplit_once('/')
                && let Ok(index) = index.parse::<usize>()
            {
                let gone = gone.entry(list.to_owned()).or_default();
                gone.0.insert(index);
                gone.1 = length;
            }
        }
        for (list, (gone, length)) in gone {
            let was = (0..).filter(|index| !gone.contains(index));
            let shifted = (0..length).zip(was).filter(|(index, was)| index != was);
            moved.extend(shifted.map(|(index, was)| (format!("{list}/{index}"), format!("{list}/{was}"))));
        }
        null_where_used(value, &self.nullable, &mut moved);
        rename(value, &self.renamed, &mut moved);
        moved
    }

    fn is_any(&self) -> bool {
        !(self.sets.is_empty()
            && self.removals.is_empty()
            && self.renamed.is_empty()
            && self.nullable.is_empty()
            && self.parameters.is_empty())
    }

    /// Whether this round rewrites the node at a pointer, its ancestors or descendants.
    fn touches(&self, at: &str) -> bool {
        let mut around = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
        if around.any(|end| at.get(..end).is_some_and(|at| self.touched.contains(at))) {
            return true;
        }
        let inside = format!("{at}/");
        self.touched.range(inside.clone()..).next().is_some_and(|touched| touched.starts_with(&inside))
    }
}

/// The schemas on the path of a pointer, outermost first: their pointers, and whether they are in a parameter or
/// header, and so are sent as text.
fn schemas_around<'p>(root: &Value, at: &'p str) -> Vec<(&'p str, bool)> {
    let mut schemas = Vec::new();
    let mut sent_as_text = false;
    let mut place = Some((Place::Node(Node::Document), root));
    let ends = at.match_indices('/').map(|(end, _)| end).skip(1).chain([at.len()]);
    for (token, end) in pointer::tokens(at).zip(ends) {
        place = place.and_then(|(place, value)| {
            let inside = match value {
                Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
                other => other.get(token.as_ref())?,
            };
            let place = match place {
                Place::Node(node) => match node.field(&token)?.holds {
                    Holds::OneOrFlag(_) if inside.is_boolean() => return None,
                    Holds::One(node) | Holds::OneOrFlag(node) => Place::Node(node),
                    Holds::Map(node) | Holds::Keyed(node) | Holds::List(node) => Place::Among(node),
                    _ => return None,
                },
                Place::Among(node) => Place::Node(node),
            };
            Some((place, inside))
        });
        match place {
            Some((Place::Node(Node::Schema), _)) => schemas.extend(at.get(..end).map(|at| (at, sent_as_text))),
            Some((Place::Node(Node::Parameter | Node::Header), _)) => sent_as_text = true,
            Some(_) => {}
            None => break,
        }
    }
    schemas
}

/// What a step of a pointer leads to: a node, or a mapping or sequence of nodes.
enum Place {
    Node(Node),
    Among(Node),
}

/// The path and method of the operation at the tokens of a pointer.
fn operation_at<'t>(tokens: &'t [Cow<'_, str>]) -> Option<(&'t str, Method<'t>)> {
    let [paths, path, rest @ ..] = tokens else { return None };
    let (method, length) = Method::at_tokens(rest)?;
    (paths == "paths" && rest.len() == length).then_some((path, method))
}
