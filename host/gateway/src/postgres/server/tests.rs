use std::os::unix::fs::PermissionsExt;

use super::*;

/// A data folder that the database's user can reach.
fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

fn pid_of(folder: &Path) -> Option<i32> {
    let data = folder.canonicalize().unwrap().join("postgres/data");
    Postmaster::living(&data).map(|postmaster| postmaster.pid)
}

fn recorded(error: &PostgresError) -> &'static str {
    portcullis_test_codes::record(error.code());
    error.code()
}

/// Asks through `psql`, which takes the password from the environment alone.
fn ask(server: &Server, password: &str, what: &str) -> Result<String, String> {
    let output = std::process::Command::new("psql")
        .arg("--host")
        .arg(&server.sockets)
        .args(["--username", ROLE, "--dbname", ROLE, "--no-password"])
        .args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--command",
            what,
        ])
        .env("PGPASSWORD", password)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

#[tokio::test]
async fn the_last_to_leave_stops_it_and_data_stays() {
    let folder = data_folder();
    let first = Server::attach(folder.path()).await.unwrap();
    assert!(!first.adopted());
    let pid = pid_of(folder.path()).unwrap();
    let password = first.password.expose_secret().to_owned();
    for (setting, value) in [
        ("server_encoding", "UTF8"),
        ("lc_collate", "C.UTF-8"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("password_encryption", "scram-sha-256"),
    ] {
        assert_eq!(
            ask(&first, &password, &format!("show {setting}")).unwrap(),
            value,
            "{setting}"
        );
    }
    let refused = ask(&first, "another", "show port").unwrap_err();
    assert!(
        refused.contains("password authentication failed"),
        "{refused}"
    );

    let second = Server::attach(folder.path()).await.unwrap();
    assert!(second.adopted());
    assert_eq!(pid_of(folder.path()), Some(pid));
    assert!(!first.detach().await.unwrap(), "somebody else uses it");
    assert_eq!(pid_of(folder.path()), Some(pid));
    ask(&second, &password, "create table kept ()").unwrap();
    assert!(second.detach().await.unwrap());
    assert_eq!(pid_of(folder.path()), None);

    let again = Server::attach(folder.path()).await.unwrap();
    assert!(!again.adopted());
    assert_eq!(ask(&again, &password, "table kept").unwrap(), "");
    assert!(again.detach().await.unwrap());
}

#[tokio::test]
async fn a_server_that_outlived_its_gateway_is_adopted() {
    let folder = data_folder();
    let first = Server::attach(folder.path()).await.unwrap();
    let pid = pid_of(folder.path());
    // What a kill leaves behind: locks given back, server alive.
    drop(first);
    let second = Server::attach(folder.path()).await.unwrap();
    assert!(second.adopted());
    assert_eq!(pid_of(folder.path()), pid);
    assert!(second.detach().await.unwrap());
    assert_eq!(pid_of(folder.path()), None);
}

#[tokio::test]
async fn many_at_once_share_one_server() {
    let folder = data_folder();
    let attach = || Server::attach(folder.path());
    let (a, b, c) = tokio::join!(attach(), attach(), attach());
    let servers = [a.unwrap(), b.unwrap(), c.unwrap()];
    assert_eq!(servers.iter().filter(|server| !server.adopted()).count(), 1);
    let mut stopped = Vec::new();
    for server in servers {
        stopped.push(server.detach().await.unwrap());
    }
    assert_eq!(stopped, [false, false, true]);
}

#[tokio::test]
async fn a_crashed_server_and_a_half_made_cluster_are_started_anew() {
    let folder = data_folder();
    let first = Server::attach(folder.path()).await.unwrap();
    let password = first.password.expose_secret().to_owned();
    ask(&first, &password, "create table kept ()").unwrap();
    let pid = pid_of(folder.path()).unwrap();
    Postmaster::living(&first.layout.data)
        .unwrap()
        .ask_to_stop(false);
    while pid_of(folder.path()).is_some() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    drop(first);
    let second = Server::attach(folder.path()).await.unwrap();
    assert_ne!(pid_of(folder.path()), Some(pid));
    assert_eq!(ask(&second, &password, "table kept").unwrap(), "");
    let data = second.layout.data.clone();
    let unfinished = second.layout.unfinished.clone();
    assert!(second.detach().await.unwrap());

    // Killed inside initdb: the cluster was never renamed.
    std::fs::rename(&data, &unfinished).unwrap();
    let third = Server::attach(folder.path()).await.unwrap();
    assert!(!unfinished.exists());
    assert!(
        ask(&third, &password, "table kept")
            .unwrap_err()
            .contains("does not exist")
    );
    assert!(third.detach().await.unwrap());
}

#[tokio::test]
async fn a_long_path_works_and_a_lost_password_is_said() {
    let folder = data_folder();
    let long = folder.path().join("x".repeat(120));
    std::fs::create_dir(&long).unwrap();
    std::fs::set_permissions(&long, std::fs::Permissions::from_mode(0o711)).unwrap();
    let server = Server::attach(&long).await.unwrap();
    let sockets = server.sockets.clone();
    assert!(sockets.as_os_str().len() < 60, "{sockets:?}");
    let password = server.password.expose_secret().to_owned();
    assert_eq!(ask(&server, &password, "show port").unwrap(), "5432");
    assert!(server.url().expose_secret().contains("host=%2F"));
    let password_file = server.layout.password.clone();
    assert!(server.detach().await.unwrap());
    std::fs::remove_dir_all(sockets).unwrap();

    std::fs::remove_file(password_file).unwrap();
    let error = Server::attach(&long).await.unwrap_err();
    assert_eq!(recorded(&error), "postgres_password_missing");
}

#[tokio::test]
async fn a_server_with_another_password_is_left_alone() {
    let folder = data_folder();
    let first = Server::attach(folder.path()).await.unwrap();
    let pid = pid_of(folder.path());
    let (password, mark) = (
        first.layout.password.clone(),
        first.layout.database_made.clone(),
    );
    let right = std::fs::read_to_string(&password).unwrap();
    // Its gateway was killed, somebody put another password file there, and the database is to be made.
    drop(first);
    std::fs::write(&password, "another").unwrap();
    std::fs::remove_file(&mark).unwrap();
    let error = Server::attach(folder.path()).await.unwrap_err();
    assert_eq!(recorded(&error), "postgres_foreign");
    assert_eq!(pid_of(folder.path()), pid, "it goes on for its own");

    std::fs::write(&password, right).unwrap();
    let again = Server::attach(folder.path()).await.unwrap();
    assert!(again.detach().await.unwrap());
    // A server that is started for it does not take the password either, and is not left running.
    std::fs::write(&password, "another").unwrap();
    std::fs::remove_file(&mark).unwrap();
    let error = Server::attach(folder.path()).await.unwrap_err();
    assert_eq!(recorded(&error), "postgres_prepare_failed");
    assert!(error.to_string().contains("createdb"), "{error}");
    assert_eq!(pid_of(folder.path()), None);
}

#[tokio::test]
async fn a_server_that_does_not_start_says_why() {
    let folder = data_folder();
    let server = Server::attach(folder.path()).await.unwrap();
    let settings = server.layout.data.join("postgresql.conf");
    assert!(server.detach().await.unwrap());
    std::fs::write(settings, "no_such_setting = on\n").unwrap();
    let error = Server::attach(folder.path()).await.unwrap_err();
    assert_eq!(recorded(&error), "postgres_start_failed");
    assert!(error.to_string().contains("postgresql.conf"), "{error}");
}

#[tokio::test]
async fn a_turn_that_is_never_given_back_is_not_waited_for_without_end() {
    let folder = data_folder();
    let layout = Layout::of(folder.path());
    let _turn = take_turn(&layout).await.unwrap();
    tokio::time::pause();
    let error = take_turn(&layout).await.unwrap_err();
    assert_eq!(recorded(&error), "postgres_busy");
}

#[tokio::test]
async fn a_server_that_does_not_stop_is_named() {
    let folder = data_folder();
    let server = Server::attach(folder.path()).await.unwrap();
    let pid = pid_of(folder.path()).unwrap();
    let signal = |signal| {
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    };
    // A stopped process hears no request to end.
    signal(rustix::process::Signal::STOP);
    tokio::time::pause();
    let error = server.detach().await.unwrap_err();
    tokio::time::resume();
    assert_eq!(recorded(&error), "postgres_stop_failed");
    assert!(error.to_string().contains(&pid.to_string()), "{error}");
    signal(rustix::process::Signal::CONT);
    while pid_of(folder.path()).is_some() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
