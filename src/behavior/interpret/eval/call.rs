//! Calls: functions and classes of the package, methods of values, callbacks.

use std::rc::Rc;
use std::sync::Arc;

use crate::behavior::interpret::value::{Closure, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Flow, Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Arg, Node, NodeId, Unit};

/// An argument as evaluated.
#[derive(Debug, Clone, Default)]
pub struct Argument {
    /// Keyword, in Python.
    pub name: Option<Arc<str>>,
    /// Its value.
    pub val: Val,
}

impl From<Val> for Argument {
    fn from(val: Val) -> Self {
        Self { name: None, val }
    }
}

/// What a call expression calls.
enum Receiver {
    /// A method of a value.
    Method(Val, Rc<str>),
    /// Any other value.
    Called(Val),
    /// One of the functions of a table, not known which.
    Any(Vec<Val>),
}

/// Values of the positional arguments.
pub fn positional(args: &[Argument]) -> Vec<Val> {
    args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.val.clone()).collect()
}

impl Interpreter<'_> {
    /// A call expression.
    pub fn call(&mut self, frame: &Frame, id: NodeId, callee: NodeId, args: &[Arg], new: bool) -> Val {
        let unit = frame.unit.clone();
        if let Node::Name(name) = unit.node(callee)
            && &**name == "super"
        {
            for arg in args {
                self.eval(frame, arg.value);
            }
            return self.parent_class(frame);
        }
        let called = match self.receiver(frame, callee) {
            Receiver::Method(receiver, name) => {
                let mut evaluated = Vec::with_capacity(args.len());
                for arg in args {
                    self.argument(frame, arg, false, &mut evaluated);
                }
                if self.control.flow == Flow::Throw {
                    return Val::default();
                }
                return self.method_call(frame, id, &receiver, &name, evaluated);
            }
            Receiver::Called(called) => called,
            Receiver::Any(choices) => {
                let mut evaluated = Vec::with_capacity(args.len());
                for arg in args {
                    self.argument(frame, arg, false, &mut evaluated);
                }
                let mut taint = Taint::NONE;
                for called in choices {
                    let given = evaluated.clone();
                    taint |= self.guarded(|this| this.dispatch(frame, id, &called, given, new)).taint;
                }
                return Val::unknown(taint);
            }
        };
        // `hasOwnProperty.call(process.env, name)` asks for one variable.
        let asks = |path: &Rc<str>| {
            path.ends_with("hasOwnProperty.call") || matches!(&**path, "Object.hasOwn" | "Reflect.has")
        };
        let asks = called.as_path().is_some_and(asks);
        let muted = self.is_metadata_call(&called);
        let own = matches!(called.value, Value::Func(_) | Value::Class(_));
        let asking = usize::from(only_asks(frame.dialect, &called));
        let passing = usize::from(changes_copy(&called, args.len()));
        self.control.asking += asking;
        self.control.passing += passing;
        let mut evaluated = Vec::with_capacity(args.len());
        for arg in args {
            let quiet = muted && arg.name.as_deref().is_some_and(is_metadata);
            self.control.muted += usize::from(quiet);
            // `Object.assign(process.env, ..)`, `patch.dict(os.environ, ..)` sets variables and reads none.
            let set = evaluated.is_empty()
                && called.as_path().is_some_and(|path| &**path == "Object.assign" || path.ends_with("patch.dict"));
            if asks || set {
                let val = self.eval(frame, arg.value);
                evaluated.push(val.into());
            } else {
                self.argument(frame, arg, own, &mut evaluated);
            }
            self.control.muted -= usize::from(quiet);
        }
        self.taken_in(frame, callee, &evaluated);
        if self.trial.is_none() && evaluated.len() == args.len() {
            self.put_in_archive(frame, callee, args, &evaluated);
        }
        self.control.asking -= asking;
        self.control.passing -= passing;
        let handed_on = evaluated.first().filter(|_| is_module_helper(&unit, callee)).map(|arg| arg.val.clone());
        let val = self.dispatch(frame, id, &called, evaluated, new);
        if let Some(module) = handed_on.filter(|module| module.as_path().is_some()) {
            return module;
        }
        // The package's own decoder: its result stands nowhere else.
        if let (Value::Func(_), Value::Str(text)) = (&called.value, &val.value)
            && val.taint.has(Taint::DECODED)
        {
            let text = text.clone();
            self.note_folded(frame, id, &text);
        }
        val
    }

    /// A message or form of another library that is given a part holds it from then on.
    fn taken_in(&mut self, frame: &Frame, callee: NodeId, args: &[Argument]) {
        const TAKES_IN: [&str; 7] =
            ["attach", "add_attachment", "set_content", "set_payload", "add_related", "add_field", "addPart"];
        let unit = frame.unit.clone();
        let Node::Member(holder, method) = unit.node(callee) else { return };
        let Node::Name(holder) = unit.node(*holder) else { return };
        if TAKES_IN.contains(&&**method) {
            let held = self.lookup(frame, holder);
            let taint = self.carried_by(args);
            if matches!(held.value, Value::Path(_) | Value::Unknown) && !taint.is_none() {
                self.set_name(frame, holder, held.with(taint));
            }
        }
    }

    /// Evaluates an argument; a spread list or dictionary gives several.
    fn argument(&mut self, frame: &Frame, arg: &Arg, own: bool, evaluated: &mut Vec<Argument>) {
        let passed = usize::from(arg.name.as_deref() == Some("env"));
        self.control.passing += passed;
        let val = self.eval(frame, arg.value);
        self.control.passing -= passed;
        // What a function of the package does with the environment is told inside.
        let val = match arg.name.as_deref() {
            _ if own => val,
            _ if self.control.passing > 0 => self.environment_passed(frame, arg.value, val),
            _ => self.environment_read(frame, arg.value, val),
        };
        match (frame.unit.node(arg.value), &val.value) {
            (Node::Spread(_), Value::List(_) | Value::Str(_) | Value::Bytes(_)) => {
                let items = self.spread(frame, &val).unwrap_or_else(|| vec![val.clone()]);
                evaluated.extend(items.into_iter().map(Argument::from));
            }
            (Node::Spread(_), Value::Dict(_)) if arg.name.is_some() => {
                let entries = self.heap.entries(&val).cloned().unwrap_or_default();
                evaluated.extend(entries.into_iter().map(|(key, val)| Argument { name: Some((&*key).into()), val }));
            }
            _ => evaluated.push(Argument { name: arg.name.clone(), val }),
        }
    }

    /// What is called: a method of a text, number or list needs no value of its own, which in loops would fill the heap.
    fn receiver(&mut self, frame: &Frame, callee: NodeId) -> Receiver {
        let plain = |val: &Val| matches!(val.value, Value::Str(_) | Value::Bytes(_) | Value::Num(_) | Value::List(_));
        match frame.unit.node(callee) {
            Node::Member(object, name) => {
                let object = self.eval(frame, *object);
                if plain(&object) && !self.has_property(&object, name) {
                    return Receiver::Method(object, (&**name).into());
                }
                let called = self.member(frame, callee, &object, name);
                Receiver::Called(self.of_object(frame, called, &object))
            }
            Node::Index(object, key) => {
                let object = self.eval(frame, *object);
                let key = self.eval(frame, *key);
                match &key.value {
                    Value::Str(name)
                        if frame.dialect.is_javascript()
                            && plain(&object)
                            && name.parse::<f64>().is_err()
                            && !self.has_property(&object, name) =>
                    {
                        Receiver::Method(object, name.clone())
                    }
                    _ => {
                        let called = self.indexed(frame, callee, &object, &key);
                        if !key.is_constant() {
                            let choices = self.choices(&object);
                            if choices.len() > 1 {
                                return Receiver::Any(choices);
                            }
                        }
                        Receiver::Called(self.of_object(frame, called, &object))
                    }
                }
            }
            _ => Receiver::Called(self.eval(frame, callee)),
        }
    }

    /// A function taken from an object to be called: the object is its `this`.
    fn of_object(&mut self, frame: &Frame, called: Val, object: &Val) -> Val {
        if frame.dialect.is_javascript() && matches!(object.value, Value::Dict(_)) {
            self.bound(called, object)
        } else {
            called
        }
    }

    fn has_property(&self, object: &Val, name: &str) -> bool {
        matches!(&object.value, Value::List(at) if self.heap.property(*at, name).is_some())
    }

    fn is_metadata_call(&self, called: &Val) -> bool {
        called.as_path().is_some_and(|path| {
            matches!(
                &**path,
                "setuptools.setup" | "distutils.core.setup" | "setup" | "numpy.distutils.core.setup" | "skbuild.setup"
            )
        })
    }

    /// Calls a value with arguments already evaluated.
    pub fn dispatch(&mut self, frame: &Frame, id: NodeId, called: &Val, args: Vec<Argument>, new: bool) -> Val {
        if self.control.flow == Flow::Throw {
            return Val::default();
        }
        self.site_at(frame, id);
        match &called.value {
            Value::Func(_) => match self.heap.closure(called).cloned() {
                Some(closure) if new => {
                    let this = self.fresh(called);
                    let result = self.invoke(&Closure { this: Some(this.clone()), ..closure }, args);
                    if matches!(result.value, Value::Unknown | Value::Null) { this.with(result.taint) } else { result }
                }
                Some(closure) => {
                    self.note_wipe(frame, id, &closure, &args);
                    self.invoke_concrete(frame, id, &closure, args)
                }
                None => Val::default(),
            },
            Value::Class(at) => self.instantiate(frame, id, *at, args),
            Value::Path(path) => {
                let path = path.clone();
                self.external(frame, id, &path, called.taint, args)
            }
            Value::Method(method) => {
                let (receiver, name) = &**method;
                self.method_call(frame, id, receiver, name, args)
            }
            Value::Instance(at) => {
                let names = ["__call__", "call"];
                let found = names.iter().find_map(|name| match self.heap.get(*at) {
                    Some(Object::Instance { class, .. }) => {
                        let class = *class;
                        self.class_member(class, name, Some(called))
                    }
                    _ => None,
                });
                match found {
                    Some(method) if self.heap.closure(&method).is_some() => {
                        self.dispatch(frame, id, &method, args, false)
                    }
                    _ => Val::unknown(called.taint | self.carried_by(&args)),
                }
            }
            _ => {
                if matches!(called.value, Value::Null) && frame.dialect.is_javascript() {
                    self.throw();
                } else {
                    self.abandon_trial();
                }
                let taint = called.taint | self.carried_by(&args);
                self.call_back_all(frame, id, &args, taint);
                Val::unknown(taint)
            }
        }
    }

    /// What `new` of a function makes: an object with what the function's prototype has.
    fn fresh(&mut self, function: &Val) -> Val {
        let prototype = match &function.value {
            Value::Func(at) => self.heap.property(*at, "prototype").cloned(),
            _ => None,
        };
        let entries = prototype.and_then(|prototype| self.heap.entries(&prototype).cloned()).unwrap_or_default();
        self.heap.dict(entries)
    }

    /// Calls a value with plain values: decorators, callbacks.
    pub fn apply(&mut self, frame: &Frame, id: NodeId, called: &Val, args: Vec<Argument>) -> Val {
        self.dispatch(frame, id, called, args, false)
    }
}

