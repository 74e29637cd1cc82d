import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kimi } from '../kimi/index.ts';
import { kiro } from '../kiro/index.ts';
import { q } from '../q/index.ts';
import { launchInput } from '../testing/conformance.ts';

/** Stands for the one that posts: keeps what it gets, and says something. */
const KEEPS = 'cat > "$(dirname "$0")/got"; echo answered';

/** The scripts of a plan, in a folder with a quote and a blank in its name; `post.sh` keeps what it gets. */
function written(plan: (dir: string) => ReturnType<typeof q.launch>, hook: string) {
  const dir = join(mkdtempSync(join(tmpdir(), 'cao-hook-')), "it's ours");
  onTestFinished(() => rmSync(join(dir, '..'), { recursive: true }));
  for (const { path, content } of plan(dir).files) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), path.endsWith('post.sh') ? KEEPS : content);
  }
  const run = (body: object) => {
    const printed = execFileSync('sh', [join(dir, hook)], { input: JSON.stringify(body), encoding: 'utf8' });
    return { printed, got: JSON.parse(readFileSync(join(dir, hook, '../got'), 'utf8')) };
  };
  return { dir, run };
}

const body = { hook_event_name: 'stop', prompt: 'a "quoted" \\ $HOME `line`\n%s' };

test.each([
  ['kimi', kimi, 'home/cao/tell.sh'],
  ['kiro', kiro, 'kiro/hooks/tell.sh'],
  ['q', q, 'hooks/tell.sh'],
] as const)(
  'the hook of %s passes on what it is told, exactly, and prints nothing for the model',
  (_, { launch }, hook) => {
    const { run } = written((dir) => launch({ ...launchInput, dir }), hook);
    const { printed, got } = run(body);
    expect(printed).toBe('');
    expect(got).toMatchObject(body);
  },
);

test('the hook of kiro tells of the newest session log, once there is one', () => {
  const { dir, run } = written((at) => kiro.launch({ ...launchInput, dir: at }), 'kiro/hooks/tell.sh');
  expect(run(body).got.cao_session).toBe('');
  const sessions = join(dir, 'kiro/sessions/cli');
  mkdirSync(sessions, { recursive: true });
  for (const [nth, name] of ['old.jsonl', 'new.jsonl', 'new.json'].entries()) {
    writeFileSync(join(sessions, name), '');
    utimesSync(join(sessions, name), nth, nth);
  }
  expect(run(body).got).toMatchObject({ cao_sessions: sessions, cao_session: 'new.jsonl' });
});
