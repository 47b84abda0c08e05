//! Made-up math trades of any size, written as wants lists and shaped like real ones.
//!
//! Each item has a title, of which there may be copies. A user likes titles in one order, drawn by
//! popularity and shuffled by the user's own taste, and has one whole list of wanted copies. Each item
//! of the user gets the front part of that list: a short part if the item is itself well liked, the
//! previous item's part often, now and then none. Nobody wants a title that they give.
//!
//! What this matches, as smallest / median / largest value. Made up: seeds 1 to 7 with the defaults. Real,
//! with dummies expanded: the seven lists of 370 to 1,146 items that come with these programs as samples
//! (`juanigsrz/FastTradeMaximizer` Brazil, May 2024; `chrisokasaki/TradeMaximizer` ask, which names no users, and
//! onewant; `DrFriendless/TradeMaximizerOz` amiguero, friendless1 and brisbane2017real;
//! `ragan/trademaximizer-web` pref).
//!
//! | figure | real | 1,000 items | 10,000 items |
//! |---|---|---|---|
//! | items per user, mean | 4.8 / 6.9 / 17.4 | 5.7 / 6.2 / 6.6 | 6.3 / 6.6 / 6.8 |
//! | items per user, median | 2 / 5 / 11 | 3 / 4 / 5 | 4 / 4 / 4 |
//! | items per user, 90% | 13 / 16 / 36 | 12 / 13 / 15 | 14 / 15 / 16 |
//! | wants per item, mean | 15 / 25 / 41 | 14 / 18 / 25 | 16 / 17 / 17 |
//! | the same, dummies not expanded | 13 / 18 / 39 | 14 / 18 / 25 | 16 / 17 / 17 |
//! | wants per item, median | 7 / 15 / 28 | 8 / 9 / 11 | 8 / 8 / 9 |
//! | wants per item, 90% | 36 / 65 / 104 | 32 / 41 / 56 | 38 / 40 / 42 |
//! | wants per item, most | 57 / 276 / 557 | 117 / 257 / 363 | 263 / 351 / 707 |
//! | deviation of the logarithm | 0.9 / 1.1 / 1.2 | 1.2 / 1.2 / 1.3 | 1.2 / 1.2 / 1.2 |
//! | empty lists | 3% / 7% / 20% | 5% / 6% / 8% | 6% / 6% / 6% |
//! | lists that want an item, median | 2 / 10 / 19 | 6 / 8 / 12 | 6 / 7 / 7 |
//! | lists that want an item, most | 111 / 277 / 440 | 141 / 210 / 315 | 364 / 468 / 607 |
//! | deviation of the logarithm | 1.0 / 1.3 / 1.5 | 1.1 / 1.2 / 1.3 | 1.3 / 1.3 / 1.3 |
//! | wants that name the top tenth | 35% / 47% / 48% | 41% / 46% / 48% | 47% / 49% / 49% |
//! | items nobody wants | 1% / 22% / 42% | 16% / 17% / 20% | 19% / 20% / 21% |
//! | consecutive lists of a user in common | 56% / 66% / 69% | 66% / 68% / 73% | 68% / 69% / 69% |
//! | consecutive lists of a user the same | 10% / 33% / 47% | 36% / 38% / 39% | 36% / 37% / 37% |
//! | of a user's two lists, the shorter in the longer | 74% / 91% / 98% | 100% | 100% |
//! | rank correlation: lists that want it, own list's length | -0.5 / -0.4 / -0.1 | -0.4 / -0.3 / -0.3 | -0.3 / -0.3 / -0.3 |
//! | items on some cycle of wants | 40% / 65% / 72% | 60% / 73% / 75% | 66% / 69% / 70% |
//! | items traded at the optimum | 16% / 29% / 53% | 28% / 44% / 49% | 35% / 37% / 38% |
//!
//! [`statistics()`] tells most of these of any round; the rest was measured apart from this program.
//!
//! The mean of 17 wants is that of real lists as they are written, and stays so at every size. What real
//! rounds cannot tell is how tastes divide a community larger than theirs: here into circles of 5,000
//! items, with 70% of wants for the own circle's titles and the rest for any. Money, limits and the
//! rank of wants within dummies are left out.
//!
//! Cost: O(items + wants) time and O(items) memory; the wants are written as they are drawn.

pub mod bundles;
mod community;
mod dice;
mod kidney;
pub mod offers;
pub mod statistics;
pub mod trade_credit;

use std::io::{self, Write};

use bartizan_engine::limits::MAX_ITEMS;
use community::Community;
use dice::Dice;
pub use kidney::{KidneyModel, KidneyPool};
use statistics::Tally;
pub use statistics::{Spread, Statistics, statistics};

