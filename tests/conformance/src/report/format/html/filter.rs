//! Filters: the controls, and the style that hides what they exclude.

use std::collections::BTreeMap;
use std::fmt::Write;

use maud::{Markup, html};

use super::text::plain;

/// The maximum number of values of one filter; the last stands for all others.
const MOST: usize = 400;

/// A value of an item that can be filtered by.
#[derive(Debug, Clone, Default)]
pub(super) struct Tags {
    /// The level: its position among the others, and its name.
    pub(super) level: (usize, String),
    pub(super) operations: Vec<String>,
    pub(super) rule: String,
}

impl Tags {
    pub(super) fn new<'o>(level: (usize, &str), operations: impl IntoIterator<Item = &'o str>, rule: &str) -> Self {
        let operations = operations.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { level: (level.0, level.1.to_owned()), operations, rule: rule.to_owned() }
    }
}

/// The filters of a page.
pub(super) struct Filters {
    level: Choices,
    operation: Choices,
    rule: Choices,
}

/// The values of one filter.
struct Choices {
    /// The prefix of their ids and classes.
    key: char,
    /// Each value with its number and the number of its items, in sorted order.
    values: BTreeMap<Value, (usize, usize)>,
}

/// A value: its position among the others, if that is not alphabetical, and its name.
type Value = (usize, String);

impl Choices {
    fn of(key: char, names: impl Iterator<Item = Value>) -> Self {
        let mut counts: BTreeMap<Value, usize> = BTreeMap::new();
        names.for_each(|name| *counts.entry(name).or_default() += 1);
        let numbered = counts.into_iter().enumerate();
        let values = numbered.map(|(number, (name, count))| (name, (number.min(MOST - 1), count)));
        Self { key, values: values.collect() }
    }

    fn class(&self, value: &Value) -> String {
        self.values.get(value).map_or_else(String::new, |(number, _)| format!(" {}{number}", self.key))
    }

    /// The choices: id, name and count.
    fn offered(&self) -> Vec<(String, String, usize)> {
        let mut offered: Vec<(String, String, usize)> = Vec::new();
        for ((_, name), (number, count)) in &self.values {
            match offered.get_mut(*number) {
                Some((_, shared, sum)) => (*shared, *sum) = ("others".to_owned(), *sum + count),
                None => offered.push((format!("{}{number}", self.key), plain(name), *count)),
            }
        }
        offered
    }

    fn select(&self, id: &str, label: &str) -> Markup {
        html! {
            @if !self.values.is_empty() {
                p {
                    label for=(id) { (label) }
                    select id=(id) {
                        option { "All" }
                        @for (id, name, count) in self.offered() { option id=(id) { (name) " (" (count) ")" } }
                    }
                }
            }
        }
    }
}

impl Filters {
    pub(super) fn of<'t>(tags: impl Iterator<Item = &'t Tags> + Clone) -> Self {
        Self {
            level: Choices::of('l', tags.clone().map(|tags| tags.level.clone())),
            operation: Choices::of('o', tags.clone().flat_map(|tags| &tags.operations).map(alphabetical)),
            rule: Choices::of('r', tags.map(|tags| alphabetical(&tags.rule))),
        }
    }

    /// The classes of an item with these tags.
    pub(super) fn classes(&self, tags: &Tags) -> String {
        let operations: String = tags.operations.iter().map(|name| self.operation.class(&alphabetical(name))).collect();
        format!("f{}{operations}{}", self.level.class(&tags.level), self.rule.class(&alphabetical(&tags.rule)))
    }

    /// The classes of an item that only has an operation.
    pub(super) fn of_operation(&self, name: &str) -> String {
        format!("m{}", self.operation.class(&alphabetical(name)))
    }

    /// The style that hides the items that the choice excludes. It contains no part of a name.
    pub(super) fn style(&self) -> String {
        let mut style = String::new();
        for choices in [&self.level, &self.operation, &self.rule] {
            let items = if choices.key == self.operation.key { ":is(.f,.m)" } else { ".f" };
            for (id, ..) in choices.offered() {
                let _ = write!(style, "body:has(#{id}:checked) {items}:not(.{id}){{display:none}}");
            }
        }
        style
    }

    /// The controls. The form cannot be submitted.
    pub(super) fn form(&self) -> Markup {
        let levels = self.level.offered();
        html! {
            @if !levels.is_empty() {
                form.filter method="dialog" autocomplete="off" aria-label="Filter" {
                    fieldset {
                        legend { "Level" }
                        span { input type="radio" name="level" id="all" checked; label for="all" { "All" } }
                        @for (id, name, count) in &levels {
                            span { input type="radio" name="level" id=(id); label for=(id) { (name) " " b { (count) } } }
                        }
                    }
                    (self.operation.select("operation", "Operation"))
                    (self.rule.select("rule", "Rule"))
                    p { button type="reset" { "Show all" } }
                }
            }
        }
    }
}

fn alphabetical(name: impl AsRef<str>) -> Value {
    (0, name.as_ref().to_owned())
}

/// How many items of a list are shown while it is filtered: the style counts them.
pub(super) fn shown(total: usize) -> Markup {
    html! { p.shown { " of " (total) " shown" } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_their_own_choice_are_among_the_others() {
        let names: Vec<String> = (0..MOST + 2).map(|number| format!("<{number:04}>")).collect();
        let tags: Vec<Tags> = names.iter().map(|name| Tags::new((0, "must"), [name.as_str()], "a-rule")).collect();
        let filters = Filters::of(tags.iter());
        assert_eq!(filters.classes(&tags[0]), "f l0 o0 r0");
        assert_eq!(filters.classes(&tags[MOST + 1]), format!("f l0 o{} r0", MOST - 1));
        let form = filters.form().into_string();
        assert!(form.contains("&lt;0000&gt; (1)") && form.contains("others (3)"), "{form}");
        // The style contains no part of a name.
        let style = filters.style();
        let last = format!("body:has(#o{0}:checked) :is(.f,.m):not(.o{0}){{display:none}}", MOST - 1);
        assert!(style.contains(&last) && !style.contains('<'), "{style}");
    }
}
