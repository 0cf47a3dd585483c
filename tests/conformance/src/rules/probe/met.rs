//! Rules on every response of a run, whatever the request.

use std::collections::BTreeMap;

use zerogate::retry_after;

use crate::evidence::body;
use crate::lab::{ERROR_STATUSES, Lab, LoggedResponse, Obstacle, Situation, Trouble, met, observe};
use crate::rules::verdict::{Counted, Finding, Judged};
use crate::wire::{Exchange, Operation, kebab};

rules! {
    "response-names-unique" => names_unique [operations()],
    "cancel-key-not-echoed" => key_not_echoed [operations(), [SECRET]],
    "error-request-id-unique" => request_id_unique,
    "error-retry-after" => retry_after [ERROR_STATUSES],
    "response-one-request-id" => request_id_once [operations()],
}

/// The maximum number of pairs of responses with one id to report.
const SHOWN: usize = 4;

/// The case of a client secret in an error, whatever the operation.
const SECRET: &str = "client-secret";

/// The cases of findings that are reported once per operation.
fn operations() -> [String; 4] {
    let all = [Operation::CreateSession, Operation::ListSessions, Operation::RetrieveSession, Operation::CancelSession];
    all.map(case_of)
}

fn case_of(operation: Operation) -> String {
    kebab(&format!("{operation:?}"))
}

async fn key_not_echoed(lab: &Lab<'_>) -> Judged {
    let met = all(lab).await?;
    let mut told = Counted::new();
    for met in &met {
        if let Some(leak) = &met.leak {
            let operation = met.exchange.sent.operation;
            let received = format!("{} {}", leak.what, body::one_line(&leak.place));
            let case = if leak.is_of_a_session { SECRET.to_owned() } else { case_of(operation) };
            let finding = || Finding::new("no part of a key in the response", received, &met.exchange).in_case(case);
            told.add((leak, operation), finding);
        }
    }
    Ok(told.findings().into())
}

async fn names_unique(lab: &Lab<'_>) -> Judged {
    once_an_operation(lab, |met| {
        let name = body::one_line(met.repeated.as_ref()?);
        Some(("names that are unique in each object of the body", format!("`{name}` twice in one object")))
    })
    .await
}

async fn request_id_once(lab: &Lab<'_>) -> Judged {
    once_an_operation(lab, |met| {
        let count = met.exchange.response.headers.iter().filter(|(name, _)| name == "x-request-id").count();
        (count > 1).then(|| ("one `X-Request-Id`", format!("{count} of them")))
    })
    .await
}

/// Reports a problem once per operation, since it is likely in all of its responses.
async fn once_an_operation(lab: &Lab<'_>, find: impl Fn(&LoggedResponse) -> Option<(&'static str, String)>) -> Judged {
    let met = all(lab).await?;
    let mut told = Counted::new();
    for met in &met {
        if let Some((expected, received)) = find(met) {
            let operation = met.exchange.sent.operation;
            told.add(operation, || Finding::new(expected, received, &met.exchange).in_case(case_of(operation)));
        }
    }
    Ok(told.findings().into())
}

async fn request_id_unique(lab: &Lab<'_>) -> Judged {
    let met = all(lab).await?;
    let mut by_id: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
    for met in &met {
        if let Some(id) = met.exchange.response.request_id() {
            by_id.entry(id).or_default().push(&met.exchange);
        }
    }
    if by_id.values().map(Vec::len).sum::<usize>() < 2 {
        return Err(Trouble::new("fewer than two responses had an `X-Request-Id`").into());
    }
    let mut pairs: Vec<(&Exchange, &Exchange)> =
        by_id.values().filter_map(|exchanges| distinct_pair(exchanges)).collect();
    // The ids themselves are random.
    pairs.sort_by_key(|(one, other)| {
        [one, other].map(|exchange| (exchange.sent.operation, exchange.response.status, exchange.name.clone()))
    });
    let finding = |(one, other): (&Exchange, &Exchange)| {
        let received = format!("the id of the response to {}", body::one_line(&one.sent.to_string()));
        Finding::new("an `X-Request-Id` that no other response has", received, other).beside([&one.sent])
    };
    Ok(pairs.into_iter().take(SHOWN).map(finding).collect::<Vec<_>>().into())
}

async fn retry_after(lab: &Lab<'_>) -> Judged {
    let met = all(lab).await?;
    let mut told = Counted::new();
    let mut judged = false;
    for met in &met {
        for (_, value) in met.exchange.response.headers.iter().filter(|(name, _)| name == "retry-after") {
            judged = true;
            if !retry_after::is_valid(value) {
                let received = format!("`{}`", body::one_line(value));
                let expected = "`Retry-After` as a number of seconds or an HTTP date";
                let status = met.exchange.response.status;
                told.add((status, value), || {
                    Finding::new(expected, received, &met.exchange).in_case(status.to_string())
                });
            }
        }
    }
    let findings = told.findings();
    // The header is optional, but judging it takes at least one 429.
    let throttled = met.iter().any(|met| met.exchange.response.status == 429);
    match lab.target.provocation(429) {
        _ if judged || throttled => Ok(findings.into()),
        Err(need) => Err(need.into()),
        Ok(_) => {
            observe(lab, Situation::Provoked(429)).await?;
            Err(Trouble::new("no response was a 429, although the suite provoked one").into())
        }
    }
}

/// Every response, if at least one is neither a 429 nor a 5xx.
async fn all(lab: &Lab<'_>) -> Result<Vec<LoggedResponse>, Obstacle> {
    let met = met(lab).await;
    if met.iter().all(|met| met.exchange.response.is_transient()) {
        return Err(Trouble::new("there was no response other than 429 and 5xx").into());
    }
    Ok(met)
}

/// Two responses that must have different ids. A replayed creation may repeat the first response, including its id.
fn distinct_pair<'e>(exchanges: &[&'e Exchange]) -> Option<(&'e Exchange, &'e Exchange)> {
    let key = |exchange: &'e Exchange| {
        exchange.sent.idempotency_key().filter(|_| exchange.sent.operation == Operation::CreateSession)
    };
    let (first, rest) = exchanges.split_first()?;
    let other = rest.iter().find(|other| key(first).is_none() || key(first) != key(other))?;
    Some((first, other))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::{IDEMPOTENCY_KEY, Response, Sent};

    fn exchange(operation: Operation, key: Option<&str>) -> Exchange {
        let headers = key.map(|key| (IDEMPOTENCY_KEY.to_owned(), key.into())).into_iter().collect();
        let response =
            Response { version: String::new(), status: 201, headers: Vec::new(), body: Vec::new(), json: None };
        Exchange {
            sent: Sent { operation, headers, ..Sent::example() },
            response,
            elapsed: Duration::ZERO,
            name: String::new(),
            is_regular: true,
        }
    }

    #[test]
    fn only_a_replayed_creation_may_repeat_its_id() {
        use Operation::{CancelSession, CreateSession};
        let create = |key| exchange(CreateSession, Some(key));
        for (exchanges, wrong) in [
            (vec![create("a"), create("a")], false),
            (vec![create("a"), create("b")], true),
            (vec![create("a"), create("a"), exchange(CancelSession, None)], true),
            (vec![exchange(CreateSession, None), exchange(CreateSession, None)], true),
            (vec![exchange(CancelSession, Some("a")), exchange(CancelSession, Some("a"))], true),
            (vec![create("a")], false),
        ] {
            let exchanges: Vec<&Exchange> = exchanges.iter().collect();
            assert_eq!(distinct_pair(&exchanges).is_some(), wrong);
        }
    }
}
