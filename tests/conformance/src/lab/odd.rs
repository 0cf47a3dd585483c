//! Cancellations with paths that nearly name a session, or name none.

use std::sync::Arc;

use super::attempt::Attempt;
use super::core::Lab;
use super::obstacle::{Need, Obstacle};
use super::reading::restless_fields;
use super::watch::{Eyed, Watched};
use crate::wire::{Exchange, IdForm, Masked, Operation, Request, Role, Written, escaped};

/// A path of a cancellation that is built from a session's id but is not that session's path.
#[derive(Clone, Copy)]
pub(crate) struct Odd {
    /// The case of its findings.
    pub(crate) case: &'static str,
    /// A description that follows "a cancellation of".
    pub(crate) words: &'static str,
    pub(crate) kind: PathKind,
    /// The path after `/gate_sessions`; none if this id does not allow it.
    path: fn(&Names<'_>) -> Option<Masked>,
}

/// The names of a session from which odd paths are built.
struct Names<'n> {
    id: &'n str,
    /// The id of another session.
    other: &'n str,
    /// Its `user_reference`, which no other session has.
    reference: Option<&'n str>,
    /// Whether its client secret is known, and may be sent where others could read it.
    has_secret: bool,
}

/// What an odd path means to the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathKind {
    /// An id that no session has.
    Id,
    /// The same, but a server may refuse it before it looks at the id: nginx does with a null character.
    Unread,
    /// Another path, which the contract does not define.
    OtherPath,
    /// A path that the contract does not define, but that some routers map to the session that it resembles.
    OtherSpelling,
    /// An id in another case: it names no session, or the session that it resembles.
    OtherCase,
}

impl PathKind {
    /// Whether a server may map such a path to the session that it resembles.
    pub(crate) fn may_name_the_session(self) -> bool {
        matches!(self, Self::OtherSpelling | Self::OtherCase)
    }
}

/// An odd path and the result of the request.
pub(crate) struct Oddity {
    pub(crate) odd: Odd,
    pub(crate) attempt: Attempt,
}

/// Odd paths that were tried together, and the sessions before and after.
pub(crate) struct Batch {
    pub(crate) oddities: Vec<Oddity>,
    /// The id of the session that they resemble.
    pub(crate) id: String,
    pub(crate) resembled: Watched,
    pub(crate) others: Vec<Watched>,
}

/// The session that odd paths are built from, and some others.
struct Cast {
    resembled: Eyed,
    /// The response to its creation, unless it was supplied.
    created: Option<Arc<Exchange>>,
    others: Vec<Eyed>,
}

/// How many sessions that are no longer used are watched as well.
const IDLE: usize = 6;

/// The minimum length of an id to add or remove a character: a shorter result may be another session's id.
const UNIQUE: usize = 12;

const VERY_LONG: usize = 6000;

macro_rules! odd {
    ($($case:literal, $words:literal, $kind:ident, $path:expr;)+) => {
        const ODD: &[Odd] = &[$(Odd { case: $case, words: $words, kind: PathKind::$kind, path: $path }),+];
    };
}

