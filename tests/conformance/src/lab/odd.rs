//! Paths that nearly name a session, and paths that name none.

use std::sync::Arc;

use percent_encoding::percent_encode;

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle};
use super::reading::restless_fields;
use super::sessions::Opened;
use super::watch::{Eyed, Watched};
use crate::wire::{ESCAPED, Operation, Request, Role, escaped};

/// A path of a cancellation that is made of a session's id, and is not that session's.
#[derive(Clone, Copy)]
pub(crate) struct Odd {
    /// What its findings are told apart by.
    pub(crate) case: &'static str,
    /// What it is, in words that follow "a cancellation of".
    pub(crate) words: &'static str,
    pub(crate) kind: PathKind,
    /// What comes after `/gate_sessions`; none if an id like this cannot be made into one.
    path: fn(&str) -> Option<String>,
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
    "256-characters", "an id of 256 characters", Id, |_| id(&"0".repeat(256));
    // Below the 8000 bytes of a request line that RFC 9112 recommends everybody to support.
    "6000-characters", "an id of 6000 characters", Long, |_| id(&"0".repeat(VERY_LONG));
    "not-ascii", "an id of letters that are not ASCII", Id, |_| id("会话-💳");
    "dot-dot-escaped", "an id that is `..`, escaped", Id, |_| segment("%2e%2e");
    "wildcard", "an id that is a wildcard", Id, |_| segment("%25");
    "not-utf-8", "an id that is no UTF-8", OtherPath, |_| segment("%FF");
    "null-behind", "a session by its id and a null character", Id, |of| segment(&format!("{}%00", escaped(of)));
    "letter-behind", "a session by its id and a letter that is not ASCII", Id, |of| id(&format!("{of}é"));
    "dot-behind", "a session by its id and a dot", Id, |of| segment(&format!("{}.", escaped(of)));
    "space-behind", "a session by its id and a space", Id, |of| segment(&format!("{}%20", escaped(of)));
    "escaped-twice", "a session by its id, escaped twice", Id, |of| segment(&twice_escaped(of));
    "full-width", "a session by its id in full-width characters", Id, |of| id(&full_width(of)?);
    "query-escaped", "a session by its id and `?x`, escaped", Id, |of| segment(&format!("{}%3Fx", escaped(of)));
    "last-cut", "a session by its id without the last character", Id, |of| id(without_last(unique(of)?));
    "first-cut", "a session by its id without the first character", Id, |of| id(without_first(unique(of)?));
    "last-changed", "a session by its id with another last character", Id, |of| id(&with_another_last(unique(of)?));
    "longer", "a session by its id and a character more", Id, |of| id(&format!("{}0", unique(of)?));
    "dot-dot", "`..`", OtherPath, |_| segment("..");
    "query", "a session by its id and a query", OtherPath, |of| segment(&format!("{}?x", escaped(of)));
    "other-case", "a session by its id in other case", OtherCase, |of| id(&in_other_case(unique(of)?)?);
    "slash-escaped", "a session by its id and a slash, escaped", OtherSpelling, |of| segment(&format!("{}%2F", escaped(of)));
    "detour-escaped", "a session by a detour, escaped", OtherSpelling, |of| segment(&format!("x%2F..%2F{}", escaped(of)));
    "json", "a session by its id and `.json`", OtherSpelling, |of| segment(&format!("{}.json", escaped(of)));
    "semicolon", "a session by its id and `;x`", OtherSpelling, |of| segment(&format!("{};x", escaped(of)));
    "detour", "a session by a detour", OtherSpelling, |of| segment(&format!("x/../{}", escaped(of)));
    "detour-dots-escaped", "a session by a detour with its dots escaped", OtherSpelling, |of| segment(&format!("x/%2e%2e/{}", escaped(of)));
    "cancel-escaped", "a session by its id and `/cancel`, escaped", OtherSpelling, |of| Some(format!("/{}%2Fcancel", escaped(of)));
    "trailing-slash", "a session, with a slash at the end", OtherSpelling, |of| Some(format!("/{}/cancel/", escaped(of)));
    "double-slash", "a session, with a slash doubled", OtherSpelling, |of| Some(format!("/{}//cancel", escaped(of)));
    "cancel-other-case", "a session, with `cancel` in other case", OtherSpelling, |of| Some(format!("/{}/CANCEL", escaped(of)));
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
    let mut batches = try_group(lab, &strict).await?;
    batches.extend(try_group(lab, &lenient).await?);
    Ok(batches)
}

