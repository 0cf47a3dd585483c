//! Operations with methods that the generator does not support: they are generated with another method, and sent with
//! their own.

use std::borrow::Cow;

use proc_macro2::{Literal, Span};
use serde_json::Value;
use syn::visit_mut::{VisitMut, visit_expr_mut};
use syn::{Attribute, Expr, ExprLit, Ident, ImplItem, Item, Lit, LitStr, Member, Meta, Type, parse_quote};
use zerogate_contract::methods::Method;
use zerogate_contract::names::pascal;

use super::operations::method_name;
use crate::fit::stand_ins;

/// An operation that is generated with another method.
pub(super) struct StandIn {
    id: String,
    /// The field of the path item in which it is generated.
    field: &'static str,
    /// Its own method.
    sent: String,
}

/// The document with every operation in a field that the generator supports, and the operations that were moved.
pub(super) fn in_fields(value: &Value) -> (Cow<'_, Value>, Vec<StandIn>) {
    let mut moved = Vec::new();
    for (path, item) in value.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, operation, field) in stand_ins(item) {
            if let (Some(field), Some(id)) = (field, operation.get("operationId").and_then(Value::as_str)) {
                let stand_in = StandIn { id: id.to_owned(), field, sent: method.sent().into_owned() };
                moved.push((path, method, operation.clone(), stand_in));
            }
        }
    }
    if moved.is_empty() {
        return (Cow::Borrowed(value), Vec::new());
    }
    let mut whole = value.clone();
    let mut stand_ins = Vec::new();
    for (path, method, operation, stand_in) in moved {
        if let Some(item) = whole.get_mut("paths").and_then(|paths| paths.get_mut(path)?.as_object_mut()) {
            if let Method::Fixed(field) = method {
                item.remove(field);
            }
            item.insert(stand_in.field.to_owned(), operation);
            stand_ins.push(stand_in);
        }
    }
    (Cow::Owned(whole), stand_ins)
}

/// Gives each operation its own method, in the code and in its description.
pub(super) fn restore(items: &mut [Item], stand_ins: &[StandIn]) {
    for stand_in in stand_ins {
        let function = method_name(&stand_in.id);
        let builder = pascal(&stand_in.id);
        let mut restore = Restore { stand_in };
        for item in items.iter_mut() {
            match item {
                Item::Impl(item) => {
                    for member in &mut item.items {
                        if matches!(member, ImplItem::Fn(method) if method.sig.ident == function) {
                            restore.visit_impl_item_mut(member);
                        }
                    }
                }
                Item::Mod(module) if module.ident == "builder" => {
                    let inside = module.content.iter_mut().flat_map(|(_, items)| items);
                    for item in inside.filter_map(|item| if let Item::Impl(item) = item { Some(item) } else { None }) {
                        if is_of(&item.self_ty, &builder) {
                            restore.visit_item_impl_mut(item);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn is_of(kind: &Type, name: &str) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == name)
}

struct Restore<'s> {
    stand_in: &'s StandIn,
}

impl VisitMut for Restore<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_expr_mut(self, expr);
        if let Expr::MethodCall(call) = expr
            && call.method == self.stand_in.field
            && matches!(&*call.receiver, Expr::Field(field) if matches!(&field.member, Member::Named(name) if name == "client"))
        {
            let method = Literal::byte_string(self.stand_in.sent.as_bytes());
            call.method = Ident::new("request", Span::call_site());
            call.args.insert(
                0,
                parse_quote!(
                    ::reqwest::Method::from_bytes(#method).map_err(|error| Error::InvalidRequest(error.to_string()))?
                ),
            );
        }
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::NameValue(meta) = &mut attribute.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut meta.value
        {
            let said = |method: &str| format!("Sends a `{method}` request to `");
            let field = self.stand_in.field.to_ascii_uppercase();
            *text = LitStr::new(&text.value().replace(&said(&field), &said(&self.stand_in.sent)), text.span());
        }
    }
}

#[cfg(test)]
mod tests {
    use zerogate_contract::{Contract, Document, Inventory};

    use crate::bindings::HostTypes;
    use crate::generate::generate;
    use crate::lower::lower;

    const DOCUMENT: &str = "
openapi: 3.2.0
info: {title: Gate, version: '1'}
paths:
  /notices/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post: {operationId: add, responses: {204: {}}}
    query:
      operationId: find
      requestBody: {content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}}
      responses: {200: {content: {application/json: {schema: {type: object}}}}}
    trace: {operationId: echo, responses: {204: {}}}
    options: {operationId: ask, responses: {204: {}}}
    additionalOperations:
      copy: {operationId: copy, responses: {204: {}}}
      COPY: {operationId: copyAll, responses: {204: {}}}
      zap: {operationId: zap, responses: {204: {}}}
";

    #[test]
    fn every_operation_is_sent_with_its_own_method() {
        let contract = Contract::of(Document::parse("gate.yaml", DOCUMENT).unwrap());
        let lowered = lower(&contract).unwrap();
        // One of the six fields for other methods is taken.
        assert_eq!(lowered.skipped.iter().map(|it| it.operation.as_str()).collect::<Vec<_>>(), ["zap"]);
        let generated = generate(&contract, &Inventory::of(&contract), &lowered, &HostTypes::EXAMPLE).unwrap();
        let squeezed: String = generated.client.split_whitespace().collect();
        for (builder, method, sent) in [
            ("Find", "QUERY", true),
            ("Echo", "TRACE", true),
            ("Copy", "copy", true),
            ("CopyAll", "COPY", true),
            ("Ask", "OPTIONS", true),
            ("Add", "POST", false),
        ] {
            let begin =
                squeezed.find(&format!("impl<'a>{builder}<'a>")).unwrap_or_else(|| panic!("{}", generated.client));
            let own = squeezed[begin + 1..].split("impl<'a>").next().unwrap();
            assert!(own.contains(&format!("Sendsa`{method}`request")), "{builder}: {own}");
            assert_eq!(own.contains(&format!(".request(::reqwest::Method::from_bytes(b\"{method}\")")), sent, "{own}");
            assert_eq!(own.matches("client.client.").count(), 1, "{own}");
        }
        assert!(generated.client.contains("Sends a `QUERY` request to `/notices/{id}`\n"), "{}", generated.client);
        assert!(generated.operations.contains("method : \"copy\""), "{}", generated.operations);
    }
}
