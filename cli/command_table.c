// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/command_table.h"

#include "base/contract.h"
#include "cli/commands.h"

#define OPTIONS(array) .options = (array), .option_count = sizeof(array) / sizeof(array)[0]

static const struct lq_command_option globals[] = {
    {"config", 'c', "FILE",
     "the cluster's configuration (else LQ_CONFIG, else ./run/ledgerquest.cfg)"},
    {"output", 'o', "text|json", "form of the data on stdout (text)"},
    {"json", '\0', NULL, "the same as -o json"},
    {"timeout", 't', "TIME", "how long to wait for the cluster: 10s, 500ms, 2m (10s)"},
    {"yes", 'y', NULL, "do not ask before something is destroyed"},
    {"no-input", '\0', NULL, "never ask: without --yes, what destroys is refused"},
    {"dry-run", '\0', NULL, "say what would be done, and do nothing"},
    {"reason", '\0', "TEXT", "why: kept with what is done, beside who did it"},
    {"quiet", 'q', NULL, "no messages on stderr but errors"},
    {"help", 'h', NULL, "this help"},
    {"version", '\0', NULL, "the version of this program"},
};

static const struct lq_command_option top_options[] = {
    {"batch", 'b', NULL, "print to stdout instead of drawing on the terminal"},
    {"count", 'n', "N", "stop after N pictures (0: never)"},
    {"interval", 'i', "TIME", "time between two pictures (1s)"},
};

static const struct lq_command_option quota_change_options[] = {
    {"commands/s", '\0', "N|none|default", "new commands a second; as many at once"},
    {"ticks/s", '\0', "N|none|default", "ticks opened a second; as many at once"},
    {"executions", '\0', "N|none|default", "ticks under way"},
    {"mailbox-bytes", '\0', "N[K|M|G]|none|default", "bytes of commands not answered yet"},
    {"sessions-live", '\0', "N|none|default", "sessions with a rate or at work"},
    {"payload-bytes", '\0', "N[K|M|G]|none|default", "bytes of commands and worlds under way"},
    {"letters", '\0', "N|none|default", "open dead letters"},
    {"weight", '\0', "N|default", "turns beside other tenants, 1 to 100"},
};

static const struct lq_command_option durability_change_options[] = {
    {"flush-ms", '\0', "N", "how long its records may wait for more (as the mirror is configured)"},
    {"history-days", '\0', "N", "how long its history is kept in the table (for ever)"},
};

static const struct lq_command_option retention_options[] = {
    {"frames", '\0', "SPAN|forever", "for how long they are kept: 90m, 36h, 7d, 2w"},
};

static const struct lq_command_option session_create_options[] = {
    {"rate", 'r', "N[/D]", "grid ticks: N in D seconds (0: ticks only when commands come)"},
    {"seed", '\0', "SEED", "of the session's random numbers (1)"},
    {"steps-per-command", '\0', "N", "steps of a tick of a session without a rate (1)"},
    {"width", '\0', "METRES", "of the world (100)"},
    {"height", '\0', "METRES", "of the world (100)"},
    {"restitution", '\0', "0..1", "what a collision leaves of the speed (0.9)"},
    {"world", 'w', "FILE.json", "first bodies and agents; - is stdin"},
    {"attended", '\0', NULL, "the grid rests while nobody watches it for play"},
};

static const struct lq_command_option session_state_options[] = {
    {"frame", '\0', "N", "the world after that frame (the newest)"},
};

static const struct lq_command_option session_history_options[] = {
    {"from", '\0', "N", "first frame (the oldest that is kept)"},
    {"to", '\0', "N", "last frame (the newest)"},
};

static const struct lq_command_option session_diff_options[] = {
    {"frames", '\0', "A..B", "the worlds after these two frames"},
};

static const struct lq_command_option session_export_options[] = {
    {"frames", '\0', "A..B", "the frames that can be recomputed from it"},
    {"key", '\0', "KEYFILE", "its key, made if there is none (FILE.key)"},
};

