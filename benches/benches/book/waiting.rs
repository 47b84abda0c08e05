//! What orders that wait cost each command, few and many of them: pegs, trailing stops, and those collected in a call. Ours alone, for the
//! others have none; what counts is how the cost grows.

use std::hint::black_box;
use std::time::Instant;

use bartizan_engine::book::{
    Book, ClientOrderId, Command, Events, NewOrder, OrdType, PegReference, Phase, Price, Quantity, Rules,
    Side, Time,
};

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

/// A scene: what waits, how many on each side, and the commands that are measured among them, over and over.
struct Scene {
    name: &'static str,
    prepare: fn(&mut Book, &mut Events, usize),
    commands: Vec<Command>,
}

fn limit(side: Side, quantity: u64, price: i64) -> NewOrder {
    NewOrder::limit(ClientOrderId(0), side, Quantity(quantity), Price(price))
}

fn at_once(side: Side, price: i64) -> Command {
    let time_in_force = bartizan_engine::book::TimeInForce::Ioc;
    Command::New(NewOrder { time_in_force, ..limit(side, 1, price) })
}

/// A deep book around 100,000.
fn open(book: &mut Book, events: &mut Events) {
    for distance in 1..=200 {
        for (side, price) in [(Side::Buy, 100_000 - distance), (Side::Sell, 100_000 + distance)] {
            enter(book, events, limit(side, 1 << 30, price));
        }
    }
    for (side, price) in [(Side::Buy, 100_001), (Side::Sell, 99_999)] {
        book.apply(Time(0), &at_once(side, price), events);
    }
}

fn enter(book: &mut Book, events: &mut Events, order: NewOrder) {
    book.apply(Time(0), &Command::New(order), events);
    events.clear();
}

/// Pegs of as many terms: far enough behind never to trade.
fn pegs(book: &mut Book, events: &mut Events, count: usize) {
    open(book, events);
    for number in 0..count as i64 {
        for side in SIDES {
            let sign = if side == Side::Buy { -1 } else { 1 };
            let limit_price = Price(100_000 + sign * (50 + number));
            let (reference, offset) = (PegReference::Primary, Quantity(number as u64 % 40));
            let ord_type = OrdType::Pegged { reference, offset, limit: limit_price };
            enter(book, events, NewOrder { ord_type, ..limit(side, 1, 0) });
        }
    }
}

/// Trailing stops of as many offsets, too far away to be elected.
fn trailing(book: &mut Book, events: &mut Events, count: usize) {
    enter(book, events, limit(Side::Buy, 1, 100_000));
    book.apply(Time(0), &at_once(Side::Sell, 100_000), events);
    for number in 0..count {
        for side in SIDES {
            let ord_type = OrdType::TrailingStop { offset: Quantity(100_000 + number as u64) };
            enter(book, events, NewOrder { ord_type, ..limit(side, 1, 0) });
        }
    }
}

/// Icebergs and market orders collected in a call, which meet at few prices.
fn call(book: &mut Book, events: &mut Events, count: usize) {
    for phase in [Phase::Closed, Phase::PreOpen] {
        book.apply(Time(0), &Command::SetPhase(phase), events);
    }
    for number in 0..count {
        for side in SIDES {
            let iceberg = limit(side, 50, 100_000 + number as i64 % 5);
            enter(book, events, NewOrder { display: Quantity(10), ..iceberg });
            enter(book, events, NewOrder { ord_type: OrdType::Market, ..limit(side, 5, 0) });
        }
    }
}

fn scenes() -> Vec<Scene> {
    // The best bid moves one tick to and fro.
    let moving = vec![Command::New(limit(Side::Buy, 1, 100_000)), at_once(Side::Sell, 100_000)];
    // Each trade is at a lower price than all before.
    let trade = |price| [Command::New(limit(Side::Buy, 1, price)), at_once(Side::Sell, price)];
    let fall: Vec<Command> = (1..=1_000).flat_map(|step| trade(100_000 - step)).collect();
    let offer = vec![Command::New(limit(Side::Sell, 1, 100_050))];
    vec![
        Scene { name: "pegs, nothing happens", prepare: pegs, commands: vec![Command::Advance] },
        Scene { name: "pegs, the best bid comes and goes", prepare: pegs, commands: moving },
        Scene { name: "trailing stops, the market falls", prepare: trailing, commands: fall },
        Scene { name: "a call, another order comes", prepare: call, commands: offer },
    ]
}

/// Nanoseconds a command.
fn cost(scene: &Scene, waiting: usize) -> f64 {
    let rules = Rules { index_client_ids: false, l2: false, l3: false, ..Rules::default() };
    let (mut book, mut events) = (Book::new(rules), Events::default());
    (scene.prepare)(&mut book, &mut events, waiting);
    let (mut done, start) = (0, Instant::now());
    while done < 100 || start.elapsed().as_millis() < 300 {
        for command in &scene.commands {
            events.clear();
            book.apply(Time(0), command, &mut events);
            black_box(&events);
        }
        done += scene.commands.len();
    }
    start.elapsed().as_nanos() as f64 / done as f64
}

/// Prints a line for each scene: the cost among few, among many, and their ratio.
pub(crate) fn print(is_measured: bool) {
    let [few, many] = if is_measured { [100, 10_000] } else { [2, 20] };
    println!("waiting: ns a command with {few} and with {many} orders that wait on each side");
    for scene in scenes() {
        let [at_few, at_many] = [few, many].map(|waiting| cost(&scene, waiting));
        println!("  {:<38} {at_few:>8.0} {at_many:>10.0}  {:.1} times", scene.name, at_many / at_few);
    }
}
