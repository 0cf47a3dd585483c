//! Differences as they are found: before it is known in which direction, and by whom, they are met.

use super::change::{Reach, Source, Wire};

/// What a difference means in each direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Effect {
    pub(super) request: Wire,
    pub(super) response: Wire,
}

impl Effect {
    pub(super) const NONE: Effect = Effect::both(Wire::None);
    /// Fewer values are allowed.
    pub(super) const TIGHTER: Effect = Effect { request: Wire::Breaking, response: Wire::Compatible };
    /// More values are allowed.
    pub(super) const LOOSER: Effect = Effect { request: Wire::Compatible, response: Wire::Breaking };

    pub(super) const fn both(wire: Wire) -> Effect {
        Effect { request: wire, response: wire }
    }
}

/// Which id a difference gets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Name {
    /// This one.
    Fixed(&'static str),
    /// One for each direction.
    Directed { request: &'static str, response: &'static str },
    /// The ending of an id that begins with direction and place: `request-property-`.
    Schema(&'static str),
    /// The same, with another ending in each direction.
    SchemaBy { request: &'static str, response: &'static str },
    /// The same for who may send a property, where the id also says whether it is required.
    Access(&'static str),
}

/// What a sentence is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    /// The schema, or the property, at a pointer.
    Schema(String),
    /// As it is.
    Text(String),
}

/// A difference.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) name: Name,
    pub(super) effect: Effect,
    pub(super) source: Source,
    pub(super) doc_only: bool,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
    pub(super) subject: Subject,
    /// The rest of the sentence.
    pub(super) what: String,
    /// Who meets it, as far as that is known where it is found.
    pub(super) reach: Vec<Reach>,
    /// It is met by those who use a pair of schemas, and the graph of pairs knows them.
    pub(super) by_schema: bool,
    /// The wire verdict holds even if no operation is known to meet it.
    pub(super) always: bool,
    /// It is about a property that is required.
    pub(super) required: bool,
    /// What it is where the value is text whatever its type: in a parameter or header.
    pub(super) as_text: Option<(Name, Effect)>,
}

impl Found {
    pub(super) fn new(name: Name, old: Option<String>, new: Option<String>, what: impl Into<String>) -> Self {
        Found {
            name,
            effect: Effect::NONE,
            source: Source::None,
            doc_only: false,
            subject: Subject::Schema(new.clone().or_else(|| old.clone()).unwrap_or_default()),
            old,
            new,
            what: what.into(),
            reach: Vec::new(),
            by_schema: false,
            always: false,
            required: false,
            as_text: None,
        }
    }

    pub(super) fn fixed(id: &'static str, old: Option<String>, new: Option<String>) -> Self {
        Found::new(Name::Fixed(id), old, new, "")
    }

    pub(super) fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    pub(super) fn wire(self, wire: Wire) -> Self {
        self.effect(Effect::both(wire))
    }

    pub(super) fn source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    pub(super) fn breaks_source_if(self, breaks: bool) -> Self {
        self.source(if breaks { Source::Breaking } else { Source::None })
    }

    pub(super) fn doc(mut self) -> Self {
        self.doc_only = true;
        self
    }

    /// The wire verdict holds even if no operation is known to meet it.
    pub(super) fn always(mut self) -> Self {
        self.always = true;
        self
    }

    pub(super) fn says(mut self, subject: impl Into<String>, what: impl Into<String>) -> Self {
        self.subject = Subject::Text(subject.into());
        self.what = what.into();
        self
    }

    pub(super) fn reaches(mut self, reach: Vec<Reach>) -> Self {
        self.reach = reach;
        self
    }
}
