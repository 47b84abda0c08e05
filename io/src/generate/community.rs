//! Who takes part in a made-up round, what they give, and how much each title is liked.
//!
//! Items are numbered user by user, as real lists have them. A circle is a group of users who give and
//! mostly want the titles of that circle; its users stand scattered over the round. Titles are numbered
//! circle by circle, and the copies of a title are scattered over the circle's users.
//!
//! Invariant: every item is a copy of exactly one title, which belongs to the circle of the item's
//! user. Cost: time and memory O(items).

use std::ops::Range;

use super::{
    MathTrade,
    dice::{Alias, Dice, exp},
};

/// How widely the number of items per user spreads: standard deviation of its logarithm.
const ITEMS_SPREAD: f64 = 1.0;
/// How often a title has one more copy, in percent.
const COPY_PERCENT: u32 = 27;

/// The users of a round and the titles they give.
pub(super) struct Community {
    /// Where each user's items begin; one entry more than there are users.
    first_item: Vec<u32>,
    /// The circle of each user.
    home: Vec<u32>,
    /// The title of each item.
    pub(super) title: Vec<u32>,
    /// The items, title by title.
    copies: Vec<u32>,
    /// Where each title's copies begin in `copies`; one entry more than there are titles.
    first_copy: Vec<u32>,
    /// How well each title is liked, as a standard normal score.
    pub(super) liking: Vec<f32>,
    /// The first title of each circle, and how to draw one of its titles.
    circles: Vec<(u32, Alias)>,
}

impl Community {
    /// A community that fits `plan`.
    pub(super) fn new(plan: &MathTrade, dice: &mut Dice) -> Self {
        let circle_count = (plan.items / plan.circle_items.max(1)).max(1);
        let (first_item, home) = users(plan, circle_count, dice);
        let mut members = members(&first_item, &home, circle_count);

        let mut community = Self {
            first_item,
            home,
            title: vec![0; plan.items],
            copies: Vec::with_capacity(plan.items),
            first_copy: vec![0],
            liking: Vec::new(),
            circles: Vec::with_capacity(circle_count),
        };
        for circle in &mut members {
            dice.shuffle(circle);
            community.add_circle(circle, f64::from(plan.popularity_spread_percent.min(1000)) / 100.0, dice);
        }
        debug_assert_eq!(community.copies.len(), plan.items);
        community
    }

    /// Makes titles of a circle's items, in their order, and draws how well each is liked.
    fn add_circle(&mut self, items: &[u32], spread: f64, dice: &mut Dice) {
        let first_title = self.liking.len();
        let mut weights = Vec::new();
        let mut left = items;
        while !left.is_empty() {
            let mut count = 1;
            while count < left.len() && dice.chance(COPY_PERCENT) {
                count += 1;
            }
            let (copies, rest) = left.split_at(count);
            let liking = dice.normal();
            for &item in copies {
                self.title[item as usize] = self.liking.len() as u32;
            }
            weights.push(exp(spread * liking));
            self.liking.push(liking as f32);
            self.copies.extend_from_slice(copies);
            self.first_copy.push(self.copies.len() as u32);
            left = rest;
        }
        self.circles.push((first_title as u32, Alias::new(&weights)));
    }

    /// Number of users.
    pub(super) fn user_count(&self) -> usize {
        self.home.len()
    }

    /// The items `user` gives.
    pub(super) fn items(&self, user: usize) -> Range<u32> {
        self.first_item[user]..self.first_item[user + 1]
    }

    /// The items that are copies of `title`.
    pub(super) fn copies(&self, title: usize) -> &[u32] {
        &self.copies[self.first_copy[title] as usize..self.first_copy[title + 1] as usize]
    }

    /// A title that `user` may like: of the own circle `local_percent` times in a hundred, else of
    /// the circle of anybody.
    pub(super) fn draw_title(&self, user: usize, local_percent: u32, dice: &mut Dice) -> usize {
        let like = if dice.chance(local_percent) { user } else { dice.below(self.home.len()) };
        let (first, table) = &self.circles[self.home[like] as usize];
        *first as usize + table.draw(dice).expect("a user's circle holds the user's own items")
    }
}

/// Where each user's items begin, and each user's circle. Nobody gives more than half of all items.
fn users(plan: &MathTrade, circle_count: usize, dice: &mut Dice) -> (Vec<u32>, Vec<u32>) {
    let most = (plan.items / 2).max(1);
    let (mut first_item, mut home) = (vec![0], Vec::new());
    let mut given = 0;
    while given < plan.items {
        let wish = dice.log_normal(f64::from(plan.items_per_user), ITEMS_SPREAD);
        given += (wish as usize).clamp(1, most).min(plan.items - given);
        first_item.push(given as u32);
        home.push(dice.below(circle_count) as u32);
    }
    (first_item, home)
}

/// The items of each circle's users.
fn members(first_item: &[u32], home: &[u32], circle_count: usize) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); circle_count];
    for (user, &circle) in home.iter().enumerate() {
        members[circle as usize].extend(first_item[user]..first_item[user + 1]);
    }
    members
}
