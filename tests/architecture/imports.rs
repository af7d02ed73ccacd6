//! Reads what a source file reaches for: `use` trees, paths written inline, macros, also inside the arguments of macros.
//! Items under `#[cfg(test)]` are left out. It knows nothing of the rules.

use std::collections::{BTreeMap, BTreeSet};
use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};

/// What one file reaches for.
#[derive(Debug, Default)]
pub struct Reach {
    /// Resolved paths, `crate`, `self` and `super` and local aliases replaced: `["crate", "evaluate", "engine"]`.
    pub paths: BTreeSet<Vec<String>>,
    /// Names of the macros called, without `!`.
    pub macros: BTreeSet<String>,
    /// Names of the methods called.
    pub methods: BTreeSet<String>,
    /// Modules declared as `#[cfg(test)] mod name;`: their files are test code.
    pub test_modules: Vec<Vec<String>>,
}

/// Reads the text of the file that holds `module` (its path inside the crate, empty for the root).
pub fn read(text: &str, module: &[String]) -> Result<Reach, syn::Error> {
    let file = syn::parse_file(text)?;
    let mut aliases = Aliases {
        module: module.to_vec(),
        names: BTreeMap::new(),
    };
    aliases.visit_file(&file);
    let mut collector = Collector {
        module: module.to_vec(),
        aliases: aliases.names,
        reach: Reach::default(),
    };
    collector.visit_file(&file);
    Ok(collector.reach)
}

/// Local names given by `use`, so that `io::stdout()` after `use std::io` is read as `std::io::stdout`.
struct Aliases {
    module: Vec<String>,
    names: BTreeMap<String, Vec<String>>,
}

impl<'ast> Visit<'ast> for Aliases {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !only_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for (path, name) in flatten(&item.tree, &self.module) {
            if let Some(name) = name {
                self.names.insert(name, path);
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }
}

struct Collector {
    module: Vec<String>,
    aliases: BTreeMap<String, Vec<String>>,
    reach: Reach,
}

impl Collector {
    /// Notes a path as written; a single name that no `use` gave is a local one.
    fn record(&mut self, segments: Vec<String>) {
        let path = match self.aliases.get(&segments[0]) {
            Some(target) => target.iter().chain(&segments[1..]).cloned().collect(),
            None if segments.len() == 1 => return,
            None => resolve(segments, &self.module),
        };
        self.reach.paths.insert(path);
    }

    /// Paths and macro calls in tokens that syn leaves unparsed: the arguments of macros.
    fn tokens(&mut self, mut cursor: Cursor<'_>) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        while !cursor.eof() {
            if let Some((ident, rest)) = cursor.ident() {
                if colons != 2 {
                    self.end_path(&mut path);
                }
                path.push(ident.to_string());
                (colons, cursor) = (0, rest);
            } else if let Some((inside, _, _, rest)) = cursor.any_group() {
                self.end_path(&mut path);
                self.tokens(inside);
                (colons, cursor) = (0, rest);
            } else if let Some((punct, rest)) = cursor.punct() {
                match punct.as_char() {
                    ':' => colons += 1,
                    '!' => {
                        self.reach.macros.extend(path.last().cloned());
                        self.end_path(&mut path);
                    }
                    _ => {
                        colons = 0;
                        self.end_path(&mut path);
                    }
                }
                cursor = rest;
            } else if let Some((_, rest)) = cursor.token_tree() {
                self.end_path(&mut path);
                (colons, cursor) = (0, rest);
            } else {
                break;
            }
        }
        self.end_path(&mut path);
    }

    fn end_path(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.record(path);
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if only_for_tests(attributes(item)) {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
            {
                let mut path = self.module.clone();
                path.push(module.ident.to_string());
                self.reach.test_modules.push(path);
            }
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !only_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for (path, _) in flatten(&item.tree, &self.module) {
            self.reach.paths.insert(path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.record(
            path.segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect(),
        );
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(TokenBuffer::new2(list.tokens.clone()).begin());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.reach.methods.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|segment| segment.ident.to_string());
        self.reach.macros.extend(name);
        self.tokens(TokenBuffer::new2(call.tokens.clone()).begin());
        visit::visit_macro(self, call);
    }
}

/// The paths of a `use` tree, each with the local name it gives (none for a glob or `_`).
fn flatten(tree: &syn::UseTree, module: &[String]) -> Vec<(Vec<String>, Option<String>)> {
    fn walk(tree: &syn::UseTree, prefix: &[String], found: &mut Vec<(Vec<String>, Option<String>)>) {
        let extended = |name: &syn::Ident| {
            let mut path = prefix.to_vec();
            if name != "self" || prefix.is_empty() {
                path.push(name.to_string());
            }
            path
        };
        match tree {
            syn::UseTree::Path(part) => walk(&part.tree, &extended(&part.ident), found),
            syn::UseTree::Name(part) => {
                let path = extended(&part.ident);
                let name = path.last().cloned();
                found.push((path, name));
            }
            syn::UseTree::Rename(part) => {
                let name = (part.rename != "_").then(|| part.rename.to_string());
                found.push((extended(&part.ident), name));
            }
            syn::UseTree::Glob(_) => {
                let mut path = prefix.to_vec();
                path.push("*".to_owned());
                found.push((path, None));
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, prefix, found)),
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
        .into_iter()
        .map(|(path, name)| (resolve(path, module), name))
        .collect()
}

/// Replaces `self` and `super` at the head of a path by the module they stand for, seen from the crate's root.
fn resolve(segments: Vec<String>, module: &[String]) -> Vec<String> {
    let mut here = module.to_vec();
    let mut rest = segments.as_slice();
    let mut relative = false;
    while let [head, tail @ ..] = rest {
        match head.as_str() {
            "self" => {}
            "super" => {
                here.pop();
            }
            _ => break,
        }
        (relative, rest) = (true, tail);
    }
    if !relative {
        return segments;
    }
    std::iter::once("crate".to_owned())
        .chain(here)
        .chain(rest.iter().cloned())
        .collect()
}

fn only_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let condition = list.tokens.to_string();
        let alone =
            condition == "test" || condition.starts_with("all (test") || condition.starts_with("all(test");
        attribute.path().is_ident("cfg") && alone
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
