//! The addresses of operations: the URL of a server with the defaults of its variables, normalised for comparison (RFC
//! 3986, 6.2.2 and 6.2.3).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::node::Node;
use crate::side::Side;

/// A server of a list.
pub(crate) struct Server<'d> {
    pub(crate) url: &'d str,
    pub(crate) address: String,
    /// `None` for the default server: the contract's own location.
    pub(crate) node: Option<Node<'d>>,
}

/// The servers of an operation: its own, its path's, or the contract's.
pub(crate) fn effective<'d>(side: &Side<'d>, operation: &Node<'d>, item: &Node<'d>) -> Node<'d> {
    let own = |node: &Node<'d>| node.get("servers").filter(|servers| !servers.items().is_empty());
    own(operation).or_else(|| own(item)).unwrap_or_else(|| listed(&side.root()))
}

/// The list of a node, or an empty list at its place.
pub(crate) fn listed<'d>(node: &Node<'d>) -> Node<'d> {
    node.get("servers").unwrap_or_else(|| Node::new(&Value::Null, &node.below("servers")))
}

/// The servers of a list. Without any, requests go to the contract's own location.
pub(crate) fn servers<'d>(list: &Node<'d>) -> Option<Vec<Server<'d>>> {
    if list.value.is_null() || list.value.as_array().is_some_and(Vec::is_empty) {
        return Some(vec![Server { url: "/", address: "/".to_owned(), node: None }]);
    }
    list.value.as_array()?;
    let server = |node: Node<'d>| {
        let url = node.text("url")?;
        Some(Server { url, address: normal(&with_defaults(url, &node)), node: Some(node) })
    };
    list.items().into_iter().map(server).collect()
}

/// The URLs of an operation.
pub(crate) fn called_at<'d>(side: &Side<'d>, operation: &Node<'d>, item: &Node<'d>, path: &str) -> BTreeSet<String> {
    let servers = servers(&effective(side, operation, item)).unwrap_or_default();
    servers.iter().map(|server| format!("{}{path}", server.address.trim_end_matches('/'))).collect()
}

/// The origin of an address, and its path; without a host, all of it is path.
pub(crate) fn split(address: &str) -> (Option<&str>, &str) {
    let start = address.find("//").map(|at| at + "//".len());
    let host = start.and_then(|start| address.get(start..)).unwrap_or_default();
    let end = start.map_or(0, |start| start + host.find('/').unwrap_or(host.len()));
    let (origin, path) = address.split_at(end);
    (Some(origin).filter(|origin| !origin.is_empty()), path.trim_end_matches('/'))
}

fn with_defaults(url: &str, server: &Node<'_>) -> String {
    let variables = server.get("variables").map(|variables| variables.entries()).unwrap_or_default();
    variables.into_iter().fold(url.to_owned(), |url, (name, variable)| match variable.text("default") {
        Some(default) => url.replace(&format!("{{{name}}}"), default),
        None => url,
    })
}

fn normal(url: &str) -> String {
    let url = escapes(url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return without_slash(&url).to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |end| rest.split_at(end));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let mut host = host.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    for port in [default, ":"] {
        host = host.strip_suffix(port).map(str::to_owned).unwrap_or(host);
    }
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let path = without_dots(path);
    format!("{scheme}://{user}{host}{}", path.trim_end_matches('/'))
}

/// The path is appended to the address, and has its own slash.
fn without_slash(address: &str) -> &str {
    let kept = address.trim_end_matches('/');
    if kept.is_empty() { address } else { kept }
}

/// Writes escapes in upper case, and removes unnecessary ones.
fn escapes(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => out.push('%'),
        }
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out.push_str(rest);
    out
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." && kept.len() > 1 {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    kept.join("/")
}
