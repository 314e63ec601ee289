//! What the code does with an indicator.

use std::collections::HashMap;
use std::net::IpAddr;

use super::host::{self, Authority, Host};
use super::scan::{self, Found, Look};
use super::{Indicator, Kind, Place, Role};
use crate::behavior::{Contact, Way};
use crate::text::Span;

/// What the calls of a package do with the addresses that they were given.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    finds: Vec<Vec<Found>>,
    /// The full addresses on a host with what is done there.
    by_host: HashMap<String, Vec<(String, Way)>>,
}

impl Contacts {
    pub fn new(contacts: &[Contact]) -> Self {
        let mut all = Self::default();
        for contact in contacts {
            let found = read(&contact.address);
            for found in &found {
                if let Some(host) = &found.host {
                    all.by_host.entry(host.to_string()).or_default().push((found.value.clone(), contact.way));
                }
            }
            all.finds.push(found);
        }
        all
    }

    /// What each contact's address names, in their order.
    pub fn finds(&self) -> impl Iterator<Item = &[Found]> {
        self.finds.iter().map(Vec::as_slice)
    }

    /// The most telling thing done with an indicator: with itself, with what it is the beginning of, with anything on it if
    /// it is a host.
    fn way(&self, indicator: &Indicator, host: &Host) -> Option<Way> {
        let known = self.by_host.get(&host.to_string())?;
        let whole = !matches!(indicator.kind, Kind::Url | Kind::Webhook);
        let fits = |value: &str| whole || value.starts_with(&indicator.value);
        known.iter().filter(|(value, _)| fits(value)).map(|(_, way)| *way).max()
    }
}

/// What an address names: a URL, or a host with or without port and path.
fn read(address: &str) -> Vec<Found> {
    let found = scan::scan(address, Look::default()).found;
    if !found.is_empty() || address.contains("://") {
        return found;
    }
    let front = address.split(['/', '?', '#', '\u{fffc}']).next().unwrap_or(address);
    let Some(Authority { host, .. }) = Authority::read(front) else { return Vec::new() };
    // `localhost`, a service's name in a cluster.
    if matches!(&host, Host::Name(name) if !name.contains('.')) {
        return Vec::new();
    }
    let (kind, odd) = match &host {
        Host::Name(name) if name.ends_with(".onion") => (Kind::Onion, None),
        Host::Name(_) => (Kind::Domain, None),
        Host::Address(IpAddr::V4(_), odd) => (Kind::Ipv4, *odd),
        Host::Address(IpAddr::V6(_), _) => (Kind::Ipv6, None),
    };
    let value = match &host {
        Host::Address(address, _) => address.to_string(),
        Host::Name(name) => name.clone(),
    };
    let class = match &host {
        Host::Name(name) => crate::behavior::strings::host_class(name).unwrap_or(""),
        Host::Address(..) => "",
    };
    vec![Found { kind, value, class, odd, span: Span { start: 0, end: address.len() }, host: Some(host) }]
}

/// The role of an indicator whose places are known.
pub(super) fn of(indicator: &Indicator, host: Option<&Host>, contacts: &Contacts, own: &[String]) -> Role {
    let aside = indicator.places.iter().all(|place: &Place| place.aside) && indicator.more == 0;
    let elsewhere = if aside { Role::Context } else { Role::Unknown };
    let Some(host) = host else { return elsewhere };
    let reserved = host::reserved(host);
    if reserved.is_some_and(|why| why.starts_with("local")) {
        return Role::Benign;
    }
    let known = reserved.is_some() || is_well_known(host);
    // An author's address is no contact of the code's, and what a mail server's name is given to says nothing of it.
    let way = if indicator.kind == Kind::Email { None } else { contacts.way(indicator, host) };
    match way {
        Some(Way::Send) => Role::Exfil,
        Some(Way::Contact | Way::Payload | Way::Connection) if indicator.kind == Kind::Webhook => Role::Exfil,
        Some(Way::Control) => Role::C2,
        Some(Way::Payload) => Role::Payload,
        Some(Way::Connection) => Role::Connection,
        _ if known => Role::Benign,
        Some(Way::Contact) => Role::Contact,
        None if is_own(host, own) => Role::Context,
        None => elsewhere,
    }
}

/// A word for the host where the value has no class of its own.
pub(super) fn class(host: Option<&Host>, own: &[String]) -> &'static str {
    match host {
        Some(host) if is_own(host, own) => "the project's own",
        Some(host) => host::reserved(host).unwrap_or(if is_well_known(host) { "well known" } else { "" }),
        None => "",
    }
}

fn is_well_known(host: &Host) -> bool {
    match host {
        // What anybody may put there is nobody's good name: raw files, pastes, documents.
        Host::Name(name) => host::is_well_known(name) && crate::behavior::strings::host_class(name).is_none(),
        // Public resolvers: connecting to one finds out which address the machine has.
        Host::Address(IpAddr::V4(address), _) => {
            [[8, 8, 8, 8], [8, 8, 4, 4], [1, 1, 1, 1], [1, 0, 0, 1], [9, 9, 9, 9]].contains(&address.octets())
        }
        Host::Address(IpAddr::V6(_), _) => false,
    }
}

fn is_own(host: &Host, own: &[String]) -> bool {
    let Host::Name(name) = host else { return false };
    own.iter().any(|own| name == own || name.strip_suffix(own.as_str()).is_some_and(|front| front.ends_with('.')))
}
