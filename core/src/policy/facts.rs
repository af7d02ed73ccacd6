//! What one module defines and refers to, taken from its syntax tree so that the tree itself need not be kept.

use super::ast::{self, head_reference, head_values, query_names, range, reference};
use super::heads::{self, Edit};
use super::kinds::{self, KindTest};
use super::scan::Scan;
use regorus::unstable::{Expr, Literal, Module, Query, Rule, RuleHead};
use std::collections::BTreeMap;
use std::ops::Range;

/// What one module defines and refers to.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The package's parts without `data`.
    pub(super) package: Vec<String>,
    /// `package x.y` in the text.
    pub(super) package_span: Range<usize>,
    pub(super) rules: Vec<RuleFacts>,
    /// Edits that move calls out of heads.
    pub(super) edits: Vec<Edit>,
}

/// What one rule is and refers to.
#[derive(Debug)]
pub(super) struct RuleFacts {
    /// Its name below the package: the constant part.
    pub(super) name: Vec<String>,
    /// The whole rule, and the part that names it.
    pub(super) span: Range<usize>,
    pub(super) name_span: Range<usize>,
    pub(super) form: Form,
    /// What it refers to.
    pub(super) references: Vec<Mention>,
    /// What it calls.
    pub(super) calls: Vec<Call>,
    /// For each body a test of `input.kind` that it needs; `None` when some body has none.
    pub(super) kinds: Option<Vec<KindTest>>,
}

/// What a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A set or value.
    Value,
    Function,
    /// A default; true when its value is `false`.
    Default {
        is_false: bool,
    },
}

/// A reference into `data`: its constant part, from the root.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
}

/// A call by name.
#[derive(Debug)]
pub(super) struct Call {
    /// As written, joined by dots.
    pub(super) name: String,
    /// What it may mean below `data`, first match counts.
    pub(super) candidates: Vec<Vec<String>>,
    pub(super) span: Range<usize>,
}

/// Takes the facts from a parsed module.
pub(super) fn facts(module: &Module, text: &str, scan: &Scan, rego_v0: bool) -> Facts {
    let package: Vec<String> = path_of(&module.package.refr);
    let mut imports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for import in &module.imports {
        let path = path_of(&import.refr);
        if matches!(path.first().map(String::as_str), Some("data" | "input"))
            && let Some(alias) = import
                .r#as
                .as_ref()
                .map(|alias| alias.text().to_owned())
                .or_else(|| path.last().cloned())
        {
            imports.insert(alias, path);
        }
    }
    let mut facts = Facts {
        package_span: range(&module.package.span),
        edits: heads::edits(module, text, scan, rego_v0),
        ..Facts::default()
    };
    for rule in &module.policy {
        let mut walk = Walk {
            package: &package,
            imports: &imports,
            scopes: Vec::new(),
            references: Vec::new(),
            calls: Vec::new(),
        };
        let (named, form) = match rule.as_ref() {
            Rule::Spec { head, bodies, .. } => {
                walk.spec(head, bodies);
                let form = match head {
                    RuleHead::Func { .. } => Form::Function,
                    _ => Form::Value,
                };
                (head_reference(head), form)
            }
            Rule::Default {
                refr, args, value, ..
            } => {
                walk.expr(value);
                let form = if args.is_empty() {
                    Form::Default {
                        is_false: matches!(value.as_ref(), Expr::Bool { value, .. } if *value == regorus::Value::from(false)),
                    }
                } else {
                    Form::Function
                };
                (refr, form)
            }
        };
        let name = reference(named);
        facts.rules.push(RuleFacts {
            name: name
                .root
                .into_iter()
                .chain(name.fixed.iter().copied())
                .map(str::to_owned)
                .collect(),
            span: range(rule.span()),
            name_span: range(name.base.span()),
            form,
            references: walk.references,
            calls: walk.calls,
            kinds: kinds::tests(rule),
        });
    }
    facts.package = package;
    facts
}

/// The parts of a package's or import's path.
fn path_of(expr: &Expr) -> Vec<String> {
    let path = reference(expr);
    path.root
        .into_iter()
        .chain(path.fixed.iter().copied())
        .map(str::to_owned)
        .collect()
}

struct Walk<'m> {
    package: &'m [String],
    imports: &'m BTreeMap<String, Vec<String>>,
    /// Names that mean something local, innermost last.
    scopes: Vec<Vec<&'m str>>,
    references: Vec<Mention>,
    calls: Vec<Call>,
}

