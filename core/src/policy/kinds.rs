//! Which kinds a rule can say anything about, read from its constant tests of `input.kind`.
//!
//! A test counts only when the body cannot succeed without it: at the top level, not negated, not under `with`.

use super::ast::{literal_text, query_names, reference};
use regorus::unstable::{AssignOp, BoolOp, Expr, Literal, Query, Rule, RuleHead};

/// What a body asks of `input.kind`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KindTest {
    /// It is one of these.
    OneOf(Vec<String>),
    /// What the rule of this name in the same package asks.
    Rule(String),
}

/// For each body the test that it needs; `None` when some body has none.
pub(super) fn tests(rule: &Rule) -> Option<Vec<KindTest>> {
    let Rule::Spec { head, bodies, .. } = rule else {
        return None;
    };
    if bodies.is_empty() || matches!(head, RuleHead::Func { .. }) {
        return None;
    }
    bodies.iter().map(|body| test(&body.query)).collect()
}

fn test(query: &Query) -> Option<KindTest> {
    let local = query_names(query);
    if local.contains(&"input") {
        return None;
    }
    let mut helper = None;
    for statement in query
        .stmts
        .iter()
        .filter(|statement| statement.with_mods.is_empty())
    {
        match &statement.literal {
            Literal::Expr { expr, .. } => {
                if let Some(kinds) = constant_test(expr) {
                    return Some(KindTest::OneOf(kinds));
                }
                if let Expr::Var { span, .. } = expr.as_ref()
                    && !local.contains(&span.text())
                {
                    helper.get_or_insert_with(|| KindTest::Rule(span.text().to_owned()));
                }
            }
            Literal::SomeVars { .. }
            | Literal::SomeIn { .. }
            | Literal::NotExpr { .. }
            | Literal::Every { .. } => {}
        }
    }
    helper
}

/// `input.kind == "X"`, `"X" = input.kind`, `input.kind in {"X", "Y"}`.
fn constant_test(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::BoolExpr {
            op: BoolOp::Eq,
            lhs,
            rhs,
            ..
        }
        | Expr::AssignExpr {
            op: AssignOp::Eq,
            lhs,
            rhs,
            ..
        } => {
            let other = match (is_kind(lhs), is_kind(rhs)) {
                (true, false) => rhs,
                (false, true) => lhs,
                _ => return None,
            };
            literal_text(other).map(|kind| vec![kind.to_owned()])
        }
        Expr::Membership {
            key: None,
            value,
            collection,
            ..
        } if is_kind(value) => match collection.as_ref() {
            Expr::Set { items, .. } | Expr::Array { items, .. } => items
                .iter()
                .map(|item| literal_text(item).map(str::to_owned))
                .collect(),
            _ => None,
        },
        _ => None,
    }
}

fn is_kind(expr: &Expr) -> bool {
    let path = reference(expr);
    path.root == Some("input") && !path.open && path.fixed == ["kind"]
}
