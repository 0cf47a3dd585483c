//! What is wrong with a contract, where, and what to do about it.

use std::error::Error;
use std::fmt::{self, Display, Formatter, Write};

use crate::text::one_line;

/// A place in the text of a document; both numbers count from 1, columns in characters.
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

/// One thing wrong with a contract, with the place and the way out.
///
/// Its [`Display`] is one line, whatever the document contains: see [`one_line`].
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
    /// Where in the text, if that is known.
    pub position: Option<Position>,
    /// The JSON pointer of the node; empty for the document as a whole.
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

/// Everything that keeps a contract from being used: at least one [`Problem`].
///
/// Its [`Display`] is one line a problem, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractError {
    problems: Vec<Problem>,
}

impl ContractError {
    /// Turns collected problems into a result: `Ok` if there are none.
    ///
    /// # Errors
    ///
    /// The problems, sorted by their place in the text.
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

    /// These problems and more.
    pub fn and(mut self, more: Vec<Problem>) -> Self {
        self.problems.extend(more);
        // Not by position alone: the order must not depend on who found what first. What has no place comes last.
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
