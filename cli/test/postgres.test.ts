import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aHome, everyone, type Home, launch } from './postgres-home.ts';

const { who: all, skipped } = everyone();
if (skipped) test.skip(`as a plain user: ${skipped}`, () => {});

const socketFolder = (url: string) => new URL(url).searchParams.get('host') ?? '';

describe.each(all)('as $name', (who) => {
  // Most are of a database that is there already: one first start is enough for them.
  let home: Home;
  beforeAll(async () => {
    home = await aHome(who);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test('the first start makes a database that can be used', async () => {
    const { url, note } = await home.ready();
    expect(await query(url, 'select current_user as me, current_database() as db')).toEqual([
      { me: 'cao_app', db: 'cao' },
    ]);
    if (who.name === 'root')
      expect(note).toMatch(/runs as the OS user cao-postgres, with its data in \/var\/lib\/cao\//);
    else expect(note).toBeNull();
  });

  test('only the socket, only its owner, and only with the password', async () => {
    const { url } = await home.ready();
    expect(
      await query(
        url,
        "select setting from pg_settings where name in ('listen_addresses', 'max_connections') order by name",
      ),
    ).toEqual([{ setting: '' }, { setting: '300' }]);
    expect((await stat(socketFolder(url))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(await home.data(), 'pg_hba.conf'), 'utf8')).toBe(
      'local all all scram-sha-256\n',
    );
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    const superuser = new URL(url);
    superuser.username = 'postgres';
    await expect(query(superuser.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    const cluster = dirname(await home.data());
    for (const name of ['app.password', 'superuser.password'])
      expect((await stat(join(cluster, name))).mode & 0o777).toBe(0o600);
  });

  test('the password is in no process list, no environment and no log, from the first moment on', async () => {
    await using home = await aHome(who);
    const starter = home.start();
    let seen = '';
    let done = false;
    const ready = starter.hears('ready').finally(() => {
      done = true;
    });
    while (!done) seen += await everyCommandLine();
    const { url } = await ready;
    seen += await everyCommandLine();
    expect(seen).toContain('--single'); // the looks were close enough together
    expect(seen).toContain('cluster_name=cao-');
    const password = new URL(url).password;
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(seen).not.toContain(password);
    expect(await readFile(join(home.path, 'logs', 'postgres.log'), 'utf8')).not.toContain(password);
  });

  test('two first starts at once end with one server and both connected', async () => {
    await using home = await aHome(who);
    const [a, b] = await Promise.all([home.ready(), home.ready()]);
    expect(a.url).toBe(b.url);
    const started = 'select pg_postmaster_start_time()::text as at';
    expect(await query(a.url, started)).toEqual(await query(b.url, started));
    expect(await halfMade(home)).toEqual([]);
  });

  if (who.name === 'root')
    test("a start that ended before it gave the socket's folder away holds nobody up", async () => {
      await using home = await aHome(who);
      const folder = join(dirname(dirname(await home.data())), 'run');
      await chown(folder, 0, 0);
      expect(socketFolder((await home.ready()).url)).toBe(folder);
    });

  test('it outlives a kill -9 of who started it, and is adopted', async () => {
    const first = await home.ready();
    await query(first.url, 'create table kept as select 7 as n');
    const pid = await home.postmaster();
    await first.leave('SIGKILL');
    const second = await home.ready();
    expect(await home.postmaster()).toBe(pid);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await second.stop();
    expect(isRunning(pid)).toBe(false);
  });

  test('Ctrl-C in the terminal of who started it does not reach it', async () => {
    const starter = await home.ready();
    const pid = await home.postmaster();
    process.kill(-(starter.process.pid ?? 0), 'SIGINT');
    await once(starter.process, 'exit');
    expect(await home.postmaster()).toBe(pid);
    expect(await query(starter.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('after a kill -9 of the server, with a backend still at work, it starts and lost nothing', async () => {
    const first = await home.ready();
    await query(first.url, 'create table busy (n int)');
    await query(first.url, 'insert into busy select generate_series(1, 1000)');
    const busy = new Client({ connectionString: first.url });
    busy.on('error', () => {});
    await busy.connect();
    const pidOf = await busy.query('select pg_backend_pid() as pid');
    // It never looks whether its postmaster lives.
    const working = busy.query('do $$ begin loop end loop; end $$').catch(() => 'ended');
    const pid = await home.postmaster();
    process.kill(pid, 'SIGKILL');

    const second = await home.ready();
    expect(second.logged.join()).toMatch(/killed: ended \d+ of its processes/);
    expect(await working).toBe('ended');
    expect(isRunning(pidOf.rows[0].pid)).toBe(false);
    expect(await home.postmaster()).not.toBe(pid);
    expect(await query(second.url, 'select count(*)::int as n from busy')).toEqual([{ n: 1000 }]);
  });

  test('a kill in the middle of the first start leaves nothing in the way of the next', async () => {
    await using home = await aHome(who);
    await mkdir(home.path);
    if (who.ids) await chown(home.path, who.ids.uid, who.ids.gid);
    const base = dirname(dirname(await home.data()));
    await mkdir(base, { recursive: true });
    if (who.ids) await chown(base, who.ids.uid, who.ids.gid);
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const watcher = watch(base, (_, name) => name?.startsWith('.making-') && resolve());
    const starter = home.start();
    await begun;
    watcher.close();
    await starter.leave('SIGKILL');
    const { url } = await home.ready();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await halfMade(home)).toEqual([]);
  });

  test('a path too long for a socket gets one elsewhere', async () => {
    const top = await mkdtemp(join(tmpdir(), 'cao-long-'));
    const path = join(top, 'deep'.repeat(20), 'deeper'.repeat(10));
    await mkdir(path, { recursive: true });
    if (who.ids) execFileSync('chown', ['-R', `${who.ids.uid}:${who.ids.gid}`, top]);
    try {
      await using home = await aHome(who, path);
      const { url, stop } = await home.ready();
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await stop();
      // Root's is beside its data already; the one in /tmp goes with its server.
      if (who.name === 'root') expect(socketFolder(url)).toMatch(/^\/var\/lib\/cao\/\w+\/run$/);
      else expect(socketFolder(url)).toMatch(/^\/tmp\/cao-\d+-\w+$/);
      expect(existsSync(socketFolder(url))).toBe(who.name === 'root');
    } finally {
      await rm(top, { recursive: true, force: true });
    }
  });
});

describe('whoever runs it', () => {
  const who = all.at(-1) ?? expect.fail('somebody runs this');
  // Most are of a database that is there already: one first start is enough for them.
  let home: Home;
  beforeAll(async () => {
    home = await aHome(who);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test('the app owns its database, may make schemas, and is no superuser', async () => {
    const { url } = await home.ready();
    await query(url, 'create schema x; create table x.t (a int); create extension pg_trgm');
    expect(
      await query(
        url,
        'select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user',
      ),
    ).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
    await expect(query(url, "copy (select 1) to program 'true'")).rejects.toThrow(/permission denied/);
  });

  test('a second start finds the running one; after a stop the data is there again', async () => {
    const first = await home.ready();
    await query(first.url, 'create table kept as select 7 as n');
    const pid = await home.postmaster();
    const second = await home.ready();
    expect(second.url).toBe(first.url);
    expect(await home.postmaster()).toBe(pid);
    await second.stop();
    await second.stop();
    expect(isRunning(pid)).toBe(false);
    const third = await home.ready();
    expect(await query(third.url, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  test('two starts at once of a stopped one end with one server and both connected', async () => {
    await (await home.ready()).stop();
    const starts = await Promise.all([home.ready(), home.ready(), home.ready()]);
    const at = await Promise.all(
      starts.map(({ url }) => query(url, 'select pg_postmaster_start_time()::text as at')),
    );
    expect(new Set(at.map((rows) => rows[0]?.at)).size).toBe(1);
  });

  test('a left postmaster.pid whose number belongs to another program now does not hold it up', async () => {
    const first = await home.ready();
    process.kill(await home.postmaster(), 'SIGKILL');
    const other = spawn('sleep', ['1000'], { ...who.ids });
    try {
      for (const file of [
        join(await home.data(), 'postmaster.pid'),
        join(socketFolder(first.url), '.s.PGSQL.5432.lock'),
      ])
        await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(other.pid)));
      const second = await home.ready();
      expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      // Left by a start that died before it wrote into it.
      process.kill(await home.postmaster(), 'SIGKILL');
      const empty = join(await home.data(), 'postmaster.pid');
      await writeFile(empty, '');
      await utimes(empty, 0, 0);
      const third = await home.ready();
      expect(await query(third.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      other.kill();
    }
  });

  test('lost passwords are replaced, and the data is kept', async () => {
    const first = await home.ready();
    await query(first.url, 'create table remembered as select 7 as n');
    await rm(join(dirname(await home.data()), 'app.password'));
    const second = await home.ready();
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
    expect(await query(second.url, 'select n from remembered')).toEqual([{ n: 7 }]);
    await expect(query(first.url, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  test('data of another major version is refused with the way out, and left alone', async () => {
    await (await home.ready()).stop();
    await writeFile(join(await home.data(), 'PG_VERSION'), '17\n');
    const { message, name } = await home.start().hears('failed');
    expect(name).toBe('PostgresFailure');
    expect(message).toMatch(/was made by Postgres 17, and this CAO brings Postgres 18\. .*pg_dumpall/);
    expect(await readFile(join(await home.data(), 'PG_VERSION'), 'utf8')).toBe('17\n');
  });

  test('a home that cannot be one is an error that names it', async () => {
    const top = await mkdtemp(join(tmpdir(), 'cao-file-'));
    const path = join(top, 'file');
    await writeFile(path, '');
    if (who.ids) execFileSync('chown', ['-R', `${who.ids.uid}:${who.ids.gid}`, top]);
    try {
      const { message } = await start(who, path);
      expect(message).toMatch(
        /a file is in the way .* Move away what lies at .*\/file, or choose another folder/s,
      );
    } finally {
      await rm(top, { recursive: true, force: true });
    }
  });
});

const plain = all.find(({ ids }) => ids !== undefined);
const canMount = process.platform === 'linux' && plain !== undefined;

test.skipIf(!canMount)('a full disk is called that (needs root, to mount a small one)', async () => {
  const top = await mkdtemp(join(tmpdir(), 'cao-full-'));
  const { uid, gid } = plain?.ids ?? expect.fail('a plain user is needed');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=8m,uid=${uid},gid=${gid}`, 'cao-test', top]);
  try {
    const { message } = await start(plain, top);
    expect(message).toMatch(/the disk is full .*Make room in /s);
    expect((await readdir(join(top, 'postgres'))).filter((name) => name !== 'run')).toEqual([]);
  } finally {
    execFileSync('umount', [top]);
    await rm(top, { recursive: true });
  }
});

test.skipIf(!canMount)(
  'a folder that may not be written is called that (needs root, to be someone else)',
  async () => {
    const top = await mkdtemp(join(tmpdir(), 'cao-denied-'));
    try {
      const { message } = await start(plain, join(top, 'home'));
      expect(message).toMatch(/it may not be written .*choose another folder with CAO_HOME/s);
    } finally {
      await rm(top, { recursive: true });
    }
  },
);

/** Runs one statement as the app. */
async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // the server may be killed under it
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A start that is expected to fail. */
async function start(who: (typeof all)[number] = all[0] ?? { name: '' }, path = '') {
  const starter = launch(path, who);
  try {
    return await starter.hears('failed');
  } finally {
    await starter.leave();
  }
}

const halfMade = async (home: { data(): Promise<string> }) =>
  (await readdir(dirname(dirname(await home.data())))).filter((name) => name.startsWith('.making-'));

async function everyCommandLine(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (file: string) => readFile(file, 'latin1').catch(() => '');
  return (
    await Promise.all(pids.flatMap((pid) => [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)]))
  ).join('\n');
}

/** A zombie that nobody has collected yet has ended. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z\s]/.test(stdout.trim());
}
