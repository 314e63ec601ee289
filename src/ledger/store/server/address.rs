//! Where a server is, who one is there, and what proves it. The password is taken from the address, the environment or the
//! user's file of passwords, and is in no text that is made here.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use percent_encoding::percent_decode_str;
use postgres::config::{Config, Host, SslMode};
use sha2::{Digest as _, Sha256};

use super::super::super::LedgerError;
use crate::text::{escape, hex};

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// What the server listens on, unless the address says otherwise.
const PORT: u16 = 5432;
/// So long a server may take to answer a knock.
const KNOCK: Duration = Duration::from_secs(5);
/// So long what was sent may stay without an answer of the other machine before the network counts as cut.
const SILENCE: Duration = Duration::from_secs(15);

/// A server and a database of it.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Address {
    /// Everything that connecting needs. Its own text leaves the password out.
    pub config: Config,
    /// The file with the certificates that are trusted, where the system's are not the ones.
    pub roots: Option<PathBuf>,
    /// As it is told, escaped and without the password.
    pub shown: String,
    /// A name for what is kept of it on this machine.
    pub key: String,
}

/// Whether the place of a ledger is a server and no file.
#[must_use]
pub(in crate::ledger) fn is_server(place: &Path) -> bool {
    place.to_str().is_some_and(|text| SCHEMES.iter().any(|scheme| text.starts_with(scheme)))
}

impl Address {
    /// Reads an address: `postgres://USER@HOST:PORT/DATABASE`.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        Self::with(text, |name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn with(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, LedgerError> {
        // What the parser says of a wrong address may hold a piece of the password.
        let wrong = |what| LedgerError::Address { what };
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut roots) = (variable("PGSSLMODE"), variable("PGSSLROOTCERT"));
        let mut rest = String::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = || percent_decode_str(value).decode_utf8_lossy().into_owned();
            match key {
                "sslmode" => mode = Some(value()),
                "sslrootcert" => roots = Some(value()),
                _ => rest = format!("{rest}{}{pair}", if rest.is_empty() { '?' } else { '&' }),
            }
        }
        let config = format!("{base}{rest}").parse::<Config>();
        let mut config = config.map_err(|_| {
            wrong("it is postgres://USER@HOST:PORT/DATABASE; what is special in a password is written as %XX")
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(variable("PGHOST").as_deref().unwrap_or("localhost"));
        }
        let user = config.get_user().map(str::to_owned).or_else(|| variable("PGUSER")).or_else(|| variable("USER"));
        let user = user.ok_or_else(|| wrong("it names no user"))?;
        let database = config.get_dbname().map_or_else(|| user.clone(), str::to_owned);
        config.user(&user).dbname(&database).application_name("cerebro");
        config.connect_timeout(KNOCK).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);

        let local = config.get_hosts().iter().all(is_local)
            && config.get_hostaddrs().iter().all(|address| address.is_loopback());
        config.ssl_mode(match (local, mode.as_deref()) {
            (true, None | Some("disable" | "allow" | "prefer")) => SslMode::Disable,
            (false, Some("disable")) => return Err(wrong("a server on another machine is spoken to by TLS alone")),
            // Whoever asks for less gets the name on the certificate checked all the same.
            _ => SslMode::Require,
        });

        let port = config.get_ports().first().copied().unwrap_or(PORT);
        let host = config.get_hosts().first().map(told).or_else(|| Some(config.get_hostaddrs().first()?.to_string()));
        let host = host.unwrap_or_default();
        if config.get_password().is_none() {
            let found = variable("PGPASSWORD").or_else(|| {
                let home = || Some(etcetera::home_dir().ok()?.join(".pgpass"));
                let file = variable("PGPASSFILE").map(PathBuf::from).or_else(home)?;
                from_file(&file, [&host, &port.to_string(), &database, &user])
            });
            if let Some(password) = found {
                config.password(password);
            }
        }
        let shown = format!("postgres://{user}@{host}:{port}/{database}");
        let key = hex(&Sha256::digest(shown.as_bytes())).chars().take(16).collect();
        Ok(Self { config, roots: roots.map(PathBuf::from), shown: escape(&shown).into_owned(), key })
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn told(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.to_string_lossy().into_owned(),
    }
}

