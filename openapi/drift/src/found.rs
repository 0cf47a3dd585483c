//! What judges hand back: differences, pairs of schemas to compare in turn, and what they have looked at.
//!
//! A judge is a function of what it compares. It changes nothing: who has asked it keeps what it found.

use std::rc::Rc;

use crate::change::{Direction, Reach, Source, Wire};
use crate::kind::{Effect, Family, Kind, Level, kind};
use crate::node::Slot;
use crate::seen::Seen;

/// What a judge found, has looked at, and leaves to others.
#[derive(Debug, Default)]
pub(crate) struct Findings<'d> {
    pub(crate) found: Vec<Found>,
    pub(crate) parts: Vec<Part<'d>>,
    pub(crate) seen: Seen,
}

impl<'d> Findings<'d> {
    pub(crate) fn add(&mut self, more: Findings<'d>) {
        self.found.extend(more.found);
        self.parts.extend(more.parts);
        self.seen.add(more.seen);
    }

    pub(crate) fn report(&mut self, found: Found) {
        self.found.push(found);
    }
}

/// Two schemas that are to be compared in turn.
#[derive(Debug)]
pub(crate) struct Part<'d> {
    pub(crate) old: Slot<'d>,
    pub(crate) new: Slot<'d>,
    pub(crate) context: Context,
    pub(crate) role: Role,
}

/// What two schemas are to those who have them.
#[derive(Debug)]
pub(crate) enum Role {
    /// The schema of a message: how that is written, and whether it is never left out.
    Message { written: Written, always: bool, reach: Reach },
    /// A component, which counts as used.
    Component,
    /// A part of the pair that was compared, which is met by this path and in these directions, and may never be left
    /// out.
    Member { path: Rc<str>, mask: Mask, always: bool },
    /// `not` and its like: if anything below differs, nobody can tell what that means, and this is told.
    Opaque(Found),
}

/// How a value is written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Written {
    #[default]
    Json,
    Xml,
    /// As text, with all that is in it: the text of a number and of a string may be the same.
    Text,
    /// As a form, whose fields and their items are texts, other than those of these names.
    Form(Vec<String>),
}

impl Written {
    /// Whether the part at the path of a field is text.
    pub(crate) fn is_text(&self, field: &str) -> bool {
        match self {
            Written::Json | Written::Xml => false,
            Written::Text => true,
            Written::Form(others) => {
                let name = field.trim_end_matches("[]");
                !name.is_empty() && !name.contains('.') && !others.iter().any(|other| other == name)
            }
        }
    }
}

/// In which directions something is seen.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Mask {
    pub(crate) request: bool,
    pub(crate) response: bool,
}

impl Mask {
    pub(crate) const BOTH: Mask = Mask { request: true, response: true };

    pub(crate) fn and(self, other: Mask) -> Mask {
        Mask { request: self.request && other.request, response: self.response && other.response }
    }
}

/// What a property needs to know of the object that has it, and of the name of its type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Whether each side may leave it out, without a default that would stand in.
    pub(crate) optional: Option<(bool, bool)>,
    /// The name that a type without one of its own gets, on each side.
    pub(crate) type_names: (String, String),
    /// The shape matters to no generated code.
    pub(crate) untyped: bool,
}

impl Context {
    pub(crate) fn untyped() -> Context {
        Context { untyped: true, ..Context::default() }
    }
}

/// The kind of a difference, or the kinds that it may have once it is known who meets it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Name {
    Kind(&'static Kind),
    Family(&'static Family),
}

impl Name {
    fn level(self) -> Level {
        match self {
            Name::Kind(kind) => Level { effect: Effect::both(kind.level), doc_only: kind.doc_only },
            Name::Family(family) => family.level,
        }
    }
}

impl From<&'static Kind> for Name {
    fn from(kind: &'static Kind) -> Name {
        Name::Kind(kind)
    }
}

impl From<&'static Family> for Name {
    fn from(family: &'static Family) -> Name {
        Name::Family(family)
    }
}

/// What a sentence is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Topic {
    /// The schema, or the property, at a pointer.
    Schema(String),
    /// As it is.
    Text(String),
    /// As it is; and what several of them are called together, if one cause is found in each.
    OneOf(String, &'static str),
}

