//! Paths that nearly name a session, and paths that name none.

use std::sync::Arc;

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle};
use super::reading::restless_fields;
use super::sessions::Opened;
use super::watch::{Eyed, Watched};
use crate::wire::{IdForm, Masked, Operation, Request, Role, escaped};

/// A path of a cancellation that is made of a session's id, and is not that session's.
#[derive(Clone, Copy)]
pub(crate) struct Odd {
    /// What its findings are told apart by.
    pub(crate) case: &'static str,
    /// What it is, in words that follow "a cancellation of".
    pub(crate) words: &'static str,
    pub(crate) kind: PathKind,
    /// What comes after `/gate_sessions`; none if an id like this cannot be made into one.
    path: fn(&str) -> Option<Masked>,
}

/// What an odd path is to the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathKind {
    /// The id of no session.
    Id,
    /// The same, and so long that HTTP lets a server refuse it before it is looked at.
    Long,
    /// Another path, of which the contract says nothing.
    OtherPath,
    /// A path of which the contract says nothing, and which routers take for that of the session it resembles.
    OtherSpelling,
    /// An id in other case: that of no session, or of the very session that it resembles.
    OtherCase,
}

impl PathKind {
    /// Whether a server may take such a path for that of the session it resembles.
    pub(crate) fn may_name_the_session(self) -> bool {
        matches!(self, Self::OtherSpelling | Self::OtherCase)
    }
}

/// An odd path and what came of it.
pub(crate) struct Oddity {
    pub(crate) odd: Odd,
    pub(crate) attempt: Attempt,
}

/// Odd paths, all of which may name the session that they resemble or none, and what became of the sessions meanwhile.
pub(crate) struct Batch {
    pub(crate) oddities: Vec<Oddity>,
    /// The id of the session that they resemble.
    pub(crate) id: String,
    pub(crate) resembled: Watched,
    pub(crate) others: Vec<Watched>,
}

/// The session that odd paths are made of, and some beside it.
struct Cast {
    resembled: Eyed,
    others: Vec<Eyed>,
}

/// How many sessions that are done with are watched as well.
const IDLE: usize = 6;

/// The shortest id that others are made of by a character more or less: a shorter one may be somebody's.
const UNIQUE: usize = 12;

const VERY_LONG: usize = 6000;

macro_rules! odd {
    ($($case:literal, $words:literal, $kind:ident, $path:expr;)+) => {
        const ODD: &[Odd] = &[$(Odd { case: $case, words: $words, kind: PathKind::$kind, path: $path }),+];
    };
}

odd! {
    "256-characters", "an id of 256 characters", Id, |_| segment("0".repeat(256));
    // Below the 8000 bytes of a request line that RFC 9112 recommends everybody to support.
    "6000-characters", "an id of 6000 characters", Long, |_| segment("0".repeat(VERY_LONG));
    "not-ascii", "an id of letters that are not ASCII", Id, |_| segment(escaped("会话-💳"));
    "dot-dot-escaped", "an id that is `..`, escaped", Id, |_| segment("%2e%2e");
    "wildcard", "an id that is a wildcard", Id, |_| segment("%25");
    "not-utf-8", "an id that is no UTF-8", OtherPath, |_| segment("%FF");
    "null-behind", "a session by its id and a null character", Id, |of| segment(whole(of).and("%00"));
    "letter-behind", "a session by its id and a letter that is not ASCII", Id, |of| segment(whole(of).and(escaped("é")));
    "dot-behind", "a session by its id and a dot", Id, |of| segment(whole(of).and("."));
    "space-behind", "a session by its id and a space", Id, |of| segment(whole(of).and("%20"));
    "escaped-twice", "a session by its id, escaped twice", Id, |of| segment(Masked::session(of, IdForm::EscapedTwice));
    "full-width", "a session by its id in full-width characters", Id, |of| segment(another(of, IdForm::FullWidth)?);
    "query-escaped", "a session by its id and `?x`, escaped", Id, |of| segment(whole(of).and("%3Fx"));
    "last-cut", "a session by its id without the last character", Id, |of| segment(another(unique(of)?, IdForm::WithoutLast)?);
    "first-cut", "a session by its id without the first character", Id, |of| segment(another(unique(of)?, IdForm::WithoutFirst)?);
    "last-changed", "a session by its id with another last character", Id, |of| segment(another(unique(of)?, IdForm::AnotherLast)?);
    "longer", "a session by its id and a character more", Id, |of| segment(whole(unique(of)?).and("0"));
    "dot-dot", "`..`", OtherPath, |_| segment("..");
    "query", "a session by its id and a query", OtherPath, |of| segment(whole(of).and("?x"));
    "other-case", "a session by its id in other case", OtherCase, |of| segment(another(unique(of)?, IdForm::OtherCase)?);
    "slash-escaped", "a session by its id and a slash, escaped", OtherSpelling, |of| segment(whole(of).and("%2F"));
    "detour-escaped", "a session by a detour, escaped", OtherSpelling, |of| segment(Masked::from("x%2F..%2F").and(whole(of)));
    "json", "a session by its id and `.json`", OtherSpelling, |of| segment(whole(of).and(".json"));
    "semicolon", "a session by its id and `;x`", OtherSpelling, |of| segment(whole(of).and(";x"));
    "detour", "a session by a detour", OtherSpelling, |of| segment(Masked::from("x/../").and(whole(of)));
    "detour-dots-escaped", "a session by a detour with its dots escaped", OtherSpelling, |of| segment(Masked::from("x/%2e%2e/").and(whole(of)));
    "cancel-escaped", "a session by its id and `/cancel`, escaped", OtherSpelling, |of| Some(Masked::from("/").and(whole(of)).and("%2Fcancel"));
    "trailing-slash", "a session, with a slash at the end", OtherSpelling, |of| Some(segment(whole(of))?.and("/"));
    "double-slash", "a session, with a slash doubled", OtherSpelling, |of| segment(whole(of).and("/"));
    "cancel-other-case", "a session, with `cancel` in other case", OtherSpelling, |of| Some(Masked::from("/").and(whole(of)).and("/CANCEL"));
}

