//! What is read of files of offers: to which units, which offers take part with how much, and what is told of the others.

use bartizan_solver::auction::Offer;
use bartizan_solver::stream::Stream;

use super::amount::shown;
use super::offers::Reading;
use super::read::{read, read_stated};
use super::stated::{Stated, Statement};

fn reading(text: &str) -> Reading {
    read(text.as_bytes()).expect("it is a file of offers")
}

fn refused(text: &str) -> String {
    read(text.as_bytes()).expect_err("it is no file of offers").message
}

fn offer(sells: u32, buys: u32, amount: u64, at_least: u64, minimum: u64) -> Offer {
    Offer { sells, buys, amount, at_least, minimum }
}

/// A file of bikes and money, whose amounts are written so.
fn bikes(written: [&str; 4]) -> String {
    let [bike, asked, paid, wanted] = written;
    format!("sells,buys,amount,at_least\nbikes,money,{bike},{asked}\nmoney,bikes,{paid},{wanted}\n")
}

fn stated(text: &str, statements: &[&str]) -> Result<Reading, String> {
    let statements = statements.iter().map(|text| Statement::read(text).expect("it says something"));
    let stated = Stated::new(statements).expect("nothing is said twice");
    read_stated(text.as_bytes(), &stated).map_err(|error| error.to_string())
}

#[test]
fn an_asset_has_as_many_digits_as_any_amount_of_it_is_written_with() {
    let decimals = |written| {
        let found = reading(&bikes(written));
        (found.assets.iter().map(|asset| asset.decimals).collect::<Vec<_>>(), found.offers)
    };
    let (found, offers) = decimals(["1", "30", "35.00", "1"]);
    assert_eq!((found, offers[1].amount, offers[0].at_least), (vec![0, 2], 3_500, 3_000));
    assert_eq!(decimals(["1", "30.00", "35", "1"]).0, [0, 2], "of what is asked for, too");
    assert_eq!(decimals(["1.0", "30", "35", "1"]).0, [1, 0]);
    assert_eq!(decimals(["1", "30", "35", "1"]).0, [0, 0]);
    let json =
        "{\"sells\":\"a\",\"buys\":\"b\",\"amount\":35.00,\"at_least\":\"1.0\",\"minimum\":\"7.000\"}\n";
    assert_eq!(reading(json).assets.iter().map(|asset| asset.decimals).collect::<Vec<_>>(), [3, 1]);
    // Zeros give way where there is no room for them, and nobody loses by it.
    let large = reading(&bikes(["1", "5", "9000000000.000000000000000000", "1"]));
    assert!(large.assets[1].decimals < 18 && large.notices.is_empty(), "{large:?}");
}

#[test]
fn decimals_that_are_stated_hold_whatever_is_written() {
    let text = bikes(["1.0", "30", "35.00", "1.00"]);
    let found = stated(&text, &["bikes=0"]).unwrap();
    assert_eq!(found.offers, [offer(0, 1, 1, 3_000, 0), offer(1, 0, 3_500, 1, 0)]);
    assert_eq!(found.assets.iter().map(|asset| asset.stated).collect::<Vec<_>>(), [Some(0), None]);
    let found = stated(&text, &["4", "bikes=0"]).unwrap();
    assert_eq!(found.offers, [offer(0, 1, 1, 300_000, 0), offer(1, 0, 350_000, 1, 0)]);
    let told = stated(&bikes(["1.0", "30", "35.00", "1.50"]), &["bikes=0"]).unwrap_err();
    assert_eq!(
        told,
        "line 3, column 1: `at_least`: expected at most 0 digits behind the point, as are stated of bikes, found 1.5"
    );
    let told = stated(&bikes(["1", "30", "900000000000", "1"]), &["money=18"]).unwrap_err();
    assert!(
        told.contains(
            "18 digits behind the point are stated of money, and so much of it is offered that there is room for at most 4"
        ),
        "{told}"
    );
    let told = stated(&bikes(["1", "30", "9000000000000000000000", "1"]), &["money=0"]).unwrap_err();
    assert!(
        told.contains("0 digits behind the point are stated of money") && told.ends_with("room for none"),
        "{told}"
    );
    // Tokens have digits of their own, and those that are stated are the ones that are shown.
    let cow = COW.replace("\"10\"", "\"100\"").replace(": 5,", ": 50,").replace(": \"5\"", ": \"50\"");
    let found = stated(&cow, &["2"]).unwrap();
    assert_eq!((found.offers[0], found.assets[0].decimals), (offer(0, 1, 10, 5, 0), 2));
    let told = stated(COW, &["0xa=2"]).unwrap_err();
    assert!(told.contains("digits behind the point, as are stated of 0xa, found 0.005"), "{told}");
}

