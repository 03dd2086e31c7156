//! `GET /v1/{model}` and `GET /v1/{model}/{id}`, through the cache.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use portcullis_model::ModelSpec;
use portcullis_service::{Format, Principal, RecordQuery, Served, ServiceError, SyncStateWord};

use crate::ApiState;
use crate::auth::Caller;
use crate::cache::core::{Scope, Settledness, may_store};
use crate::cache::{Answer, Filled, Key, headers as cache_headers};
use crate::problem::Problem;
use crate::{export, query, render, routes};

type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// The list of a model.
pub(crate) fn list(
    spec: &'static ModelSpec,
) -> impl Fn(State<ApiState>, Caller, RawQuery, HeaderMap) -> Answering + Clone + Send + Sync + 'static
{
    move |State(state), Caller(principal), RawQuery(raw), headers| {
        Box::pin(async move {
            let pairs = query::parse(raw.as_deref())?;
            let query = RecordQuery::parse(spec, &pairs)?;
            if query.format() != Format::Json {
                return export::answer(&state, &principal, query).await;
            }
            let scope = query.integration_id().map_or_else(
                || every_one(&principal),
                |id| Scope::Integration(id.to_owned()),
            );
            let url = query.canonical();
            let asked = Asked {
                models: models(spec, query.served()),
                principal,
                scope,
                url,
            };
            // Boxed: what is inside would be copied into every future around it.
            let fill = Box::pin(async {
                let stamp = state.stamp();
                let page = state.service.list_records(&asked.principal, &query).await?;
                let kept = may_store(&asked.scope, &settledness(page.reached.iter().copied()));
                let data_as_of = page.data_as_of;
                let bytes = render::list(&query, page).map_err(ServiceError::internal)?;
                let answer = Answer::new(bytes, data_as_of, stamp);
                Ok(match kept {
                    Ok(()) => Filled::Keep(answer),
                    Err(why) => Filled::Once(answer, why),
                })
            });
            asked.answer(&state, &headers, fill).await
        })
    }
}

/// One record of a model.
pub(crate) fn single(
    spec: &'static ModelSpec,
) -> impl Fn(
    State<ApiState>,
    Caller,
    Result<Path<String>, PathRejection>,
    RawQuery,
    HeaderMap,
) -> Answering
+ Clone
+ Send
+ Sync
+ 'static {
    move |State(state), Caller(principal), path, RawQuery(raw), headers| {
        Box::pin(async move {
            let id = routes::id_of(path)?;
            let served = Served::parse(spec, &query::parse(raw.as_deref())?)?;
            let url = format!("/v1/{}/{id}?{}", spec.path, served.canonical());
            let asked = Asked {
                models: models(spec, &served),
                scope: every_one(&principal),
                principal,
                url,
            };
            let fill = Box::pin(async {
                let stamp = state.stamp();
                let found = state
                    .service
                    .get_record(&asked.principal, spec, &id, &served)
                    .await?;
                // A record is about its own integration, though the request could not know which.
                let own = Scope::Integration(found.row.integration_id.clone());
                let states = found.sync_state.iter();
                let states = states.filter(|state| state.model == spec.name);
                let kept = may_store(&own, &settledness(states.map(|state| state.state)));
                let data_as_of = found.data_as_of;
                let bytes = render::single(spec, &served, found).map_err(ServiceError::internal)?;
                let answer = Answer::new(bytes, data_as_of, stamp);
                Ok(match kept {
                    Ok(()) => Filled::Keep(answer),
                    Err(why) => Filled::Once(answer, why),
                })
            });
            asked.answer(&state, &headers, fill).await
        })
    }
}

/// Every integration that the caller reaches.
fn every_one(principal: &Principal) -> Scope {
    principal
        .integrations()
        .map_or(Scope::Account, |ids| Scope::Limited(Arc::clone(ids)))
}

/// What is asked for, as far as the cache is concerned.
struct Asked {
    /// Every model whose records are in the answer.
    models: Vec<&'static str>,
    principal: Arc<Principal>,
    scope: Scope,
    url: String,
}

impl Asked {
    /// Answers from the cache or by filling it. The generation is read before `fill` takes its snapshot.
    async fn answer<F>(
        &self,
        state: &ApiState,
        headers: &HeaderMap,
        fill: F,
    ) -> Result<Response, Problem>
    where
        F: Future<Output = Result<Filled, Problem>>,
    {
        let token = state
            .freshness
            .token(&self.principal.account_id, &self.models, &self.scope);
        let key = Key {
            account_id: self.principal.account_id.clone(),
            environment: self.principal.environment,
            role: self.principal.role,
            limits: self.principal.scope.clone(),
            url: self.url.clone(),
        };
        let (answer, how) = state.cache.answer(key, token, fill).await?;
        Ok(cache_headers::respond(
            &answer,
            how,
            state.cache.ttl(),
            headers,
        ))
    }
}

/// The model that is asked for, and those that are expanded into it.
fn models(spec: &'static ModelSpec, served: &Served) -> Vec<&'static str> {
    let mut models = vec![spec.name];
    models.extend(served.expand.iter().map(|it| it.model));
    models
}

fn settledness(words: impl Iterator<Item = SyncStateWord>) -> Vec<Settledness> {
    words
        .map(|word| match word {
            SyncStateWord::Settled => Settledness::Settled,
            SyncStateWord::FirstSyncRunning => Settledness::FirstSyncRunning,
            SyncStateWord::NotSynced => Settledness::NotSynced,
        })
        .collect()
}