impl<'m> Walk<'m> {
    fn spec(&mut self, head: &'m RuleHead, bodies: &'m [regorus::unstable::RuleBody]) {
        let mut arguments = Vec::new();
        if let RuleHead::Func { args, .. } = head {
            for argument in args {
                ast::declared_names(argument, &mut arguments);
            }
        }
        self.scopes.push(arguments);
        if let RuleHead::Func { args, .. } = head {
            for argument in args {
                self.expr(argument);
            }
        }
        // The head's index may be an expression; its own name is no reference.
        for index in reference(head_reference(head)).indexes {
            self.expr(index);
        }
        if bodies.is_empty() {
            for value in head_values(head, bodies) {
                self.expr(value);
            }
        }
        let own = head_values(head, &[]);
        for body in bodies {
            let value = body.assign.as_ref().map(|assign| assign.value.as_ref());
            self.query(&body.query, own.iter().copied().chain(value).collect());
        }
        self.scopes.pop();
    }

    fn query(&mut self, query: &'m Query, terms: Vec<&'m Expr>) {
        self.scopes.push(query_names(query));
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn {
                    key,
                    value,
                    collection,
                    ..
                } => {
                    if let Some(key) = key {
                        self.expr(key);
                    }
                    self.expr(value);
                    self.expr(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
                Literal::Every {
                    key,
                    value,
                    domain,
                    query,
                    ..
                } => {
                    self.expr(domain);
                    let names = key
                        .iter()
                        .chain([value])
                        .map(regorus::unstable::Span::text)
                        .collect();
                    self.scopes.push(names);
                    self.query(query, Vec::new());
                    self.scopes.pop();
                }
            }
            for modifier in &statement.with_mods {
                self.expr(&modifier.r#as);
            }
        }
        for term in terms {
            self.expr(term);
        }
        self.scopes.pop();
    }

    fn expr(&mut self, expr: &'m Expr) {
        match expr {
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                let path = reference(expr);
                match path.root {
                    Some(root) => self.mention(root, &path.fixed),
                    None => self.expr(path.base),
                }
                for index in path.indexes {
                    self.expr(index);
                }
            }
            Expr::Call { fcn, params, .. } => {
                self.call(fcn);
                let params = match params.as_slice() {
                    [whole, key, rest @ ..] if self.member(fcn, whole, key) => rest,
                    all => all,
                };
                for param in params {
                    self.expr(param);
                }
            }
            _ => {
                let mut inside = Vec::new();
                let mut queries = Vec::new();
                ast::children(expr, &mut |child| inside.push(child), &mut |query, terms| {
                    queries.push((query, terms));
                });
                for child in inside {
                    self.expr(child);
                }
                for (query, terms) in queries {
                    self.query(query, terms);
                }
            }
        }
    }

    /// `object.get(data.view, "complete", true)` reads one member, not the whole: it is mentioned like `data.view.complete`.
    fn member(&mut self, function: &Expr, whole: &'m Expr, key: &'m Expr) -> bool {
        let called = reference(function);
        let of = reference(whole);
        match (of.root, ast::literal_text(key)) {
            (Some(root), Some(key))
                if !of.open && called.root == Some("object") && called.fixed == ["get"] =>
            {
                let path: Vec<&str> = of.fixed.iter().copied().chain([key]).collect();
                self.mention(root, &path);
                true
            }
            _ => false,
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(&name))
    }

    fn mention(&mut self, root: &str, fixed: &[&str]) {
        let rest = || fixed.iter().map(|part| (*part).to_owned());
        let path: Vec<String> = match root {
            "_" | "input" => return,
            "data" => rest().collect(),
            _ if self.is_local(root) => return,
            _ => match self.imports.get(root) {
                Some(target) if target.first().is_some_and(|first| first == "input") => return,
                Some(target) => target.iter().skip(1).cloned().chain(rest()).collect(),
                None => self
                    .package
                    .iter()
                    .cloned()
                    .chain([root.to_owned()])
                    .chain(rest())
                    .collect(),
            },
        };
        self.references.push(Mention { path });
    }

    /// Function names are never shadowed by variables: the engine looks them up by path.
    fn call(&mut self, function: &Expr) {
        let path = reference(function);
        let root = path.root.unwrap_or_default();
        let rest = || path.fixed.iter().map(|part| (*part).to_owned());
        let mut candidates = Vec::new();
        if root == "data" {
            candidates.push(rest().collect());
        } else {
            if let Some(target) = self.imports.get(root) {
                candidates.push(target.iter().skip(1).cloned().chain(rest()).collect());
            }
            candidates.push(
                self.package
                    .iter()
                    .cloned()
                    .chain([root.to_owned()])
                    .chain(rest())
                    .collect(),
            );
        }
        let name = std::iter::once(root)
            .chain(path.fixed.iter().copied())
            .collect::<Vec<_>>()
            .join(".");
        self.calls.push(Call {
            name,
            candidates,
            span: range(function.span()),
        });
    }
}
