//! A network of credit lines as a file tells it.

use bartizan_solver::trust::Lines;

/// What a file's rows are, and so whose trust a step is made on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Lines of credit: so much may move from one to the other.
    #[default]
    Lines,
    /// Ratings: value moves from who is rated to who rates.
    Ratings,
    /// A graph of Circles: each step is made in a token, so it is two lines, with a holding between them.
    Circles,
}

impl Form {
    /// What a row of the file is called.
    pub fn row(self) -> &'static str {
        match self {
            Form::Lines => "credit line",
            Form::Ratings => "rating",
            Form::Circles => "holding",
        }
    }

    /// Whose trust a step is made on.
    pub fn trust(self) -> &'static str {
        match self {
            Form::Lines => "a step A > B is on credit that B gives A: the row from A to B",
            Form::Ratings => "a step A > B is on credit that B gives A: the rating of A by B",
            Form::Circles => {
                "a step A > B is in a token that A holds and B trusts, or that is B's own: in parentheses, one a step"
            }
        }
    }
}

/// Lines between participants, and what they are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// What participants are called. They are the first nodes.
    pub names: Vec<String>,
    /// What else there are nodes for, after participants: what one of them has of somebody's token. Each is called by the token.
    pub holdings: Vec<String>,
    /// In smallest units.
    pub lines: Lines,
    /// How many of the last digits of every amount stand behind the decimal point.
    pub decimals: u8,
    /// What the file's rows are.
    pub form: Form,
    /// Whether the file says what lines cost; else each costs a step.
    pub has_cost: bool,
    /// How many rows, ratings or holdings the file has, those left out among them.
    pub rows: usize,
    /// How many of them value can move by.
    pub used: usize,
    /// From whom to whom, if the file says so.
    pub ends: Option<(String, String)>,
    /// How much is asked for at most, if the file says so.
    pub asked: Option<i64>,
    /// What of the file is left out, or may not be meant, one sentence each.
    pub notices: Vec<String>,
}

impl Network {
    /// The number of a participant.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.names.iter().position(|known| known == name).map(|number| number as u32)
    }

    /// How many lines a path of `hops` steps has.
    pub fn lines_in(&self, hops: usize) -> usize {
        hops.saturating_mul(if self.form == Form::Circles { 2 } else { 1 })
    }

    /// That nothing moves as much for less, for people.
    pub fn cheapest(&self) -> &'static str {
        if self.has_cost {
            "nothing moves as much at less cost"
        } else {
            "nothing moves as much in fewer steps"
        }
    }

    /// The participants that a path leads through, the first and the last among them.
    pub fn through(&self, path: &[u32]) -> Vec<&str> {
        let from = path.first().map(|&line| self.lines.from[line as usize]);
        let to = path.iter().map(|&line| self.lines.to[line as usize]);
        from.into_iter()
            .chain(to)
            .filter_map(|node| self.names.get(node as usize))
            .map(String::as_str)
            .collect()
    }

    /// Whose token each step of a path is made in; none where lines are no holdings.
    pub fn tokens(&self, path: &[u32]) -> Vec<&str> {
        let to = path.iter().map(|&line| self.lines.to[line as usize] as usize);
        to.filter_map(|node| node.checked_sub(self.names.len()))
            .map(|holding| self.holdings[holding].as_str())
            .collect()
    }
}
