//! Pages that never end, consistent in themselves: each offset has its row, whichever page asks for it.

use super::{Answer, Vendor, VendorRequest};
use serde_json::Value;

/// Ids of a fresh round lie so far above those of the one before.
const ROUND: u64 = 10_000_000;

/// The total of pages that never end.
const TOTAL: u64 = 1_000_000_000;

/// The rows that a request asks for, out of the first `rows` of the vendor's list, over and over. With `fresh` each round
/// has ids of its own. An answer that is no list of rows is given as it is.
pub(super) fn endless(
    vendor: &dyn Vendor,
    request: &VendorRequest,
    rows: u64,
    fresh: bool,
) -> Answer {
    let rows = rows.max(1);
    let number = |name: &str| {
        let mut pairs = request.query.split('&');
        pairs.find_map(|pair| pair.strip_prefix(name)?.parse::<u64>().ok())
    };
    let (mut offset, mut left) = (
        number("offset=").unwrap_or(0),
        number("limit=").unwrap_or(50),
    );
    let mut page: Vec<Value> = Vec::new();
    loop {
        let within = offset % rows;
        let count = left.min(rows - within);
        let part = VendorRequest {
            method: request.method.clone(),
            path: request.path.clone(),
            query: with(&with(&request.query, "offset=", within), "limit=", count),
            headers: request.headers.clone(),
            body: request.body.clone(),
            sequence: request.sequence,
            repeat_page: false,
            echo_secrets: request.echo_secrets,
        };
        let mut answer = vendor.answer(&part);
        let Ok(mut list) = serde_json::from_slice::<Vec<Value>>(&answer.body) else {
            return answer;
        };
        for row in list.iter_mut().filter(|_| fresh) {
            if let Some(id) = row["Id"].as_u64() {
                row["Id"] = Value::from(id + offset / rows * ROUND);
            }
        }
        page.append(&mut list);
        (offset, left) = (offset + count, left - count);
        if left == 0 {
            answer.headers.retain(|(name, _)| *name != "x-total-count");
            answer.headers.push(("x-total-count", TOTAL.to_string()));
            answer.body = Value::Array(page).to_string().into_bytes();
            return answer;
        }
    }
}

/// The query with another number.
fn with(query: &str, name: &str, number: u64) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with(name))
        .map(str::to_owned)
        .collect();
    pairs.push(format!("{name}{number}"));
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::{Answer, Vendor, VendorRequest, endless};
    use crate::buildium::Buildium;
    use crate::shared::shape::Shape;
    use serde_json::Value;

    fn page(vendor: &Buildium, query: &str, fresh: bool) -> Vec<u64> {
        let mut request = VendorRequest {
            method: "GET".to_owned(),
            path: "/v1/rentals/units".to_owned(),
            query: query.to_owned(),
            ..VendorRequest::default()
        };
        for (name, value) in [
            ("x-buildium-client-id", "me"),
            ("x-buildium-client-secret", "mine"),
        ] {
            request
                .headers
                .insert(name, value.parse().expect("a header"));
        }
        let answer: Answer = endless(vendor as &dyn Vendor, &request, 30, fresh);
        let rows: Vec<Value> = serde_json::from_slice(&answer.body).expect("a list");
        rows.iter().filter_map(|row| row["Id"].as_u64()).collect()
    }

    #[test]
    fn each_offset_has_its_row_whichever_page_asks() {
        let vendor = Buildium::new(Shape::new(1, 3, 60, None), "me", "mine");
        let whole = page(&vendor, "offset=0&limit=100&orderby=Id", true);
        let part = page(&vendor, "offset=25&limit=40&orderby=Id", true);
        assert_eq!((whole.len(), part.as_slice()), (100, &whole[25..65]));
        let distinct: std::collections::BTreeSet<u64> = whole.iter().copied().collect();
        assert_eq!(distinct.len(), 100);
        let same = page(&vendor, "offset=0&limit=100&orderby=Id", false);
        assert_eq!(same[..30], same[30..60]);
    }
}