odd! {
    "256-characters", "an id of 256 characters", Id, |_| segment("0".repeat(256));
    // Below the 8000 bytes that RFC 9112 recommends as a minimum for request lines.
    "6000-characters", "an id of 6000 characters", Unread, |_| segment("0".repeat(VERY_LONG));
    "not-ascii", "an id of non-ASCII letters", Id, |_| segment(escaped("会话-💳"));
    // Every parser of WHATWG URLs resolves it.
    "dot-dot-escaped", "an id that is `..`, escaped", OtherPath, |_| segment("%2e%2e");
    "wildcard", "an id that is a wildcard", Id, |_| segment("%25");
    "not-utf-8", "an id that is not UTF-8", OtherPath, |_| segment("%FF");
    "null-behind", "a session by its id with a null character appended", Unread, |of| segment(whole(of.id).and("%00"));
    "letter-behind", "a session by its id with a non-ASCII letter appended", Id, |of| segment(whole(of.id).and(escaped("é")));
    "dot-behind", "a session by its id with a dot appended", Id, |of| segment(whole(of.id).and("."));
    "space-behind", "a session by its id with a space appended", Id, |of| segment(whole(of.id).and("%20"));
    "escaped-twice", "a session by its id, escaped twice", Id, |of| segment(Masked::session(of.id, IdForm::EscapedTwice));
    "full-width", "a session by its id in full-width characters", Id, |of| segment(another(of.id, IdForm::FullWidth)?);
    "query-escaped", "a session by its id with an escaped `?x` appended", Id, |of| segment(whole(of.id).and("%3Fx"));
    "last-cut", "a session by its id without the last character", Id, |of| segment(another(unique(of.id)?, IdForm::WithoutLast)?);
    "first-cut", "a session by its id without the first character", Id, |of| segment(another(unique(of.id)?, IdForm::WithoutFirst)?);
    "last-changed", "a session by its id with another last character", Id, |of| segment(another(unique(of.id)?, IdForm::AnotherLast)?);
    "longer", "a session by its id with an extra character", Id, |of| segment(whole(unique(of.id)?).and("0"));
    "prefixed", "a session by its id with the prefix `gs_`", Id, |of| segment(Masked::from(PREFIX).and(whole(unprefixed(of.id)?)));
    "two-ids", "two sessions by their ids, with a comma between them", Id, |of| segment(whole(of.id).and(",").and(whole(of.other)));
    "user-reference", "a session by its `user_reference`", Id, |of| segment(escaped(of.reference?));
    "client-secret", "a session by its client secret", Id, |of| of.has_secret.then(|| segment(Masked::client_secret(of.id)))?;
    "alias", "an id that is the word `latest`", Id, |_| segment("latest");
    "empty", "an empty id", OtherPath, |_| segment("");
    "no-id", "no session, by the path without an id", OtherPath, |_| Some(Masked::from("/cancel"));
    "dot-dot", "`..`", OtherPath, |_| segment("..");
    "query", "a session by its id with a query", OtherPath, |of| segment(whole(of.id).and("?x"));
    "other-case", "a session by its id in the other case", OtherCase, |of| segment(another(unique(of.id)?, IdForm::OtherCase)?);
    "slash-escaped", "a session by its id with an escaped slash appended", OtherSpelling, |of| segment(whole(of.id).and("%2F"));
    "detour-escaped", "a session by an escaped detour", OtherSpelling, |of| segment(Masked::from("x%2F..%2F").and(whole(of.id)));
    "json", "a session by its id with `.json` appended", OtherSpelling, |of| segment(whole(of.id).and(".json"));
    "semicolon", "a session by its id with `;x` appended", OtherSpelling, |of| segment(whole(of.id).and(";x"));
    "detour", "a session by a detour", OtherSpelling, |of| segment(Masked::from("x/../").and(whole(of.id)));
    "detour-dots-escaped", "a session by a detour with its dots escaped", OtherSpelling, |of| segment(Masked::from("x/%2e%2e/").and(whole(of.id)));
    "cancel-escaped", "a session by its id with an escaped `/cancel` appended", OtherSpelling, |of| Some(Masked::from("/").and(whole(of.id)).and("%2Fcancel"));
    "trailing-slash", "a session, with a trailing slash", OtherSpelling, |of| Some(segment(whole(of.id))?.and("/"));
    "double-slash", "a session, with a double slash", OtherSpelling, |of| segment(whole(of.id).and("/"));
    "cancel-other-case", "a session, with `cancel` in upper case", OtherSpelling, |of| Some(Masked::from("/").and(whole(of.id)).and("/CANCEL"));
}

/// The cases of odd paths of these kinds.
pub(crate) fn odd_cases(is_wanted: impl Fn(PathKind) -> bool) -> Vec<String> {
    ODD.iter().filter(|odd| is_wanted(odd.kind)).map(|odd| odd.case.to_owned()).collect()
}