/// How widely the length of the users' lists spreads: standard deviation of its logarithm.
const LIST_SPREAD: f64 = 1.0;
/// Items in a user's whole list for each want that the user's items have on average.
const LIST_STRETCH: f64 = 2.03;
/// The longest whole list, in titles.
const LIST_MOST: usize = 1000;
/// How much a user's liking of a title differs from everybody's: its standard deviation.
const TASTE: f64 = 1.25;
/// How often a wanted title's copy is wanted, in percent.
const COPY_PERCENT: u32 = 75;
/// How often an item gets no list, in percent.
const EMPTY_PERCENT: u32 = 6;
/// How often an item gets the same part of the whole list as the user's item before, in percent.
const REPEAT_PERCENT: u32 = 30;
/// The part of the whole list that an item gets: its mean and its standard deviation, in thousandths, and
/// how much of that comes of how well the item itself is liked: 0 nothing, 1 all.
const PART: (f64, f64, f64) = (600.0, 400.0, 0.95);
/// How often a want begins a new group of ranks, in a round with priorities, in percent.
const STEP_PERCENT: u32 = 10;

/// A math trade to make up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MathTrade {
    /// Number of items, dummies not among them; at most [`MAX_ITEMS`].
    pub items: usize,
    /// Chooses among the rounds of this shape.
    pub seed: u64,
    /// Mean number of wants of an item, those through dummies included.
    pub wants_per_item: u32,
    /// Mean number of items a user gives.
    pub items_per_user: u32,
    /// How unequally titles are liked: standard deviation of the logarithm, in percent.
    pub popularity_spread_percent: u32,
    /// Number of items in a circle of users with a taste in common. A smaller round is one circle.
    pub circle_items: usize,
    /// How often a want is for a title of the own circle for sure; else it may be of any.
    pub local_percent: u32,
    /// How many users ask for at most one copy of a title, through dummies.
    pub dummy_percent: u32,
    /// Whether the order of a list counts (LINEAR-PRIORITIES, with `;` between groups).
    pub priorities: bool,
    /// Whether the list begins with a block of official names.
    pub official_names: bool,
}

impl MathTrade {
    /// A round of `items` items with the defaults described above: no dummies, priorities or official names.
    pub fn new(items: usize, seed: u64) -> Self {
        Self {
            items,
            seed,
            wants_per_item: 17,
            items_per_user: 7,
            popularity_spread_percent: 90,
            circle_items: 5000,
            local_percent: 70,
            dummy_percent: 0,
            priorities: false,
            official_names: false,
        }
    }

    /// Writes the round and tells its figures. The same plan gives the same bytes on any machine.
    ///
    /// # Errors
    /// Those of `out`, and [`io::ErrorKind::InvalidInput`] for more than [`MAX_ITEMS`] items.
    pub fn write(&self, out: &mut impl Write) -> io::Result<Statistics> {
        if self.items > MAX_ITEMS {
            let message = format!("{} items, more than {MAX_ITEMS}", self.items);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut dice = Dice::new(self.seed);
        let community = Community::new(self, &mut dice);
        self.write_head(&community, out)?;
        let mut writer = UserWriter::new(self, &community);
        for user in 0..community.user_count() {
            writer.write_user(user, &mut dice, out)?;
        }
        Ok(writer.tally.finish())
    }

    /// Writes the options and the official names.
    fn write_head(&self, community: &Community, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "# Made up: {} items, seed {}", self.items, self.seed)?;
        out.write_all(b"#! REQUIRE-COLONS REQUIRE-USERNAMES ALLOW-DUMMIES")?;
        out.write_all(if self.priorities { b" LINEAR-PRIORITIES\n" } else { b"\n" })?;
        if self.official_names {
            writeln!(out, "!BEGIN-OFFICIAL-NAMES")?;
            for user in 0..community.user_count() {
                for item in community.items(user) {
                    let title = community.title[item as usize] + 1;
                    writeln!(out, "{0} ==> {0}. \"Title {title}\" (from u{1})", item + 1, user + 1)?;
                }
            }
            writeln!(out, "!END-OFFICIAL-NAMES")?;
        }
        Ok(())
    }
}

/// One user's whole list, of which each item of the user gets the front part.
#[derive(Default)]
struct WholeList {
    /// The wants as text, each with a blank in front.
    text: Vec<u8>,
    /// Of each want: where its text ends, and how many items it and all before it stand for.
    ends: Vec<(u32, u32)>,
    /// The wanted items, dummies expanded.
    items: Vec<u32>,
}

/// Writes the lists of one user after the other.
struct UserWriter<'c> {
    plan: &'c MathTrade,
    community: &'c Community,
    /// Of each title: the user whose list last met it, counted from 1.
    met_by: Vec<u32>,
    /// The titles one user wants, each with how well that user likes it.
    titles: Vec<(f64, u32)>,
    list: WholeList,
    tally: Tally,
}

impl<'c> UserWriter<'c> {
    fn new(plan: &'c MathTrade, community: &'c Community) -> Self {
        let tally = Tally::new(plan.items);
        Self {
            plan,
            community,
            met_by: vec![0; community.liking.len()],
            titles: Vec::new(),
            list: WholeList::default(),
            tally,
        }
    }

