//! A queue for keys that never go down again: a radix heap.
//!
//! Ahuja, Mehlhorn, Orlin and Tarjan, *Faster algorithms for the shortest path problem*, Journal of the ACM 37 (1990).
//! An item lies in the bucket of the highest bit in which its key differs from the last key taken. Taking the
//! next key moves the lowest bucket that is not empty into the ones below; an item moves down only, at most once
//! for each bit of its key and in practice a few times. There are no comparisons between items, and an item whose
//! key is the current one, or next to it, costs one push.

/// Items with two-part keys (major, then minor), taken level by level: all items of one key at once.
pub(super) struct Queue {
    /// Key and item in one number: major, minor and item from the top. Bucket 0 holds the last key taken; bucket
    /// `b` the keys whose highest bit different from it is bit `b - 1`.
    buckets: Vec<Vec<u128>>,
    /// One bit for each bucket that is not empty.
    occupied: u128,
    last: u128,
}

impl Queue {
    pub(super) fn new() -> Self {
        Queue { buckets: vec![Vec::new(); 97], occupied: 0, last: 0 }
    }

    /// Puts an item in. A key below the last one taken counts as that one.
    pub(super) fn push(&mut self, major: u64, minor: u32, item: u32) {
        self.put(u128::from(major) << 64 | u128::from(minor) << 32 | u128::from(item));
    }

    fn put(&mut self, entry: u128) {
        let key = entry >> 32;
        let bucket = if key <= self.last { 0 } else { (u128::BITS - (key ^ self.last).leading_zeros()) as usize };
        self.buckets[bucket].push(entry);
        self.occupied |= 1 << bucket;
    }

    /// Takes the least key and appends all its items to `items`, in an order that depends only on what was done
    /// before. `None` when the queue is empty. The same key comes again if it was put in again meanwhile.
    pub(super) fn take_level(&mut self, items: &mut Vec<u32>) -> Option<(u64, u32)> {
        if self.occupied == 0 {
            return None;
        }
        let lowest = self.occupied.trailing_zeros() as usize;
        if lowest > 0 {
            let mut bucket = std::mem::take(&mut self.buckets[lowest]);
            self.occupied &= !(1 << lowest);
            self.last = bucket.iter().map(|entry| entry >> 32).min().unwrap_or(self.last);
            for entry in bucket.drain(..) {
                self.put(entry);
            }
            self.buckets[lowest] = bucket;
        }
        items.extend(self.buckets[0].drain(..).map(|entry| entry as u32));
        self.occupied &= !1;
        Some(((self.last >> 32) as u64, self.last as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn levels_come_in_order_whatever_is_put_in_meanwhile() {
        let mut queue = Queue::new();
        let mut waiting = Vec::new();
        let mut number: u64 = 1;
        let mut put = |queue: &mut Queue, waiting: &mut Vec<(u64, u32, u32)>, from: (u64, u32)| {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let major = from.0.saturating_add(number >> 33 >> (number % 31));
            let minor = if major == from.0 { from.1 + (number >> 60) as u32 } else { (number >> 55) as u32 };
            queue.push(major, minor, waiting.len() as u32);
            waiting.push((major, minor, waiting.len() as u32));
        };
        for _ in 0..100 {
            put(&mut queue, &mut waiting, (0, 0));
        }
        let mut taken = Vec::new();
        let mut level = Vec::new();
        let mut before = (0, 0);
        while let Some(key) = queue.take_level(&mut level) {
            assert!(key >= before);
            before = key;
            for item in level.drain(..) {
                taken.push((key.0, key.1, item));
                if waiting.len() < 5_000 {
                    put(&mut queue, &mut waiting, key);
                    put(&mut queue, &mut waiting, key);
                }
            }
        }
        taken.sort_unstable();
        waiting.sort_unstable();
        assert_eq!(taken, waiting);
    }
}
