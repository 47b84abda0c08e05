//! Imports run one way: between crates as their folders stand, and within a crate without a circle.
//!
//! A path counts wherever it stands: in a `use` or in the middle of an expression, from `crate`, `super`,
//! `self` or a submodule's name. A name that a module passes on with `pub use` counts as an import of the
//! module it comes from. What a macro makes, and what comes through `use a::*`, goes unseen.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, is_word};

/// Which crates of ours each may name.
const MAY_NAME: [(&str, &[&str]); 7] = [
    ("solver", &[]),
    ("engine", &["solver"]),
    ("io/capi", &["engine"]),
    ("io", &["engine", "solver", "io"]),
    ("benches", &["engine", "solver", "io", "benches"]),
    ("tests", &["engine", "solver", "io", "tests"]),
    ("fuzz", &["engine", "solver", "io", "tests"]),
];

/// Crates that `source` names and may not.
pub(crate) fn between_crates(source: &Source) -> Vec<String> {
    let inside = |folder: &str| source.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let crates = MAY_NAME.iter().filter(|(folder, _)| inside(folder));
    let (folder, allowed) = crates.max_by_key(|(folder, _)| folder.len()).copied().unwrap_or_default();
    let mut found = Vec::new();
    for (index, code) in source.code.lines().enumerate() {
        for (at, mark) in code.match_indices("bartizan_") {
            let name: String =
                code[at + mark.len()..].chars().take_while(|&letter| is_word(letter)).collect();
            // A crate's own tests name it as others do.
            let own_tests = name == folder && source.is_test[index];
            // Functions of the C ABI begin as crates do.
            let is_crate = MAY_NAME.iter().any(|(folder, _)| *folder == name);
            if is_crate && !allowed.contains(&&*name) && !own_tests {
                found.push(format!("{}:{}: {folder} may not know bartizan_{name}", source.path, index + 1));
            }
        }
    }
    found
}

/// A module: the names that lead to it from the crate's root.
type Module = Vec<String>;

/// One path that a file names: its segments, its line, and whether `pub use` passes it on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    path: Vec<String>,
    line: usize,
    passed_on: bool,
}

/// Which file imports which, and where.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, usize>>;

/// What the files of the crate in `folder` import of each other.
pub(crate) fn within_crate(sources: &[Source], folder: &str) -> Imports {
    let prefix = format!("{folder}/src/");
    let mut files: BTreeMap<Module, &Source> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_test.iter().all(|&test| test)) {
        if let Some(module) = source.path.strip_prefix(&prefix).and_then(module) {
            files.insert(module, source);
        }
    }
    let named: BTreeMap<&Module, Vec<Named>> =
        files.iter().map(|(module, source)| (module, named(source))).collect();
    let mut imports = Imports::new();
    for (&module, paths) in &named {
        let of = imports.entry(files[module].path.clone()).or_default();
        for path in paths.iter().filter(|path| !path.passed_on) {
            if let Some(target) = resolve(&named, module, &path.path, 8).filter(|target| target != module) {
                of.entry(files[&target].path.clone()).or_insert(path.line);
            }
        }
    }
    imports
}

/// For each group of files that import each other in a circle, the imports within it, told as
/// `file:line: imports file`.
pub(crate) fn circles(imports: &Imports) -> Vec<Vec<String>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|from| (&**from, reachable(imports, from))).collect();
    let mut groups = BTreeMap::new();
    for from in imports.keys() {
        let group: Vec<&str> =
            reach[&**from].iter().copied().filter(|to| reach[to].contains(&**from)).collect();
        let within = group.iter().flat_map(|member| {
            let of = imports[*member].iter().filter(|(to, _)| group.contains(&&***to));
            of.map(move |(to, line)| format!("{member}:{line}: imports {to}"))
        });
        let within: Vec<String> = within.collect();
        if !within.is_empty() {
            groups.insert(group, within);
        }
    }
    groups.into_values().collect()
}

/// What `from` imports, directly or through others.
pub(crate) fn reachable<'a>(imports: &'a Imports, from: &str) -> BTreeSet<&'a str> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(&**next) {
                open.push(next);
            }
        }
    }
    seen
}

fn module(path: &str) -> Option<Module> {
    let mut names: Module = path.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    match &*names.last()?.clone() {
        "lib" if names.len() == 1 => names.clear(),
        "main" if names.len() == 1 => return None,
        "mod" => drop(names.pop()),
        _ => {}
    }
    Some(names)
}

/// The module in which the name at the end of `path` is found, as seen from `module`.
fn resolve(
    named: &BTreeMap<&Module, Vec<Named>>,
    module: &Module,
    path: &[String],
    depth: usize,
) -> Option<Module> {
    let mut at = module.clone();
    let mut segments = path.iter().peekable();
    match segments.peek()?.as_str() {
        "crate" => at.clear(),
        "super" => drop(at.pop()?),
        "self" => {}
        first => {
            at.push(first.to_owned());
            named.get(&at)?;
        }
    }
    segments.next();
    while let Some(segment) = segments.next() {
        if segment == "super" {
            at.pop()?;
            continue;
        }
        at.push(segment.clone());
        if named.contains_key(&at) {
            continue;
        }
        at.pop();
        // Not a module: something defined here, or passed on from elsewhere.
        let from = named[&at].iter().find(|other| other.passed_on && other.path.last() == Some(segment));
        let Some(from) = from.filter(|_| depth > 0) else { break };
        let rest: Vec<String> = from.path.iter().cloned().chain(segments.cloned()).collect();
        return resolve(named, &at, &rest, depth - 1).or(Some(at));
    }
    named.contains_key(&at).then_some(at)
}

/// Every path in the productive lines of `source`.
fn named(source: &Source) -> Vec<Named> {
    let tokens: Vec<(usize, String)> = source
        .productive_lines()
        .flat_map(|(number, code)| tokens(code).into_iter().map(move |t| (number, t)))
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    let mut passed_on = false;
    while at < tokens.len() {
        match &*tokens[at].1 {
            "use" => {
                let before = &tokens[at.saturating_sub(4)..at];
                let publicly = before.last().is_some_and(|token| token.1 == "pub" || token.1 == ")")
                    && before.iter().any(|token| token.1 == "pub");
                passed_on = publicly;
                at += 1;
            }
            ";" => {
                passed_on = false;
                at += 1;
            }
            token if token.chars().all(is_word) => {
                let line = tokens[at].0;
                let mut paths = Vec::new();
                at = tree(&tokens, at, &Vec::new(), &mut paths);
                found.extend(paths.into_iter().map(|path| Named { path, line, passed_on }));
            }
            _ => at += 1,
        }
    }
    found
}

/// Reads the path, or tree of paths, that begins at token `at`; says where it ends.
fn tree(tokens: &[(usize, String)], mut at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let token = |at: usize| tokens.get(at).map_or("", |token| &*token.1);
    loop {
        if token(at) == "{" && path.len() == before.len() && !before.is_empty() {
            at += 1;
            while !matches!(token(at), "}" | "") {
                at = if token(at).starts_with(is_word) { tree(tokens, at, &path, found) } else { at + 1 };
            }
            return at + 1;
        }
        if !token(at).starts_with(is_word) {
            break;
        }
        path.push(token(at).to_owned());
        at += 1;
        if token(at) != "::" {
            break;
        }
        at += 1;
        if token(at) == "{" {
            return tree(tokens, at, &path, found);
        }
    }
    // `{self, ...}` names what stands before the braces.
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if path.len() > 1 {
        found.push(path);
    }
    if token(at) == "as" { at + 2 } else { at }
}

fn tokens(code: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if is_word(first) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        found.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    found
}
