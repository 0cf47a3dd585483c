//! The result of grading a client.

use maud::{Markup, html};

use super::filter::{Filters, Tags, shown};
use super::finding::{Card, Part};
use super::page::{Page, Section, lapsed};
use super::run::{by_level, tone, tone_of};
use super::text::{code, list, prose};
use super::tone::Tone;
use crate::grade::{Graded, Grades, Verdict};
use crate::report::wording::grade as wording;
use crate::report::wording::run as run_wording;
use crate::run::summary::Conclusion;

pub(in crate::report) fn grade(grades: &Grades) -> String {
    let of = |is: fn(&Graded) -> bool| grades.results.iter().filter(|result| is(result)).collect::<Vec<_>>();
    let (failed, known) = (of(Graded::is_failed), of(Graded::is_known));
    let left = of(|result| matches!(result.verdict, Verdict::NotJudged(_)));
    let passed = of(Graded::is_passed);
    let tags: Vec<Tags> = failed.iter().chain(&known).map(|result| tags(result)).collect();
    let filters = Filters::of(tags.iter());
    let page = Page {
        command: "zerogate grade",
        tone: tone(grades.conclusion()),
        conclusion: grades.conclusion().to_string(),
        reasons: grades.counts(),
        first: first(grades, &failed),
        tallies: vec![
            ("passed", passed.len(), Tone::Good),
            ("failed", failed.len(), Tone::Bad),
            ("known", known.len(), Tone::Quiet),
            ("not judged", left.len(), Tone::Doubt),
        ],
        facts: vec![("Client", code(&grades.client)), ("Graded", prose(&wording::basis(grades)))],
        sections: sections(grades, [&failed, &known, &left, &passed], &filters),
        filters,
    };
    page.render()
}

fn tags(result: &Graded) -> Tags {
    Tags::new(by_level(result.case.level), [], result.case.id)
}

/// The first step after this conclusion.
fn first(grades: &Grades, failed: &[&Graded]) -> Option<Markup> {
    let start = |what: &str| Some(html! { p { strong { "Start here: " } (prose(what)) } });
    match (grades.conclusion(), failed.first()) {
        (Conclusion::DoesNotConform, Some(result)) => Some(html! {
            p { strong { "Start here: " } a href={ "#" (Card::id(0)) } { (prose(result.case.title)) } }
            p { (prose(&wording::message(result))) }
        }),
        (Conclusion::DoesNotConform, None) => start(&grades.lapsed.first().map(run_wording::lapsed)?),
        (Conclusion::NotJudged, _) => {
            let trouble = grades.results.iter().find(|result| result.is_trouble());
            start(&trouble.or(grades.results.first()).map(wording::message)?)
        }
        (Conclusion::Conforms, _) => None,
    }
}

fn sections(grades: &Grades, [failed, known, left, passed]: [&[&Graded]; 4], filters: &Filters) -> Vec<Section> {
    let cards = |results: &[&Graded], before: usize| {
        html! {
            (shown(results.len()))
            (list(results, ("case", "cases"), "cards", |number, result| card(result).render(before + number, filters)))
        }
    };
    let rows = |results: &[&Graded]| {
        list(results, ("case", "cases"), "rows", |_, result| {
            html! {
                li {
                    p.head { (code(result.case.id)) " " span.note { (result.case.level.to_string()) } }
                    p { (prose(result.case.title)) }
                    @if !result.is_passed() { p { (prose(&wording::message(result))) } }
                }
            }
        })
    };
    let sections = [
        Section::of("failed", "Failed", failed.len(), cards(failed, 0)),
        lapsed("Expired or unused known failures", &run_wording::lapsed_lines(&grades.lapsed)),
        Section::of("known", "Known failures", known.len(), cards(known, failed.len())),
        Section::of("not-judged", "Not judged", left.len(), rows(left)),
        Section::of("passed", "Passed", passed.len(), rows(passed)),
    ];
    sections.into_iter().flatten().collect()
}

fn card(result: &Graded) -> Card {
    let parts = result.findings().iter().enumerate().map(|(index, finding)| {
        let mut lines = Vec::new();
        if index == 0 && !result.steps.is_empty() {
            lines.push(("sent", html! { ul { @for step in &result.steps { li { (code(&step.to_string())) } } } }));
        }
        if index == 0 && !result.printed.is_empty() {
            lines.push(("printed", code(&result.printed)));
        }
        let sides = vec![("Expected", prose(&finding.expected)), ("Received", prose(&finding.received))];
        Part { sides, lines, ..Part::default() }
    });
    let known = result.known.as_ref().map(|known| ("known", run_wording::excuse(known)));
    let advice = [("clause", result.case.clause.to_owned()), ("why", result.case.why.to_owned())];
    Card {
        tone: if result.is_known() { Tone::Quiet } else { tone_of(result.case.level) },
        tags: tags(result),
        level: result.case.level.to_string(),
        id: result.case.id.to_owned(),
        note: run_wording::counted(result.runs, "run", "runs"),
        title: result.case.title.to_owned(),
        parts: parts.collect(),
        advice: advice.into_iter().chain(known).collect(),
    }
}
