//! Compares response headers.

use super::change::{Reach, Wire};
use super::engine::{Engine, Place};
use super::found::Found;
use super::parameter::effective;
use super::side::Node;
use super::value::{quote_text, same};

impl<'d> Engine<'d> {
    /// Compares two definitions of one response header.
    pub(super) fn header(&mut self, name: &str, old: &Node<'d>, new: &Node<'d>, reach: Option<Reach>) {
        let reached: Vec<Reach> = reach.iter().cloned().collect();
        let subject = format!("the response header {}", quote_text(name));
        self.others(old, new, &["required", "schema", "content", "style", "explode", "deprecated"], &reached);
        self.odd_flag("required", old, new, &reached);
        self.deprecated((old, new), Place::Header, &reached, &subject);
        let at = |node: &Node<'d>| Some(node.below("required"));
        let (before, after) = (old.flag("required"), new.flag("required"));
        if before != after {
            let (id, wire, what) = if after {
                ("response-header-became-required", Wire::Compatible, "is now always there")
            } else {
                ("response-header-became-optional", Wire::Breaking, "is no longer always there")
            };
            let found = Found::fixed(id, at(old), at(new)).wire(wire);
            self.report(found.says(subject.clone(), what).reaches(reached.clone()));
        }
        for keyword in ["style", "explode"] {
            let (before, after) = (effective(keyword, "header", old), effective(keyword, "header", new));
            if !same(&before, &after) {
                let what = format!(
                    "changed `{keyword}` from {} to {}",
                    super::value::quote(&before),
                    super::value::quote(&after)
                );
                let at = |node: &Node<'d>| Some(node.below(keyword));
                let found = Found::fixed("response-header-style-changed", at(old), at(new)).wire(Wire::Breaking);
                self.report(found.says(subject.clone(), what).reaches(reached.clone()));
            }
        }
        self.schema_or_content(old, new, Place::Header, reach, (String::new(), String::new()));
    }
}
