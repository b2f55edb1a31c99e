//! What a batch reads before and between its steps, for all its commands at once.

use crate::row::Kind;
use crate::row::Kind::{Int, Text};
use crate::session::Lookup;

/// One case by id and by the revision that is known: the body only where that is not the newest.
const INSTANCE: &str = "SELECT id, revision, head, CASE WHEN revision = ?2 THEN NULL ELSE body END \
                        FROM instance WHERE id = ?1";

/// Cases by id of which another revision is known, or none. They are not locked: whoever changes one
/// checks its revision, and tries again where another writer was faster.
pub(crate) static INSTANCES: Lookup = Lookup {
    each: "SELECT id, revision, head, body FROM instance WHERE id = ?1 AND revision <> ?2",
    all: "SELECT i.id, i.revision, i.head, i.body \
          FROM unnest($1::int8[], $2::int8[]) AS k(id, revision) \
          JOIN instance i ON i.id = k.id AND i.revision <> k.revision",
    keys: &[Int, Int],
    answers: &[Int, Int, Text, Text],
};

/// Cases by id and by the revision that is known, all of them, locked in the order of their ids, so
/// that two lanes never wait in a circle: for those that met another writer.
pub(crate) static LOCKED_INSTANCES: Lookup = Lookup {
    each: INSTANCE,
    all: "SELECT i.id, i.revision, i.head, CASE WHEN i.revision = k.revision THEN NULL ELSE i.body END \
          FROM unnest($1::int8[], $2::int8[]) AS k(id, revision) JOIN instance i ON i.id = k.id \
          ORDER BY i.id FOR UPDATE OF i",
    keys: &[Int, Int],
    answers: &[Int, Int, Text, Text],
};

/// Earlier commands by their idempotency key.
pub(crate) static REPEATED: Lookup = Lookup {
    each: "SELECT dedup, instance_id, instance_version, content FROM journal WHERE dedup = ?1",
    all: "SELECT j.dedup, j.instance_id, j.instance_version, j.content \
          FROM unnest($1::text[]) AS k(dedup) JOIN journal j ON j.dedup = k.dedup",
    keys: &[Text],
    answers: &[Text, Int, Int, Text],
};

/// Contents by hash.
pub(crate) static CONTENTS: Lookup = Lookup {
    each: "SELECT hash, body FROM content WHERE hash = ?1",
    all: "SELECT c.hash, c.body FROM unnest($1::text[]) AS k(hash) JOIN content c ON c.hash = k.hash",
    keys: &[Text],
    answers: &[Text, Text],
};

/// Everybody who holds a role, once for each unit that it is held for; (empty) everywhere.
pub(crate) static MEMBERS: Lookup = Lookup {
    each: "SELECT g.role, p.id, p.name, p.unit, p.fields, g.unit FROM role_grant g \
           JOIN person p ON p.id = g.person WHERE g.role = ?1 AND p.active = 1 ORDER BY p.id, g.unit",
    all: "SELECT g.role, p.id, p.name, p.unit, p.fields, g.unit FROM unnest($1::text[]) AS k(role) \
          JOIN role_grant g ON g.role = k.role JOIN person p ON p.id = g.person \
          WHERE p.active = 1 ORDER BY g.role, p.id, g.unit",
    keys: &[Text],
    answers: &[Text, Text, Text, Text, Text, Text],
};

/// Whether somebody holds a role: for which units, and (empty) everywhere. Where there is no directory,
/// nobody can tell, and it is taken to be held.
pub(crate) static HELD: Lookup = Lookup {
    each: "SELECT DISTINCT g.role, g.unit FROM role_grant g JOIN person p ON p.id = g.person \
           WHERE g.role = ?1 AND p.active = 1 \
           UNION ALL SELECT ?1, '' WHERE NOT EXISTS (SELECT 1 FROM person)",
    all: "SELECT DISTINCT g.role, g.unit FROM unnest($1::text[]) AS k(role) \
          JOIN role_grant g ON g.role = k.role JOIN person p ON p.id = g.person WHERE p.active = 1 \
          UNION ALL SELECT k.role, '' FROM unnest($1::text[]) AS k(role) \
          WHERE NOT EXISTS (SELECT 1 FROM person)",
    keys: &[Text],
    answers: &[Text, Text],
};

