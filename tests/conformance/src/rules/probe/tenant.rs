//! Rules on requests for another partner's sessions.

use serde_json::Value;

use super::apart::{Asking, told_apart};
use super::refusal;
use super::state::unchanged_by;
use crate::evidence::body;
use crate::evidence::page::{Page, page};
use crate::lab::{
    Lab, Need, Obstacle, Reading, STATUSES, Situation, WHOLE, foreign_cases, list, observe, observe_all, or_lacking,
    strangers, whole_page,
};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::Operation::{self, CancelSession, RetrieveSession};
use crate::wire::{Credential, Exchange, Role, escaped};

rules! {
    "cancel-foreign-indistinguishable" =>
        indistinguishable(CancelSession, "for a cancellation of a session that does not exist") [foreign_cases()],
    "cancel-foreign-session" => foreign_session [foreign_cases(), Situation::ForeignNamed.case()],
    "cancel-foreign-untouched" => foreign_untouched [foreign_cases(), Situation::ForeignNamed.case()],
    "cancel-unknown-session" => unknown_session,
    "list-foreign-hidden" => list_foreign_hidden [[ALL], STATUSES],
    "retrieve-foreign-indistinguishable" =>
        indistinguishable(RetrieveSession, "for reading a session that does not exist") [foreign_cases()],
}

/// The case of the list of all sessions; that of a list by status is the status.
const ALL: &str = "all";

async fn unknown_session(lab: &Lab<'_>) -> Judged {
    Ok(refusal::with(404, &*observe(lab, Situation::Unknown).await?))
}

async fn foreign_session(lab: &Lab<'_>) -> Judged {
    let mut judgement = Judgement::fine();
    for observation in observe_all(lab, &foreign(lab).await?).await {
        judgement.findings.extend(refusal::with(404, &*observation?).findings);
    }
    if let Some(named) = named(lab).await {
        let observation = or_lacking(observe(lab, named).await, &mut judgement.lacking)?;
        // A server may refuse parameters that the contract does not have.
        let judged = observation.into_iter().filter(|one| one.attempt.status() != Some(400));
        judgement.findings.extend(judged.flat_map(|one| refusal::with(404, &one).findings));
    }
    match lab.readable().await {
        // Whether the sessions exist is not known.
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
        _ if lab.target.key(Role::OtherPartner).is_err() => judgement.lacking.push(Need::OtherKey),
        _ => {}
    }
    Ok(judgement)
}

async fn foreign_untouched(lab: &Lab<'_>) -> Judged {
    let mut judgement = unchanged_by(lab, foreign(lab).await?).await?;
    if judgement.findings.is_empty()
        && let Some(named) = named(lab).await
    {
        let unchanged = or_lacking(unchanged_by(lab, [named]).await, &mut judgement.lacking)?;
        judgement.findings.extend(unchanged.unwrap_or_default().findings);
    }
    Ok(judgement)
}

async fn indistinguishable(lab: &Lab<'_>, operation: Operation, to: &str) -> Judged {
    let strangers = strangers(lab, operation).await?;
    let asking = Asking { operation, credential: Credential::Key(Role::Partner) };
    told_apart(lab, asking, to, &strangers.unknown, &strangers.foreign).await
}

/// The available sessions of another partner.
async fn foreign(lab: &Lab<'_>) -> Result<Vec<Situation>, Obstacle> {
    let count = lab.foreign_sessions().await?.len();
    Ok((0..count).map(Situation::Foreign).collect())
}

/// The attempt that names the other partner, if its key shows who that is, and if the same attempt is refused otherwise.
/// After the others, which it might disturb.
async fn named(lab: &Lab<'_>) -> Option<Situation> {
    let is_known = lab.readable().await.is_ok() && lab.target.key(Role::OtherPartner).is_ok();
    let unnamed = observe(lab, Situation::Foreign(0)).await.ok()?;
    (is_known && unnamed.attempt.status() == Some(404)).then_some(Situation::ForeignNamed)
}

/// How many pages are read: the newest of a long list.
const PAGES: usize = 5;

async fn list_foreign_hidden(lab: &Lab<'_>) -> Judged {
    let mut judgement = Judgement::fine();
    let foreign = or_lacking(lab.foreign_sessions().await, &mut judgement.lacking)?;
    let foreign: Vec<&str> = foreign.iter().flat_map(|sessions| sessions.iter()).map(|one| one.id.as_str()).collect();
    let own = own_partner(lab).await;
    let mut after = None;
    for _ in 0..PAGES {
        let cursor = after.as_deref().map(|after| format!("&starting_after={}", escaped(after))).unwrap_or_default();
        let listed = whole_page(lab, &format!("limit={WHOLE}{cursor}")).await?;
        let Some(Page { data, has_more }) = page(&listed) else { break };
        if let Some(received) = data.iter().find_map(|session| not_own(session, &foreign, own.as_deref())) {
            judgement.findings.push(not_hidden(ALL, received, &listed));
            break;
        }
        let last = data.last().and_then(|session| session.get("id")?.as_str()).map(str::to_owned);
        if has_more != Some(true) || last.is_none() || last == after {
            break;
        }
        after = last;
    }
    for status in STATUSES {
        let listed = list(lab, &format!("limit={WHOLE}&status={status}")).await?;
        let sessions = page(&listed).map(|page| page.data).unwrap_or_default();
        if let Some(received) = sessions.iter().find_map(|session| not_own(session, &foreign, own.as_deref())) {
            judgement.findings.push(not_hidden(status, received, &listed));
        }
    }
    Ok(judgement)
}

fn not_hidden(list: &str, received: String, listed: &Exchange) -> Finding {
    Finding::new("only the partner's own sessions", received, listed).in_case(list)
}

/// The `partner_id` of the partner's own sessions, if they have one and it is stable.
async fn own_partner(lab: &Lab<'_>) -> Option<String> {
    let reading = Reading::open(lab).await.ok()?;
    let partner = |exchange: &Exchange| exchange.response.text("partner_id").map(str::to_owned);
    partner(&reading.first).filter(|first| partner(&reading.last).as_ref() == Some(first))
}

/// Why a session belongs to another partner, if it does.
fn not_own(session: &Value, foreign: &[&str], own: Option<&str>) -> Option<String> {
    let field = |name: &str| session.get(name).and_then(Value::as_str);
    let id = field("id").unwrap_or_default();
    if foreign.contains(&id) {
        return Some(format!("another partner's session {}", body::one_line(id)));
    }
    match (field("partner_id"), own) {
        (Some(partner), Some(own)) if partner != own => {
            let (id, partner) = (body::one_line(id), body::one_line(partner));
            Some(format!(
                "session {id} of partner {partner}, while the partner's own sessions have {}",
                body::one_line(own)
            ))
        }
        _ => None,
    }
}
