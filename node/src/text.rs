//! Every sentence that a person reads on the command line, in English and French.
//!
//! The only catalogue: what is printed elsewhere is data. Logs are for programs and stay English.

use node::api::model::{Marks, PresenceState};
use node::api::problem::Problem;
use protocol::identity::WordsError;
use storage::StoreError;

mod reasons;

use reasons::refusal_in_french;

/// A language of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// The language that the environment asks for; English where it asks for none of ours.
    pub(crate) fn of_environment() -> Self {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::of(&asked.unwrap_or_default())
    }

    fn of(locale: &str) -> Self {
        if locale.starts_with("fr") {
            Self::French
        } else {
            Self::English
        }
    }

    /// One of two sentences.
    fn pick<T>(self, english: T, french: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}

/// Writes a catalogue of sentences without gaps.
macro_rules! sentences {
    ($($name:ident: $english:literal, $french:literal;)+) => {
        impl Language {
            $(pub(crate) fn $name(self) -> &'static str {
                self.pick($english, $french)
            })+
        }
    };
}

sentences! {
    name_missing: "A name has 1 to 128 bytes.", "Un nom compte de 1 à 128 octets.";
    words_heading:
        "These 24 words restore your account. Write them down now, on paper: they are shown once.",
        "Ces 24 mots restaurent votre compte. Notez-les maintenant, sur papier : ils ne seront plus affichés.";
    unprotected_warning:
        "This profile has no passphrase: whoever has the disk reads everything.",
        "Ce profil n'a pas de phrase de passe : qui a le disque lit tout.";
    words_confirmed:
        "The words are right, and wiped from this device.",
        "Les mots sont justes, et effacés de cet appareil.";
    words_of_another:
        "These words restore another account than this profile's.",
        "Ces mots restaurent un autre compte que celui de ce profil.";
    choose_protection:
        "Choose how the profile is protected: --passphrase-file FILE, or --unprotected.",
        "Choisissez la protection du profil : --passphrase-file FICHIER, ou --unprotected.";
    no_node:
        "No node of this profile is running: start it with `lescopains-node run`.",
        "Aucun nœud de ce profil ne tourne : démarrez-le avec `lescopains-node run`.";
    node_gone: "The node does not answer any more.", "Le nœud ne répond plus.";
    done: "Done.", "C'est fait.";
    nobody_nearby: "Nobody in reach shows themselves.", "Personne à portée ne se montre.";
    no_contacts: "No contacts yet.", "Pas encore de contacts.";
    no_messages: "Nothing was said yet.", "Rien n'a encore été dit.";
    deleted: "(deleted)", "(supprimé)";
    damaged: "(damaged on the disk)", "(endommagé sur le disque)";
    edited: "(edited)", "(modifié)";
    missed: "Some events were missed.", "Des événements ont été manqués.";
    in_reach: "in reach", "à portée";
    verified: "verified", "vérifié";
    unverified: "not verified", "non vérifié";
    keys_changed: "KEYS CHANGED", "CLÉS CHANGÉES";
    asking: "asked, not yet delivered", "demandé, pas encore remis";
    asked: "asked", "demandé";
    asks: "asks you", "vous demande";
    blocked: "blocked", "bloqué";
    six_words: "six words", "six mots";
    safety_number: "safety number", "numéro de sécurité";
    queued: "queued here", "en attente ici";
    failed: "failed", "échoué";
    account: "account", "compte";
    device: "device", "appareil";
    link: "contact link", "lien de contact";
    not_storing: "the disk takes nothing", "le disque n'accepte plus rien";
    send_typing: "contacts see when I write", "mes contacts voient que j'écris";
    send_read_marks: "contacts see what I have read", "mes contacts voient ce que j'ai lu";
    visible_nearby: "people nearby see me", "les personnes à portée me voient";
    no_communities: "No communities yet.", "Pas encore de communautés.";
    channels: "channels", "salons";
    members: "members", "membres";
    roles: "roles", "rôles";
    invites: "invites", "invitations";
    missing: "missing", "manque";
    more_to_come: "more to come", "la suite est attendue";
    in_sync: "in sync", "à jour";
    joining: "asking to be let in", "demande à entrer";
    because: ": ", " : ";
    joined: "member", "membre";
    suspended: "to be confirmed", "à confirmer";
    removed: "removed", "retiré";
    owner: "owner", "propriétaire";
    voice: "voice", "vocal";
    category: "category", "catégorie";
    private: "private", "privé";
    offered_to: "offered to", "proposée à";
    older_not_shown:
        "What was done before that: --before with the last id above.",
        "Ce qui a été fait avant : --before avec le dernier identifiant ci-dessus.";
    closed_to_you: "closed to you", "fermé pour vous";
    slow: "slow", "lent";
    silenced: "silenced for", "sans la parole pour";
    has_icon: "has a picture", "a une image";
    nobody_reached:
        "no computer is in reach that could know the invite",
        "aucun ordinateur à portée ne pourrait connaître l'invitation";
    invite_unknown: "no such invite", "invitation inconnue";
    invite_expired: "the invite has expired", "l'invitation a expiré";
    invite_revoked: "the invite was revoked", "l'invitation a été révoquée";
    invite_elsewhere: "the invite is for another community", "l'invitation est pour une autre communauté";
    invite_used_up: "the invite is used up", "l'invitation est épuisée";
    not_by_them: "the member in reach may not let anybody in", "le membre à portée ne peut faire entrer personne";
    community_full: "the community is full", "la communauté est pleine";
    not_now: "not now; asked again later", "pas maintenant ; redemandé plus tard";
    banned: "banned", "banni";
    left: "left", "quittée";
    forked_from: "forked, as its founder says, from", "issue, selon qui l'a fondée, de";
    pinned: "[pinned]", "[épinglé]";
    around_removal: "[sent around a removal]", "[envoyé autour d'un retrait]";
    no_offer: "Nobody has offered you this community.", "Personne ne vous a proposé cette communauté.";
    no_reports: "Nothing was reported.", "Rien n'a été signalé.";
    dealt_with: "[dealt with]", "[traité]";
    proved: "proved", "prouvé";
    not_proved: "not proved: the word of whoever reports it", "non prouvé : la parole de qui le signale";
    all_well: "all is well", "tout va bien";
}