/// The cases of odd paths of these kinds.
pub(crate) fn odd_cases(is_wanted: impl Fn(PathKind) -> bool) -> Vec<String> {
    ODD.iter().filter(|odd| is_wanted(odd.kind)).map(|odd| odd.case.to_owned()).collect()
}

/// Sends a cancellation to every odd path, or remembers it.
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

/// Tries odd paths together, and one by one if a session changed meanwhile: which of them was it?
///
/// The sessions that it leaves are as they should be.
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
    /// The same sessions as they were seen last.
    fn again(self, batch: &Batch) -> Self {
        let others = self.others.into_iter().zip(&batch.others);
        Self {
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
    // The one before it: a server that is off by one is to meet a session that is watched.
    let Opened { id: before, .. } = lab.open_session("before-odd", Contents::Plain).await?;
    let Opened { id: resembled, .. } = lab.open_session("odd", Contents::Plain).await?;
    let Opened { id: after, .. } = lab.open_session("beside-odd", Contents::Plain).await?;
    let mut others = Vec::new();
    for id in [before, after] {
        others.push(Eyed::begin(lab, "another session", id, Role::Partner).await?);
    }
    for id in lab.sessions.idle().into_iter().take(IDLE) {
        // What is not there any more is missed by nobody.
        others.extend(Eyed::begin(lab, "another session", id, Role::Partner).await.ok());
    }
    Ok(Cast { resembled: Eyed::begin(lab, "the session that it resembles", resembled, Role::Partner).await?, others })
}

async fn try_batch(lab: &Lab<'_>, cast: &Cast, odds: &[Odd]) -> Result<Batch, Obstacle> {
    let id = cast.resembled.id.clone();
    let mut oddities = Vec::new();
    for odd in odds {
        let Some(path) = (odd.path)(&id) else { continue };
        oddities.push(Oddity { odd: *odd, attempt: lab.tested(request(lab, odd, path)?).await? });
    }
    let resembled = cast.resembled.look_again(lab).await?;
    if !resembled.is_open() {
        lab.sessions.forget(&id);
    }
    let mut others = Vec::new();
    for eyed in &cast.others {
        others.push(eyed.look_again(lab).await?);
    }
    Ok(Batch { oddities, id, resembled, others })
}

fn request(lab: &Lab<'_>, odd: &Odd, path: Masked) -> Result<Request, Need> {
    let target = Operation::ListSessions.target(lab.target.base_url().path(), "").and(path).into();
    let request = lab.own_request(Operation::CancelSession, "")?.called(odd.words).irregular();
    Ok(Request { target, ..request })
}

/// The path of a cancellation with this in the place of the id, byte for byte.
fn segment(text: impl Into<Masked>) -> Option<Masked> {
    Some(Masked::from("/").and(text).and("/cancel"))
}

/// The id as it is, escaped as it has to be.
fn whole(id: &str) -> Masked {
    Masked::session(id, IdForm::Whole)
}

/// What is made of the id, if that is another one.
fn another(id: &str, form: IdForm) -> Option<Masked> {
    (form.of(id) != escaped(id)).then(|| Masked::session(id, form))
}

/// An id that is long enough to be nobody's when it is changed a little.
fn unique(id: &str) -> Option<&str> {
    (id.chars().count() >= UNIQUE).then_some(id)
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    fn paths(id: &str) -> Vec<(&'static Odd, String)> {
        ODD.iter().filter_map(|odd| Some((odd, (odd.path)(id)?.to_string()))).collect()
    }

    #[test]
    fn no_path_is_that_of_the_session_or_twice_there() {
        for id in
            ["67a1f3b9e4b0c10001234567", "cs_test_a1B2c3D4", "9d0c7a1e-7f6b-4c3a-8a55-000000000001", "a/b?c %é-0123"]
        {
            let own = segment(whole(id)).unwrap().to_string();
            let mut known = std::collections::BTreeSet::from([own.clone()]);
            for (Odd { case, words, kind, .. }, path) in paths(id) {
                assert!(known.insert(path.clone()) && known.insert((*case).to_owned()), "{words}: {path}");
                assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{words}: {path}");
                // Decoded once, as it has to be, an id is still another one.
                let decoded = percent_decode_str(path.split('/').nth(1).unwrap()).decode_utf8_lossy().into_owned();
                let is_another = decoded != id || !path.ends_with("/cancel");
                assert!(is_another || *kind == PathKind::OtherSpelling, "{words}: {path}");
            }
            assert_eq!(known.len(), 2 * ODD.len() + 1, "{id}");
        }
    }

    #[test]
    fn an_id_that_may_be_the_beginning_of_anothers_is_not_cut() {
        let of = |id: &str| paths(id).len();
        assert_eq!(of("41"), ODD.len() - 5);
        assert_eq!(of("123456789012"), ODD.len() - 1, "there is no other case");
    }
}
