//! What the subcommands share: columns, skips, a thread with room for deep recursion.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::width;

/// Stack of a thread that analyses packages. Parsing and interpreting recurse as deep as the code is nested, up to a cap that
/// fits in here; the system hands the memory out only when it is used.
pub const STACK: usize = 256 << 20;

/// Runs `job` on a thread with a large stack and waits for it.
///
/// # Errors
/// When no thread can be started. A panic in the job goes on in the caller.
pub fn on_big_stack<T: Send>(job: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, job)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

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

/// Cuts an escaped text to a number of terminal columns, with `…` where something is missing.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used >= columns {
            break;
        }
        shown.push_str(grapheme);
    }
    if columns > 0 {
        shown.push('…');
    }
    shown
}

/// Cuts or pads an escaped text to exactly a number of terminal columns.
pub fn fit(text: &str, columns: usize) -> String {
    let mut shown = cut(text, columns);
    let missing = columns.saturating_sub(width(&shown));
    shown.extend(std::iter::repeat_n(' ', missing));
    shown
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("abc", 5, "abc  ")]
    #[case("abcde", 5, "abcde")]
    #[case("abcdef", 5, "abcd…")]
    #[case("日本語", 6, "日本語")]
    #[case("日本語", 5, "日本…")]
    #[case("日本語", 4, "日… ")]
    #[case("abc", 1, "…")]
    #[case("abc", 0, "")]
    fn fits_by_columns_not_by_characters(#[case] text: &str, #[case] columns: usize, #[case] shown: &str) {
        assert_eq!(fit(text, columns), shown);
    }

    #[test]
    fn deep_recursion_has_room() {
        fn depth(n: u32) -> u32 {
            let page = std::hint::black_box([n; 1024]);
            if n == 0 { 0 } else { 1 + depth(n - 1) + (page[1] - n) }
        }
        // 4 KiB a level: eight times what a thread has by default.
        assert_eq!(on_big_stack(|| depth(4000)).unwrap(), 4000);
    }

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> u8 { panic!("at {}", 3) }), Err("at 3".to_owned()));
    }
}
