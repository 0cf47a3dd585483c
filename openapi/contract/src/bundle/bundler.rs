//! Copies a document, and what it refers to in other files.

use std::collections::{HashSet, VecDeque};

use serde_json::{Map, Value, json};

use super::library::{Library, Spot, is_remote};
use super::names::Names;
use crate::document::reference;
use crate::pointer;
use crate::vocabulary::{Holds, Node, Release, is_extension, kind_of};

/// The maximum depth of the bundle: it is read again.
const MAX_DEPTH: usize = 120;

/// The maximum number of nodes that are copied. Usual documents need a handful.
const MAX_COPIED: usize = 200_000;

pub(super) fn component(section: &str, name: &str) -> String {
    pointer::join(&pointer::join("/components", section), name)
}

/// What a place holds: one node, or several.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    One(Node),
    Map(Node),
    Keyed(Node),
    List(Node),
    Data,
}

impl Stands {
    fn under(node: Node, key: &str, value: &Value) -> Stands {
        if node == Node::Callback {
            return if is_extension(key) { Stands::Data } else { Stands::One(Node::PathItem) };
        }
        match node.field(key).map(|field| field.holds) {
            Some(Holds::OneOrFlag(_)) if value.is_boolean() => Stands::Data,
            Some(Holds::One(inner) | Holds::OneOrFlag(inner)) => Stands::One(inner),
            Some(Holds::Map(inner)) => Stands::Map(inner),
            Some(Holds::Keyed(inner)) => Stands::Keyed(inner),
            Some(Holds::List(inner)) => Stands::List(inner),
            _ => Stands::Data,
        }
    }
}

/// The place that is read, and the pointer that it gets.
#[derive(Clone)]
struct Way {
    from: Spot,
    to: String,
    depth: usize,
}

impl Way {
    fn below(&self, key: &str) -> Way {
        Way { from: self.from.below(key), to: pointer::join(&self.to, key), depth: self.depth + 1 }
    }
}

pub(super) struct Bundler<'f> {
    pub(super) library: Library<'f>,
    pub(super) names: Names,
    release: Option<Release>,
    /// Components that were named but not read yet.
    waiting: VecDeque<(Node, &'static str, String, Spot)>,
    /// The nodes that come from another place than their pointer in the bundle says.
    pub(super) parts: Vec<(String, Spot)>,
    /// References to operations: their place in the bundle, their original place, and the text.
    links: Vec<(String, Spot, String)>,
    pub(super) left: Vec<(String, String)>,
    /// The places that are being copied now.
    open: Vec<Spot>,
    written: HashSet<Spot>,
    copied: usize,
}

impl<'f> Bundler<'f> {
    pub(super) fn new(library: Library<'f>, release: Option<Release>) -> Self {
        Self {
            library,
            names: Names::default(),
            release,
            waiting: VecDeque::new(),
            parts: Vec::new(),
            links: Vec::new(),
            left: Vec::new(),
            open: Vec::new(),
            written: HashSet::new(),
            copied: 0,
        }
    }

    pub(super) fn whole(&mut self, root: &Value) -> Value {
        for node in Node::ALL {
            if let Some(section) = self.section(node) {
                self.claims(section);
            }
        }
        let way = Way { from: Spot::root(), to: String::new(), depth: 0 };
        let mut whole = self.copy(Stands::One(Node::Document), &way, root);
        while let Some((node, section, name, from)) = self.waiting.pop_front() {
            let way = Way { from, to: component(section, &name), depth: 3 };
            let value = self.content(node, &way);
            if let Some(root) = whole.as_object_mut()
                && let Some(components) = root.entry("components").or_insert_with(|| json!({})).as_object_mut()
                && let Some(section) = components.entry(section).or_insert_with(|| json!({})).as_object_mut()
            {
                section.insert(name, value);
            }
        }
        whole
    }

