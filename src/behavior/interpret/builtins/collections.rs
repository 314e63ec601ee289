//! Methods of lists and dictionaries.

use super::operators::{equal, has_key, place_of};
use super::{Heap, MAX_ITEMS, Object, Rc, Val, Value, count, iterate, position, slice, to_text};
use crate::behavior::interpret::Dialect;

pub(super) fn list_method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val], dialect: Dialect) -> Option<Val> {
    let Value::List(at) = receiver.value else { return None };
    if name == "join" {
        let separator = args.first().map_or(Some(","), Val::as_str)?.to_owned();
        let items = heap.items(receiver)?;
        let parts: Option<Vec<Rc<str>>> = items.iter().map(|item| to_text(heap, item, Dialect::JavaScript)).collect();
        let taint = heap.carried(receiver);
        let parts = parts?;
        let fits = super::strings::fits(parts.iter().map(|part| part.len()), separator.len());
        return fits.then(|| Val::str(parts.join(&separator), taint));
    }
    // What a generator yields first.
    if name == "next" && dialect.is_javascript() && args.is_empty() {
        let first = heap.items(receiver)?.first().cloned().unwrap_or_else(|| Value::Null.into());
        return Some(heap.dict([("value".into(), first)].into()));
    }
    let len = heap.items(receiver)?.len();
    if matches!(name, "slice" | "concat") {
        return match name {
            "slice" => {
                let items = slice(
                    heap,
                    receiver,
                    [args.first().and_then(Val::as_num), args.get(1).and_then(Val::as_num), None],
                );
                items.map(|v| v.with(receiver.taint))
            }
            _ => {
                let mut items = heap.items(receiver)?.clone();
                for arg in args {
                    match heap.items(arg) {
                        Some(more) => items.extend(more.iter().cloned()),
                        None => items.push(arg.clone()),
                    }
                }
                (items.len() <= MAX_ITEMS).then(|| heap.list(items))
            }
        };
    }
    let extra = match (name, args.first()) {
        ("extend", Some(more)) => iterate(heap, more)?,
        _ => Vec::new(),
    };
    let room = len + args.len() + extra.len() <= MAX_ITEMS;
    if room && matches!(name, "append" | "push" | "add" | "extend") {
        let more = if name == "extend" { extra } else { args.to_vec() };
        let count = heap.append(at, more.into_iter())?;
        #[allow(clippy::cast_precision_loss)]
        let count = count as f64;
        return Some(if dialect.is_javascript() && name != "extend" { Val::num(count) } else { Value::Null.into() });
    }
    let Some(Object::List(items)) = heap.get_mut(at) else { return None };
    match name {
        "insert" if room => {
            let place = position(args.first()?.as_num()?, len);
            items.insert(place, args.get(1)?.clone());
            Some(Value::Null.into())
        }
        "unshift" if room => {
            for arg in args.iter().rev() {
                items.insert(0, arg.clone());
            }
            Some(Value::Null.into())
        }
        "pop" if args.is_empty() => items.pop(),
        "pop" => {
            let place = position(args.first()?.as_num()?, len);
            (place < items.len()).then(|| items.remove(place))
        }
        "shift" => (!items.is_empty()).then(|| items.remove(0)),
        "splice" => {
            let from = position(args.first()?.as_num()?, len);
            let number = args.get(1).and_then(Val::as_num).and_then(count).unwrap_or(len).min(len - from);
            let removed: Vec<Val> = items.splice(from..from + number, args.iter().skip(2).cloned()).collect();
            Some(heap.list(removed))
        }
        "fill" => {
            let by = args.first()?.clone();
            items.iter_mut().for_each(|item| *item = by.clone());
            Some(receiver.clone())
        }
        "reverse" => {
            items.reverse();
            Some(receiver.clone())
        }
        "sort" => None,
        "indexOf" | "index" => {
            let from = match args.get(1) {
                Some(from) => position(from.as_num()?, len),
                None => 0,
            };
            let place = place_of(items.get(from..)?, args.first()?)?.map(|place| from + place);
            #[allow(clippy::cast_precision_loss)]
            Some(Val::num(place.map_or(-1.0, |p| p as f64)))
        }
        "includes" => {
            // Where it is does not matter, as long as it is one of those that are known.
            let wanted = args.first()?;
            let found = items.iter().any(|item| equal(item, wanted) == Some(true));
            Some(Value::Bool(found || place_of(items, wanted)?.is_some()).into())
        }
        "copy" | "values" => {
            let items = items.clone();
            Some(heap.list(items))
        }
        "entries" if items.is_empty() => Some(Val::path("[object Array Iterator]")),
        "entries" => {
            #[allow(clippy::cast_precision_loss)]
            let pairs: Vec<Vec<Val>> =
                items.iter().enumerate().map(|(at, item)| vec![Val::num(at as f64), item.clone()]).collect();
            let pairs = pairs.into_iter().map(|pair| heap.list(pair)).collect();
            Some(heap.list(pairs))
        }
        "keys" => {
            #[allow(clippy::cast_precision_loss)]
            let keys = (0..items.len()).map(|at| Val::num(at as f64)).collect();
            Some(heap.list(keys))
        }
        "flat" => {
            let items = items.clone();
            let flat: Vec<Val> = items
                .iter()
                .flat_map(|item| heap.items(item).cloned().unwrap_or_else(|| vec![item.clone()]))
                .take(MAX_ITEMS)
                .collect();
            Some(heap.list(flat))
        }
        "at" => items.get(position(args.first()?.as_num()?, len)).cloned(),
        "toString" => to_text(heap, receiver, Dialect::JavaScript).map(|text| Val::str(text, receiver.taint)),
        _ => None,
    }
}

