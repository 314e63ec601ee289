//! The part of a model card that an evaluation writes.

use std::path::Path;

use crate::model::ModelError;

const BEGIN: &str = "<!-- measured by cerebro eval -->";
const END: &str = "<!-- end of what was measured -->";

/// Puts the tables of an evaluation into the model card of a folder (`README.md`), in place of those of an earlier one; the
/// rest of the card stays as it is.
///
/// # Errors
/// When the card cannot be read or written.
pub fn write(folder: &Path, tables: &str) -> Result<(), ModelError> {
    let path = folder.join("README.md");
    let card = match std::fs::read_to_string(&path) {
        Ok(card) => card,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "# Model card\n".to_owned(),
        Err(error) => return Err(ModelError::file(&path, &error)),
    };
    std::fs::write(&path, replaced(&card, tables)).map_err(|e| ModelError::file(&path, &e))
}

fn replaced(card: &str, tables: &str) -> String {
    let section = format!("{BEGIN}\n\n{}\n\n{END}", tables.trim());
    match (card.split_once(BEGIN), card.split_once(END)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{section}{after}"),
        _ => format!("{}\n\n{section}\n", card.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_replace_those_before_and_leave_the_rest() {
        let first = replaced("# Card\n\nBy hand.\n", "| a |");
        assert!(first.starts_with("# Card\n\nBy hand.\n\n<!--") && first.contains("| a |"));
        let more = format!("{first}\nLimits.\n");
        let second = replaced(&more, "| b |");
        assert!(second.contains("| b |") && !second.contains("| a |"));
        assert!(second.contains("By hand.") && second.ends_with("\nLimits.\n"));
        assert_eq!(replaced(&second, "| b |"), second);
    }
}
