//! Lists in pages: `from_id` is the first of a page, `meta.next_id` the first of the next. `per_page` may be up to 1000; that it is 100
//! when nothing is said is ours.

use crate::salt_edge::records::Record;
use crate::salt_edge::refusal::Refusal;
use axum::Json;
use http::Uri;
use serde::Deserialize;
use serde_json::json;

const USUAL: usize = 100;
const MOST: usize = 1000;

/// The part of a query that chooses a page.
#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    from_id: Option<String>,
    per_page: Option<String>,
}

/// The page of the records that is asked for. With `overlapping`, the next begins with the end of this one.
pub(super) fn page(records: Vec<Record>, asked: &Paging, uri: &Uri, overlapping: bool) -> super::Answer {
    let size = match asked.per_page.as_deref().map(str::parse) {
        None => USUAL,
        Some(Ok(size @ 1..=MOST)) => size,
        Some(_) => return Err(Refusal::ValueOutOfRange),
    };
    let from: u64 = match asked.from_id.as_deref() {
        None | Some("") => 0,
        Some(id) => id.parse().map_err(|_| Refusal::ValueOutOfRange)?,
    };
    let mut rest: Vec<Record> = records.into_iter().filter(|(id, _)| *id >= from).collect();
    let next = rest.get(size).map(|(id, _)| *id);
    let next = match rest.get(size.saturating_sub(1)) {
        Some((last, _)) if overlapping && size > 1 => next.map(|_| *last),
        _ => next,
    };
    rest.truncate(size);
    let data: Vec<_> = rest.into_iter().map(|(_, record)| record).collect();
    let next_page = next.map(|id| {
        let kept = uri.query().unwrap_or_default().split('&');
        let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("from_id="));
        let query: String = kept.map(|pair| format!("{pair}&")).collect();
        format!("{}?{query}from_id={id}", uri.path())
    });
    let meta = json!({ "next_id": next.map(|id| id.to_string()), "next_page": next_page });
    Ok(Json(json!({ "data": data, "meta": meta })))
}
