//! What all replicas know together about one limit, and how one of them takes its part. Pure: the same code runs
//! against Postgres and against a test's clock.
//!
//! A window of `n` requests is `n` places. A place is taken by a permit that a replica holds, and by a request from its
//! departure until one window after the vendor has counted it. When the vendor counts is unknown; but whatever the
//! point of its work at which it does so, between two requests that point moves by no more than the slower one's
//! latency exceeds the fastest latency that there can be. So a place is free one window after the head of the answer,
//! less that fastest latency. It is taken to lie below the fastest one seen by half of how far latencies are apart,
//! and there is no deduction as long as a replica has not seen enough answers to tell.

use serde::{Deserialize, Serialize};

/// How far ahead a permit may be given for a place that is still taken.
pub(super) const AHEAD_MS: i64 = 500;
/// How long permits and lanes are held without a word from the holder.
pub(super) const HOLD_MS: i64 = 1_500;
/// Answers that a replica must have seen before it trusts the fastest of them.
const ENOUGH_ANSWERS: u32 = 40;
/// Above so many entries the oldest are merged, each to its latest.
const MANY_ENTRIES: usize = 256;
/// Lanes that do not divide evenly go round the replicas, this long to each.
const TURN_MS: i64 = 500;
/// A wish that cannot be granted within the patience of a request is not queued for.
const QUEUE_MS: i64 = 2_000;

/// What the manifest declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Requests, and milliseconds.
    pub(super) windows: Vec<(u32, i64)>,
    /// Requests under way at once.
    pub(super) concurrency: Option<u32>,
}

impl Terms {
    pub(super) fn longest_ms(&self) -> i64 {
        self.windows.iter().map(|(_, per)| *per).max().unwrap_or(0)
    }

    /// Clocks and timers are no better than this; half a percent of a window costs little.
    fn guard_ms(per: i64) -> i64 {
        (per / 200).clamp(3, 50)
    }
}

/// One limit as the database keeps it. All times are the database's, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shared {
    /// When heads of answers came, and of how many; oldest first.
    spent: Vec<(i64, u32)>,
    holders: Vec<Holder>,
    /// The vendor wants nothing before.
    blocked_until: i64,
    /// Requests that the vendor still grants until then.
    left: Option<(u32, i64)>,
    /// The fastest answer that any replica has seen, in milliseconds.
    fastest: Option<i64>,
}

/// A replica that holds or wants something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    id: String,
    until: i64,
    /// How long after `until` a request of its may still be counted.
    tail: i64,
    /// Permits in hand, and requests without an answer.
    permits: u32,
    /// Requests that it may have under way, or still has.
    lanes: u32,
    lane_wish: u32,
    /// Permits that it waits for.
    wish: u32,
    since: i64,
}

/// What a replica says when it comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    pub(super) holder: String,
    /// When heads of answers came, in the database's time.
    pub(super) heads: Vec<i64>,
    /// Permits in hand and requests without an answer.
    pub(super) permits: u32,
    /// Requests under way, their bodies included.
    pub(super) out: u32,
    /// Permits that it wants beyond those.
    pub(super) wish: u32,
    /// Requests that it wants under way at once.
    pub(super) lane_wish: u32,
    /// Its own fastest answer, how many it has seen, and the slowest lately, in milliseconds.
    pub(super) fastest: Option<i64>,
    pub(super) answers: u32,
    pub(super) slowest: i64,
    /// What the vendor said: nothing before then; so many left until then.
    pub(super) blocked_until: Option<i64>,
    pub(super) left: Option<(u32, i64)>,
}

/// What a replica gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Grant {
    /// From when on each permit may be used.
    pub(super) from: Vec<i64>,
    /// How long all that it holds is good.
    pub(super) until: i64,
    /// Requests that it may have under way. It may have more out from before, but begins none beside them.
    pub(super) lanes: u32,
    /// When its part of the lanes changes hands.
    pub(super) turn_ends: Option<i64>,
    /// When more can be had, if the wish was not granted whole.
    pub(super) next: Option<i64>,
}

