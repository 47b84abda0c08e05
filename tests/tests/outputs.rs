//! Where `bartizan` writes: ordinary files beside themselves, and devices, pipes and descriptors straight through.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use bartizan_tests::flow_file;
use bartizan_tests::program::{Scratch, command, run};

/// `replay` of an excerpt, with these options.
fn replay<'a>(options: impl IntoIterator<Item = &'a Path>) -> Vec<std::path::PathBuf> {
    let file = flow_file("lobster-excerpt.csv");
    let all = [Path::new("replay"), &file].map(Path::to_path_buf);
    all.into_iter().chain(options.into_iter().map(Path::to_path_buf)).collect()
}

fn is_chart(path: &Path) -> bool {
    fs::read_to_string(path).expect("the chart was written").ends_with("</svg>\n")
}

#[test]
fn a_device_stays_a_device() {
    let null = Path::new("/dev/null");
    let options = ["--chart", "--itch", "--output"].map(Path::new);
    let said = run(replay(options.into_iter().flat_map(|option| [option, null]))).clean();
    assert!(said.contains("LOBSTER message file"), "{said}");
    assert!(fs::metadata(null).expect("it is there").file_type().is_char_device());
}

#[test]
fn a_pipe_with_a_name_is_written_through_and_stays() {
    let scratch = Scratch::new();
    let pipe = scratch.at("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo can be started").success());
    let reader = pipe.clone();
    let reading = std::thread::spawn(move || fs::read_to_string(reader).expect("a pipe can be read"));
    run(replay([Path::new("--chart"), &pipe])).clean();
    assert!(reading.join().expect("the reader ends").ends_with("</svg>\n"));
    assert!(fs::metadata(&pipe).expect("it is there").file_type().is_fifo());
    assert_eq!(scratch.names(), ["pipe"]);
}

#[test]
fn standard_output_by_its_name_gets_the_output_and_then_the_report() {
    let scratch = Scratch::new();
    for name in ["/dev/stdout", "/dev/fd/1"] {
        let said = run(replay([Path::new("--chart"), Path::new(name)])).clean();
        let (chart, report) = said.split_once("</svg>\n").expect("the chart comes first");
        assert!(chart.starts_with("<svg ") && report.starts_with("LOBSTER message file"), "{report}");
        // Into a file, which is not replaced while it is standard output.
        let path = scratch.at("out.txt");
        let file = fs::File::create(&path).expect("it can be created");
        let status = command(replay([Path::new("--chart"), Path::new(name)])).stdout(file).status();
        assert!(status.expect("it can be started").success());
        let text = fs::read_to_string(&path).expect("it is there");
        assert!(text.starts_with("<svg ") && text.contains("</svg>\nLOBSTER message file"), "{text}");
    }
    assert_eq!(scratch.names(), ["out.txt"]);
}

#[test]
fn a_dash_is_standard_output_instead_of_the_report() {
    for option in ["--chart", "--output"] {
        let said = run(replay([option, "-"].map(Path::new))).clean();
        assert!(!said.contains("LOBSTER message file"), "{said}");
        assert!(said.starts_with("<svg ") || said.starts_with("time,event"), "{said}");
    }
    let two = run(replay(["--chart", "-", "--output", "-"].map(Path::new))).refused(2);
    assert!(two.contains("--output and --chart name the same file"), "{two}");
    assert!(!Path::new("-").exists());
}

#[test]
fn a_document_on_standard_output_stands_there_alone() {
    let scratch = Scratch::new();
    let debts = scratch.file("debts.csv", "debtor,creditor,amount\na,b,5\nb,a,3\n");
    let lines = scratch.file("lines.csv", "from,to,limit\na,b,5\n");
    let offers = scratch.file("offers.csv", "sells,buys,amount,at_least\na,b,5,3\nb,a,5,3\n");
    let trades = scratch.file("trades.csv", "gives,gets,given,got\na,b,5,3\n");
    let round = scratch.file("round.txt", "(ann) A : B\n(bob) B : A\n");
    for (name, file, more) in [
        ("net", &debts, &[][..]),
        ("trust", &lines, &["--from", "a", "--to", "b"]),
        ("auction", &offers, &[]),
        ("value", &trades, &[]),
        ("clear", &round, &[]),
    ] {
        let file = file.to_str().expect("UTF-8");
        let said = run([name, file, "--output", "-"].iter().chain(more)).clean();
        let document: serde_json::Value = said.parse().expect("it is JSON and nothing else");
        assert!(
            document["format"].as_str().is_some_and(|format| format.starts_with("bartizan-")),
            "{name}: {said}"
        );
    }
}

