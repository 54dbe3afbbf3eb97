//! Why something was refused or does not count, by the short words of the API.

use super::Language;

impl Language {
    /// Why an op does not count; the word itself where there is no sentence.
    pub(crate) fn undone(self, why: &str) -> &str {
        match why {
            "not-allowed" => self.pick("not allowed", "pas permis"),
            "contradicts" => self.pick(
                "its device contradicted itself",
                "son appareil s'est contredit",
            ),
            "device-revoked" => self.pick("its device was revoked", "son appareil a été révoqué"),
            "author-removed" => self.pick(
                "its author was removed, or lost a role, meanwhile",
                "son auteur a été retiré, ou a perdu un rôle, entre-temps",
            ),
            "outranked" => self.pick(
                "somebody above decided otherwise meanwhile",
                "quelqu'un au-dessus en a décidé autrement entre-temps",
            ),
            "other-offer" => self.pick("another offer ended it", "une autre offre y a mis fin"),
            "authority-undone" => self.pick(
                "what allowed it does not count",
                "ce qui le permettait ne compte pas",
            ),
            "invite-ended" => self.pick("the invite was ended", "l'invitation était close"),
            "invite-used-up" => self.pick("the invite was used up", "l'invitation était épuisée"),
            other => other,
        }
    }
}

/// The API speaks English to programs; people get its reasons in their language.
pub(super) fn refusal_in_french(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "unknown-contact" => "ce compte n'est pas parmi les contacts",
        "unknown-message" => "ce message n'existe pas",
        "no-request" => "il n'y a pas de demande à laquelle répondre",
        "not-accepted" => "ce compte n'a pas encore accepté",
        "blocked" => "ce contact est bloqué",
        "keys-changed" => "les clés de ce contact ont changé : vérifiez-les d'abord",
        "words-incomplete" => "les six mots ne sont pas encore complets",
        "not-in-reach" => "personne de cette identité n'est à portée",
        "oneself" => "c'est votre propre identité",
        "deleted" => "ce message a été supprimé",
        "device-revoked" => "cet appareil a été révoqué",
        "not-the-author" => "seul son auteur peut le faire",
        "idempotency-key-reused" => "cette clé a déjà servi avec un autre contenu",
        "full" => "trop de choses attendent déjà",
        "unknown-community" => "cette communauté n'est pas connue ici",
        "unknown-channel" => "ce salon de messages n'existe pas",
        "owner" => "cette communauté est la vôtre : confiez-la d'abord à un autre membre",
        "unknown-role" => "ce rôle n'existe pas, ou plus",
        "unknown-member" => "personne avec ce compte n'est membre de cette communauté",
        "not-member" => "vous n'êtes pas membre de cette communauté",
        "not-permitted" => "vos rôles ici ne le permettent pas",
        "no-moderator" => "il n'y a pas ici d'autre modérateur à qui le signaler",
        "unknown-report" => "ce signalement n'existe pas",
        "silenced" => "vous n'avez pas la parole ici pour le moment",
        "not-a-category" => "un salon se range dans une catégorie, et rien dans soi-même",
        "not-by-channel" => {
            "aucun salon ne donne ni ne retire cette permission : un rôle la donne partout"
        }
        "public-channel" => {
            "tous les membres lisent ce qui est public : rendez d'abord le salon privé"
        }
        "own-message" => "ce message est de vous : supprimez-le plutôt",
        "not-an-emoji" => "une réaction est un émoji",
        "not-open-to-you" => "ce salon ne vous est pas ouvert",
        "slow-mode" => "ce salon est en mode lent : attendez avant d'y écrire de nouveau",
        "not-possible" => "ce n'est pas possible ici",
        "no-keys" => {
            "les clés de cette communauté sont en train d'être refaites : réessayez dans un instant"
        }
        "comparing" => {
            "cet appareil a été restauré : il n'écrit ici de nouveau qu'après avoir rencontré un membre"
        }
        "not-a-community-id" => "ce n'est pas une communauté",
        "not-an-op-id" => "ce n'est pas un salon, un rôle ou une invitation",
        "not-an-invite-link" => "ce n'est pas un lien d'invitation entier",
        "not-a-permission" => "il n'y a pas de permission de ce nom",
        "not-a-colour" => "une couleur s'écrit #rrggbb",
        "nothing-to-change" => "rien n'est à changer",
        "not-stored" => "le disque n'a rien pu enregistrer, donc rien n'a été fait",
        "busy" => "le nœud est occupé",
        "stopping" => "le nœud s'arrête",
        "not-an-account-id" => "ce n'est pas un compte",
        "not-a-message-id" => "ce n'est pas un message",
        "not-a-contact-link" => "ce n'est pas un lien de contact entier",
        "not-a-place" => "ce n'est pas une place dans une conversation",
        "not-an-address" => "ce n'est pas une adresse que l'on puisse appeler",
        "own-address" => "cette adresse est la nôtre",
        "already-linked" => "un lien avec ce nœud existe déjà",
        "unreachable" => "personne ne répond à cette adresse",
        "not-a-link" => "qui répond là ne parle pas notre protocole",
        "media-type" => "ce type de fichier ne s'attache pas",
        "no-attachment" => "rien n'est attaché à ce message, ou pas encore en entier",
        "no-icon" => "cette communauté n'a pas d'image",
        "not-a-picture" => "ce n'est ni du PNG, ni du JPEG, ni du WebP",
        "out-of-range" => "c'est trop court ou trop long",
        _ => return None,
    })
}
