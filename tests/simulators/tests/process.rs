//! The simulator as a process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_where_it_listens_and_serves_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis-simulator"));
    command.args([
        "buildium",
        "--units",
        "40",
        "--properties",
        "3",
        "--client-id",
        "me",
        "--secret",
        "mine",
    ]);
    command
        .arg("--ready-file")
        .arg(&file)
        .stdout(Stdio::piped());
    let mut process = Ended(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()).unwrap(),
        ready
    );
    assert_eq!(
        (&ready["client_id"], &ready["secret"]),
        (&Value::from("me"), &Value::from("mine"))
    );

    let ask = |url: &Value, path: &str| {
        let address = url.as_str().unwrap().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let keys =
            "x-buildium-client-id: me\r\nx-buildium-client-secret: mine\r\nconnection: close";
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {address}\r\n{keys}\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let units = ask(&ready["url"], "/v1/rentals/units");
    assert!(
        units.starts_with("HTTP/1.1 200") && units.contains("x-total-count: 40"),
        "{units}"
    );
    let truth = ask(&ready["control_url"], "/_control/truth");
    assert!(
        truth.contains("\"properties\":3") && truth.contains("\"units\":40"),
        "{truth}"
    );
}