    /// Draws what `user` wants and writes the lists of the user's items.
    fn write_user(&mut self, user: usize, dice: &mut Dice, out: &mut impl Write) -> io::Result<()> {
        let own = self.community.items(user);
        self.draw_list(user, dice, out)?;
        let ends = &self.list.ends;
        self.tally.items_per_user.push(own.len() as u32);

        let (mut before, mut part) = (0, None);
        // How many of the user's lists end with each want of the whole list.
        let mut ending = vec![0; ends.len() + 1];
        for item in own {
            let part = match part {
                Some(part) if dice.chance(REPEAT_PERCENT) => part,
                _ => *part.insert(self.draw_part(item, dice)),
            };
            let length = if dice.chance(EMPTY_PERCENT) { 0 } else { (part * ends.len()).div_ceil(1000) };
            let (text, count) = length.checked_sub(1).map_or((0, 0), |last| ends[last]);
            write!(out, "(u{}) {} :", user + 1, item + 1)?;
            out.write_all(&self.list.text[..text as usize])?;
            out.write_all(b"\n")?;

            ending[length] += 1;
            self.tally.wants_per_item.push(count);
            if before > 0 && count > 0 {
                self.tally.compare(before.min(count) as usize, before.max(count) as usize);
            }
            before = count;
        }
        self.count_wanted(&ending);
        Ok(())
    }

    /// Draws the titles that `user` wants, the dearest first: none twice, none that the user gives.
    fn draw_titles(&mut self, user: usize, dice: &mut Dice) {
        let stamp = user as u32 + 1;
        for item in self.community.items(user) {
            self.met_by[self.community.title[item as usize] as usize] = stamp;
        }
        self.titles.clear();
        let mean = LIST_STRETCH * f64::from(self.plan.wants_per_item);
        let length = (dice.log_normal(mean, LIST_SPREAD) + 0.5) as usize;
        let mut item_count = 0;
        // A small round may not hold that many titles: give up after some throws.
        for _ in 0..4 * length + 16 {
            if item_count >= length || self.titles.len() >= LIST_MOST {
                break;
            }
            let title = self.community.draw_title(user, self.plan.local_percent, dice);
            if std::mem::replace(&mut self.met_by[title], stamp) != stamp {
                let liking = f64::from(self.community.liking[title]) + TASTE * dice.normal();
                self.titles.push((liking, title as u32));
                item_count += self.community.copies(title).len();
            }
        }
        self.titles.sort_by(|one, other| other.0.total_cmp(&one.0));
    }

    /// Draws the whole list of `user`; writes the dummies it needs.
    fn draw_list(&mut self, user: usize, dice: &mut Dice, out: &mut impl Write) -> io::Result<()> {
        self.draw_titles(user, dice);
        let WholeList { text, ends, items } = &mut self.list;
        text.clear();
        ends.clear();
        items.clear();
        let has_dummies = dice.chance(self.plan.dummy_percent);
        let mut dummy_count = 0;
        for &(_, title) in &self.titles {
            let first = items.len();
            let copies = self.community.copies(title as usize);
            items.extend(copies.iter().filter(|_| copies.len() == 1 || dice.chance(COPY_PERCENT)));
            let wanted = &items[first..];
            if wanted.is_empty() {
                continue;
            }
            if self.plan.priorities && first > 0 && dice.chance(STEP_PERCENT) {
                text.extend_from_slice(b" ;");
            }
            if has_dummies && wanted.len() > 1 {
                dummy_count += 1;
                write!(out, "(u{}) %{dummy_count} :", user + 1)?;
                wanted.iter().try_for_each(|item| write!(out, " {}", item + 1))?;
                writeln!(out)?;
                write!(text, " %{dummy_count}")?;
                ends.push((text.len() as u32, items.len() as u32));
            } else {
                for (place, item) in wanted.iter().enumerate() {
                    write!(text, " {}", item + 1)?;
                    ends.push((text.len() as u32, (first + place + 1) as u32));
                }
            }
        }
        self.tally.dummies += dummy_count;
        Ok(())
    }

    /// The part of the whole list that `item` gets, in thousandths: the better it is liked itself, the less.
    fn draw_part(&self, item: u32, dice: &mut Dice) -> usize {
        let (mean, spread, liking_share) = PART;
        let liking = f64::from(self.community.liking[self.community.title[item as usize] as usize]);
        let own = mean - spread * liking_share * liking;
        let rest = spread * (1.0 - liking_share * liking_share).sqrt() * dice.normal();
        (own + rest).clamp(30.0, 1000.0) as usize
    }

    /// Adds to each item of the whole list how many lists want it.
    fn count_wanted(&mut self, ending: &[u32]) {
        let mut lists = 0;
        for (want, &(_, end)) in self.list.ends.iter().enumerate().rev() {
            lists += ending[want + 1];
            let first = want.checked_sub(1).map_or(0, |before| self.list.ends[before].1);
            for &item in &self.list.items[first as usize..end as usize] {
                self.tally.wanted_by[item as usize] += lists;
            }
        }
    }
}

#[cfg(test)]
mod tests;
