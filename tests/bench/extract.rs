//! What extraction costs as packages grow: `cargo bench --bench extract`, with a folder of archives as its argument for
//! the spread over real packages. Prints figures; nothing fails. One core: set `RAYON_NUM_THREADS=1`. Memory is told on Linux.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use cerebro::behavior::{Reading, extract};
use cerebro::package::{self, Ecosystem, Entry, File, OpenOptions, Package, Phase, Target};
use packages::file;

#[path = "../common/packages.rs"]
mod packages;

/// Modules of the smallest package, and how many times larger the others are.
const MODULES: usize = 8;
const SIZES: [usize; 3] = [1, 10, 100];
/// The best of so many turns: the others were disturbed.
const TURNS: usize = 5;

fn python(index: usize, modules: usize) -> String {
    let mut text = String::from("import os\nimport json\nimport logging\n");
    for other in 1..=2 {
        let other = (index * 7 + other) % modules;
        let _ = writeln!(text, "from . import m{other}\nfrom .m{other} import helper_{other} as h{other}");
    }
    for unit in 0..12 {
        let _ = write!(
            text,
            "\n\nclass Store{unit}(object):\n    limit = {unit}\n\n    def __init__(self, path, options=None):\n        \
             self.path = os.path.join(path, 'store-{index}-{unit}')\n        self.options = options or {{'mode': 'fast', 'depth': {unit}}}\n\n    \
             def load(self, name):\n        items = []\n        for part in name.split('/'):\n            if part and not part.startswith('.'):\n                \
             items.append(self.check(part))\n        return json.dumps({{'items': items, 'path': self.path}})\n\n    def check(self, part):\n        \
             value = part.strip().lower() + '-' + str(self.limit * {unit} + 1)\n        logging.debug('checked %s', value)\n        return value\n\n\n\
             def run_{unit}(argument, *rest, **named):\n    store = Store{unit}(argument)\n    found = [store.load(item) for item in rest if item]\n    \
             try:\n        with open(store.path) as handle:\n            found.append(handle.read())\n    except OSError as error:\n        \
             logging.error('failed: %s', error)\n    return found\n"
        );
    }
    let other = (index * 7 + 1) % modules;
    let _ = write!(
        text,
        "\n\ndef helper_{index}(value):\n    return run_1(value, 'a', 'b') + [h{other}]\n\n\nRESULT = run_0('start')\n"
    );
    text
}

fn javascript(index: usize, modules: usize) -> String {
    let mut text = String::from("'use strict';\nconst fs = require('fs');\nconst path = require('path');\n");
    for other in 1..=2 {
        let other = (index * 7 + other) % modules;
        let _ = writeln!(text, "const m{other} = require('./m{other}');");
    }
    for unit in 0..12 {
        let _ = write!(
            text,
            "\nclass Store{unit} {{\n  constructor(folder, options = {{}}) {{\n    this.path = path.join(folder, 'store-{index}-{unit}');\n    \
             this.options = Object.assign({{ mode: 'fast', depth: {unit} }}, options);\n  }}\n\n  load(name) {{\n    const items = [];\n    \
             for (const part of name.split('/')) {{\n      if (part && !part.startsWith('.')) items.push(this.check(part));\n    }}\n    \
             return JSON.stringify({{ items, path: this.path }});\n  }}\n\n  check(part) {{\n    return `${{part.trim().toLowerCase()}}-${{this.options.depth * {unit} + 1}}`;\n  }}\n}}\n\n\
             function run{unit}(argument, ...rest) {{\n  const store = new Store{unit}(argument);\n  const found = rest.filter(Boolean).map((item) => store.load(item));\n  \
             try {{\n    found.push(fs.readFileSync(store.path, 'utf8'));\n  }} catch (error) {{\n    console.error('failed', error);\n  }}\n  return found;\n}}\n"
        );
    }
    let other = (index * 7 + 1) % modules;
    let _ = write!(
        text,
        "\nexports.helper = (value) => run1(value, 'a', 'b').concat(Object.keys(m{other}));\nexports.result = run0('start');\n"
    );
    text
}

fn package(ecosystem: Ecosystem, mut files: Vec<File>, entry: &str) -> Package {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let at = files.iter().position(|file| file.path.ends_with(entry)).unwrap();
    let entries = vec![Entry { phase: Phase::Import, name: "main".to_owned(), target: Target::File(at) }];
    Package { entries, ..packages::package(ecosystem, "root/", files) }
}

/// Many modules that import each other, or all of it in one file.
fn packages(language: &str, one_file: bool, size: usize) -> Package {
    let modules = MODULES * size;
    let (ecosystem, ending) = if language == "Python" { (Ecosystem::Pypi, "py") } else { (Ecosystem::Npm, "js") };
    let text = |i| if language == "Python" { python(i, modules) } else { javascript(i, modules) };
    if one_file {
        let all: String = (0..modules).map(text).collect();
        return package(ecosystem, vec![file(&format!("root/m0.{ending}"), &all)], &format!("m0.{ending}"));
    }
    let mut files: Vec<File> = (0..modules).map(|i| file(&format!("root/bench/m{i}.{ending}"), &text(i))).collect();
    if language == "Python" {
        files.push(file("root/bench/__init__.py", "from . import m0\n"));
    }
    package(ecosystem, files, if language == "Python" { "__init__.py" } else { "/m0.js" })
}

