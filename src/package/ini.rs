//! The small language of `setup.cfg` and `entry_points.txt`, as Python's configparser reads it.

/// Sections with their options, in order.
#[derive(Debug, Default)]
pub(super) struct Sections(Vec<(String, Vec<(String, String)>)>);

impl Sections {
    /// An option's value; the lines of a value of several lines are joined with newlines.
    pub fn get(&self, section: &str, name: &str) -> Option<&str> {
        self.options(section).find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The names of the sections, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The options of a section.
    pub fn options(&self, section: &str) -> impl Iterator<Item = (&str, &str)> {
        let matching = self.0.iter().filter(move |(name, _)| name == section);
        matching.flat_map(|(_, options)| options.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

pub(super) fn parse(text: &str) -> Sections {
    let mut sections = Sections::default();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name)
            && !line.starts_with([' ', '\t'])
        {
            sections.0.push((name.trim().to_owned(), Vec::new()));
            continue;
        }
        let Some((_, options)) = sections.0.last_mut() else { continue };
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = options.last_mut()
        {
            if !value.is_empty() {
                value.push('\n');
            }
            value.push_str(trimmed);
        } else {
            let (key, value) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
            options.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_run_over_lines() {
        let text = "top = 1\n[a]\nx = 1\n# no\ny:\n  two\n  three = 3\n[b]\nx=9\n";
        let sections = parse(text);
        assert_eq!(sections.get("a", "x"), Some("1"));
        assert_eq!(sections.get("a", "y"), Some("two\nthree = 3"));
        assert_eq!(sections.options("b").collect::<Vec<_>>(), [("x", "9")]);
        assert_eq!(sections.get("c", "x"), None);
    }
}
