//! The checks that hold for every conversation.

use std::time::Duration;

use zerogate::{Attempt, AttemptOutcome, Cancellation, Delivery, Error, ErrorKind, Response};

use super::plan::Status;
use super::server::{Entry, Operation, SentResponse, Session, World};

/// How much longer than its deadline a call may take on a busy machine.
pub(super) const ALLOWANCE: Duration = Duration::from_secs(5);

/// The end of a conversation.
#[derive(Debug)]
pub(super) enum Ending {
    Result(Box<Result<Response<Cancellation>, Error>>, Duration),
    /// The caller dropped the future when the server had seen this many requests; `is_in_hand` if the last of them was
    /// still being processed.
    Dropped {
        seen: usize,
        is_in_hand: bool,
    },
    /// It has not ended within the deadline and the allowance.
    Overrun,
}

type Verdict = Result<(), String>;

/// Fails with a description if a condition does not hold.
macro_rules! must {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}

/// Every check that a conversation fails.
pub(super) fn problems(session: &Session, ending: &Ending) -> Option<String> {
    let world = session.world().clone();
    let mut verdicts = vec![check_log(session, &world), check_told(session)];
    match ending {
        Ending::Overrun => verdicts.push(Err(format!("it goes on long after its deadline of {:?}", deadline(session)))),
        Ending::Dropped { seen, is_in_hand } => verdicts.push(check_dropped(session, &world, *seen, *is_in_hand)),
        Ending::Result(result, elapsed) => {
            let attempts = result.as_ref().as_ref().map_or_else(Error::attempts, Response::attempts);
            verdicts.push(match result.as_ref() {
                Ok(response) => check_outcome(session, &world, response),
                Err(error) => check_error(session, &world, error),
            });
            verdicts.push(check_attempts(session, &world, attempts));
            verdicts.push(check_perseverance(session, &world, attempts));
            verdicts.push(check_time(session, *elapsed));
        }
    }
    let problems: Vec<String> = verdicts.into_iter().filter_map(Result::err).collect();
    (!problems.is_empty()).then(|| problems.join("; "))
}

fn check_time(session: &Session, elapsed: Duration) -> Verdict {
    must!(elapsed <= deadline(session) + ALLOWANCE, "it took {elapsed:?}");
    Ok(())
}

/// Checks that nothing is sent after the future was dropped.
fn check_dropped(session: &Session, world: &World, seen: usize, is_in_hand: bool) -> Verdict {
    // A client with short time limits may have given up on several requests that the server had not seen yet.
    if session.conversation.options.hurry.is_some() {
        return Ok(());
    }
    // One more may have been under way, unless the server was processing it.
    let most = seen + usize::from(!is_in_hand);
    let arrived = world.log.len();
    must!(
        arrived <= most,
        "{arrived} requests arrived, of which at most {most} were sent before the future was dropped"
    );
    Ok(())
}

fn deadline(session: &Session) -> Duration {
    session.conversation.options.deadline()
}

fn is(operation: Operation) -> impl Fn(&&Entry) -> bool {
    move |entry| entry.operation == operation
}

fn of(attempts: &[Attempt], operation: Operation) -> Vec<&Attempt> {
    attempts.iter().filter(|attempt| attempt.operation == operation.id()).collect()
}

/// The server's record of the response to an attempt.
fn response_to<'w>(session: &Session, world: &'w World, attempt: &Attempt) -> Option<&'w SentResponse> {
    let number = attempt.request_id.as_deref().and_then(|id| session.number(id))?;
    world.log.get(number)?.response.as_ref()
}

fn is_vouched_for(session: &Session, world: &World, attempt: &Attempt) -> bool {
    response_to(session, world, attempt).is_some_and(|response| response.is_vouched_for)
}

/// Whether there was a documented success with the deciding fields.
fn is_told(session: &Session, world: &World, attempt: &Attempt) -> bool {
    attempt.outcome == AttemptOutcome::Responded
        && response_to(session, world, attempt).is_some_and(|response| response.is_told)
}

/// Whether one of them may have taken effect, including one with a success that is not credible.
fn any_unknown(session: &Session, world: &World, cancels: &[&Attempt]) -> bool {
    let is_doubtful = |attempt: &Attempt| attempt.status == Some(201) && !is_told(session, world, attempt);
    cancels.iter().any(|attempt| attempt.delivery == Delivery::Unknown || is_doubtful(attempt))
}

