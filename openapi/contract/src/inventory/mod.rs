//! Everything in a contract that a test can cover or a new version can change.

mod coverage;
mod facts;
mod lines;
mod model;
mod node;
mod operation;
mod reader;
mod shape;

pub use coverage::Item;
pub use facts::Inventory;
pub use model::{Body, Field, Header, Media, Operation, Parameter, Response, Schema, SchemeUse, SecurityScheme};
pub use shape::Shape;
