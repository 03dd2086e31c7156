//! Which form of an answer a caller wants: `Accept-Encoding`, as RFC 9110 reads it.
//!
//! Gzip is the one coding beside none: every client speaks it. What others would save beyond it on these bodies is
//! less than a second copy of each answer costs.

use http::{HeaderMap, HeaderValue, header};

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// Compressed, RFC 1952.
    Gzip,
}

impl Coding {
    /// The coding that the caller likes best. Where it likes two alike, the smaller body.
    ///
    /// A caller that accepts nothing of what there is gets the body as it is: better than none.
    #[must_use]
    pub fn wanted(headers: &HeaderMap) -> Self {
        let mut gzip = None;
        let mut identity = None;
        let mut others = None;
        let values = headers.get_all(header::ACCEPT_ENCODING).iter();
        for part in values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
        {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            let Some(weight) = weight(parameters) else {
                continue;
            };
            match name.trim() {
                name if name.eq_ignore_ascii_case("gzip")
                    || name.eq_ignore_ascii_case("x-gzip") =>
                {
                    gzip = gzip.max(Some(weight));
                }
                name if name.eq_ignore_ascii_case("identity") => identity = Some(weight),
                "*" => others = Some(weight),
                _ => {}
            }
        }
        match gzip.or(others) {
            // Not named, it is liked least of what is acceptable.
            Some(gzip) if gzip > 0 && gzip >= identity.unwrap_or(0) => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// What `Content-Encoding` says.
    #[must_use]
    pub fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
        }
    }
}

/// The `q` of a coding in thousandths: 1000 where there is none, nothing where it cannot be read.
fn weight(parameters: &str) -> Option<u16> {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return Some(1000);
    }
    let (name, value) = parameters.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, rest) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let digits = rest.len() <= 3 && rest.bytes().all(|b| b.is_ascii_digit());
    let thousandths = format!("{rest:0<3}")
        .parse::<u16>()
        .ok()
        .filter(|_| digits)?;
    match (whole, thousandths) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_follows_the_weights() {
        use Coding::{Gzip, Identity};
        for (sent, expected) in [
            ("gzip", Gzip),
            ("GZIP", Gzip),
            ("x-gzip", Gzip),
            ("gzip, deflate, br", Gzip),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", Gzip),
            ("deflate , gzip ; q=0.5", Gzip),
            ("gzip;q=0.001", Gzip),
            ("identity, gzip", Gzip),
            ("*", Gzip),
            ("*;q=0.5", Gzip),
            ("gzip;q=0.5, identity;q=0.4", Gzip),
            ("gzip;q=0, gzip", Gzip),
            ("", Identity),
            ("br", Identity),
            ("identity", Identity),
            ("gzip;q=0", Identity),
            ("gzip;q=0.000", Identity),
            ("gzip;q=0, *", Identity),
            ("*;q=0", Identity),
            ("gzip;q=0.5, identity", Identity),
            ("gzip;q=2", Identity),
            ("gzip;q=1.001", Identity),
            ("gzip;q=0.0001", Identity),
            ("gzip;level=9", Identity),
            ("gzipped", Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, sent.parse().unwrap());
            assert_eq!(Coding::wanted(&headers), expected, "{sent}");
        }
        assert_eq!(Coding::wanted(&HeaderMap::new()), Identity);
        let mut two = HeaderMap::new();
        two.append(header::ACCEPT_ENCODING, "br".parse().unwrap());
        two.append(header::ACCEPT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(Coding::wanted(&two), Gzip);
    }
}
