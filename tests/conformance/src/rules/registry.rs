//! The registry of rules, each with its file and its probe.

use std::sync::LazyLock;

use super::probe::{self, Probe};
use super::rule::Rule;

/// A rule and the probe that judges it.
pub(crate) struct RuleEntry {
    pub(crate) rule: Rule,
    pub(crate) probe: Probe,
}

/// Sorted by id, which is the order of the report.
static ENTRIES: LazyLock<Vec<RuleEntry>> = LazyLock::new(|| {
    let parsed = |registered: &probe::Registered| RuleEntry {
        rule: Rule::parse(registered.id, registered.file, (registered.cases)()).expect("every rule file is valid"),
        probe: registered.probe,
    };
    let mut entries: Vec<RuleEntry> = probe::registered().map(parsed).collect();
    entries.sort_by_key(|entry| entry.rule.id);
    entries
});

/// All rules, sorted by id.
///
/// ```
/// let ids: Vec<_> = zerogate_conformance::rules().map(|rule| rule.id).collect();
/// assert!(ids.contains(&"cancel-status-201"));
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    ENTRIES.iter().map(|entry| &entry.rule)
}

/// Returns the rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

pub(crate) fn entries() -> &'static [RuleEntry] {
    &ENTRIES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use zerogate_contract::{Header, Response};

    use super::*;
    use crate::rules::contract_ref::{ContractRef, Part, What};
    use crate::rules::rule::{ELSEWHERE, Level, When};

    fn files() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn every_file_is_registered_under_its_own_name() {
        let registered: BTreeSet<String> = rules().map(|rule| format!("{}.toml", rule.id)).collect();
        assert_eq!(files(), registered, "rules/*.toml and the rules that the probes register differ");
    }

    #[test]
    fn no_rule_is_registered_twice() {
        let ids: Vec<_> = rules().map(|rule| rule.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }

    #[test]
    fn an_id_is_kebab_case_and_begins_with_its_area() {
        for rule in rules() {
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            let area = rule.id.split('-').next().unwrap();
            assert!(["cancel", "create", "error", "list", "response", "retrieve"].contains(&area), "{}", rule.id);
        }
    }

    #[test]
    fn the_fields_of_a_file_are_in_the_fixed_order() {
        const ORDER: [&str; 12] = [
            "title",
            "level",
            "clause",
            "operations",
            "group",
            "when",
            "essential",
            "needs",
            "relies_on",
            "why",
            "fix",
            "fault",
        ];
        const OPTIONAL: [&str; 5] = ["clause", "group", "when", "essential", "needs"];
        for name in files() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(&name);
            let text = fs::read_to_string(path).unwrap();
            let keys: Vec<&str> = text.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect();
            let expected = ORDER.into_iter().filter(|key| !OPTIONAL.contains(key) || keys.contains(key));
            assert!(keys.iter().copied().eq(expected), "{name}: {keys:?}");
        }
    }

    #[test]
    fn no_field_is_empty_and_a_must_cites_a_heading_of_the_reference() {
        const HEADINGS: [&str; 8] = [
            "Endpoint",
            "Production rules",
            "Request",
            "Response",
            "Cancel is only valid from open",
            "Examples",
            "Errors",
            "Use it for",
        ];
        for rule in rules() {
            let Rule { id, title, level, clause, operations, relies_on, why, fix, fault, .. } = rule;
            assert!(!operations.is_empty() && !relies_on.is_empty(), "{id}");
            for text in [title, clause, why, fix, fault].into_iter().chain(operations) {
                assert!(!text.trim().is_empty() && text.trim() == text, "{id}: {text:?}");
            }
            assert!(HEADINGS.iter().any(|heading| clause.starts_with(heading)), "{id}: {clause}");
            // An example shows what is possible; only a sentence or a row requires it.
            assert!(*level == Level::Should || !clause.starts_with("Examples"), "{id}: {clause}");
            let is_elsewhere = *level == Level::Should && !operations.iter().any(|it| it == "cancelSession");
            assert!(is_elsewhere || clause != ELSEWHERE, "{id}: there is no clause");
        }
    }

    #[test]
    fn rules_that_judge_all_responses_run_last_and_are_reported_under_errors() {
        for rule in rules() {
            assert_eq!(rule.when == When::Last, rule.group() == "errors", "{}", rule.id);
        }
        let alone: Vec<_> = rules().filter(|rule| rule.when < When::Any).map(|rule| rule.id).collect();
        assert_eq!(
            alone,
            ["cancel-odd-id-refused", "cancel-other-spelling", "cancel-others-untouched", "cancel-wrong-method"]
        );
    }

    #[test]
    fn every_rule_names_operations_of_the_contract() {
        for rule in rules() {
            for operation in &rule.operations {
                let known = crate::evidence::contract::CONTRACT.inventory.operation(operation);
                assert!(known.is_some(), "{}: {operation}", rule.id);
            }
        }
    }

    #[test]
    fn every_part_that_a_rule_relies_on_is_in_the_contract() {
        for rule in rules() {
            for part in &rule.relies_on {
                let lacking = lacking(part);
                assert!(lacking.is_none(), "{}: {part}: the contract has no {}", rule.id, lacking.unwrap_or_default());
            }
        }
        for rotten in
            ["retrieveSessions 200", "cancelSession 200", "cancelSession 201 reference", "cancelSession error X-Id"]
        {
            assert!(lacking(&rotten.parse().unwrap()).is_some(), "{rotten}");
        }
    }

    #[test]
    fn every_rule_relies_on_the_requests_that_it_sends() {
        for rule in rules() {
            for operation in &rule.operations {
                let sent = format!("{operation} request").parse().unwrap();
                assert!(rule.relies_on.contains(&sent), "{}: {sent}", rule.id);
            }
            for (index, part) in rule.relies_on.iter().enumerate() {
                assert!(!rule.relies_on[..index].contains(part), "{}: {part} twice", rule.id);
            }
        }
    }

    /// What the contract lacks of the part that a rule relies on.
    fn lacking(relies_on: &ContractRef) -> Option<String> {
        let inventory = &crate::evidence::contract::CONTRACT.inventory;
        let Some(operation) = inventory.operation(relies_on.operation()) else {
            return Some("such operation".to_owned());
        };
        let responses: Vec<&Response> = match relies_on.part {
            Part::Request => return None,
            Part::Security => return operation.security.is_empty().then(|| "security".to_owned()),
            Part::Responses(statuses) => {
                let responses = operation.responses.iter().filter(|response| statuses.overlap(&response.status));
                responses.collect()
            }
        };
        if responses.is_empty() {
            return Some("such status".to_owned());
        }
        let has = |response: &Response, name: &str| {
            let fields = response.media.iter().filter_map(|media| inventory.schemas.get(media.shape.schema()?));
            let is_header = |header: &Header| header.name.eq_ignore_ascii_case(name);
            fields.into_iter().any(|schema| schema.field(name).is_some()) || response.headers.iter().any(is_header)
        };
        let lacks = |response: &&Response| match &relies_on.what {
            What::Itself => false,
            What::EveryField => response.media.is_empty(),
            What::Named(name) => !has(response, name),
        };
        responses.into_iter().find(lacks).map(|response| format!("such field or header on {}", response.status))
    }
}
