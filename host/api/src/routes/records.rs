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
use crate::auth::Reader;
use crate::cache::core::{Scope, Settledness, Token, may_store};
use crate::cache::wish::Wish;
use crate::cache::{Answer, Filled, How, Key, headers as cache_headers};
use crate::problem::Problem;
use crate::shortcut::Repeatable;
use crate::{export, query, render, routes};
use portcullis_front::Coding;

type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// The list of a model.
pub(crate) fn list(
    spec: &'static ModelSpec,
) -> impl Fn(State<ApiState>, Reader, RawQuery, HeaderMap) -> Answering + Clone + Send + Sync + 'static
{
    move |State(state), reader, RawQuery(raw), headers| {
        Box::pin(async move {
            let pairs = query::parse(raw.as_deref())?;
            let query = RecordQuery::parse(spec, &pairs)?;
            if query.format() != Format::Json {
                return export::answer(&state, &reader.principal, query).await;
            }
            let scope = query.integration_id().map_or_else(
                || every_one(&reader.principal),
                |id| Scope::Integration(id.to_owned()),
            );
            let models = models(spec, query.served());
            let asked = Asked::new(models, &reader.principal, scope, query.canonical());
            // Boxed: what is inside would be copied into every future around it.
            let fill = Box::pin(async {
                let stamp = state.stamp();
                let page = state
                    .service
                    .list_records(&reader.principal, &query)
                    .await?;
                let kept = may_store(&asked.scope, &settledness(page.reached.iter().copied()));
                let data_as_of = page.data_as_of;
                let bytes = render::list(&query, page).map_err(ServiceError::internal)?;
                let answer = Answer::new(bytes, data_as_of, stamp);
                Ok(match kept {
                    Ok(()) => Filled::Keep(answer),
                    Err(why) => Filled::Once(answer, why),
                })
            });
            asked.answer(&state, &reader, &headers, fill).await
        })
    }
}

/// One record of a model.
pub(crate) fn single(
    spec: &'static ModelSpec,
) -> impl Fn(
    State<ApiState>,
    Reader,
    Result<Path<String>, PathRejection>,
    RawQuery,
    HeaderMap,
) -> Answering
+ Clone
+ Send
+ Sync
+ 'static {
    move |State(state), reader, path, RawQuery(raw), headers| {
        Box::pin(async move {
            let id = routes::id_of(path)?;
            let served = Served::parse(spec, &query::parse(raw.as_deref())?)?;
            let url = format!("/v1/{}/{id}?{}", spec.path, served.canonical());
            let scope = every_one(&reader.principal);
            let asked = Asked::new(models(spec, &served), &reader.principal, scope, url);
            let fill = Box::pin(async {
                let stamp = state.stamp();
                let found = state
                    .service
                    .get_record(&reader.principal, spec, &id, &served)
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
            asked.answer(&state, &reader, &headers, fill).await
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
#[derive(Debug)]
pub(crate) struct Asked {
    /// Every model whose records are in the answer.
    models: Vec<&'static str>,
    scope: Scope,
    pub(crate) key: Arc<Key>,
}

impl Asked {
    fn new(
        models: Vec<&'static str>,
        principal: &Principal,
        scope: Scope,
        url: String,
    ) -> Arc<Self> {
        let key = Key {
            account_id: principal.account_id.clone(),
            environment: principal.environment,
            role: principal.role,
            limits: principal.scope.clone(),
            url,
        };
        Arc::new(Self {
            models,
            scope,
            key: Arc::new(key),
        })
    }

    /// The present state of the data that the answer is made of; `None` while it cannot be told.
    pub(crate) fn token(&self, state: &ApiState) -> Option<Token> {
        state
            .freshness
            .token(&self.key.account_id, &self.models, &self.scope)
    }

    /// Answers from the cache or by filling it. The generation is read before `fill` takes its snapshot.
    async fn answer<F>(
        self: &Arc<Self>,
        state: &ApiState,
        reader: &Reader,
        headers: &HeaderMap,
        fill: F,
    ) -> Result<Response, Problem>
    where
        F: Future<Output = Result<Filled, Problem>>,
    {
        let wish = Wish::of(headers);
        let wish = state.quota.granted(wish, &reader.principal.key_id).await;
        let token = self.token(state);
        let (answer, how) = state.cache.answer(&self.key, token, wish, fill).await?;
        let coding = Coding::wanted(headers);
        state.cache.dress(&self.key, token, &answer, coding).await;
        cache_headers::counter(cache_headers::outcome(how)).increment(1);
        let mut response = cache_headers::respond(&answer, how, state.cache.ttl(), headers);
        if !matches!(how, How::Bypass(_)) {
            response.extensions_mut().insert(Repeatable {
                asked: Arc::clone(self),
                key: Arc::clone(&reader.key),
                route: reader.route.clone(),
            });
        }
        Ok(response)
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
