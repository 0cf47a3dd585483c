//! `zerogate import`

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use zerogate_contract::version::supported;
use zerogate_contract::{Bundle, Document, slice};
use zerogate_drift::{diff, diff_with};
use zerogate_generate::Surface;

use super::failure::Failure;
use super::output::Output;
use super::source::{self, Source};
use crate::contracts::comparison::Comparison;
use crate::evidence::body::one_line;
use crate::exit;
use crate::import::Import;
use crate::import::workspace::Workspace;
use crate::replacement::tidy;
use crate::report::{self, Styles};

/// Bring a vendor's contract into the workspace.
///
/// Reports whether the workspace can be built from it, how the build handles each operation, and what changes from the
/// current contract. Builds nothing without --compile. Writes only with --write, and then atomically.
///
/// A document in several files is bundled into one JSON document: references are followed to files below its folder,
/// never over the network.
///
/// FILE is an OpenAPI 3.0, 3.1 or 3.2 document in YAML or JSON: a file, or `git:REV:path`. The contract keeps its
/// OpenAPI version.
#[derive(Args)]
#[command(after_help = exit::IMPORT.to_string())]
pub(super) struct ImportCommand {
    /// The vendor's document: a file, or git:REV:path
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    file: Source,

    /// The contract to replace
    #[arg(long, value_name = "FILE", default_value = "openapi/gate-v1.yaml")]
    contract: PathBuf,

    /// Import only these operations, by id, and the components they need, as JSON
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    operations: Vec<String>,

    /// Refuse a document with mistakes, or one that the generated client cannot fully express
    #[arg(long)]
    strict: bool,

    /// List every rewrite, exact and intended ones too
    #[arg(long)]
    all: bool,

    /// Follow references to files outside the document's folder
    #[arg(long)]
    allow_outside: bool,

    /// Compile the workspace with the document, in a separate folder
    #[arg(long)]
    compile: bool,

    /// Write the contract
    #[arg(long, conflicts_with = "check")]
    write: bool,

    /// Fail unless the current contract is this document, byte for byte
    #[arg(long)]
    check: bool,
}

impl ImportCommand {
    pub(super) fn run(self, output: &mut Output) -> Result<u8, Failure> {
        let workspace = self.compile.then(|| Workspace::around(&self.contract)).transpose().map_err(Failure::usage)?;
        if self.write && self.contract.try_exists().is_ok_and(|exists| !exists) {
            return Err(Failure::usage(self.missing()));
        }
        if self.write {
            tidy(&self.contract);
        }
        let (bundle, text) = self.file.bundle(self.allow_outside)?;
        let operations: Vec<&str> = self.operations.iter().map(|id| id.trim()).filter(|id| !id.is_empty()).collect();
        let text = (!bundle.is_new && operations.is_empty()).then_some(text.as_str());
        let document = match operations.as_slice() {
            [] => bundle.document.clone(),
            operations => slice(&bundle.document, operations).map_err(|error| source::refused(&error))?,
        };
        let styles = output.styles();
        let mut writer = BufWriter::new(output);
        if bundle.is_new {
            self::bundle(&bundle, &mut writer)?;
        }
        let import = match Import::of_document(document.clone(), text) {
            Ok(import) => import,
            Err(error) => {
                // Report the changes anyway, if there is something to compare.
                if supported(&document).is_ok() {
                    self.drift(&document, None, styles, &mut writer)?;
                    writer.flush()?;
                }
                return Err(source::refused(&error));
            }
        };
        report::build(&import.document, &import.lowered, self.all, styles, &mut writer)?;
        let current = self.drift(&document, Some(&import.surface), styles, &mut writer)?;
        let is_same = current.is_some_and(|current| current == import.text);
        let compiled = workspace.map_or(Ok(Ok(())), |workspace| workspace.compile(&import.text));
        let compiled =
            compiled.map_err(|error| Failure::usage(format!("--compile: cannot copy the workspace: {error}")))?;
        if let Err(told) = &compiled {
            writeln!(writer, "\ncargo check failed:")?;
            told.lines().try_for_each(|line| writeln!(writer, "  {}", one_line(line)))?;
        } else if self.compile {
            writeln!(writer, "\ncargo check: the workspace compiles")?;
        }
        let refused = if compiled.is_err() {
            Some("the workspace does not compile with this document, see above; nothing was written")
        } else if self.strict && import.has_warnings() {
            Some("refused by --strict because of the problems above; nothing was written")
        } else {
            None
        };
        if self.write && !is_same && refused.is_none() {
            import.write(&self.contract).map_err(|error| {
                let path = self.contract.display();
                Failure::usage(format!("{path}: cannot write it; the file is unchanged: {error}"))
            })?;
        }
        writeln!(writer, "\n{}", self.conclusion(is_same, refused))?;
        writer.flush()?;
        let fails = refused.is_some() || (self.check && !is_same);
        // Skips freeing memory, because the process ends here.
        std::mem::forget((import, document, bundle));
        Ok(if fails { exit::DOES_NOT_CONFORM } else { exit::CONFORMS })
    }