fn bytes(package: &Package) -> usize {
    package.files.iter().map(|file| file.bytes.len()).sum()
}

fn measure(language: &str, one_file: bool) {
    let packages: Vec<Package> = SIZES.iter().map(|size| packages(language, one_file, *size)).collect();
    // Side by side, turn by turn, so that a slow moment of the machine meets all sizes.
    let mut best = [(Duration::MAX, Duration::MAX); SIZES.len()];
    for _ in 0..TURNS {
        for (best, package) in best.iter_mut().zip(&packages) {
            let made = extract(package, &Reading::default());
            if made.syntax + made.behavior < best.0.saturating_add(best.1) {
                *best = (made.syntax, made.behavior);
            }
        }
    }
    println!("{language}, {}", if one_file { "one file" } else { "many modules" });
    for ((size, package), (syntax, behavior)) in SIZES.iter().zip(&packages).zip(best) {
        let mb = bytes(package) as f64 / 1e6;
        let per_mb = |time: Duration| time.as_secs_f64() * 1e3 / mb;
        let steps = extract(package, &Reading::default()).sequence;
        println!(
            "  {size:>3}x {mb:>7.2} MB  syntax {:>7.0} ms/MB  behavior {:>7.0} ms/MB  all {:>9.1?}  {} steps{}",
            per_mb(syntax),
            per_mb(behavior),
            syntax + behavior,
            steps.steps.len(),
            if steps.skipped.is_empty() { "" } else { "  (a bound was hit)" },
        );
    }
    // The slope of time over bytes, both as logarithms, from the middle size on: below it fixed costs count.
    let slope = |time: &dyn Fn(usize) -> Duration, from: usize| {
        let last = SIZES.len() - 1;
        let bytes = (bytes(&packages[last]) as f64 / bytes(&packages[from]) as f64).ln();
        (time(last).as_secs_f64() / time(from).as_secs_f64()).ln() / bytes
    };
    let all = |i: usize| best[i].0 + best[i].1;
    println!(
        "  exponent: all {:.2} (10x to 100x {:.2}), syntax {:.2}, behavior {:.2}",
        slope(&all, 0),
        slope(&all, 1),
        slope(&|i| best[i].0, 1),
        slope(&|i| best[i].1, 1),
    );
}

/// Extraction times of every archive below a folder, and what share each stage has. They are opened in memory only.
fn folder(root: &Path) {
    let mut pending = vec![root.to_owned()];
    let mut times: Vec<(Duration, String)> = Vec::new();
    let mut stages = [Duration::ZERO; 3];
    let mut read = 0;
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let started = Instant::now();
        let Ok(package) = package::open(&path, &OpenOptions::default()) else { continue };
        let open = started.elapsed();
        let made = extract(&package, &Reading::default());
        read += package.files.iter().filter(|file| file.source.is_some()).map(|file| file.bytes.len()).sum::<usize>();
        for (all, stage) in stages.iter_mut().zip([open, made.syntax, made.behavior]) {
            *all += stage;
        }
        times.push((started.elapsed(), path.file_name().unwrap_or_default().to_string_lossy().into_owned()));
    }
    times.sort();
    let Some(last) = times.len().checked_sub(1) else { return };
    let at = |share: f64| times[(last as f64 * share) as usize].0;
    println!("{} archives: p50 {:.1?}  p99 {:.1?}  max {:.1?}", times.len(), at(0.5), at(0.99), at(1.0));
    let all: Duration = stages.iter().sum();
    let seconds = all.as_secs_f64();
    let share = |stage: usize| stages[stage].as_secs_f64() / seconds * 100.0;
    println!(
        "  {:.1?} a package, {:.0} ms/MB: open {:.0} %, syntax {:.0} %, behavior {:.0} %",
        all / u32::try_from(times.len()).unwrap(),
        seconds * 1e9 / read.max(1) as f64,
        share(0),
        share(1),
        share(2),
    );
    for (time, name) in times.iter().rev().take(5) {
        println!("  {time:>9.1?}  {name}");
    }
}

/// A line of what Linux tells of this process, MB.
fn megabytes(what: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    Some(line.trim_start_matches(':').split_whitespace().next()?.parse::<f64>().ok()? / 1e3)
}

/// Says in a process of its own what reading the largest package takes at its peak.
fn memory(language: &str, one_file: bool) {
    // What is made once whatever the package: tables, threads.
    let _ = extract(&packages(language, one_file, SIZES[0]), &Reading::default());
    let Some(before) = megabytes("VmRSS") else { return };
    let package = packages(language, one_file, SIZES[SIZES.len() - 1]);
    let mb = bytes(&package) as f64 / 1e6;
    let _ = extract(&package, &Reading::default());
    let Some(peak) = megabytes("VmHWM") else { return };
    println!(
        "  memory at the peak: {:.0} MB for {mb:.2} MB, {:.1} times the text",
        peak - before,
        (peak - before) / mb
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, language, one_file] = arguments.as_slice()
        && flag == "--memory"
    {
        return memory(language, one_file == "true");
    }
    for language in ["Python", "JavaScript"] {
        for one_file in [false, true] {
            measure(language, one_file);
            let own = std::env::current_exe().unwrap();
            std::process::Command::new(own).args(["--memory", language, &one_file.to_string()]).status().unwrap();
        }
    }
    for path in arguments.iter().filter(|argument| !argument.starts_with('-')) {
        folder(Path::new(path));
    }
}
