use std::io::IoSlice;
use std::pin::Pin;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::file::place;

/// Bytes that differ everywhere.
fn noise(length: usize) -> Bytes {
    (0..length as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

async fn pair() -> (Sending, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (accepted, client) = tokio::join!(listener.accept(), client);
    (Sending::over(accepted.unwrap().0), client.unwrap())
}

/// Writes all of them as a server does: what is left of each, again and again.
async fn write_all(sending: &mut Sending, parts: &[&[u8]]) {
    let mut parts: Vec<&[u8]> = parts.to_vec();
    while !parts.is_empty() {
        let slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut written = std::future::poll_fn(|context| {
            Pin::new(&mut *sending).poll_write_vectored(context, &slices)
        })
        .await
        .unwrap();
        assert!(written > 0);
        while let Some(first) = parts.first_mut() {
            if written < first.len() {
                *first = &first[written..];
                break;
            }
            written -= first.len();
            parts.remove(0);
        }
    }
}

#[test]
fn large_bytes_have_a_place_that_ends_with_them() {
    let bytes = noise(100_000);
    let sealed = seal(bytes.clone());
    assert_eq!(sealed, bytes);
    let whole = place(&sealed).unwrap();
    assert_eq!(whole.offset, 0);
    let part = sealed.slice(30_000..);
    drop(sealed);
    assert_eq!(part, bytes[30_000..], "a part keeps the whole");
    assert_eq!(place(&part).unwrap().offset, 30_000);
    drop(part);

    let small = seal(noise(1_000));
    assert!(place(&small).is_none());
    assert!(place(&bytes).is_none(), "these are nobody's");
}

#[test]
fn nobody_writes_to_a_sealed_file() {
    use std::os::unix::fs::FileExt as _;
    let sealed = seal(noise(20_000));
    let file = place(&sealed).unwrap().file;
    assert!(file.write_at(b"other", 0).is_err());
    assert!(file.set_len(10).is_err());
    assert!(file.set_len(30_000).is_err());
}

#[tokio::test]
async fn what_is_sent_is_what_was_sealed_between_whatever_else_is_sent() {
    let (mut sending, mut client) = pair().await;
    let (one, other) = (seal(noise(300_000)), seal(noise(5_000_000)));
    let plain = noise(70_000);
    let parts: [&[u8]; 6] = [b"head", &one, b"between", &plain, &other, b"tail"];
    let expected = parts.concat();
    let written = async {
        write_all(&mut sending, &parts).await;
        sending.write_all(&one[17..]).await.unwrap();
        sending.shutdown().await.unwrap();
    };
    let mut read = Vec::new();
    let (_, length) = tokio::join!(written, client.read_to_end(&mut read));
    assert_eq!(length.unwrap(), expected.len() + one.len() - 17);
    assert!(read[..expected.len()] == expected);
    assert!(read[expected.len()..] == one[17..]);
}

#[tokio::test]
async fn what_is_on_its_way_arrives_when_nobody_keeps_it_any_more() {
    let (mut sending, mut client) = pair().await;
    // As much as the connection takes unread.
    let bytes = noise(64_000);
    let sealed = seal(bytes.clone());
    write_all(&mut sending, &[&sealed]).await;
    drop(sealed);
    // Whatever lies there now is not it.
    let _others: Vec<Bytes> = (0..50).map(|_| seal(vec![b'x'; 64_000].into())).collect();
    let mut read = vec![0; bytes.len()];
    client.read_exact(&mut read).await.unwrap();
    assert!(read == bytes);
}

#[tokio::test]
async fn who_has_gone_is_an_error() {
    let (mut sending, client) = pair().await;
    drop(client);
    let sealed = seal(noise(1_000_000));
    let sent = async {
        loop {
            sending.write_all(&sealed).await?;
        }
    };
    let ended: std::io::Result<()> = sent.await;
    assert!(ended.is_err());
}
