//! Files that values are estimated from, told apart by themselves: CSV with a header, every format of rounds, and offers as `auction` reads them, also as JSON Lines or as
//! an instance of Gnosis or CoW.
//!
//! | the header has | a row is |
//! |---|---|
//! | two goods and two amounts | a trade: so much of one good was given, so much of another got |
//! | two goods, an amount (if wanted) and a `limit` | an offer: each one given asks for `limit` or more of the other |
//! | two goods, an `amount` and `at_least`, as `auction` reads them | an offer: all of the amount asks for so much of the other |
//! | `debtor`, `creditor`, `amount` | an obligation: the creditor is preferred to the debtor, the more the greater the amount |
//!
//! The first good is `gives`, `sell`, `sells` or `from`, its amount `given`, `sell_amount` or `amount`; the second is `gets`, `buy`, `buys` or `to`, its amount `got` or `buy_amount`.
//! `weight` says how often a row counts, `time` when it was: a number, or a date such as 2026-12-31. Other columns are passed over. An offer counts as a trade at its
//! limit. Of a round, each list is a ranking, closed by the item that it would be given for.

use crate::format::{self, ReadError};

pub use super::reading::Reading;
use super::{offers, round, rows};

/// Reads a file. With `lenient`, rows of CSV that are wrong are left out and told; else they are errors.
///
/// # Errors
/// With line and column: if it is neither rows that are known nor a round, or a row cannot be used.
pub fn read(text: &[u8], lenient: bool) -> Result<Reading, ReadError> {
    if let Some(reading) = offers::reading(text)? {
        return Ok(reading);
    }
    rows::reading(text, lenient).unwrap_or_else(|| {
        let reading = (format::detect(text).read)(text)?;
        round::reading(&reading.round).map_err(|message| ReadError { line: 1, column: 1, message })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(text.as_bytes(), false).unwrap_err().to_string()
    }

    #[test]
    fn trades_offers_and_obligations_are_told_apart() {
        let trades =
            read(b"gives,gets,given,got,time\nbread,egg,1,12,2026-01-02\negg,milk,6,1,2026-01-03\n", false)
                .unwrap();
        assert_eq!((trades.kind, trades.goods.len(), &trades.lines[..]), ("trades", 3, &[2, 3][..]));
        assert!((trades.evidence.exchanges()[1].time - 20_456.0).abs() < 1e-9);
        let offers = read(b"id,sell,buy,sell_amount,limit\n1,A,B,10,2.5\n", false).unwrap();
        assert_eq!(offers.kind, "offers");
        let asked = read(b"sells,buys,amount,at_least\nA,B,10,25\n", false).unwrap();
        assert_eq!((asked.kind, asked.evidence.exchanges()[0].got), ("offers", 25.0));
        assert!((offers.evidence.exchanges()[0].got - 25.0).abs() < 1e-12);
        let debts = read(b"debtor,creditor,amount\na,b,10\nb,c,30\nc,c,5\n", false).unwrap();
        assert_eq!((debts.kind, debts.evidence.rankings().len(), debts.notices.len()), ("obligations", 2, 1));
        let weights: Vec<f64> = debts.evidence.rankings().weighted().map(|(_, weight)| weight).collect();
        assert_eq!(weights, [0.5, 1.5]);
    }

    #[test]
    fn offers_of_auctions_are_read_in_each_of_their_formats() {
        let lines =
            read(b"\n{\"sells\": \"A\", \"buys\": \"B\", \"amount\": 10, \"at_least\": \"25\"}\n", false)
                .unwrap();
        let exchange = lines.evidence.exchanges()[0];
        assert_eq!((lines.kind, exchange.given, exchange.got), ("offers", 10.0, 25.0));
        assert_eq!((&lines.goods[..], &lines.lines[..]), (&["A".to_owned(), "B".to_owned()][..], &[2][..]));
        let order = r#"{"sell_token": "A", "buy_token": "B", "sell_amount": "1500", "buy_amount": "3", "allow_partial_fill": true, "is_sell_order": true}"#;
        let tokens = r#"{"A": {"decimals": 2}, "B": {"decimals": 0}}"#;
        let instance = format!(r#"{{"tokens": {tokens}, "orders": {{"7": {order}}}}}"#);
        let instance = read(instance.as_bytes(), false).unwrap();
        let exchange = instance.evidence.exchanges()[0];
        assert_eq!(
            (instance.kind, exchange.given, exchange.got, &instance.lines[..]),
            ("offers", 15.0, 3.0, &[1][..])
        );
        let none = read(br#"{"tokens": {}, "orders": {}}"#, false).unwrap_err().to_string();
        assert_eq!(none, "line 1, column 1: expected offers; it has none");
        let told = error("{\"sells\": \"A\", \"buys\": \"B\", \"amount\": 10}\n");
        assert!(told.contains("the field `at_least` is missing"), "{told}");
    }

    #[test]
    fn lines_of_credit_and_other_marks_are_told() {
        let told = error("from,to,limit,cost\na,b,5,1\n");
        assert!(told.starts_with("line 1, column 1: from, to and limit are lines of credit"), "{told}");
        assert_eq!(read(b"from,to,amount,limit\na,b,1,5\n", false).unwrap().kind, "offers");
        assert_eq!(read(b"sell,buy,limit\na,b,5\n", false).unwrap().kind, "offers");
        let told = error("gives;gets;given;got\nA;B;1;2\n");
        assert!(told.contains("(its fields are separated by semicolons: expected commas)"), "{told}");
        let told = error("gives,gets,given,got\nA,B,\"1,5\",2\n");
        assert!(told.contains("found \"1,5\" (expected a point before"), "{told}");
        let told = error("gives,gets,given,got,time\nA,B,1,2,2026-02-30\n");
        assert!(told.contains("expected a number or a date"), "{told}");
    }

    #[test]
    fn a_table_that_is_not_known_is_no_list_of_wants() {
        for text in ["give,get,given,got\na,b,1,2\n", "a\tb\t1\t2\n", "6,2,4,1289241911.72836\n"] {
            let told = error(text);
            assert!(told.starts_with("line 1, column 1: expected a header with two goods"), "{told}");
        }
        let told = error("gives,gets,given,got,weigth\na,b,1,2,3\n");
        assert!(told.contains("did you mean weight?"), "{told}");
    }

    #[test]
    fn bad_rows_are_named_with_their_place_or_left_out() {
        let with = |row: &str| format!("gives,gets,given,got\nA,B,1,2\n{row}\n");
        assert!(
            error(&with("A,B,1,0")).starts_with("line 3, column 4: field 4: expected an amount above 0, found 0: something for nothing is infinite arbitrage"),
            "{}",
            error(&with("A,B,1,0"))
        );
        let given = error(&with("A,B,0.0,2"));
        assert!(
            given.starts_with("line 3, column 3: field 3: expected an amount above 0, found 0.0"),
            "{given}"
        );
        let both = error(&with("A,B,0,0"));
        assert!(both.ends_with("column 3: field 3: expected an amount above 0, found 0"), "{both}");
        let rate = error("sell,buy,limit\na,b,0\n");
        assert!(rate.starts_with("line 2, column 3: field 3: expected an amount above 0, found 0"), "{rate}");
        let debt = error("debtor,creditor,amount\na,b,0\n");
        assert!(debt.ends_with("line 2, column 3: field 3: expected an amount above 0, found 0"), "{debt}");
        assert!(error(&with("A,B,-1,2")).starts_with("line 3, column 3: field 3: a negative amount"));
        let weighed = error("gives,gets,given,got,weight\nA,B,1,2,-1\n");
        assert!(weighed.starts_with("line 2, column 5: field 5: a negative amount"), "{weighed}");
        assert!(error(&with("A,B,1e-999,2")).contains("1e-999 is out of range"));
        assert!(error(&with("A,B,1e999,2")).contains("out of range"));
        assert!(error(&with("A,A,1,2")).contains("infinite arbitrage"));
        assert!(error(&with("A,,1,2")).contains("expected a name"));
        assert!(error(&with("A,B,x,2")).contains("expected a number"));
        assert!(error(&with("A,B,1")).contains("expected a row of CSV"));
        assert!(error("gives,gets,given\nA,B,1\n").contains("expected a column"));
        let lenient = read(with("Z,B,1,0\nA,A,1,1\nA,B,3").as_bytes(), true).unwrap();
        assert_eq!(lenient.goods, ["A", "B"]);
        assert_eq!((lenient.evidence.exchanges().len(), lenient.notices.len()), (1, 2));
        assert_eq!(lenient.left_out, 2);
        let none = error("gives,gets,given,got\n");
        assert_eq!(none, "line 1, column 1: expected rows under the header; it has none");
        let none = read(b"gives,gets,given,got\nA,B,x,2\n", true).unwrap_err().to_string();
        assert!(
            none.contains("it has none; rows left out that cannot be used: 1 (the first: line 2, "),
            "{none}"
        );
    }

    #[test]
    fn wants_are_ranked_by_their_cost_wherever_they_stand() {
        let lists = |wants: &str| {
            let text = format!("#! EXPLICIT-PRIORITIES\n(a) A : {wants}\n(b) B : A\n(c) C : A\n");
            let round = read(text.as_bytes(), false).unwrap();
            round.evidence.rankings().iter().map(<[u32]>::to_vec).collect::<Vec<_>>()
        };
        assert_eq!(lists("B=1 C=3"), lists("C=3 B=1"));
        assert_eq!(lists("C=3 B=1")[0], [1, 2, 0]);
    }

    #[test]
    fn a_round_is_read_as_rankings() {
        let round = read(
            b"#! ALLOW-DUMMIES LINEAR-PRIORITIES\n(ann) A : B C\n(bob) B : A\n(cy) C : %X B\n(cy) %X : A\n",
            false,
        )
        .unwrap();
        assert_eq!((round.kind, &round.goods[..]), ("wants", &["A".to_owned(), "B".into(), "C".into()][..]));
        let lists: Vec<&[u32]> = round.evidence.rankings().iter().collect();
        assert_eq!(lists, [&[1, 2, 0][..], &[0, 1], &[0, 2], &[1, 2]]);
        assert_eq!(round.players.unwrap().1, [0, 1, 2]);
    }
}