/// Whether a call only asks whether a path is there.
fn only_asks(dialect: Dialect, called: &Val) -> bool {
    let rule = called.as_path().and_then(|path| dialect.catalogue().call(path));
    rule.and_then(|rule| rule.words.as_deref()) == Some("check path")
}

/// `dict(os.environ, NAME=..)`, `Object.assign({}, process.env, ..)`: what is changed is meant for a child.
fn changes_copy(called: &Val, args: usize) -> bool {
    match called.as_path().map(|path| &**path) {
        Some("dict") => args > 1,
        Some("Object.assign") => args > 2,
        _ => false,
    }
}

/// Whether a call is one of the helpers by which compilers import a module: they hand on what they are given.
fn is_module_helper(unit: &Unit, callee: NodeId) -> bool {
    let name = match unit.node(callee) {
        Node::Name(name) | Node::Member(_, name) => &**name,
        _ => return false,
    };
    matches!(
        name,
        "__importDefault"
            | "__importStar"
            | "__toESM"
            | "_interopRequireDefault"
            | "_interopRequireWildcard"
            | "_interopDefault"
            | "_interopNamespace"
            | "_interopDefaultLegacy"
    )
}

/// Keywords of `setup()` whose strings describe the package and do nothing.
fn is_metadata(name: &str) -> bool {
    !matches!(
        name,
        "cmdclass"
            | "ext_modules"
            | "distclass"
            | "entry_points"
            | "setup_requires"
            | "install_requires"
            | "dependency_links"
    )
}
