//! From a contract to its lowering, from outside, with small documents in each test.

#![allow(clippy::unwrap_used, reason = "in the helpers of tests, as in tests")]

/// Turns a table into one test per row, so that a failing row has a name.
macro_rules! cases {
    ($judge:ident { $($name:ident: ($($argument:expr),+ $(,)?);)+ }) => {
        $(
            #[test]
            fn $name() {
                $judge($($argument),+);
            }
        )+
    };
}

mod check;
mod intake;
mod lowering;
mod requirement;
mod sound;