impl Language {
    /// What is said beside a message of a channel.
    pub(crate) fn marks(self, marks: &Marks) -> Vec<String> {
        let thread = marks.thread_name.as_ref();
        let thread = thread.map(|name| format!("[{} {name}]", self.pick("thread", "fil")));
        let pinned = marks.pinned.then(|| self.pinned().to_owned());
        let around = marks
            .around_removal
            .then(|| self.around_removal().to_owned());
        let marks = pinned.into_iter().chain(thread).chain(around);
        marks.collect()
    }

    /// Computers in reach were asked, and none of them knows the invite.
    pub(crate) fn nobody_knows_the_invite(self, knocked: usize) -> String {
        self.pick(
            format!("asked {knocked} in reach, none of whom knows the invite"),
            format!("demandé à {knocked} à portée, dont aucun ne connaît l'invitation"),
        )
    }

    /// Members in reach know the invite.
    pub(crate) fn know_the_invite(self, answered: usize) -> String {
        self.pick(
            format!("{answered} in reach know the invite"),
            format!("{answered} à portée connaissent l'invitation"),
        )
    }

    /// What stands where a message was.
    pub(crate) fn taken_away(self, by: &str, reason: &str) -> String {
        let because = if reason.is_empty() {
            String::new()
        } else {
            format!("{}{reason}", self.because())
        };
        self.pick(
            format!("(taken away by {by}{because})"),
            format!("(enlevé par {by}{because})"),
        )
    }

