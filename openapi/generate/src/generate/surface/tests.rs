//! Compares the surface with the compiler: for each kind of change, a caller is compiled against both sides.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::{Implementations, Surface};

/// A change of generated code, and code that relies on it.
struct Kind {
    title: &'static str,
    old: &'static str,
    new: &'static str,
    /// The body of a function, with the old side in scope.
    caller: &'static str,
}

const fn kind(title: &'static str, old: &'static str, new: &'static str, caller: &'static str) -> Kind {
    Kind { title, old, new, caller }
}

const BREAKING: &[Kind] = &[
    kind("a type is removed", "pub struct A; pub struct B;", "pub struct B;", "let _: A;"),
    kind("a type is an alias of another", "pub type A = u8;", "pub type A = u16;", "let _: A = 1_u8;"),
    kind(
        "a payload has another type",
        "pub struct A(pub u8);",
        "pub struct A(pub u16);",
        "let A(it) = A(1_u8); drop(it)",
    ),
    kind(
        "a method after a comparison and a match is removed",
        "pub struct A(u8); impl A { fn b(&self) -> bool { match self.0 { 0 => 1 < 2, _ => true } }
            pub fn new() -> Self { Self(0) } pub fn c(&self) -> bool { self.b() } }",
        "pub struct A(u8); impl A { fn b(&self) -> bool { match self.0 { 0 => 1 < 2, _ => true } }
            pub fn new() -> Self { Self(0) } fn c(&self) -> bool { self.b() } }",
        "A::new().c();",
    ),
    kind("a payload is private", "pub struct A(pub u8);", "pub struct A(u8);", "A(1);"),
    kind(
        "a field is removed",
        "#[non_exhaustive] pub struct A { pub b: u8 }",
        "#[non_exhaustive] pub struct A {}",
        "fn f(a: A) -> u8 { a.b }",
    ),
    kind(
        "a field has another type",
        "#[non_exhaustive] pub struct A { pub b: u8 }",
        "#[non_exhaustive] pub struct A { pub b: Option<u8> }",
        "fn f(a: A) -> u8 { a.b }",
    ),
    kind(
        "a literal needs one more field",
        "pub struct A { pub b: u8 }",
        "pub struct A { pub b: u8, pub c: u8 }",
        "A { b: 1 };",
    ),
    kind(
        "literals are no longer possible",
        "pub struct A { pub b: u8 }",
        "#[non_exhaustive] pub struct A { pub b: u8 }",
        "A { b: 1 };",
    ),
    kind(
        "a variant is removed",
        "#[non_exhaustive] pub enum A { B, C }",
        "#[non_exhaustive] pub enum A { B }",
        "A::C;",
    ),
    kind("a variant holds something else", "pub enum A { B(u8) }", "pub enum A { B(u16) }", "A::B(1_u8);"),
    kind(
        "a match needs one more variant",
        "pub enum A { B, C }",
        "pub enum A { B, C, D }",
        "fn f(a: A) { match a { A::B => (), A::C => () } }",
    ),
    kind(
        "a match needs an arm for all others",
        "pub enum A { B, C }",
        "#[non_exhaustive] pub enum A { B, C }",
        "fn f(a: A) { match a { A::B => (), A::C => () } }",
    ),
    kind(
        "a trait is no longer derived",
        "#[derive(Clone, Copy)] pub struct A;",
        "#[derive(Clone)] pub struct A;",
        "fn f<T: Copy>() {} f::<A>();",
    ),
    kind(
        "the default is removed",
        "pub struct A; impl ::std::default::Default for A { fn default() -> Self { A } }",
        "pub struct A;",
        "let _: A = Default::default();",
    ),
    kind(
        "a conversion is removed",
        "pub struct A; impl ::std::convert::From<u8> for A { fn from(_: u8) -> Self { A } }",
        "pub struct A;",
        "let _: A = 1_u8.into();",
    ),
    kind(
        "a conversion fails in another way",
        "pub struct A; impl ::std::str::FromStr for A { type Err = (); fn from_str(_: &str) -> Result<Self, ()> { Err(()) } }",
        "pub struct A; impl ::std::str::FromStr for A { type Err = u8; fn from_str(_: &str) -> Result<Self, u8> { Err(1) } }",
        "let _: Result<A, ()> = \"\".parse();",
    ),
    kind(
        "a setter is removed",
        "pub mod builder { pub struct A; impl A { pub fn b(self, _: u8) -> Self { self } } }",
        "pub mod builder { pub struct A; impl A {} }",
        "builder::A.b(1);",
    ),
    kind(
        "a setter takes another type",
        "pub struct A; impl A { pub fn b<T>(self, _: T) -> Self where T: TryInto<u8> { self } }",
        "pub struct A; impl A { pub fn b<T>(self, _: T) -> Self where T: TryInto<Option<u8>> { self } }",
        "A.b(1_u16);",
    ),
    kind(
        "a setter requires more",
        "pub struct A; impl A { pub fn b<T>(self, _: T) -> Self { self } }",
        "pub struct A; impl A { pub fn b<T>(self, _: T) -> Self where T: ::std::fmt::Display { self } }",
        "A.b(());",
    ),
    kind(
        "a call returns another error",
        "pub struct A; impl A { pub async fn send(self) -> Result<u8, ()> { Err(()) } }",
        "pub struct A; impl A { pub async fn send(self) -> Result<u8, String> { Err(String::new()) } }",
        "async fn f() -> Result<u8, ()> { A.send().await }",
    ),
];