/// Sends a cancellation to every odd path; done once.
pub(crate) async fn oddities(lab: &Lab<'_>) -> Result<Arc<Vec<Batch>>, Obstacle> {
    lab.once("oddities", try_all(lab)).await
}

async fn try_all(lab: &Lab<'_>) -> Result<Vec<Batch>, Obstacle> {
    let (lenient, strict): (Vec<Odd>, Vec<Odd>) = ODD.iter().partition(|odd| odd.kind.may_name_the_session());
    let (mut batches, cast) = try_group(lab, gather(lab).await?, &strict).await?;
    let (more, cast) = try_group(lab, cast, &lenient).await?;
    batches.extend(more);
    cast.release(lab);
    Ok(batches)
}

/// Tries odd paths together, and then one by one if a session changed, to find the cause.
///
/// Returns sessions that are unchanged.
async fn try_group(lab: &Lab<'_>, cast: Cast, odds: &[Odd]) -> Result<(Vec<Batch>, Cast), Obstacle> {
    let restless = restless_fields(lab).await;
    let is_quiet = |batch: &Batch| !batch.watched().any(|watched| watched.is_changed(&restless));
    let together = try_batch(lab, &cast, odds).await?;
    if is_quiet(&together) {
        let cast = cast.again(&together);
        return Ok((vec![together], cast));
    }
    let mut batches = Vec::new();
    let mut cast = gather(lab).await?;
    for odd in odds {
        let batch = try_batch(lab, &cast, std::slice::from_ref(odd)).await?;
        cast = if is_quiet(&batch) { cast.again(&batch) } else { gather(lab).await? };
        batches.push(batch);
    }
    if batches.iter().all(is_quiet) {
        batches = vec![together];
    }
    Ok((batches, cast))
}

impl Batch {
    fn watched(&self) -> impl Iterator<Item = &Watched> {
        std::iter::once(&self.resembled).chain(&self.others)
    }
}

impl Cast {
    /// The same sessions, as last read.
    fn again(self, batch: &Batch) -> Self {
        let others = self.others.into_iter().zip(&batch.others);
        Self {
            created: self.created,
            resembled: self.resembled.again(&batch.resembled),
            others: others.map(|(eyed, watched)| eyed.again(watched)).collect(),
        }
    }

    fn release(&self, lab: &Lab<'_>) {
        for eyed in std::iter::once(&self.resembled).chain(&self.others) {
            lab.sessions.give_back(&eyed.id);
        }
    }
}

async fn gather(lab: &Lab<'_>) -> Result<Cast, Obstacle> {
    const OTHER: &str = "another session";
    let mut opened = Vec::new();
    // The first is the session created just before, to catch a server that is off by one.
    for (words, name) in [(OTHER, "before-odd"), ("the session that it resembles", "odd"), (OTHER, "beside-odd")] {
        match Eyed::open(lab, words, name).await {
            Ok(eyed) => opened.push(eyed),
            Err(obstacle) => {
                opened.iter().for_each(|eyed| lab.sessions.untake(&eyed.id));
                return Err(obstacle);
            }
        }
    }
    let resembled = opened.remove(1);
    let mut others = opened;
    for id in lab.sessions.idle().into_iter().take(IDLE) {
        // Ignore one that no longer exists.
        others.extend(Eyed::begin(lab, OTHER, id, Role::Partner).await.ok());
    }
    let created = resembled.created.clone();
    Ok(Cast { resembled, created, others })
}