    /// Whether somebody is there.
    pub(crate) fn presence(self, presence: Option<PresenceState>) -> &'static str {
        match presence {
            Some(PresenceState::Online) => self.pick("online", "en ligne"),
            Some(PresenceState::Away) => self.pick("away", "absent"),
            Some(PresenceState::Invisible) => self.pick("invisible", "invisible"),
            None => self.pick("offline", "hors ligne"),
        }
    }

    pub(crate) fn switch(self, on: bool) -> &'static str {
        if on {
            self.pick("yes", "oui")
        } else {
            self.pick("no", "non")
        }
    }

    pub(crate) fn profile_made(self, folder: &str) -> String {
        self.pick(
            format!("Profile made in {folder}."),
            format!("Profil créé dans {folder}."),
        )
    }

    pub(crate) fn running(self, api: &str) -> String {
        self.pick(
            format!("The node is running; its API is at {api}. Ctrl-C ends it."),
            format!("Le nœud tourne ; son API est à {api}. Ctrl-C l'arrête."),
        )
    }

    pub(crate) fn file_unreadable(self, file: &str, why: &str) -> String {
        self.pick(
            format!("The file {file} cannot be read: {why}."),
            format!("Le fichier {file} est illisible : {why}."),
        )
    }

    pub(crate) fn file_too_large(self, most: usize) -> String {
        let most = most / 1024;
        self.pick(
            format!("The file is too large: {most} KiB are the most."),
            format!("Le fichier est trop grand : {most} Kio au plus."),
        )
    }

    /// What came with a message.
    pub(crate) fn attached(self, media: &str, kib: Option<u32>, whole: bool) -> String {
        let size = kib.map_or_else(|| "?".to_owned(), |kib| kib.to_string());
        let state = if whole {
            ""
        } else {
            self.pick(", on its way", ", en route")
        };
        format!("[{media}, {size} {}{state}]", self.pick("KiB", "Kio"))
    }

    pub(crate) fn passphrase_unreadable(self, file: &str, why: &str) -> String {
        self.pick(
            format!("The passphrase file {file} cannot be read: {why}."),
            format!("Le fichier de phrase de passe {file} est illisible : {why}."),
        )
    }

    pub(crate) fn nobody_called(self, text: &str) -> String {
        self.pick(
            format!("No contact or person nearby matches `{text}`."),
            format!("Aucun contact ni personne à portée ne correspond à « {text} »."),
        )
    }

    /// Nothing in a community is called so.
    pub(crate) fn nothing_called(self, text: &str) -> String {
        self.pick(
            format!("No community, channel, role or member matches `{text}`."),
            format!("Aucune communauté, salon, rôle ou membre ne correspond à « {text} »."),
        )
    }

    pub(crate) fn several_called(self, text: &str) -> String {
        self.pick(
            format!("`{text}` matches several: give the id, or more of it."),
            format!("« {text} » en désigne plusieurs : donnez l'identifiant, ou plus de celui-ci."),
        )
    }

    pub(crate) fn reached(self, reached: usize, devices: usize) -> String {
        self.pick(
            format!("reached {reached} of {devices} devices"),
            format!("reçu par {reached} appareils sur {devices}"),
        )
    }

    /// Reports for which there was no room.
    pub(crate) fn reports_dropped(self, dropped: u64) -> String {
        self.pick(
            format!("{dropped} more were dropped: there was no room for them."),
            format!("{dropped} de plus ont été écartés : il n'y avait plus de place."),
        )
    }

    /// A refusal of the API, by its reason; in its own words where there are none of ours.
    pub(crate) fn refused(self, problem: &Problem) -> String {
        let detail = match (self, problem.retry_after_s) {
            (Self::English, _) => problem.detail.clone(), // which says how long
            (Self::French, wait) => {
                let known = refusal_in_french(&problem.reason).unwrap_or(&problem.detail);
                let bounds = problem.bounds.as_deref();
                let bounds = bounds.map(|[min, max]| format!(" (de {min} à {max})"));
                let wait = wait.map(|seconds| format!(" ({seconds} s)"));
                let all = [Some(known.to_owned()), bounds, wait];
                all.into_iter().flatten().collect()
            }
        };
        match &problem.field {
            Some(field) => self.pick(
                format!("Refused: {detail} (field: {field})."),
                format!("Refusé : {detail} (champ : {field})."),
            ),
            None => self.pick(format!("Refused: {detail}."), format!("Refusé : {detail}.")),
        }
    }

    /// What is wrong with typed recovery words.
    pub(crate) fn words_error(self, error: &WordsError) -> String {
        match (self, error) {
            (Self::English, error) => capitalised(&error.to_string()),
            (Self::French, WordsError::Count { found }) => {
                format!("Il faut 24 mots ; en voici {found}.")
            }
            (Self::French, WordsError::UnknownWord { position }) => {
                format!("Le mot {position} n'est pas dans la liste : vérifiez son orthographe.")
            }
            (Self::French, WordsError::Checksum) => {
                "Tous les mots existent, mais pas ensemble : l'un est faux, ou deux sont inversés."
                    .to_owned()
            }
        }
    }

    /// What is wrong with a profile, and what to do about it.
    pub(crate) fn store_error(self, error: &StoreError) -> String {
        if self == Self::English {
            return capitalised(&error.to_string());
        }
        match error {
            StoreError::WrongPassphrase => "Mot de passe incorrect.".to_owned(),
            StoreError::PassphraseNeeded => {
                "Ce profil est protégé : donnez --passphrase-file.".to_owned()
            }
            StoreError::NotProtected => {
                "Ce profil n'est pas protégé : ne donnez pas de phrase de passe.".to_owned()
            }
            StoreError::EmptyPassphrase => "La phrase de passe est vide.".to_owned(),
            StoreError::Held {
                folder,
                pid: Some(pid),
            } => {
                format!(
                    "Le profil {folder} est utilisé par le processus {pid} : arrêtez-le d'abord."
                )
            }
            StoreError::Held { folder, pid: None } => {
                format!(
                    "Le profil {folder} est utilisé par un autre programme : arrêtez-le d'abord."
                )
            }
            StoreError::NoProfile { folder } => {
                format!("Pas de profil dans {folder} : créez-en un avec `lescopains-node init`.")
            }
            StoreError::ProfileExists { folder } => {
                format!("Il y a déjà un profil dans {folder}.")
            }
            StoreError::NoSpace { file } => {
                format!("Le disque est plein : {file} ne peut être écrit. Libérez de la place.")
            }
            StoreError::Corrupt { file, detail } => format!(
                "{file} est endommagé ({detail}) : remettez une sauvegarde, ou repartez d'un historique vide."
            ),
            StoreError::Foreign { file } => {
                format!("{file} n'est pas un fichier de ce profil : remettez le bon.")
            }
            StoreError::TooNew {
                file,
                found,
                supported,
            } => format!(
                "{file} a le format {found}, ce programme lit jusqu'à {supported} : mettez-le à jour."
            ),
            StoreError::IdentityLost { folder, a, b } => format!(
                "L'identité dans {folder} est perdue (identity.a : {a} ; identity.b : {b}) : remettez l'un des \
                 deux fichiers d'une sauvegarde, ou restaurez le compte avec ses 24 mots dans un dossier vide."
            ),
            other => capitalised(&other.to_string()),
        }
    }
}

/// A sentence with a capital and a full stop.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    first
        .into_iter()
        .flatten()
        .chain(chars)
        .chain(stop.chars())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_is_spoken_to_those_who_ask_for_it() {
        assert_eq!(Language::of("fr_FR.UTF-8"), Language::French);
        assert_eq!(Language::of("de_DE.UTF-8"), Language::English);
        assert_eq!(Language::of(""), Language::English);
    }

    #[test]
    fn whoever_comes_too_soon_is_told_how_long_to_wait() {
        let wait = std::time::Duration::from_millis(4_200);
        let problem = Problem::from(protocol::error::Rejected::TooSoon { wait });
        for language in [Language::English, Language::French] {
            let said = language.refused(&problem);
            assert!(said.contains("5 s"), "{said}");
        }
    }

    #[test]
    fn sentences_begin_and_end_as_sentences() {
        assert_eq!(capitalised("wrong passphrase"), "Wrong passphrase.");
        assert_eq!(capitalised(""), ".");
    }
}
