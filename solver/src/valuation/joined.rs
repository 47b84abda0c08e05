//! Disjoint sets of goods that grow together: union-find (Tarjan 1975) by path halving. The root of a set is its least good.

/// Disjoint sets of goods.
pub(super) struct Joined(Vec<u32>);

impl Joined {
    pub(super) fn new(count: usize) -> Self {
        Joined((0..count as u32).collect())
    }

    pub(super) fn root(&mut self, mut good: u32) -> u32 {
        while self.0[good as usize] != good {
            let above = self.0[self.0[good as usize] as usize];
            self.0[good as usize] = above;
            good = above;
        }
        good
    }

    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    pub(super) fn components(mut self) -> (Vec<u32>, usize) {
        let mut number = vec![u32::MAX; self.0.len()];
        let mut count = 0;
        let component = (0..self.0.len() as u32)
            .map(|good| {
                let root = self.root(good) as usize;
                if number[root] == u32::MAX {
                    number[root] = count;
                    count += 1;
                }
                number[root]
            })
            .collect();
        (component, count as usize)
    }
}
