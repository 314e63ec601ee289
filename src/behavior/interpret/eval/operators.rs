//! Operators and templates on values that may be known in part.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Logic, NodeId, Op};

impl Interpreter<'_> {
    pub fn template(&mut self, frame: &Frame, id: NodeId, parts: &[NodeId]) -> Val {
        let mut vals: Vec<Val> = parts.iter().map(|part| self.eval(frame, *part)).collect();
        if frame.dialect.is_javascript() {
            vals = vals.into_iter().map(|val| self.primitive(val)).collect();
        }
        if !self.options.folding {
            return Val::unknown(vals.iter().fold(Taint::NONE, |all, val| all | self.heap.carried(val)));
        }
        let mut taint = Taint::NONE;
        let mut text = String::new();
        for val in &vals {
            taint |= self.heap.carried(val);
            match builtins::interpreter(val)
                .map(Into::into)
                .or_else(|| builtins::to_text(&self.heap, val, frame.dialect))
            {
                Some(part) => text.push_str(&part),
                None => text.push_str(HOLE),
            }
            if text.len() > builtins::MAX_TEXT {
                return Val::unknown(vals.iter().fold(Taint::NONE, |all, val| all | self.heap.carried(val)));
            }
        }
        taint |= self.classify_folded(frame, id, &text, &vals);
        let val = Val::str(text, taint);
        self.charge(&val);
        val
    }

    pub fn combine(&mut self, op: Op, a: &Val, b: &Val, dialect: Dialect) -> Val {
        if dialect.is_javascript() && is_object(a) | is_object(b) && !matches!(op, Op::Eq | Op::NotEq | Op::In | Op::Is)
        {
            let (a, b) = (self.primitive(a.clone()), self.primitive(b.clone()));
            return self.combine_values(op, &a, &b, dialect);
        }
        self.combine_values(op, a, b, dialect)
    }

    fn combine_values(&mut self, op: Op, a: &Val, b: &Val, dialect: Dialect) -> Val {
        if op == Op::Add
            && self.trial.is_some()
            && let Some((a, b)) = self.functions_as_text(a, b)
        {
            return self.combine_values(op, &a, &b, dialect);
        }
        let taint = self.heap.carried(a) | self.heap.carried(b);
        if !self.options.folding {
            return Val::unknown(taint);
        }
        if let Some(val) = builtins::binary(&mut self.heap, op, a, b, dialect) {
            self.charge(&val);
            return val.with(taint);
        }
        // Text with an unknown part keeps its known parts.
        if op == Op::Add {
            let part = |val: &Val| match &val.value {
                Value::Str(text) => Some(text.to_string()),
                Value::Unknown | Value::Path(_) => Some(builtins::interpreter(val).unwrap_or(HOLE).to_owned()),
                _ => None,
            };
            if (a.as_str().is_some() || b.as_str().is_some())
                && let (Some(x), Some(y)) = (part(a), part(b))
                && x.len() + y.len() < 1 << 16
            {
                let text = if x.ends_with(HOLE) && y == HOLE { x } else { x + &y };
                return Val::str(text, taint);
            }
        }
        // `Path(..) / 'x'`
        if op == Op::Div
            && let (Some(x), Some(y)) = (a.as_str(), b.as_str())
        {
            return Val::str(format!("{x}/{y}"), taint);
        }
        if op == Op::Mod
            && let Some(format) = a.as_str()
        {
            return Val::str(format.replace("%s", HOLE), taint);
        }
        Val::unknown(taint)
    }

    /// Where one of two values to be joined is a function and the other text: both as text.
    fn functions_as_text(&self, a: &Val, b: &Val) -> Option<(Val, Val)> {
        let text = |val: &Val| {
            let closure = self.heap.closure(val)?;
            let document = self.documents.get(closure.doc)?;
            let function = document.unit.functions.get(closure.function as usize)?;
            let source = document.source.text.get(function.span.start..function.span.end)?;
            Some(Val::str(source, Taint::NONE))
        };
        match (&a.value, &b.value) {
            (Value::Func(_), Value::Str(_)) => Some((text(a)?, b.clone())),
            (Value::Str(_), Value::Func(_)) => Some((a.clone(), text(b)?)),
            _ => None,
        }
    }

    pub fn binary(&mut self, frame: &Frame, id: NodeId, op: Op, operands: &[NodeId]) -> Val {
        let Some((first, rest)) = operands.split_first() else { return Val::default() };
        let mut val = self.eval(frame, *first);
        let mut parts = vec![val.clone()];
        // Long chains of literals are joined in one buffer: pairwise joining would be quadratic.
        let mut buffer: Option<String> = None;
        for operand in rest {
            let next = self.eval(frame, *operand);
            if op == Op::Add
                && rest.len() > 8
                && let (Some(x), Some(y)) = (val.as_str(), next.as_str())
            {
                let taint = val.taint | next.taint;
                let text = buffer.get_or_insert_with(|| x.to_owned());
                text.push_str(y);
                val = Val { value: val.value, taint };
                continue;
            }
            if let Some(text) = buffer.take() {
                val = Val::str(text, val.taint);
            }
            let own = self.operator_call(frame, id, op, &val, &next);
            val = match own {
                Some(val) => val,
                None => self.combine(op, &val, &next, frame.dialect),
            };
            parts.push(next);
        }
        if let Some(text) = buffer {
            val = Val::str(text, val.taint);
        }
        if matches!(op, Op::Eq | Op::NotEq | Op::In | Op::NotIn | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq) {
            // A comparison gives no data away, but it may ask for an argument.
            val.taint = val.taint.only(Taint::ARGUMENTS);
        }
        if matches!(op, Op::Add | Op::Mod)
            && let Value::Str(text) = &val.value
        {
            let text = text.clone();
            let taint = self.classify_folded(frame, id, &text, &parts);
            val.taint |= taint;
        }
        // What is subtracted is where the characters begin that show nothing: variation selectors and tags.
        let invisible =
            |part: &Val| part.as_num().is_some_and(|n| [65024.0, 917_760.0, 917_744.0, 917_504.0].contains(&n));
        if op == Op::Sub && !val.is_constant() && parts.iter().skip(1).any(invisible) {
            self.emit(frame, id, Feature::CallEncoding, "invisible characters");
        }
        if op == Op::BitXor && val.taint.has(Taint::DECODED | Taint::NET) {
            self.emit(frame, id, Feature::CallEncoding, "xor");
        }
        val
    }

    /// Whether a value may not be there: `options.fs` of options that nothing is known of, a name that was given no value.
    fn may_be_missing(&self, frame: &Frame, val: &Val) -> bool {
        match &val.value {
            Value::Method(method) => matches!(method.0.value, Value::Unknown | Value::Dict(_) | Value::Instance(_)),
            Value::Path(path) => {
                let catalogue = frame.dialect.catalogue();
                let module = || !path.contains('.') && catalogue.module(path).is_some();
                let known = || catalogue.call(path).is_some() || module() || !catalogue.members(path).is_empty();
                let read = || catalogue.read_of(path).is_some() || val.taint != Taint::NONE;
                !path.contains('(') && !builtins::is_native(path) && !known() && !read()
            }
            _ => false,
        }
    }

    pub fn logic(&mut self, frame: &Frame, logic: Logic, operands: &[NodeId]) -> Val {
        let mut chosen: Option<Val> = None;
        let mut decided = false;
        for (place, operand) in operands.iter().enumerate() {
            if decided && self.control.unrolling > 0 {
                self.passed_by(frame, *operand);
                continue;
            }
            let val = if place == 0 || self.trial.is_some() {
                self.eval(frame, *operand)
            } else {
                self.guarded(|this| this.eval(frame, *operand))
            };
            let truth = match logic {
                Logic::Coalesce => Some(!matches!(val.value, Value::Null))
                    .filter(|_| !matches!(val.value, Value::Unknown) && !self.may_be_missing(frame, &val)),
                _ => builtins::truth(&self.heap, &val, frame.dialect),
            };
            let last = place + 1 == operands.len();
            if self.trial.is_some() {
                match truth {
                    None if !last => self.abandon_trial(),
                    _ if last => {}
                    _ => self.mark_partial(),
                }
            }
            let stops = truth.map(|t| if logic == Logic::And { !t } else { t });
            let taint = chosen.as_ref().map_or(Taint::NONE, |v| v.taint) | val.taint;
            if !decided {
                let keep = match (&chosen, logic) {
                    _ if self.trial.is_some() => val,
                    // `a or b` with an unknown a: the first telling value stands for both.
                    (Some(before), Logic::Or | Logic::Coalesce)
                        if !(matches!(before.value, Value::Unknown | Value::Null | Value::Bool(false))
                            || self.may_be_missing(frame, before) && tells(&val)) =>
                    {
                        before.clone()
                    }
                    _ => val,
                };
                chosen = Some(keep.with(taint));
            }
            decided |= stops == Some(true) || last;
        }
        chosen.unwrap_or_default()
    }
}

fn is_object(val: &Val) -> bool {
    matches!(val.value, Value::Dict(_) | Value::Instance(_))
}

/// Whether a value says what it is.
fn tells(val: &Val) -> bool {
    matches!(val.value, Value::Path(_) | Value::Func(_) | Value::Class(_) | Value::Module(_))
}
