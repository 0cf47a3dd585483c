//! The results of judges: differences, further pairs of schemas to compare, and what was examined.
//!
//! A judge is a function of what it compares. It changes nothing; its caller keeps the results.

use std::rc::Rc;

use crate::change::{Direction, Reach, Source, Wire};
use crate::kind::{Effect, Family, Kind, Level, kind};
use crate::node::Slot;
use crate::seen::Seen;

/// The results of a judge.
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

    /// Compares descriptions of different things, of which one now applies instead of the other: only what may break
    /// counts, in one direction.
    pub(crate) fn apart(mut self, direction: Direction) -> Self {
        self.found.retain(|found| found.may_break(direction));
        self.parts.iter_mut().for_each(|part| part.context.apart = Some(direction));
        self
    }
}

/// Two schemas that still have to be compared.
#[derive(Debug)]
pub(crate) struct Part<'d> {
    pub(crate) old: Slot<'d>,
    pub(crate) new: Slot<'d>,
    pub(crate) context: Context,
    pub(crate) role: Role,
}

/// What two schemas are to their owners.
#[derive(Debug)]
pub(crate) enum Role {
    /// The schema of a message: its encoding, and whether it is always present.
    Message { written: Written, always: bool, reach: Reach },
    /// A component, which counts as used.
    Component,
    /// A part of the pair that was compared: its path, the directions in which it is visible, and whether it is always
    /// present.
    Member { path: Rc<str>, mask: Mask, always: bool },
    /// `not` and its like: if anything below differs, the effect is unknown, and this difference is reported.
    Opaque(Found),
}

/// How a value is encoded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Written {
    #[default]
    Json,
    Xml,
    /// As text, including everything in it: the text of a number and a string may be the same.
    Text,
    /// As a form, whose fields and their items are text, except the fields with the first names. A field is repeated for
    /// each item of a list, except if it has one of the other names.
    Form(Vec<String>, Vec<String>),
}

impl Written {
    /// Whether the part at a field path is text.
    pub(crate) fn is_text(&self, field: &str) -> bool {
        match self {
            Written::Json | Written::Xml => false,
            Written::Text => true,
            Written::Form(others, _) => {
                let name = field.trim_end_matches("[]");
                !name.is_empty() && !name.contains('.') && !others.iter().any(|other| other == name)
            }
        }
    }

    /// Whether the field at a path is repeated for each item, if it is a list. That a parameter of a query is repeated
    /// is judged with the parameter.
    pub(crate) fn is_repeated(&self, field: &str) -> bool {
        let is_listed = |names: &[String]| names.iter().any(|name| name == field);
        match self {
            Written::Form(_, joined) => !field.contains("[]") && self.is_text(field) && !is_listed(joined),
            _ => false,
        }
    }
}

/// The directions in which something is visible.
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

/// What a property needs to know about its object, and about the name of its type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Whether it is optional on each side, without a default.
    pub(crate) optional: Option<(bool, bool)>,
    /// The name, on each side, for an unnamed type.
    pub(crate) type_names: (String, String),
    /// Whether generated code does not depend on the shape.
    pub(crate) untyped: bool,
    /// For descriptions of different things, of which one now applies instead of the other: the direction in which only
    /// what may break counts.
    pub(crate) apart: Option<Direction>,
    /// Whether null is decided by what contains it.
    pub(crate) null: bool,
}

/// What the comparison of a pair depends on besides the two schemas.
pub(crate) type Terms = (Option<(bool, bool)>, bool, Option<Direction>, bool);

impl Context {
    pub(crate) fn untyped() -> Context {
        Context { untyped: true, ..Context::default() }
    }

    /// Two pairs of the same schemas with the same terms are compared once. The type names of the first place count:
    /// an unnamed schema that many messages share would otherwise be compared for each of them.
    pub(crate) fn terms(&self) -> Terms {
        let Context { optional, type_names: _, untyped, apart, null } = self;
        (*optional, *untyped, *apart, *null)
    }
}