static const struct lq_command_option command_show_options[] = {
    {"session", '\0', "TENANT/SESSION", "whose command it is"},
    {"frames", '\0', "N", "search at most so many frames for it, backwards (10000)"},
};

static const struct lq_command_option session_resume_options[] = {
    {"tenant", '\0', "TENANT", "all parked sessions of a tenant"},
    {"parked-by", '\0', "STAGE", "all sessions that a stage parked"},
    {"all", '\0', NULL, "all parked sessions"},
};

static const struct lq_command_option submit_options[] = {
    {"tenant", '\0', "TENANT", "tenant of the lines that name a session only"},
    {"client", '\0', "NAME",
     "the client to be: its id and next numbers are kept in a state file"
     " (default)"},
};

static const struct lq_command_option watch_options[] = {
    {"world", 'w', NULL, "the whole world of each frame"},
    {"count", 'n', "N", "stop after N frames (0: never)"},
};

static const struct lq_command_option letter_list_options[] = {
    {"tenant", '\0', "TENANT", "letters of this tenant"},
    {"session", 's', "TENANT/SESSION", "letters of this session"},
    {"stage", '\0', "STAGE", "letters that died in this stage"},
    {"error", 'e', "NAME", "letters that died of this error"},
    {"state", '\0', "open|redriving|done", "letters in this state"},
};

static const struct lq_command_option letter_change_options[] = {
    {"tenant", '\0', "TENANT", "letters of this tenant"},
    {"session", 's', "TENANT/SESSION", "letters of this session"},
    {"stage", '\0', "STAGE", "letters that died in this stage"},
    {"error", 'e', "NAME", "letters that died of this error"},
    {"state", '\0', "open|redriving|done", "letters in this state"},
    {"all", '\0', NULL, "every letter; with filters, every one that fits"},
};

static const struct lq_command_option letter_redrive_options[] = {
    {"tenant", '\0', "TENANT", "letters of this tenant"},
    {"session", 's', "TENANT/SESSION", "letters of this session"},
    {"stage", '\0', "STAGE", "letters that died in this stage"},
    {"error", 'e', "NAME", "letters that died of this error"},
    {"state", '\0', "open", "open letters, which it means anyway"},
    {"all", '\0', NULL, "every open letter"},
    {"wait", 'w', NULL, "wait until each is done or open again; exit code 1: none is done"},
};

static const struct lq_command_option feed_read_options[] = {
    {"after", '\0', "R:E", "begin behind record R and entry E of the outbox (0:0)"},
    {"cursor", '\0', "NAME", "begin where that cursor stands"},
    {"count", 'n', "N", "stop after N entries (0: at the end)"},
    {"follow", 'f', NULL, "go on at the end, with what comes"},
    {"no-key", '\0', NULL, "leave contents and events sealed"},
};

static const struct lq_command_option verify_options[] = {
    {"tenant", '\0', "TENANT", "all sessions of a tenant"},
    {"session", 's', "TENANT/SESSION", "one session"},
    {"no-key", '\0', NULL, "walk the chains only; do not open the records"},
    {"against-cloud", '\0', NULL, "compare the ledger with the table that it is mirrored to"},
};

static const struct lq_command_option restore_options[] = {
    {"from-cloud", '\0', NULL, "from the table of the section `mirror`"},
    {"into", '\0', "DIR", "the new data folder; there is none, or it is empty"},
    {"tenant", '\0', "TENANT", "only this one, to look at: the table stays as it is"},
    {"without", '\0', "TENANT,...", "leave these out, whose keys are missing"},
};

static const struct lq_command_option replay_options[] = {
    {"tenant", '\0', "TENANT", "all sessions of a tenant"},
    {"sessions", '\0', "N", "at most N of them, spread over all (0: all)"},
    {"from", '\0', "FRAME", "first frame to recompute (1)"},
    {"to", '\0', "FRAME", "last frame to recompute (the head)"},
    {"key", '\0', "KEYFILE", "the argument is an export, and this its key (FILE.key)"},
};

static const struct lq_command_option token_key_options[] = {
    {"algorithm", '\0', "EdDSA|HS256", "of the key to be added (EdDSA)"},
    {"public", '\0', "KEY", "add the public half of a key that you keep yourself (base64url)"},
};

