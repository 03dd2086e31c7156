use portcullis_egress::{HostRule, HttpError, Policy};
use proptest::prelude::*;

fn policy() -> Policy {
    Policy::builder()
        .allow_host(HostRule::parse("api.vendor.test").unwrap())
        .allow_host(HostRule::parse("*.tenants.vendor.test").unwrap())
        .allow_host(HostRule::parse("ports.vendor.test:8443").unwrap())
        .build()
}

#[test]
fn what_is_listed_is_admitted() {
    for url in [
        "https://api.vendor.test",
        "https://api.vendor.test:443/v1?a=b",
        "https://API.Vendor.TEST/v1",
        "https://api.vendor.test./v1",
        "https://acme.tenants.vendor.test/",
        "https://ports.vendor.test:8443/x",
    ] {
        let allowed = policy().check(url).unwrap();
        assert!(!allowed.is_loopback_origin());
        assert!(!allowed.url().host_str().unwrap().ends_with('.'), "{url}");
    }
}

#[test]
fn all_else_is_denied() {
    for url in [
        "http://api.vendor.test/",
        "ftp://api.vendor.test/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "https://api.vendor.test:8443/",
        "https://ports.vendor.test/",
        "https://vendor.test/",
        "https://tenants.vendor.test/",
        "https://a.b.tenants.vendor.test/",
        "https://xtenants.vendor.test/",
        "https://api.vendor.test.evil.test/",
        "https://evil.test/api.vendor.test",
        "https://user@api.vendor.test/",
        "https://user:pass@api.vendor.test/",
        "https://@api.vendor.test/",
        "https://api.vendor.test@evil.test/",
        "https://api.vendor.test/#fragment",
        "https://api.vendor.test/#",
        // Every way to write an address, public or not.
        "https://1.1.1.1/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://2852039166/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://[fd00:ec2::254]/",
        "https://localhost/",
    ] {
        let result = policy().check(url);
        assert!(
            matches!(result, Err(HttpError::Denied(_))),
            "{url}: {result:?}"
        );
        let nothing = Policy::builder().build().check(url);
        assert!(nothing.is_err(), "{url}");
    }
}

#[test]
fn what_is_no_url_is_invalid() {
    for url in [
        "",
        "/v1/units",
        "api.vendor.test/v1",
        "https://api.vendor.test\\@evil.test/",
        "https:\\\\api.vendor.test/",
        "https://api.vendor.test/\tx",
        "https://api.vendor.test/a b",
        "https://api.vendor.test/\r\nhost: evil.test",
        "https://api.vendor.test/\0",
        "https://[fe80::1%25eth0]/",
        "https:///",
    ] {
        let result = policy().check(url);
        assert!(
            matches!(result, Err(HttpError::InvalidRequest(_))),
            "{url:?}: {result:?}"
        );
    }
    let long = format!("https://api.vendor.test/{}", "a".repeat(20_000));
    assert!(matches!(
        policy().check(&long),
        Err(HttpError::InvalidRequest(_))
    ));
}

#[test]
fn a_listed_address_must_still_be_public() {
    for literal in [
        "127.0.0.1",
        "10.0.0.1",
        "[::1]",
        "[fd00::1]",
        "169.254.169.254",
    ] {
        let policy = Policy::builder()
            .allow_host(HostRule::parse(literal).unwrap())
            .build();
        let result = policy.check(&format!("https://{literal}/"));
        assert!(matches!(result, Err(HttpError::Denied(_))), "{literal}");
    }
    let policy = Policy::builder()
        .allow_host(HostRule::parse("1.1.1.1").unwrap())
        .build();
    assert!(policy.check("https://1.1.1.1/").is_ok());
}

#[test]
fn loopback_is_admitted_for_one_origin_only() {
    let policy = Policy::builder()
        .allow_loopback("http://127.0.0.1:8080/v1")
        .unwrap()
        .build();
    assert!(
        policy
            .check("http://127.0.0.1:8080/x")
            .unwrap()
            .is_loopback_origin()
    );
    for url in [
        "https://127.0.0.1:8080/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8080/",
        "http://localhost:8080/",
        "http://[::1]:8080/",
    ] {
        assert!(
            matches!(policy.check(url), Err(HttpError::Denied(_))),
            "{url}"
        );
    }
    // An operator's base URL is no way into the private network.
    let private = Policy::builder()
        .allow_loopback("http://10.0.0.1:80")
        .unwrap()
        .build();
    assert!(matches!(
        private.check("http://10.0.0.1/"),
        Err(HttpError::Denied(_))
    ));
}

#[test]
fn rules_that_would_say_too_much_are_none() {
    for text in [
        "*",
        "*.com",
        "*foo.test",
        "a.*.test",
        "**.vendor.test",
        "",
        "a/b",
        "a@b",
        "*.1.2.3.4",
        "{db}.vendor.test",
        "a b",
        "https://vendor.test",
        "vendor.test:port",
    ] {
        assert!(HostRule::parse(text).is_err(), "{text}");
    }
}

#[test]
fn settings_fill_in_one_label() {
    let rule = |value: &'static str| {
        HostRule::from_template("{db}.api.vendor.test", |name| {
            (name == "db").then_some(value)
        })
    };
    assert_eq!(rule("acme").unwrap().to_string(), "acme.api.vendor.test");
    for value in [
        "",
        "a.b",
        "evil.test/",
        "evil.test#",
        "a:80",
        "*",
        "a@b",
        "é",
    ] {
        assert!(rule(value).is_err(), "{value}");
    }
    assert!(HostRule::from_template("{other}.test", |_| None).is_err());

    let own = HostRule::host_of("https://pms.customer.test:8443/api").unwrap();
    assert_eq!(own.to_string(), "pms.customer.test:8443");
    assert_eq!(
        HostRule::host_of("PMS.customer.test").unwrap().to_string(),
        "pms.customer.test"
    );
    for text in [
        "http://customer.test",
        "https://u@customer.test",
        "*.customer.test",
        "",
    ] {
        assert!(HostRule::host_of(text).is_err(), "{text}");
    }
}

#[test]
fn a_fingerprint_is_what_is_admitted() {
    let rule = |text| HostRule::parse(text).unwrap();
    let ab = Policy::builder()
        .allow_host(rule("a.test"))
        .allow_host(rule("b.test"));
    let ba = Policy::builder().allow_hosts([rule("b.test"), rule("a.test"), rule("A.test.")]);
    assert_eq!(ab.clone().build().fingerprint(), ba.build().fingerprint());
    let more = ab.clone().allow_loopback("http://localhost:1").unwrap();
    assert_ne!(ab.build().fingerprint(), more.build().fingerprint());
}

proptest! {
    /// Whatever surrounds an allowed name, only the allowed hosts get through.
    #[test]
    fn nothing_but_the_listed_hosts(
        scheme in "(https|http|HTTPS|ws|https:)",
        before in "[a-z.@:/\\\\%*?#0-9-]{0,6}",
        after in "[a-z.@:/\\\\%*?#0-9-]{0,6}",
        path in "(/[ -~]{0,8})?",
    ) {
        let url = format!("{scheme}://{before}api.vendor.test{after}{path}");
        if let Ok(allowed) = policy().check(&url) {
            prop_assert_eq!(allowed.url().scheme(), "https");
            let host = allowed.url().host_str().unwrap();
            prop_assert_eq!(host, allowed.host());
            prop_assert!(host == "api.vendor.test", "{}", url);
            prop_assert_eq!(allowed.port(), 443);
            prop_assert!(allowed.url().username().is_empty() && allowed.url().fragment().is_none());
        }
    }
}