#[test]
fn files_in_each_others_place_are_told() {
    let scratch = Scratch::new();
    let debts = scratch.file("debts.csv", "debtor,creditor,amount\na,b,5\nb,a,3\n").display().to_string();
    let out = scratch.at("out.json").display().to_string();
    run(["net", &debts, "--output", &out, "--quiet"]).clean();
    let told = run(["verify", &out, &debts]).refused(2);
    assert!(
        told.contains("out.json is an outcome, and")
            && told.contains(&format!("bartizan verify {debts} {out}")),
        "{told}"
    );
    run(["verify", &debts, &out]).clean();
}

#[test]
fn another_descriptor_is_written_through() {
    let scratch = Scratch::new();
    let path = scratch.at("three");
    let program = bartizan_tests::program::path();
    let file = flow_file("lobster-excerpt.csv");
    let script = "exec \"$0\" replay \"$1\" --chart /dev/fd/3 3>\"$2\"";
    let shell =
        Command::new("sh").args(["-c", script]).args([program, &file, &path]).stdout(Stdio::null()).status();
    assert!(shell.expect("a shell can be started").success());
    assert!(is_chart(&path));
    assert_eq!(scratch.names(), ["three"]);
}

#[test]
fn a_file_that_is_there_keeps_its_permissions() {
    let scratch = Scratch::new();
    let path = scratch.file("chart.svg", "old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("they can be set");
    run(replay([Path::new("--chart"), &path])).clean();
    assert!(is_chart(&path));
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert_eq!(scratch.names(), ["chart.svg"]);
}

#[test]
fn a_symbolic_link_stays_and_what_it_leads_to_is_written() {
    let scratch = Scratch::new();
    let (real, link, dangling) =
        (scratch.file("real.svg", "old"), scratch.at("link.svg"), scratch.at("new.svg"));
    symlink("real.svg", &link).expect("it can be made");
    symlink("later.svg", &dangling).expect("it can be made");
    for path in [&link, &dangling] {
        run(replay([Path::new("--chart"), path])).clean();
        assert!(fs::symlink_metadata(path).expect("it is there").is_symlink());
        assert!(is_chart(path));
    }
    assert!(is_chart(&real));
    assert_eq!(scratch.names(), ["later.svg", "link.svg", "new.svg", "real.svg"]);
    let circle = scratch.at("circle");
    symlink("circle", &circle).expect("it can be made");
    let told = run(replay([Path::new("--chart"), &circle])).refused(1);
    assert!(told.contains("its symbolic links go round in a circle"), "{told}");
}

#[test]
fn what_is_read_is_not_written_over_by_any_of_its_names() {
    let scratch = Scratch::new();
    let bytes = fs::read(flow_file("lobster-excerpt.csv")).expect("the excerpt is there");
    let file = scratch.file("flow.csv", &bytes);
    let (link, hard) = (scratch.at("link.csv"), scratch.at("hard.csv"));
    symlink("flow.csv", &link).expect("it can be made");
    fs::hard_link(&file, &hard).expect("it can be made");
    for target in [&file, &link, &hard] {
        for option in ["--chart", "--output", "--itch"] {
            let told = run([Path::new("replay"), &file, Path::new(option), target]).refused(2);
            assert!(told.contains(&format!("{option} would write over a file that is read")), "{told}");
        }
    }
    let (one, other) = (scratch.at("new.svg"), scratch.at("./new.svg"));
    let told = run(replay([Path::new("--chart"), &one, Path::new("--itch"), &other])).refused(2);
    assert!(told.contains("--chart and --itch name the same file"), "{told}");
    assert_eq!(fs::read(&file).expect("it is there"), bytes);
    assert_eq!(scratch.names(), ["flow.csv", "hard.csv", "link.csv"]);
}

#[test]
fn a_folder_and_a_place_that_is_not_there_are_refused() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.at("folder")).expect("it can be made");
    for (name, told) in [("folder", "is a directory"), ("absent/chart.svg", "No such file")] {
        let said = run(replay([Path::new("--chart"), &scratch.at(name)])).refused(1);
        assert!(said.contains("cannot write: ") && said.contains(told), "{said}");
    }
    assert_eq!(scratch.names(), ["folder"]);
}

#[test]
fn a_file_that_is_cut_leaves_the_outputs_as_they_were() {
    let scratch = Scratch::new();
    let cut = scratch.file("cut.csv", b"34200.1,1,5,18,5853300,1\n34200.2,1,6,18,58");
    let (chart, itch) = (scratch.file("chart.svg", "old"), scratch.at("own.itch"));
    let said =
        run([Path::new("replay"), &cut, Path::new("--chart"), &chart, Path::new("--itch"), &itch]).refused(1);
    assert!(
        said.contains("line 2, column 18: expected a direction") && said.contains("at byte 42"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&chart).expect("it is there"), "old");
    assert_eq!(scratch.names(), ["chart.svg", "cut.csv"]);
}
