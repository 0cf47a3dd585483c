//! Runs progenitor so that neither a panic nor its deep recursion ends the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use serde::Deserialize;
use serde_json::{Value, json};

pub use super::conversions::Took;
use super::conversions::{Code, Wanted};
use super::other_methods;
use crate::bindings::HostTypes;
use crate::design::{CLIENT_SECRET_FORMAT, SESSION_ID_FORMAT, TIMESTAMP_FORMAT};

/// The stack that progenitor's recursion needs for a document of maximum depth.
const STACK: usize = 64 << 20;

/// The name of the generator thread. A panic there is returned as a problem of the document, and need not be printed.
pub const GENERATOR_THREAD: &str = "generator";

/// Runs work on a thread with a large stack. Syntax trees cannot be sent to another thread, so all work on them happens
/// there.
pub(super) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let generator = thread::Builder::new().name(GENERATOR_THREAD.to_owned()).stack_size(STACK);
        let generator = generator.spawn_scoped(scope, work).map_err(|error| error.to_string())?;
        // Panics of progenitor are caught: this one is a bug in this crate.
        Ok(generator.join().unwrap_or_else(|cause| panic!("{}", message(cause.as_ref()))))
    })
}

/// Runs progenitor on a lowered document, and reads its output.
pub(super) fn code(value: &Value, host: &HostTypes, wanted: Wanted) -> Result<Code, String> {
    let (value, stand_ins) = other_methods::in_fields(value);
    let begin = Instant::now();
    let spec = OpenAPI::deserialize(&*value).map_err(|error| error.to_string())?;
    let tokens = catch_unwind(AssertUnwindSafe(|| tokens(&spec, host)));
    let tokens = tokens.map_err(|cause| message(cause.as_ref()))??;
    let made = begin.elapsed();
    let mut code = Code::read(tokens, wanted).map_err(|error| error.to_string())?;
    code.took = Took { generator: made, reading: begin.elapsed() - made };
    other_methods::restore(&mut code.items, &stand_ins);
    Ok(code)
}

fn tokens(spec: &OpenAPI, host: &HostTypes) -> Result<TokenStream, String> {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        // Without hooks, requests would be sent without a key: if the implementation is missing, the code must not
        // compile.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(host.inner.parse().map_err(|error| format!("{error}"))?)
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for (format, path, implements) in [
        (TIMESTAMP_FORMAT, host.timestamp, &[TypeImpl::Display][..]),
        (SESSION_ID_FORMAT, host.session_id, &[TypeImpl::Display][..]),
        (CLIENT_SECRET_FORMAT, host.client_secret, &[][..]),
    ] {
        let schema =
            serde_json::from_value(json!({ "type": "string", "format": format })).map_err(|error| error.to_string())?;
        settings.with_conversion(schema, path, implements.iter().cloned());
    }
    Generator::new(&settings).generate_tokens(spec).map_err(|error| error.to_string())
}

fn message(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    // A panic message may quote half of the document; its first line says what happened.
    match text.and_then(|text| text.lines().next()) {
        Some(line) => line.chars().take(300).collect(),
        None => "the generator failed without a message".to_owned(),
    }
}