/// A cancelled session is reported as cancelled, unless no response has its id or status.
fn check_told(session: &Session) -> Verdict {
    let told = session.told();
    let is_silent = session.conversation.sparse.is_some_and(|field| ["id", "status"].contains(&field.name()));
    match told.as_ref() {
        None => {}
        Some(Ok(response)) => {
            must!(!is_silent || response.value().session().is_none(), "reported without a response that says so");
            must!(is_silent || response.value().is_cancelled(), "it is cancelled, but a second call does not say so");
        }
        Some(Err(error)) => must!(is_silent, "it is cancelled, but a second call fails: {error}"),
    }
    Ok(())
}

/// Whether the retry table says that no other cancellation follows this status.
fn is_final(session: &Session, status: u16) -> bool {
    matches!(status, 200..=407 | 409..=424 | 426..=428 | 430..=499)
        || (status == 501 && !session.conversation.options.retry_not_implemented)
}

/// Checks the requests that the server has seen.
fn check_log(session: &Session, world: &World) -> Verdict {
    let options = &session.conversation.options;
    let log = &world.log;
    let cancels = log.iter().filter(is(Operation::Cancel)).count();
    must!(cancels <= options.max_attempts as usize, "{cancels} requests to cancel");
    let reads = log.len() - cancels;
    must!(reads <= options.max_attempts as usize, "{reads} requests to read");
    if options.hurry.is_some() {
        // The server may see a request later than the next one if the client gave up on it, and a response may come too
        // late.
        return Ok(());
    }
    must!(log[..cancels].iter().all(|entry| entry.operation == Operation::Cancel), "cancelled after reading");
    for (number, entry) in log.iter().enumerate() {
        let Some(response) = &entry.response else { continue };
        let is_last = !log[number + 1..].iter().any(|later| later.operation == entry.operation);
        if response.is_whole {
            must!(is_last || !is_final(session, response.status), "sent again after a {}", response.status);
            let is_too_long = response.retry_after.is_some_and(|wait| options.is_too_long(wait));
            must!(
                is_last || !is_too_long,
                "sent again although the server asked to wait for {:?} s",
                response.retry_after
            );
        }
    }
    Ok(())
}

/// Compares the attempts that the client reports with the requests that the server has seen.
fn check_attempts(session: &Session, world: &World, attempts: &[Attempt]) -> Verdict {
    let options = &session.conversation.options;
    let (cancels, reads) = (of(attempts, Operation::Cancel), of(attempts, Operation::Retrieve));
    must!(cancels.len() <= options.max_attempts as usize, "{} attempts to cancel", cancels.len());
    must!(reads.len() <= options.max_attempts as usize, "{} attempts to read", reads.len());
    must!(cancels.iter().chain(&reads).copied().eq(attempts), "the attempts are not in order");
    for (operation, listed) in [(Operation::Cancel, &cancels), (Operation::Retrieve, &reads)] {
        let seen = world.log.iter().filter(is(operation)).count();
        let (name, count) = (operation.id(), listed.len());
        must!(seen <= count, "the server has seen {seen} requests {name}, but {count} are listed");
        must!(listed.iter().map(|attempt| attempt.number).eq(1..=count as u32), "{name}: the numbers are not in order");
        let mut next = 0;
        for attempt in listed.iter() {
            let number = attempt.request_id.as_deref().and_then(|id| session.number(id));
            check_attempt(attempt, is_vouched_for(session, world, attempt), options.hurry.is_some())?;
            let Some(status) = attempt.status else { continue };
            let entry = number.and_then(|number| world.log.get(number)).filter(|entry| entry.operation == operation);
            let response = entry.and_then(|entry| entry.response.as_ref()).filter(|response| response.status == status);
            let (Some(number), Some(response)) = (number, response) else {
                return Err(format!("a response is listed that was not sent: {attempt:?}"));
            };
            must!(number >= next, "the attempts are not in the order of the requests");
            next = number + 1;
            if attempt.number as usize == count {
                continue;
            }
            // A partial success is not a success.
            let is_whole = !is_documented(attempt, status) || attempt.outcome == AttemptOutcome::Responded;
            must!(!(is_whole && is_final(session, status)), "tried again after a {status}");
            let is_too_long = response.retry_after.is_some_and(|wait| options.is_too_long(wait));
            must!(!is_too_long, "retried although the server asked to wait for {:?} s", response.retry_after);
        }
    }
    Ok(())
}

