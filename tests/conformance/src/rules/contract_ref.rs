//! The parts of the contract that a rule relies on, so that a change of the contract names the rules to review.

mod statuses;
pub(crate) mod written;

use serde::Deserialize;
use zerogate_drift::{Area, Carrier, Change, Direction, Reach, Wire};

use crate::lab::new_session;
use crate::wire::IDEMPOTENCY_KEY;

pub(crate) use statuses::Statuses;

/// A part of the contract that a rule's probe relies on, such as `cancelSession 201 status`.
///
/// It is written as an operation id, a part of the operation and, for responses, a field or header:
///
/// | part | meaning |
/// |---|---|
/// | `request` | what the suite sends: affected if the new contract may refuse it |
/// | `security` | how a caller authenticates |
/// | `201`, `5XX` | the response with this status, or with one of this range |
/// | `success`, `error` | the responses below 300, and those from 400 on |
///
/// A response without a third word means its status, its media type and its body as a whole. `*` adds every field of
/// the body. A name is one field or one header.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ContractRef {
    operation: String,
    pub(crate) part: Part,
    pub(crate) what: What,
}

/// A part of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Request,
    Security,
    Responses(Statuses),
}

/// The part of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Itself,
    EveryField,
    Named(String),
}

impl ContractRef {
    /// The operation id.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Whether a change of the contract affects it.
    ///
    /// A change that does not affect the wire affects nothing here. If in doubt, the change counts as affecting this
    /// part: reviewing a rule needlessly is cheaper than judging by an outdated contract.
    #[must_use]
    pub fn is_moved_by(&self, change: &Change) -> bool {
        // The suite is given the server's URL and does not read it from the contract.
        change.wire != Wire::None
            && !is_of(change, Area::Server)
            && change.reach.iter().any(|reach| self.is_reached(change, reach))
    }

    fn is_reached(&self, change: &Change, reach: &Reach) -> bool {
        if reach.operation != self.operation {
            return false;
        }
        // The suite keeps sending the same requests, which a server that accepts more still accepts.
        let may_refuse = change.wire >= Wire::Risky;
        match (reach.direction, self.part) {
            (Some(Direction::Response), Part::Responses(statuses)) => {
                reach.status.as_deref().is_none_or(|status| statuses.overlap(status)) && self.concerns(reach)
            }
            (Some(Direction::Response), _) => false,
            (_, Part::Security) if is_of_security(change) => true,
            (_, Part::Request) if is_of_security(change) => may_refuse,
            (Some(Direction::Request), Part::Request) => may_refuse && is_met(change, reach),
            (Some(Direction::Request), _) => false,
            // The operation as a whole: it moved or was removed.
            _ => may_refuse,
        }
    }

    /// Whether the changed part of a response is this part.
    fn concerns(&self, reach: &Reach) -> bool {
        if reach.field.is_empty() {
            return true;
        }
        match &self.what {
            What::Itself => false,
            What::EveryField => reach.carrier != Some(Carrier::Header),
            What::Named(name) => overlap(name, &reach.field),
        }
    }
}

/// Whether one field is the other or is nested in it. Header names are case-insensitive.
fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let (Some(start), Some(rest)) = (long.get(..short.len()), long.get(short.len()..)) else { return false };
    start.eq_ignore_ascii_case(short) && (rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether a change of a request concerns something that the suite sends, or requires something that it does not send.
fn is_met(change: &Change, reach: &Reach) -> bool {
    let field = reach.field.as_str();
    field.is_empty() || change.kind().is_some_and(|kind| kind.required) || is_sent(&reach.operation, field)
}

/// Whether the suite sends this parameter, header or field.
pub(crate) fn is_sent(operation: &str, field: &str) -> bool {
    match operation {
        "createSession" => {
            let body = new_session();
            let mut fields = body.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str));
            overlap(IDEMPOTENCY_KEY, field) || fields.any(|sent| overlap(sent, field))
        }
        "cancelSession" | "retrieveSession" => overlap("id", field),
        _ => true,
    }
}

/// Whether a change is in this area of a contract, by its kind.
fn is_of(change: &Change, area: Area) -> bool {
    change.kind().is_some_and(|kind| kind.area == area)
}

/// Whether a change concerns authentication, for which the model has no direction.
fn is_of_security(change: &Change) -> bool {
    is_of(change, Area::Security)
}

#[cfg(test)]
mod tests {
    use zerogate_drift::Source;

    use super::*;

    fn part(text: &str) -> ContractRef {
        text.parse().unwrap()
    }

    fn change(wire: Wire, direction: Option<Direction>, status: Option<&str>, field: &str) -> Change {
        let mut change = Change::new("response-property-removed", "a change");
        change.wire = wire;
        let (status, field, carrier) = (status.map(str::to_owned), field.to_owned(), Some(Carrier::Body));
        change.reach = vec![Reach { direction, status, field, carrier, ..Reach::whole("cancelSession") }];
        change
    }

    fn response(status: &str, field: &str) -> Change {
        change(Wire::Compatible, Some(Direction::Response), Some(status), field)
    }

