//! Whether a document of paths is of a network, moves what it says, and is proven: by the solver's own checks, which share nothing with its search.

use bartizan_solver::certify;
use bartizan_solver::trust::{self, MAX_MOVED};

use super::document::{Document, FORMAT, VERSION, cost, ends};
use super::network::Network;
use crate::document::Status;

/// Whether `document` is sound; then, whether no more can move is its status.
///
/// # Errors
/// Says the first thing that is wrong.
pub fn check(network: &Network, document: &Document<'_>) -> Result<(), String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!(
            "expected {FORMAT} of version {VERSION}, not {} of version {}",
            document.format, document.version
        ));
    }
    if document.decimals != network.decimals {
        return Err(format!(
            "amounts have {} decimals there, and {} in the file",
            document.decimals, network.decimals
        ));
    }
    let ends = ends(network, &document.question)?;
    let most = document.question.max_hops.map_or(usize::MAX, |hops| network.lines_in(hops));
    let paths = paths(network, document)?;
    let moved =
        certify::trust::value(&network.lines, ends, most, &paths).map_err(|flaw| told(flaw, network))?;
    let asked = document.question.amount.unwrap_or(MAX_MOVED).min(MAX_MOVED);
    if moved > i128::from(asked) {
        return Err(format!("{moved} moves, and no more than {asked} was asked for"));
    }
    let (bound, cheapest) = if document.question.max_hops.is_some() {
        (within(network, ends, most, document)?.min(i128::from(asked)), false)
    } else {
        (without_limit(network, ends, asked, (document, &paths))?, true)
    };
    let summary = &document.summary;
    for (name, said, found) in [
        ("moved", i128::from(summary.moved), moved),
        ("bound", i128::from(summary.bound), bound),
        ("cost", summary.cost, cost(network, &paths)),
    ] {
        if said != found {
            return Err(format!("its summary says that {name} is {said}, and it is {found}"));
        }
    }
    if summary.cheapest != cheapest {
        return Err("what is cheapest is proven without a limit of steps alone".to_owned());
    }
    let status = Status::of(moved == bound);
    if document.proof.status != status {
        return Err("its status is another than what its proof shows".to_owned());
    }
    Ok(())
}

/// The document's paths, once their names are those of the network's lines.
fn paths(network: &Network, document: &Document<'_>) -> Result<Vec<trust::Path>, String> {
    let mut paths = Vec::with_capacity(document.paths.len());
    for (number, path) in document.paths.iter().enumerate() {
        let count = network.lines.from.len();
        if path.lines.iter().any(|&line| line as usize >= count) {
            return Err(format!("path {}: the network has {count} lines", number + 1));
        }
        if path.through != network.through(&path.lines) || path.tokens != network.tokens(&path.lines) {
            return Err(format!("path {}: its lines lead through others than it names", number + 1));
        }
        paths.push(trust::Path { amount: path.amount, lines: path.lines.clone() });
    }
    Ok(paths)
}

/// What the lengths prove.
fn within(network: &Network, ends: (u32, u32), most: usize, document: &Document<'_>) -> Result<i128, String> {
    let mut lengths = vec![0; network.lines.from.len()];
    for &(line, length) in &document.proof.lengths {
        *lengths.get_mut(line as usize).ok_or("its proof is of lines that the network has not")? = length;
    }
    certify::trust::bound(&network.lines, ends, most, &lengths)
        .ok_or_else(|| "its proof shows nothing: by it some path has no length".to_owned())
}

/// How much moves, if the potentials prove that no more can, and that nothing is cheaper.
fn without_limit(
    network: &Network,
    ends: (u32, u32),
    asked: i64,
    (document, paths): (&Document<'_>, &[trust::Path]),
) -> Result<i128, String> {
    let (obligations, levels) = network.lines.circulation(ends, asked);
    let mut cleared = vec![0; obligations.amount.len()];
    for path in paths {
        for &line in &path.lines {
            cleared[line as usize] += path.amount;
        }
    }
    // What moves fits the lines, and so the ways back.
    let mut moved: i64 = paths.iter().map(|path| path.amount).sum();
    for (back, &most) in cleared.iter_mut().zip(&obligations.amount).skip(network.lines.from.len()) {
        *back = moved.min(most);
        moved -= *back;
    }
    let wrong = |flaw: certify::netting::Flaw| format!("its proof is none: {flaw:?}");
    let value = certify::netting::value(&obligations, &levels, &cleared).map_err(wrong)?;
    let bound = certify::netting::bound(&obligations, &levels, &document.proof.potentials).map_err(wrong)?;
    if value != bound {
        return Err(format!(
            "it moves {} at a cost of {}, and its proof shows only that no more than {} can at {}",
            value[0], -value[1], bound[0], -bound[1]
        ));
    }
    Ok(value[0])
}

fn told(flaw: certify::trust::Flaw, network: &Network) -> String {
    match flaw {
        certify::trust::Flaw::Broken(path) => format!("path {}: it does not lead from end to end", path + 1),
        certify::trust::Flaw::NotAllowed(path) => {
            format!("path {}: it has too many steps, or moves nothing", path + 1)
        }
        certify::trust::Flaw::Overdrawn(line) => {
            format!("more moves along line {line} than the {} that it carries", network.lines.limit[line])
        }
    }
}
