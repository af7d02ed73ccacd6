//! Walks over the engine's syntax trees. The trees are as deep as the scan allows, so recursion is safe on the thread
//! on which policies are parsed.

use regorus::unstable::{Expr, Literal, Query, Ref, RuleBody, RuleHead, Span};
use std::ops::Range;

/// The bytes of a span.
pub(super) fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The text of a name or text literal.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::String { value, .. } | Expr::RawString { value, .. } | Expr::Var { value, .. } => match value {
            regorus::Value::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a text literal.
pub(super) fn literal_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::String { .. } | Expr::RawString { .. } => text_of(expr),
        _ => None,
    }
}

/// A reference taken apart: where it begins, and its steps.
pub(super) struct Reference<'a> {
    /// The variable it starts from; `None` when it starts from another expression.
    pub(super) root: Option<&'a str>,
    /// What it starts from.
    pub(super) base: &'a Expr,
    /// The leading steps that are constant texts.
    pub(super) fixed: Vec<&'a str>,
    /// True when there are further steps.
    pub(super) open: bool,
    /// The expressions in brackets that are no constant texts.
    pub(super) indexes: Vec<&'a Expr>,
}

/// Takes a reference apart; a lone variable is one, too.
pub(super) fn reference(expr: &Expr) -> Reference<'_> {
    let mut steps: Vec<Option<&str>> = Vec::new();
    let mut indexes = Vec::new();
    let mut here = expr;
    loop {
        match here {
            Expr::RefDot { refr, field, .. } => {
                steps.push(Some(field.0.text()));
                here = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                let fixed = literal_text(index);
                if fixed.is_none() {
                    indexes.push(index.as_ref());
                }
                steps.push(fixed);
                here = refr;
            }
            _ => break,
        }
    }
    steps.reverse();
    indexes.reverse();
    let fixed: Vec<&str> = steps.iter().map_while(|step| *step).collect();
    Reference {
        root: match here {
            Expr::Var { .. } => text_of(here),
            _ => None,
        },
        base: here,
        open: fixed.len() < steps.len(),
        fixed,
        indexes,
    }
}

/// Calls `visit` for each expression directly inside `expr`, and `query` for each query.
pub(super) fn children<'a>(
    expr: &'a Expr,
    visit: &mut dyn FnMut(&'a Expr),
    query: &mut dyn FnMut(&'a Query, Vec<&'a Expr>),
) {
    match expr {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => {}
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| visit(item)),
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                visit(key);
                visit(value);
            }
        }
        Expr::ArrayCompr {
            term, query: body, ..
        }
        | Expr::SetCompr {
            term, query: body, ..
        } => {
            query(body, vec![term]);
        }
        Expr::ObjectCompr {
            key,
            value,
            query: body,
            ..
        } => query(body, vec![key, value]),
        Expr::Call { fcn, params, .. } => {
            visit(fcn);
            for param in params {
                visit(param);
            }
        }
        Expr::UnaryExpr { expr, .. } => visit(expr),
        Expr::RefDot { refr, .. } => visit(refr),
        Expr::RefBrack { refr, index, .. } => {
            visit(refr);
            visit(index);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        Expr::Membership {
            key,
            value,
            collection,
            ..
        } => {
            if let Some(key) = key {
                visit(key);
            }
            visit(value);
            visit(collection);
        }
    }
}

/// The reference that names a rule.
pub(super) fn head_reference(head: &RuleHead) -> &Ref<Expr> {
    match head {
        RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. } => refr,
    }
}

/// The values that a rule's head and its `else` parts may have.
pub(super) fn head_values<'a>(head: &'a RuleHead, bodies: &'a [RuleBody]) -> Vec<&'a Expr> {
    let own = match head {
        RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => {
            assign.as_ref().map(|assign| assign.value.as_ref())
        }
        RuleHead::Set { key, .. } => key.as_ref().map(AsRef::as_ref),
    };
    own.into_iter()
        .chain(
            bodies
                .iter()
                .filter_map(|body| Some(body.assign.as_ref()?.value.as_ref())),
        )
        .collect()
}

/// The names that a pattern on the left of `:=`, or after `some`, declares.
pub(super) fn declared_names<'a>(pattern: &'a Expr, names: &mut Vec<&'a str>) {
    match pattern {
        Expr::Var { .. } => names.extend(text_of(pattern)),
        Expr::Array { items, .. } => items.iter().for_each(|item| declared_names(item, names)),
        Expr::Object { fields, .. } => fields
            .iter()
            .for_each(|(_, _, value)| declared_names(value, names)),
        _ => {}
    }
}

/// The names that a query's own statements declare.
pub(super) fn query_names(query: &Query) -> Vec<&str> {
    let mut names = Vec::new();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => names.extend(vars.iter().map(Span::text)),
            Literal::SomeIn { key, value, .. } => {
                if let Some(key) = key {
                    declared_names(key, &mut names);
                }
                declared_names(value, &mut names);
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => {
                if let Expr::AssignExpr {
                    op: regorus::unstable::AssignOp::ColEq,
                    lhs,
                    ..
                } = expr.as_ref()
                {
                    declared_names(lhs, &mut names);
                }
            }
            Literal::Every { .. } => {}
        }
    }
    names
}
