//! Compares JSON values by meaning: `1` and `1.0` are the same number, and the order of keys does not matter.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Number, Value};

/// Whether two values have the same meaning.
///
/// ```
/// use serde_json::json;
/// use zerogate_contract::json::same;
///
/// assert!(same(&json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})));
/// // As floats they would be the same.
/// assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992.0)));
/// ```
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Ordering::Equal,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// A value as a key: equal to every value with the [`same`] meaning.
#[derive(Clone, Copy, Debug)]
pub struct Key<'v>(pub &'v Value);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        same(self.0, other.0)
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            Value::Number(number) => match integer(number) {
                Some(integer) => integer.hash(state),
                None => number.as_f64().map(f64::to_bits).hash(state),
            },
            Value::Array(items) => items.iter().for_each(|item| Key(item).hash(state)),
            // A sum does not depend on the order.
            Value::Object(entries) => {
                let hash = |(key, value): (&String, &Value)| {
                    let mut state = DefaultHasher::new();
                    key.hash(&mut state);
                    Key(value).hash(&mut state);
                    state.finish()
                };
                entries.iter().map(hash).fold(0, u64::wrapping_add).hash(state);
            }
            other => other.hash(state),
        }
    }
}

/// Compares two numbers without rounding.
#[must_use]
pub fn compare(a: &Number, b: &Number) -> Ordering {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        // A fraction is smaller than the integers that a float rounds, and a number beyond `i128` exceeds all integers.
        _ => a.as_f64().unwrap_or(f64::NAN).total_cmp(&b.as_f64().unwrap_or(f64::NAN)),
    }
}

/// The number, if it is an integer.
fn integer(number: &Number) -> Option<i128> {
    if let Some(integer) = number.as_i128() {
        return Some(integer);
    }
    let float = number.as_f64()?;
    // Such a float is exactly one integer.
    (float.fract() == 0.0 && float.abs() < i128::MAX as f64).then_some(float as i128)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(same(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
        assert!(same(&json!(0), &json!(-0.0)));
        assert!(same(&json!(1e300), &json!(1e300)));
        assert!(!same(&json!(1), &json!("1")));
        assert!(!same(&json!(1), &json!(1.5)));
    }

    #[test]
    fn values_with_the_same_meaning_are_one_key() {
        let written =
            [json!(0), json!(-0.0), json!({"a": [1, 0.5]}), json!({"a": [1.0, 0.5]}), json!("0"), json!([0.5])];
        let keys: HashSet<Key<'_>> = written.iter().map(Key).collect();
        assert_eq!(keys.len(), 4);
    }

    #[test]
    fn integers_with_the_same_float_are_distinguished() {
        assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
        assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992.0)));
        assert!(!same(&json!(u64::MAX), &json!(18_446_744_073_709_551_616.0)));
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let number = |value: Value| value.as_number().cloned().unwrap_or_else(|| 0.into());
        for (less, more) in [(json!(1), json!(1.5)), (json!(-1e300), json!(i64::MIN)), (json!(u64::MAX), json!(1e300))]
        {
            assert_eq!(compare(&number(less), &number(more)), Ordering::Less);
        }
    }
}
