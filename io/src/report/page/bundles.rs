//! A round of bundles as a page: key figures, what is proven, for each participant what is given and received, bundle by bundle, and what was not carried out.

use std::collections::HashMap;
use std::io::{self, Write};

use bartizan_solver::bundle::{Objective, Term};

use super::frame::{self, Figure, Goal, MAX_ROWS};
use super::html::{Escaped, counted, write_name};
use crate::bundle::Bundles;
use crate::bundle::document::{BundleDocument, CarriedRecord, Moved};
use crate::bundle::explain::never;
use crate::report::words::{grouped, money};

/// Writes the page under a title.
///
/// # Errors
/// When `out` fails.
pub fn write(
    out: &mut impl Write,
    bundles: &Bundles<'_>,
    document: &BundleDocument,
    title: &str,
) -> io::Result<()> {
    let page = Page::new(bundles, document);
    page.write_header(out, title)?;
    writeln!(out, "<main>")?;
    page.write_proof(out)?;
    page.write_sheets(out)?;
    page.write_missed(out)?;
    frame::write_end(out)
}

struct Page<'a> {
    bundles: &'a Bundles<'a>,
    document: &'a BundleDocument,
    /// By user: those of its exchanges that are carried out.
    carried: Vec<Vec<&'a CarriedRecord>>,
    /// By the name of an item: who receives how many units of it.
    takers: HashMap<&'a str, Vec<(&'a str, i64)>>,
    numbers: HashMap<&'a str, usize>,
    titles: HashMap<&'a str, &'a str>,
}

impl<'a> Page<'a> {
    fn new(bundles: &'a Bundles<'a>, document: &'a BundleDocument) -> Self {
        let numbers: HashMap<&str, usize> =
            bundles.users.iter().enumerate().map(|(number, name)| (&**name, number)).collect();
        let mut carried = vec![Vec::new(); bundles.users.len()];
        let mut takers: HashMap<&str, Vec<(&str, i64)>> = HashMap::new();
        for own in &document.exchanges {
            carried[numbers[&*own.user]].push(own);
            for part in own.receives.iter().flatten() {
                let takers = takers.entry(&part.item).or_default();
                match takers.iter_mut().find(|(user, _)| *user == own.user) {
                    Some((_, units)) => *units += part.units,
                    None => takers.push((&own.user, part.units)),
                }
            }
        }
        let titles = bundles.items.iter().map(|item| (&*item.name, &*item.title)).collect();
        Page { bundles, document, carried, takers, numbers, titles }
    }

    fn money(&self, amount: i64) -> String {
        money(amount, self.bundles.money_decimals)
    }

    fn write_header(&self, out: &mut impl Write, title: &str) -> io::Result<()> {
        let sum = &self.document.summary;
        let mut figures = vec![
            Figure::share("Exchanges carried out", sum.carried_out, sum.exchanges),
            Figure::share("Participants trading", sum.trading, sum.users),
            Figure::new("Units changing hands", grouped(sum.units as usize), String::new()),
        ];
        if sum.money_moved > 0 {
            figures.push(Figure::new("Money moved", self.money(sum.money_moved), String::new()));
        }
        frame::write_header(out, "Result of the round of bundles", title, &figures)?;
        frame::write_nav(
            out,
            "participant",
            &[
                (sum.carried_out > 0, "sheets", "Sheets"),
                (sum.carried_out < sum.exchanges, "missed", "Not carried out"),
            ],
        )
    }

    fn write_proof(&self, out: &mut impl Write) -> io::Result<()> {
        let objectives = &self.document.objectives;
        if objectives.is_empty() {
            return Ok(());
        }
        frame::write_verdict(out, objectives.iter().all(|own| own.proven))?;
        let goals = &self.bundles.problem.objectives;
        for (index, (own, &goal)) in objectives.iter().zip(goals).enumerate() {
            let better = self.better(goal);
            if !own.proven {
                writeln!(
                    out,
                    "Whether another outcome {better} is not settled, but none can get beyond {}.",
                    own.bound
                )?;
                break;
            }
            let start = if index == 0 { "No other outcome" } else { "Of all that do as well, none" };
            writeln!(out, "{start} {better}.")?;
        }
        let is_open = |index: usize| objectives[..index].iter().any(|own| !own.proven);
        let rows = objectives.iter().zip(goals).enumerate().map(|(index, (own, &goal))| Goal {
            name: self.goal(goal),
            value: own.value.to_string(),
            bound: (!is_open(index)).then(|| own.bound.to_string()),
            is_proven: own.proven,
        });
        frame::write_goals(out, rows)
    }

    /// What a better outcome by an objective would do, as HTML that ends a sentence.
    fn better(&self, objective: Objective) -> String {
        match objective {
            Objective::Items => "moves more units".to_owned(),
            Objective::Users => "lets more participants trade".to_owned(),
            Objective::Cost => "costs less".to_owned(),
            Objective::Favor(user) => format!("takes more of <bdi>{}</bdi>", self.user(user)),
        }
    }

