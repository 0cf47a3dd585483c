//! Makes a document fit the generator: works round its limits, and leaves out what there is no way round.
//!
//! The check knows the limits and the ways round them. Here they are gone, until none is left: one may uncover another.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::{Note, NoteKind, Skipped};
use crate::check::{Edit, Found, Remedy, findings};
use crate::document::{Document, reference};
use crate::inventory::METHODS;
use crate::pointer;
use crate::problem::ContractError;
use crate::reach::{Reach, name, owner};
use crate::walk::{Node, walk};

/// How often the document is looked at. Each time everything that was found is dealt with.
const MAX_ROUNDS: usize = 100;

/// How many of a document's problems are dealt with at a time: a large one has thousands, and each look takes its time.
const AT_ONCE: usize = 20_000;

/// How many problems are told of a document that cannot be made to fit.
const MAX_TOLD: usize = 500;

/// A document that the generator can take.
pub(super) struct Fitted {
    pub(super) document: Document,
    pub(super) notes: Vec<Note>,
    pub(super) skipped: Vec<Skipped>,
}

/// Makes a document in its canonical form fit.
pub(super) fn fit(document: &Document) -> Result<Fitted, ContractError> {
    let mut fitting =
        Fitting { document: document.clone(), notes: Vec::new(), skipped: Vec::new(), weakened: HashSet::new() };
    for _ in 0..MAX_ROUNDS {
        let found = findings(&fitting.document, AT_ONCE);
        if found.iter().any(|found| found.remedy.is_none()) {
            return Err(refuse(found.into_iter().filter(|found| found.remedy.is_none())));
        }
        if found.is_empty() {
            let Fitting { document, notes, skipped, .. } = fitting;
            return Ok(Fitted { document, notes, skipped });
        }
        if !fitting.round(&found) {
            return Err(refuse(found));
        }
    }
    Err(refuse(findings(&fitting.document, AT_ONCE)))
}

fn refuse(found: impl IntoIterator<Item = Found>) -> ContractError {
    let problems = found.into_iter().take(MAX_TOLD).map(|found| found.problem).collect();
    match ContractError::unless_none(problems) {
        Err(error) => error,
        Ok(()) => unreachable_problem(),
    }
}

/// What is told of a document that has no problem and cannot be made to fit: there is none.
fn unreachable_problem() -> ContractError {
    ContractError::from(crate::problem::Problem {
        file: String::new(),
        position: None,
        pointer: String::new(),
        message: "the document cannot be made to fit the generator".to_owned(),
        help: "import a part of it".to_owned(),
    })
}

struct Fitting {
    document: Document,
    notes: Vec<Note>,
    skipped: Vec<Skipped>,
    /// The schemas that take any JSON by now.
    weakened: HashSet<String>,
}

/// What one round does.
#[derive(Default)]
struct Round {
    /// What is rewritten or removed.
    touched: BTreeSet<String>,
    sets: Vec<(String, Value)>,
    removals: Vec<String>,
    /// Component schemas that get another name.
    renamed: Vec<(String, String)>,
    /// Component schemas in whose stead null is said where they are referred to.
    nullable: Vec<String>,
    /// Parameters that are left out, also where a reference to them stands.
    parameters: BTreeSet<String>,
}

impl Fitting {
    /// Deals with what was found; says whether anything could be done.
    fn round(&mut self, found: &[Found]) -> bool {
        let mut round = Round::default();
        let mut left = Vec::new();
        for found in found {
            match &found.remedy {
                Some(Remedy::Edit { edits, kind, message }) => {
                    let pointers = |edit: &Edit| match edit {
                        Edit::Remove(at) | Edit::Set(at, _) => at.clone(),
                    };
                    // What another one has rewritten is looked at again in the next round.
                    if edits.is_empty() || edits.iter().map(pointers).any(|at| round.touches(&at)) {
                        continue;
                    }
                    self.note(*kind, &found.pointer, format!("{}: {message}", found.problem.message));
                    round.touched.extend(edits.iter().map(pointers));
                    for edit in edits {
                        match edit.clone() {
                            Edit::Remove(at) => round.removals.push(at),
                            Edit::Set(at, value) => round.sets.push((at, value)),
                        }
                    }
                }
                Some(Remedy::NullWhereUsed { component }) if !round.nullable.contains(component) => {
                    let message = format!("null is said where `{component}` is referred to");
                    self.note(NoteKind::Exact, &found.pointer, message);
                    round.nullable.push(component.clone());
                }
                Some(Remedy::Rename { component, name }) if !round.renamed.iter().any(|(_, other)| other == name) => {
                    self.note(
                        NoteKind::Exact,
                        &found.pointer,
                        format!("{}: its type is `{name}`", found.problem.message),
                    );
                    round.renamed.push((component.clone(), name.clone()));
                }
                Some(Remedy::DropParameter { pointer }) if round.parameters.insert(pointer.clone()) => {
                    round.touched.insert(pointer.clone());
                    let message = format!("{}: the parameter was left out", found.problem.message);
                    self.note(NoteKind::Dropped, pointer, message);
                }
                Some(remedy @ (Remedy::Any { .. } | Remedy::Least)) => left.push((found, remedy)),
                _ => {}
            }
        }
        let mut done = round.is_any();
        if !left.is_empty() {
            let schemas = schemas(&self.document);
            let skipped = left.into_iter().filter(|(found, remedy)| !self.weaken(found, remedy, &schemas, &mut round));
            let skipped: Vec<&Found> = skipped.map(|(found, _)| found).collect();
            done |= round.is_any();
            // Not at once: what was found may be gone once the others are dealt with.
            if !done {
                return self.skip(&skipped);
            }
        }
        self.apply(round);
        done
    }

