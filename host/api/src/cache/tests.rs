use std::sync::atomic::{AtomicU32, Ordering};

use super::core::{Generations, Scope, Seen};
use super::*;

fn key(account: &str) -> Key {
    Key {
        account_id: account.to_owned(),
        environment: Environment::Sandbox,
        role: Role::Read,
        limits: None,
        url: "/v1/units?limit=100".to_owned(),
    }
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
        let (answer, how) = self
            .cache
            .answer(key(account), token, async { Ok(Filled::Keep(self.made())) })
            .await
            .unwrap();
        (answer.bytes.clone(), how)
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
            .answer(key("acc_1"), token(1), fill)
            .await
            .unwrap();
        assert_eq!(how, How::Bypass(Bypass::FirstSyncRunning));
        let fill = async { Err(Problem::new("database_unavailable")) };
        let failed = rig.cache.answer(key("acc_1"), token(1), fill).await;
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
            .answer(key("acc_1"), token(1), fill)
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
