import type { HttpCall } from './http-call.ts';

export const ESC = '\u001b';
const V1 = '/api/v1';
export const post = (path: string, body: unknown, more: Partial<HttpCall> = {}): HttpCall => ({
  method: 'POST',
  path: V1 + path,
  body,
  ...more,
});
const put = (name: string, content: unknown): HttpCall => ({
  method: 'PUT',
  path: `${V1}/profiles/${name}`,
  body: { content },
});
export const get = (path: string, more: Partial<HttpCall> = {}): HttpCall => ({ path: V1 + path, ...more });
export const launch = (fields: Record<string, unknown>) =>
  post('/sessions', { agent_profile: 'developer', provider: 'scripted', ...fields });
/** To the live terminal; `:live` and `:closed` in a path stand for ids that are known only when a test runs. */
export const send = (body: unknown, more: Partial<HttpCall> = {}) =>
  post('/terminals/:live/messages', body, more);
export const keys = (list: unknown) => post('/terminals/:live/keys', { keys: list });
const front = (yaml: string) => `---\n${yaml}\n---\nBe good.`;

const bomb = [
  'name: bomb',
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghij'
    .split('')
    .map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[n]}`).join(', ')}]`),
].join('\n');

interface Row {
  readonly what: string;
  readonly call: HttpCall;
  readonly code: string;
  /** What the message must name. */
  readonly says?: RegExp;
}

