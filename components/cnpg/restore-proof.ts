/*
 * What a drill asks a live database and the one that was restored from its archive. Everything is a script for psql
 * (`-XAtq -v ON_ERROR_STOP=1`, read from standard input); `:schema` is the drill's own schema, which it removes again.
 */

/** The last row before the target, in a transaction of its own. */
export const MARK_BEFORE = `set client_min_messages = warning;
drop schema if exists :"schema" cascade;
create schema :"schema";
create table :"schema".marker (id int primary key, written timestamptz not null default clock_timestamp());
insert into :"schema".marker (id) values (1);
`;

/** The first row after the target. */
export const MARK_AFTER = `insert into :"schema".marker (id) values (2);
select pg_walfile_name(pg_current_wal_lsn());
`;

/** The last archived file of the log, and how many seconds after the first row it was archived. */
export const ARCHIVED = `select coalesce(last_archived_wal, ''),
  coalesce(round(extract(epoch from last_archived_time - written)::numeric, 1), 0)
from pg_stat_archiver, :"schema".marker where id = 1;
`;

/** Answers as soon as anything is answered. */
export const ANSWER = "select 1;\n";

/** Leaves nothing of the drill behind. */
export const UNMARK = `set client_min_messages = warning;
drop schema if exists :"schema" cascade;
`;

/** Rows look the same whatever the server's own settings are. */
const PLAIN = `set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set bytea_output = 'hex';
set extra_float_digits = 1;
set search_path = pg_catalog;
`;

/*
 * Each table with its number of rows and a sum over all of them, whatever their order. Unlogged tables are in no
 * archive; a foreign one's rows are not here.
 */
const TABLES = `select format('select %L, count(*), coalesce(sum(hashtextextended(whole_row::text, 0)), 0) from only %s whole_row', c.oid::regclass, c.oid::regclass)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
order by c.oid::regclass::text
\\gexec
`;

const LOOK = `begin isolation level repeatable read read only;
select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  pg_current_snapshot() as snapshot, exists (select from pg_snapshot_xip(pg_current_snapshot())) as busy
\\gset
`;
const LOOK_AGAIN = `\\if :busy
rollback;
do 'begin perform pg_sleep(0.05); end';
${LOOK}\\endif
`;
/** How often a moment without a writing transaction is looked for. */
const LOOKS = 60;

/**
 * The target of the recovery, and what every table held at it.
 *
 * A transaction that commits at this very moment may be in the archive before it is in the snapshot, so a moment is
 * looked for in which none writes; where there is none, {@link PROVE} says whether one came in between.
 */
export const CHECKPOINT = `${PLAIN}${LOOK}${LOOK_AGAIN.repeat(LOOKS)}select 'checkpoint', :'at', :'snapshot';
${TABLES}commit;
`;

/** The drill's rows, the transactions that came between target and snapshot, and what every table holds. */
export const PROVE = `${PLAIN}select 'marker', coalesce(string_agg(id::text, ',' order by id), '') from :"schema".marker;
select 'between', count(*) from pg_snapshot_xip(:'snapshot'::pg_snapshot) xid
where case when xid < pg_snapshot_xmax(pg_current_snapshot()) then pg_xact_status(xid) = 'committed' end;
begin isolation level repeatable read read only;
${TABLES}commit;
`;
