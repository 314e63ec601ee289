//! The names of one scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::Val;

/// Up to how many names lie in a row.
const FEW: usize = 16;

/// Names with their values, by name. Every call of a function has a scope and most scopes hold a handful: those lie in one
/// small allocation, where a tree would take half a kilobyte for the first name.
#[derive(Debug, Clone)]
pub enum Names {
    /// Sorted.
    Few(Vec<(Arc<str>, Val)>),
    /// More than [`FEW`].
    Many(BTreeMap<Arc<str>, Val>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Names {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Val> {
        match self {
            Self::Few(row) => row.get(row.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?).map(|(_, val)| val),
            Self::Many(tree) => tree.get(name),
        }
    }

    /// Whether the name is bound.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Binds a name.
    pub fn insert(&mut self, name: Arc<str>, val: Val) {
        match self {
            Self::Few(row) => match row.binary_search_by(|(known, _)| known.cmp(&name)) {
                Ok(at) => {
                    if let Some(slot) = row.get_mut(at) {
                        slot.1 = val;
                    }
                }
                Err(at) if row.len() < FEW => row.insert(at, (name, val)),
                Err(_) => {
                    let mut tree: BTreeMap<_, _> = std::mem::take(row).into_iter().collect();
                    tree.insert(name, val);
                    *self = Self::Many(tree);
                }
            },
            Self::Many(tree) => {
                tree.insert(name, val);
            }
        }
    }

    /// Names with their values, by name.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&Arc<str>, &Val)> + '_> {
        match self {
            Self::Few(row) => Box::new(row.iter().map(|(name, val)| (name, val))),
            Self::Many(tree) => Box::new(tree.iter()),
        }
    }

    /// Values, by name.
    pub fn values(&self) -> impl Iterator<Item = &Val> {
        self.iter().map(|(_, val)| val)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_names_are_the_same_map() {
        let mut names = Names::default();
        let mut expected = BTreeMap::new();
        for i in 0..40_u32 {
            // Neither in order nor each once.
            let name: Arc<str> = format!("n{:02}", i * 7 % 23).into();
            names.insert(name.clone(), Val::num(f64::from(i)));
            expected.insert(name, f64::from(i));
            let held: Vec<_> = names.iter().map(|(name, val)| (name.clone(), val.as_num().unwrap())).collect();
            assert_eq!(held, expected.clone().into_iter().collect::<Vec<_>>());
            assert_eq!(matches!(names, Names::Many(_)), expected.len() > FEW);
        }
        assert!(names.contains_key("n22") && !names.contains_key("n23"));
    }
}
