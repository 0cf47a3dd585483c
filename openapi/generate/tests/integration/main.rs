//! From a contract to its lowering, from outside, on small documents written out in each test.

#![allow(clippy::unwrap_used, reason = "in the helpers of tests, as in tests")]

/// Turns a table into one test a row, so that a failing row has a name.
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
