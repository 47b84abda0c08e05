//! Bounded rings and chains as a page: key figures, what is proven, chains drawn from the gift to the last hand and rings drawn, who gives to whom, and who is
//! left out and why.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::drawing::{self, CIRCLE_MEMBERS, Member};
use super::frame::{self, Figure, Goal, MAX_ROWS, count_within};
use super::html::{Escaped, counted, write_name};
use crate::amount::decimal;
use crate::document::Status;
use crate::pool::PoolReading;
use crate::pool::document::{ExchangeDocument, Step};
use crate::pool::explain::asked_hands;
use crate::pool::missed::{MOST_LOOKS, Why, missed};
use crate::pool::rules::Aim;
use crate::report::words::grouped;

/// Writes the page under a title.
///
/// # Errors
/// When `out` fails.
pub fn write(
    out: &mut impl Write,
    reading: &PoolReading,
    document: &ExchangeDocument,
    title: &str,
) -> io::Result<()> {
    let page = Page::new(reading, document);
    page.write_header(out, title)?;
    writeln!(out, "<main>")?;
    page.write_proof(out)?;
    page.write_drawn(out, Form::Chain)?;
    page.write_drawn(out, Form::Ring)?;
    page.write_hands(out)?;
    page.write_missed(out)?;
    page.write_unused(out)?;
    frame::write_notices(out, &reading.notices, "the file as it was read")?;
    frame::write_end(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Ring,
    Chain,
}

impl Form {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Form::Ring => ("Ring", "r"),
            Form::Chain => ("Chain", "c"),
        }
    }
}

struct Page<'a> {
    reading: &'a PoolReading,
    document: &'a ExchangeDocument,
    /// Rings and chains as numbered on the page, the longest first.
    rings: Vec<usize>,
    chains: Vec<usize>,
    missed: Vec<(u32, Why)>,
    /// Altruists who give to nobody, by their nodes from 0.
    unused: Vec<u32>,
    /// Whether everybody who takes part has a row to be linked to.
    has_rows: bool,
}

impl<'a> Page<'a> {
    fn new(reading: &'a PoolReading, document: &'a ExchangeDocument) -> Self {
        let longest = |lists: &[Vec<Step>]| {
            let mut order: Vec<usize> = (0..lists.len()).collect();
            order.sort_by_key(|&list| Reverse(lists[list].len()));
            order
        };
        let gives = |node: u32| document.chains.iter().any(|chain| chain[0].node == node + 1);
        let altruists = (0..reading.names.len() as u32).filter(|&node| reading.is_altruist[node as usize]);
        let takes_part: usize = document.rings.iter().chain(&document.chains).map(Vec::len).sum();
        Page {
            reading,
            document,
            rings: longest(&document.rings),
            chains: longest(&document.chains),
            missed: missed(reading, document, MOST_LOOKS),
            unused: altruists.filter(|&node| !gives(node)).collect(),
            has_rows: takes_part <= MAX_ROWS,
        }
    }

    fn is_of_lists(&self) -> bool {
        self.reading.is_of_lists()
    }

    fn lists(&self, form: Form) -> (&'a [Vec<Step>], &[usize]) {
        match form {
            Form::Ring => (&self.document.rings, &self.rings),
            Form::Chain => (&self.document.chains, &self.chains),
        }
    }

