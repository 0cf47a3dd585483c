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

/// The maximum number of addresses that the values of a server's variables are written out to.
const MAX_ADDRESSES: usize = 64;

impl Server<'_> {
    /// Its addresses with each listed value of its variables.
    pub(crate) fn addresses(&self) -> BTreeSet<String> {
        let listed = |variable: &Node<'_>| -> Vec<String> {
            let values = variable.get("enum").map(|values| values.items()).unwrap_or_default();
            values.iter().filter_map(|value| value.value.as_str().map(str::to_owned)).collect()
        };
        match &self.node {
            Some(node) => written(self.url, node, listed).iter().map(|url| normal(url)).collect(),
            None => BTreeSet::from([self.address.clone()]),
        }
    }
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
    let default = |variable: &Node<'_>| variable.text("default").map(str::to_owned).into_iter().collect();
    written(url, server, default).concat()
}

/// The URL with each of the values of its variables; a variable without any stays as it is.
fn written(url: &str, server: &Node<'_>, values: impl Fn(&Node<'_>) -> Vec<String>) -> Vec<String> {
    let variables = server.get("variables").map(|variables| variables.entries()).unwrap_or_default();
    variables.into_iter().fold(vec![url.to_owned()], |urls, (name, variable)| {
        let (name, values) = (format!("{{{name}}}"), values(&variable));
        if values.is_empty() || !url.contains(&name) || urls.len() * values.len() > MAX_ADDRESSES {
            return urls;
        }
        urls.iter().flat_map(|url| values.iter().map(|value| url.replace(&name, value))).collect()
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