/// What became of the thing that a sentence is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Gone,
    Came,
    Changed,
}

/// What a difference is where values are text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AsText {
    /// None at all.
    Nothing,
    Other(&'static Family, Effect),
}

/// A difference.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) name: Name,
    pub(crate) effect: Effect,
    pub(crate) source: Source,
    /// In which direction the source verdict holds, if not in both.
    pub(crate) source_in: Option<Direction>,
    pub(crate) doc_only: bool,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    /// What else describes what is gone, by pointers into the old document.
    pub(crate) also: Vec<String>,
    pub(crate) topic: Topic,
    /// The rest of the sentence.
    pub(crate) what: String,
    pub(crate) fate: Fate,
    /// At which property of the schemas that were compared.
    pub(crate) property: String,
    /// Who meets it, as far as that is known where it is found.
    pub(crate) reach: Vec<Reach>,
    /// It is met by those who use a pair of schemas, and the graph of pairs knows them.
    pub(crate) by_schema: bool,
    /// The wire verdict holds even if no operation is known to meet it.
    pub(crate) always: bool,
    /// It is about a property that is required.
    pub(crate) required: bool,
    /// What it is where the value is text whatever its type, such as in a parameter or header.
    pub(crate) as_text: Option<AsText>,
    /// What is one change wherever it is found: it is told at the first place, and with how many there are.
    pub(crate) cause: Option<String>,
    pub(crate) times: usize,
}

impl Found {
    /// A difference that means on the wire what its kind says.
    pub(crate) fn new(
        name: impl Into<Name>,
        old: Option<String>,
        new: Option<String>,
        what: impl Into<String>,
    ) -> Self {
        let name = name.into();
        let Level { effect, doc_only } = name.level();
        Found {
            name,
            effect,
            source: Source::None,
            source_in: None,
            doc_only,
            topic: Topic::Schema(new.clone().or_else(|| old.clone()).unwrap_or_default()),
            old,
            new,
            also: Vec::new(),
            what: what.into(),
            fate: Fate::Changed,
            property: String::new(),
            reach: Vec::new(),
            by_schema: false,
            always: false,
            required: false,
            as_text: None,
            cause: None,
            times: 1,
        }
    }

    /// A difference that is not understood.
    pub(crate) fn cannot_judge(old: Option<String>, new: Option<String>, what: impl Into<String>) -> Self {
        Found::new(kind!("cannot-judge"), old, new, what)
    }

    pub(crate) fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    pub(crate) fn wire(self, wire: Wire) -> Self {
        self.effect(Effect::both(wire))
    }

    pub(crate) fn source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    pub(crate) fn breaks_source_if(self, breaks: bool) -> Self {
        self.source(if breaks { Source::Breaking } else { Source::None })
    }

    /// The wire verdict holds even if no operation is known to meet it.
    pub(crate) fn always(mut self) -> Self {
        self.always = true;
        self
    }

    pub(crate) fn says(mut self, topic: impl Into<String>, what: impl Into<String>) -> Self {
        self.topic = Topic::Text(topic.into());
        self.what = what.into();
        self
    }

    /// What the sentence is about is gone as a whole.
    pub(crate) fn gone(mut self) -> Self {
        self.fate = Fate::Gone;
        self
    }

    /// What is gone is described there too.
    pub(crate) fn also(mut self, places: impl IntoIterator<Item = String>) -> Self {
        self.also.extend(places);
        self
    }

    /// What the sentence is about is new as a whole.
    pub(crate) fn came(mut self) -> Self {
        self.fate = Fate::Came;
        self
    }

    /// It is the same change wherever it has this cause, and the same verdict.
    pub(crate) fn once(mut self, cause: &str) -> Self {
        self.cause = Some(format!("{cause} {} {}", self.effect.request, self.effect.response));
        self
    }

    pub(crate) fn at_property(mut self, name: &str) -> Self {
        self.property.push_str(name);
        self
    }

    pub(crate) fn reaches(mut self, reach: &[Reach]) -> Self {
        self.reach.extend_from_slice(reach);
        self
    }
}
