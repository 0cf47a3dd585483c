//! `zerogate check`

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use zerogate::BaseUrl;
use zerogate_judge::Kind;

use super::failure::Failure;
use super::judged::JudgedArgs;
use super::output::{Output, table};
use super::progress;
use super::report::ReportArgs;
use crate::exceptions::list::today;
use crate::exit;
use crate::recording::check::Check as Judging;
use crate::report;
use crate::rules::rule::Level;

/// The name for standard input.
const STDIN: &str = "-";

/// Check recorded traffic against a contract.
///
/// FILE is HAR 1.2 of any size, as browsers, proxies and test tools write it; `-` is standard input. Every exchange
/// whose path is in the contract is judged: request, status, headers and body, and sessions across exchanges. The others are
/// counted. Parts that the recorder did not keep are not judged, and the report lists them with the reason.
///
/// Sends nothing. Reports hold no keys and no values that a customer entered.
#[derive(Args)]
#[command(
    after_help = exit::CHECK.to_string(),
    override_usage = "zerogate check [OPTIONS] <FILE>...\n       zerogate check --rules\n       zerogate check --schema",
)]
pub(super) struct Check {
    /// The recordings: HAR 1.2, or - for standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["rules", "schema"])]
    files: Vec<PathBuf>,

    /// Judge everything below this URL, and nothing else [default: what matches a path of the contract's servers, on
    /// any host]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    #[command(flatten)]
    judged: JudgedArgs,

    /// List the rules, and exit
    #[arg(long, exclusive = true)]
    rules: bool,

    #[command(flatten)]
    report: ReportArgs,
}

impl Check {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        if self.report.schema {
            return output.only(&report::traffic_schema());
        }
        if self.rules {
            return output.only(&rules());
        }
        if let Some(base_url) = &self.base_url {
            // Not by clap, whose message would repeat a password.
            base_url.parse::<BaseUrl>().map_err(|error| Failure::usage(format!("--base-url: {error}")))?;
        }
        let options = self.judged.options()?;
        let mut judge = self.judged.judge()?;
        if let Some(base_url) = &self.base_url {
            judge = judge.at(base_url.trim());
        }
        let inputs = self.files.iter().map(PathBuf::as_path).chain(self.judged.inputs());
        inputs.into_iter().try_for_each(|input| self.report.spare(Some(input)))?;
        // Missing files are reported before anything is read.
        let opened = self.files.iter().map(|path| Opened::of(path)).collect::<Result<Vec<_>, _>>()?;
        if opened.iter().filter(|file| file.is_stdin).count() > 1 {
            return Err(Failure::usage("-: standard input can be read only once; name it once"));
        }
        let reports = self.report.open_traffic(output)?;
        let mut check = Judging::new(&judge, &options);
        let bar = progress::bytes(opened.iter().map(|file| file.length).sum(), self.report.is_quiet());
        for (Opened { name, reader, length, .. }, path) in opened.into_iter().zip(&self.files) {
            let before = bar.position();
            bar.set_message(name.clone());
            // Standard input has other names too, such as `/dev/stdin`, and may be a file.
            let is_named = length.is_some() && !["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
            let folder = path.parent().filter(|_| is_named);
            check.file(&name, reader, folder, &mut |position| bar.set_position(before + position));
            bar.set_position(before + length.unwrap_or_default());
        }
        bar.finish_and_clear();
        let traffic = check.finish(today());
        if traffic.is_refused() {
            let told = traffic.files.iter().map(|file| (&file.name, file.trouble.as_deref().unwrap_or_default()));
            return Err(Failure::listed(told.map(|(name, trouble)| format!("{name}: {trouble}"))));
        }
        self.report.finish(reports, &traffic)
    }
}

/// An opened recording.
struct Opened {
    name: String,
    reader: Box<dyn Read>,
    length: Option<u64>,
    is_stdin: bool,
}

impl Opened {
    fn of(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        if name == STDIN {
            return Ok(Self {
                name: "standard input".to_owned(),
                reader: Box::new(io::stdin()),
                length: None,
                is_stdin: true,
            });
        }
        let refuse = |error: io::Error| Failure::usage(format!("{name}: cannot be read: {error}"));
        let file = File::open(path).map_err(refuse)?;
        let there = file.metadata().map_err(refuse)?;
        if there.is_dir() {
            return Err(Failure::usage(format!("{name}: a folder; name the files in it")));
        }
        // The length of a pipe is unknown.
        let length = there.is_file().then_some(there.len());
        Ok(Self { name, reader: Box::new(file), length, is_stdin: false })
    }
}

fn rules() -> String {
    let rows = Kind::ALL.iter().map(|kind| kind.row());
    table(rows.map(|row| [Level::from(row.level).to_string(), row.id.to_owned(), row.title.to_owned()]))
}