/// The kind of a difference, or its possible kinds until it is known who is affected.
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

/// The subject of a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Topic {
    /// The schema or property at a pointer.
    Schema(String),
    /// This text.
    Text(String),
    /// This text; and the text for several subjects, if one cause occurs in each.
    OneOf(String, &'static str),
}

/// What happened to the subject of a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Gone,
    Came,
    Changed,
}

/// The meaning of a difference where values are text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AsText {
    /// No difference.
    Nothing,
    Other(&'static Family, Effect),
}

/// A difference.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) name: Name,
    pub(crate) effect: Effect,
    pub(crate) source: Source,
    /// The only direction in which the source verdict holds; `None` for both.
    pub(crate) source_in: Option<Direction>,
    /// The only direction in which it is a difference; `None` for both.
    pub(crate) only_in: Option<Direction>,
    /// Whether code that it breaks still compiles, but does something else.
    pub(crate) compiles: bool,
    pub(crate) doc_only: bool,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    /// Further descriptions of what was removed, by pointers into the old document.
    pub(crate) also: Vec<String>,
    pub(crate) topic: Topic,
    /// The rest of the sentence.
    pub(crate) what: String,
    pub(crate) fate: Fate,
    /// The property of the compared schemas where it occurs.
    pub(crate) property: String,
    /// Who is affected, as far as that is known where it is found.
    pub(crate) reach: Vec<Reach>,
    /// Whether those who use a pair of schemas are affected, as the graph of pairs tells.
    pub(crate) by_schema: bool,
    /// Whether the wire verdict holds even if no operation is known to be affected.
    pub(crate) always: bool,
    /// Whether it is about a required property.
    pub(crate) required: bool,
    /// The meaning where the value is text whatever its type, such as in a parameter or header.
    pub(crate) as_text: Option<AsText>,
    /// The meaning where a field is repeated for each item of a list, such as in a form.
    pub(crate) as_field: Option<AsText>,
    /// A common cause: differences with the same cause are reported as one change, at the first place and with their
    /// number.
    pub(crate) cause: Option<String>,
    pub(crate) times: usize,
}

impl Found {
    /// A difference with the wire effect of its kind.
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
            only_in: None,
            compiles: false,
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
            as_field: None,
            cause: None,
            times: 1,
        }
    }

    /// A difference that is not understood.
    pub(crate) fn cannot_judge(old: Option<String>, new: Option<String>, what: impl Into<String>) -> Self {
        Found::new(kind!("cannot-judge"), old, new, what)
    }

    /// Ignores the other direction.
    pub(crate) fn only_in(mut self, direction: Direction) -> Self {
        match direction {
            Direction::Request => self.effect.response = Wire::None,
            Direction::Response => self.effect.request = Wire::None,
        }
        Found { only_in: Some(direction), ..self }
    }

    /// Whether it is more than compatible in a direction.
    pub(crate) fn may_break(&self, direction: Direction) -> bool {
        let Effect { request, response } = self.effect;
        !self.doc_only && Wire::Compatible < if direction == Direction::Request { request } else { response }
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

    /// The wire verdict holds even if no operation is known to be affected.
    pub(crate) fn always(mut self) -> Self {
        self.always = true;
        self
    }

    pub(crate) fn says(mut self, topic: impl Into<String>, what: impl Into<String>) -> Self {
        self.topic = Topic::Text(topic.into());
        self.what = what.into();
        self
    }

    /// The subject was removed as a whole.
    pub(crate) fn gone(mut self) -> Self {
        self.fate = Fate::Gone;
        self
    }

    /// The removed item is also described there.
    pub(crate) fn also(mut self, places: impl IntoIterator<Item = String>) -> Self {
        self.also.extend(places);
        self
    }

    /// The subject was added as a whole.
    pub(crate) fn came(mut self) -> Self {
        self.fate = Fate::Came;
        self
    }

    /// It is the same change, with the same verdict, wherever it has this cause.
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
