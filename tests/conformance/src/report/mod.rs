//! Reports: consumers of the stream of events.

mod style;
mod text;

pub use style::Styles;
pub use text::Text;
