//! Reports: on a server, as consumers of the stream of events; and on what became of a contract.

pub mod drift;
pub mod lowering;
mod style;
mod text;

pub use style::Styles;
pub use text::Text;