    /// Lets the innermost schema that has not been weakened yet take any JSON; false if there is none.
    fn weaken(&mut self, found: &Found, remedy: &Remedy, schemas: &BTreeSet<String>, round: &mut Round) -> bool {
        let at = match remedy {
            Remedy::Any { pointer } => pointer,
            _ => &found.pointer,
        };
        let mut around = Some(at.as_str());
        let schema = std::iter::from_fn(|| {
            let at = around?;
            around = at.rfind('/').map(|end| &at[..end]);
            Some(at)
        });
        let Some(schema) = schema.filter(|at| schemas.contains(*at)).find(|at| !self.weakened.contains(*at)) else {
            return false;
        };
        if round.touches(schema) {
            return true;
        }
        let mut any = json!({});
        let sent_as_text = schema.contains("/parameters/") || schema.contains("/headers/");
        if sent_as_text && !schema.starts_with("/components/schemas/") {
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
        self.note(NoteKind::Widened, schema, format!("{}: {what} is taken", found.problem.message));
        round.touched.insert(schema.to_owned());
        round.sets.push((schema.to_owned(), any));
        true
    }

    fn note(&mut self, kind: NoteKind, at: &str, message: String) {
        self.notes.push(Note::new(kind, self.document.origin(at), message));
    }

    /// Leaves out the operations that a problem costs, and the components that nothing can use then.
    fn skip(&mut self, found: &[&Found]) -> bool {
        let reach = Reach::of(&self.document);
        let mut value = self.document.value().clone();
        let before = self.skipped.len();
        let mut components = BTreeSet::new();
        for found in found {
            let nodes = self.concerned(&found.pointer, &reach);
            for node in nodes {
                let Some((path, method)) = operation_at(&node) else {
                    if node.starts_with("/components/") {
                        components.insert(node);
                    }
                    continue;
                };
                let item = value.pointer_mut(&pointer::join("/paths", &path)).and_then(Value::as_object_mut);
                let Some(operation) = item.and_then(|item| item.remove(&method)) else { continue };
                let operation = name(&path, &method, &operation);
                let message = format!("the operation `{operation}` was left out: {}", found.problem);
                self.note(NoteKind::Dropped, &node, message);
                self.skipped.push(Skipped { operation, problem: found.problem.clone() });
            }
        }
        for component in &components {
            take(&mut value, component);
        }
        self.document = self.document.rewritten(value, Vec::new());
        self.skipped.len() > before || !components.is_empty()
    }

    /// The operations and components that cannot do without what is at a pointer.
    fn concerned(&self, at: &str, reach: &Reach) -> BTreeSet<String> {
        let Some(owner) = owner(at) else {
            // A path item as a whole.
            return METHODS
                .iter()
                .map(|method| format!("{at}/{method}"))
                .filter(|at| at.starts_with("/paths/"))
                .collect();
        };
        reach.towards([owner])
    }

    fn apply(&mut self, round: Round) {
        let mut value = self.document.value().clone();
        let mut moved = Vec::new();
        for (at, new) in round.sets {
            set(&mut value, &at, new);
        }
        let mut removals = round.removals;
        if !round.parameters.is_empty() {
            removals.extend(parameters(&mut value, &round.parameters));
        }
        // From the last on: an item that is gone shifts those behind it.
        removals.sort_by_cached_key(|at| std::cmp::Reverse(place(at)));
        removals.dedup();
        let mut gone: BTreeMap<String, (BTreeSet<usize>, usize)> = BTreeMap::new();
        for at in removals {
            if let Some(length) = take(&mut value, &at)
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
        null_where_used(&mut value, &round.nullable, &mut moved);
        rename(&mut value, &round.renamed, &mut moved);
        self.document = self.document.rewritten(value, moved);
    }
}

impl Round {
    fn is_any(&self) -> bool {
        !(self.sets.is_empty()
            && self.removals.is_empty()
            && self.renamed.is_empty()
            && self.nullable.is_empty()
            && self.parameters.is_empty())
    }

    /// Whether this round rewrites the node at a pointer, something in it, or something around it.
    fn touches(&self, at: &str) -> bool {
        let mut around = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
        if around.any(|end| at.get(..end).is_some_and(|at| self.touched.contains(at))) {
            return true;
        }
        let inside = format!("{at}/");
        self.touched.range(inside.clone()..).next().is_some_and(|touched| touched.starts_with(&inside))
    }
}

/// Every schema, by its pointer.
fn schemas(document: &Document) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(&mut document.value().clone(), &mut |node, at, _| {
        if node == Node::Schema {
            found.insert(at.to_owned());
        }
    });
    found
}

/// The path and the method of the operation at a pointer.
fn operation_at(at: &str) -> Option<(String, String)> {
    let mut tokens = pointer::tokens(at);
    let (paths, path, method) = (tokens.next()?, tokens.next()?, tokens.next()?);
    (paths == "paths" && METHODS.contains(&method.as_ref())).then(|| (path.into_owned(), method.into_owned()))
}

/// A pointer as it sorts: indexes by their number.
fn place(at: &str) -> Vec<(Option<usize>, String)> {
    pointer::tokens(at).map(|token| (token.parse().ok(), token.into_owned())).collect()
}

fn set(value: &mut Value, at: &str, new: Value) {
    if let Some(old) = value.pointer_mut(at) {
        *old = new;
    } else if let Some((parent, key)) = at.rsplit_once('/')
        && let Some(parent) = value.pointer_mut(parent)
        && let Some(key) = pointer::tokens(&format!("/{key}")).next().map(std::borrow::Cow::into_owned)
    {
        if let Value::Object(parent) = parent {
            parent.insert(key, new);
        }
    } else if let Some((parent, _)) = at.rsplit_once('/') {
        // A property of a schema that has none.
        set(value, parent, json!({}));
        if value.pointer(parent).is_some() {
            set(value, at, new);
        }
    }
}

/// Takes a node out; of a sequence, with the length that is left.
fn take(value: &mut Value, at: &str) -> Option<usize> {
    let (parent, _) = at.rsplit_once('/')?;
    let key = pointer::tokens(at).last()?;
    match value.pointer_mut(parent)? {
        Value::Object(parent) => {
            parent.remove(key.as_ref());
            None
        }
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().filter(|index| *index < items.len())?;
            items.remove(index);
            Some(items.len())
        }
        _ => None,
    }
}

