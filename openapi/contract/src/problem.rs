//! What is wrong with a contract, where, and what to do about it.

use std::error::Error;
use std::fmt::{self, Display, Formatter, Write};

use crate::text::one_line;

/// A position in the text of a document. Both numbers count from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Display for Position {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A fault in a contract: where it is, and what to do about it.
///
/// [`Display`] writes one line, whatever the document contains: see [`one_line`].
///
/// ```
/// use zerogate_contract::Document;
///
/// let document = Document::parse("gate.yaml", "paths:\n  /gate_sessions: {}\n")?;
/// let problem = document.problem("/paths/~1gate_sessions", "it has no operation", "add `get`");
/// assert_eq!(
///     problem.to_string(),
///     "gate.yaml:2:3: /paths/~1gate_sessions: it has no operation; add `get`",
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The document, as the caller named it.
    pub file: String,
    /// The position in the text, if known.
    pub position: Option<Position>,
    /// The JSON pointer of the node; empty for the whole document.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.file))?;
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        f.write_str(": ")?;
        if !self.pointer.is_empty() {
            f.write_str(&one_line(&self.pointer))?;
            f.write_str(": ")?;
        }
        f.write_str(&one_line(&self.message))?;
        if !self.help.is_empty() {
            f.write_str("; ")?;
            f.write_str(&one_line(&self.help))?;
        }
        Ok(())
    }
}

/// The faults that make a contract unusable: at least one [`Problem`].
///
/// [`Display`] writes one line per problem, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractError {
    problems: Vec<Problem>,
}

impl ContractError {
    /// Returns `Ok` if there are no problems.
    ///
    /// # Errors
    ///
    /// Returns the problems, sorted by position.
    ///
    /// ```
    /// use zerogate_contract::ContractError;
    ///
    /// assert!(ContractError::unless_none(Vec::new()).is_ok());
    /// ```
    pub fn unless_none(mut problems: Vec<Problem>) -> Result<(), ContractError> {
        match problems.pop() {
            None => Ok(()),
            Some(problem) => Err(ContractError::from(problem).and(problems)),
        }
    }

    /// Adds more problems.
    pub fn and(mut self, more: Vec<Problem>) -> Self {
        self.problems.extend(more);
        // Sorts by more than the position, so that the order does not depend on who found what first. Problems without
        // a position come last.
        fn key(problem: &Problem) -> (bool, &str, Option<Position>, &str, &str) {
            let Problem { file, position, pointer, message, .. } = problem;
            (position.is_none(), file, *position, pointer, message)
        }
        self.problems.sort_by(|a, b| key(a).cmp(&key(b)));
        self
    }

    /// The problems; never empty.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Takes the problems out; never empty.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

impl From<Problem> for ContractError {
    fn from(problem: Problem) -> Self {
        ContractError { problems: vec![problem] }
    }
}

impl Display for ContractError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl Error for ContractError {}
