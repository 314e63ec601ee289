//! All ways to a call in Python: each kind directly, under another name, computed and folded.

use cerebro::behavior::{Feature, Reading, Step, extract};
use cerebro::package::Phase;
use rstest::rstest;

use super::{codes, pypi};

/// The steps of a package whose `__init__.py` is imported; the files beside it are what it may come to.
fn imported(source: &str, beside: &[(&str, &str)]) -> Vec<Step> {
    let files: Vec<(&str, &str)> =
        std::iter::once(("demo/__init__.py", source)).chain(beside.iter().copied()).collect();
    extract(&pypi(&files), &Reading::default()).sequence.steps
}

/// A command runs when the package is imported.
fn starts(source: &str, beside: &[(&str, &str)]) {
    let steps = imported(source, beside);
    let found = steps
        .iter()
        .any(|s| s.feature == Feature::CallProcess && s.detail.contains("echo") && s.phase == Phase::Import);
    assert!(found, "{source}\n{:?}", codes(&steps));
}

#[rstest]
#[case::dict("os.__dict__['system']('echo a')")]
#[case::dict_get("os.__dict__.get('sys' + 'tem')('echo a')")]
#[case::vars("vars(os)['system']('echo a')")]
#[case::getattribute("os.__getattribute__('system')('echo a')")]
#[case::object_getattribute("object.__getattribute__(os, 'system')('echo a')")]
#[case::type_getattribute("type(os).__getattribute__(os, 'system')('echo a')")]
#[case::call_method("os.system.__call__('echo a')")]
#[case::call_twice("getattr(os, 'metsys'[::-1]).__call__.__call__('echo a')")]
#[case::items("next(v for k, v in vars(os).items() if k == 'system')('echo a')")]
#[case::dir("[getattr(os, n) for n in dir(os) if n == 'system'][0]('echo a')")]
#[case::partial("import functools\nfunctools.partial(os.system, 'echo a')()")]
#[case::partial_of_partial("from functools import partial as p\np(p(os.system), 'echo a')()")]
#[case::partial_keyword("import functools, subprocess\nfunctools.partial(subprocess.run, args='echo a', shell=True)()")]
#[case::methodcaller("import operator\noperator.methodcaller('system', 'echo a')(os)")]
#[case::attrgetter("import operator\noperator.attrgetter('system')(os)('echo a')")]
#[case::attrgetter_dotted("import operator, shutil\noperator.attrgetter('os.system')(shutil)('echo a')")]
#[case::itemgetter("import operator\noperator.itemgetter('system')(vars(os))('echo a')")]
#[case::through_module("import shutil\nshutil.os.system('echo a')")]
#[case::through_module_from("from shutil import os as o\no.system('echo a')")]
#[case::through_module_computed("import glob\ngetattr(glob.os, 'sys' + 'tem')('echo a')")]
#[case::modules_table("import sys\nsys.modules['os'].system('echo a')")]
#[case::modules_table_get("import sys\nsys.modules.get('o' + 's').system('echo a')")]
#[case::function_globals("def f(): pass\nf.__globals__['os'].system('echo a')")]
#[case::builtins_of_function("(lambda: 0).__globals__['__builtins__']['__import__']('os').system('echo a')")]
#[case::builtins_item("__builtins__['__import__']('os').system('echo a')")]
#[case::builtins_vars("vars(__builtins__)['__import__']('os').system('echo a')")]
#[case::self_of_builtin("print.__self__.__import__('os').system('echo a')")]
#[case::subclasses("[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0]('echo a')")]
#[case::subclasses_by_number("''.__class__.__mro__[1].__subclasses__()[132].__init__.__globals__['system']('echo a')")]
#[case::import_module("import importlib\nimportlib.import_module(name='os').system('echo a')")]
#[case::import_of_import("__import__('importlib').__import__('os').system('echo a')")]
fn an_attribute_is_found(#[case] source: &str) {
    starts(&format!("import os\n{source}"), &[]);
}

