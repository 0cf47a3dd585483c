//! Grades clients: runs against scripted servers, judged by what a client sends and prints.
//!
//! `table` has the cases as data. For each run of a case, `stage` starts an emulator with the case's faults and a relay
//! before it; `process` starts the client. What was on the wire (`run`) and what the client prints (`outcome`) are
//! compared with the case by `request`, `wire` and `judge`. `grading` does that for all cases, and `grades` is the result.

mod case;
mod grades;
mod grading;
mod judge;
mod outcome;
mod process;
mod request;
mod run;
mod stage;
mod table;
mod text;
mod wire;

pub use case::{Case, Finding, NotJudged};
pub use grades::{Graded, Grades, Step};
pub use grading::{GradeError, GradeOptions, grade};
pub use judge::Verdict;
pub use outcome::Outcome;
pub use process::Client;
pub use table::{case, cases};
