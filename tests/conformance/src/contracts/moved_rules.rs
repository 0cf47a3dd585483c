//! The rules that a change of the contract affects.

use zerogate_drift::Change;

use crate::rules::registry;

/// Returns the ids of the rules that rely on what a change touches, in the order of the report.
///
/// Such a rule may be outdated: review its probe and its file.
#[must_use]
pub fn rules_moved_by(change: &Change) -> Vec<&'static str> {
    registry::rules()
        .filter(|rule| rule.relies_on.iter().any(|relies_on| relies_on.is_moved_by(change)))
        .map(|rule| rule.id)
        .collect()
}

#[cfg(test)]
mod tests {
    use zerogate_drift::{Carrier, Direction, Reach, Source, Wire};

    use super::*;

    fn change(id: &'static str, wire: Wire, reach: &[(&str, Option<Direction>, &str, &str)]) -> Change {
        let mut change = Change::new(id, "a change");
        change.wire = wire;
        change.reach = reach
            .iter()
            .map(|(operation, direction, status, field)| Reach {
                direction: *direction,
                status: Some((*status).to_owned()).filter(|status| !status.is_empty()),
                field: (*field).to_owned(),
                ..Reach::whole(*operation)
            })
            .collect();
        change
    }

    /// A change of a header.
    fn header_change(id: &'static str, wire: Wire, reach: &[(&str, Option<Direction>, &str, &str)]) -> Change {
        let mut change = change(id, wire, reach);
        change.reach.iter_mut().for_each(|reach| reach.carrier = Some(Carrier::Header));
        change
    }

    const RESPONSE: Option<Direction> = Some(Direction::Response);
    const REQUEST: Option<Direction> = Some(Direction::Request);

    /// The rules that judge every error response, not only 429.
    fn of_errors() -> Vec<&'static str> {
        let others = [
            "cancel-key-not-echoed",
            "error-retry-after",
            "error-throttled-changes-nothing",
            "response-names-unique",
            "response-one-request-id",
        ];
        let errors = registry::rules().filter(|rule| rule.group() == "errors");
        errors.map(|rule| rule.id).filter(|id| !others.contains(id)).collect()
    }

    #[test]
    fn a_removed_status_affects_rules_that_expect_it_and_rules_on_all_errors() {
        let gone =
            change("response-non-success-status-removed", Wire::Risky, &[("cancelSession", RESPONSE, "409", "")]);
        let mut wanted = vec![
            "cancel-cancelled-conflicts",
            "cancel-completed-conflicts",
            "cancel-expired-conflicts",
            "cancel-parallel",
            "cancel-second-conflicts",
        ];
        wanted.extend(of_errors());
        assert_eq!(rules_moved_by(&gone), wanted);
    }

    #[test]
    fn another_success_status_affects_rules_that_expect_the_old_one() {
        let new = change("response-success-status-added", Wire::Risky, &[("cancelSession", RESPONSE, "202", "")]);
        assert_eq!(rules_moved_by(&new), ["cancel-status-201"]);
    }

    #[test]
    fn a_header_affects_rules_that_check_it() {
        let errors =
            ["401", "404", "409", "429", "5XX"].map(|status| ("cancelSession", RESPONSE, status, "X-Request-Id"));
        let optional = header_change("response-header-became-optional", Wire::Breaking, &errors);
        assert_eq!(
            rules_moved_by(&optional),
            ["error-request-id-header", "error-request-id-mirrored", "error-request-id-unique"]
        );
        let success = [("cancelSession", RESPONSE, "201", "X-Request-Id")];
        assert_eq!(
            rules_moved_by(&header_change("response-header-became-required", Wire::Compatible, &success)),
            ["cancel-request-id", "error-request-id-unique"]
        );
    }

    #[test]
    fn a_field_affects_rules_that_check_it_or_all_fields() {
        let status = [("cancelSession", RESPONSE, "201", "status"), ("retrieveSession", RESPONSE, "200", "status")];
        let moved = rules_moved_by(&change("response-property-enum-value-added", Wire::Risky, &status));
        for rule in
            ["cancel-marks-cancelled", "cancel-visible-in-retrieve", "cancel-fields-present", "retrieve-fields-present"]
        {
            assert!(moved.contains(&rule), "{rule} is not among {moved:?}");
        }
        for rule in ["cancel-id", "cancel-object", "cancel-status-201", "cancel-missing-key", "error-type"] {
            assert!(!moved.contains(&rule), "{rule} is among {moved:?}");
        }
        let code = [("cancelSession", RESPONSE, "409", "code")];
        assert_eq!(
            rules_moved_by(&change("response-property-type-changed", Wire::Breaking, &code)),
            ["error-code", "error-code-conflict", "error-envelope-fields"]
        );
    }

    #[test]
    fn other_credentials_affect_every_rule() {
        let all = ["cancelSession", "createSession", "listSessions", "retrieveSession"];
        let removed =
            change("api-security-removed", Wire::Breaking, &all.map(|operation| (operation, REQUEST, "", "")));
        assert_eq!(rules_moved_by(&removed).len(), registry::rules().count());
        // One more way to authenticate: only the rules on refused callers are affected.
        let added = change("api-security-added", Wire::Compatible, &all.map(|operation| (operation, REQUEST, "", "")));
        let moved = rules_moved_by(&added);
        for rule in ["cancel-malformed-key", "cancel-unauthorized-changes-nothing", "retrieve-missing-key"] {
            assert!(moved.contains(&rule), "{rule} is not among {moved:?}");
        }
        for rule in ["cancel-id", "cancel-unknown-session", "retrieve-fields-present", "error-type"] {
            assert!(!moved.contains(&rule), "{rule} is among {moved:?}");
        }
    }

    #[test]
    fn the_creation_body_affects_every_rule_that_needs_a_session() {
        let demanded =
            change("new-required-request-property", Wire::Breaking, &[("createSession", REQUEST, "", "country")]);
        let moved = rules_moved_by(&demanded);
        assert!(moved.contains(&"cancel-status-201") && !moved.contains(&"cancel-unknown-session"), "{moved:?}");
        let unsent = change("request-property-removed", Wire::Risky, &[("createSession", REQUEST, "", "flow")]);
        assert_eq!(rules_moved_by(&unsent), Vec::<&str>::new());
    }

    #[test]
    fn parts_that_the_suite_ignores_affect_nothing() {
        for (id, wire, reach) in [
            ("endpoint-added", Wire::Compatible, &[("refund", None, "", "")][..]),
            ("api-removed-without-deprecation", Wire::Breaking, &[("refund", None, "", "")]),
            ("new-optional-request-parameter", Wire::Compatible, &[("cancelSession", REQUEST, "", "reason")]),
            ("server-removed", Wire::Breaking, &[("cancelSession", None, "", "")]),
            ("description-changed", Wire::None, &[("cancelSession", RESPONSE, "409", "")]),
            ("endpoint-deprecated", Wire::None, &[("cancelSession", None, "", "")]),
        ] {
            assert_eq!(rules_moved_by(&change(id, wire, reach)), Vec::<&str>::new(), "{id}");
        }
        let mut renamed = change("schema-renamed", Wire::None, &[("cancelSession", RESPONSE, "201", "")]);
        renamed.source = Source::Breaking;
        assert_eq!(rules_moved_by(&renamed), Vec::<&str>::new());
    }
}