    /// The section of `components` for a kind of node.
    fn section(&self, node: Node) -> Option<&'static str> {
        match node {
            Node::PathItem => None,
            Node::MediaType if self.release < Some(Release::V3_2) => None,
            node => node.section(),
        }
    }

    /// Reserves the component names that the document uses itself.
    fn claims(&mut self, section: &'static str) {
        let at = Spot { file: 0, at: pointer::join("/components", section) };
        let Some(at) = self.library.enter(at, 0) else { return };
        // The section itself may be in another file.
        let at = match self.reference_at(&at) {
            Some(target) => match self.library.target(&at.below("$ref"), &target) {
                Some(at) => at,
                None => return,
            },
            None => at,
        };
        let Some(document) = self.library.value(&at) else { return };
        let entries = document.value().pointer(&at.at).and_then(Value::as_object);
        for (name, entry) in entries.into_iter().flatten() {
            self.names.take(section, name);
            let spot = at.below(name);
            match reference(entry) {
                Some(target) => {
                    if let Some(found) =
                        self.library.target(&spot.below("$ref"), target).filter(|found| found.file != 0)
                    {
                        self.names.claim(section, found, name);
                    }
                }
                None if spot.file != 0 => self.names.claim(section, spot, name),
                None => {}
            }
        }
    }

    fn reference_at(&self, spot: &Spot) -> Option<String> {
        let document = self.library.value(spot)?;
        document.value().pointer(&spot.at).and_then(reference).map(str::to_owned)
    }

    /// Copies the node at a place into the bundle.
    fn copy(&mut self, stands: Stands, way: &Way, value: &Value) -> Value {
        if way.depth > MAX_DEPTH {
            let message = "the files are nested too deeply to become one document";
            self.library.tell_once(
                "deep".to_owned(),
                &way.from,
                message,
                "move schemas to `components`, and refer to them",
            );
            return Value::Null;
        }
        match (stands, reference(value)) {
            (Stands::Data, _) => return value.clone(),
            (Stands::One(node), Some(target)) => return self.refer(node, way, value, target),
            (_, Some(target)) => return self.write_out(stands, way, value, target),
            _ => {}
        }
        match (stands, value) {
            (Stands::One(node), Value::Object(object)) => Value::Object(self.fields(node, way, object)),
            (Stands::Map(node) | Stands::Keyed(node), Value::Object(object)) => {
                let is_data = |key: &str| matches!(stands, Stands::Keyed(_)) && is_extension(key);
                let entry = |(key, value): (&String, &Value)| {
                    let stands = if is_data(key) { Stands::Data } else { Stands::One(node) };
                    (key.clone(), self.copy(stands, &way.below(key), value))
                };
                Value::Object(object.iter().map(entry).collect())
            }
            (Stands::List(node), Value::Array(items)) => {
                let item =
                    |(index, item): (usize, &Value)| self.copy(Stands::One(node), &way.below(&index.to_string()), item);
                Value::Array(items.iter().enumerate().map(item).collect())
            }
            _ => value.clone(),
        }
    }

    /// The fields of a node, except its reference.
    fn fields(&mut self, node: Node, way: &Way, object: &Map<String, Value>) -> Map<String, Value> {
        let mut copied = Map::new();
        for (key, value) in object.iter().filter(|(key, value)| *key != "$ref" || !value.is_string()) {
            let way = way.below(key);
            let value = match (node, key.as_str(), value) {
                (Node::Schema, "$dynamicRef", Value::String(target)) => {
                    let leads_on = way.from.file != 0 || !target.starts_with('#');
                    let named = if leads_on { self.named(node, &way.from, target) } else { None };
                    Value::from(named.unwrap_or_else(|| target.clone()))
                }
                (Node::Schema, "discriminator", Value::Object(discriminator)) => {
                    self.discriminator(&way, discriminator)
                }
                (Node::Link, "operationRef", Value::String(target)) if !is_remote(target) => {
                    self.links.push((way.to.clone(), way.from.clone(), target.clone()));
                    value.clone()
                }
                (Node::Example, "externalValue", Value::String(target)) if !is_remote(target) => {
                    self.left.push((way.to.clone(), target.clone()));
                    Value::from(self.library.beside(&way.from, target))
                }
                _ => self.copy(Stands::under(node, key, value), &way, value),
            };
            copied.insert(key.clone(), value);
        }
        copied
    }

    /// The mapping of a discriminator, with the schemas that it names.
    fn discriminator(&mut self, way: &Way, discriminator: &Map<String, Value>) -> Value {
        let mut copied = discriminator.clone();
        let site = way.from.below("mapping");
        for (key, target) in copied.get_mut("mapping").and_then(Value::as_object_mut).into_iter().flatten() {
            let Some(text) = target.as_str() else { continue };
            let is_place =
                text.contains(['#', '/']) || [".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end));
            let of_file = pointer::reference_to(text);
            let text = match way.from.file {
                _ if is_place => text,
                0 => continue,
                // A component in its own file, by name.
                file if self
                    .library
                    .value(&Spot { file, at: of_file.trim_start_matches('#').to_owned() })
                    .is_some() =>
                {
                    &of_file
                }
                _ => continue,
            };
            if (way.from.file != 0 || !text.starts_with('#'))
                && let Some(named) = self.named(Node::Schema, &site.below(key), text)
            {
                *target = Value::from(named);
            }
        }
        Value::Object(copied)
    }

    /// A reference to the copy of its target in the bundle.
    fn refer(&mut self, node: Node, way: &Way, value: &Value, target: &str) -> Value {
        if self.section(node).is_none() {
            return self.write_out(Stands::One(node), way, value, target);
        }
        let site = way.from.below("$ref");
        let Some(named) = self.named(node, &site, target) else { return value.clone() };
        if named.strip_prefix('#').is_some_and(|named| named == way.to)
            && let Some(from) = self.library.target(&site, target).filter(|from| from.file != 0)
        {
            // The reference names the component itself.
            return self.content(node, &Way { from, ..way.clone() });
        }
        let mut copied = value.as_object().map(|object| self.fields(node, way, object)).unwrap_or_default();
        copied.insert("$ref".to_owned(), Value::from(named));
        Value::Object(copied)
    }

    /// A reference's text in the bundle; `None` if it stays as it is.
    fn named(&mut self, node: Node, site: &Spot, target: &str) -> Option<String> {
        let found = self.library.target(site, target)?;
        if found.file == 0 {
            let stays = site.file == 0 && target.starts_with('#');
            return Some(if stays { target.to_owned() } else { format!("#{}", found.at) });
        }
        let section = self.section(node)?;
        let document = self.library.value(&found)?;
        let value = document.value().pointer(&found.at)?;
        if !(value.is_object() || (value.is_boolean() && node == Node::Schema)) {
            let message = format!(
                "the reference `{target}` should lead to {}, but leads to {}",
                node.object().what,
                kind_of(value)
            );
            self.library.tell(site, message, "correct the part after the `#`");
            return None;
        }
        if value.get("openapi").is_some() && found.at.is_empty() {
            let message = format!(
                "the reference `{target}` should lead to {}, but leads to a whole document",
                node.object().what
            );
            self.library.tell(site, message, &format!("name the place in it, as `…#/components/{section}/…`"));
            return None;
        }
        let own = self.library.own_name(&found);
        let (name, is_new) = self.names.of(section, &found, &own);
        let named = format!("#{}", component(section, &name));
        if is_new {
            self.waiting.push_back((node, section, name, found));
        }
        Some(named)
    }

    /// The content of a component from another file.
    fn content(&mut self, node: Node, way: &Way) -> Value {
        self.parts.push((way.to.clone(), way.from.clone()));
        let Some(document) = self.library.value(&way.from) else { return Value::Null };
        document.value().pointer(&way.from.at).map(|value| self.copy(Stands::One(node), way, value)).unwrap_or_default()
    }

    /// Points links to operations of other files at their copies in the bundle. Runs last, when all copies exist.
    pub(super) fn follow_links(&mut self, whole: &mut Value) {
        for (to, from, target) in std::mem::take(&mut self.links) {
            let Some(spot) = self.library.known(&from, &target) else {
                self.left.push((to, target));
                continue;
            };
            let within = |(part, own): &(String, Spot)| {
                let rest = spot.at.strip_prefix(&own.at).filter(|_| own.file == spot.file)?;
                (rest.is_empty() || rest.starts_with('/')).then(|| format!("{part}{rest}"))
            };
            let found = if spot.file == 0 { Some(spot.at.clone()) } else { self.parts.iter().find_map(within) };
            match found.filter(|found| whole.pointer(found).is_some()) {
                Some(found) => {
                    if let Some(link) = whole.pointer_mut(&to) {
                        *link = Value::from(format!("#{found}"));
                    }
                }
                None => self.left.push((to, target)),
            }
        }
    }

    /// Copies a target that has no section in `components`.
    fn write_out(&mut self, stands: Stands, way: &Way, value: &Value, target: &str) -> Value {
        let site = way.from.below("$ref");
        // A path item of the document itself is copied later, where it is needed.
        if stands == Stands::One(Node::PathItem) && way.from.file == 0 && target.starts_with('#') {
            let mut copied =
                value.as_object().map(|object| self.fields(Node::PathItem, way, object)).unwrap_or_default();
            copied.insert("$ref".to_owned(), Value::from(target));
            return Value::Object(copied);
        }
        let Some(from) = self.library.target(&site, target) else { return value.clone() };
        let Some(document) = self.library.value(&from) else { return value.clone() };
        let Some(whole) = document.value().pointer(&from.at) else { return value.clone() };
        if self.open.contains(&from) {
            let message = format!("the reference `{target}` leads to a node that contains it");
            self.library.tell(&site, message, "remove it, or move its target to `components`");
            return value.clone();
        }
        if !self.written.insert(from.clone()) {
            self.copied += size(whole);
            if self.copied > MAX_COPIED {
                let message = format!("more than {MAX_COPIED} nodes would have to be copied");
                self.library.tell_once("copied".to_owned(), &site, message, "refer to components instead");
                return value.clone();
            }
        }
        self.open.push(from.clone());
        self.parts.push((way.to.clone(), from.clone()));
        let inner = Way { from, to: way.to.clone(), depth: way.depth };
        let mut copied = self.copy(stands, &inner, whole);
        self.open.pop();
        if let (Stands::One(node), Some(own), Some(copied)) = (stands, value.as_object(), copied.as_object_mut()) {
            for (key, value) in self.fields(node, way, own) {
                let way = way.below(&key);
                self.parts.push((way.to, way.from));
                copied.insert(key, value);
            }
        }
        copied
    }
}

/// The number of nodes.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum::<usize>(),
        Value::Object(entries) => entries.values().map(size).sum(),
        _ => 0,
    }
}