    fn write_header(&self, out: &mut impl Write, title: &str) -> io::Result<()> {
        let sum = &self.document.summary;
        let (served, who) =
            if self.is_of_lists() { ("Items traded", "item") } else { ("Transplants", "pair or altruist") };
        let longest = |sizes: &[usize]| format!("longest {}", sizes.first().copied().unwrap_or(0));
        let mut figures = vec![
            Figure::share(served, sum.transplants, self.reading.pair_count()),
            Figure::new("Rings", grouped(sum.rings), longest(&sum.ring_sizes)),
        ];
        let altruists = self.reading.names.len() - self.reading.pair_count();
        if altruists > 0 {
            let note =
                format!("of {}, {}", counted(altruists, "altruist", "altruists"), longest(&sum.chain_sizes));
            figures.push(Figure::new("Chains", grouped(sum.chains), note));
        }
        frame::write_header(out, "Result of the exchange", title, &figures)?;
        let takes_part = sum.rings + sum.chains > 0;
        frame::write_nav(
            out,
            who,
            &[
                (sum.chains > 0, "chains", "Chains"),
                (sum.rings > 0, "rings", "Rings"),
                (takes_part, "hands", "Who gives to whom"),
                (!self.missed.is_empty(), "missed", "Left out"),
                (!self.unused.is_empty(), "unused", "Gifts not used"),
                (!self.reading.notices.is_empty(), "notices", "Notices"),
            ],
        )
    }

    fn write_proof(&self, out: &mut impl Write) -> io::Result<()> {
        let (rules, proof) = (&self.document.rules, &self.document.proof);
        frame::write_verdict(out, proof.status == Status::Optimal)?;
        let chains = match rules.max_chain {
            _ if self.is_of_lists() => String::new(),
            0 => ", and no chains".to_owned(),
            most => format!(", and chains from an altruist that reach at most {most}"),
        };
        writeln!(out, "Rings of at most {}{chains}.", rules.max_ring)?;
        if rules.last_donations_count {
            writeln!(out, "The last donation of each chain, to somebody outside, counts as a transplant.")?;
        }
        for (index, level) in proof.levels.iter().enumerate() {
            let better = self.better(level.objective);
            if level.value < level.bound {
                let bound = self.amount(level.objective, level.bound);
                writeln!(
                    out,
                    "Whether another choice {better} is not settled, but none can get beyond {bound}."
                )?;
            } else if index == 0 {
                writeln!(out, "No other choice of rings and chains within these bounds {better}.")?;
            } else {
                writeln!(out, "Of all that do as well, none {better}.")?;
            }
        }
        let goals = rules.objectives.iter().map(|&aim| {
            let level = proof.levels.iter().find(|level| level.objective == aim);
            Goal {
                name: self.goal(aim),
                value: level.map_or_else(|| "-".to_owned(), |level| self.amount(aim, level.value)),
                bound: level.map(|level| self.amount(aim, level.bound)),
                is_proven: level.is_some_and(|level| level.value == level.bound),
            }
        });
        frame::write_goals(out, goals)
    }

    fn amount(&self, aim: Aim, value: i64) -> String {
        decimal(value, if aim == Aim::Weight { self.reading.weight_decimals } else { 0 })
    }

    fn goal(&self, aim: Aim) -> String {
        match aim {
            Aim::Transplants if self.is_of_lists() => "Most items traded".to_owned(),
            Aim::Transplants => "Most transplants".to_owned(),
            Aim::Rings => "Most rings, and so short ones".to_owned(),
            Aim::Weight => "Greatest sum of weights".to_owned(),
            Aim::HardToMatch => format!(
                "Most of those who are hard to match, {} in all",
                grouped(self.document.rules.hard_to_match.len())
            ),
        }
    }

