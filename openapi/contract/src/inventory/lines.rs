//! Writes an inventory as text, one fact per line.

use std::fmt::{self, Display, Formatter, Write};

use super::facts::Inventory;
use super::model::{Operation, Schema, SchemeUse, SecurityScheme};
use super::shape::{Form, Shape};
use crate::text::one_line;

impl Display for Inventory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut lines = Lines(f);
        for server in &self.servers {
            lines.fact(format_args!("server {server}"))?;
        }
        for (name, scheme) in &self.security_schemes {
            lines.fact(format_args!("security {name}: {scheme}"))?;
        }
        for operation in &self.operations {
            lines.operation(self, operation)?;
        }
        for (name, schema) in &self.schemas {
            lines.schema(name, schema)?;
        }
        Ok(())
    }
}

impl Display for SecurityScheme {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        for part in [&self.scheme, &self.location, &self.name].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        Ok(())
    }
}

struct Lines<'a, 'f>(&'a mut Formatter<'f>);

impl Lines<'_, '_> {
    /// Writes one line, with line breaks escaped: a name may contain anything.
    fn fact(&mut self, fact: fmt::Arguments<'_>) -> fmt::Result {
        struct OneLine<'a, 'f>(&'a mut Formatter<'f>);
        impl Write for OneLine<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.write_str(&one_line(text))
            }
        }
        OneLine(self.0).write_fmt(fact)?;
        self.0.write_char('\n')
    }

    fn operation(&mut self, inventory: &Inventory, operation: &Operation) -> fmt::Result {
        let id = &operation.id;
        self.fact(format_args!("{id}: {} {}", operation.method, operation.path))?;
        if operation.deprecated {
            self.fact(format_args!("{id}: deprecated"))?;
        }
        let mut security: Vec<String> =
            operation.security.iter().map(|alternative| security(inventory, alternative)).collect();
        security.sort();
        for alternative in security {
            self.fact(format_args!("{id}: security {alternative}"))?;
        }
        for parameter in &operation.parameters {
            let place = format!("{id}: {} parameter {}", parameter.location, parameter.name);
            self.shape(&place, &parameter.shape, parameter.required)?;
        }
        if let Some(body) = &operation.request {
            for media in &body.media {
                let place = format!("{id}: body {}", media.media_type);
                self.body(&place, &media.shape, body.required)?;
            }
        }
        for response in &operation.responses {
            let place = format!("{id} {}", response.status);
            if response.media.is_empty() {
                self.fact(format_args!("{place}: no body"))?;
            }
            for media in &response.media {
                self.body(&format!("{place}: {}", media.media_type), &media.shape, false)?;
            }
            for header in &response.headers {
                self.shape(&format!("{place}: header {}", header.name), &header.shape, header.required)?;
            }
        }
        Ok(())
    }

    fn schema(&mut self, name: &str, schema: &Schema) -> fmt::Result {
        // An inline schema was described at its place.
        if !schema.inline {
            self.shape(name, &schema.shape, false)?;
        }
        for field in &schema.fields {
            self.shape(&format!("{name}.{}", field.name), &field.shape, field.required)?;
        }
        Ok(())
    }

    fn body(&mut self, place: &str, shape: &Shape, required: bool) -> fmt::Result {
        self.fact(format_args!("{place} {}", description(shape, required)))?;
        self.below(place, shape)
    }

    fn shape(&mut self, place: &str, shape: &Shape, required: bool) -> fmt::Result {
        self.fact(format_args!("{place}: {}", description(shape, required)))?;
        self.below(place, shape)
    }

    /// The values, and what a kind such as `array<string>` does not say about the items.
    fn below(&mut self, place: &str, shape: &Shape) -> fmt::Result {
        for value in &shape.values {
            self.fact(format_args!("{place} = {value}"))?;
        }
        match &shape.form {
            Form::Array(items) => self.inner(&format!("{place}[]"), items),
            Form::Map(values) => self.inner(&format!("{place}{{}}"), values),
            Form::Union(members) => {
                for (index, member) in members.iter().enumerate() {
                    self.inner(&format!("{place}#{}", index + 1), member)?;
                }
                Ok(())
            }
            Form::Plain(_) | Form::Named(_) => Ok(()),
        }
    }

    fn inner(&mut self, place: &str, shape: &Shape) -> fmt::Result {
        if shape.nullable || !shape.constraints.is_empty() {
            self.fact(format_args!("{place}: {}", description(shape, false)))?;
        }
        self.below(place, shape)
    }
}

/// `secretKey (http bearer)`, `a + b[read write]`, `anonymous`
fn security(inventory: &Inventory, alternative: &[SchemeUse]) -> String {
    let told = |used: &SchemeUse| match used.scopes.as_slice() {
        [] => used.name.clone(),
        scopes => format!("{}[{}]", used.name, scopes.join(" ")),
    };
    match alternative {
        [] => "anonymous".to_owned(),
        [used] if used.scopes.is_empty() => match inventory.security_schemes.get(&used.name) {
            Some(scheme) => format!("{} ({scheme})", used.name),
            None => used.name.clone(),
        },
        all => all.iter().map(told).collect::<Vec<_>>().join(" + "),
    }
}

/// `string(uri), nullable, required, maximum length 80`
fn description(shape: &Shape, required: bool) -> String {
    let mut text = shape.kind.clone();
    for (said, word) in [(shape.nullable, "nullable"), (required, "required")] {
        if said {
            text.push_str(", ");
            text.push_str(word);
        }
    }
    for constraint in &shape.constraints {
        text.push_str(", ");
        text.push_str(constraint);
    }
    text
}
