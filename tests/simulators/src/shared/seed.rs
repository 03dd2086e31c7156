//! Seeded numbers: each fact of the simulated world is a function of (seed, kind, index), so that no row is stored
//! and the millionth one costs the same as the first.

/// Mixes seed, kind and index into 64 well-spread bits (the finaliser of splitmix64).
#[must_use]
pub fn mix(seed: u64, kind: u64, index: u64) -> u64 {
    finalise(
        finalise(seed ^ kind.wrapping_mul(0xd1b5_4a32_d192_ed03))
            .wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    )
}

fn finalise(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A stream of seeded numbers for the fields of one row.
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The stream of one row.
    #[must_use]
    pub fn new(seed: u64, kind: u64, index: u64) -> Self {
        Self {
            state: mix(seed, kind, index),
        }
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        finalise(self.state)
    }

    /// A number from 0 to `limit` - 1; 0 when `limit` is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }

    /// True once in `n` rolls on average.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of the given values.
    pub fn pick<'a, T: ?Sized>(&mut self, values: &[&'a T]) -> &'a T {
        values[usize::try_from(self.below(values.len() as u64)).unwrap_or(0)]
    }

    /// The value, or nothing once in `n` rolls: every nullable field is null now and then.
    pub fn nullable<T>(&mut self, n: u64, value: T) -> Option<T> {
        if self.one_in(n) { None } else { Some(value) }
    }
}
