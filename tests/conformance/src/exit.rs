//! The exit codes of the command.
//!
//! Scripts branch on them, so a code never changes its meaning.

/// The target conforms. `zerogate diff`: no change is at or above `--fail-on`. `zerogate import`: the workspace can be
/// built from the document. `zerogate check` and `zerogate proxy`: no finding in what could be
/// judged. `zerogate grade`: no case at or above `--fail-on` failed.
pub const CONFORMS: u8 = 0;

/// A finding at or above `--fail-on` is not known, or an entry of `--known-failures` is stale or has expired. A failed
/// step of the conversation counts like a `should`. `zerogate diff`: a change is at or above `--fail-on`, or an entry
/// of `--ignore` is stale or has expired. `zerogate import`: `--check` or `--strict` is not met. `zerogate check` and
/// `zerogate proxy`: a finding is not known, or the required coverage is not reached. `zerogate grade`: a case at or above
/// `--fail-on` failed and is not known, or an entry of `--known-failures` is stale or has expired.
pub const DOES_NOT_CONFORM: u8 = 1;

/// Wrong usage: the options, the configuration, or an input that cannot be read or parsed.
pub const USAGE: u8 = 2;

/// No verdict: something that counts could not be judged, the target could not be reached, no session was found, or no
/// `must` rule of `cancelSession` was judged. `zerogate check`: no exchange could be judged, or a recording is
/// truncated. `zerogate proxy`: no exchange could be judged, the upstream could not always be reached, or the recording
/// could not be written. `zerogate grade`: something went wrong with a case that counts, or nothing was judged.
pub const NOT_JUDGED: u8 = 3;

/// The exit codes as `--help` shows them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  conforms; diff: nothing at or above --fail-on; import: the workspace can be built from it; check, proxy: nothing found;
     grade: no case at or above --fail-on failed
  1  a finding at or above --fail-on (a failed step of the conversation counts like a should), or a lapsed entry of
     --known-failures; diff: or of --ignore; import: --check or --strict not met;
     check, proxy: any finding, or --require-coverage not reached; grade: a failed case
  2  wrong usage, configuration or input
  3  none of these, but something that counts could not be judged, the target was not reached, or no must rule of
     cancelSession was judged; check: a recording is truncated; proxy: the upstream could not be reached; both: no
     exchange could be judged; grade: nothing was judged, or something went wrong with a case that counts
proxy exits with the code of its command, unless that is 0";