export const rows: Row[] = [
  { what: 'an unknown terminal', call: get('/terminals/abcdef01'), code: 'not_found', says: /abcdef01/ },
  {
    what: 'a terminal id of another form',
    call: get('/terminals/1'),
    code: 'bad_request',
    says: /params\.id/,
  },
  { what: 'an unknown session', call: get('/sessions/nobody'), code: 'not_found', says: /cao-nobody/ },
  { what: 'an unknown host', call: get('/hosts/nobody'), code: 'not_found', says: /nobody/ },
  {
    what: 'an unknown profile',
    call: launch({ agent_profile: 'nobody' }),
    code: 'not_found',
    says: /reviewer/,
  },
  { what: 'an unknown task', call: get('/tasks/t0123456789a'), code: 'not_found', says: /t0123456789a/ },
  {
    what: 'an unknown message',
    call: get('/messages/00000000-0000-4000-8000-000000000000/wait'),
    code: 'not_found',
  },
  {
    what: 'an unknown approval',
    call: post('/approvals/00000000-0000-4000-8000-000000000000/answer', { decision: 'allow' }),
    code: 'not_found',
    says: /approval 00000000/,
  },
  {
    what: 'an answer that is neither yes nor no',
    call: post('/approvals/00000000-0000-4000-8000-000000000000/answer', { decision: 'maybe' }),
    code: 'bad_request',
    says: /^decision: /,
  },
  {
    what: 'an approval id of another form',
    call: get('/approvals/1'),
    code: 'bad_request',
    says: /params\.id/,
  },
  {
    what: 'a state that no approval has',
    call: get('/approvals?state=maybe'),
    code: 'bad_request',
    says: /query\.state/,
  },
  { what: 'an unknown host to run on', call: launch({ host: 'nobody' }), code: 'not_found', says: /host: / },
  {
    what: 'a provider that there is not',
    call: launch({ provider: 'hal' }),
    code: 'bad_request',
    says: /scripted/,
  },
  {
    what: 'a repository that is a program',
    call: launch({ repo: 'ext::sh' }),
    code: 'bad_request',
    says: /^repo: /,
  },
  {
    what: 'a ref that is an option',
    call: launch({ repo: '/srv/x', ref: '--exec=x' }),
    code: 'bad_request',
    says: /^ref: /,
  },
  {
    what: 'a ref without a repository',
    call: launch({ ref: 'main' }),
    code: 'bad_request',
    says: /^ref: .*repo/,
  },
  {
    what: 'a repository and a directory',
    call: launch({ repo: '/srv/x', working_directory: '/srv' }),
    code: 'bad_request',
    says: /^working_directory: /,
  },
  { what: 'workspaces of no host', call: get('/workspaces?host=nobody'), code: 'not_found', says: /nobody/ },
  {
    what: 'a collection of the future',
    call: post('/workspaces/collect', { days: -1 }),
    code: 'bad_request',
    says: /^days: /,
  },
  {
    what: 'a workspace that is a path',
    call: { method: 'DELETE', path: `${V1}/workspaces/..%2Fx` },
    code: 'bad_request',
    says: /params\.id/,
  },
  {
    what: 'a workspace that is not there',
    call: { method: 'DELETE', path: `${V1}/workspaces/abcdef01` },
    code: 'not_found',
    says: /no workspace/,
  },
  { what: 'why of nothing known', call: get('/why/abcdef01'), code: 'not_found' },
  { what: 'why of no id at all', call: get('/why/x'), code: 'bad_request', says: /id: / },

  { what: 'a missing field', call: send({}), code: 'bad_request', says: /^text: / },
  { what: 'a field of a wrong type', call: send({ text: 7 }), code: 'bad_request', says: /^text: / },
  { what: 'a field too many', call: send({ text: 'x', colour: 1 }), code: 'bad_request', says: /colour/ },
  { what: 'a body that is a list', call: send([]), code: 'bad_request', says: /^body: / },
  { what: 'a body that is null', call: send('null'), code: 'bad_request', says: /^text: / },
  { what: 'no body', call: send(undefined), code: 'bad_request', says: /^text: / },
  { what: 'an empty body', call: send(''), code: 'bad_request', says: /^text: / },
  { what: 'half of a body', call: send('{"text":'), code: 'bad_request', says: /JSON/ },
  { what: 'a prototype', call: send('{"text":"x","__proto__":{"a":1}}'), code: 'bad_request' },
  {
    what: 'bytes that are not UTF-8',
    call: send(Buffer.from([...Buffer.from('{"text":"a'), 0xff, 0xfe, ...Buffer.from('"}')])),
    code: 'bad_request',
    says: /UTF-8/,
  },
  { what: 'an empty message', call: send({ text: '' }), code: 'bad_request', says: /^text: .*empty/ },
  { what: 'a blank message', call: send({ text: ' \r\n\t' }), code: 'bad_request', says: /^text: .*empty/ },
  {
    what: 'an over-long message',
    call: send({ text: 'x'.repeat(1_000_001) }),
    code: 'bad_request',
    says: /1000000/,
  },
  { what: 'a body of 5 MB', call: send({ text: 'x'.repeat(5_000_000) }), code: 'too_large', says: /4194304/ },
  {
    what: 'a body of 5 MB that does not say its length',
    call: send({ text: 'x'.repeat(5_000_000) }, { headers: { 'transfer-encoding': 'chunked' } }),
    code: 'too_large',
  },
  {
    what: 'headers of 20 KB',
    call: get('/sessions', { headers: { 'x-long': 'x'.repeat(20_000) } }),
    code: 'too_large',
  },
  {
    what: 'text instead of JSON',
    call: send('{"text":"x"}', { headers: { 'content-type': 'text/plain' } }),
    code: 'unsupported',
  },
  {
    what: 'a form',
    call: send('text=x', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    code: 'unsupported',
  },
  {
    what: 'no content type',
    call: send('{"text":"x"}', { headers: { 'content-type': '' } }),
    code: 'unsupported',
  },
  {
    what: 'a control character in an idempotency key',
    call: send({ text: 'x', idempotency_key: 'a\0b' }),
    code: 'bad_request',
    says: /^idempotency_key: /,
  },
  {
    what: 'an idempotency key that is too long',
    call: send({ text: 'x', idempotency_key: 'k'.repeat(201) }),
    code: 'bad_request',
    says: /^idempotency_key: /,
  },
  { what: 'an empty list of keys', call: keys([]), code: 'bad_request', says: /^keys: / },
  { what: 'a key that is a word', call: keys(['kill-server']), code: 'bad_request', says: /^keys\.0: / },
  { what: 'a key with a newline', call: keys(['Enter\n']), code: 'bad_request', says: /^keys\.0: / },
  { what: 'too many keys', call: keys(Array(65).fill('a')), code: 'bad_request', says: /^keys: / },

  ...[
    '../../etc',
    'a/b',
    'a\nb',
    'a.b',
    'a:b',
    '-x',
    '',
    'x'.repeat(65),
    `${ESC}[2J`,
    'a b',
    '$(id)',
    '名前',
  ].map(
    (name): Row => ({
      what: `a session named ${JSON.stringify(name).slice(0, 20)}`,
      call: launch({ session_name: name }),
      code: 'bad_request',
      says: /^session_name: /,
    }),
  ),
  {
    what: 'a profile named ../developer',
    call: launch({ agent_profile: '../developer' }),
    code: 'bad_request',
    says: /^agent_profile: /,
  },
  ...['relative', '/a\nb', `/a${ESC}]0;x`, `/${'x'.repeat(4096)}`].map(
    (directory): Row => ({
      what: `a working directory ${JSON.stringify(directory).slice(0, 16)}`,
      call: launch({ working_directory: directory }),
      code: 'bad_request',
      says: /^working_directory: /,
    }),
  ),
  {
    what: 'a label with a NUL',
    call: launch({ labels: ['a\0'] }),
    code: 'bad_request',
    says: /^labels\.0: /,
  },
  {
    what: 'a tool with a NUL',
    call: launch({ allowed_tools: ['a\0'] }),
    code: 'bad_request',
    says: /^allowed_tools\.0: /,
  },
  { what: 'yolo as a word', call: launch({ yolo: 'yes' }), code: 'bad_request', says: /^yolo: / },
  {
    what: 'a session that is open already',
    call: launch({ session_name: 'target' }),
    code: 'conflict',
    says: /cao-target/,
  },

  {
    what: 'a profile without front matter',
    call: put('p', 'Be good.'),
    code: 'bad_request',
    says: /front matter/,
  },
  { what: 'a profile with broken YAML', call: put('p', front('name: [')), code: 'bad_request', says: /YAML/ },
  { what: 'a YAML bomb', call: put('bomb', front(bomb)), code: 'bad_request', says: /YAML/ },
  {
    what: 'YAML 8,000 deep',
    call: put('p', front(`name: p\na: ${'['.repeat(8_000)}`)),
    code: 'bad_request',
    says: /YAML/,
  },
  {
    what: 'front matter of 20,000 keys',
    call: put('p', front(`name: p\n${Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n')}`)),
    code: 'bad_request',
    says: /at most 16000/,
  },
  {
    what: 'a profile of another name',
    call: put('p', front('name: q')),
    code: 'bad_request',
    says: /^name: /,
  },
  {
    what: 'a profile without a name',
    call: put('p', front('role: developer')),
    code: 'bad_request',
    says: /^name: /,
  },
  { what: 'front matter that is a list', call: put('p', front('- a')), code: 'bad_request' },
  {
    what: 'a profile whose name climbs',
    call: put('..%2Fp', front('name: ../p')),
    code: 'bad_request',
    says: /params\.name/,
  },
  {
    what: 'a profile with a NUL',
    call: put('p', front('name: p\ndescription: "a\0"')),
    code: 'bad_request',
    says: /^content: /,
  },
  {
    what: 'a profile with escapes',
    call: put('p', `${front('name: p')}${ESC}[2J`),
    code: 'bad_request',
    says: /^content: /,
  },
  {
    what: 'a profile of 256,001 characters',
    call: put('p', 'x'.repeat(256_001)),
    code: 'bad_request',
    says: /^content: /,
  },

  { what: 'a negative limit', call: get('/events?limit=-1'), code: 'bad_request', says: /^query\.limit: / },
  { what: 'a limit of 0', call: get('/events?limit=0'), code: 'bad_request', says: /^query\.limit: / },
  {
    what: 'a limit that is a word',
    call: get('/events?limit=ten'),
    code: 'bad_request',
    says: /^query\.limit: /,
  },
  {
    what: 'a cursor out of range',
    call: get('/events?after=1e300'),
    code: 'bad_request',
    says: /^query\.after: /,
  },
  {
    what: 'a parameter twice',
    call: get('/events?after=1&after=2'),
    code: 'bad_request',
    says: /^query\.after: /,
  },
  {
    what: 'a long wait',
    call: get('/tasks/t0123456789a/wait?timeout_ms=99999'),
    code: 'bad_request',
    says: /timeout_ms/,
  },
  {
    what: 'a mode that there is not',
    call: get('/terminals/:live/output?mode=all'),
    code: 'bad_request',
    says: /^query\.mode: /,
  },
  { what: 'a NUL in an address', call: get('/hosts/%00'), code: 'bad_request', says: /^params\.ref: / },
  { what: 'an address that is not UTF-8', call: get('/hosts/%ff'), code: 'bad_request' },
  {
    what: 'an id of 500 characters',
    call: get(`/terminals/${'a'.repeat(500)}`),
    code: 'bad_request',
    says: /params\.id/,
  },
  { what: 'an id of 2,000 characters', call: get(`/terminals/${'a'.repeat(2_000)}`), code: 'bad_request' },
  { what: 'an unknown path', call: get('/nothing'), code: 'not_found', says: /\/api\/v1\/nothing/ },
  { what: 'a path that climbs', call: { path: '/api/v1/../../etc/passwd' }, code: 'not_found' },
  {
    what: 'a wrong method',
    call: { method: 'PATCH', path: `${V1}/sessions` },
    code: 'not_found',
    says: /PATCH/,
  },

  {
    what: 'a closed terminal',
    call: post('/terminals/:closed/messages', { text: 'x' }),
    code: 'gone',
    says: /ended/,
  },
  {
    what: 'keys for a closed terminal',
    call: post('/terminals/:closed/keys', { keys: ['a'] }),
    code: 'gone',
  },
  {
    what: 'the screen of a closed terminal',
    call: get('/terminals/:closed/output?mode=screen'),
    code: 'gone',
  },
];
