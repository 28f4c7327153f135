//! The files that the widget's pages and host pages load, embedded as `scripts/build-widget` left them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_app::page::Files;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The widget was not built before the server.
#[derive(Debug, thiserror::Error)]
#[error("the widget's files are missing: run scripts/build-widget, then build the server again")]
pub struct AssetsMissing;

#[derive(Deserialize)]
struct Manifest {
    wasm: String,
    script: String,
    style: String,
    public: Vec<String>,
}

/// The embedded files, and which of them a page loads.
#[derive(Clone, Debug)]
pub struct Assets {
    files: Files,
    public: Vec<String>,
}

impl Assets {
    /// Finds the embedded files.
    ///
    /// # Errors
    /// [`AssetsMissing`] when the widget has not been built.
    pub fn load() -> Result<Self, AssetsMissing> {
        let manifest = Site::get("manifest.json").ok_or(AssetsMissing)?;
        let Manifest {
            wasm,
            script,
            style,
            public,
        } = serde_json::from_slice(&manifest.data).map_err(|_| AssetsMissing)?;
        let address = |path: String| format!("/{path}");
        Ok(Self {
            files: Files {
                script: address(script),
                wasm: address(wasm),
                style: address(style),
            },
            public,
        })
    }

    /// Files whose names do not exist, for tests of what does not depend on them.
    pub fn none() -> Self {
        let address = |name: &str| format!("/assets/{name}");
        Self {
            files: Files {
                script: address("widget.js"),
                wasm: address("widget.wasm"),
                style: address("widget.css"),
            },
            public: Vec::new(),
        }
    }

    /// What a page loads.
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// Names of the files that stand at the root, such as `gesher.js`.
    pub fn public(&self) -> &[String] {
        &self.public
    }

    /// The size of an embedded file as it is sent with brotli.
    pub fn brotli_size(address: &str) -> Option<usize> {
        Site::get(&format!("{}.br", address.trim_start_matches('/'))).map(|file| file.data.len())
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("ts") => "text/plain; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Whether the browser takes this encoding.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let offered = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
            && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn best(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    for (encoding, extension) in [("br", "br"), ("gzip", "gz")] {
        if accepts(headers, encoding)
            && let Some(file) = Site::get(&format!("{path}.{extension}"))
        {
            return Some((file, Some(encoding)));
        }
    }
    Site::get(path).map(|file| (file, None))
}

/// How long and by whom a file may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its name carries its hash.
    ForEver,
    /// Its name stays the same; other sites load it.
    AskAgain,
}

/// Answers with an embedded file; `None` when there is none of this name.
pub fn serve(path: &str, keep: Keep, request: &HeaderMap) -> Option<Response> {
    let hidden = path.ends_with(".br") || path.ends_with(".gz") || path == "manifest.json";
    let (file, encoding) = best(path, request).filter(|_| !hidden)?;
    let tag = data_encoding::HEXLOWER.encode(&file.metadata.sha256_hash()[..12]);
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).ok()?;
    let (kept, resource) = match keep {
        Keep::ForEver => ("public, max-age=31536000, immutable", "same-origin"),
        Keep::AskAgain => ("public, max-age=300", "cross-origin"),
    };
    let mut response = if request.get(header::IF_NONE_MATCH) == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static(resource));
    headers.insert(header::ETAG, tag);
    if keep == Keep::AskAgain {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}
