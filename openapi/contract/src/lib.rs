//! Reads OpenAPI contracts: their content, and the position of each part. No network, no async, few dependencies.
//!
//! Each module uses those above it:
//!
//! - [`one_line`], [`mask_keys`], [`json`], [`media`], [`mod@pointer`], [`names`], [`template`], [`suggest`],
//!   [`Problem`], [`Note`]: tools for comparison and for messages.
//! - [`vocabulary`]: the objects of OpenAPI and their fields; [`methods`]: the operations of a path item.
//! - [`Document`]: a parsed text with the position of each node; [`version`]: the supported versions.
//! - [`walk`]: visits every node of a document, with its kind.
//! - [`bundle()`]: makes one document of several files.
//! - [`Contract`]: a document in one form, whatever its version; [`latest`]: in the canonical form of its own version.
//! - [`Inventory`], [`response_schema`] and its siblings, [`reach`], [`slice()`]: queries on a contract.

mod bundle;
mod canonical;
mod document;
mod inventory;
pub mod json;
pub mod media;
pub mod methods;
pub mod names;
mod note;
pub mod pointer;
mod problem;
pub mod reach;
mod read;
mod schema;
mod slice;
mod status;
pub mod suggest;
mod template;
mod text;
pub mod version;
pub mod vocabulary;
pub mod walk;

pub use bundle::{Bundle, Files, Folder, bundle, plain_path};
pub use canonical::{Contract, default_branch, latest, written_out};
pub use document::{Document, component, reference};
pub use inventory::{
    Body, Field, Header, Inventory, Item, Media, Operation, Parameter, Response, Schema, SchemeUse, SecurityScheme,
    Shape,
};
pub use note::{Note, NoteKind};
pub use problem::{ContractError, Position, Problem};
pub use read::read_text;
pub use schema::{Direction, component_schema, message_schema, place_in_document, request_schema, response_schema};
pub use slice::{part, slice};
pub use status::{speaking_for, statuses};
pub use template::template;
pub use text::{KEY_PREFIXES, OutputKind, inert, mask_keys, one_line};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
