use std::time::Duration;

use super::*;

fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portcullis.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags: Vec<(&str, String)> = flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    Config::load(Some(&path), environment, &flags)
}

/// What is said about a configuration that is wrong, without the folder of the file.
#[track_caller]
fn refusal(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> (String, &'static str) {
    let error = load(file, environment, flags).expect_err("must be refused");
    let mut sentence = error.to_string();
    if let Some(end) = sentence.find("portcullis.toml") {
        let start = sentence[..end].rfind(' ').map_or(0, |space| space + 1);
        sentence.replace_range(start..end, "");
    }
    portcullis_test_codes::record(error.code());
    (sentence, error.code())
}

#[test]
fn later_sources_win() {
    let config = load(
        "data_dir = '/file'\n[server]\nlisten = '127.0.0.1:1'\n[cache]\nmax_bytes = '2 MiB'\nttl = '5m'\n",
        &[
            ("PORTCULLIS_SERVER_LISTEN", "127.0.0.1:2"),
            ("PORTCULLIS_EGRESS_ALLOW_LOOPBACK", "1"),
            ("PORTCULLIS_DATABASE_URL", "postgres://u:p@h/d"),
            ("PORTCULLIS_DATABASE_MAX_CONNECTIONS", "7"),
            ("PORTCULLIS_VAULT_KEY", "0000000000000000000000000000000000000000000000000000000000000001"),
            ("PORTCULLIS_CACHE_MAX_BYTES", ""),
            ("PORTCULLIS_SERVICE_HOST", "10.0.0.1"),
            ("PORTCULLIS_TEST_MEMORY_DUMP", "/tmp/x"),
        ],
        &[("server.listen", "127.0.0.1:3"), ("connectors.trust", "true")],
    )
    .unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.limits.memory, Size::mib(256));
    assert_eq!(config.cache.ttl.0, Duration::from_secs(300));
    assert_eq!(config.cache.max_bytes, Size::mib(2));
    assert_eq!(config.data_dir.as_deref(), Some(Path::new("/file")));
    assert_eq!(config.database.max_connections, 7);
    assert!(config.egress.allow_loopback && config.connectors.trust);
    assert_eq!(
        config.database.url.as_ref().unwrap().expose(),
        "postgres://u:p@h/d"
    );
    assert!(
        config
            .vault
            .key
            .as_ref()
            .unwrap()
            .expose()
            .starts_with("0000")
    );
}

#[test]
fn what_is_wrong_is_one_sentence_with_the_nearest_name() {
    /// A file, variables, flags, and the sentence and the code that they lead to.
    type Case = (&'static str, Pairs, Pairs, &'static str, &'static str);
    type Pairs = &'static [(&'static str, &'static str)];
    let cases: [Case; 12] = [
        (
            "[server]\nlisen = 'x'",
            &[],
            &[],
            "portcullis.toml has no key server.lisen; did you mean server.listen?",
            "config_unknown_key",
        ),
        (
            "[sever]\nlisten = 'x'",
            &[],
            &[],
            "portcullis.toml has no key sever; did you mean server?",
            "config_unknown_key",
        ),
        (
            "listen = 'x'",
            &[],
            &[],
            "portcullis.toml has no key listen; did you mean server.listen?",
            "config_unknown_key",
        ),
        (
            "[cache]\nfrobnicate = 1",
            &[],
            &[],
            "portcullis.toml has no key cache.frobnicate; see `portcullis config print` for all keys",
            "config_unknown_key",
        ),
        (
            "[cache]\nttl = '16m'",
            &[],
            &[],
            "cache.ttl: may be at most 15m (900s)",
            "config_invalid",
        ),
        (
            "[cache]\nttl = 900",
            &[],
            &[],
            "cache.ttl in portcullis.toml: invalid value signed int `900`, expected a duration with its unit in quotes, such as \"15m\" or \"90s\"",
            "config_invalid",
        ),
        (
            "[limits]\nresult = 'huge'",
            &[],
            &[],
            "limits.result in portcullis.toml: invalid value string \"huge\", expected a size such as \"2 MiB\" or a number of bytes",
            "config_invalid",
        ),
        (
            "",
            &[("PORTCULLIS_DATABSE_URL", "x")],
            &[],
            "the environment variable PORTCULLIS_DATABSE_URL means nothing to the gateway; did you mean PORTCULLIS_DATABASE_URL?",
            "config_unknown_variable",
        ),
        (
            "",
            &[("PORTCULLIS_SYNC_CONCURRENCY", "many")],
            &[],
            "sync.concurrency in the environment: invalid value string \"many\", expected a whole number",
            "config_invalid",
        ),
        (
            "",
            &[],
            &[("server.listen", "here")],
            "server.listen in the command line: invalid socket address syntax",
            "config_invalid",
        ),
        (
            "[log]\nformat = 'xml'",
            &[],
            &[],
            "log.format in portcullis.toml: unknown variant: found `xml`, expected ``text` or `json``",
            "config_invalid",
        ),
        (
            "[vault]\nkey_file = '/k'\nkey_command = 'k'",
            &[],
            &[],
            "vault: takes one of key_file, key and key_command, not several",
            "config_invalid",
        ),
    ];
    for (file, environment, flags, sentence, code) in cases {
        assert_eq!(
            refusal(file, environment, flags),
            (sentence.to_owned(), code)
        );
    }
}

#[test]
fn no_two_keys_share_a_variable() {
    let keys = Config::keys().unwrap();
    let names: std::collections::BTreeSet<String> =
        keys.iter().map(|key| source::variable(key)).collect();
    assert_eq!(names.len(), keys.len());
    assert!(keys.contains(&"vault.key".to_owned()) && keys.contains(&"data_dir".to_owned()));
}

#[test]
fn printing_masks_secrets_and_reads_back() {
    let config = load(
        "[limits]\nresult = 1500\n[sync]\nlease = '1m 30s'",
        &[
            ("PORTCULLIS_DATABASE_URL", "postgres://u:hunter2hunter2@h/d"),
            ("PORTCULLIS_VAULT_KEY", "c0ffee"),
        ],
        &[],
    )
    .unwrap();
    let text = config.to_toml().unwrap();
    for printed in [
        &text,
        &config.to_json().unwrap().to_string(),
        &format!("{config:?}"),
    ] {
        assert!(
            !printed.contains("hunter2") && !printed.contains("c0ffee"),
            "{printed}"
        );
    }
    assert!(
        text.contains("url = \"***\"") && text.contains("# key_file is not set"),
        "{text}"
    );
    let again = load(&text, &[], &[]).unwrap();
    assert_eq!(again.to_toml().unwrap(), text);
    assert_eq!(again.limits.result, Size(1500));
    assert_eq!(again.sync.lease.0, Duration::from_secs(90));
}

#[test]
fn the_data_folder_follows_the_desktop_rules() {
    let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/ann"));
    let xdg = |name: &str| match name {
        "XDG_DATA_HOME" => Some(PathBuf::from("/data")),
        _ => Some("/home/ann".into()),
    };
    let of = |variable: &dyn Fn(&str) -> Option<PathBuf>| source::data_dir(false, variable);
    assert_eq!(
        of(&home).unwrap(),
        Path::new("/home/ann/.local/share/portcullis")
    );
    assert_eq!(of(&xdg).unwrap(), Path::new("/data/portcullis"));
    assert_eq!(
        source::data_dir(true, home).unwrap(),
        Path::new("/var/lib/portcullis")
    );
    let nowhere = of(&|_| None).unwrap_err();
    assert_eq!(nowhere.code(), "config_no_data_dir");
    portcullis_test_codes::record(nowhere.code());
}
