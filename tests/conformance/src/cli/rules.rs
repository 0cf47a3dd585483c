//! `zerogate rules`

use std::io::Write;

use clap::Args;
use textwrap::{Options as Wrap, WordSplitter};

use super::failure::Failure;
use super::output::Output;
use crate::exit;
use crate::rules::registry;
use crate::rules::rule::Rule;
use crate::run::options::UnknownRule;

const WIDTH: usize = 100;

/// List the rules, or explain one.
#[derive(Args)]
pub(super) struct Rules {
    /// The rule to explain
    #[arg(value_name = "ID")]
    id: Option<String>,
}

impl Rules {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        match self.id {
            None => list(output)?,
            Some(id) => match registry::rule(&id) {
                Some(rule) => explain(rule, output)?,
                None => {
                    let error = UnknownRule(id);
                    return Err(Failure::usage(format!("{error}; `zerogate rules` lists them")));
                }
            },
        }
        output.flush()?;
        Ok(exit::CONFORMS)
    }
}

fn list(output: &mut Output) -> Result<(), Failure> {
    let width = registry::rules().map(|rule| rule.id.len()).max().unwrap_or_default();
    for Rule { id, level, title, .. } in registry::rules() {
        writeln!(output, "{level:<6}  {id:<width$}  {title}")?;
    }
    Ok(())
}

fn explain(rule: &Rule, output: &mut Output) -> Result<(), Failure> {
    let Rule { id, title, level, clause, operations, relies_on, why, fix, fault, cases, .. } = rule;
    writeln!(output, "{id} ({level})\n")?;
    let operations = operations.join(", ");
    let relies_on = relies_on.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let cases = cases.join(", ");
    for (label, text) in [
        ("demands", title),
        ("clause", clause),
        ("judges", &operations),
        ("relies on", &relies_on),
        ("why", why),
        ("fix", fix),
        ("tested by", fault),
        ("cases", &cases),
    ] {
        if text.is_empty() {
            continue;
        }
        let first = format!("{label:<9}  ");
        let wrap = Wrap::new(WIDTH).initial_indent(&first).subsequent_indent("           ").break_words(false);
        // A case is one word.
        let wrap = wrap.word_splitter(WordSplitter::NoHyphenation);
        writeln!(output, "{}", textwrap::fill(text, wrap))?;
    }
    Ok(())
}