impl Shared {
    /// Takes in what a replica says and gives what there is.
    pub(super) fn visit(&mut self, terms: &Terms, report: &Report, now: i64) -> Grant {
        self.settle(terms, now);
        self.learn(report, now);
        let mine = self.sign_in(report, now);

        let mut grant = Grant {
            until: now + HOLD_MS,
            ..Grant::default()
        };
        let deduction = match (report.fastest, self.fastest) {
            (Some(own), Some(all)) if report.answers >= ENOUGH_ANSWERS => {
                let fastest = own.min(all);
                (fastest - (report.slowest - fastest).max(0) / 2).max(0)
            }
            _ => 0,
        };
        let taken = self.permits() + self.promised(mine);
        for number in 0..report.wish {
            let from = self.place(terms, taken + number, deduction, now);
            if from > now + AHEAD_MS {
                grant.next = Some(from);
                break;
            }
            grant.from.push(from);
            if let Some((left, _)) = &mut self.left {
                *left = left.saturating_sub(1);
            }
        }
        let given = u32::try_from(grant.from.len()).unwrap_or(u32::MAX);
        (grant.lanes, grant.turn_ends) = self.lanes(terms, mine, now);
        let holder = &mut self.holders[mine];
        holder.permits += given;
        holder.wish = report.wish - given;
        if given > 0 {
            holder.since = now;
        }
        if grant.next.is_some_and(|next| next > now + QUEUE_MS) {
            holder.wish = 0;
        }
        // Without a limit there is nothing to share.
        holder.lanes = terms.concurrency.map_or(0, |_| grant.lanes.max(report.out));
        if holder.permits == 0 && holder.lanes == 0 && holder.wish == 0 && holder.lane_wish == 0 {
            self.holders.remove(mine);
        }
        grant
    }

    /// How long this state says something, in milliseconds from `now`.
    pub(super) fn keep_ms(&self, terms: &Terms, now: i64) -> i64 {
        let spent = self.spent.last().map_or(0, |(head, _)| *head) + terms.longest_ms();
        let left = self.left.map_or(0, |(_, until)| until);
        // A holder may go on for long; its row is written anew each time.
        let held = now + HOLD_MS + terms.longest_ms();
        spent.max(left).max(self.blocked_until).max(held) - now + 60_000
    }

    /// The vendor wants nothing before.
    pub(super) fn blocked_until(&self) -> i64 {
        self.blocked_until
    }

    /// Forgets what is over. Times that lie further ahead than they can be come from a clock that was set back.
    fn settle(&mut self, terms: &Terms, now: i64) {
        for holder in &mut self.holders {
            holder.until = holder.until.min(now + HOLD_MS);
            holder.since = holder.since.min(now);
            if holder.until <= now && holder.permits > 0 {
                // It fell silent: its requests may have left until its time was over.
                self.spent
                    .push((holder.until + holder.tail, holder.permits));
                holder.permits = 0;
            }
        }
        self.holders.retain(|holder| {
            holder.until > now || (holder.lanes > 0 && holder.until + holder.tail > now)
        });
        let longest = terms.longest_ms();
        self.spent
            .retain(|(head, _)| *head + longest > now - Terms::guard_ms(longest));
        self.spent.sort_unstable();
        self.spent.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
        if self.spent.len() > MANY_ENTRIES {
            self.merge(longest / 128);
        }
        if self.left.is_some_and(|(_, until)| until <= now) {
            self.left = None;
        }
    }

    /// Merges neighbours from the oldest on until there are few enough; the later head stands for both.
    fn merge(&mut self, within: i64) {
        let mut surplus = self.spent.len() - MANY_ENTRIES;
        let mut merged: Vec<(i64, u32)> = Vec::with_capacity(MANY_ENTRIES);
        // How far the first of a merged entry lies back.
        let mut first = i64::MIN;
        for (head, count) in self.spent.drain(..) {
            match merged.last_mut() {
                Some(last) if surplus > 0 && head - first <= within => {
                    *last = (head, last.1 + count);
                    surplus -= 1;
                }
                _ => {
                    first = head;
                    merged.push((head, count));
                }
            }
        }
        self.spent = merged;
    }

    fn learn(&mut self, report: &Report, now: i64) {
        for head in &report.heads {
            self.spent.push((*head, 1));
        }
        self.spent.sort_unstable();
        self.fastest = match (self.fastest, report.fastest) {
            (Some(all), Some(own)) => Some(all.min(own)),
            (all, own) => all.or(own),
        };
        if let Some(until) = report.blocked_until {
            self.blocked_until = self.blocked_until.max(until);
        }
        if let Some((left, until)) = report.left.filter(|(_, until)| *until > now) {
            // What others have under way the vendor may not have counted yet.
            let others: u32 = self
                .holders
                .iter()
                .filter(|holder| holder.id != report.holder)
                .map(|holder| holder.permits)
                .sum();
            self.left = Some((left.saturating_sub(others + report.permits), until));
        }
    }