const HARMLESS: &[Kind] = &[
    kind("a type is added", "pub struct A;", "pub struct A; pub struct B;", "A;"),
    kind(
        "a field is added",
        "#[non_exhaustive] pub struct A { pub b: u8 }",
        "#[non_exhaustive] pub struct A { pub b: u8, pub c: u8 }",
        "fn f(A { b, .. }: A) -> u8 { b }",
    ),
    kind(
        "a field of a variant has another comment",
        "pub enum A { B { #[doc = \"It.\"] c: u8 } }",
        "pub enum A { B { #[doc = \"That.\"] c: u8 } }",
        "let A::B { c } = (A::B { c: 1 }); drop(c)",
    ),
    kind(
        "a variant is added",
        "#[non_exhaustive] pub enum A { B }",
        "#[non_exhaustive] pub enum A { B, C }",
        "fn f(a: A) { match a { A::B => (), _ => () } }",
    ),
    kind(
        "a match no longer needs an arm for all others",
        "#[non_exhaustive] pub enum A { B }",
        "pub enum A { B }",
        "fn f(a: A) { match a { A::B => (), _ => () } }",
    ),
    kind(
        "variants have another order",
        "pub enum A { B, C }",
        "pub enum A { C, B }",
        "fn f(a: A) { match a { A::B => (), A::C => () } }",
    ),
    kind("a trait is derived", "pub struct A;", "#[derive(Clone)] pub struct A;", "A;"),
    kind(
        "a derived trait is implemented by hand",
        "#[derive(Default)] pub struct A;",
        "pub struct A; impl ::std::default::Default for A { fn default() -> Self { A } }",
        "let _: A = Default::default();",
    ),
    // Whether it must be set is known when the request is sent: the change only concerns the wire.
    kind(
        "a setter is added that must be called",
        "pub struct A(u8); impl A { pub fn new() -> Self { A(0) } pub fn send(self) -> Result<(), ()> { Ok(()) } }",
        "pub struct A(Option<u8>); impl A { pub fn new() -> Self { A(None) } pub fn b(self, _: u8) -> Self { self }
            pub fn send(self) -> Result<(), ()> { self.0.map(drop).ok_or(()) } }",
        "let _: Result<(), ()> = A::new().send();",
    ),
    kind(
        "a private item differs",
        "pub struct A(u8); fn f() {}",
        "pub struct A(u16); mod b { pub struct C; }",
        "let _: A;",
    ),
];

fn surface(source: &str) -> Surface {
    let items = syn::parse_str::<syn::File>(source).unwrap().items;
    let mut implementations = Implementations::default();
    implementations.add_parsed("types", &items);
    Surface::of(&items, &[], &implementations)
}

#[test]
fn a_line_is_lost_if_a_caller_no_longer_compiles() {
    for (kinds, breaks) in [(BREAKING, true), (HARMLESS, false)] {
        for Kind { title, old, new, .. } in kinds {
            let (old, new) = (surface(old), surface(new));
            assert_eq!(!old.lost_in(&new).is_empty(), breaks, "{title}\n{old}\n{new}");
            assert_eq!(old.lost_in(&old), [] as [&super::Line; 0]);
        }
    }
    let folder = Folder::new();
    let all = || BREAKING.iter().chain(HARMLESS);
    // Separate crates: within a crate, `#[non_exhaustive]` has no effect.
    for side in ["old", "new"] {
        let mut text = String::new();
        for (index, kind) in all().enumerate() {
            let code = if side == "old" { kind.old } else { kind.new };
            writeln!(text, "pub mod k{index} {{ {code} }}").unwrap();
        }
        assert_eq!(folder.compile(side, &text, &[]), None);
    }
    let caller = |(index, kind): (usize, &Kind)| {
        format!("pub fn f{index}() {{ #[allow(unused_imports)] use types::k{index}::*; {} }}\n", kind.caller)
    };
    let callers: Vec<String> = all().enumerate().map(caller).collect();
    assert_eq!(folder.compile("all_callers", &callers.concat(), &["--extern", "types=libold.rmeta"]), None);
    let with_new = ["--extern", "types=libnew.rmeta"];
    assert_eq!(folder.compile("harmless_callers", &callers[BREAKING.len()..].concat(), &with_new), None);
    for (index, Kind { title, .. }) in BREAKING.iter().enumerate() {
        let refused = folder.compile(&format!("caller_{index}"), &callers[index], &with_new);
        assert!(refused.is_some_and(|said| said.contains("error[E")), "{title}: it still compiles");
    }
}

/// A folder of this process for crates.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = env::temp_dir().join(format!("zerogate-surface-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    /// Checks a library; returns the compiler's message if it rejects the library.
    fn compile(&self, name: &str, text: &str, arguments: &[&str]) -> Option<String> {
        let file = format!("{name}.rs");
        fs::write(self.0.join(&file), text).unwrap();
        let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(Path::new(&compiler));
        command.current_dir(&self.0).args([
            "--edition=2024",
            "--crate-type=lib",
            "--emit=metadata",
            "--cap-lints=allow",
        ]);
        let output = command.args(arguments).arg(&file).output().unwrap();
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover temporary folder is harmless.
        let _ = fs::remove_dir_all(&self.0);
    }
}
