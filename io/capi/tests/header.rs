//! The header in the tree is the one that cbindgen makes of the sources. A change of the ABI writes it anew:
//! `BARTIZAN_BLESS=1 cargo test -p bartizan-capi --test header`.

use std::path::Path;

use cbindgen::{
    Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, Language, Layout, RenameRule, SortKey,
    Style,
};

/// How the header is made.
fn config() -> Config {
    let constants = ["NO_PRICE", "MAX_PRICE", "MAX_QUANTITY", "MAX_OPEN"];
    let bytes =
        ["command_kind", "ord_type", "peg_reference", "time_in_force", "self_trade", "post_only", "counts"];
    let include = bytes.map(|name| format!("bartizan_{name}")).to_vec(); // in C's records they are plain bytes
    let prefixed = constants.map(|name| (name.to_owned(), format!("BARTIZAN_{name}")));
    Config {
        language: Language::C,
        header: Some(bartizan::guide::HEADER.to_owned()),
        include_guard: Some("BARTIZAN_H".to_owned()),
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        cpp_compat: true,
        style: Style::Both,
        sort_by: SortKey::None,
        documentation_style: DocumentationStyle::C99,
        line_length: 110,
        usize_is_size_t: true,
        enumeration: EnumConfig {
            rename_variants: RenameRule::QualifiedScreamingSnakeCase,
            ..EnumConfig::default()
        },
        export: ExportConfig { include, rename: prefixed.into_iter().collect(), ..ExportConfig::default() },
        function: cbindgen::FunctionConfig { args: Layout::Auto, ..cbindgen::FunctionConfig::default() },
        ..Config::default()
    }
}

#[test]
fn the_header_is_that_of_the_sources() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = |name: &str| package.join("src").join(name).with_extension("rs");
    let mut made = Builder::new().with_config(config());
    for name in ["status", "rules", "command", "report", "event", "apply", "query", "book", "names"] {
        made = made.with_src(source(name));
    }
    let mut text = Vec::new();
    made.generate().expect("the sources parse").write(&mut text);
    let text = String::from_utf8(text).expect("Rust sources are UTF-8");
    let path = package.join("include").join("bartizan.h");
    if std::env::var_os("BARTIZAN_BLESS").is_some() {
        std::fs::write(&path, &text).expect("the tree can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).expect("include/bartizan.h is in the tree");
    assert!(kept == text, "include/bartizan.h is not what the sources say; BARTIZAN_BLESS=1 writes it anew");
}
