//! The examples in C and Python are built against the shared library of this build and print what stands beside them;
//! the header is clean C99, C11, C++11 and C++17, and the example in C is C++20 too. A machine without a compiler, or without Python, skips that part and says so.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A path in this package.
fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where this build put the shared library.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    test.parent().expect("a test lies beside the libraries").to_owned()
}

/// What a program did; none if there is no such program here.
fn run(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: no {} on this machine", command.get_program().to_string_lossy());
            None
        }
        Err(error) => panic!("{command:?}: {error}"),
    }
}

/// Asserts that a program did well, and gives what it printed.
fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    String::from_utf8(output.stdout.clone()).expect("the examples print ASCII")
}

/// What the examples print.
fn expected() -> String {
    std::fs::read_to_string(here("examples/book.expected.txt")).expect("it is in the tree")
}

/// The strictest a compiler can be asked to be about the header.
fn strict(compiler: &mut Command, standard: &str) {
    compiler.args([standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-I"]).arg(here("include"));
}

#[test]
#[cfg(unix)]
fn the_example_in_c() {
    let libraries = libraries();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    let mut compiler = Command::new("cc");
    strict(&mut compiler, "-std=c11");
    compiler.arg(here("examples/book.c")).arg("-L").arg(&libraries).arg("-lbartizan");
    compiler.arg(format!("-Wl,-rpath,{}", libraries.display())).arg("-o").arg(&program);
    if let Some(compiled) = run(&mut compiler) {
        printed(&compiled);
        // macOS names the library by where it was linked; the variable finds it whatever that name is.
        let output = Command::new(&program).env("DYLD_LIBRARY_PATH", &libraries).output();
        assert_eq!(printed(&output.expect("it was just compiled")), expected());
    }
}

#[test]
#[cfg(unix)]
fn the_example_in_c_is_cpp_too() {
    let mut compiler = Command::new("c++");
    strict(&mut compiler, "-std=c++20");
    // Left out on purpose: what a record's initialiser does not name is zero.
    compiler.args(["-Wno-missing-field-initializers", "-fsyntax-only", "-x", "c++"]);
    if let Some(output) = run(compiler.arg(here("examples/book.c"))) {
        printed(&output);
    }
}

#[test]
#[cfg(unix)]
fn the_example_in_python() {
    let library = libraries().join(format!("libbartizan{}", std::env::consts::DLL_SUFFIX));
    let mut python = Command::new("python3");
    python.arg("-B").arg(here("examples/book.py")).arg(library);
    if let Some(output) = run(&mut python) {
        assert_eq!(printed(&output), expected());
    }
}

#[test]
#[cfg(unix)]
fn the_header_is_clean_c_and_clean_cpp() {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header.c");
    std::fs::write(&source, "#include \"bartizan.h\"\n").expect("the build's own folder can be written");
    for (language, standard) in
        [("c", "-std=c99"), ("c", "-std=c11"), ("c++", "-std=c++11"), ("c++", "-std=c++17")]
    {
        let mut compiler = Command::new(if language == "c" { "cc" } else { "c++" });
        strict(&mut compiler, standard);
        compiler.args(["-fsyntax-only", "-x", language]).arg(&source);
        if let Some(output) = run(&mut compiler) {
            printed(&output);
        }
    }
}
