//! The modules follow the order in `ARCHITECTURE.md`: no module imports one above it, so there is no cycle. Tests may
//! import anything.

mod imports;
mod page;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use imports::{Crate, Import, Module};
use page::{Order, orders};

const PAGE: &str = "ARCHITECTURE.md";

/// What the page calls the folder's own file.
const OWN: &str = "mod";

#[test]
fn no_module_imports_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let orders = orders(&fs::read_to_string(root.join(PAGE)).unwrap());
    let members = members(root);
    let (crates, dependencies) = dependencies(root, &members);
    let mut problems = check("crates", &crates, &dependencies, &orders);
    for folder in members.iter().map(|member| format!("{member}/src").trim_start_matches("./").to_owned()) {
        let mut files = Vec::new();
        collect(&root.join(&folder), "", &mut files);
        let read = Crate::read(&files);
        problems.extend(check(&folder, &read.modules, &read.imports(), &orders));
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The folders of the crates in the workspace.
fn members(root: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = manifest.lines().find_map(|line| line.strip_prefix("members = ")).unwrap();
    members.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The crates and their dependencies, without dev-dependencies.
fn dependencies(root: &Path, members: &[String]) -> (BTreeSet<Module>, Vec<Import>) {
    let (mut crates, mut dependencies) = (BTreeSet::new(), Vec::new());
    for file in members.iter().map(|member| format!("{member}/Cargo.toml")) {
        let manifest = fs::read_to_string(root.join(&file)).unwrap();
        let (mut section, mut own) = ("", String::new());
        for (line, text) in (1..).zip(manifest.lines()) {
            let (key, value) = text.split_once([' ', '.']).unwrap_or((text, ""));
            match section {
                "[package]" if key == "name" => own = value.trim_matches([' ', '=', '"']).to_owned(),
                "[dependencies]" | "[build-dependencies]" if key.starts_with("zerogate") => {
                    let (from, to) = (vec![own.clone()], vec![key.to_owned()]);
                    dependencies.push(Import { file: file.clone(), line, path: key.to_owned(), from, to });
                }
                _ => {}
            }
            section = if text.starts_with('[') { text } else { section };
        }
        crates.insert(vec![own]);
    }
    (crates, dependencies)
}

/// The Rust files of a folder by their paths in it.
fn collect(folder: &Path, path: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{path}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if path.ends_with(".rs") {
            files.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// The faults in a folder, one line each: where, what, which line of the page says so, and what to do.
fn check(folder: &str, modules: &BTreeSet<Module>, imports: &[Import], orders: &[Order]) -> Vec<String> {
    let orders: Vec<&Order> = orders.iter().filter(|order| order.folder == folder).collect();
    let mut problems = Vec::new();
    let mut scopes: BTreeMap<&[String], usize> = BTreeMap::new();
    for (_, scope) in modules.iter().filter_map(|module| module.split_last()) {
        *scopes.entry(scope).or_default() += 1;
    }
    for (scope, count) in scopes {
        // Modules without imports, such as pages of the documentation, have no order.
        let has_imports =
            || imports.iter().any(|import| import.from.len() > scope.len() && import.from.starts_with(scope));
        if (scope.is_empty() || count > 1 && has_imports()) && !orders.iter().any(|order| order.scope == scope) {
            let path: String = scope.iter().map(|name| format!("/{name}")).collect();
            problems.push(format!("{PAGE} has no line for {folder}{path}: add one"));
        }
    }
    for order in orders {
        let inside = modules.iter().filter(|module| module.starts_with(&order.scope));
        let names: BTreeSet<&String> = inside.filter_map(|module| module.get(order.scope.len())).collect();
        for module in names.iter().filter(|module| order.find(module).is_none()) {
            problems.push(format!("{PAGE}:{}: `{module}` of {folder} is missing here: add it", order.line));
        }
        for drawn in order.modules.iter().filter(|drawn| drawn.module != OWN && !names.contains(&drawn.module)) {
            problems.push(format!("{PAGE}:{}: {folder} has no `{}`: take it out", drawn.line, drawn.module));
        }
        problems.extend(imports.iter().filter_map(|import| upward(folder, import, order)));
    }
    problems
}

fn upward(folder: &str, import: &Import, order: &Order) -> Option<String> {
    let Import { file, line, path, from, to } = import;
    let depth = order.scope.len();
    if !(from.starts_with(&order.scope) && to.starts_with(&order.scope)) || from.get(depth) == to.get(depth) {
        return None;
    }
    let drawn = |module: &Module| order.find(module.get(depth).map_or(OWN, String::as_str));
    // Unless it is drawn, the folder's own `mod.rs`, or `lib.rs`, is above everything in it.
    let from = drawn(from)?;
    let (above, rule_line) = match drawn(to) {
        Some(to) if to.layer < from.layer => return None,
        Some(to) if to.layer == from.layer => (format!("`{}` next to `{}`", to.module, from.module), to.line),
        Some(to) => (format!("`{}` above `{}`", to.module, from.module), to.line),
        None if to.len() > depth => return None,
        None => (format!("`{}` inside what it imports from", from.module), from.line),
    };
    let at = if folder == "crates" { file.clone() } else { format!("{folder}/{file}") };
    Some(format!(
        "{at}:{line}: imports `{path}`, but {PAGE}:{rule_line} draws {above}: move what both need into a module \
         below the two, or let the one above pass it in"
    ))
}

/// A page and a crate with three modules, one of which has the fault that the test names.
fn problems(page: &str, files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let read = Crate::read(&files);
    check("x/src", &read.modules, &read.imports(), &orders(&format!("Words.\n\nx/src\n{page}\nMore words: a <- b.\n")))
}

#[test]
fn no_test_is_in_a_library_whose_tests_do_not_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for member in members(root) {
        let manifest = fs::read_to_string(root.join(&member).join("Cargo.toml")).unwrap();
        let mut files = Vec::new();
        collect(&root.join(&member).join("src"), "", &mut files);
        for (file, text) in files.iter().filter(|_| manifest.contains("\n[lib]\ntest = false\n")) {
            assert!(
                !text.contains("#[test]"),
                "{member}/src/{file}: no test of this library is run: move it to its `tests`"
            );
        }
    }
}

#[test]
fn a_long_file_has_a_reason() {
    const MAX_LINES: usize = 450;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join(PAGE)).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let reasons: BTreeSet<&str> = rows.filter(|file| file.ends_with(".rs")).collect();
    let mut files = Vec::new();
    for member in members(root) {
        for folder in ["benches", "examples", "src", "tests"] {
            let path = format!("{member}/{folder}/").trim_start_matches("./").to_owned();
            if root.join(&path).is_dir() {
                collect(&root.join(&path), &path, &mut files);
            }
        }
    }
    let long: BTreeSet<&str> =
        files.iter().filter(|(_, text)| text.lines().count() > MAX_LINES).map(|(file, _)| file.as_str()).collect();
    assert_eq!(long, reasons, "files of more than {MAX_LINES} lines, and those with a reason in {PAGE}");
}

#[test]
fn an_import_upwards_is_found_however_it_is_written() {
    for (b, line) in [
        ("use crate::c::C;", 1),
        ("use {crate::{a, c}};", 1),
        ("use crate::a;\nfn f() -> crate::c::C {}", 2),
        ("fn f() { for x in super::c::all() {} }", 1),
        ("mod inner {\n    use super::super::c;\n}", 2),
        ("use crate::C;", 1),
        ("use crate::Renamed as Other;", 1),
        ("use crate::d::E;", 1),
        ("#[cfg(test)]\nmod tests {}\nuse super::c;", 3),
        ("#[cfg(test)]\nuse crate::{a, c};\n/* \" */ use super::c::{self}; // \"", 3),
    ] {
        let lib = "pub use c::{C, D as Renamed};";
        let found = problems(
            "    a <- b d\n    <- c",
            &[("lib.rs", lib), ("a.rs", ""), ("b.rs", b), ("c/mod.rs", ""), ("d.rs", "")],
        );
        assert_eq!(found.len(), 1, "{b}: {found:?}");
        assert!(found[0].starts_with(&format!("x/src/b.rs:{line}: imports `")), "{found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    for b in [
        "use crate::a::{self, A};",
        "use std::c;",
        "use self::inner::C; mod inner {}",
        "// use crate::c;\nconst C: &str = \"use crate::c;\";",
        "#[cfg(test)]\nmod tests { use crate::c; }",
        "#[cfg(test)] #[expect(x)] pub(crate) fn f() { crate::c::f() }",
        "pub(in crate::c) fn f() {}",
    ] {
        let found = problems(
            "    a <- b <- c",
            &[("lib.rs", "use a::A;"), ("a.rs", ""), ("b.rs", b), ("c.rs", "use crate::b;")],
        );
        assert!(found.is_empty(), "{b}: {found:?}");
    }
    let tests = [("lib.rs", "#[cfg(test)]\nmod arrange;"), ("arrange.rs", "use crate::b;"), ("a.rs", ""), ("b.rs", "")];
    assert!(problems("    a <- b", &tests).is_empty());
}

#[test]
fn a_circle_cannot_be_drawn() {
    let files = [("a.rs", "use crate::b;"), ("b.rs", "use crate::a;")];
    for page in ["    a <- b", "    b <- a", "    a b"] {
        assert!(!problems(page, &files).is_empty(), "{page}");
    }
}

#[test]
fn a_folder_has_its_own_order() {
    let files =
        [("a/mod.rs", "pub use d::D;"), ("a/c.rs", "use super::D;"), ("a/d.rs", ""), ("b.rs", "use crate::a::D;")];
    assert_eq!(problems("    a <- b\n    a: d <- c", &files), [""; 0]);
    let found = problems("    a <- b\n    a: c <- d", &files);
    assert_eq!(
        found,
        [
            "x/src/a/c.rs:1: imports `super::D`, but ARCHITECTURE.md:5 draws `d` above `c`: move what both need into a module \
          below the two, or let the one above pass it in"
        ]
    );
}

#[test]
fn a_folder_of_several_modules_has_a_line_which_may_draw_its_own_file() {
    let files = [("a/mod.rs", "use self::c::C; pub struct A;"), ("a/c.rs", ""), ("a/d.rs", "use super::A;")];
    assert_eq!(problems("    a\n    a: c <- mod <- d", &files), [""; 0]);
    assert_eq!(problems("    a", &files), ["ARCHITECTURE.md has no line for x/src/a: add one"]);
    for (page, line) in [("    a\n    a: mod <- c d", "mod.rs:1"), ("    a\n    a: c d <- mod", "d.rs:1")] {
        let found = problems(page, &files);
        assert!(found.len() == 1 && found[0].starts_with(&format!("x/src/a/{line}: imports `")), "{found:?}");
    }
}

#[test]
fn the_page_and_the_modules_are_the_same() {
    let files = [("a.rs", ""), ("b.rs", "")];
    let found = problems("    a <- c", &files);
    assert_eq!(
        found,
        ["ARCHITECTURE.md:4: `b` of x/src is missing here: add it", "ARCHITECTURE.md:4: x/src has no `c`: take it out",]
    );
    assert_eq!(problems("", &files), ["ARCHITECTURE.md has no line for x/src: add one"]);
}