fn is_documented(attempt: &Attempt, status: u16) -> bool {
    let operation = if attempt.operation == Operation::Cancel.id() { Operation::Cancel } else { Operation::Retrieve };
    status == operation.success()
}

/// Checks the report of an attempt.
fn check_attempt(attempt: &Attempt, is_vouched_for: bool, is_hurried: bool) -> Verdict {
    use AttemptOutcome as Outcome;

    let delivery = match (attempt.outcome, attempt.status) {
        (Outcome::ConnectFailed | Outcome::ConnectTimedOut, None) => Delivery::NotSent,
        (Outcome::TimedOut | Outcome::ConnectionLost, None) => Delivery::Unknown,
        (Outcome::TimedOut | Outcome::ResponseTruncated, Some(200 | 201)) => Delivery::Unknown,
        (Outcome::Responded, Some(500.. | 408 | 425)) => Delivery::Unknown,
        (Outcome::Responded, Some(429)) => Delivery::Responded,
        (Outcome::Responded, Some(300..=499)) if !is_vouched_for => Delivery::Unknown,
        // All of it was sent, and perhaps not all of it received.
        (Outcome::Responded, Some(400..=499)) if is_hurried => attempt.delivery,
        (Outcome::Responded, Some(status @ 200..=299)) if !is_documented(attempt, status) => Delivery::Unknown,
        (Outcome::Responded, Some(_)) => Delivery::Responded,
        _ => return Err(format!("an attempt that came to what cannot be: {attempt:?}")),
    };
    must!(attempt.delivery == delivery, "its delivery is {delivery:?}, and not as it says: {attempt:?}");
    Ok(())
}

/// A client that has time gives up no sooner than the table says.
fn check_perseverance(session: &Session, world: &World, attempts: &[Attempt]) -> Verdict {
    let options = &session.conversation.options;
    if options.hurry.is_some() {
        return Ok(());
    }
    let (cancels, reads) = (of(attempts, Operation::Cancel), of(attempts, Operation::Retrieve));
    let is_done = |last: &Attempt| {
        let is_truncated = last.outcome == AttemptOutcome::ResponseTruncated;
        last.status.is_some_and(|status| is_final(session, status) && !is_truncated)
    };
    for attempts in [&cancels, &reads] {
        let Some(last) = attempts.last() else { continue };
        let wait = response_to(session, world, last).and_then(|response| response.retry_after);
        let is_stopped = is_done(last) || wait.is_some_and(|wait| options.is_too_long(wait));
        must!(is_stopped || attempts.len() == options.max_attempts as usize, "given up too soon: {last:?}");
    }
    let Some(last) = cancels.last() else {
        return Err("nothing was tried".to_owned());
    };
    let is_settled = is_done(last) && is_told(session, world, last);
    must!(
        is_settled || !any_unknown(session, world, &cancels) || !reads.is_empty(),
        "an unknown result was not read back"
    );
    Ok(())
}

/// Whether a request of this call has cancelled the session.
fn is_ours(world: &World) -> bool {
    world.cancelled_by.is_some()
}

/// Compares the session's status according to the client with the real one.
fn check_outcome(session: &Session, world: &World, response: &Response<Cancellation>) -> Verdict {
    let outcome = response.value();
    let (cancels, reads) = (of(response.attempts(), Operation::Cancel), of(response.attempts(), Operation::Retrieve));
    let Some(last) = cancels.last() else {
        return Err("an outcome without an attempt".to_owned());
    };
    let Some(status) = world.status else {
        return Err("an outcome of a session that does not exist".to_owned());
    };
    if let Some(said) = outcome.session() {
        let (said_id, said_status) = (said.id().as_str(), said.status().as_str());
        must!(said_id == session.id.as_str(), "it is another session: {said_id}");
        must!(said_status == status.as_str(), "it says {said_status}, and the session is {status:?}");
    }
    must!(!outcome.is_cancelled() || status == Status::Cancelled, "it says cancelled, and the session is {status:?}");
    let deciding = response.request_id().and_then(|id| session.number(id));
    let is_open = any_unknown(session, world, &cancels);
    match outcome {
        Cancellation::Cancelled(_) => {
            must!(status == Status::Cancelled, "it says cancelled, and the session is {status:?}");
            must!(deciding.is_some(), "a cancellation that no response stands for");
            must!(deciding == world.cancelled_by, "the client names another request as the cause than the real one");
            must!(response.status() == 201 && reads.is_empty(), "a cancellation, and not by its 201 alone");
        }
        Cancellation::FoundCancelled(_) => {
            must!(is_open, "found cancelled, and no reply was lost");
            must!(response.status() == 200 && !reads.is_empty(), "found cancelled, and not by having been read");
        }
        Cancellation::AlreadyTerminal(terminal) => {
            must!(!is_ours(world), "it says that this call changed nothing, and it has cancelled the session");
            must!(status != Status::Open, "it says terminal, and the session is open");
            let is_conflict = last.status == Some(409) && is_vouched_for(session, world, last);
            let is_reported = session.conversation.options.report && !is_open;
            must!(is_conflict || is_open, "terminal, and nothing has said so");
            if terminal.session().is_none() {
                must!(is_conflict && !is_open, "terminal, and the state in which it is was never read");
                must!(is_reported != terminal.missing().is_some(), "whether it was to be read is not what it says");
            }
            let is_in_time = session.conversation.options.hurry.is_none() || !reads.is_empty();
            must!(!is_in_time || is_reported == (is_conflict && reads.is_empty()), "read, or not, against the options");
        }
        _ => return Err("an outcome that this test does not know".to_owned()),
    }
    Ok(())
}