    /// What a better outcome by an objective would do, as the end of a sentence.
    fn better(&self, aim: Aim) -> &'static str {
        match aim {
            Aim::Transplants if self.is_of_lists() => "trades more items",
            Aim::Transplants => "makes more transplants possible",
            Aim::Rings => "has more, and so shorter, rings",
            Aim::Weight => "has a greater sum of weights",
            Aim::HardToMatch => "serves more of those who are hard to match",
        }
    }

    /// The section with the rings or the chains, each drawn.
    fn write_drawn(&self, out: &mut impl Write, form: Form) -> io::Result<()> {
        let (lists, order) = self.lists(form);
        if lists.is_empty() {
            return Ok(());
        }
        let (id, head, lead) = match form {
            Form::Ring => (
                "rings",
                "The rings",
                "In a ring everybody gives to the next, and the last gives to the first. Arrows point from giver to receiver.",
            ),
            Form::Chain => (
                "chains",
                "The chains",
                "A chain starts with the gift of somebody who asks for nothing, and goes on from hand to hand; the last hand may give to somebody outside. \
                 Arrows point from giver to receiver.",
            ),
        };
        writeln!(out, "<section id=\"{id}\"><h2>{head}</h2>\n<p class=\"lead\">{lead}</p>")?;
        let shown = count_within(order.iter().map(|&list| lists[list].len()), MAX_ROWS);
        if shown < lists.len() {
            writeln!(
                out,
                "<p class=\"lead\">There are too many for all to be drawn: these are the {} longest of {}. The outcome file holds them all.</p>",
                grouped(shown),
                grouped(lists.len())
            )?;
        }
        writeln!(out, "<div class=\"rings\">")?;
        for (index, &list) in order.iter().take(shown).enumerate() {
            self.write_figure(out, form, index + 1, &lists[list])?;
        }
        writeln!(out, "</div></section>")
    }

    fn write_figure(&self, out: &mut impl Write, form: Form, number: usize, list: &[Step]) -> io::Result<()> {
        let next = |index: usize| match form {
            Form::Ring => Some(&list[(index + 1) % list.len()]),
            Form::Chain => list.get(index + 1),
        };
        let member = |(index, step): (usize, &Step)| Member {
            anchor: self.has_rows.then(|| format!("n{}", step.node)),
            name: step.name.clone(),
            gives: next(index).map_or_else(
                || "to nobody here".to_owned(),
                |next| {
                    let donor = step.donor.as_ref().map_or(String::new(), |donor| format!("by {donor} "));
                    format!("{donor}to {}", next.name)
                },
            ),
        };
        let members: Vec<Member> = list.iter().enumerate().map(member).collect();
        let is_wide = members.len() > CIRCLE_MEMBERS;
        let (name, letter) = form.names();
        let size = match form {
            Form::Ring => counted(list.len(), "receives", "receive"),
            Form::Chain => counted(list.len() - 1, "receives", "receive"),
        };
        writeln!(
            out,
            "<figure class=\"ring{}\" id=\"{letter}{number}\">\n<figcaption><h3>{name} {number}</h3> <span class=\"tally\">{size}</span></figcaption>",
            if is_wide { " wide" } else { "" }
        )?;
        let title = format!("{name} {number}, listed beside the drawing");
        match form {
            Form::Ring => drawing::write(out, &members, &title)?,
            Form::Chain => drawing::write_chain(out, &members, &title)?,
        }
        writeln!(out, "<ol>")?;
        for member in &members {
            write!(out, "<li>")?;
            write_name(out, member.anchor.as_deref(), &member.name)?;
            writeln!(out, " <span class=\"gives\">gives {}</span></li>", Escaped(&member.gives))?;
        }
        writeln!(out, "</ol></figure>")
    }

    /// The table of who gives to whom and receives from whom, by the order of the file.
    fn write_hands(&self, out: &mut impl Write) -> io::Result<()> {
        let mut rows = Vec::new();
        for form in [Form::Ring, Form::Chain] {
            let (lists, order) = self.lists(form);
            for (index, &list) in order.iter().enumerate() {
                let steps = &lists[list];
                let last = steps.len() - 1;
                for (place, step) in steps.iter().enumerate() {
                    let is_ring = form == Form::Ring;
                    let from =
                        if place > 0 { Some(&steps[place - 1]) } else { is_ring.then(|| &steps[last]) };
                    let to = if place < last { Some(&steps[place + 1]) } else { is_ring.then(|| &steps[0]) };
                    rows.push((step, from, to, form, index + 1));
                }
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_by_key(|(step, ..)| step.node);
        writeln!(
            out,
            "<section id=\"hands\"><h2>Who gives to whom</h2>\n<table><thead><tr><th scope=\"col\">Who</th><th scope=\"col\">Gives to</th>\
             <th scope=\"col\">Receives from</th><th scope=\"col\">In</th></tr></thead><tbody>"
        )?;
        for (step, from, to, form, number) in rows.into_iter().take(MAX_ROWS) {
            let name = Escaped(&step.name);
            write!(
                out,
                "<tr id=\"n{}\" data-name=\"{name}\"><th scope=\"row\"><bdi>{name}</bdi></th>",
                step.node
            )?;
            for (other, giver) in [(to, Some(step)), (from, from)] {
                write!(out, "<td>")?;
                match other {
                    Some(other) => {
                        let anchor = self.has_rows.then(|| format!("n{}", other.node));
                        write_name(out, anchor.as_deref(), &other.name)?;
                        if let Some(donor) = giver.and_then(|giver| giver.donor.as_ref()) {
                            write!(out, " <small>by {}</small>", Escaped(donor))?;
                        }
                    }
                    None => write!(out, "<small>nobody here</small>")?,
                }
                write!(out, "</td>")?;
            }
            let (word, letter) = form.names();
            let told = format!("{word} {number}");
            let told = if self.has_rows { format!("<a href=\"#{letter}{number}\">{told}</a>") } else { told };
            writeln!(out, "<td>{told}</td></tr>")?;
        }
        writeln!(out, "</tbody></table></section>")
    }

    /// The table of who is left out, and why.
    fn write_missed(&self, out: &mut impl Write) -> io::Result<()> {
        if self.missed.is_empty() {
            return Ok(());
        }
        let told = counted(self.missed.len(), "receives nothing", "receive nothing");
        writeln!(
            out,
            "<section id=\"missed\"><h2>Who is left out, and why</h2>\n<p class=\"lead\">Of each the shortest ring that could serve it is told, or else a chain, where the bounds \
             allow any, and what was chosen instead for others in it. What the best outcome with one of them comes to, <code>bartizan explain</code> tells.</p>\n\
             <details{}><summary>{told}</summary>",
            if self.missed.len() > 100 { "" } else { " open" }
        )?;
        if self.missed.len() > MAX_ROWS {
            writeln!(out, "<p class=\"lead\">Only the first {MAX_ROWS} are listed here.</p>")?;
        }
        writeln!(
            out,
            "<table class=\"untraded\"><thead><tr><th scope=\"col\">Who</th><th scope=\"col\">Why</th></tr></thead><tbody>"
        )?;
        for (node, why) in self.missed.iter().take(MAX_ROWS) {
            let name = Escaped(&self.reading.names[*node as usize]);
            writeln!(
                out,
                "<tr id=\"n{}\" data-name=\"{name}\"><th scope=\"row\"><bdi>{name}</bdi></th><td>{}</td></tr>",
                node + 1,
                self.reason(why)
            )?;
        }
        writeln!(out, "</tbody></table></details></section>")
    }

    /// The altruists who give to nobody.
    fn write_unused(&self, out: &mut impl Write) -> io::Result<()> {
        if self.unused.is_empty() {
            return Ok(());
        }
        let told = counted(self.unused.len(), "altruist gives", "altruists give");
        writeln!(
            out,
            "<section id=\"unused\"><h2>Gifts that are not used</h2>\n<p class=\"lead\">{told} to nobody here.</p>\n<ul>"
        )?;
        for &node in self.unused.iter().take(MAX_ROWS) {
            let name = Escaped(&self.reading.names[node as usize]);
            writeln!(out, "<li id=\"n{}\" data-name=\"{name}\"><bdi>{name}</bdi></li>", node + 1)?;
        }
        writeln!(out, "</ul></section>")
    }

    /// Why somebody is left out, as HTML.
    fn reason(&self, why: &Why) -> String {
        let (nodes, rings, chains) = match why {
            Why::NobodyGives if self.is_of_lists() => return "It wants nothing that is there.".to_owned(),
            Why::NobodyGives => return "Nobody in the pool can give to it.".to_owned(),
            Why::NoneWithin(shortest) => {
                let told = shortest.told(&self.document.rules, self.reading.is_altruist.contains(&true));
                return format!("No ring or chain within the bounds could serve it: {told}.");
            }
            Why::Unknown => return "Whether a ring or chain within the bounds passes through it was not looked for: this is a large pool.".to_owned(),
            Why::NotChosen { nodes, rings, chains } => (nodes, rings, chains),
        };
        let is_ring = !self.reading.is_altruist[nodes[0] as usize];
        let what = if is_ring {
            format!("A ring of {}", nodes.len())
        } else {
            format!("A chain that reaches {}", nodes.len() - 1)
        };
        let names = asked_hands(self.reading, nodes).join(" \u{2192} ");
        let links = |form: Form, places: &[usize]| -> Vec<String> {
            let (word, letter) = form.names();
            let (_, order) = self.lists(form);
            let number = |place: &usize| order.iter().position(|own| own == place).map_or(0, |at| at + 1);
            let link = |number: usize| {
                let told = format!("{} {number}", word.to_lowercase());
                if self.has_rows { format!("<a href=\"#{letter}{number}\">{told}</a>") } else { told }
            };
            places.iter().map(|place| link(number(place))).collect()
        };
        let instead = [links(Form::Ring, rings), links(Form::Chain, chains)].concat();
        let why = if instead.is_empty() && self.document.proof.status != Status::Optimal {
            "the search ended before it was chosen".to_owned()
        } else if instead.is_empty() {
            "it adds nothing to what counts, or needs a dummy or a donor of several patients whom others need"
                .to_owned()
        } else {
            format!("it shares somebody with {}, chosen instead", instead.join(", "))
        };
        format!("{what} could serve it, <bdi>{}</bdi>, but {why}.", Escaped(&names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{KidneyModel, KidneyPool};
    use crate::pool::detect;
    use crate::pool::document::document;
    use crate::pool::rules::Rules;
    use bartizan_solver::budget::Budget;
    use bartizan_solver::exchange::solve_levels;

    fn page(change: impl Fn(&mut PoolReading)) -> String {
        let mut text = Vec::new();
        let plan = KidneyPool { model: KidneyModel::Saidman, pairs: 40, altruists: 4, seed: 1 };
        plan.write(&mut text).expect("memory takes everything");
        let format = detect(&text).expect("a pool");
        let mut reading = (format.read)(&text, None).expect("a good pool");
        change(&mut reading);
        let rules = Rules {
            max_ring: 3,
            max_chain: 3,
            objectives: vec![Aim::Transplants, Aim::Weight],
            last_donations_count: false,
            hard_to_match: Vec::new(),
        };
        let pool = Rules::pool(&reading);
        let found =
            solve_levels(&pool, rules.caps(), &rules.levels(&reading), Budget::UNLIMITED, &mut |_, _, _| ());
        let document = document(&reading, rules, &pool, &found);
        let mut out = Vec::new();
        write(&mut out, &reading, &document, "Pool & all").unwrap();
        let text = String::from_utf8(out).unwrap();
        let [rings, chains] = [document.rings.len(), document.chains.len()];
        assert!(rings > 0 && chains > 0);
        for node in (0..reading.names.len()).filter(|&node| reading.is_altruist[node]) {
            assert!(text.contains(&format!("id=\"n{}\"", node + 1)), "{node}");
        }
        assert_eq!(text.matches("<svg").count(), rings + chains);
        assert_eq!(text.matches("class=\"way back\"").count(), 0, "no chain goes back");
        text
    }

    #[test]
    fn rings_and_chains_are_drawn_and_every_link_leads_somewhere() {
        let text = page(|_| ());
        assert!(text.contains("<h1>Pool &amp; all</h1>") && text.contains("Proven best possible"));
        assert!(text.contains("Who is left out, and why") && text.contains("but it shares somebody with"));
        for link in text.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(text.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }

    #[test]
    fn hostile_names_do_nothing() {
        let text = page(|reading| {
            for (number, name) in reading.names.iter_mut().enumerate() {
                *name = format!("</title><script>alert({number})</script>\"'><img src=x onerror=x>");
            }
        });
        assert_eq!(text.matches("<script").count(), 1);
        assert!(!text.contains("<img"));
    }
}
