//! Python's `re` on constant text, by the engine that reads JavaScript's patterns.

use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Most matches that a function is called with one by one.
const MAX_MATCHES: usize = 5_000;

/// A match as code sees it: a list of its groups, the whole first. Its methods are [`Interpreter::match_method`]'s.
fn pattern(text: &str) -> Val {
    Value::Regex((text.replace("(?P<", "(?<"), "g".to_owned()).into()).into()
}

impl Interpreter<'_> {
    /// `re.sub(..)`, `re.findall(..)`, `re.split(..)`. `None`: not one of them, or not known.
    pub fn pattern_call(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument]) -> Option<Val> {
        if !self.options.folding {
            return None;
        }
        let val = |at: usize| args.get(at).filter(|arg| arg.name.is_none()).map(|arg| &arg.val);
        let expression = pattern(val(0)?.as_str().filter(|text| !text.contains(HOLE))?);
        match plain {
            "re.sub" => {
                let (by, text) = (val(1)?.clone(), val(2)?);
                let taint = text.taint | by.taint;
                let matches =
                    builtins::matches_of(&self.heap, &expression, text.as_str().filter(|text| !text.contains(HOLE))?)?;
                let callable = self.runs_or_calls(&by);
                if matches.groups.len() > MAX_MATCHES
                    || self.budget.unroll_fuel == 0
                    || !callable && by.as_str().is_none()
                {
                    return None;
                }
                let mut made = String::new();
                let mut groups = matches.groups.into_iter();
                self.control.unrolling += 1;
                let mut known = true;
                for between in matches.between {
                    made.push_str(&between);
                    let Some(found) = groups.next() else { continue };
                    if callable {
                        let found = found.into_iter().map(|group| Val::str(group, taint)).collect();
                        let found = self.heap.list(found);
                        let part = self.apply(frame, id, &by, vec![found.into()]);
                        match builtins::to_text(&self.heap, &part, Dialect::Python) {
                            Some(part) => made.push_str(&part),
                            None => known = false,
                        }
                    } else {
                        expand(by.as_str().unwrap_or_default(), &found, &mut made);
                    }
                    known &= made.len() <= builtins::MAX_TEXT;
                    if !known {
                        break;
                    }
                }
                self.control.unrolling -= 1;
                let taint = if callable { taint | Taint::DECODED } else { taint };
                let made = known.then(|| Val::str(made, taint))?;
                self.charge(&made);
                Some(made)
            }
            "re.findall" => {
                let text = val(1)?;
                let matches =
                    builtins::matches_of(&self.heap, &expression, text.as_str().filter(|text| !text.contains(HOLE))?)?;
                let mut out = Vec::with_capacity(matches.groups.len());
                for mut groups in matches.groups {
                    // With groups in the pattern, those are given instead of the whole.
                    let parts: Vec<Val> = if groups.len() > 1 { groups.drain(1..) } else { groups.drain(..) }
                        .map(|part| Val::str(part, text.taint))
                        .collect();
                    out.push(match <[Val; 1]>::try_from(parts) {
                        Ok([only]) => only,
                        Err(parts) => self.heap.list(parts),
                    });
                }
                Some(self.heap.list(out))
            }
            "re.split" => {
                let text = val(1)?;
                let matches =
                    builtins::matches_of(&self.heap, &expression, text.as_str().filter(|text| !text.contains(HOLE))?)?;
                let parts = matches.between.into_iter().map(|part| Val::str(part, text.taint)).collect();
                Some(self.heap.list(parts))
            }
            _ => None,
        }
    }

    /// Methods of what a pattern's function is given.
    pub fn match_method(&mut self, groups: &Val, name: &str, args: &[Argument]) -> Option<Val> {
        let items = self.heap.items(groups)?;
        match name {
            "group" => {
                let place = args.first().map_or(Some(0), |arg| builtins::count(arg.val.as_num()?))?;
                items.get(place).cloned()
            }
            "groups" => {
                let items = items.iter().skip(1).cloned().collect();
                Some(self.heap.list(items))
            }
            _ => None,
        }
    }
}

/// A replacement with `\1` and `\g<1>` filled in.
fn expand(by: &str, groups: &[String], out: &mut String) {
    let mut rest = by;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (number, after) = match after.strip_prefix("g<").and_then(|named| named.split_once('>')) {
            Some((number, after)) => (number.parse().ok(), after),
            None => {
                let mark = after.chars().next();
                let length = mark.map_or(0, char::len_utf8);
                (mark.and_then(|c| c.to_digit(10)).map(|digit| digit as usize), after.get(length..).unwrap_or_default())
            }
        };
        out.push_str(number.and_then(|number| groups.get(number)).map_or("", String::as_str));
        rest = after;
    }
    out.push_str(rest);
}
