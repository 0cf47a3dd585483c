//! The arrows of `ARCHITECTURE.md`: indented lines below the folder that they are about.
//!
//! `a b <- c` means that `c` may import `a` and `b`, which import neither each other nor `c`. `folder: a <- b` means
//! the same for the modules inside that folder. A line that begins with an arrow continues the line above it.

use super::imports::Module;

#[derive(Debug)]
pub(super) struct Order {
    /// The folder of the sources, such as `tests/emulator/src`, or `crates`.
    pub(super) folder: String,
    /// The folder of these modules; empty for those of the crate.
    pub(super) scope: Module,
    /// The line where it begins.
    pub(super) line: usize,
    pub(super) modules: Vec<Drawn>,
}

/// The position of a module.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) module: String,
    pub(super) layer: usize,
    pub(super) line: usize,
}

impl Order {
    pub(super) fn find(&self, module: &str) -> Option<&Drawn> {
        self.modules.iter().find(|drawn| drawn.module == module)
    }
}

pub(super) fn orders(page: &str) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    let mut folder = None;
    for (line, text) in (1..).zip(page.lines()) {
        let Some(indented) = text.strip_prefix("    ").map(str::trim) else {
            folder = (text == "crates" || text.ends_with("src")).then(|| text.to_owned());
            continue;
        };
        let Some(folder) = &folder else { continue };
        let (scope, names) = indented.split_once(": ").unwrap_or(("", indented));
        if !names.starts_with("<-") {
            let scope = scope.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            orders.push(Order { folder: folder.clone(), scope, line, modules: Vec::new() });
        }
        let Some(Order { modules, .. }) = orders.last_mut() else { continue };
        let mut layer = modules.last().map_or(0, |drawn| drawn.layer);
        for name in names.split_whitespace() {
            match name {
                "<-" => layer += 1,
                module => modules.push(Drawn { module: module.to_owned(), layer, line }),
            }
        }
    }
    orders
}
