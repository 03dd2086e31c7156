//! The files that pages load. Their addresses hold a hash of what is in them, so browsers may keep them for ever.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use portcullis_front::Coding;
use sha2::{Digest, Sha256};

struct Asset {
    name: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    /// Compressed once, where that is smaller. Pages are not: they hold tokens beside what people typed, and how well
    /// the two compress together would tell one from the other.
    gzip: Option<Bytes>,
}

static ASSETS: LazyLock<[Asset; 5]> = LazyLock::new(|| {
    [
        Asset::new(
            "console.css",
            "text/css; charset=utf-8",
            include_bytes!("../assets/console.css"),
        ),
        Asset::new(
            "console.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/console.js"),
        ),
        Asset::new(
            "htmx.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/vendor/htmx-2.0.11.min.js"),
        ),
        Asset::new(
            "idiomorph.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/vendor/idiomorph-0.8.0.min.js"),
        ),
        Asset::new(
            "mark.svg",
            "image/svg+xml",
            include_bytes!("../assets/mark.svg"),
        ),
    ]
});

impl Asset {
    fn new(name: &'static str, kind: &'static str, plain: &'static [u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(plain).and_then(|()| encoder.finish());
        Self {
            name,
            kind,
            plain,
            gzip: gzip
                .ok()
                .filter(|gzip| gzip.len() < plain.len())
                .map(Bytes::from),
        }
    }

    /// The body in the form that the caller likes best.
    fn body(&self, headers: &HeaderMap) -> (Bytes, Coding) {
        match (&self.gzip, Coding::wanted(headers)) {
            (Some(gzip), Coding::Gzip) => (gzip.clone(), Coding::Gzip),
            _ => (Bytes::from_static(self.plain), Coding::Identity),
        }
    }
}

/// One hash for all of them: they change together, with the program.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS.iter() {
        hash.update(asset.plain);
    }
    HEXLOWER.encode(&hash.finalize()[..8])
});

/// Where a file is.
pub(crate) fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

pub(crate) fn router() -> Router {
    Router::new()
        .route("/assets/{version}/{name}", get(serve))
        .route("/favicon.ico", get(icon))
}

async fn icon(headers: HeaderMap) -> Response {
    asset("mark.svg", &headers, false)
}

async fn serve(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    asset(&name, &headers, version == *VERSION)
}

fn asset(name: &str, asked: &HeaderMap, is_current: bool) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (body, coding) = asset.body(asked);
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding.header() {
        headers.insert(header::CONTENT_ENCODING, coding);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // What an older or newer program of the same installation names is served, but not kept.
    let keep = if is_current {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}