async fn try_batch(lab: &Lab<'_>, cast: &Cast, odds: &[Odd]) -> Result<Batch, Obstacle> {
    let id = cast.resembled.id.clone();
    let sent = cast.created.as_deref().map(|created| &created.response);
    // A partner may choose the id: then another name of the session may be the id itself.
    let another_name = |field| sent?.text(field).filter(|name| !name.is_empty() && *name != id);
    let secret = another_name("client_secret").filter(|_| lab.target.has_test_key());
    let names = Names {
        id: &id,
        other: cast.others.first().map_or("", |other| &other.id),
        reference: another_name("user_reference"),
        has_secret: secret.is_some(),
    };
    let mut oddities = Vec::new();
    for odd in odds {
        let Some(path) = (odd.path)(&names) else { continue };
        let request = request(lab, odd, path, &escaped(secret.unwrap_or_default()))?;
        oddities.push(Oddity { odd: *odd, attempt: lab.tested(request).await? });
    }
    let resembled = cast.resembled.look_again(lab).await?;
    let mut others = Vec::new();
    for eyed in &cast.others {
        others.push(eyed.look_again(lab).await?);
    }
    Ok(Batch { oddities, id, resembled, others })
}

fn request(lab: &Lab<'_>, odd: &Odd, path: Masked, secret: &str) -> Result<Request, Need> {
    let target = Operation::ListSessions.target(lab.target.base_url().path(), "").and(path);
    let target = Written::with_secret(target, secret);
    let request = lab.own_request(Operation::CancelSession, "")?.called(odd.words).irregular();
    Ok(Request { target, ..request })
}

/// The path of a cancellation with this text in place of the id, byte for byte.
fn segment(text: impl Into<Masked>) -> Option<Masked> {
    Some(Masked::from("/").and(text).and("/cancel"))
}

/// The whole id, correctly escaped.
fn whole(id: &str) -> Masked {
    Masked::session(id, IdForm::Whole)
}

/// The id in this form, if that is a different one.
fn another(id: &str, form: IdForm) -> Option<Masked> {
    (form.of(id) != escaped(id)).then(|| Masked::session(id, form))
}

/// A prefix that some servers show before an id.
const PREFIX: &str = "gs_";

/// The id, unless it has that prefix already.
fn unprefixed(id: &str) -> Option<&str> {
    (!id.starts_with(PREFIX)).then_some(id)
}

/// The id, if it is long enough that a small change makes it unknown.
fn unique(id: &str) -> Option<&str> {
    (id.chars().count() >= UNIQUE).then_some(id)
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    fn paths(id: &str) -> Vec<(&'static Odd, String)> {
        let names = Names { id, other: "67a1f3b9e4b0c10007654321", reference: Some("order_abc123"), has_secret: true };
        ODD.iter()
            .filter_map(|odd| Some((odd, Written::with_secret((odd.path)(&names)?, "gs_secret_1").sent)))
            .collect()
    }

    #[test]
    fn no_path_names_the_session_or_is_listed_twice() {
        for id in
            ["67a1f3b9e4b0c10001234567", "cs_test_a1B2c3D4", "9d0c7a1e-7f6b-4c3a-8a55-000000000001", "a/b?c %é-0123"]
        {
            let own = segment(whole(id)).unwrap().to_string();
            let mut known = std::collections::BTreeSet::from([own.clone()]);
            for (Odd { case, words, kind, .. }, path) in paths(id) {
                assert!(known.insert(path.clone()) && known.insert((*case).to_owned()), "{words}: {path}");
                assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{words}: {path}");
                // Decoded once, as required, it is still another id.
                let decoded = percent_decode_str(path.split('/').nth(1).unwrap()).decode_utf8_lossy().into_owned();
                let is_another = decoded != id || !path.ends_with("/cancel");
                assert!(is_another || *kind == PathKind::OtherSpelling, "{words}: {path}");
            }
            assert_eq!(known.len(), 2 * ODD.len() + 1, "{id}");
        }
    }

    #[test]
    fn a_short_id_is_not_cut_or_extended() {
        let of = |id: &str| paths(id).len();
        assert_eq!(of("41"), ODD.len() - 5);
        assert_eq!(of("123456789012"), ODD.len() - 1, "there is no other case");
    }
}