pub(super) fn dict_method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let entries = heap.entries(receiver)?;
    match name {
        "get" => {
            let Some(key) = to_text(heap, args.first()?, Dialect::JavaScript) else {
                // Which one is not known: the first of a table of functions stands for all.
                let all = entries.values().all(Val::is_callable);
                return entries
                    .values()
                    .next()
                    .filter(|_| all)
                    .or(args.get(1))
                    .filter(|val| val.is_callable())
                    .cloned();
            };
            let found = entries.get(&key).cloned();
            found.or_else(|| args.get(1).cloned())
        }
        "pop" | "setdefault" if !args.is_empty() => {
            let key = to_text(heap, args.first()?, Dialect::JavaScript)?;
            let (at, given) = (receiver.value.clone(), args.get(1).cloned());
            let Value::Dict(at) = at else { return None };
            let Some(Object::Dict(entries)) = heap.get_mut(at) else { return None };
            match name {
                "pop" => entries.remove(&key).or(given),
                _ => Some(entries.entry(key).or_insert_with(|| given.unwrap_or_default()).clone()),
            }
        }
        "keys" => {
            let keys = entries.keys().map(|key| Val::str(key.clone(), receiver.taint)).collect();
            Some(heap.list(keys))
        }
        "values" => {
            let values = entries.values().cloned().collect();
            Some(heap.list(values))
        }
        "items" => {
            let pairs: Vec<(Rc<str>, Val)> = entries.iter().map(|(key, v)| (key.clone(), v.clone())).collect();
            let pairs = pairs.into_iter().map(|(key, v)| heap.list(vec![Val::str(key, v.taint), v])).collect();
            Some(heap.list(pairs))
        }
        "update" => {
            let more = heap.entries(args.first()?)?.clone();
            if let Value::Dict(at) = receiver.value
                && let Some(Object::Dict(entries)) = heap.get_mut(at)
            {
                entries.extend(more);
            }
            Some(Value::Null.into())
        }
        "hasOwnProperty" | "has" => Some(Value::Bool(has_key(entries, args.first()?.as_str()?)?).into()),
        "set" => {
            let (key, val) = (to_text(heap, args.first()?, Dialect::JavaScript)?, args.get(1)?.clone());
            if let Value::Dict(at) = receiver.value
                && let Some(Object::Dict(entries)) = heap.get_mut(at)
            {
                entries.insert(key, val);
            }
            Some(receiver.clone())
        }
        "entries" => dict_method(heap, receiver, "items", args),
        _ => None,
    }
}
