//! Detects responses that reveal to a caller what it must not know.

use crate::evidence::response_diff::{Sample, difference};
use crate::lab::{Lab, sample};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Credential, Operation};

/// How many more responses are compared before a difference counts, since some parts differ only now and then.
const MORE: usize = 8;

/// How often the request in question is repeated.
const AGAIN: usize = 2;

/// How to request further responses.
pub(super) struct Asking {
    pub(super) operation: Operation,
    pub(super) credential: Credential,
}

/// Returns a finding for each way in which one of `others` differs from all responses to ids that do not exist.
///
/// Each of `others` has the case of its findings.
pub(super) async fn told_apart(
    lab: &Lab<'_>,
    Asking { operation, credential }: Asking,
    to: &str,
    nobodys: &[Sample],
    others: &[(&str, Sample)],
) -> Judged {
    let mut judgement = Judgement::fine();
    let mut alike = nobodys.to_vec();
    for (case, other) in others {
        if difference(&alike, other).is_none() {
            continue;
        }
        if alike.len() == nobodys.len() {
            for Sample { id, .. } in nobodys.iter().cycle().take(MORE) {
                alike.push(sample(lab, operation, id, credential).await?);
            }
        }
        let mut persists = true;
        for _ in 0..AGAIN {
            persists &= difference(&alike, &sample(lab, operation, &other.id, credential).await?).is_some();
        }
        let Some(difference) = difference(&alike, other).filter(|_| persists) else { continue };
        let expected = format!("{}, as {to}", difference.expected);
        let is_told = |finding: &Finding| {
            finding.case.as_deref() == Some(*case)
                && (&finding.expected, &finding.received) == (&expected, &difference.received)
        };
        if !judgement.findings.iter().any(is_told) {
            let finding = Finding::new(expected, difference.received, &other.exchange).in_case(*case);
            judgement.findings.push(finding.beside(nobodys.first().map(|sample| &sample.exchange.sent)));
        }
    }
    Ok(judgement)
}