/// Compares a result that the client reports as unknown or refused with what happened.
fn check_error(session: &Session, world: &World, error: &Error) -> Verdict {
    let (cancels, reads) = (of(error.attempts(), Operation::Cancel), of(error.attempts(), Operation::Retrieve));
    let is_believable = cancels.last().is_some_and(|last| is_told(session, world, last));
    must!(!is_believable, "a cancellation that is reported as an error");
    let last = cancels.last().map(|last| (last.status, last.outcome));
    let mut read = reads.iter().filter(|read| is_told(session, world, read));
    if read.next().is_some() {
        let shown = world.log.iter().rfind(is(Operation::Retrieve)).and_then(|entry| entry.shown);
        must!(shown == Some(Status::Open), "it was read as {shown:?}, and that is no error");
    }
    let was_acted_on = world.log.iter().any(|entry| {
        let is_refusal = entry.response.as_ref().is_some_and(|response| {
            response.status == 429 || response.is_vouched_for && matches!(response.status, 401 | 403)
        });
        entry.operation == Operation::Cancel && !is_refusal
    });
    match error.delivery() {
        Delivery::Unknown => {
            must!(any_unknown(session, world, &cancels), "unknown, and every attempt has had its response")
        }
        Delivery::NotSent => {
            must!(world.log.is_empty(), "it says that nothing was sent, and the server has seen it");
            must!(!is_ours(world), "it says that nothing was sent, and it has cancelled the session");
        }
        Delivery::Responded => {
            must!(!is_ours(world), "it says that there was no effect, and it has cancelled the session");
            let is_missing = error.kind() == ErrorKind::NotFound && world.status.is_none();
            must!(is_missing || !was_acted_on, "a refusal, and yet the server has done what it was asked to");
            must!(reads.is_empty() || is_missing, "a refusal that was read back");
        }
        _ => return Err("a delivery that this test does not know".to_owned()),
    }
    let kind = match last {
        // With a short deadline, a busy machine leaves no time for the first attempt.
        None => ErrorKind::OutOfTime,
        // By its fault.
        Some((Some(201), _)) if error.kind() == ErrorKind::Contradiction => ErrorKind::Contradiction,
        Some((Some(201), _)) => ErrorKind::UnreadableBody,
        Some((Some(200..=399), _)) => ErrorKind::UnexpectedStatus,
        Some((Some(401), _)) => ErrorKind::Unauthorized,
        Some((Some(403), _)) => ErrorKind::Forbidden,
        Some((Some(404), _)) => ErrorKind::NotFound,
        Some((Some(409), _)) => ErrorKind::Conflict,
        Some((Some(429), _)) => ErrorKind::RateLimited,
        Some((Some(400..=499), _)) => ErrorKind::Rejected,
        Some((Some(_), _)) => ErrorKind::Server,
        Some((None, AttemptOutcome::ConnectFailed | AttemptOutcome::ConnectTimedOut)) => ErrorKind::Connect,
        Some((None, AttemptOutcome::TimedOut)) => ErrorKind::Timeout,
        Some((None, _)) => ErrorKind::Transport,
    };
    must!(error.kind() == kind, "an error of the kind {:?}, where there was {kind:?}", error.kind());
    Ok(())
}