/// People by id, those who left not among them.
pub(crate) static PEOPLE: Lookup = Lookup {
    each: "SELECT id, name, unit, fields FROM person WHERE id = ?1 AND active = 1",
    all: "SELECT p.id, p.name, p.unit, p.fields FROM unnest($1::text[]) AS k(id) \
          JOIN person p ON p.id = k.id WHERE p.active = 1",
    keys: &[Text],
    answers: &[Text, Text, Text, Text],
};

/// What people and units are called, by id, also those who left; a person goes before a unit.
pub(crate) static NAMES: Lookup = Lookup {
    each: "SELECT id, name, fields FROM person WHERE id = ?1 UNION ALL \
           SELECT id, name, fields FROM unit WHERE id = ?1 \
           AND NOT EXISTS (SELECT 1 FROM person WHERE id = ?1)",
    all: "SELECT p.id, p.name, p.fields FROM unnest($1::text[]) AS k(id) \
          JOIN person p ON p.id = k.id UNION ALL \
          SELECT u.id, u.name, u.fields FROM unnest($1::text[]) AS k(id) \
          JOIN unit u ON u.id = k.id WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.id = u.id)",
    keys: &[Text],
    answers: &[Text, Text, Text],
};

/// Units by id.
pub(crate) static UNITS: Lookup = Lookup {
    each: "SELECT id, name, parent, fields FROM unit WHERE id = ?1",
    all: "SELECT u.id, u.name, u.parent, u.fields FROM unnest($1::text[]) AS k(id) JOIN unit u ON u.id = k.id",
    keys: &[Text],
    answers: &[Text, Text, Text, Text],
};

/// Last numbers of series, locked until the transaction ends, so that no number is given twice and
/// none is left out.
pub(crate) static COUNTERS: Lookup = Lookup {
    each: "SELECT series, year, value FROM counter WHERE series = ?1 AND year = ?2",
    all: "SELECT c.series, c.year, c.value FROM unnest($1::text[], $2::int8[]) AS k(series, year) \
          JOIN counter c ON c.series = k.series AND c.year = k.year \
          ORDER BY c.series, c.year FOR UPDATE OF c",
    keys: &[Text, Int],
    answers: &[Text, Int, Int],
};

/// Makes counters that are not there yet, so that they can be locked.
pub(crate) static NEW_COUNTERS: Lookup = Lookup {
    each: "INSERT INTO counter (series, year, value) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING \
           RETURNING value",
    all: "INSERT INTO counter (series, year, value) \
          SELECT k.series, k.year, 0 FROM unnest($1::text[], $2::int8[]) AS k(series, year) \
          ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING value",
    keys: &[Text, Int],
    answers: &[Int],
};

/// Follow-ups that are still to be done.
pub(crate) static FOLLOW_UPS: Lookup = Lookup {
    each: "SELECT id FROM follow_up WHERE id = ?1",
    all: "SELECT f.id FROM unnest($1::text[]) AS k(id) JOIN follow_up f ON f.id = k.id \
          ORDER BY f.id FOR UPDATE OF f",
    keys: &[Text],
    answers: &[Text],
};

/// Messages that nobody has received yet.
pub(crate) static MESSAGES: Lookup = Lookup {
    each: "SELECT id FROM buffered_message WHERE id = ?1",
    all: "SELECT m.id FROM unnest($1::text[]) AS k(id) JOIN buffered_message m ON m.id = k.id \
          ORDER BY m.id FOR UPDATE OF m",
    keys: &[Text],
    answers: &[Text],
};

/// Who fetched a job last; none where it waits to be fetched. Locked until the transaction ends, so that
/// nobody else fetches it meanwhile.
pub(crate) static WORKERS: Lookup = Lookup {
    each: "SELECT instance_id, key, coalesce(worker, '') FROM job WHERE instance_id = ?1 AND key = ?2",
    all: "SELECT j.instance_id, j.key, coalesce(j.worker, '') \
          FROM unnest($1::int8[], $2::int8[]) AS k(instance_id, key) \
          JOIN job j ON j.instance_id = k.instance_id AND j.key = k.key \
          ORDER BY j.instance_id, j.key FOR UPDATE OF j",
    keys: &[Int, Int],
    answers: &[Int, Int, Text],
};

/// No columns.
pub(crate) const NOTHING: &[Kind] = &[];
