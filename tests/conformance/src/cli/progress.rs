//! Progress bars for a person at a terminal.

use std::io;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::run::event::{Event, Reporter};

/// The template of the bar of a run, without colours, which a terminal may not support.
const RULES: &str = "{bar:32} {pos} of {len} rules  {wide_msg}";

/// A bar for bytes read, on standard error if that is a terminal; without an end if the length is unknown.
pub(super) fn bytes(length: Option<u64>, is_hidden: bool) -> ProgressBar {
    bar("{bar:32} {bytes} of {total_bytes}  {wide_msg}", length, target(is_hidden))
}

/// A bar for the runs of a client, on standard error if that is a terminal.
pub(super) fn cases(is_hidden: bool) -> ProgressBar {
    bar("{pos} runs  {wide_msg}", None, target(is_hidden))
}

fn target(is_hidden: bool) -> ProgressDrawTarget {
    // Hidden anyway unless standard error is a terminal.
    if is_hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() }
}

fn bar(template: &str, length: Option<u64>, target: ProgressDrawTarget) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(length, target).with_style(style.progress_chars("=> "))
}

/// Forwards every event, and shows a bar on standard error during the run, if that is a terminal.
///
/// The bar is cleared before a report writes, which may be to the same terminal, and when the run ends.
pub(super) struct Progress<R> {
    reports: R,
    bar: ProgressBar,
}

impl<R: Reporter> Progress<R> {
    pub(super) fn new(reports: R, is_hidden: bool) -> Self {
        Self::on(target(is_hidden), reports)
    }

    fn on(target: ProgressDrawTarget, reports: R) -> Self {
        Self { reports, bar: bar(RULES, None, target).with_finish(ProgressFinish::AndClear) }
    }
}

impl<R: Reporter> Reporter for Progress<R> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        let Self { reports, bar } = self;
        match event {
            Event::RunFinished { .. } | Event::RunAborted { .. } => bar.finish_and_clear(),
            _ => {}
        }
        bar.suspend(|| reports.report(event))?;
        match event {
            Event::RunStarted { rules, .. } => bar.set_length(rules.len().try_into().unwrap_or(u64::MAX)),
            Event::RuleFinished(result) => {
                bar.set_message(result.rule.id);
                bar.inc(1);
            }
            Event::ConversationStep(step) => bar.set_message(step.name),
            Event::Exploring { over, of } => bar.set_message(format!("random sequences: {over} of {of}")),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use indicatif::TermLike;

    use super::*;
    use crate::rules::registry;
    use crate::rules::rule::Level;
    use crate::rules::verdict::Verdict;
    use crate::run::event::RuleResult;
    use crate::run::summary::Summary;

    /// A terminal that records its output: `|` means a cleared line.
    #[derive(Debug, Clone, Default)]
    struct Terminal(Arc<Mutex<String>>);

    impl Terminal {
        fn write(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            100
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }

        fn clear_line(&self) -> io::Result<()> {
            self.write("|")
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Reporter for Terminal {
        fn report(&mut self, _: &Event) -> io::Result<()> {
            self.write("REPORT")
        }
    }

    #[test]
    fn the_bar_advances_and_never_mixes_with_a_report() {
        let terminal = Terminal::default();
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let mut progress = Progress::on(target, terminal.clone());
        let rules: Vec<_> = registry::rules().take(2).collect();
        let finished = rules.iter().map(|rule| {
            let verdict = Verdict::Pass { lacking: Vec::new() };
            Event::RuleFinished(RuleResult { rule, verdict, elapsed: Duration::ZERO, known: Vec::new() })
        });
        let mut events = vec![Event::RunStarted { target: String::new(), seed: 0, rules: rules.clone() }];
        events.extend(finished);
        events.push(Event::RunFinished { summary: Summary::default(), fail_on: Level::Must });
        events.iter().for_each(|event| progress.report(event).unwrap());
        drop(progress);
        let written = terminal.0.lock().unwrap().clone();
        assert!(written.contains(&format!("1 of 2 rules  {}", rules[0].id)), "{written}");
        let between: Vec<&str> = written.split("REPORT").collect();
        let (last, others) = between.split_last().unwrap();
        assert_eq!(others.len(), events.len(), "{written}");
        let is_clear = |text: &&str| !text.contains("rules") || text.ends_with('|');
        assert!(others.iter().all(is_clear), "a report was written after a bar: {written}");
        assert!(!last.contains("rules"), "the bar stays: {written}");
    }
}