/// Where the parameters stand, and what refers to them. Those of `components` are taken out here.
fn parameters(value: &mut Value, dropped: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    walk(value, &mut |node, at, value| {
        let is_dropped = |at: &str| dropped.contains(at);
        let target = reference(value).and_then(pointer::of_reference);
        if node == Node::Parameter && (is_dropped(at) || target.is_some_and(|target| is_dropped(&target))) {
            found.push(at.to_owned());
        }
    });
    found
}

/// Says null at the references to components instead of in them.
fn null_where_used(value: &mut Value, components: &[String], moved: &mut Vec<(String, String)>) {
    if components.is_empty() {
        return;
    }
    let places: HashSet<String> = components.iter().map(|name| pointer::join("/components/schemas", name)).collect();
    for at in &places {
        if let Some(schema) = value.pointer_mut(at).and_then(Value::as_object_mut) {
            schema.remove("nullable");
        }
    }
    walk(value, &mut |node, here, value| {
        if node != Node::Schema {
            return;
        }
        let leads_there = |value: &Value| {
            reference(value).and_then(pointer::of_reference).is_some_and(|target| places.contains(target.as_ref()))
        };
        let tokens: Vec<_> = pointer::tokens(here).collect();
        let is_branch =
            tokens.iter().rev().nth(1).is_some_and(|key| matches!(key.as_ref(), "allOf" | "anyOf" | "oneOf"));
        if leads_there(value) && !is_branch {
            moved.push((format!("{here}/allOf/0"), here.to_owned()));
            *value = json!({ "allOf": [value.clone()], "nullable": true });
            return;
        }
        // Null fits where one branch takes it, and where all parts do.
        let members = |key: &str| value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let fits = ["anyOf", "oneOf"].into_iter().flat_map(members).any(leads_there)
            || matches!(members("allOf"), [only] if leads_there(only));
        if let Some(schema) = value.as_object_mut().filter(|_| fits) {
            schema.insert("nullable".to_owned(), Value::Bool(true));
        }
    });
}

/// Gives component schemas other names, everywhere.
fn rename(value: &mut Value, renamed: &[(String, String)], moved: &mut Vec<(String, String)>) {
    let mut targets: HashMap<String, String> = HashMap::new();
    for (from, to) in renamed {
        if let Some(schemas) = value.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
            && let Some(schema) = schemas.remove(from)
        {
            schemas.insert(to.clone(), schema);
        }
        let [old, new] = [from, to].map(|name| pointer::join("/components/schemas", name));
        moved.push((new.clone(), old.clone()));
        targets.insert(old, new);
    }
    if targets.is_empty() {
        return;
    }
    walk(value, &mut |_, _, value| {
        let target = reference(value).and_then(pointer::of_reference);
        if let Some(new) = target.and_then(|target| targets.get(target.as_ref()))
            && let Some(holder) = value.as_object_mut()
        {
            holder.insert("$ref".to_owned(), Value::from(format!("#{new}")));
        }
    });
}
