//! Reads an OpenAPI contract: what it says, where it says it, and whether it can be used.
//!
//! [`Document`] is a parsed file with positions. No network, no async, few dependencies: this crate is a
//! build-dependency of everything that stands on the contract.

mod canonical;
mod check;
mod document;
#[cfg(feature = "drift")]
pub mod drift;
mod inventory;
mod pointer;
mod problem;
mod reach;
mod requirement;
mod schema;
mod slice;
mod walk;

pub use check::{check, supported};
pub use document::{Document, Position};
pub use inventory::{
    Body, Field, Header, Inventory, Item, Media, Operation, Parameter, Response, Schema, SecurityScheme, Shape,
};
pub use problem::{ContractError, Problem};
pub use requirement::{BINDINGS, RequiredField, RequiredSchema, Requirement, missing};
pub use schema::{component_schema, request_schema, response_schema};
pub use slice::slice;

#[cfg(feature = "generate")]
pub mod generate;
mod lower;

pub use lower::{Fate, Lowered, Note, NoteKind, Skipped, lower};
