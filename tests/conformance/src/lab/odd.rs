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
    /// An id in other case: that of no session, or of the very session that it resembles.
    OtherCase,
}

/// An odd path and what came of it.
pub(crate) struct Oddity {
    pub(crate) odd: Odd,
    pub(crate) attempt: Attempt,
}

/// Odd paths and what became of the sessions meanwhile.
pub(crate) struct Batch {
    pub(crate) oddities: Vec<Oddity>,
    /// The session that they resemble, and another one.
    pub(crate) watched: Vec<Watched>,
    /// The session that the path in other case resembles.
    pub(crate) in_other_case: Option<(String, Watched)>,
}

/// All odd paths: together, or one by one if a session changed meanwhile.
pub(crate) struct Oddities {
    pub(crate) batches: Vec<Batch>,
}

/// The sessions that odd paths are made of, and one beside them.
struct Cast {
    resembled: Eyed,
    /// It may be cancelled by its path, and so it is not the one that all others are made of.
    in_other_case: Option<Eyed>,
    others: Vec<Eyed>,
}

/// How many sessions that are done with are watched as well.
const IDLE: usize = 6;

/// The shortest id that others are made of by a character more or less: a shorter one may be somebody's.
const UNIQUE: usize = 12;

const VERY_LONG: usize = 6000;

macro_rules! odd {
    ($($words:literal, $kind:ident, $path:expr;)+) => {
        const ODD: &[Odd] = &[$(Odd { words: $words, kind: PathKind::$kind, path: $path }),+];
    };
}

odd! {
    // First: a server that takes it for the newest session but one is to meet one that is watched.
    "a session by its id in other case", OtherCase, |of| id(&in_other_case(unique(of)?)?);
    "an id of 256 characters", Id, |_| id(&"0".repeat(256));
    // Below the 8000 bytes of a request line that RFC 9112 recommends everybody to support.
    "an id of 6000 characters", Long, |_| id(&"0".repeat(VERY_LONG));
    "an id of letters that are not ASCII", Id, |_| id("会话-💳");
    "an id that is `..`, escaped", Id, |_| segment("%2e%2e");
    "an id that is a wildcard", Id, |_| segment("%25");
    "an id that is no UTF-8", OtherPath, |_| segment("%FF");
    "a session by its id and a slash, escaped", Id, |of| segment(&format!("{}%2F", escaped(of)));
    "a session by a detour, escaped", Id, |of| segment(&format!("x%2F..%2F{}", escaped(of)));
    "a session by its id and a null character", Id, |of| segment(&format!("{}%00", escaped(of)));
    "a session by its id and a letter that is not ASCII", Id, |of| id(&format!("{of}é"));
    "a session by its id and a dot", Id, |of| segment(&format!("{}.", escaped(of)));
    "a session by its id and a space", Id, |of| segment(&format!("{}%20", escaped(of)));
    "a session by its id, escaped twice", Id, |of| segment(&twice_escaped(of));
    "a session by its id in full-width characters", Id, |of| id(&full_width(of)?);
    "a session by its id and `.json`", Id, |of| segment(&format!("{}.json", escaped(of)));
    "a session by its id and `?x`, escaped", Id, |of| segment(&format!("{}%3Fx", escaped(of)));
    "a session by its id and `;x`", Id, |of| segment(&format!("{};x", escaped(of)));
    "a session by its id without the last character", Id, |of| id(without_last(unique(of)?));
    "a session by its id without the first character", Id, |of| id(without_first(unique(of)?));
    "a session by its id with another last character", Id, |of| id(&with_another_last(unique(of)?));
    "a session by its id and a character more", Id, |of| id(&format!("{}0", unique(of)?));
    "`..`", OtherPath, |_| segment("..");
    "a session by a detour", OtherPath, |of| segment(&format!("x/../{}", escaped(of)));
    "a session by a detour with its dots escaped", OtherPath, |of| segment(&format!("x/%2e%2e/{}", escaped(of)));
    "a session by its id and a query", OtherPath, |of| segment(&format!("{}?x", escaped(of)));
    "a session by its id and `/cancel`, escaped", OtherPath, |of| Some(format!("/{}%2Fcancel", escaped(of)));
    "a session, with a slash at the end", OtherPath, |of| Some(format!("/{}/cancel/", escaped(of)));
}

/// Sends a cancellation to every odd path, or remembers it.
pub(crate) async fn oddities(lab: &Lab<'_>) -> Result<Arc<Oddities>, Obstacle> {
    lab.once("oddities", try_all(lab)).await
}