    fn goal(&self, objective: Objective) -> String {
        match objective {
            Objective::Items => "Most units changing hands".to_owned(),
            Objective::Users => "Most participants trading".to_owned(),
            Objective::Cost => "Least cost".to_owned(),
            Objective::Favor(user) => format!("Most units given by <bdi>{}</bdi>", self.user(user)),
        }
    }

    fn user(&self, user: u32) -> Escaped<'a> {
        Escaped(&self.bundles.users[user as usize])
    }

    fn write_sheets(&self, out: &mut impl Write) -> io::Result<()> {
        if self.document.exchanges.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section id=\"sheets\"><h2>Who gives and gets what</h2>\n\
             <p class=\"lead\">One sheet for each participant who trades, with each bundle that is given beside what is received for it. \
             <button type=\"button\" class=\"js\" data-print=\"each\">Print all, one to a page</button></p>"
        )?;
        let mut trading: Vec<usize> =
            (0..self.carried.len()).filter(|&user| !self.carried[user].is_empty()).collect();
        trading.sort_by_key(|&user| self.bundles.users[user].to_lowercase());
        if trading.len() > MAX_ROWS {
            writeln!(out, "<p class=\"lead\">These are the first; the outcome file holds them all.</p>")?;
        }
        for user in trading.into_iter().take(MAX_ROWS) {
            self.write_sheet(out, user)?;
        }
        writeln!(out, "</section>")
    }

    fn write_sheet(&self, out: &mut impl Write, user: usize) -> io::Result<()> {
        let own = &self.carried[user];
        let name = Escaped(&self.bundles.users[user]);
        let pays: i64 = own.iter().map(|own| own.pays).sum();
        let paid = match pays {
            0 => String::new(),
            1.. => format!(", pays {}", self.money(pays)),
            _ => format!(", is paid {}", self.money(-pays)),
        };
        writeln!(
            out,
            "<article class=\"sheet\" id=\"u{user}\" data-name=\"{name}\">\n<header><h3><bdi>{name}</bdi></h3>\
             <p class=\"tally\">{}{paid}</p><button type=\"button\" class=\"js\" data-print=\"one\">Print</button></header>",
            counted(own.len(), "exchange", "exchanges")
        )?;
        for own in own {
            self.write_exchange(out, own)?;
        }
        writeln!(out, "</article>")
    }

    /// One exchange: both bundles side by side.
    fn write_exchange(&self, out: &mut impl Write, own: &CarriedRecord) -> io::Result<()> {
        let times = if own.times == 1 { String::new() } else { format!(", {} times", own.times) };
        let pays = match own.pays {
            0 => String::new(),
            pays @ 1.. => format!(", and pays <b>{}</b>", self.money(pays)),
            pays => format!(", and is paid <b>{}</b>", self.money(-pays)),
        };
        writeln!(
            out,
            "<p class=\"kept\"><b><bdi>{}</bdi></b>{times}{pays}</p>\n<div class=\"both\">",
            Escaped(&own.exchange)
        )?;
        for (caption, whom, terms) in [("Gives", "To", &own.gives), ("Gets", "From", &own.receives)] {
            writeln!(
                out,
                "<table><caption>{caption}</caption><thead><tr><th scope=\"col\" class=\"what\">What</th><th scope=\"col\">{whom}</th></tr></thead><tbody>"
            )?;
            if terms.is_empty() {
                writeln!(out, "<tr><td>nothing</td><td></td></tr>")?;
            }
            for part in terms.iter().flatten() {
                write!(out, "<tr><td>{}</td><td>", self.part(part))?;
                match &part.from {
                    Some(from) => self.write_user(out, from)?,
                    None => self.write_takers(out, part)?,
                }
                writeln!(out, "</td></tr>")?;
            }
            writeln!(out, "</tbody></table>")?;
        }
        writeln!(out, "</div>")
    }

    /// Units of an item, with its title, as HTML.
    fn part(&self, part: &Moved) -> String {
        let units =
            if part.units == 1 { String::new() } else { format!("{} \u{d7} ", grouped(part.units as usize)) };
        match self.titles[&*part.item] {
            "" => format!("{units}<bdi>{}</bdi>", Escaped(&part.item)),
            title => format!("{units}<bdi>{}</bdi> <code>{}</code>", Escaped(title), Escaped(&part.item)),
        }
    }

    fn write_user(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        let anchor = self.numbers.get(name).filter(|&&user| !self.carried[user].is_empty());
        write_name(out, anchor.map(|user| format!("u{user}")).as_deref(), name)
    }

    /// Who receives an item. Where several do, of several units, each is told with its number of all that are given of it.
    fn write_takers(&self, out: &mut impl Write, part: &Moved) -> io::Result<()> {
        let takers = self.takers.get(&*part.item).map_or(&[][..], Vec::as_slice);
        for (index, (user, units)) in takers.iter().enumerate() {
            write!(out, "{}", if index == 0 { "" } else { ", " })?;
            self.write_user(out, user)?;
            if takers.len() > 1 || *units != part.units {
                write!(out, " <small>({units} in all)</small>")?;
            }
        }
        Ok(())
    }

    fn write_missed(&self, out: &mut impl Write) -> io::Result<()> {
        let bundles = self.bundles;
        let missing = bundles.exchanges.len() - self.document.exchanges.len();
        if missing == 0 {
            return Ok(());
        }
        writeln!(
            out,
            "<section id=\"missed\"><h2>What was not carried out</h2>\n<p class=\"lead\">What carrying one of these out would cost, and whether a refusal, a cap or a limit is the reason that \
             it was not, <code>bartizan explain</code> tells.</p>\n<details{}><summary>{}</summary>",
            if missing > 100 { "" } else { " open" },
            counted(missing, "exchange", "exchanges")
        )?;
        if missing > MAX_ROWS {
            writeln!(out, "<p class=\"lead\">Only the first {MAX_ROWS} are listed here.</p>")?;
        }
        writeln!(
            out,
            "<table><thead><tr><th scope=\"col\">Exchange</th><th scope=\"col\">Of</th><th scope=\"col\">Offers</th><th scope=\"col\">For</th><th scope=\"col\">Why not</th></tr></thead><tbody>"
        )?;
        let done: std::collections::HashSet<&str> =
            self.document.exchanges.iter().map(|own| &*own.exchange).collect();
        let not_done =
            (0..bundles.exchanges.len()).filter(|&place| !done.contains(&*bundles.exchanges[place]));
        let reasons = never(bundles);
        for place in not_done.take(MAX_ROWS) {
            let own = &bundles.problem.exchanges[place];
            let why = match &reasons[place][..] {
                [] => "Nothing that it needs or gives keeps it out by itself.".to_owned(),
                told => Escaped(&told.join(" ")).to_string(),
            };
            write!(out, "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>", Escaped(&bundles.exchanges[place]))?;
            self.write_user(out, &bundles.users[own.user as usize])?;
            writeln!(
                out,
                "</td><td>{}</td><td>{}</td><td>{why}</td></tr>",
                self.terms(&own.gives),
                self.terms(&own.wants)
            )?;
        }
        writeln!(out, "</tbody></table></details></section>")
    }

    /// A bundle as it was offered or wanted, as HTML.
    fn terms(&self, terms: &[Term]) -> String {
        let name = |item: u32| Escaped(&self.bundles.items[item as usize].name).to_string();
        let term = |term: &Term| match &term.choices[..] {
            [one] if term.count == 1 => name(one.item),
            [one] => format!("{} \u{d7} {}", term.count, name(one.item)),
            several => {
                let names: Vec<String> = several.iter().map(|choice| name(choice.item)).collect();
                format!("any {} of {}", term.count, names.join(", "))
            }
        };
        match terms {
            [] => "nothing".to_owned(),
            _ => format!("<bdi>{}</bdi>", terms.iter().map(term).collect::<Vec<_>>().join(" + ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::document::document;
    use crate::format::json::read_bundles;
    use bartizan_solver::budget::Budget;
    use bartizan_solver::bundle::solve;

    fn page(text: &str) -> String {
        let bundles = read_bundles(text.as_bytes()).expect("a sound round").expect("one of bundles");
        let document = document(&bundles, &solve(&bundles.problem, Budget::UNLIMITED, &mut |_, _, _| ()));
        let mut out = Vec::new();
        write(&mut out, &bundles, &document, "Attic & all").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bundles_are_shown_as_bundles_and_every_link_leads_somewhere() {
        let text = page(include_str!("../../../../tests/bundles/attic.json"));
        assert!(text.contains("<h1>Attic &amp; all</h1>") && text.contains("Proven best possible"));
        assert!(text.contains("2 \u{d7} <bdi>Plum jam, 2025</bdi> <code>jam</code>"), "{text}");
        assert!(text.contains("nothing is to pass between dan and cat"));
        assert!(text.contains("Nothing that it needs or gives keeps it out by itself."), "{text}");
        for link in text.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(text.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }

    #[test]
    fn hostile_names_do_nothing() {
        let text = include_str!("../../../../tests/bundles/attic.json");
        let hostile = "</title><script>alert(1)</script>'><img src=x onerror=x>";
        let mut changed = text.to_owned();
        for name in ["\"ann\"", "\"drill\"", "\"tent\"", "\"ann-tools\"", "\"dan-set\""] {
            changed = changed.replace(name, &format!("\"{}{hostile}\"", name.trim_matches('"')));
        }
        let text = page(&changed);
        assert_eq!(text.matches("<script").count(), 1);
        assert!(!text.contains("<img"));
    }
}
