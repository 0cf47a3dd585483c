//! The report on a run, for a job summary.

use std::io;

use super::escape::{block, code, prose};
use super::page::Page;
use crate::evidence::body;
use crate::exceptions::known::KnownFailure;
use crate::explore::Check;
use crate::report::outcome::Outcome;
use crate::report::record::RunRecord;
use crate::report::wording::obstacles::Obstacles;
use crate::report::wording::run::{self as wording, Label};
use crate::rules::rule::Rule;
use crate::rules::verdict::Verdict;
use crate::run::event::RuleResult;
use crate::run::summary::Conclusion;

pub(in crate::report) fn run(record: &RunRecord) -> io::Result<String> {
    let mut page = Page::default();
    let sign = match record.conclusion() {
        Conclusion::Conforms => "🟢",
        Conclusion::DoesNotConform => "🔴",
        Conclusion::NotJudged => "🟡",
    };
    page.add(format!("## {sign} {}\n\nTarget: {}\n", prose(&record.headline()), code(&record.target)));
    if record.aborted.is_none() {
        page.add(format!("\n{}; seed {}\n", prose(&wording::counts(&record.summary)), record.seed));
        page.lapsed(&record.lapsed);
        broken(record, &mut page);
        obstacles(record, &mut page);
        known(record, &mut page);
        skipped(record, &mut page);
        conversation(record, &mut page);
        exploration(record, &mut page);
        coverage(record, &mut page);
    }
    Ok(page.close())
}

/// A rule's id and title.
fn rule(result: &RuleResult) -> String {
    format!("{}<br>{}", code(result.rule.id), prose(&result.rule.title))
}

/// A table of the failed rules, followed by details and advice for each.
fn broken(record: &RunRecord, page: &mut Page) {
    let mut broken: Vec<&RuleResult> = record.with(Outcome::Fail).collect();
    broken.sort_by_key(|result| std::cmp::Reverse(result.rule.level));
    let rows = broken.iter().map(|result| {
        let level = result.rule.level.to_string();
        [level, rule(result), prose(&wording::message(result)), prose(&result.rule.clause)]
    });
    page.table("Broken", ["level", "rule", "what", "clause of the reference"], rows);
    for result in broken {
        page.add(format!("\n**{}**\n", code(result.rule.id)));
        for finding in wording::findings(result) {
            // Added as one piece: an unclosed block would swallow the rest of the page.
            let piece: String = finding
                .into_iter()
                .map(|(label, text)| match label {
                    Label::Again => format!("\n\n{}", block("sh", &text)),
                    _ => format!("\n- {label} {}", prose(&text)),
                })
                .collect();
            page.add(piece);
        }
        for (label, text) in wording::advice(result.rule) {
            page.add(format!("\n- {label}: {}", prose(&text)));
        }
        page.add("\n");
    }
}

fn obstacles(record: &RunRecord, page: &mut Page) {
    let rule = |rule: &&Rule| format!("{} {}", rule.level, code(rule.id));
    let row =
        |(what, rules): (String, &[&Rule])| [prose(&what), rules.iter().map(rule).collect::<Vec<_>>().join("<br>")];
    page.table("Not judged", ["because", "rules"], Obstacles::of(&record.results).all().map(row));
}

fn known(record: &RunRecord, page: &mut Page) {
    let rows = record.with(Outcome::Known).flat_map(|result| {
        let row = move |known: &KnownFailure| {
            let case = known.case.as_ref().map(|case| format!("<br>{}", code(case))).unwrap_or_default();
            let what = prose(&wording::message(result));
            [rule(result) + &case, what, prose(&known.reason), known.expires.to_string()]
        };
        result.known.iter().map(row)
    });
    page.table("Known failures", ["rule", "what", "reason", "last day"], rows);
}

fn skipped(record: &RunRecord, page: &mut Page) {
    let rows = record.results.iter().filter_map(|result| match &result.verdict {
        Verdict::Skip(need) => Some([result.rule.level.to_string(), rule(result), prose(&need.to_string())]),
        _ => None,
    });
    page.table("Skipped", ["level", "rule", "needs"], rows);
}

fn conversation(record: &RunRecord, page: &mut Page) {
    let rows = record.steps.iter().map(|step| {
        let status = step.status.map(|status| status.to_string()).unwrap_or_default();
        let excuse = step.known.as_ref().map(|known| format!("<br>{}", prose(&wording::excuse(known))));
        let message = prose(&body::one_line(&step.message)) + &excuse.unwrap_or_default();
        [Outcome::of_step(step).word().to_owned(), step.name.to_owned(), status, message]
    });
    page.table("Conversation through the generated client", ["", "step", "status", "what"], rows);
}

/// The findings of random sequences, each with its steps.
fn exploration(record: &RunRecord, page: &mut Page) {
    let Some(exploration) = &record.exploration else { return };
    page.add(format!("\n### Exploration\n\n{}\n", prose(&wording::exploration(exploration))));
    for found in &exploration.findings {
        let Check { id, level, title, .. } = found.check;
        let outcome = Outcome::of_explored(found).word();
        let mut piece = format!("\n**{}** ({outcome}, {level}): {}\n", code(id), prose(title));
        for (label, text) in wording::explored_details(found, exploration, record.seed) {
            match label {
                Label::Again => piece.push_str(&format!("\n\n{}\n", block("sh", &text))),
                _ => piece.push_str(&format!("\n- {label} {}", prose(&text))),
            }
        }
        page.add(piece + "\n");
    }
}

fn coverage(record: &RunRecord, page: &mut Page) {
    let rows = wording::unseen(&record.coverage).map(|(coverage, unseen)| {
        [coverage.kind.to_string(), coverage.seen.to_string(), coverage.total.to_string(), prose(&unseen)]
    });
    page.table("Coverage of the contract", ["", "seen", "of", "not seen"], rows);
}