    /// Reports the changes from the current contract, and returns its text. Without the surface of the new client, the
    /// source verdict is not measured.
    fn drift(
        &self,
        document: &Document,
        surface: Option<&Surface>,
        styles: Styles,
        writer: &mut impl Write,
    ) -> Result<Option<String>, Failure> {
        let (current, text) = match self.current() {
            Ok(Some(current)) => current,
            Ok(None) => {
                writeln!(writer, "\nnothing to compare with: {}", self.missing())?;
                return Ok(None);
            }
            // Replacing a broken contract is one way to fix it.
            Err(failure) => {
                let first = failure.message.lines().next().unwrap_or_default();
                writeln!(writer, "\nnothing to compare with: {first}")?;
                return Ok(None);
            }
        };
        let drift = match surface {
            Some(surface) => {
                writeln!(writer)?;
                diff_with(&current, document, surface)
            }
            None => diff(&current, document),
        };
        let path = self.contract.display().to_string();
        let comparison = Comparison::new(&current, document, drift).in_files(&path, self.file.path());
        report::drift_text(&comparison, styles, writer)?;
        Ok(Some(text))
    }

    /// The current contract and its text, if there is one.
    fn current(&self) -> Result<Option<(Document, String)>, Failure> {
        if !Path::new(&self.contract).try_exists().unwrap_or(true) {
            return Ok(None);
        }
        let current = Source::File(self.contract.display().to_string());
        let (bundle, text) = current.bundle(false)?;
        supported(&bundle.document).map_err(|error| source::refused(&error))?;
        Ok(Some((bundle.document, text)))
    }

    /// What to do if there is no current contract.
    fn missing(&self) -> String {
        let path = one_line(&self.contract.display().to_string());
        format!("{path} does not exist; run this in a checkout of zerogate, or name the contract with --contract")
    }

    fn conclusion(&self, is_same: bool, refused: Option<&str>) -> String {
        let path = one_line(&self.contract.display().to_string());
        match (refused, is_same) {
            (Some(refused), _) => refused.to_owned(),
            (None, true) => format!("{path} is already this document; nothing to write"),
            (None, false) if self.write => format!("written to {path}; next: cargo test --no-fail-fast"),
            (None, false) if self.check => format!("{path} is not this document; import it with --write"),
            (None, false) if !self.contract.exists() => format!("nothing was written: {}", self.missing()),
            (None, false) => format!("nothing was written; pass --write to write {path}"),
        }
    }
}

/// Reports which files were bundled, and which components were renamed.
fn bundle(bundle: &Bundle, writer: &mut impl Write) -> std::io::Result<()> {
    let name = one_line(bundle.document.name());
    writeln!(
        writer,
        "{name} and {} become one document",
        report::counted(bundle.files.len(), "other file", "other files")
    )?;
    for (from, name) in &bundle.renamed {
        writeln!(writer, "  {} is renamed to {}, because its name is taken", one_line(from), one_line(name))?;
    }
    for (at, target) in &bundle.left {
        writeln!(writer, "  #{} refers to {}, which is not included", one_line(at), one_line(target))?;
    }
    writeln!(writer)
}
