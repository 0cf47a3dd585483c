//! The reverse proxy: what it relays, what it judges, what it records, and the command.

mod bytes;
mod cases;
pub(crate) mod command;
mod recorded;

use std::path::PathBuf;

use zerogate_conformance::{BaseUrl, Proxy, ProxyOptions, Traffic};
use zerogate_contract::Document;
use zerogate_judge::Judge;

use crate::CONTRACT;

/// A proxy for an upstream, with the contract of the tests.
pub(crate) async fn before(upstream: &str, record: Option<PathBuf>) -> Proxy {
    let judge = Judge::of(Document::parse("gate-v1.yaml", CONTRACT).unwrap());
    let options = ProxyOptions { record, ..ProxyOptions::default() };
    Proxy::start(&upstream.parse().unwrap(), judge, options).await.unwrap()
}

/// Its base URL.
pub(crate) fn base(proxy: &Proxy) -> BaseUrl {
    proxy.url().parse().unwrap()
}

/// Its host and port.
fn authority(proxy: &Proxy) -> String {
    base(proxy).authority().to_owned()
}

/// The parts that could not be judged, with counts.
fn unjudged(traffic: &Traffic) -> Vec<(&'static str, usize)> {
    traffic.unjudged.iter().map(|(left, count)| (left.why, *count)).collect()
}
