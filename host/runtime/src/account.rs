//! Processor time of one call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time that a call has used: what its thread used while the call was polled, less what the gateway's own
/// requests to the vendor took of it.
///
/// The thread's own clock is read and not the one on the wall, so that a busy machine
/// does not make a guest look greedy.
#[derive(Debug, Default)]
pub(crate) struct CpuAccount {
    /// Nanoseconds of all finished polls.
    spent: AtomicU64,
    /// The thread's clock when the present poll began.
    entered: AtomicU64,
}

impl CpuAccount {
    /// What was used up to now. To be asked on the thread of the present poll.
    pub(crate) fn within_poll(&self) -> Duration {
        let present = thread_nanos().saturating_sub(self.entered.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent.load(Ordering::Relaxed).saturating_add(present))
    }

    /// Awaits what the gateway itself does while the guest waits, without charging it to the guest: what an answer of
    /// a vendor costs until it is here is bounded by the request's own limits.
    pub(crate) async fn uncharged<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| {
            let before = thread_nanos();
            let polled = work.as_mut().poll(context);
            let own = thread_nanos().saturating_sub(before);
            // The poll of the guest around this one began so much later, as far as the guest is concerned.
            self.entered.fetch_add(own, Ordering::Relaxed);
            polled
        })
        .await
    }

    /// What all finished polls used.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }
}

fn thread_nanos() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(now.tv_sec)
        .unwrap_or(0)
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::try_from(now.tv_nsec).unwrap_or(0))
}

/// A future whose polls are charged to an account.
pub(crate) struct Metered<F> {
    pub(crate) future: F,
    pub(crate) account: Arc<CpuAccount>,
}

/// Charges on drop, so that a poll that unwinds is charged too.
struct Charge<'a>(&'a CpuAccount);

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        let total = self.0.within_poll();
        self.0.spent.store(
            u64::try_from(total.as_nanos()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let account = Arc::clone(&self.account);
        account.entered.store(thread_nanos(), Ordering::Relaxed);
        let _charge = Charge(&account);
        Pin::new(&mut self.future).poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses so much of the thread's time.
    fn spin(milliseconds: u64) {
        let until = thread_nanos() + milliseconds * 1_000_000;
        while thread_nanos() < until {
            std::hint::spin_loop();
        }
    }

    #[tokio::test]
    async fn the_guest_pays_for_its_own_work_alone() {
        let account = Arc::new(CpuAccount::default());
        let guest = async {
            spin(20);
            let request = async {
                spin(60);
                tokio::task::yield_now().await;
                spin(60);
            };
            account.uncharged(request).await;
            spin(20);
        };
        let future = Box::pin(guest);
        Metered {
            future,
            account: Arc::clone(&account),
        }
        .await;
        let spent = account.spent();
        assert!(spent >= Duration::from_millis(40), "{spent:?}");
        assert!(spent < Duration::from_millis(90), "{spent:?}");
    }
}