async fn try_all(lab: &Lab<'_>) -> Result<Oddities, Obstacle> {
    let restless = restless_fields(lab).await;
    let is_quiet = |batch: &Batch| !batch.watched.iter().any(|watched| watched.is_changed(&restless));
    let mut cast = gather(lab).await?;
    let together = try_batch(lab, &cast, ODD).await?;
    if is_quiet(&together) {
        lab.sessions.give_back(&cast.resembled.id);
        cast.others.iter().for_each(|other| lab.sessions.give_back(&other.id));
        return Ok(Oddities { batches: vec![together] });
    }
    // Which of them was it?
    let mut batches = Vec::new();
    let mut is_fresh = false;
    for odd in ODD {
        if !is_fresh {
            cast = gather(lab).await?;
        }
        let batch = try_batch(lab, &cast, std::slice::from_ref(odd)).await?;
        // A session that its path in other case has cancelled is not one to watch any more.
        let is_used = batch.in_other_case.as_ref().is_some_and(|(_, watched)| !watched.is_open());
        is_fresh = is_quiet(&batch) && !is_used;
        batches.push(batch);
    }
    if batches.iter().all(is_quiet) {
        batches = vec![together];
    }
    Ok(Oddities { batches })
}

async fn gather(lab: &Lab<'_>) -> Result<Cast, Obstacle> {
    let Opened { id: resembled, .. } = lab.open_session("odd", Contents::Plain).await?;
    let in_other_case = match in_other_case(&resembled) {
        Some(_) => Some(lab.open_session("odd-case", Contents::Plain).await?.id),
        None => None,
    };
    let Opened { id: other, .. } = lab.open_session("beside-odd", Contents::Plain).await?;
    let words = "the session that it resembles";
    let mut others = vec![Eyed::begin(lab, "another session", other, Role::Partner).await?];
    for id in lab.sessions.idle().into_iter().take(IDLE) {
        // What is not there any more is missed by nobody.
        others.extend(Eyed::begin(lab, "another session", id, Role::Partner).await.ok());
    }
    Ok(Cast {
        resembled: Eyed::begin(lab, words, resembled, Role::Partner).await?,
        in_other_case: match in_other_case {
            Some(id) => Some(Eyed::begin(lab, words, id, Role::Partner).await?),
            None => None,
        },
        others,
    })
}

async fn try_batch(lab: &Lab<'_>, cast: &Cast, odds: &[Odd]) -> Result<Batch, Obstacle> {
    let mut oddities = Vec::new();
    let mut in_other_case = None;
    for odd in odds {
        let of = match (odd.kind, &cast.in_other_case) {
            (PathKind::OtherCase, Some(own)) => own,
            (PathKind::OtherCase, None) => continue,
            _ => &cast.resembled,
        };
        let Some(path) = (odd.path)(&of.id) else { continue };
        let attempt = lab.tested(request(lab, odd, &path)?).await?;
        if odd.kind == PathKind::OtherCase {
            let watched = of.look_again(lab).await?;
            if watched.is_open() {
                lab.sessions.give_back(&of.id);
            } else {
                lab.sessions.forget(&of.id);
            }
            in_other_case = Some((of.id.clone(), watched));
        }
        oddities.push(Oddity { odd: *odd, attempt });
    }
    let mut watched = Vec::new();
    // The session that may be cancelled by its path in other case is one like the others, if it was not.
    let is_left = in_other_case.as_ref().is_none_or(|(_, watched): &(String, Watched)| watched.is_open());
    let left = cast.in_other_case.iter().filter(|_| is_left);
    for eyed in [&cast.resembled].into_iter().chain(&cast.others).chain(left) {
        watched.push(eyed.look_again(lab).await?);
    }
    Ok(Batch { oddities, watched, in_other_case })
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

    fn paths(id: &str) -> Vec<(&'static str, String)> {
        ODD.iter().filter_map(|odd| Some((odd.words, (odd.path)(id)?))).collect()
    }

    #[test]
    fn no_path_is_that_of_the_session_or_twice_there() {
        for id in
            ["67a1f3b9e4b0c10001234567", "cs_test_a1B2c3D4", "9d0c7a1e-7f6b-4c3a-8a55-000000000001", "a/b?c %é-0123"]
        {
            let own = segment(&escaped(id)).unwrap();
            let mut known = std::collections::BTreeSet::from([own.clone()]);
            for (words, path) in paths(id) {
                assert!(known.insert(path.clone()), "{words}: {path}");
                assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{words}: {path}");
                // Decoded once, as it has to be, an id is still another one.
                let decoded = percent_decode_str(path.split('/').nth(1).unwrap()).decode_utf8_lossy().into_owned();
                assert!(decoded != id || !path.ends_with("/cancel"), "{words}: {path}");
            }
            assert_eq!(known.len(), ODD.len() + 1, "{id}");
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
