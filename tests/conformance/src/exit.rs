//! What the command's exit codes mean.
//!
//! They are a promise to the scripts that branch on them: a code never changes its meaning.

/// The target conforms. `zerogate diff`: no change is at or above `--fail-on`. `zerogate import`: the workspace can be built
/// from the document. `zerogate check`: nothing was found in what could be judged.
pub const CONFORMS: u8 = 0;

/// There is a finding at or above `--fail-on` that is not known, or an entry of `--known-failures` is stale or has expired. A
/// failed step of the conversation counts like a `should`. `zerogate diff`: there is a change at
/// or above `--fail-on`, or an entry of `--ignore` that is stale or has expired. `zerogate import`: `--check` or `--strict`
/// is not met. `zerogate check`: there is a finding that is not known, or the coverage asked for is not reached.
pub const DOES_NOT_CONFORM: u8 = 1;

/// The command was used wrongly: its options, its configuration, or an input that cannot be read or understood.
pub const USAGE: u8 = 2;

/// Nothing is known: something that counts could not be judged, the target could not be reached, no session was met, or no
/// `must` rule of `cancelSession` was judged at all. `zerogate check`: no exchange could be judged, or a recording is cut.
pub const NOT_JUDGED: u8 = 3;

/// The same in the words of `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  conforms; diff: nothing at or above --fail-on; import: the workspace can be built from it; check: nothing found
  1  a finding at or above --fail-on (a failed step of the conversation counts like a should), or a lapsed entry of
     --known-failures; diff: or of --ignore; import: --check or --strict not met;
     check: any finding, or --require-coverage not reached
  2  wrong usage, configuration or input
  3  otherwise, if something that counts could not be judged, the target was not reached, or no must rule of
     cancelSession was judged; check: a recording is cut, or no exchange could be judged";
