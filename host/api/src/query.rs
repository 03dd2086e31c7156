//! Query strings, read strictly: valid UTF-8, each parameter once, nothing dropped.

use percent_encoding::percent_decode_str;
use portcullis_service::InputProblem;

use crate::problem::Problem;

/// The decoded parameters in the order they were sent.
///
/// # Errors
///
/// `query_not_utf8` for bytes that are not UTF-8, `duplicate_parameter` for a name given twice.
pub(crate) fn parse(raw: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut duplicates = Vec::new();
    for part in raw.unwrap_or("").split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if pairs.iter().any(|(known, _)| *known == name) {
            duplicates.push(InputProblem::parameter(
                name.clone(),
                "duplicate_parameter",
                format!("`{name}` is given more than once. Give it once."),
            ));
        }
        pairs.push((name, value));
    }
    if duplicates.is_empty() {
        Ok(pairs)
    } else {
        Err(portcullis_service::ServiceError::Invalid(duplicates).into())
    }
}

/// Refuses every parameter, for resources that take none.
///
/// # Errors
///
/// `unknown_parameter` for the first one there is.
pub(crate) fn none(raw: Option<&str>) -> Result<(), Problem> {
    let problems: Vec<_> = parse(raw)?
        .into_iter()
        .map(|(name, _)| {
            let detail = format!("`{name}` is not known here. This resource takes no parameters.");
            InputProblem::parameter(name, "unknown_parameter", detail)
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(portcullis_service::ServiceError::Invalid(problems).into())
    }
}

fn decode(text: &str) -> Result<String, Problem> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(Problem::new("query_not_utf8").detail(format!(
            "`{text}` in the query does not decode to UTF-8. Percent-encode the query's bytes as UTF-8."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_doubles_refused() {
        let pairs = parse(Some("a=1&b=x%20y+z&c&d=%C3%A9=")).unwrap();
        let expected = [("a", "1"), ("b", "x y z"), ("c", ""), ("d", "é=")];
        assert!(
            pairs
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
                .eq(expected)
        );
        assert_eq!(
            parse(Some("a=1&%61=2")).unwrap_err().code(),
            "duplicate_parameter"
        );
        assert_eq!(parse(Some("a=%ff")).unwrap_err().code(), "query_not_utf8");
        assert_eq!(none(Some("a=1")).unwrap_err().code(), "unknown_parameter");
        assert!(none(None).is_ok());
    }
}
