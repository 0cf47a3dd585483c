//! Runs the suite and records its events.

use std::io;
use std::time::Duration;

use zerogate::{Client, SecretKey};
use zerogate_conformance::{
    CONVERSATION, Conclusion, Event, Finding, Level, Options, Reporter, Selection, Step, StepVerdict, Summary, Target,
    Traffic, Verdict, run,
};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};
use crate::relayed;

/// The message of a step whose operation another contract may lack.
const NOT_IN_THE_BINDINGS: &str = "the contract that the bindings are generated from has no such operation";

/// The recorded run.
#[derive(Default)]
pub(crate) struct RunLog {
    pub(crate) verdicts: Vec<(&'static str, Verdict)>,
    pub(crate) steps: Vec<Step>,
    pub(crate) summary: Summary,
    /// All events, as text.
    pub(crate) everything: String,
}

impl RunLog {
    /// The rules with this verdict, in order.
    pub(crate) fn with(&self, name: &str) -> Vec<&'static str> {
        self.verdicts.iter().filter(|(_, verdict)| verdict.name() == name).map(|(rule, _)| *rule).collect()
    }

    /// The findings, by rule.
    pub(crate) fn findings(&self) -> Vec<(&'static str, Finding)> {
        let found = self.verdicts.iter().filter_map(|(rule, verdict)| match verdict {
            Verdict::Fail(findings) => Some(findings.iter().map(|finding| (*rule, finding.clone()))),
            _ => None,
        });
        found.flatten().collect()
    }

    pub(crate) fn conclusion(&self) -> Conclusion {
        self.summary.conclusion(Level::Must)
    }

    /// Asserts that there are no findings at any level. Operations that the bindings lack were not called.
    pub(crate) fn is_spotless(&self) -> bool {
        self.verdicts.iter().all(|(_, verdict)| matches!(verdict, Verdict::Pass { .. }))
            && self.steps.iter().all(|step| step.verdict == StepVerdict::Pass || step.message == NOT_IN_THE_BINDINGS)
    }
}

impl Reporter for RunLog {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        // The rule's own text is in its file.
        self.everything.push_str(&match event {
            Event::RunStarted { target, .. } => format!("{target}\n"),
            Event::RuleFinished(result) => format!("{}: {:?}\n", result.rule.id, result.verdict),
            event => format!("{event:?}\n"),
        });
        match event {
            Event::RuleFinished(result) => self.verdicts.push((result.rule.id, result.verdict.clone())),
            Event::ConversationStep(step) => self.steps.push(step.clone()),
            Event::RunFinished { summary, .. } => self.summary = summary.clone(),
            _ => {}
        }
        Ok(())
    }
}

/// All rules and the conversation, with a timeout that only a hanging server reaches.
pub(crate) fn everything() -> Options {
    let mut options = Options::default();
    options.timeout = Duration::from_secs(20);
    options.seed = 7;
    options
}

/// All rules.
pub(crate) fn rules_only() -> Options {
    let mut options = everything();
    options.selection = Selection::new(Vec::new(), vec![CONVERSATION.to_owned()]).unwrap();
    options
}

pub(crate) async fn against(target: &Target, options: &Options) -> RunLog {
    let mut told = RunLog::default();
    run(target, options, &mut told).await.unwrap();
    told
}

/// Runs the suite through the reverse proxy, and gives the findings of both.
pub(crate) async fn relayed(emulator: Emulator, act: Act, options: &Options) -> (RunLog, Traffic) {
    let faulty = Proxy::start(&emulator, act).await;
    let relay = relayed::before(&faulty.base_url().to_string(), None).await;
    let told = against(&Target::emulator(emulator, relayed::base(&relay)), options).await;
    (told, relay.finish().await)
}

/// Runs the suite against a faithful emulator behind a proxy.
pub(crate) async fn behind(act: Act, options: &Options) -> RunLog {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    against(&Target::emulator(emulator, proxy.base_url()), options).await
}

/// How many sessions of this key's partner are open.
pub(crate) async fn open_sessions(base: &str, key: &str) -> usize {
    let client = Client::builder(SecretKey::new(key).unwrap()).base_url(base).unwrap().build().unwrap();
    let listed = zerogate::sessions::list(&client).await;
    listed.map_or(0, |page| page.unwrap().value().iter().filter(|session| session.status == "open").count())
}
