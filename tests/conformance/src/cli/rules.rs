//! `zerogate rules`

use clap::Args;
use textwrap::{Options as Wrap, WordSplitter};

use super::failure::Failure;
use super::output::{Output, table};
use super::parse::unknown_rule;
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
        let Some(id) = self.id else {
            let row = |rule: &Rule| [rule.level.to_string(), rule.id.to_owned(), rule.title.clone()];
            return output.only(&table(registry::rules().map(row)));
        };
        match registry::rule(&id) {
            Some(rule) => output.only(&explain(rule)),
            None => Err(Failure::usage(unknown_rule(&UnknownRule(id), &[]))),
        }
    }
}

fn explain(rule: &Rule) -> String {
    let Rule { id, title, level, clause, operations, relies_on, why, fix, fault, cases, .. } = rule;
    let mut page = format!("{id} ({level})\n\n");
    let operations = operations.join(", ");
    let relies_on = relies_on.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let cases = cases.join(", ");
    for (label, text) in [
        ("requires", title),
        ("clause", clause),
        ("applies to", &operations),
        ("relies on", &relies_on),
        ("why", why),
        ("fix", fix),
        ("tested by", fault),
        ("cases", &cases),
    ] {
        if text.is_empty() {
            continue;
        }
        let first = format!("{label:<10}  ");
        let wrap = Wrap::new(WIDTH).initial_indent(&first).subsequent_indent("            ").break_words(false);
        // A case is one word.
        let wrap = wrap.word_splitter(WordSplitter::NoHyphenation);
        page += &textwrap::fill(text, wrap);
        page.push('\n');
    }
    page
}
