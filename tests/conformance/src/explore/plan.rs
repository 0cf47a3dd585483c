//! Sequences, generated and shrunk by proptest's state machine.
//!
//! proptest generates and shrinks sequences but does not run them: its runner is synchronous, and a server's responses
//! vary with timing. A session is named by its creation, so that the name still means the same session after shrinking.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::Sequential;

use crate::wire::Closing;

/// The sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Caller {
    Partner,
    OtherPartner,
    NoKey,
    UnknownKey,
}

impl Caller {
    /// Whether the sender is a partner. Nobody else may do anything.
    pub(super) fn is_partner(self) -> bool {
        matches!(self, Self::Partner | Self::OtherPartner)
    }
}

/// The name of a session: its owner and the number of the idempotency key of its creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) owner: Caller,
    pub(super) key: u8,
}

/// A request of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// A creation. The same key with the same body replays it; with the other body it is refused.
    Create {
        by: Caller,
        key: u8,
        body: u8,
        closing: Closing,
    },
    Retrieve {
        session: Name,
        by: Caller,
    },
    Cancel {
        session: Name,
        by: Caller,
        closing: Closing,
    },
    /// All pages that show sessions of the sequence, with `limit` sessions each.
    List {
        by: Caller,
        limit: u8,
    },
}

impl Action {
    pub(super) fn by(self) -> Caller {
        match self {
            Self::Create { by, .. } | Self::Retrieve { by, .. } | Self::Cancel { by, .. } | Self::List { by, .. } => by,
        }
    }

    /// The session that the request is about.
    pub(super) fn session(self) -> Option<Name> {
        match self {
            Self::Create { by, key, .. } => Some(Name { owner: by, key }),
            Self::Retrieve { session, .. } | Self::Cancel { session, .. } => Some(session),
            Self::List { .. } => None,
        }
    }

    pub(super) fn closing(self) -> Closing {
        match self {
            Self::Create { closing, .. } | Self::Cancel { closing, .. } => closing,
            Self::Retrieve { .. } | Self::List { .. } => Closing::Read,
        }
    }
}

/// Requests that are sent concurrently; usually one.
pub(super) type Group = Vec<Action>;

/// The maximum number of idempotency keys in a sequence.
const KEYS: u8 = 4;

/// The maximum number of groups in a sequence.
const GROUPS: usize = 10;

/// The maximum number of concurrent requests.
const AT_ONCE: usize = 4;

/// The state of a sequence while it is generated.
#[derive(Debug, Clone)]
struct Draft {
    has_other_partner: bool,
    /// The sessions whose ids are known if the requests succeed.
    created: BTreeSet<Name>,
    /// The number of keys used so far.
    keys: u8,
}

/// What proptest generates: the initial draft, the sequence, and how many of its groups were seen.
type Drawn = (Draft, Vec<Group>, Option<Arc<AtomicUsize>>);

/// A sequence that can be made shorter.
pub(super) struct Plan {
    tree: Box<dyn ValueTree<Value = Drawn>>,
}

impl Plan {
    /// Generates the sequence with this number: the same for the same seed.
    pub(super) fn draw(seed: u64, number: usize, has_other_partner: bool) -> Option<Self> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&(number as u64).to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
        let draft = Draft { has_other_partner, created: BTreeSet::new(), keys: 0 };
        let strategy = Sequential::new(
            (1..=GROUPS).into(),
            move || Just(draft.clone()),
            |draft: &Draft, group: &Group| group.iter().all(|action| draft.allows(*action)),
            Draft::groups,
            Draft::after,
        );
        // Every generated sequence is allowed, so none is rejected.
        strategy.new_tree(&mut runner).ok().map(|tree| Self { tree: Box::new(tree) })
    }

    pub(super) fn groups(&self) -> Vec<Group> {
        self.tree.current().1
    }

    /// Makes the sequence shorter, if there is a way left to try.
    pub(super) fn simplify(&mut self) -> bool {
        // proptest first removes the groups that were not seen, and never the last one that was. Mark all as seen: the
        // final look may show the failure without it.
        if let (_, groups, Some(seen)) = self.tree.current() {
            seen.store(groups.len(), Ordering::SeqCst);
        }
        self.tree.simplify()
    }

    /// Undoes the last simplification.
    pub(super) fn complicate(&mut self) -> bool {
        self.tree.complicate()
    }
}

