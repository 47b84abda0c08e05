//! Trees of cases as they are written down: a list in which a branch stands before its first case, and that before its second. So reading them needs no
//! recursion, however deep they claim to be nested.

/// Cases nest at most that deep: deeper than any search makes them, and not too deep to be checked and dropped by recursion.
pub const MOST_DEPTH: usize = 1_000;

/// The branches and leaves of a tree in order; `cases` tells the two of a branch.
pub fn listed<'t, Tree>(root: &'t Tree, cases: impl Fn(&'t Tree) -> Option<[&'t Tree; 2]>) -> Vec<&'t Tree> {
    let mut list = Vec::new();
    let mut open = vec![root];
    while let Some(tree) = open.pop() {
        list.push(tree);
        if let Some([first, second]) = cases(tree) {
            open.extend([second, first]);
        }
    }
    list
}

/// What a record of a list stands for.
#[allow(missing_debug_implementations)] // it has a closure
pub enum Grown<Tree> {
    /// A case by itself.
    Leaf(Tree),
    /// Two cases, and what becomes of them.
    Branch(Box<dyn FnOnce(Tree, Tree) -> Tree>),
}

/// The tree of a list, whose records `grow` tells; `None` if they are not those of one tree, or nest deeper than [`MOST_DEPTH`].
pub fn grown<Record, Tree>(
    records: impl DoubleEndedIterator<Item = Record>,
    grow: impl Fn(Record) -> Grown<Tree>,
) -> Option<Tree> {
    let mut trees: Vec<(Tree, usize)> = Vec::new();
    for record in records.rev() {
        let tree = match grow(record) {
            Grown::Leaf(tree) => (tree, 0),
            Grown::Branch(join) => {
                let ((first, one), (second, other)) = (trees.pop()?, trees.pop()?);
                let depth = one.max(other) + 1;
                if depth > MOST_DEPTH {
                    return None;
                }
                (join(first, second), depth)
            }
        };
        trees.push(tree);
    }
    let (tree, _) = trees.pop()?;
    trees.is_empty().then_some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Tree {
        Leaf(char),
        Branch(char, Box<[Tree; 2]>),
    }

    fn read(text: &str) -> Option<Tree> {
        grown(text.chars(), |own| match own {
            '0'..='9' => Grown::Leaf(Tree::Leaf(own)),
            _ => Grown::Branch(Box::new(move |one, other| Tree::Branch(own, Box::new([one, other])))),
        })
    }

    fn write(tree: &Tree) -> String {
        let list = listed(tree, |tree| match tree {
            Tree::Leaf(_) => None,
            Tree::Branch(_, cases) => Some([&cases[0], &cases[1]]),
        });
        list.into_iter().map(|(Tree::Leaf(own) | Tree::Branch(own, _))| *own).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        for text in ["1", "a12", "ab123", "a1b23", "ab12c34"] {
            assert_eq!(read(text).map(|tree| write(&tree)).as_deref(), Some(text));
        }
        let [one, two] = [Tree::Leaf('1'), Tree::Leaf('2')];
        assert_eq!(read("a12"), Some(Tree::Branch('a', Box::new([one, two]))));
    }

    #[test]
    fn what_is_no_tree_is_none() {
        for text in ["", "a", "a1", "12", "a123", "ab12"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_nests_too_deep_is_none() {
        let first = |depth: usize| "a".repeat(depth) + &"1".repeat(depth + 1);
        let second = |depth: usize| "a1".repeat(depth) + "1";
        for nested in [first, second] {
            assert!(read(&nested(MOST_DEPTH)).is_some());
            assert!(read(&nested(MOST_DEPTH + 1)).is_none());
            assert!(read(&nested(100_000)).is_none());
        }
    }
}