/// The password of the first line that fits host, port, database and user. A file that others can read is not believed, as
/// every client of this server does it.
fn from_file(file: &Path, wanted: [&String; 4]) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(file).ok()?.permissions().mode() & 0o077 != 0 {
            tracing::warn!("{} can be read by others and is left alone: chmod 600", file.display());
            return None;
        }
    }
    let text = fs::read_to_string(file).ok()?;
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = fields(line).into_iter();
        let fits = wanted.iter().all(|wanted| fields.next().is_some_and(|field| field == "*" || field == **wanted));
        fields.next().filter(|_| fits)
    })
}

/// The fields of a line, between colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let (mut found, mut characters) = (vec![String::new()], line.chars());
    while let Some(character) = characters.next() {
        match character {
            ':' => found.push(String::new()),
            _ => {
                let taken = if character == '\\' { characters.next() } else { Some(character) };
                if let Some(last) = found.last_mut() {
                    last.extend(taken);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, variables: &[(&str, &str)]) -> Result<Address, LedgerError> {
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
        Address::with(text, variable)
    }

    #[test]
    fn a_server_on_another_machine_is_spoken_to_by_tls_alone() {
        let mode = |text: &str| parsed(text, &[("PGPASSFILE", "/none")]).unwrap().config.get_ssl_mode();
        for near in ["localhost", "127.0.0.1:5433", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://ann@{near}/team")), SslMode::Disable, "{near}");
            assert_eq!(mode(&format!("postgres://ann@{near}/team?sslmode=verify-full")), SslMode::Require, "{near}");
        }
        for far in ["db.example.com", "203.0.113.9", "localhost.example.com", "localhost,db.example.com"] {
            assert_eq!(mode(&format!("postgres://ann@{far}/team")), SslMode::Require, "{far}");
            assert_eq!(mode(&format!("postgresql://ann@{far}/team?sslmode=prefer")), SslMode::Require, "{far}");
            assert!(parsed(&format!("postgres://ann@{far}/team?sslmode=disable"), &[]).is_err(), "{far}");
        }
        assert_eq!(mode("postgres://ann@localhost/team?hostaddr=203.0.113.9"), SslMode::Require);
    }

    #[test]
    fn a_password_is_found_and_never_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        fs::write(&file, "# mine\nother:*:*:*:no\nlocalhost:5432:team:ann:a\\:b\\\\c\n").unwrap();
        let own = |mode| {
            #[cfg(unix)]
            fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        };
        own(0o600);
        let place = "postgres://ann@localhost/team";
        let of = |text: &str, more: &[(&str, &str)]| {
            let mut variables = vec![("PGPASSFILE", file.to_str().unwrap())];
            variables.extend(more);
            let address = parsed(text, &variables).unwrap();
            assert!(!format!("{address:?}").contains("s3cret"), "{address:?}");
            assert_eq!((address.shown.as_str(), address.key.len()), ("postgres://ann@localhost:5432/team", 16));
            address.config.get_password().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
        };
        assert_eq!(of(place, &[]).as_deref(), Some("a:b\\c"));
        assert_eq!(of(place, &[("PGPASSWORD", "s3cret")]).as_deref(), Some("s3cret"));
        assert_eq!(of("postgres://ann:s3cret@localhost/team", &[]).as_deref(), Some("s3cret"));
        own(0o644);
        #[cfg(unix)]
        assert_eq!(of(place, &[]), None);
        for wrong in ["postgres://ann:s3cret@localhost/team?s3cret", "postgres://ann:s3cret@localhost:x/team"] {
            let told = parsed(wrong, &[]).unwrap_err().to_string();
            assert!(!told.contains("cret"), "{told}");
        }
    }

    #[test]
    fn only_a_url_is_a_server() {
        assert!(is_server(Path::new("postgres://ann@localhost/team")));
        assert!(!is_server(Path::new("postgres/ledger.sqlite")));
        assert!(!is_server(Path::new("/data/ledger.sqlite")));
    }
}