#[test]
fn what_is_passed_over_or_may_not_be_meant_is_told() {
    let found = reading("id,sells,buys,amount,at_least,currency,note\n,a,b,1,1,EUR,\n,B,a,1,1,EUR,x\n");
    assert_eq!(
        found.notices,
        [
            "columns not read: currency, note",
            "names that differ only in case or in white space about them are kept apart: \"b\" and \"B\"",
        ]
    );
    let twice = reading("id,sells,buys,amount,at_least\nx,a,b,1,1\ny,b,a,1,1\nx,b,a,1,1\nx,a,b,1,1\n");
    let told = "offers whose id one before them has: 2, the first is offer 3 (x)";
    assert_eq!(twice.notices, [told]);
    assert_eq!(reading("sells,buys,amount,at_least\n").notices, ["no offers in it"]);
    assert!(refused("").ends_with("it has no sells (the file is empty)"), "{}", refused(""));
    let spread = refused("{\n  \"sells\": \"a\",\n  \"buys\": \"b\"\n}\n");
    assert!(spread.ends_with("ends before its JSON does; expected each offer whole on one line"), "{spread}");
    let list = refused("[{\"sells\":\"a\",\"buys\":\"b\",\"amount\":1,\"at_least\":1}]");
    assert!(list.starts_with("expected an object of JSON for each offer, one a line"), "{list}");
    let exponent = refused("sells,buys,amount,at_least\na,b,1e3,1\n");
    assert!(exponent.contains("found \"1e3\" (expected all its digits, without an exponent"), "{exponent}");
}

#[test]
fn asks_that_nobody_can_meet_cost_no_digits() {
    let whole = "sells,buys,amount,at_least,id\nA,B,100,123.45,\nB,A,1000000000000.01,7,\n";
    let alone = reading(whole);
    let with = reading(&format!("{whole}A,B,5,99999999999999999999999,dear\n"));
    assert_eq!((&with.assets, &with.offers), (&alone.assets, &alone.offers));
    assert_eq!(
        with.notices,
        [
            "offers left out, since they ask for more than all that is offered could ever pay: 1, the first is offer 3 (dear)"
        ]
    );
    // All that is offered, 10^12 and a little, pays for a ten thousandth of this offer.
    let with = reading(&format!("{whole}A,B,1000000000,10000000000000000.01,\n"));
    assert_eq!(with.offers[2], offer(0, 1, 100_000, 100_000_000_000_001, 0));
    assert_eq!(
        with.notices,
        [
            "offers that ask for very much, limited to what all that is offered could pay for: 1, the first is offer 3"
        ]
    );
    let all_or_nothing = reading(
        "sells,buys,amount,at_least,minimum\nA,B,1000000000,100000000000000000,1000000000\nB,A,1000000000000,7,\n",
    );
    assert_eq!(all_or_nothing.offers.len(), 1);
    // Where nothing is offered that could pay, what is asked for is counted all the same.
    let nothing = reading("sells,buys,amount,at_least\nA,B,5,4692581049969374626065\n");
    assert_eq!((nothing.offers.len(), nothing.assets[1].decimals), (1, -6));
}

