//! Traces for a collector, by OTLP over HTTP. Off unless the configuration names one.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config;
use crate::failure::Failure;

/// For one delivery to the collector.
const DELIVERY: Duration = Duration::from_secs(10);
/// For the last deliveries, when the process ends.
const LAST: Duration = Duration::from_secs(3);

/// The way to the collector.
#[derive(Debug)]
pub(crate) struct Telemetry {
    provider: SdkTracerProvider,
}

impl Telemetry {
    /// Prepares the way, if there is a collector. Deliveries run on `runtime`.
    pub(crate) fn start(
        config: &config::Telemetry,
        runtime: &Handle,
    ) -> Result<Option<Self>, Failure> {
        let Some(endpoint) = config.endpoint()? else {
            return Ok(None);
        };
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new("internal_error", format!("traces did not start: {error}"))
        };
        let tls = portcullis_egress::tls_config(&[])
            .map_err(|error| Failure::new(error.code(), error.to_string()))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(DELIVERY)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| failed(&error))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_headers(config.headers()?)
            .with_timeout(DELIVERY)
            .with_http_client(Courier {
                client,
                runtime: runtime.clone(),
            })
            .build()
            .map_err(|error| failed(&error))?;
        let resource = Resource::builder()
            .with_service_name("portcullis")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let sampler =
            Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_share)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource)
            .build();
        Ok(Some(Self { provider }))
    }

    /// What takes spans in: those that are made for it and nothing else, and no event.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("portcullis"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| {
                metadata.is_span() && metadata.target() == portcullis_trace::TARGET
            }))
    }

    /// Delivers what is left.
    pub(crate) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "telemetry.last_traces_not_delivered");
        }
    }
}

/// Carries spans to the collector. The exporter's thread has no runtime, so the process' own does it.
#[derive(Debug)]
struct Courier {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let delivery = async move {
            let mut answer = client
                .execute(request.try_into()?)
                .await?
                .error_for_status()?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            *response.body_mut() = answer.bytes().await?;
            Ok::<_, reqwest::Error>(response)
        };
        // The collector's address may hold a name and a password.
        match self.runtime.spawn(delivery).await {
            Ok(delivered) => delivered.map_err(|error| error.without_url().into()),
            Err(error) => Err(error.into()),
        }
    }
}
