//! What connectors can only show through the host: the other way to log in, and links that lead elsewhere.

use super::{Stage, stage};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use portcullis_e2e::Gateway;
use portcullis_simulators::{DEMO_CLIENT_ID, DEMO_SECRET, VendorKind};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::task::AbortOnDropHandle;

/// Reads everything with other credentials than the simulator offers first.
async fn read_with(stage: &Stage, credentials: Value) {
    let mut integration = stage.vendor.integration("The other way");
    integration["credentials"] = credentials;
    let id = stage.gateway.integration(integration).await;
    stage.gateway.enable(&id).await;
    let sync = stage.gateway.synced(&id).await;
    stage.was_read(&sync);
    let truth = stage.vendor.all_ids().await;
    for model in &stage.models {
        let served = stage.served(&id, model, false).await;
        assert!(served.keys().eq(&truth[model]), "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_token_needs_no_session() {
    let stage = stage(VendorKind::RentManager).await;
    let credentials = json!({
        "companyCode": "simco",
        "partnerToken": format!("partner-token-{:08x}", 1),
    });
    read_with(&stage, credentials).await;
    for request in stage.vendor.ledger().await {
        let path = request["path"].as_str().unwrap_or_default();
        assert!(!path.starts_with("/Authentication"), "{request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_account_has_a_user_and_a_password() {
    let stage = stage(VendorKind::Entrata).await;
    let credentials = json!({
        "org": "pinecrest", "username": DEMO_CLIENT_ID, "password": DEMO_SECRET,
    });
    read_with(&stage, credentials).await;
}

/// An MRI with one property, whose list goes on at another server.
struct Misleading {
    url: String,
    elsewhere: String,
    heard: Arc<AtomicUsize>,
    _serving: [AbortOnDropHandle<()>; 2],
}

impl Misleading {
    async fn start() -> Self {
        let heard = Arc::new(AtomicUsize::new(0));
        let hear = |State(heard): State<Arc<AtomicUsize>>| async move {
            heard.fetch_add(1, Ordering::Relaxed);
            axum::Json(json!({ "value": [] }))
        };
        let stranger = Router::new().fallback(hear).with_state(Arc::clone(&heard));
        let (elsewhere, other) = serve(stranger).await;
        let vendor = Router::new().fallback(answer).with_state(elsewhere.clone());
        let (url, own) = serve(vendor).await;
        Self {
            url,
            elsewhere,
            heard,
            _serving: [own, other],
        }
    }
}

async fn serve(router: Router) -> (String, AbortOnDropHandle<()>) {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", socket.local_addr().expect("an address"));
    let serving = tokio::spawn(async move {
        axum::serve(socket, router).await.expect("it serves");
    });
    (url, AbortOnDropHandle::new(serving))
}

async fn answer(State(elsewhere): State<String>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if !query.contains("PropertyIDByNameOrAddress") {
        return axum::Json(json!({ "value": [] })).into_response();
    }
    axum::Json(json!({
        "value": [{ "PropertyID": "PR0001", "PropertyName": "The only one" }],
        "nextLink": format!("{elsewhere}/mriapiservices/api.asp?{query}"),
    }))
    .into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_another_server_is_not_followed() {
    let stage = stage(VendorKind::Mri).await;
    let vendor = Misleading::start().await;
    let mut integration = stage.vendor.integration("Misled");
    integration["base_url"] = json!(vendor.url);
    let id = stage.gateway.integration(integration).await;
    stage.gateway.enable(&id).await;
    let sync = stage.gateway.synced(&id).await;
    let run = Gateway::run(&sync, "properties");
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(run["error_code"], "egress_denied", "{run}");
    assert_ne!(vendor.url, vendor.elsewhere);
    assert_eq!(
        vendor.heard.load(Ordering::Relaxed),
        0,
        "nobody there heard of it"
    );
}