/// No offer asks for less than its limit, nor for more than a unit more than that asks for what of its amount is counted.
#[test]
fn digits_that_are_dropped_leave_limits_as_they_are_written() {
    let same = "1.234567890123456789";
    let found = reading(&format!("sells,buys,amount,at_least\na,b,{same},{same}\nb,a,{same},{same}\n"));
    assert!(found.assets.iter().all(|asset| asset.decimals < 18), "{found:?}");
    assert!(found.offers.iter().all(|offer| offer.amount == offer.at_least), "{found:?}");
    let mut stream = Stream::new(7);
    for _ in 0..200 {
        // In 10^-18; products of two of them fit into 128 bits.
        let [amount, asked, minimum] =
            [62, 62, 61].map(|bits| (1_u64 << bits) + stream.below(1 << (bits - 1)));
        let [sold, least, most] = [amount, asked, minimum].map(|units| shown(units, 18));
        let others = [9, 90, 900][stream.below(3) as usize];
        let text =
            format!("sells,buys,amount,at_least,minimum\na,b,{sold},{least},{most}\nb,a,{others},1,\n");
        let found = reading(&text);
        let [of_a, of_b] = [0, 1].map(|asset| 10_u64.pow((18 - found.assets[asset].decimals) as u32));
        let offer = found.offers[0];
        let product = |one: u64, other: u64| u128::from(one) * u128::from(other);
        let asks = |units: u64| product(units * of_b, amount);
        let limit = product(offer.amount * of_a, asked);
        assert!(of_a > 1 && of_b > 1 && amount - offer.amount * of_a < of_a, "{text}");
        assert!(asks(offer.at_least) >= limit && asks(offer.at_least - 1) < limit, "{text} {offer:?}");
        assert!((offer.minimum * of_a).checked_sub(minimum).is_some_and(|more| more < of_a), "{text}");
    }
}

#[test]
fn minimums_are_rounded_up_and_compared_as_they_are_written() {
    let large = "A,B,300000000000000000,36000000000000000,\n";
    let file = |row: &str| format!("sells,buys,amount,at_least,minimum\n{row}\n{large}");
    for (row, amount, minimum) in [
        ("A,B,29,2,15", 2, 2),
        ("A,B,29,2,11", 2, 2),
        ("A,B,29,2,29", 2, 2),
        ("A,B,29,2,1", 2, 1),
        ("A,B,29,2,", 2, 0),
    ] {
        let reading = reading(&file(row));
        assert_eq!(reading.assets[0].decimals, -1, "the last digit is dropped");
        assert_eq!([reading.offers[0].amount, reading.offers[0].minimum], [amount, minimum], "{row}");
    }
    let json = |least: &str| {
        let of_a =
            r#"{"sells":"A","buys":"B","amount":22,"at_least":2,"minimum":LEAST}"#.replace("LEAST", least);
        format!("{of_a}\n{}\n", r#"{"sells":"B","buys":"A","amount":7,"at_least":1}"#)
    };
    for none in [file("A,B,22,2,0"), file("A,B,22,2,0.0"), json("0"), json("\"0\""), json("null")] {
        assert_eq!(reading(&none).offers[0].minimum, 0, "{none}");
    }
    assert_eq!(refused(&file("A,B,22,2,29")), "its minimum is more than its amount");
    assert_eq!(refused(&file("A,B,22,2,22.5")), "its minimum is more than its amount");
}

#[test]
fn no_digit_of_numbers_in_json_is_lost() {
    let file = |mark: &str| {
        format!(
            "{{\"sells\":\"A\",\"buys\":\"B\",\"amount\":{mark}0.10000000000000001{mark},\"at_least\":{mark}18446744073709551617{mark}}}\n"
        )
    };
    assert_eq!(reading(&file("")), reading(&file("\"")));
    assert_eq!(reading(&file("")).offers[0].amount, 10_000_000_000_000_001);
    let spelt = file("").replace("18446744073709551617", "2.5e3");
    assert_eq!(reading(&spelt).offers[0].at_least, 2_500);
}

#[test]
fn an_account_sells_no_more_than_it_has() {
    let order = |account: &str, sells: &str, buys: &str, amount: u64, at_least: u64| {
        format!(
            r#"{{"accountID": "{account}", "sellToken": "{sells}", "buyToken": "{buys}", "sellAmount": "{amount}", "buyAmount": "{at_least}"}}"#
        )
    };
    let orders = [
        order("a", "x", "y", 60, 30),
        order("a", "x", "z", 90, 9),
        order("a", "y", "x", 40, 40),
        order("b", "x", "y", 40, 40),
        order("c", "y", "x", 40, 40),
        order("c", "y", "x", 9, 40),
        order("c", "z", "y", 40, 40),
    ];
    let text = format!(
        r#"{{"tokens": ["x", "y", "z"], "metadata": {{"min_tradable_amount": 10}}, "orders": [{}],
            "accounts": {{"a": {{"x": "75", "y": 1000}}, "c": {{"y": "40", "z": "9"}}}}}}"#,
        orders.join(", ")
    );
    let found = reading(&text);
    // Together 60 and at most 75 are more than 75: each gets as much in proportion.
    let kept =
        [offer(0, 1, 33, 17, 10), offer(0, 2, 41, 5, 10), offer(1, 0, 40, 40, 10), offer(1, 0, 40, 40, 10)];
    assert_eq!(found.offers, kept);
    assert_eq!(found.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3, 5]);
    assert_eq!(
        found.notices,
        [
            "orders left out, since they sell less than may be traded: 1 of 7",
            "the least amount to trade is asked of what is sold alone",
            "offers limited to what their account has: 2, the first is offer 1 (a)",
            "offers left out, since their account has not enough for them: 2, the first is offer 4 (b)",
        ]
    );
    let free = reading(&text.replace(r#""accounts": {"#, r#""others": {"#));
    assert_eq!(free.offers.len(), 6, "where nothing is said of accounts, nothing limits them");
    // An order for more than can be counted is the usual way to sell all that there is.
    let all =
        text.replace(r#""sellAmount": "40""#, r#""sellAmount": "340282366920938463463374607431768211""#);
    let all = reading(&all);
    assert_eq!((all.offers[2].amount, all.assets[1].decimals), (1_000, 0));
}

const COW: &str = r#"{"tokens": {"0xa": {"decimals": 3}, "0xb": {"decimals": 3}}, "orders": {
    "1": {"sell_token": "0xa", "buy_token": "0xb", "sell_amount": "10", "buy_amount": 5, "allow_partial_fill": true, "is_sell_order": true},
    "2": {"sell_token": "0xb", "buy_token": "0xa", "sell_amount": "10", "buy_amount": "5", "allow_partial_fill": false, "is_sell_order": true}}}"#;

