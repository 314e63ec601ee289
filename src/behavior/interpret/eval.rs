//! Expressions and statements.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::{Object, Val, Value};
use super::{Flow, Frame, HOLE, Interpreter, MAX_DEPTH, fold};
use crate::behavior::feature::Feature;
use crate::behavior::strings;
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Logic, Node, NodeId, Op};

/// Most items of one loop or comprehension walked one by one.
const MAX_ITERATIONS: usize = 20_000;

impl Interpreter<'_> {
    /// Walks a node and yields what is known of its value.
    pub(super) fn eval(&mut self, frame: &Frame, id: NodeId) -> Val {
        if !self.alive() {
            return Val::default();
        }
        if self.depth >= MAX_DEPTH {
            self.cut_short = true;
            return Val::default();
        }
        self.depth += 1;
        let val = self.eval_node(frame, id);
        self.depth -= 1;
        val
    }

    fn eval_node(&mut self, frame: &Frame, id: NodeId) -> Val {
        let unit = frame.unit.clone();
        match unit.node(id) {
            Node::Null => Value::Null.into(),
            Node::Bool(truth) => Value::Bool(*truth).into(),
            Node::Num(number) => Val::num(*number),
            Node::Str(text) => self.literal(frame, id, text),
            Node::Bytes(bytes) => {
                let taint = std::str::from_utf8(bytes).map_or(Taint::NONE, |text| self.literal(frame, id, text).taint);
                Val::bytes(&bytes[..], taint)
            }
            Node::Name(name) => self.lookup(frame, name),
            Node::Template(parts) => self.template(frame, id, parts),
            Node::List(items) => self.list(frame, items),
            Node::Dict(entries) => self.dict(frame, entries),
            Node::Spread(inner) | Node::Await(inner) => self.eval(frame, *inner),
            Node::Member(object, name) => {
                let object = self.eval(frame, *object);
                self.member(frame, id, &object, name)
            }
            Node::Index(object, key) => {
                let object = self.eval(frame, *object);
                let key = self.eval(frame, *key);
                self.indexed(frame, id, &object, &key)
            }
            Node::Slice(object, parts) => self.sliced(frame, id, *object, *parts),
            Node::Call { callee, args, new } => self.call(frame, id, *callee, args, *new),
            Node::Function(index) => self.closure(frame, *index),
            Node::Class(index) => self.class(frame, *index),
            Node::Unary(op, inner) => {
                let val = self.eval(frame, *inner);
                fold::unary(&self.heap, *op, &val, frame.javascript)
                    .unwrap_or_else(|| Val::unknown(val.taint))
                    .with(if *op == Op::Not { Taint::NONE } else { val.taint })
            }
            Node::Binary(op, operands) => self.binary(frame, id, *op, operands),
            Node::Logic(logic, operands) => self.logic(frame, *logic, operands),
            Node::Assign(target, value) => {
                let val = self.eval(frame, *value);
                self.bind(frame, *target, val.clone());
                val
            }
            Node::Update(op, target, value) => {
                let old = self.eval(frame, *target);
                let new = self.eval(frame, *value);
                let val = self.combine(*op, &old, &new, frame.javascript);
                self.bind(frame, *target, val.clone());
                val
            }
            Node::If { test, then, other } => self.branch(frame, *test, *then, *other),
            Node::Loop { each, test, after, body } => {
                self.walk_loop(frame, *each, *test, *after, *body);
                Value::Null.into()
            }
            Node::Comprehension { element, each, conditions, dict } => {
                self.comprehension(frame, *element, each, conditions, *dict)
            }
            Node::Try { body, handlers, finally } => {
                self.eval(frame, *body);
                let flow = self.flow;
                // Handlers may run whatever the body's end was: walked as guarded code.
                for handler in handlers {
                    self.guarded(|this| this.eval(frame, *handler));
                }
                if self.flow == Flow::Next || self.guard > 0 {
                    self.flow = flow;
                }
                if let Some(finally) = finally {
                    let flow = std::mem::replace(&mut self.flow, Flow::Next);
                    self.eval(frame, *finally);
                    self.flow = flow;
                }
                Value::Null.into()
            }
            Node::Seq(children) => {
                let mut last = Value::Null.into();
                for child in children {
                    if self.flow != Flow::Next {
                        break;
                    }
                    last = self.eval(frame, *child);
                }
                last
            }
            Node::Return(value) => {
                let val = value.map_or_else(
                    || Value::Null.into(),
                    |value| {
                        let val = self.eval(frame, value);
                        self.environment_read(frame, value, val)
                    },
                );
                self.give_back(val, true);
                Value::Null.into()
            }
            Node::Yield(value) => {
                let val = value.map_or_else(Val::default, |value| self.eval(frame, value));
                self.give_back(val.clone(), false);
                Val::unknown(Taint::NONE)
            }
            Node::Break => self.jump(Flow::Break),
            Node::Continue => self.jump(Flow::Continue),
            Node::Throw(value) => {
                if let Some(value) = value {
                    self.eval(frame, *value);
                }
                Value::Null.into()
            }
            Node::Import(import) => {
                self.import(frame, id, import);
                Value::Null.into()
            }
            Node::Delete(_) => Value::Null.into(),
            Node::Decorated(decorators, definition) => self.decorated(frame, decorators, *definition),
            Node::Opaque(children) => {
                let mut taint = Taint::NONE;
                for child in children {
                    taint |= self.eval(frame, *child).taint;
                }
                Val::unknown(taint)
            }
        }
    }

    /// Walks code that may not run.
    pub(super) fn guarded<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.guard += 1;
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        let out = walk(self);
        self.flow = flow;
        self.guard -= 1;
        out
    }

    fn jump(&mut self, flow: Flow) -> Val {
        if self.concrete > 0 && self.guard <= self.loop_guard() {
            self.flow = flow;
        }
        Value::Null.into()
    }

    /// The guard depth that counts as certain for the innermost activation.
    fn loop_guard(&self) -> usize {
        self.activations.last().map_or(0, |a| a.guard)
    }

    fn give_back(&mut self, val: Val, ends: bool) {
        let guard = self.guard;
        let Some(activation) = self.activations.last_mut() else { return };
        let certain = guard <= activation.guard;
        activation.returned = Some(match activation.returned.take() {
            // The most telling of several returns is kept; what they carry is joined.
            Some(before) => {
                let taint = before.taint | val.taint;
                let keep = if matches!(val.value, Value::Null | Value::Unknown) { before } else { val };
                keep.with(taint)
            }
            None => val,
        });
        if ends && certain {
            self.flow = Flow::Return;
        }
    }

    /// A string literal: what it tells is noted, and a path of secrets taints it.
    fn literal(&mut self, frame: &Frame, id: NodeId, text: &str) -> Val {
        let key = (frame.doc, id);
        let taint = match self.told.get(&key) {
            Some(taint) => *taint,
            None => {
                let taint = self.tell(frame, id, text);
                if self.muted == 0 {
                    self.told.insert(key, taint);
                }
                taint
            }
        };
        Val::str(text, taint)
    }

    /// Notes what a text tells and returns what it carries.
    pub(super) fn tell(&mut self, frame: &Frame, id: NodeId, text: &str) -> Taint {
        if self.muted > 0 || text.len() < 4 {
            return Taint::NONE;
        }
        let mut taint = Taint::NONE;
        for told in strings::tell(text, &self.own_hosts) {
            if told.feature == Feature::R5 && told.detail != "host files" {
                taint |= Taint::SECRET;
            }
            self.emit(frame, id, told.feature, &told.detail);
        }
        taint
    }

    /// Notes what a folded text tells that its parts did not.
    fn tell_folded(&mut self, frame: &Frame, id: NodeId, text: &str, parts: &[Val]) -> Taint {
        // Inside a loop walked round by round text grows piece by piece: it tells where it is used.
        if self.muted > 0 || self.concrete > 0 || !(4..=1_000_000).contains(&text.len()) {
            return Taint::NONE;
        }
        let told = strings::tell(text, &self.own_hosts);
        if told.is_empty() {
            return Taint::NONE;
        }
        let known: Vec<strings::Told> =
            parts.iter().filter_map(Val::as_str).flat_map(|part| strings::tell(part, &self.own_hosts)).collect();
        let mut taint = Taint::NONE;
        for told in told.into_iter().filter(|t| !known.contains(t)) {
            if told.feature == Feature::R5 && told.detail != "host files" {
                taint |= Taint::SECRET;
            }
            self.emit(frame, id, told.feature, &told.detail);
        }
        taint
    }

    fn template(&mut self, frame: &Frame, id: NodeId, parts: &[NodeId]) -> Val {
        let vals: Vec<Val> = parts.iter().map(|part| self.eval(frame, *part)).collect();
        let mut taint = Taint::NONE;
        let mut text = String::new();
        for val in &vals {
            taint |= self.heap.carried(val);
            match fold::to_text(&self.heap, val, frame.javascript) {
                Some(part) => text.push_str(&part),
                None => text.push_str(HOLE),
            }
        }
        taint |= self.tell_folded(frame, id, &text, &vals);
        Val::str(text, taint)
    }

    fn list(&mut self, frame: &Frame, items: &[NodeId]) -> Val {
        let mut vals = Vec::with_capacity(items.len());
        for item in items {
            let val = self.eval(frame, *item);
            match (frame.unit.node(*item), self.heap.items(&val)) {
                (Node::Spread(_), Some(inner)) => vals.extend(inner.clone()),
                _ => {
                    let val = self.environment_read(frame, *item, val);
                    vals.push(val);
                }
            }
        }
        self.heap.list(vals)
    }

    fn dict(&mut self, frame: &Frame, entries: &[(NodeId, NodeId)]) -> Val {
        let mut map = BTreeMap::new();
        let mut taint = Taint::NONE;
        for (key, value) in entries {
            let spread = matches!(frame.unit.node(*value), Node::Spread(_));
            let key_val = if spread { Val::default() } else { self.eval_key(frame, *key) };
            let mut val = self.eval(frame, *value);
            if spread || key_val.as_str() == Some("env") {
                val = self.environment_passed(frame, *value, val);
            } else {
                val = self.environment_read(frame, *value, val);
            }
            taint |= self.heap.carried(&val);
            if spread {
                if let Some(inner) = self.heap.entries(&val) {
                    map.extend(inner.clone());
                }
            } else if let Some(key) = fold::to_text(&self.heap, &key_val, true) {
                map.insert(key, val);
            }
        }
        self.heap.dict(map).with(taint)
    }

    /// A key's string is a name, not data: it tells nothing.
    fn eval_key(&mut self, frame: &Frame, key: NodeId) -> Val {
        self.muted += 1;
        let val = self.eval(frame, key);
        self.muted -= 1;
        val
    }

    fn is_environment(val: &Val) -> bool {
        val.as_path().is_some_and(|path| matches!(&**path, "process.env" | "os.environ" | "Deno.env" | "os.environb"))
    }

    /// The whole environment used as data.
    pub(super) fn environment_read(&mut self, frame: &Frame, at: NodeId, val: Val) -> Val {
        if Self::is_environment(&val) {
            self.emit(frame, at, Feature::R5, "environment whole");
            return val.with(Taint::ENV);
        }
        val
    }

    /// The environment handed on to a child process or copied into an object.
    fn environment_passed(&mut self, frame: &Frame, at: NodeId, val: Val) -> Val {
        if Self::is_environment(&val) {
            self.emit(frame, at, Feature::R2, "environment copied");
            return Val::unknown(Taint::ENV);
        }
        val
    }

    pub(super) fn combine(&mut self, op: Op, a: &Val, b: &Val, javascript: bool) -> Val {
        let taint = self.heap.carried(a) | self.heap.carried(b);
        if let Some(val) = fold::binary(&mut self.heap, op, a, b, javascript) {
            self.charge(&val);
            return val.with(taint);
        }
        // Text with an unknown part keeps its known parts.
        if op == Op::Add {
            let part = |val: &Val| match &val.value {
                Value::Str(text) => Some(text.to_string()),
                // The running interpreter by its variable.
                Value::Path(path) if &**path == "sys.executable" => Some("python".to_owned()),
                Value::Path(path) if &**path == "process.execPath" => Some("node".to_owned()),
                Value::Unknown | Value::Path(_) => Some(HOLE.to_owned()),
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

    fn binary(&mut self, frame: &Frame, id: NodeId, op: Op, operands: &[NodeId]) -> Val {
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
            val = self.combine(op, &val, &next, frame.javascript);
            parts.push(next);
        }
        if let Some(text) = buffer {
            val = Val::str(text, val.taint);
        }
        if matches!(op, Op::Eq | Op::NotEq | Op::In | Op::NotIn | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq) {
            val.taint = Taint::NONE;
        }
        if matches!(op, Op::Add | Op::Mod)
            && let Value::Str(text) = &val.value
        {
            let text = text.clone();
            let taint = self.tell_folded(frame, id, &text, &parts);
            val.taint |= taint;
        }
        if op == Op::BitXor && val.taint.has(Taint::DECODED | Taint::NET) {
            self.emit(frame, id, Feature::E2, "xor");
        }
        val
    }

    fn logic(&mut self, frame: &Frame, logic: Logic, operands: &[NodeId]) -> Val {
        let mut chosen: Option<Val> = None;
        let mut decided = false;
        for (place, operand) in operands.iter().enumerate() {
            if decided && self.concrete > 0 {
                break;
            }
            let val =
                if place == 0 { self.eval(frame, *operand) } else { self.guarded(|this| this.eval(frame, *operand)) };
            let truth = match logic {
                Logic::Coalesce => {
                    Some(!matches!(val.value, Value::Null)).filter(|_| !matches!(val.value, Value::Unknown))
                }
                _ => fold::truth(&self.heap, &val, frame.javascript),
            };
            let last = place + 1 == operands.len();
            let stops = truth.map(|t| if logic == Logic::And { !t } else { t });
            let taint = chosen.as_ref().map_or(Taint::NONE, |v| v.taint) | val.taint;
            if !decided {
                let keep = match (&chosen, logic) {
                    // `a or b` with an unknown a: the first telling value stands for both.
                    (Some(before), Logic::Or | Logic::Coalesce)
                        if !matches!(before.value, Value::Unknown | Value::Null | Value::Bool(false)) =>
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

    fn branch(&mut self, frame: &Frame, test: NodeId, then: NodeId, other: Option<NodeId>) -> Val {
        let test_val = self.eval(frame, test);
        let truth = fold::truth(&self.heap, &test_val, frame.javascript);
        if let (Some(truth), true) = (truth, self.concrete > 0 && self.concrete_fuel > 0) {
            return match (truth, other) {
                (true, _) => self.eval(frame, then),
                (false, Some(other)) => self.eval(frame, other),
                (false, None) => Value::Null.into(),
            };
        }
        let first =
            if truth == Some(true) { self.eval(frame, then) } else { self.guarded(|this| this.eval(frame, then)) };
        if self.flow != Flow::Next && truth == Some(true) {
            // Code after a certain exit is dead; the other branch is still shown.
            let flow = std::mem::replace(&mut self.flow, Flow::Next);
            if let Some(other) = other {
                self.guarded(|this| this.eval(frame, other));
            }
            self.flow = flow;
            return first;
        }
        let second = other.map(|other| self.guarded(|this| this.eval(frame, other)));
        match (truth, second) {
            (Some(false), Some(second)) => second,
            (_, Some(second)) => {
                let taint = first.taint | second.taint;
                let keep = if matches!(first.value, Value::Unknown | Value::Null) { second } else { first };
                keep.with(taint)
            }
            (_, None) => first,
        }
    }

    fn walk_loop(
        &mut self,
        frame: &Frame,
        each: Option<(NodeId, NodeId)>,
        test: Option<NodeId>,
        after: Option<NodeId>,
        body: NodeId,
    ) {
        if let Some((target, iterable)) = each {
            let over = self.eval(frame, iterable);
            let items = fold::iterate(&self.heap, &over).filter(|items| !items.is_empty());
            match items {
                Some(items) if self.concrete_fuel > 0 && items.len() <= MAX_ITERATIONS => {
                    self.concrete_fuel = self.concrete_fuel.saturating_sub(items.len());
                    self.concrete += 1;
                    for item in items {
                        self.bind(frame, target, item);
                        self.eval(frame, body);
                        if self.concrete_fuel == 0 || !self.next_iteration() {
                            break;
                        }
                    }
                    self.concrete -= 1;
                }
                _ => {
                    let taint = self.heap.carried(&over);
                    let item = match over.as_path() {
                        Some(path) => Val::path(format!("{path}()")).with(taint),
                        None => Val::unknown(taint),
                    };
                    self.bind(frame, target, item);
                    self.eval(frame, body);
                    self.next_iteration();
                }
            }
            return;
        }
        let mut rounds = 0;
        loop {
            let known = match test {
                Some(test) => {
                    let val = self.eval(frame, test);
                    fold::truth(&self.heap, &val, frame.javascript)
                }
                None => Some(true),
            };
            // A known condition walks the loop round by round as long as the budget lasts; `while True` with no known way
            // out ends after one round.
            let by_rounds = known.is_some() && self.concrete_fuel > 0 && rounds < MAX_ITERATIONS;
            if known == Some(false) && rounds > 0 {
                break;
            }
            if by_rounds {
                self.concrete += 1;
            }
            self.eval(frame, body);
            let more = self.next_iteration();
            if more && let Some(after) = after {
                self.eval(frame, after);
            }
            if by_rounds {
                self.concrete -= 1;
            }
            rounds += 1;
            let constant = test.is_none_or(|test| matches!(frame.unit.node(test), Node::Bool(_) | Node::Num(_)));
            if !more || !by_rounds || known == Some(false) || constant && (rounds >= 4 || !frame.javascript) {
                break;
            }
        }
    }

    /// Ends one round of a loop; whether another may follow.
    fn next_iteration(&mut self) -> bool {
        match self.flow {
            Flow::Next => true,
            Flow::Continue => {
                self.flow = Flow::Next;
                true
            }
            Flow::Break => {
                self.flow = Flow::Next;
                false
            }
            Flow::Return => false,
        }
    }

    fn comprehension(
        &mut self,
        frame: &Frame,
        element: NodeId,
        each: &[(NodeId, NodeId)],
        conditions: &[NodeId],
        dict: bool,
    ) -> Val {
        let inner = Frame { scope: self.heap.scope(Some(frame.scope)), ..frame.clone() };
        let mut out = Vec::new();
        let mut known = true;
        let taint = self.comprehend(&inner, element, each, conditions, &mut out, &mut known);
        if !known {
            return Val::unknown(taint);
        }
        if dict {
            let pairs = out.iter().filter_map(|pair| {
                let items = self.heap.items(pair)?;
                let key: Rc<str> = fold::to_text(&self.heap, items.first()?, true)?;
                Some((key, items.get(1)?.clone()))
            });
            let map: BTreeMap<Rc<str>, Val> = pairs.collect();
            return self.heap.dict(map).with(taint);
        }
        self.heap.list(out).with(taint)
    }

    fn comprehend(
        &mut self,
        frame: &Frame,
        element: NodeId,
        each: &[(NodeId, NodeId)],
        conditions: &[NodeId],
        out: &mut Vec<Val>,
        known: &mut bool,
    ) -> Taint {
        let Some(((target, iterable), rest)) = each.split_first() else {
            for condition in conditions {
                let val = self.eval(frame, *condition);
                match fold::truth(&self.heap, &val, frame.javascript) {
                    Some(true) => {}
                    Some(false) => return Taint::NONE,
                    None => *known = false,
                }
            }
            let val = self.eval(frame, element);
            let taint = self.heap.carried(&val);
            out.push(val);
            return taint;
        };
        let over = self.eval(frame, *iterable);
        let mut taint = self.heap.carried(&over);
        match fold::iterate(&self.heap, &over) {
            Some(items) if items.len() <= MAX_ITERATIONS && self.concrete_fuel > 0 => {
                self.concrete += 1;
                for item in items {
                    self.bind(frame, *target, item);
                    taint |= self.comprehend(frame, element, rest, conditions, out, known);
                    if self.concrete_fuel == 0 {
                        *known = false;
                        break;
                    }
                }
                self.concrete -= 1;
            }
            _ => {
                *known = false;
                let item = match over.as_path() {
                    Some(path) => Val::path(format!("{path}()")).with(taint),
                    None => Val::unknown(taint),
                };
                self.bind(frame, *target, item);
                taint |= self.comprehend(frame, element, rest, conditions, out, known);
            }
        }
        taint
    }

    fn sliced(&mut self, frame: &Frame, id: NodeId, object: NodeId, parts: [Option<NodeId>; 3]) -> Val {
        let object = self.eval(frame, object);
        let mut known = true;
        let bounds = parts.map(|part| {
            part.and_then(|part| {
                let val = self.eval(frame, part);
                if matches!(val.value, Value::Null) {
                    return None;
                }
                known &= val.as_num().is_some();
                val.as_num()
            })
        });
        let folded = known.then(|| fold::slice(&mut self.heap, &object, bounds)).flatten();
        if let Some(val) = &folded {
            self.charge(val);
        }
        // Text read backwards is text decoded.
        if let (Some(Val { value: Value::Str(text), taint }), Some(step)) = (&folded, bounds[2])
            && step < 0.0
        {
            let (text, taint) = (text.clone(), *taint | Taint::DECODED);
            let told = if self.concrete == 0 { self.tell(frame, id, &text) } else { Taint::NONE };
            return Val::str(text, taint | told);
        }
        folded.unwrap_or_else(|| Val::unknown(self.heap.carried(&object)))
    }

    /// `object.name`.
    pub(super) fn member(&mut self, frame: &Frame, id: NodeId, object: &Val, name: &str) -> Val {
        match &object.value {
            Value::Path(path) if path.len() > super::external::MAX_PATH => Val::unknown(object.taint),
            Value::Path(path) => {
                let path = normalised(&format!("{path}.{name}"), frame.javascript);
                self.path_read(frame, id, &path, object.taint)
            }
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Num(_) => {
                #[allow(clippy::cast_precision_loss)]
                if frame.javascript && name == "length" {
                    let len = match &object.value {
                        Value::Str(text) => text.chars().count(),
                        Value::Bytes(bytes) => bytes.len(),
                        _ => self.heap.items(object).map_or(0, Vec::len),
                    };
                    return Val::num(len as f64);
                }
                self.heap.method(object.clone(), name)
            }
            Value::Dict(_) => {
                let entries = self.heap.entries(object);
                if let Some(found) = entries.and_then(|entries| entries.get(name)) {
                    return found.clone();
                }
                // `export * from 'library'`
                let behind = entries.and_then(|entries| entries.get(super::import::RE_EXPORTED)).cloned();
                match behind {
                    Some(library) => self.member(frame, id, &library, name),
                    None => self.heap.method(object.clone(), name),
                }
            }
            Value::Instance(at) => self.instance_member(object, *at, name),
            Value::Class(at) => self.class_member(*at, name, None).unwrap_or_else(|| Val::unknown(object.taint)),
            Value::Module(module) => self.module_member(frame, *module, name),
            // `[].filter.constructor` is `Function`.
            Value::Func(_) | Value::Method(_) if frame.javascript && name == "constructor" => Val::path("Function"),
            Value::Func(_) => self.heap.method(object.clone(), name),
            Value::Method(_) => Val::unknown(object.taint),
            Value::Unknown | Value::Null | Value::Bool(_) => self.heap.method(Val::unknown(object.taint), name),
        }
    }

    /// Reading an attribute outside the package.
    fn path_read(&mut self, frame: &Frame, id: NodeId, path: &str, taint: Taint) -> Val {
        let plain = path.replace("()", "");
        if let Some(rule) = Self::catalogue(frame).read_of(&plain) {
            let words = rule.words.clone().unwrap_or_else(|| super::effect::path_words(&plain));
            let (feature, gives) = (rule.feature, rule.gives);
            self.emit(frame, id, feature, &words);
            return Val::path(path).with(taint | gives);
        }
        for prefix in ["process.env.", "Deno.env."] {
            if let Some(name) = plain.strip_prefix(prefix)
                && frame.javascript
            {
                let name = name.to_owned();
                return self.variable(frame, id, &name).with(taint);
            }
        }
        Val::path(path).with(taint)
    }

    /// `object[key]`.
    pub(super) fn indexed(&mut self, frame: &Frame, id: NodeId, object: &Val, key: &Val) -> Val {
        if let Some(val) = fold::index(&self.heap, object, key) {
            return val.with(object.taint);
        }
        if let Some(key) = key.as_str() {
            match (&object.value, frame.javascript) {
                (Value::Path(path), false) => match &**path {
                    "os.environ" => {
                        return self.variable(frame, id, key);
                    }
                    // `globals()['name']`, `__builtins__['name']`, `sys.modules['name']`
                    "globals()" | "locals()" | "vars()" | "__dict__" => return self.lookup(frame, key),
                    "sys.modules" => return Val::path(key),
                    _ => return Val::path(format!("{path}()")).with(object.taint),
                },
                (_, true) => return self.member(frame, id, object, key),
                _ => {}
            }
        }
        if Self::is_environment(object) {
            self.emit(frame, id, Feature::R2, "variable computed");
            return Val::unknown(object.taint | Taint::ENV);
        }
        Val::unknown(self.heap.carried(object))
    }

    /// Reading one environment variable.
    pub(super) fn variable(&mut self, frame: &Frame, id: NodeId, name: &str) -> Val {
        let words = strings::variable_words(name);
        let feature = if words == "secret" { Feature::R5 } else { Feature::R2 };
        self.emit(frame, id, feature, &format!("variable {words}"));
        if words == "ci" {
            self.emit(frame, id, Feature::X5, "ci");
        }
        Val::unknown(match words {
            "secret" => Taint::SECRET,
            "machine" => Taint::HOST,
            _ => Taint::NONE,
        })
    }

    fn instance_member(&mut self, object: &Val, at: super::Ref, name: &str) -> Val {
        let Some(Object::Instance { class, fields }) = self.heap.get(at) else { return Val::default() };
        if let Some(val) = fields.get(name) {
            return val.clone();
        }
        let class = *class;
        self.class_member(class, name, Some(object))
            .unwrap_or_else(|| self.heap.method(Val { value: Value::Unknown, taint: object.taint }, name))
    }

    /// A name of a class or its bases, bound to a receiver if there is one.
    pub(super) fn class_member(&mut self, class: super::Ref, name: &str, this: Option<&Val>) -> Option<Val> {
        let mut pending = vec![class];
        let mut looked = 0;
        while let Some(class) = pending.pop() {
            looked += 1;
            let Some(Object::Class { scope, bases, .. }) = self.heap.get(class) else { continue };
            if let Some(val) = self.heap.scope_of(*scope).and_then(|s| s.names.get(name)).cloned() {
                return Some(match this {
                    Some(this) => self.bound(val, this),
                    None => val,
                });
            }
            for base in bases.clone().iter().rev() {
                match &base.value {
                    Value::Class(base) if looked < 16 => pending.push(*base),
                    // A base outside the package: its methods are that path's.
                    Value::Path(path) if pending.is_empty() => return Some(Val::path(format!("{path}().{name}"))),
                    _ => {}
                }
            }
        }
        None
    }

    /// A method with its receiver.
    fn bound(&mut self, val: Val, this: &Val) -> Val {
        match self.heap.closure(&val).cloned() {
            Some(mut closure) if closure.this.is_none() => {
                closure.this = Some(this.clone());
                let at = self.heap.add(Object::Func(closure));
                Val { value: Value::Func(at), taint: val.taint }
            }
            _ => val,
        }
    }
}

/// Drops the prefixes that name the global object.
pub(super) fn normalised(path: &str, javascript: bool) -> String {
    let prefixes: &[&str] = if javascript {
        &["globalThis.", "window.", "global.", "self.", "process.mainModule.", "module.parent.", "top."]
    } else {
        &["builtins.", "__builtins__.", "__builtin__."]
    };
    let mut path = path;
    while let Some(rest) = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)) {
        path = rest;
    }
    path.to_owned()
}