static const struct lq_command_option token_issue_options[] = {
    {"sessions", '\0', "NAME[,...]", "where it is good: names, or beginnings and a star (*)"},
    {"rights", '\0', "play|watch[,...]", "what it lets its holder do (play,watch)"},
    {"life", '\0', "TIME", "how long it is good: 90s, 60m; at most 24h (60m, a ticket 1m)"},
    {"key", '\0', "KEY", "the key that signs (the newest that can)"},
};

static const struct lq_command_entry commands[] = {
    {"status", NULL, "", "what the cluster is doing: stages, tenants, actors, counters",
     "HEALTHY: every stage of the pipeline has an actor that takes work, and no partition will be "
     "full too soon (one that cannot be looked at from here is told and not judged). DEGRADED, "
     "exit "
     "code 1: one has none, an actor is silent, or space runs out.",
     "lqctl status -o json", .run = lq_status_command_run},
    {"top", NULL, "", "the same, live, with rates",
     "q ends it. With -b it prints plain text, for files and pipes.", "lqctl top -b -n 3",
     OPTIONS(top_options), .run = lq_top_command_run},
    {"tenant", "create", "TENANT", "create a tenant", NULL, "lqctl tenant create demo",
     .run = lq_tenant_command_create},
    {"tenant", "list", "", "the tenants, by name", NULL, "lqctl tenant list",
     .run = lq_tenant_command_list},
    {"tenant", "show", "TENANT", "one tenant: what it uses, and why its work waits",
     "Exit code 5: the broker's part is shown, but no actor of load said what the ledger knows.",
     "lqctl tenant show demo", .run = lq_tenant_command_show},
    {"quota", "show", "[TENANT]", "the quotas of a tenant, or of all that are at work",
     "Of each: the limit, whether it is the tenant's own, what is used and left now, how many "
     "commands were above it.",
     "lqctl quota show demo", .run = lq_quota_show_run},
    {"tenant", "quota", "TENANT", "what a tenant may use: set some of it, print all of it",
     "What is not named stays. none: no limit; default: what the broker's configuration says for "
     "all tenants. Printed when it is on disk. Commands above are refused with the quota's name; "
     "ticks, executions and letters wait.",
     "lqctl tenant quota demo --commands/s 500 --weight 2", OPTIONS(quota_change_options),
     .run = lq_quota_change_run},
    {"tenant", "durability", "TENANT [local|mirrored|default]",
     "when its clients hear of a frame: set it, print it",
     "local: when the frame is on disk. mirrored: when it is in the mirror's table as well, so "
     "that "
     "no loss of the machine takes back what somebody was told. default: what the broker's "
     "configuration says for all tenants. What is not named of the options is set to its default.",
     "lqctl tenant durability demo mirrored --flush-ms 200", OPTIONS(durability_change_options),
     .run = lq_durability_change_run},
    {"tenant", "retention", "TENANT", "for how long a tenant's frames are kept: set it, print it",
     "Older frames are dropped, up to the keyframe before the first that stays; what proves them "
     "stays. Asks when it becomes less. Without an option: as it is.",
     "lqctl tenant retention demo --frames 7d", OPTIONS(retention_options),
     .run = lq_tenant_retention_run},
    {"tenant", "shred", "TENANT", "destroy a tenant's keys: nothing of it can be read any more",
     "Final, here and in the mirror's table; asks. Its name stays taken, its chains still verify, "
     "its commands are refused with Tenant.Shredded. Its dead letters are purged. May be said "
     "again.",
     "lqctl tenant shred demo --yes", .run = lq_tenant_shred_run},
    {"tenant", "delete", "TENANT", "delete a tenant: all its sessions, then its keys",
     "Final; asks. Each session is stopped and deleted, and what is left of the tenant shredded. "
     "Its "
     "name and theirs stay taken. May be said again, and has to be where it was interrupted.",
     "lqctl tenant delete demo --yes", .run = lq_tenant_delete_run},
    {"session", "create", "TENANT/SESSION", "create a session",
     "The file of --world holds {\"bodies\":[{\"x\":5,\"y\":5,\"radius\":0.5,\"vx\":1,\"vy\":0,"
     "\"kind\":0,\"agent\":{\"behavior\":\"seek\",\"target\":2,\"strength\":3}}]}. Bodies get the "
     "ids "
     "1, 2, ... in their order; a target is such an id.",
     "lqctl session create demo/s1 --rate 10", OPTIONS(session_create_options),
     .run = lq_session_create_run},
    {"session", "list", "[TENANT]", "the sessions of a tenant, or of all", NULL,
     "lqctl session list demo", .run = lq_session_command_list},
    {"session", "show", "TENANT/SESSION", "one session: its frame, hash, configuration, counts",
     NULL, "lqctl session show demo/s1", .run = lq_session_command_show},
    {"session", "state", "TENANT/SESSION", "its world after a frame, and what happened in that",
     "Bodies, agents, players, commands with what became of them, and what stages emitted, as long "
     "as "
     "the outbox keeps that. Of a mirrored tenant it comes when the table has the frame.",
     "lqctl session state demo/s1 --frame 40 -o json", OPTIONS(session_state_options),
     .run = lq_session_state_run},
    {"session", "history", "TENANT/SESSION", "what happened in each frame of a range",
     "Of each frame: time, hash, steps, size of its record, commands with what became of them, and "
     "what stages emitted, as long as the outbox keeps that. A frame is printed as soon as it is "
     "read; in JSON a line a frame.",
     "lqctl session history demo/s1 --from 100 --to 200", OPTIONS(session_history_options),
     .run = lq_session_history_run},
    {"session", "diff", "TENANT/SESSION", "what differs in its world after two frames",
     "By body, agent and player, and field. What is in one of the two worlds alone is told as "
     "added or removed.",
     "lqctl session diff demo/s1 --frames 100..200", OPTIONS(session_diff_options),
     .run = lq_session_diff_run},
    {"session", "export", "TENANT/SESSION FILE", "frames in a file, to be replayed anywhere",
     "Reads the store of this host. The file has the records of these frames and of the one before "
     "them, sealed under a key of its own, which opens nothing else; who has both can read and "
     "replay them. FILE must not exist.",
     "lqctl session export demo/s1 s1.lqexport --frames 100..200", OPTIONS(session_export_options),
     .run = lq_session_export_run},
    {"session", "stop", "TENANT/SESSION", "let nothing of a session be executed any more",
     "Neither its grid nor commands open ticks; commands come back unused, SESSION_STOPPED, and "
     "their numbers are free. Printed when it is on disk: it outlasts restarts. A tick that is "
     "under way ends. May be said again.",
     "lqctl session stop demo/s1", .run = lq_session_life_command_stop},
    {"session", "start", "TENANT/SESSION", "let a stopped session go on",
     "A session that is parked as well stays that.", "lqctl session start demo/s1",
     .run = lq_session_life_command_start},
    {"session", "rate", "TENANT/SESSION N[/D]", "give a session another rate",
     "N grid ticks in D seconds; 0: ticks only when commands come. It is in force from a frame of "
     "its own on, which is made at once, or when the session is started again. Printed when it is "
     "on disk.",
     "lqctl session rate demo/s1 20", .run = lq_session_life_command_rate},
    {"session", "delete", "TENANT/SESSION", "delete a stopped session for ever",
     "Final; asks. Its last frame and hash stay, its name and number are never used again, its "
     "commands are refused with Session.Deleted. Its dead letters are purged. May be said again.",
     "lqctl session delete demo/s1 --yes", .run = lq_session_end_run},
    {"session", "resume", "[TENANT/SESSION]", "let parked sessions tick again", NULL,
     "lqctl session resume --parked-by physics", OPTIONS(session_resume_options),
     .run = lq_session_command_resume},
    {"submit", NULL, "TENANT/SESSION KIND [KEY=VALUE ...] | FILE | -",
     "send commands and print their receipts",
     "Either one command, by its kind (Join, Leave, Spawn, Despawn, SetThrust, ApplyImpulse, "
     "SetBehavior, Custom) and fields, or a stream of JSON lines from a file or stdin: "
     "{\"session\":\"s1\",\"kind\":\"Join\",\"x\":5,\"y\":5,\"radius\":0.5}. All lines of a stream "
     "go "
     "to one tenant. Numbers are written to the client's state file before they are sent, so that "
     "no "
     "command is taken for another; two lqctl under one name wait for each other.",
     "lqctl submit demo/s1 Join x=5 y=5 radius=0.5", OPTIONS(submit_options),
     .run = lq_submit_command_run},
    {"command", "show", "CLIENT:NUMBER", "what became of a command, and who says so",
     "Asks the broker, its dead letters, what the session remembers of the client, and frames, "
     "backwards. applied, refused, waiting, under way, held (for the mirror), dead-lettered, "
     "redriving: exit code 0. never seen: 3. no longer known, and undecided where the search ended "
     "at its bound or nobody could say: 5.",
     "lqctl command show 00112233445566778899aabbccddeeff:7 --session demo/s1",
     OPTIONS(command_show_options), .run = lq_command_show_run},
    {"watch", NULL, "TENANT/SESSION", "the frames of a session as they commit",
     "Frames may be missed; a gap is told on stderr. Ctrl-C ends it.", "lqctl watch demo/s1 -n 10",
     OPTIONS(watch_options), .run = lq_watch_command_run},
    {"dlq", "list", "", "the dead letters, oldest first", NULL, "lqctl dlq list --stage physics",
     OPTIONS(letter_list_options), .run = lq_letter_command_list},
    {"dlq", "show", "ID", "one dead letter: its error, tries, commands", NULL,
     "lqctl dlq show dlq_0000000000000001", .run = lq_letter_command_show},
    {"dlq", "drain", "FILE", "export dead letters to a file, then take them off the broker",
     "Writes JSON lines to a temporary file, syncs and renames it, then acknowledges exactly the "
     "letters written. FILE must not exist, and - is refused: what goes through a pipe cannot be "
     "made sure of. Without --state, open letters.",
     "lqctl dlq drain letters.jsonl", OPTIONS(letter_list_options), .run = lq_letter_drain_run},
    {"dlq", "redrive", "[ID ...]", "put dead letters back into work",
     "By ids, by filters or --all; open ones. A letter that dies again is open again, one round "
     "more, "
     "and keeps what it died of before (dlq show).",
     "lqctl dlq redrive --error Physics.Diverged --wait", OPTIONS(letter_redrive_options),
     .run = lq_letter_change_redrive},
    {"dlq", "purge", "[ID ...]", "delete dead letters for ever",
     "By ids, by filters or --all. Says how many, and asks.", "lqctl dlq purge --state done --yes",
     OPTIONS(letter_change_options), .run = lq_letter_change_purge},
    {"feed", "show", "", "how far the change feed has come, and who follows it", NULL,
     "lqctl feed show", .run = lq_feed_command_show},
    {"feed", "read", "", "everything that was committed, in its order, from the store on this host",
     "Each record, and behind it what stages emitted and which tenants, sessions, keys and decided "
     "letters there are since. \"position\" is where to go on behind an entry. Writes nothing: "
     "tell "
     "how far you have come with feed set.",
     "lqctl feed read --cursor audit -o json", OPTIONS(feed_read_options), .run = lq_feed_read_run},
    {"feed", "set", "CURSOR R:E", "a cursor has passed record R and entry E of the outbox",
     "What no cursor has still to pass is trimmed. A cursor goes forward only. It is made if there "
     "is none of that name; 16 at most.",
     "lqctl feed set audit 1042:317", .run = lq_feed_command_set},
    {"feed", "drop", "CURSOR", "forget a cursor, and let go of what was kept for it", NULL,
     "lqctl feed drop audit", .run = lq_feed_command_drop},
    {"mirror", "status", "", "how far the mirror has come, and who waits for it",
     "Of each tenant: the newest record that the table has, with all before it; its entries that "
     "the "
     "mirror has read and that are not there yet; the answers and frames of a mirrored one that "
     "are "
     "held until they are.",
     "lqctl mirror status", .run = lq_mirror_command_status},
    {"token", "key", "add|list|revoke TENANT [KEY]",
     "the keys that a tenant's tokens are signed with",
     "On this host, in DATA/gateway/tenants; gateways see a change within a second. add prints the "
     "secret, once: sign tokens with it, or let token issue do so. revoke ends the key's tokens, "
     "its "
     "tickets and who is connected by them.",
     "lqctl token key add demo", OPTIONS(token_key_options), .run = lq_token_key_run},
    {"token", "issue", "TENANT SUB", "a token that lets SUB in as a player of a tenant",
     "SUB is the tenant's own name for somebody: the same is the same player, for ever.",
     "lqctl token issue demo alice --sessions arena-*", OPTIONS(token_issue_options),
     .run = lq_token_issue_run},
    {"token", "ticket", "TENANT SUB", "a ticket that lets SUB in once, for an address",
     "Unlike a token it may stand in a URL: it is used up by the first connection. Who came in by "
     "it "
     "may stay for a day.",
     "lqctl token ticket demo alice --life 15m", OPTIONS(token_issue_options),
     .run = lq_token_issue_ticket},
    {"store", "clock", "accept", "believe the wall clock of the ledger's host again",
     "A wall clock that jumped, or stood far past the newest commit at a start, is not believed: "
     "no "
     "frames are dropped for their age. Set it right first.",
     "lqctl store clock accept", .run = lq_store_clock_run},
    {"verify", NULL, "[TENANT/SESSION]", "walk the hash chains of the ledger on this host",
     "Reads the store itself, with the key file; the cluster may run or not. Exit code 7: broken. "
     "With --against-cloud each record and entry of the table is compared with the ledger's, byte "
     "by byte, and how far each stream is behind is told.",
     "lqctl verify --tenant demo", OPTIONS(verify_options), .run = lq_verify_command_run},
    {"restore", NULL, "", "a new data folder from the table that the ledger was mirrored to",
     "For a machine that is lost. The cluster does not run; the configuration names the table and "
     "a "
     "copy of the master key. The table is claimed for the new store, after all of it was read and "
     "checked. With --dry-run it is read and checked, and nothing is claimed or kept. Exit code 7: "
     "the table is damaged; nothing was restored.",
     "lqctl restore --from-cloud --into /srv/ledgerquest/data", OPTIONS(restore_options),
     .run = lq_restore_command_run},
    {"replay", NULL, "[TENANT/SESSION | FILE]", "recompute frames and compare them with the ledger",
     "Runs the stage versions that each record names, in this process, on this host's store. A "
     "frame "
     "with a stage that cannot be run here counts as recorded, never as equal. Exit code 7: a "
     "frame "
     "differs. With the FILE of an export neither store nor configuration is needed.",
     "lqctl replay demo/s1 --from 1 --to 100", OPTIONS(replay_options),
     .run = lq_replay_command_run},
    {"help", NULL, "[COMMAND]", "this help, or that of one command", NULL, "lqctl help dlq drain",
     .run = lq_help_command_run},
    {"version", NULL, "", "the version of this program", NULL, "lqctl version",
     .run = lq_help_command_version},
};

const struct lq_command_entry *lq_command_table(size_t *count)
{
    *count = sizeof commands / sizeof commands[0];
    return commands;
}

const struct lq_command_option *lq_command_table_globals(size_t *count)
{
    *count = sizeof globals / sizeof globals[0];
    return globals;
}

const struct lq_command_entry *lq_command_table_find(const char *noun, const char *verb)
{
    LQ_ASSERT(noun != NULL);
    for (size_t index = 0; index < sizeof commands / sizeof commands[0]; index++) {
        const struct lq_command_entry *entry = &commands[index];
        if (strcmp(entry->noun, noun) == 0 &&
            (entry->verb == NULL || (verb != NULL && strcmp(entry->verb, verb) == 0))) {
            return entry;
        }
    }
    return NULL;
}
