use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use chrono::Utc;

use super::core::{Generations, Scope, Seen, Stamp};
use super::*;

fn key(account: &str) -> Arc<Key> {
    Arc::new(Key {
        account_id: account.to_owned(),
        environment: Environment::Sandbox,
        role: Role::Read,
        limits: None,
        url: "/v1/units?limit=100".to_owned(),
    })
}

fn token(generation: i64) -> Option<Token> {
    let mut generations = Generations::default();
    for step in 0..=generation {
        let seen = Seen {
            account_id: "acc_1".to_owned(),
            integration_id: "int_1".to_owned(),
            model: "units".to_owned(),
            generation: step,
        };
        generations.apply(vec![seen], Duration::ZERO);
    }
    generations.token("acc_1", "units", &Scope::Account, Duration::ZERO)
}

struct Rig {
    cache: ResponseCache,
    fills: AtomicU32,
}

impl Rig {
    fn new(ttl: Duration) -> Self {
        Self {
            cache: ResponseCache::new(ttl, 1 << 20, Instant::now()),
            fills: AtomicU32::new(0),
        }
    }

    fn made(&self) -> Answer {
        let n = self.fills.fetch_add(1, Ordering::SeqCst);
        let snapshot = self.cache.origin.elapsed();
        Answer::new(format!("{n}").into_bytes(), Utc::now(), Stamp { snapshot })
    }

    async fn keep(&self, account: &str, token: Option<Token>) -> (Bytes, How) {
        self.wish(account, token, Wish::Any).await
    }

    async fn wish(&self, account: &str, token: Option<Token>, wish: Wish) -> (Bytes, How) {
        let (answer, how) = self
            .cache
            .answer(&key(account), token, wish, async {
                Ok(Filled::Keep(self.made()))
            })
            .await
            .unwrap();
        (answer.plain().bytes.clone(), how)
    }
}

#[tokio::test]
async fn a_second_call_hits_until_data_or_account_differ() {
    let rig = Rig::new(Duration::from_secs(900));
    assert_eq!(rig.keep("acc_1", token(1)).await, ("0".into(), How::Stored));
    let (bytes, how) = rig.keep("acc_1", token(1)).await;
    assert!(bytes == "0" && matches!(how, How::Hit { .. }), "{how:?}");
    assert_eq!(rig.keep("acc_2", token(1)).await, ("1".into(), How::Stored));
    assert_eq!(rig.keep("acc_1", token(2)).await, ("2".into(), How::Stored));
}

#[tokio::test]
async fn nothing_is_kept_when_it_is_too_old_or_may_not_be() {
    let old = Rig::new(Duration::from_millis(1));
    old.keep("acc_1", token(1)).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(old.keep("acc_1", token(1)).await, ("1".into(), How::Stored));

    let off = Rig::new(Duration::ZERO);
    assert_eq!(
        off.keep("acc_1", token(1)).await.1,
        How::Bypass(Bypass::Off)
    );

    let rig = Rig::new(Duration::from_secs(900));
    let unproven = How::Bypass(Bypass::GenerationsUnproven);
    assert_eq!(rig.keep("acc_1", None).await.1, unproven);
    for _ in 0..2 {
        let fill = async { Ok(Filled::Once(rig.made(), Unkept::FirstSyncRunning)) };
        let (_, how) = rig
            .cache
            .answer(&key("acc_1"), token(1), Wish::Any, fill)
            .await
            .unwrap();
        assert_eq!(how, How::Bypass(Bypass::FirstSyncRunning));
        let fill = async { Err(Problem::new("database_unavailable")) };
        let failed = rig
            .cache
            .answer(&key("acc_1"), token(1), Wish::Any, fill)
            .await;
        assert_eq!(failed.unwrap_err().code(), "database_unavailable");
    }
    assert_eq!(rig.keep("acc_1", token(1)).await.1, How::Stored);
}

#[tokio::test]
async fn those_who_wait_share_one_fill() {
    let rig = Rig::new(Duration::from_secs(900));
    let slow = || async {
        let fill = async {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(Filled::Keep(rig.made()))
        };
        rig.cache
            .answer(&key("acc_1"), token(1), Wish::Any, fill)
            .await
            .unwrap()
            .1
    };
    let (a, b, c) = tokio::join!(slow(), slow(), slow());
    let hows = [a, b, c];
    assert_eq!(rig.fills.load(Ordering::SeqCst), 1);
    assert_eq!(hows.iter().filter(|how| **how == How::Stored).count(), 1);
    assert_eq!(hows.iter().filter(|how| **how == How::Collapsed).count(), 2);
}

#[tokio::test]
async fn a_fresh_answer_takes_the_place_of_a_good_one() {
    let rig = Rig::new(Duration::from_secs(900));
    let ask = async |wish| rig.wish("acc_1", token(1), wish).await;
    assert_eq!(ask(Wish::Any).await, ("0".into(), How::Stored));
    assert_eq!(ask(Wish::Fresh).await, ("1".into(), How::Renewed));
    let (bytes, how) = ask(Wish::FreshTooOften).await;
    assert!(
        bytes == "1" && matches!(how, How::HeldBack { .. }),
        "{how:?}"
    );
    let (bytes, how) = ask(Wish::Unkept).await;
    assert!(bytes == "1" && matches!(how, How::Hit { .. }), "{how:?}");

    let other = rig.wish("acc_2", token(1), Wish::Unkept).await;
    assert_eq!(other, ("2".into(), How::Bypass(Bypass::NoStore)));
    assert_eq!(rig.keep("acc_2", token(1)).await, ("3".into(), How::Stored));
}

#[tokio::test]
async fn those_who_want_it_fresh_at_once_share_what_is_begun_after_they_asked() {
    let rig = Rig::new(Duration::from_secs(900));
    rig.keep("acc_1", token(1)).await;
    let fresh = || async {
        let fill = async {
            let made = rig.made();
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(Filled::Keep(made))
        };
        let key = key("acc_1");
        let answered = rig.cache.answer(&key, token(1), Wish::Fresh, fill);
        answered.await.unwrap().1
    };
    let hows = futures_util::future::join_all((0..20).map(|_| fresh())).await;
    let count = |how| hows.iter().filter(|it| **it == how).count();
    assert_eq!((count(How::Renewed), count(How::RenewedTogether)), (2, 18));
    assert_eq!(rig.fills.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn every_form_of_an_answer_is_weighed() {
    let rig = Rig::new(Duration::from_secs(900));
    let (key, token) = (key("acc_1"), token(1));
    let bytes = "unit ".repeat(20_000).into_bytes();
    let stamp = Stamp {
        snapshot: rig.cache.origin.elapsed(),
    };
    let fill = async { Ok(Filled::Keep(Answer::new(bytes, Utc::now(), stamp))) };
    let (answer, _) = rig
        .cache
        .answer(&key, token, Wish::Any, fill)
        .await
        .unwrap();
    rig.cache.entries.run_pending_tasks().await;
    let plain = rig.cache.entries.weighted_size();
    rig.cache.dress(&key, token, &answer, Coding::Gzip).await;
    rig.cache.entries.run_pending_tasks().await;
    let gzip = answer.ready(Coding::Gzip).unwrap();
    assert_eq!(gzip.coding, Coding::Gzip);
    let both = plain + u64::try_from(gzip.bytes.len()).unwrap();
    assert_eq!(rig.cache.entries.weighted_size(), both);
}
