//! Records the events of a run, to render every report from them.

use std::io;
use std::time::Duration;

use zerogate_conformance::report::{RunFormat, Styles};
use zerogate_conformance::{Event, Options, Reporter, Summary, Target, run};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};

/// The events of a run, without durations and the number of requests, which may depend on timing.
#[derive(Default)]
pub(crate) struct Recording(pub(crate) Vec<Event>);

impl Reporter for Recording {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        let mut event = event.clone();
        match &mut event {
            Event::RuleFinished(result) => result.elapsed = Duration::ZERO,
            // One of each is enough.
            Event::Responses(all) => all.iter_mut().for_each(|responses| {
                responses.first.truncate(1);
                responses.count = responses.count.min(2);
            }),
            Event::RunFinished { summary, .. } => {
                summary.elapsed = Duration::ZERO;
                summary.exchanges = 60;
            }
            _ => {}
        }
        self.0.push(event);
        Ok(())
    }
}

impl Recording {
    pub(crate) async fn of(target: &Target, options: &Options) -> Self {
        let mut recording = Self::default();
        run(target, options, &mut recording).await.unwrap();
        recording
    }

    /// Records a run against a faithful emulator behind a proxy.
    pub(crate) async fn behind(act: Act, options: &Options) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let proxy = Proxy::start(&emulator, act).await;
        Self::of(&Target::emulator(emulator, proxy.base_url()), options).await
    }

    /// The summary of the run, to edit.
    pub(crate) fn summary(&mut self) -> &mut Summary {
        match self.0.last_mut() {
            Some(Event::RunFinished { summary, .. }) => summary,
            other => panic!("the last event is {other:?}"),
        }
    }

    /// The recorded run, unchanged.
    pub(crate) fn clone_summary(&self) -> Summary {
        match self.0.last() {
            Some(Event::RunFinished { summary, .. }) => summary.clone(),
            other => panic!("the last event is {other:?}"),
        }
    }

    /// Replays the events into a report.
    pub(crate) fn replay(&self, report: &mut dyn Reporter) {
        self.0.iter().for_each(|event| report.report(event).unwrap());
    }

    /// Every report, by format.
    pub(crate) fn reports(&self) -> impl Iterator<Item = (&'static str, String)> {
        RunFormat::all().map(|format| {
            let mut written = Vec::new();
            self.replay(format.reporter(&mut written, Styles::plain()).as_mut());
            (format.name(), String::from_utf8(written).unwrap())
        })
    }
}