#[rstest]
#[case::builtins("import builtins\nsetattr(builtins, 'zz', os.system)\nzz('echo a')")]
#[case::builtins_assigned("import builtins\nbuiltins.zz = os.system\nzz('echo a')")]
#[case::builtins_other_name("setattr(__builtins__, 'z' + 'z', os.system)\nzz('echo a')")]
#[case::builtins_update("vars(__builtins__).update(zz=os.system)\nzz('echo a')")]
#[case::builtins_item("__builtins__['zz'] = os.system\nzz('echo a')")]
#[case::globals_update("globals().update(zz=os.system)\nzz('echo a')")]
#[case::globals_update_dict("globals().update({'z' + 'z': os.system})\nzz('echo a')")]
#[case::globals_setdefault("globals().setdefault('zz', os.system)\nzz('echo a')")]
#[case::locals_item("locals()['zz'] = os.system\nzz('echo a')")]
#[case::vars_update("vars().update([('zz', os.system)])\nzz('echo a')")]
#[case::own_module("import sys\nsetattr(sys.modules[__name__], 'zz', os.system)\nzz('echo a')")]
#[case::class_attribute("class A: pass\nsetattr(A, 'zz', os.system)\nA.zz('echo a')")]
fn a_name_set_by_other_means_is_bound(#[case] source: &str) {
    starts(&format!("import os\n{source}"), &[]);
}

#[test]
fn a_name_set_on_the_builtins_is_seen_by_other_modules() {
    starts("import os, builtins\nbuiltins.zz = os.system\nfrom . import b", &[("demo/b.py", "zz('echo a')")]);
}

#[rstest]
#[case::thread("import threading\nthreading.Thread(target=os.system, args=('echo a',)).start()")]
#[case::thread_by_place("import threading\nthreading.Thread(None, os.system, 'x', ('echo a',)).start()")]
#[case::timer("import threading\nthreading.Timer(1, os.system, ['echo a']).start()")]
#[case::process("import multiprocessing as m\nm.Process(target=os.system, args=['echo a']).start()")]
#[case::start_new_thread("import _thread\n_thread.start_new_thread(os.system, ('echo a',))")]
#[case::submit(
    "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as e: e.submit(os.system, 'echo a')"
)]
#[case::pool_map("from multiprocessing import Pool\nPool(2).map(os.system, ['echo a'])")]
#[case::at_exit("import atexit\natexit.register(os.system, 'echo a')")]
#[case::finalize("import weakref\nweakref.finalize(object(), os.system, 'echo a')")]
#[case::call_soon("import asyncio\nasyncio.get_event_loop().call_soon(os.system, 'echo a')")]
#[case::to_thread("import asyncio\nasync def go(): await asyncio.to_thread(os.system, 'echo a')\nasyncio.run(go())")]
#[case::scheduler("import sched\ns = sched.scheduler()\ns.enter(1, 1, os.system, ('echo a',))")]
#[case::key("max(['echo a'], key=os.system)")]
#[case::sorted_key("sorted(['echo a'], key=lambda c: os.system(c))")]
#[case::sort_key("['echo a'].sort(key=os.system)")]
#[case::map("list(map(os.system, ['echo a']))")]
#[case::map_alias("m = map\nfor _ in m(os.system, ('echo a',)): pass")]
#[case::filter("list(filter(os.system, ['echo a']))")]
#[case::starmap("import itertools\nlist(itertools.starmap(os.system, [('echo a',)]))")]
#[case::reduce("import functools\nfunctools.reduce(lambda a, b: os.system(b), ['x', 'echo a'])")]
#[case::sentinel("import functools\nfor _ in iter(functools.partial(os.system, 'echo a'), 1): pass")]
#[case::decorator("@os.system\n@(lambda f: 'echo a')\ndef f(): pass")]
#[case::hook("import sys\nsys.excepthook = lambda *a: os.system('echo a')")]
#[case::native("import ctypes\nctypes.CDLL(None).system(b'echo a')")]
fn a_function_given_to_another_is_called(#[case] source: &str) {
    starts(&format!("import os\n{source}"), &[]);
}

