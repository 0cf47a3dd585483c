//! Finds the operation of a request by method and path, below a server of the contract or a base URL.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use crate::url::{Url, decoded, plain_origin};

/// The segments of a path template; fixed text is percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Parameter(String),
}

/// The template that a request matches, and its parameters, still encoded.
pub(crate) struct Route<'r, 'u> {
    pub(crate) target: usize,
    pub(crate) parameters: Parameters<'r, 'u>,
}

type Parameters<'r, 'u> = Vec<(&'r str, Cow<'u, str>)>;

/// The result of a search.
pub(crate) enum Routed<'r, 'u> {
    Found(Route<'r, 'u>),
    /// The contract has the path, but not with this method.
    OtherMethod,
    /// The contract's server does not have the path.
    Unknown,
    /// The request does not go to a server of the contract.
    Elsewhere,
}

#[derive(Debug, Default)]
pub(crate) struct Router {
    entries: Vec<Entry>,
    /// The entries by number of segments, most specific first.
    by_length: HashMap<usize, Vec<usize>>,
    /// The servers that have an origin: patterns of the origin and of the base path.
    servers: Vec<(Segment, Template)>,
    /// The base paths of all servers, as the contract writes them; without the empty one.
    pub(crate) paths: BTreeSet<String>,
    base: Option<Base>,
}

#[derive(Debug)]
struct Entry {
    template: Template,
    method: String,
    target: usize,
    /// The number of leading parameters that are server variables, if the template includes the path of a server.
    variables: Option<usize>,
    /// Whether the template has no fixed text: on any other host it would match everything.
    is_open: bool,
}

#[derive(Debug)]
struct Base {
    origin: String,
    path: String,
}

impl Router {
    /// Adds an operation below each of its servers.
    pub(crate) fn add(&mut self, method: &str, path: &str, servers: &[String], target: usize) {
        let mut templates = vec![(Template::of(path), None)];
        for server in servers {
            let Url { origin, path: prefix, .. } = Url::of(server);
            let (origin, below) = (Segment::of(origin), prefix.trim_end_matches('/'));
            let server = (origin, Template::of(below));
            if !below.is_empty() {
                self.paths.insert(below.to_owned());
            }
            if !server.0.0.is_empty() && !self.servers.contains(&server) {
                self.servers.push(server);
            }
            let whole = (Template::of(&format!("{below}{path}")), Some(prefix.matches('{').count()));
            if !templates.contains(&whole) {
                templates.push(whole);
            }
        }
        for (template, variables) in templates {
            let is_open = template.is_open();
            self.entries.push(Entry { template, method: method.to_owned(), target, variables, is_open });
        }
    }

    /// Sorts the entries.
    pub(crate) fn finish(&mut self) {
        self.by_length.clear();
        for (index, entry) in self.entries.iter().enumerate() {
            self.by_length.entry(entry.template.0.len()).or_default().push(index);
        }
        let entries = &self.entries;
        let template = |index: &usize| entries.get(*index).map(|entry| &entry.template);
        for places in self.by_length.values_mut() {
            places.sort_by(|a, b| match (template(a), template(b)) {
                (Some(a), Some(b)) => a.by_reach(b),
                _ => Ordering::Equal,
            });
        }
    }

    /// Accepts only requests below this URL, and all of them.
    pub(crate) fn based_at(&mut self, base: &str) {
        let Url { origin, path, .. } = Url::of(base);
        self.base = Some(Base { origin: plain_origin(origin), path: path.trim_end_matches('/').to_owned() });
    }

    pub(crate) fn is_based(&self) -> bool {
        self.base.is_some()
    }

    pub(crate) fn route<'r, 'u>(&'r self, method: &str, url: &Url<'u>) -> Routed<'r, 'u> {
        if !url.is_http() {
            return Routed::Elsewhere;
        }
        match &self.base {
            Some(base) => {
                let rest = url.path.strip_prefix(base.path.as_str()).filter(|rest| rest.starts_with('/'));
                let Some(rest) = rest.filter(|_| plain_origin(url.origin) == base.origin) else {
                    return Routed::Elsewhere;
                };
                // The base URL may or may not include the server's path.
                let bare = self.find(method, rest, false, true);
                let found = if bare.is_none() { self.find(method, rest, true, true) } else { bare };
                found.unwrap_or(Routed::Unknown)
            }
            None => {
                let is_below = self.is_below_a_server(url);
                match self.find(method, url.path, true, is_below) {
                    Some(found @ Routed::Found(_)) => found,
                    // Other hosts may have other operations.
                    _ if !is_below => Routed::Elsewhere,
                    found => found.unwrap_or(Routed::Unknown),
                }
            }
        }
    }

