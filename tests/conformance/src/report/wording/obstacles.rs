//! What kept rules from being judged.

use crate::evidence::body::one_line;
use crate::rules::rule::Rule;
use crate::rules::verdict::Verdict;
use crate::run::event::RuleResult;

/// What kept rules from being judged, each with its rules: many may hit the same obstacle.
#[derive(Default)]
pub(in crate::report) struct Obstacles(Vec<(String, Vec<&'static Rule>)>);

impl Obstacles {
    pub(in crate::report) fn of<'r>(results: impl IntoIterator<Item = &'r RuleResult>) -> Self {
        let mut obstacles = Self::default();
        for result in results {
            obstacles.add(result);
        }
        obstacles
    }

    /// Adds that of a result, if it has one. Returns the first rule that hit the same one.
    pub(in crate::report) fn add(&mut self, result: &RuleResult) -> Option<&'static Rule> {
        let Verdict::Error(trouble) = &result.verdict else { return None };
        match self.0.iter_mut().find(|(what, _)| *what == trouble.what) {
            Some((_, rules)) => rules.push(result.rule),
            None => self.0.push((trouble.what.clone(), vec![result.rule])),
        }
        self.0.iter().find(|(what, _)| *what == trouble.what)?.1.first().copied()
    }

    /// Each in a line, and the rules that it kept from being judged.
    pub(in crate::report) fn all(&self) -> impl Iterator<Item = (String, &[&'static Rule])> {
        self.0.iter().map(|(what, rules)| (one_line(what), rules.as_slice()))
    }
}

/// The ids of rules, as a list.
pub(in crate::report) fn ids(rules: &[&Rule]) -> String {
    rules.iter().map(|rule| rule.id).collect::<Vec<_>>().join(", ")
}