    #[test]
    fn a_change_of_a_response_affects_refs_to_its_status() {
        for (text, moved, still) in [
            ("cancelSession 201", &["201", "2XX", "2xx"][..], &["202", "409", "default", "5XX"][..]),
            ("cancelSession 409", &["409", "4XX", "default"], &["201", "404", "5XX"]),
            ("cancelSession 5XX", &["500", "5XX", "default"], &["201", "404", "4XX"]),
            ("cancelSession success", &["200", "201", "2XX"], &["409", "default"]),
            ("cancelSession error", &["401", "4XX", "5XX", "default"], &["201", "304"]),
            ("listSessions 201", &[], &["201"]),
            ("cancelSession request", &[], &["201"]),
            ("cancelSession security", &[], &["201", "401"]),
        ] {
            for status in moved {
                assert!(part(text).is_moved_by(&response(status, "")), "{text} by {status}");
            }
            for status in still {
                assert!(!part(text).is_moved_by(&response(status, "")), "{text} by {status}");
            }
        }
    }

    #[test]
    fn a_change_of_a_field_affects_refs_to_it_and_to_its_parents() {
        for (text, moved, still) in [
            ("cancelSession 201", &[][..], &["status"][..]),
            ("cancelSession 201 *", &["status", "a.b"], &[]),
            (
                "cancelSession 201 status",
                &["status", "status.code", "Status", "status[]"],
                &["statusCode", "stat", "é"],
            ),
            ("cancelSession 201 a.b", &["a", "a.b", "a.b.c"], &["a.c", "a.bc", "b"]),
        ] {
            for field in moved {
                assert!(part(text).is_moved_by(&response("201", field)), "{text} by {field}");
            }
            for field in still {
                assert!(!part(text).is_moved_by(&response("201", field)), "{text} by {field}");
            }
        }
    }

    #[test]
    fn a_header_is_not_a_field() {
        let every = part("cancelSession 201 *");
        let mut change = response("201", "X-Request-Id");
        assert!(every.is_moved_by(&change));
        change.reach[0].carrier = Some(Carrier::Header);
        assert!(!every.is_moved_by(&change));
        assert!(part("cancelSession 201 x-request-id").is_moved_by(&change));
    }

    #[test]
    fn a_request_is_affected_only_if_it_may_be_refused() {
        let sent = |wire, field| change(wire, Some(Direction::Request), None, field);
        for (wire, moved) in [(Wire::Compatible, false), (Wire::Risky, true), (Wire::Breaking, true)] {
            for field in ["", "id"] {
                assert_eq!(part("cancelSession request").is_moved_by(&sent(wire, field)), moved);
            }
            // The suite does not send it, so it is unaffected unless the field becomes required.
            assert!(!part("cancelSession request").is_moved_by(&sent(wire, "reason")));
            let mut demanded = sent(wire, "reason");
            demanded.id = "new-required-request-property";
            assert_eq!(part("cancelSession request").is_moved_by(&demanded), moved);
            for other in ["cancelSession 201 *", "cancelSession 201 id", "cancelSession security"] {
                assert!(!part(other).is_moved_by(&sent(wire, "id")), "{other}");
            }
        }
    }

    #[test]
    fn everything_that_the_suite_sends_is_in_the_contract() {
        let inventory = &crate::evidence::contract::CONTRACT.inventory;
        let sent = |operation: &str| -> Vec<String> {
            let operation = inventory.operation(operation).unwrap();
            let body = operation.request.iter().flat_map(|body| &body.media);
            let fields = body.flat_map(|media| &inventory.schemas[media.shape.schema().unwrap()].fields);
            let parameters = operation.parameters.iter().map(|parameter| parameter.name.clone());
            let names = parameters.chain(fields.map(|field| field.name.clone()));
            names.filter(|name| is_sent(&operation.id, name)).collect()
        };
        let created = ["Idempotency-Key", "amount", "currency", "metadata", "return_url", "user_reference"];
        assert_eq!(sent("createSession"), created);
        assert_eq!(sent("cancelSession"), ["id"]);
        assert_eq!(sent("retrieveSession"), ["id"]);
    }

    #[test]
    fn a_change_of_the_security_affects_refs_to_security_and_requests() {
        for direction in [None, Some(Direction::Request)] {
            for (wire, refused) in [(Wire::Compatible, false), (Wire::Breaking, true)] {
                let mut change = change(wire, direction, None, "");
                change.id = "api-security-removed";
                assert!(part("cancelSession security").is_moved_by(&change));
                assert_eq!(part("cancelSession request").is_moved_by(&change), refused);
            }
        }
    }

    #[test]
    fn removing_an_operation_affects_every_ref_to_it() {
        for text in ["cancelSession request", "cancelSession security", "cancelSession 201 id", "cancelSession error"] {
            assert!(part(text).is_moved_by(&change(Wire::Breaking, None, None, "")), "{text}");
            assert!(!part(text).is_moved_by(&change(Wire::Compatible, None, None, "")), "{text}");
        }
    }

    #[test]
    fn a_change_outside_the_wire_affects_nothing() {
        let mut change = change(Wire::None, None, None, "");
        change.source = Source::Breaking;
        assert!(!part("cancelSession 201 id").is_moved_by(&change));
        assert!(!part("cancelSession request").is_moved_by(&change));
    }
}