    fn is_below_a_server(&self, url: &Url<'_>) -> bool {
        let origin = plain_origin(url.origin);
        let segments: Vec<&str> = url.path.split('/').skip(1).collect();
        self.servers.iter().any(|(pattern, below)| {
            below.0.len() < segments.len() && pattern.matches(&origin).is_some() && below.matches(&segments).is_some()
        })
    }

    /// Searches the templates with or without the path of a server. `is_below`: the request is known to go to the
    /// contract's server.
    fn find<'r, 'u>(&'r self, method: &str, path: &'u str, has_server: bool, is_below: bool) -> Option<Routed<'r, 'u>> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut other = None;
        for index in self.by_length.get(&segments.len()).into_iter().flatten() {
            let is_meant = |entry: &&Entry| entry.variables.is_some() == has_server && (is_below || !entry.is_open);
            let Some(entry) = self.entries.get(*index).filter(is_meant) else { continue };
            let Some(mut parameters) = entry.template.matches(&segments) else { continue };
            parameters.drain(..entry.variables.unwrap_or_default().min(parameters.len()));
            if entry.method.eq_ignore_ascii_case(method) {
                return Some(Routed::Found(Route { target: entry.target, parameters }));
            }
            other = Some(Routed::OtherMethod);
        }
        other
    }
}

impl Template {
    fn of(path: &str) -> Self {
        Self(path.split('/').skip(1).map(Segment::of).collect())
    }

    /// Whether it has no fixed text.
    fn is_open(&self) -> bool {
        let pieces = self.0.iter().flat_map(|segment| &segment.0);
        !pieces.into_iter().any(|piece| matches!(piece, Piece::Text(_)))
    }

    fn matches<'r, 'u>(&'r self, segments: &[&'u str]) -> Option<Parameters<'r, 'u>> {
        let mut parameters = Vec::new();
        for (segment, text) in self.0.iter().zip(segments) {
            match segment.0.as_slice() {
                // Most segments are either text or a parameter.
                [Piece::Text(fixed)] if fixed == text => {}
                [Piece::Text(fixed)] if *fixed == decoded(text) => {}
                [Piece::Parameter(name)] if !text.is_empty() => parameters.push((name.as_str(), Cow::Borrowed(*text))),
                [] if text.is_empty() => {}
                _ => match segment.matches(text) {
                    Some(found) => {
                        parameters.extend(found.into_iter().map(|(name, value)| (name, Cow::Borrowed(value))));
                    }
                    // Fixed text may be percent-encoded.
                    None => {
                        let plain = decoded(text);
                        let found = segment.matches(&plain)?.into_iter();
                        parameters.extend(found.map(|(name, value)| (name, Cow::Owned(value.replace('%', "%25")))));
                    }
                },
            }
        }
        Some(parameters)
    }

    /// The more specific template comes first: from the left, a fixed segment before one with a parameter in it, and
    /// that before a parameter.
    fn by_reach(&self, other: &Self) -> Ordering {
        let reach = |segment: &Segment| match segment.0.as_slice() {
            [] | [Piece::Text(_)] => (0, 0),
            [Piece::Parameter(_)] => (2, 0),
            pieces => {
                let text = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 0 };
                (1, usize::MAX - pieces.iter().map(text).sum::<usize>())
            }
        };
        self.0.iter().map(reach).cmp(other.0.iter().map(reach))
    }
}

impl Segment {
    fn of(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            if !before.is_empty() {
                pieces.push(Piece::Text(decoded(before).into_owned()));
            }
            pieces.push(Piece::Parameter(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(decoded(rest).into_owned()));
        }
        Self(pieces)
    }

    fn matches<'r, 'u>(&'r self, text: &'u str) -> Option<Vec<(&'r str, &'u str)>> {
        let mut parameters = Vec::new();
        let mut rest = text;
        let mut pieces = self.0.iter().peekable();
        while let Some(piece) = pieces.next() {
            match (piece, pieces.peek()) {
                (Piece::Text(fixed), _) => rest = rest.strip_prefix(fixed.as_str())?,
                (Piece::Parameter(name), Some(Piece::Text(next))) => {
                    // The last piece must match at the end, the others at their first occurrence.
                    let at = if pieces.len() == 1 { rest.rfind(next.as_str()) } else { rest.find(next.as_str()) };
                    let (value, after) = rest.split_at(at.filter(|at| *at > 0)?);
                    parameters.push((name.as_str(), value));
                    rest = after;
                }
                (Piece::Parameter(name), _) => {
                    if rest.is_empty() {
                        return None;
                    }
                    parameters.push((name.as_str(), rest));
                    rest = "";
                }
            }
        }
        rest.is_empty().then_some(parameters)
    }
}
