//! What a successful cancellation answers.

use serde_json::Value;

use super::session;
use super::unchanged::{self, Ignoring};
use crate::body;
use crate::contract::CONTRACT;
use crate::stage::{Situation, Stage};
use crate::verdict::{Finding, Judged, Judgement};

/// Fields that a rule of their own speaks of.
const SINGLED_OUT: [&str; 3] = ["id", "object", "status"];

pub(crate) async fn status_201(stage: &Stage<'_>) -> Judged {
    let scene = stage.scene(Situation::Open).await?;
    let status = scene.cancel.response.status;
    Ok(Judgement::unless(status == 201, || Finding::new("201", status.to_string(), &scene.cancel)))
}

pub(crate) async fn fields_present(stage: &Stage<'_>) -> Judged {
    session::fields_present(&stage.scene(Situation::Open).await?.cancel)
}

pub(crate) async fn field_types(stage: &Stage<'_>) -> Judged {
    let scene = stage.scene(Situation::Open).await?;
    let body = Value::Object(session::of(&scene.cancel)?.clone());
    let findings: Vec<Finding> = CONTRACT
        .misfits(&body)
        .into_iter()
        .filter(|misfit| !SINGLED_OUT.contains(&misfit.field.as_str()))
        .map(|misfit| {
            let value = body::shown(&misfit.field, body.get(&misfit.field).unwrap_or(&Value::Null));
            let expected = format!("`{}` as the contract describes it", misfit.field);
            let received = format!("{value}: {}", body::one_line(&misfit.message));
            Finding::new(expected, received, &scene.cancel)
        })
        .collect();
    Ok(findings.into())
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
    let scene = stage.scene(Situation::Open).await?;
    session::of(&scene.cancel)?;
    let ignoring = Ignoring::fields(&SINGLED_OUT).and(stage.restless_fields().await);
    Ok(unchanged::between(scene.before()?, &scene.cancel, &ignoring))
}

pub(crate) async fn no_client_secret(stage: &Stage<'_>) -> Judged {
    session::no_client_secret(stage, &stage.scene(Situation::Open).await?.cancel)
}

pub(crate) async fn request_id(stage: &Stage<'_>) -> Judged {
    let scene = stage.scene(Situation::Open).await?;
    let response = session::success(&scene.cancel)?;
    Ok(Judgement::unless(response.request_id().is_some(), || {
        let received = if response.header("x-request-id").is_some() { "an empty one" } else { "none" };
        Finding::new("an `X-Request-Id` header", received, &scene.cancel)
    }))
}

pub(crate) async fn visible_in_retrieve(stage: &Stage<'_>) -> Judged {
    let scene = stage.scene(Situation::Open).await?;
    session::success(&scene.cancel)?;
    let after = scene.after()?;
    let status = session::of(after)?.get("status");
    Ok(Judgement::unless(status.is_some_and(|status| status == "cancelled"), || {
        let received = status.map_or("no `status`".to_owned(), |status| body::shown("status", status));
        Finding::new("`status` \"cancelled\" after the cancellation", received, after)
    }))
}

/// A field of the answer has the value that `wanted` makes of the session's id.
async fn field_is(stage: &Stage<'_>, field: &str, wanted: impl Fn(&str) -> String) -> Judged {
    let scene = stage.scene(Situation::Open).await?;
    let wanted = wanted(&scene.id);
    let value = session::of(&scene.cancel)?.get(field);
    Ok(Judgement::unless(value.is_some_and(|value| *value == wanted), || {
        let received = value.map_or(format!("no `{field}`"), |value| body::shown(field, value));
        Finding::new(format!("`{field}` {wanted:?}"), received, &scene.cancel)
    }))
}
