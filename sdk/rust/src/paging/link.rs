//! The `Link` header of RFC 8288.

/// The target of the link whose relation is `next`, as the vendor wrote it:
/// absolute, or relative to the request's own address.
pub fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some(open) = rest.find('<') {
        let close = open + rest[open..].find('>')?;
        let target = &rest[open + 1..close];
        // Commas separate links; those inside a target or a quoted value do not.
        let parameters_end = end_of_parameters(&rest[close + 1..]);
        let parameters = &rest[close + 1..close + 1 + parameters_end];
        if parameters.split(';').any(is_next) {
            return Some(target.trim());
        }
        rest = &rest[close + 1 + parameters_end..];
    }
    None
}

fn end_of_parameters(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    name.trim().eq_ignore_ascii_case("rel")
        && value
            .trim()
            .trim_matches('"')
            .split_ascii_whitespace()
            .any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_is_found_among_others() {
        let header = r#"<https://a/x?p=1,2>; rel="prev"; title="a, b", </x?p=3>; rel=next"#;
        assert_eq!(next_link(header), Some("/x?p=3"));
        assert_eq!(
            next_link(r#"<https://a/3>; rel="last next""#),
            Some("https://a/3")
        );
        assert_eq!(next_link(r#"<https://a/3>; rel="last""#), None);
        assert_eq!(next_link("<https://a/3"), None);
        assert_eq!(next_link(""), None);
    }
}
