//! Panics as answers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a job so that a panic inside it is an answer and not the end of the program.
///
/// # Errors
/// The message of the panic.
pub fn caught<T>(job: impl FnOnce() -> T) -> Result<T, String> {
    // What the job was working on is dropped with it; nothing half-changed is used afterwards.
    catch_unwind(AssertUnwindSafe(job)).map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> u8 { panic!("at {}", 3) }), Err("at 3".to_owned()));
    }
}
