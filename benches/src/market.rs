//! A realm in which agents trade goods for money: who they are, what they have, and the market.

use bartizan_engine::book::TickTable;
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::IssueAsset;
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId};
use bartizan_engine::market::command::{Channels, CreateMarket, Mechanism};
use bartizan_engine::market::fees::FeeSchedule;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, DefineAsset, OpenAccount, RegisterAgent};

/// The market.
pub const MARKET: MarketId = MarketId(1);

/// The commands of the realm itself that found it, in an empty one: so many agents, each with more goods and money than it will spend.
pub fn founding(agents: u32, channels: Channels) -> Vec<Command> {
    let mut commands = Vec::new();
    for agent in 1..=agents {
        let (roles, name) = (Roles::of(&[Role::Trader]), format!("agent {agent}"));
        commands.push(Command::RegisterAgent(RegisterAgent { agent: None, name, key: None, roles }));
    }
    for name in ["goods", "money"] {
        let (class, supply) = (AssetClass::Token, SupplyRule::Open);
        let (asset, name) = (None, name.to_owned());
        commands.push(Command::DefineAsset(DefineAsset { asset, name, class, scale: 0, supply }));
    }
    // The first two accounts are those from which the assets are issued.
    let mut credit = AccountId(2);
    for owner in (1..=agents).map(AgentId) {
        for asset in [AssetId(1), AssetId(2)] {
            let (account, overdraft, ceiling) = (None, Amount::ZERO, None);
            commands.push(Command::OpenAccount(OpenAccount { account, owner, asset, overdraft, ceiling }));
            credit.0 += 1;
            commands.push(Command::IssueAsset(IssueAsset { credit, amount: Amount(1 << 80) }));
        }
    }
    commands.push(market(channels));
    commands
}

/// The market of the first asset for the second, the first agent's.
pub fn market(channels: Channels) -> Command {
    Command::CreateMarket(CreateMarket {
        market: Some(MARKET),
        name: "goods for money".into(),
        base: AssetId(1),
        quote: AssetId(2),
        base_per_lot: 1,
        quote_per_tick: 1,
        lot: 1,
        ticks: TickTable::default(),
        fees: FeeSchedule { maker_ppm: 100, taker_ppm: 300, auction_ppm: 200 },
        fee_owner: AgentId(1),
        mechanism: Mechanism::Continuous,
        unique_client_ids: false,
        channels,
    })
}