    fn sign_in(&mut self, report: &Report, now: i64) -> usize {
        let at = match self
            .holders
            .iter()
            .position(|holder| holder.id == report.holder)
        {
            Some(at) => at,
            None => {
                self.holders.push(Holder {
                    id: report.holder.clone(),
                    until: now,
                    tail: 0,
                    permits: 0,
                    lanes: 0,
                    lane_wish: 0,
                    wish: 0,
                    since: now,
                });
                self.holders.len() - 1
            }
        };
        let holder = &mut self.holders[at];
        holder.until = now + HOLD_MS;
        holder.tail = report.slowest.clamp(250, 120_000);
        holder.permits = report.permits;
        holder.lane_wish = report.lane_wish;
        if holder.wish == 0 {
            holder.since = now;
        }
        at
    }

    fn permits(&self) -> u32 {
        self.holders.iter().map(|holder| holder.permits).sum()
    }

    /// What those who have waited longer get first.
    fn promised(&self, mine: usize) -> u32 {
        let since = self.holders[mine].since;
        let before = |holder: &&Holder| holder.wish > 0 && holder.since < since;
        self.holders
            .iter()
            .filter(before)
            .map(|holder| holder.wish)
            .sum()
    }

    /// When a place is free for one more request beside `taken` permits.
    fn place(&self, terms: &Terms, taken: u32, deduction: i64, now: i64) -> i64 {
        let mut from = now.max(self.blocked_until);
        if let Some((0, until)) = self.left {
            from = from.max(until);
        }
        for (requests, per) in &terms.windows {
            from = from.max(self.free_in(*requests, *per, taken, deduction, now));
        }
        from
    }

    fn free_in(&self, requests: u32, per: i64, taken: u32, deduction: i64, now: i64) -> i64 {
        let requests = requests.max(1);
        if taken >= requests {
            // Permits must be used first; nobody knows when they will.
            return now + per.max(AHEAD_MS + 1);
        }
        let stays = (per - deduction).max(0) + Terms::guard_ms(per);
        let inside = |entry: &&(i64, u32)| entry.0 + stays > now;
        let used: u32 = self
            .spent
            .iter()
            .filter(inside)
            .map(|(_, count)| *count)
            .sum();
        let mut leave = (used + taken + 1).saturating_sub(requests);
        if leave == 0 {
            return now;
        }
        for (head, count) in self.spent.iter().filter(inside) {
            if *count >= leave {
                return head + stays;
            }
            leave -= count;
        }
        now + per
    }

    /// Requests that a replica may have under way: its fair part, as far as the others have given theirs back; and when
    /// that part changes by itself.
    fn lanes(&self, terms: &Terms, mine: usize, now: i64) -> (u32, Option<i64>) {
        let Some(most) = terms.concurrency else {
            return (u32::MAX, None);
        };
        let most = most.max(1);
        let others: u32 = self
            .holders
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != mine)
            .map(|(_, holder)| holder.lanes)
            .sum();
        let mut order: Vec<&Holder> = self
            .holders
            .iter()
            .filter(|holder| holder.lane_wish > 0)
            .collect();
        let contenders = order.len().max(1);
        let turn = now.div_euclid(TURN_MS);
        // Whose turn it is comes last, where the rest of each division goes; small wishes are granted first.
        order.sort_by(|one, other| one.id.cmp(&other.id));
        let shift = turn.rem_euclid(i64::try_from(contenders).unwrap_or(1));
        order.rotate_left(usize::try_from(shift).unwrap_or(0));
        let enough = most.div_ceil(u32::try_from(contenders).unwrap_or(u32::MAX));
        order.sort_by_key(|holder| holder.lane_wish.min(enough));
        let mut rest = most;
        let mut fair = 0;
        for (at, holder) in order.iter().enumerate() {
            let equal = rest / u32::try_from(contenders - at).unwrap_or(u32::MAX);
            let part = holder.lane_wish.min(equal);
            rest -= part;
            if holder.id == self.holders[mine].id {
                fair = part;
            }
        }
        let ends = (contenders > 1).then_some((turn + 1) * TURN_MS);
        (fair.min(most.saturating_sub(others)), ends)
    }
}
