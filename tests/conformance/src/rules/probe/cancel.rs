//! What a successful cancellation answers.

use std::sync::Arc;

use super::session;
use super::unchanged::{self, Ignoring};
use crate::evidence::body;
use crate::lab::{Scene, Situation, Stage};
use crate::rules::verdict::{Finding, Judged, Judgement, Need};
use crate::wire::exchange::Exchange;

/// Fields that a rule of their own speaks of.
const SINGLED_OUT: [&str; 3] = ["id", "object", "status"];

pub(crate) async fn status_201(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| {
        Ok(Judgement::unless(scene.attempt.status() == Some(201), || Finding::of("201", &scene.attempt)))
    })
    .await
}

pub(crate) async fn fields_present(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| session::fields_present(scene.answer()?)).await
}

pub(crate) async fn json(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| session::json(scene.answer()?)).await
}

pub(crate) async fn undocumented_fields(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| session::undocumented_fields(scene.answer()?)).await
}

pub(crate) async fn field_types(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| session::field_types(scene.answer()?, &SINGLED_OUT)).await
}

pub(crate) async fn object(stage: &Stage<'_>) -> Judged {
    field_is(stage, "object", |_| "gate_session".to_owned()).await
}

pub(crate) async fn id(stage: &Stage<'_>) -> Judged {
    field_is(stage, "id", str::to_owned).await
}

pub(crate) async fn marks_cancelled(stage: &Stage<'_>) -> Judged {
    field_is(stage, "status", |_| "cancelled".to_owned()).await
}

pub(crate) async fn changes_nothing_else(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| {
        let answer = scene.answer()?;
        session::of(answer)?;
        let ignoring = otherwise_compared(stage).await;
        let told = unchanged::between(scene.before()?, answer, &ignoring);
        match scene.after() {
            // What is told may be otherwise than what is kept.
            Ok(after) if told.findings.is_empty() => Ok(unchanged::between(scene.before()?, after, &ignoring)),
            _ => Ok(told),
        }
    })
    .await
}

pub(crate) async fn equals_created(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| {
        let answer = scene.answer()?;
        session::of(answer)?;
        match &scene.created {
            Some(created) => Ok(unchanged::between(created, answer, &otherwise_compared(stage).await)),
            None => Err(Need::Creation.into()),
        }
    })
    .await
}

pub(crate) async fn no_client_secret(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| session::no_client_secret(stage, scene.answer()?)).await
}

pub(crate) async fn request_id(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| {
        let answer = scene.answer()?;
        let response = session::success(answer)?;
        Ok(Judgement::unless(response.request_id().is_some(), || {
            let received = if response.header("x-request-id").is_some() { "an empty one" } else { "none" };
            Finding::new("an `X-Request-Id` header", received, answer)
        }))
    })
    .await
}

pub(crate) async fn visible_in_retrieve(stage: &Stage<'_>) -> Judged {
    each(stage, async |scene: Arc<Scene>| {
        session::success(scene.answer()?)?;
        if let Some(gone) = scene.gone() {
            let received = gone.response.status.to_string();
            return Ok(Finding::new("the session, with `status` \"cancelled\"", received, gone).into());
        }
        let after = scene.after()?;
        let status = session::of(after)?.get("status");
        Ok(Judgement::unless(status.is_some_and(|status| status == "cancelled"), || {
            let received = status.map_or("no `status`".to_owned(), |status| body::shown("status", status));
            Finding::new("`status` \"cancelled\" after the cancellation", received, after)
        }))
    })
    .await
}

/// A field of the answer has the value that `wanted` makes of the session's id.
async fn field_is(stage: &Stage<'_>, field: &str, wanted: impl Fn(&str) -> String) -> Judged {
    each(stage, async |scene: Arc<Scene>| {
        let answer: &Exchange = scene.answer()?;
        let wanted = wanted(&scene.id);
        let value = session::of(answer)?.get(field);
        Ok(Judgement::unless(value.is_some_and(|value| *value == wanted), || {
            let received = value.map_or(format!("no `{field}`"), |value| body::shown(field, value));
            Finding::new(format!("`{field}` {wanted:?}"), received, answer)
        }))
    })
    .await
}

/// Judges the cancellation of an open session and, if nothing is wrong with that, of one that has every optional field.
///
/// That such a session can be created is not what is judged here.
async fn each(stage: &Stage<'_>, judge: impl AsyncFn(Arc<Scene>) -> Judged) -> Judged {
    let judgement = judge(stage.scene(Situation::Open).await?).await?;
    match stage.scene(Situation::Full).await {
        Ok(scene) if judgement.findings.is_empty() => judge(scene).await,
        _ => Ok(judgement),
    }
}

/// What is not compared with the session as it was.
async fn otherwise_compared(stage: &Stage<'_>) -> Ignoring {
    Ignoring::fields(&SINGLED_OUT).and(stage.restless_fields().await)
}