/// Tries odd paths together, and one by one if a session changed meanwhile: which of them was it?
async fn try_group(lab: &Lab<'_>, odds: &[Odd]) -> Result<Vec<Batch>, Obstacle> {
    let restless = restless_fields(lab).await;
    let is_quiet = |batch: &Batch| !batch.watched().any(|watched| watched.is_changed(&restless));
    let mut cast = gather(lab).await?;
    let together = try_batch(lab, &cast, odds).await?;
    if is_quiet(&together) {
        cast.release(lab);
        return Ok(vec![together]);
    }
    let mut batches = Vec::new();
    let mut is_fresh = false;
    for odd in odds {
        if !is_fresh {
            cast = gather(lab).await?;
        }
        let batch = try_batch(lab, &cast, std::slice::from_ref(odd)).await?;
        is_fresh = is_quiet(&batch);
        batches.push(batch);
    }
    if batches.iter().all(is_quiet) {
        batches = vec![together];
    }
    Ok(batches)
}

impl Batch {
    fn watched(&self) -> impl Iterator<Item = &Watched> {
        std::iter::once(&self.resembled).chain(&self.others)
    }
}

impl Cast {
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
        oddities.push(Oddity { odd: *odd, attempt: lab.tested(request(lab, odd, &path)?).await? });
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

fn request(lab: &Lab<'_>, odd: &Odd, path: &str) -> Result<Request, Need> {
    let target = Operation::ListSessions.target(lab.target.base_url().path(), "").and(path).into();
    let request = lab.own_request(Operation::CancelSession, "")?.called(odd.words).irregular();
    Ok(Request { target, ..request })
}

/// The path of a cancellation with this in the place of the id, byte for byte.
fn segment(text: &str) -> Option<String> {
    Some(format!("/{text}/cancel"))
}

/// The path of a cancellation of this id, escaped as it has to be.
fn id(text: &str) -> Option<String> {
    segment(&escaped(text))
}

/// An id that is long enough to be nobody's when it is changed a little.
fn unique(id: &str) -> Option<&str> {
    (id.chars().count() >= UNIQUE).then_some(id)
}

fn without_last(id: &str) -> &str {
    id.char_indices().next_back().and_then(|(at, _)| id.get(..at)).unwrap_or_default()
}

/// With a letter that the alphabets of ids that are counted up do not get to.
fn with_another_last(id: &str) -> String {
    format!("{}{}", without_last(id), if id.ends_with('z') { 'y' } else { 'z' })
}

fn without_first(id: &str) -> &str {
    let mut characters = id.chars();
    characters.next();
    characters.as_str()
}

/// Its first byte escaped, and the escape escaped again: decoded once it is another id, decoded twice it is this.
fn twice_escaped(id: &str) -> String {
    let (first, rest) = id.as_bytes().split_at(id.len().min(1));
    let first: String = first.iter().map(|byte| format!("%25{byte:02X}")).collect();
    format!("{first}{}", percent_encode(rest, ESCAPED))
}

/// The same characters as far as compatibility goes (NFKC), and other ones byte for byte.
fn full_width(id: &str) -> Option<String> {
    let wide = |character: char| match character {
        '!'..='~' => char::from_u32(u32::from(character) + 0xFEE0),
        other => Some(other),
    };
    id.chars().map(wide).collect::<Option<String>>().filter(|wide| wide != id)
}

fn in_other_case(id: &str) -> Option<String> {
    let swapped = |character: char| match character {
        upper if upper.is_ascii_uppercase() => upper.to_ascii_lowercase(),
        other => other.to_ascii_uppercase(),
    };
    Some(id.chars().map(swapped).collect::<String>()).filter(|other| other != id)
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    fn paths(id: &str) -> Vec<(&'static Odd, String)> {
        ODD.iter().filter_map(|odd| Some((odd, (odd.path)(id)?))).collect()
    }

    #[test]
    fn no_path_is_that_of_the_session_or_twice_there() {
        for id in
            ["67a1f3b9e4b0c10001234567", "cs_test_a1B2c3D4", "9d0c7a1e-7f6b-4c3a-8a55-000000000001", "a/b?c %é-0123"]
        {
            let own = segment(&escaped(id)).unwrap();
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

    #[test]
    fn what_is_escaped_twice_is_the_id_when_it_is_decoded_twice() {
        let once = percent_decode_str(&twice_escaped("67a é")).decode_utf8().unwrap().into_owned();
        assert_eq!(once, "%367a é");
        assert_eq!(percent_decode_str(&once).decode_utf8().unwrap(), "67a é");
        assert_eq!(twice_escaped(""), "");
    }

    #[test]
    fn full_width_characters_are_compatible_with_those_of_the_id() {
        assert_eq!(full_width("a1-Z").as_deref(), Some("\u{ff41}\u{ff11}\u{ff0d}\u{ff3a}"));
        assert_eq!(full_width("é"), None);
    }
}
