//! A PostgreSQL server of a test's own, where the machine has the programs for one, and a network that can be cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use tempfile::TempDir;

/// The owner of the database, and everybody's password.
pub const OWNER: &str = "owner";
pub const PASSWORD: &str = "pass-word%:1";

/// A running server. It listens on this machine alone and is gone with this value.
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    pub port: u16,
    settings: Vec<String>,
    process: Child,
}

/// Where the server's programs lie: where the link `postgres` of the search path leads to.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let program = std::env::split_paths(&path).map(|folder| folder.join("postgres")).find(|file| file.exists())?;
    let folder = program.canonicalize().ok()?.parent()?.to_path_buf();
    folder.join("initdb").exists().then_some(folder)
}

/// The server does not run as root: somebody else who is there.
fn somebody(folder: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    if folder.metadata().unwrap().uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts one; `None`, and says so by the test's name, where the machine has none.
    pub fn start(test: &str) -> Option<Self> {
        Self::with(test, |_| Vec::new())
    }

    /// Starts one with settings, for which files may be laid into its folder.
    pub fn with(test: &str, settings: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: {test} (no PostgreSQL server is installed)");
            return None;
        };
        let folder = TempDir::new().unwrap();
        let user = somebody(folder.path());
        let secret = folder.path().join("secret");
        std::fs::write(&secret, PASSWORD).unwrap();
        let settings = settings(folder.path());
        for file in [folder.path().to_path_buf()]
            .into_iter()
            .chain(std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()))
        {
            if let Some((uid, gid)) = user {
                std::os::unix::fs::chown(file, Some(uid), Some(gid)).unwrap();
            }
        }
        let made = command(&programs.join("initdb"), user, folder.path())
            .args(["--no-sync", "--no-locale", "-E", "UTF8", "-A", "scram-sha-256", "-U", OWNER, "-D"])
            .arg(folder.path().join("data"))
            .arg("--pwfile")
            .arg(&secret)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let process = run(&programs, user, folder.path(), port, &settings);
        let server = Self { folder, programs, user, port, settings, process };
        server.admin("postgres", "CREATE DATABASE team");
        Some(server)
    }

    /// The address of the ledger for somebody.
    pub fn address(&self, user: &str) -> String {
        self.through(user, self.port)
    }

    /// The same through another port.
    pub fn through(&self, user: &str, port: u16) -> String {
        let password = PASSWORD.replace('%', "%25").replace(':', "%3A");
        format!("postgres://{user}:{password}@127.0.0.1:{port}/team")
    }

    /// Waits until the server answers, and runs statements as its owner.
    pub fn admin(&self, database: &str, statements: &str) {
        self.client(OWNER, database).batch_execute(statements).unwrap();
    }

    /// A plain client.
    pub fn client(&self, user: &str, database: &str) -> Client {
        let started = Instant::now();
        loop {
            let mut config = Client::configure();
            config.host("127.0.0.1").port(self.port).user(user).password(PASSWORD).dbname(database);
            match config.connect(NoTls) {
                Ok(client) => return client,
                Err(error) => assert!(started.elapsed() < Duration::from_secs(60), "the server is not up: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets somebody in, in a role.
    pub fn let_in(&self, user: &str, role: &str) {
        self.admin("team", &format!("CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'; GRANT {role} TO {user}"));
    }

    /// Kills the server: nothing is ended in order.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again on what is on the disk.
    pub fn restart(&mut self) {
        let started = Instant::now();
        loop {
            self.process = run(&self.programs, self.user, self.folder.path(), self.port, &self.settings);
            std::thread::sleep(Duration::from_millis(200));
            // Children of the one that was killed may still be ending.
            match self.process.try_wait().unwrap() {
                None => break,
                Some(_) => assert!(started.elapsed() < Duration::from_secs(60), "the server does not start again"),
            }
        }
        drop(self.client(OWNER, "postgres"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // In order, so that its children end too; the folder is removed after that.
        let stop = command(&self.programs.join("pg_ctl"), self.user, self.folder.path())
            .args(["stop", "-m", "immediate", "-w", "-D"])
            .arg(self.folder.path().join("data"))
            .output();
        if !stop.is_ok_and(|stop| stop.status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn command(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn run(programs: &Path, user: Option<(u32, u32)>, folder: &Path, port: u16, settings: &[String]) -> Child {
    let mut command = command(&programs.join("postgres"), user, folder);
    command.arg("-D").arg(folder.join("data")).args(["-h", "127.0.0.1", "-k"]).arg(folder);
    command.args(["-p", &port.to_string()]);
    for setting in settings {
        command.args(["-c", setting]);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a network does with what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Weather {
    /// It carries it.
    Fair = 0,
    /// It carries nothing.
    Cut = 1,
    /// It is cut when an event is about to be sent.
    CutAtInsert = 2,
    /// It is cut when the end of a transaction is about to be sent: that never arrives.
    CutBeforeCommit = 3,
    /// It is cut when the end of a transaction was sent: the answer never arrives.
    CutAfterCommit = 4,
}

/// A network between a client and a server.
pub struct Network {
    pub port: u16,
    weather: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Network {
    /// To a port of this machine.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let weather = Arc::new(AtomicU8::new(Weather::Fair as u8));
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (of, kept) = (Arc::clone(&weather), Arc::clone(&open));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if of.load(Ordering::SeqCst) == Weather::Cut as u8 {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                kept.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                let (back, forth) = ((far.try_clone().unwrap(), near.try_clone().unwrap()), (near, far));
                let (of, of_back) = (Arc::clone(&of), Arc::clone(&of));
                std::thread::spawn(move || carry(forth, &of, true));
                std::thread::spawn(move || carry(back, &of_back, false));
            }
        });
        Self { port, weather, open }
    }

    /// Changes the weather. A cut ends what is open too.
    pub fn turn(&self, weather: Weather) {
        self.weather.store(weather as u8, Ordering::SeqCst);
        if weather == Weather::Cut {
            self.open.lock().unwrap().drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }
}

fn carry((mut from, mut to): (TcpStream, TcpStream), weather: &AtomicU8, forth: bool) {
    let mut bytes = [0; 65536];
    let has = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    while let Ok(count) = from.read(&mut bytes) {
        let bytes = &bytes[..count];
        let now = weather.load(Ordering::SeqCst);
        let commits = forth && has(bytes, b"COMMIT");
        let cut = now == Weather::Cut as u8
            || now == Weather::CutAtInsert as u8 && forth && has(bytes, b"\"actor\"")
            || now == Weather::CutBeforeCommit as u8 && commits;
        let last = now == Weather::CutAfterCommit as u8 && commits;
        if cut || last {
            weather.store(Weather::Cut as u8, Ordering::SeqCst);
        }
        if count == 0 || cut || to.write_all(bytes).is_err() {
            break;
        }
        if last {
            // It arrives, and whoever sent it never knows.
            std::thread::sleep(Duration::from_millis(200));
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