#[rstest]
#[case::enter(
    "class C:\n    def __enter__(self): os.system('echo a')\n    def __exit__(self, *a): pass\nwith C(): pass"
)]
#[case::exit(
    "class C:\n    def __enter__(self): return self\n    def __exit__(self, *a): os.system('echo a')\nwith C() as c: pass"
)]
#[case::item("class C:\n    def __getitem__(self, k): os.system(k)\nC()['echo a']")]
#[case::set_item("class C:\n    def __setitem__(self, k, v): os.system(v)\nC()[1] = 'echo a'")]
#[case::call("class C:\n    __call__ = lambda self, k: os.system(k)\nC()('echo a')")]
#[case::operator("class C:\n    def __add__(self, o): os.system(o)\nC() + 'echo a'")]
#[case::reflected("class C:\n    def __rxor__(self, o): os.system(o)\n'echo a' ^ C()")]
#[case::contains("class C:\n    def __contains__(self, o): os.system(o)\n'echo a' in C()")]
#[case::missing("class C:\n    def __getattr__(self, n): os.system('echo a')\nC().x")]
#[case::property("class C:\n    @property\n    def x(self): os.system('echo a')\nC().x")]
#[case::descriptor("class D:\n    def __get__(self, a, b): os.system('echo a')\nclass C:\n    x = D()\nC().x")]
#[case::iteration("class C:\n    def __iter__(self): os.system('echo a')\nfor _ in C(): pass")]
#[case::text("class C:\n    def __str__(self): os.system('echo a')\nprint(C())")]
#[case::truth("class C:\n    def __bool__(self): os.system('echo a')\nif C(): pass")]
#[case::subclass("class B:\n    def __init_subclass__(cls): os.system('echo a')\nclass C(B): pass")]
#[case::metaclass_function("class C(metaclass=lambda *a: os.system('echo a')): pass")]
#[case::metaclass_new("class M(type):\n    def __new__(m, *a): os.system('echo a')\nclass C(metaclass=M): pass")]
#[case::metaclass_call("class M(type):\n    def __call__(c, *a): os.system('echo a')\nclass C(metaclass=M): pass\nC()")]
#[case::import_hook(
    "import sys\nclass F:\n    def find_spec(self, n, p, t=None): os.system('echo a')\nsys.meta_path.insert(0, F())"
)]
fn a_method_that_python_calls_is_followed(#[case] source: &str) {
    starts(&format!("import os\n{source}"), &[]);
}

#[test]
fn a_module_answers_for_names_that_it_lacks() {
    let init = "def __getattr__(name):\n    import os\n    os.system('echo a')\nfrom . import b";
    starts(init, &[("demo/b.py", "import demo\ndemo.anything")]);
}

#[rstest]
#[case::class_body("class A:\n    xs = ['echo a']\n    ys = [os.system(x) for x in xs]")]
#[case::comprehension_shadows("[os for os in [1, 2]]\nos.system('echo a')")]
#[case::comprehension_walrus("[(f := os.system) for _ in [1]]\nf('echo a')")]
#[case::lambda_shadows("(lambda os: os)(1)\nos.system('echo a')")]
#[case::global_in_nested(
    "def o():\n    f = None\n    def i():\n        global f\n        f = os.system\n    i()\no()\nf('echo a')"
)]
#[case::nonlocal(
    "def o():\n    f = None\n    def i():\n        nonlocal f\n        f = os.system\n    i()\n    f('echo a')\no()"
)]
#[case::handler_name("try: pass\nexcept Exception as os: pass\nos.system('echo a')")]
#[case::capture("match os.system:\n    case f: f('echo a')")]
#[case::either_branch("import sys\nif sys.platform == 'x': f = os.system\nelse: f = print\nf('echo a')")]
#[case::deleted("eval = 1\ndel eval\neval(\"os.system('echo a')\")")]
#[case::unknown_membership("import sys\nif sys.platform not in ['x']: raise SystemExit\nos.system('echo a')")]
#[case::passed_by_comprehension("[os.system('echo a') for x in [1, 2] if x == 3]")]
fn a_name_means_what_python_says(#[case] source: &str) {
    starts(&format!("import os\n{source}"), &[]);
}

#[test]
fn a_star_import_takes_what_the_module_lists() {
    starts("from .b import *\n_go('echo a')", &[("demo/b.py", "from os import system as _go\n__all__ = ['_go']")]);
}
