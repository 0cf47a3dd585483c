//! The imports of a crate's modules, from any path: in a `use` or inside an expression.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, tokens};

/// A module by the names from the crate's root.
pub(super) type Module = Vec<String>;

#[derive(Debug, PartialEq)]
pub(super) struct Import {
    pub(super) file: String,
    pub(super) line: usize,
    /// The path as it is written.
    pub(super) path: String,
    pub(super) from: Module,
    pub(super) to: Module,
}

/// A path in the sources.
struct Written {
    file: String,
    line: usize,
    module: Module,
    segments: Vec<String>,
}

#[derive(Default)]
pub(super) struct Crate {
    /// Every module except those for tests only.
    pub(super) modules: BTreeSet<Module>,
    /// The names that a module imports or re-exports.
    names: BTreeMap<(Module, String), Vec<String>>,
    tests: BTreeSet<Module>,
    written: Vec<Written>,
}

impl Crate {
    /// Reads files, by their paths below `src`. Skips binaries: they are not modules of the library.
    pub(super) fn read(files: &[(String, String)]) -> Self {
        let mut read = Self::default();
        for (file, source) in files.iter().filter(|(file, _)| file != "main.rs") {
            let module = module_of(file);
            read.modules.insert(module.clone());
            Reader { tokens: &tokens(source), file, found: &mut read }.read(module);
        }
        let Self { modules, tests, written, .. } = &mut read;
        let is_test = |module: &[String]| tests.iter().any(|test| module.starts_with(test));
        modules.retain(|module| !is_test(module));
        written.retain(|path| !is_test(&path.module));
        read
    }

    pub(super) fn imports(&self) -> Vec<Import> {
        let resolved = self.written.iter().filter_map(|Written { file, line, module, segments }| {
            let to = self.resolve(module, segments, 0)?;
            let path = segments.join("::");
            Some(Import { file: file.clone(), line: *line, path, from: module.clone(), to })
        });
        resolved.collect()
    }

    /// The module that a path leads to, through re-exports; `None` if it leads out of the crate.
    fn resolve(&self, module: &Module, segments: &[String], depth: usize) -> Option<Module> {
        let mut at = module.clone();
        let mut is_inside = false;
        for segment in segments {
            let child: Module = at.iter().chain([segment]).cloned().collect();
            match segment.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()?),
                _ if self.modules.contains(&child) => at = child,
                _ => match self.names.get(&(at.clone(), segment.clone())) {
                    // Deeper than any real chain of re-exports: a name that refers to itself.
                    Some(name) if depth < 16 => at = self.resolve(&at, name, depth + 1)?,
                    _ => return is_inside.then_some(at),
                },
            }
            is_inside = true;
        }
        Some(at)
    }
}

/// `lib.rs` is the root, `a/mod.rs` and `a.rs` are `a`.
fn module_of(file: &str) -> Module {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|name| *name != "lib").map(str::to_owned).collect()
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    file: &'a str,
    found: &'a mut Crate,
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    fn is(&self, at: usize, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(offset, text)| self.text(at + offset) == *text)
    }

    fn read(&mut self, mut module: Module) {
        let (mut at, mut depth, mut inline) = (0, 0, Vec::new());
        while at < self.tokens.len() {
            let is_test = self.is(at, &["#", "[", "cfg", "(", "test"])
                || self.is(at, &["#", "[", "cfg", "(", "all", "(", "test"]);
            match self.text(at) {
                "#" if is_test => {
                    at = self.after_item(at, &module);
                    continue;
                }
                "use" => {
                    at = self.tree(at + 1, &module, &[]);
                    continue;
                }
                "mod" if self.text(at + 2) == "{" => {
                    module.push(self.text(at + 1).to_owned());
                    self.found.modules.insert(module.clone());
                    inline.push(depth);
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if inline.pop_if(|start| *start == depth).is_some() {
                        module.pop();
                    }
                }
                // `pub(in crate::a)` imports nothing.
                "crate" | "super" | "self"
                    if self.text(at + 1) == "::" && !(at > 1 && self.is(at - 2, &["(", "in"])) =>
                {
                    let (segments, end) = self.path(at);
                    self.write(at, &module, segments);
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn write(&mut self, at: usize, module: &Module, segments: Vec<String>) {
        let (file, line) = (self.file.to_owned(), self.tokens[at].line);
        self.found.written.push(Written { file, line, module: module.clone(), segments });
    }

    /// The names of a path up to the first token that is not `::` or a name, and the position of that token.
    fn path(&self, mut at: usize) -> (Vec<String>, usize) {
        let is_name = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let mut segments = Vec::new();
        while is_name(self.text(at)) {
            segments.push(self.text(at).to_owned());
            at += 1;
            if !(self.text(at) == "::" && is_name(self.text(at + 1))) {
                break;
            }
            at += 1;
        }
        (segments, at)
    }

    /// Reads one branch of a `use`; returns the position after it.
    fn tree(&mut self, mut at: usize, module: &Module, before: &[String]) -> usize {
        let start = at;
        let (own, end) = self.path(at);
        let mut path = [before, &own].concat();
        at = end;
        if self.is(at, &["::", "{"]) || self.text(at) == "{" {
            at += if self.text(at) == "{" { 1 } else { 2 };
            while !["}", ""].contains(&self.text(at)) {
                at = self.tree(at, module, &path);
                at += usize::from(self.text(at) == ",");
            }
            return at + 1;
        }
        at += if self.is(at, &["::", "*"]) { 2 } else { 0 };
        path.pop_if(|name| name == "self");
        let mut name = path.last().cloned();
        if self.text(at) == "as" {
            name = Some(self.text(at + 1).to_owned());
            at += 2;
        }
        if let Some(name) = name {
            self.found.names.insert((module.clone(), name), path.clone());
            self.write(start, module, path);
        }
        at.max(start + 1)
    }

    /// The end of the item that an attribute marks as test code.
    fn after_item(&mut self, mut at: usize, module: &Module) -> usize {
        while self.text(at) == "#" {
            at = self.after_group(at + 1);
        }
        if self.text(at) == "pub" {
            at = if self.text(at + 1) == "(" { self.after_group(at + 1) } else { at + 1 };
        }
        if self.text(at) == "mod" && self.text(at + 2) == ";" {
            let test = module.iter().cloned().chain([self.text(at + 1).to_owned()]).collect();
            self.found.tests.insert(test);
        }
        let ends_with_block = !["use", "const", "static", "type", "let"].contains(&self.text(at));
        while at < self.tokens.len() {
            match self.text(at) {
                ";" => return at + 1,
                "{" if ends_with_block => return self.after_group(at),
                "{" | "(" | "[" => at = self.after_group(at),
                _ => at += 1,
            }
        }
        at
    }

    /// The position after the bracket that closes the one at `at`.
    fn after_group(&self, mut at: usize) -> usize {
        let mut depth = 0;
        loop {
            match self.text(at) {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 || at >= self.tokens.len() {
                return at;
            }
        }
    }
}
