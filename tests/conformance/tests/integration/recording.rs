//! Keeps the events of a run, to make every report of them.

use std::io;
use std::time::Duration;

use zerogate_conformance::report::{RunFormat, Styles};
use zerogate_conformance::{Event, Options, Reporter, Summary, Target, run};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};

/// The events of a run, without the times that they took, and the number of requests, which may depend on them.
#[derive(Default)]
pub(crate) struct Recording(pub(crate) Vec<Event>);

impl Reporter for Recording {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        let mut event = event.clone();
        match &mut event {
            Event::RuleFinished(result) => result.elapsed = Duration::ZERO,
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

    /// Of a run against a faithful emulator with something in front of it.
    pub(crate) async fn behind(act: Act, options: &Options) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let proxy = Proxy::start(&emulator, act).await;
        Self::of(&Target::emulator(emulator, proxy.base_url()), options).await
    }

    /// What the run came to, to be edited.
    pub(crate) fn summary(&mut self) -> &mut Summary {
        match self.0.last_mut() {
            Some(Event::RunFinished { summary, .. }) => summary,
            other => panic!("the last event is {other:?}"),
        }
    }

    /// Hands the events to a report.
    pub(crate) fn replay(&self, report: &mut dyn Reporter) {
        self.0.iter().for_each(|event| report.report(event).unwrap());
    }

    /// Every report that there is, by its format.
    pub(crate) fn reports(&self) -> impl Iterator<Item = (&'static str, String)> {
        RunFormat::all().map(|format| {
            let mut written = Vec::new();
            self.replay(format.reporter(&mut written, Styles::plain()).as_mut());
            (format.name(), String::from_utf8(written).unwrap())
        })
    }
}
