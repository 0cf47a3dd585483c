//! Describes a sequence in words.

use super::plan::{Action, Caller, Name};
use super::talk::Step;
use crate::evidence::body;

/// The sessions named in a description, in order.
#[derive(Default)]
struct Names(Vec<Name>);

impl Names {
    /// A letter, or a number from the 27th on.
    fn of(&mut self, name: Name) -> String {
        let place = self.0.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        match u8::try_from(place).ok().filter(|place| *place < 26) {
            Some(place) => char::from(b'A' + place).to_string(),
            None => place.to_string(),
        }
    }
}

/// One line for each step: what was sent, and the result.
pub(super) fn lines(steps: &[Vec<Step>]) -> Vec<String> {
    let mut names = Names::default();
    let mut bodies: Vec<(Name, u8)> = Vec::new();
    let step = |group: &Vec<Step>| {
        let requests: Vec<String> = group.iter().map(|step| request(step, &mut names, &mut bodies)).collect();
        if requests.len() > 1 { format!("concurrently: {}", requests.join("; ")) } else { requests.concat() }
    };
    steps.iter().map(step).collect()
}

fn request(step: &Step, names: &mut Names, bodies: &mut Vec<(Name, u8)>) -> String {
    let what = match step.action {
        Action::Create { by, key, body, .. } => {
            let name = Name { owner: by, key };
            let letter = names.of(name);
            let first = bodies.iter().find(|(known, _)| *known == name).map(|(_, body)| *body);
            match first {
                None => {
                    bodies.push((name, body));
                    format!("create {letter}")
                }
                Some(first) if first == body => format!("create {letter} again, with its key"),
                Some(_) => format!("create another session with the key of {letter}"),
            }
        }
        Action::Retrieve { session, .. } => format!("retrieve {}", names.of(session)),
        Action::Cancel { session, .. } => format!("cancel {}", names.of(session)),
        Action::List { limit, .. } => format!("list, {limit} a page"),
    };
    let by = match step.action.by() {
        Caller::Partner => "",
        Caller::OtherPartner => " as the second partner",
        Caller::NoKey => " without a key",
        Caller::UnknownKey => " with an unknown key",
    };
    format!("{what}{by}: {}", body::one_line(&step.outcome))
}