#[test]
fn what_is_given_twice_or_makes_no_sense_is_refused() {
    assert_eq!(reading(COW).offers, [offer(0, 1, 10, 5, 0), offer(1, 0, 10, 5, 10)]);
    for (was, is, told) in [
        ("\"2\":", "\"1\":", "the field `1` is given twice in `orders`"),
        ("\"0xb\": {\"dec", "\"0xa\": {\"dec", "the field `0xa` is given twice in `tokens`"),
        ("3}, ", "2147483647}, ", "token 0xa: expected decimals from 0 to 36, found 2147483647"),
        ("3}, ", "-1}, ", "token 0xa: expected decimals from 0 to 36, found -1"),
        ("\"10\"", "\"-10\"", "order 1: sell_amount: expected an amount above 0"),
        (
            "\"is_sell_order\": true}}",
            "\"is_sell_orders\": true}}",
            "`is_sell_order` is missing in `orders.2`",
        ),
    ] {
        let found = refused(&COW.replacen(was, is, 1));
        assert!(found.contains(told), "{told}: {found}");
    }
    let twice = refused(r#"{"tokens": ["x", "x"], "orders": []}"#);
    assert!(twice.contains("the token `x` is named twice"), "{twice}");
}

#[test]
fn what_cannot_be_kept_of_an_instance_is_told() {
    let all = COW
        .replacen(
            "\"is_sell_order\": true",
            r#""is_sell_order": true, "fee": {}, "cost": {}, "mandatory": true, "is_liquidity_order": true, "has_atomic_execution": true, "exec_buy_amount": "7""#,
            1,
        )
        .replacen("\"decimals\": 3", "\"decimals\": 3, \"internal_buffer\": \"7\"", 1);
    assert_eq!(
        reading(&all).notices,
        [
            "orders whose fee is not charged: 1",
            "orders whose cost is not counted: 1",
            "orders that are to be filled in any case, taken as others: 1",
            "orders for liquidity, taken as others: 1",
            "orders with an execution of their own, taken as others: 1",
            "orders whose stated execution is passed over: 1",
            "tokens in stock passed over: 1",
        ]
    );
    assert!(reading(COW).notices.is_empty());
    let to_buy = COW.replacen("\"is_sell_order\": true", "\"is_sell_order\": false", 1);
    assert_eq!(reading(&to_buy).notices, ["orders to buy passed over: 1 of 2"]);
}