impl Draft {
    /// Whether the session that a request names is known by now.
    fn allows(&self, action: Action) -> bool {
        match action {
            Action::Retrieve { session, .. } | Action::Cancel { session, .. } => self.created.contains(&session),
            Action::Create { .. } | Action::List { .. } => true,
        }
    }

    fn after(mut self, group: &Group) -> Self {
        for action in group {
            if let Action::Create { by, key, closing, .. } = *action
                && by.is_partner()
            {
                self.keys = self.keys.max(key + 1);
                if closing == Closing::Read {
                    self.created.insert(Name { owner: by, key });
                }
            }
        }
        self
    }

    /// The possible next groups. Earlier alternatives are simpler.
    fn groups(&self) -> BoxedStrategy<Group> {
        prop_oneof![
            5 => vec(self.actions(), 1..=1),
            1 => vec(self.actions(), 1..=AT_ONCE),
            2 => (self.actions(), 1..=AT_ONCE).prop_map(|(action, times)| vec![action; times]),
        ]
        .boxed()
    }

    fn actions(&self) -> BoxedStrategy<Action> {
        let caller = self.callers();
        let create =
            (caller.clone(), 0..=self.keys.min(KEYS - 1), prop_oneof![7 => Just(0_u8), 1 => Just(1)], closings())
                .prop_map(|(by, key, body, closing)| Action::Create { by, key, body, closing });
        let list = (caller.clone(), select(vec![100_u8, 3, 2, 1])).prop_map(|(by, limit)| Action::List { by, limit });
        let created: Vec<Name> = self.created.iter().copied().collect();
        if created.is_empty() {
            return prop_oneof![6 => create, 1 => list].boxed();
        }
        let session = select(created);
        let retrieve = (session.clone(), caller.clone()).prop_map(|(session, by)| Action::Retrieve { session, by });
        let cancel =
            (session, caller, closings()).prop_map(|(session, by, closing)| Action::Cancel { session, by, closing });
        prop_oneof![3 => retrieve, 5 => cancel, 3 => create, 1 => list].boxed()
    }

    fn callers(&self) -> BoxedStrategy<Caller> {
        let partners = if self.has_other_partner {
            prop_oneof![4 => Just(Caller::Partner), 1 => Just(Caller::OtherPartner)].boxed()
        } else {
            Just(Caller::Partner).boxed()
        };
        prop_oneof![9 => partners, 1 => prop_oneof![Just(Caller::NoKey), Just(Caller::UnknownKey)]].boxed()
    }
}

fn closings() -> BoxedStrategy<Closing> {
    prop_oneof![8 => Just(Closing::Read), 1 => Just(Closing::Begun), 1 => Just(Closing::Written)].boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_sequences_and_another_one_others() {
        let draw = |seed| -> Vec<_> { (1..20).map(|it| Plan::draw(seed, it, true).unwrap().groups()).collect() };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn every_kind_of_request_is_drawn_and_the_second_partner_only_if_there_is_one() {
        let drawn = |has_other| -> Vec<Action> {
            (1..200).flat_map(|number| Plan::draw(1, number, has_other).unwrap().groups().concat()).collect()
        };
        let all = drawn(true);
        for by in [Caller::Partner, Caller::OtherPartner, Caller::NoKey, Caller::UnknownKey] {
            for is_kind in [
                (|it: &Action| matches!(it, Action::Create { .. })) as fn(&Action) -> bool,
                |it| matches!(it, Action::Retrieve { .. }),
                |it| matches!(it, Action::Cancel { .. }),
                |it| matches!(it, Action::List { .. }),
            ] {
                assert!(all.iter().any(|action| action.by() == by && is_kind(action)), "{by:?}");
            }
        }
        for closing in [Closing::Begun, Closing::Written] {
            assert!(all.iter().any(|action| action.closing() == closing), "{closing:?}");
        }
        assert!(drawn(false).iter().all(|action| action.by() != Caller::OtherPartner));
    }

    #[test]
    fn a_shrunk_sequence_names_only_created_sessions() {
        for number in 1..50 {
            let mut plan = Plan::draw(3, number, true).unwrap();
            while plan.simplify() {
                let mut draft = Draft { has_other_partner: true, created: BTreeSet::new(), keys: 0 };
                for group in plan.groups() {
                    assert!(group.iter().all(|action| draft.allows(*action)), "{group:?}");
                    draft = draft.after(&group);
                }
            }
        }
    }
}
