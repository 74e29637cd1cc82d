import { describe, expect, test } from 'vitest';
import type { Signal, Step } from '../contract.ts';
import { text } from './json.ts';
import { nothing, type Reaction, reducer, when } from './reactions.ts';
import { become, initial, inTurn, note, stay } from './state.ts';
import { accepted } from './turn.ts';

const hook = (name: string, body = {}): Signal => ({ source: 'hook', name, body });
const line = (body: unknown): Signal => ({ source: 'log', line: JSON.stringify(body) });
const works: Reaction = (state, said) => stay(become(state, 'processing', said));
const stays: Step = { state: initial, effects: [] };

describe('a reducer from tables', () => {
  const next = reducer({
    hooks: { Began: works, Known: nothing },
    lines: { began: works, ended: when(inTurn, (state, said) => stay(become(state, 'completed', said))) },
    event: (body) => (body.name === undefined ? null : { name: text(body.name), body }),
    events: { took: (state, _, body) => stay(state, [accepted(text(body.prompt))]) },
  });

  test('reacts to a hook by its name, and to a line by its type, with what said so', () => {
    expect(next(initial, hook('Began')).state).toMatchObject({
      status: 'processing',
      source: 'hook',
      evidence: 'Began',
    });
    expect(next(initial, line({ type: 'began' })).state).toMatchObject({ source: 'log', evidence: 'began' });
  });

  test('reacts to an event of an API by the name that the CLI has for it', () => {
    const event: Signal = { source: 'api', body: { name: 'took', prompt: 'x' } };
    expect(next(initial, event).effects).toEqual([{ kind: 'accepted', prompt: 'x' }]);
    expect(next(initial, { source: 'api', body: {} })).toEqual(stays);
  });

  test.each([
    ['a hook that it only asks for', hook('Known')],
    ['a hook of no table', hook('NeverHeardOf')],
    ['a hook with a name that every object has', hook('constructor')],
    ['a line of no table', line({ type: 'toString' })],
    ['a line without a type', line({})],
    ['a line that is half written', { source: 'log', line: '{"type":"beg' }],
  ] as const)('stands still at %s', (_, signal) => {
    expect(next(initial, signal)).toEqual(stays);
  });

  test('hears the end of a turn only while there is one', () => {
    expect(next(initial, line({ type: 'ended' }))).toEqual(stays);
    const working = next(initial, hook('Began')).state;
    expect(next(working, line({ type: 'ended' })).state.status).toBe('completed');
  });

  test('hears nothing of the screen where only the signals count', () => {
    const reading = { status: 'idle', input: 'empty', inputText: '', evidence: 'box' } as const;
    const silent = reducer({ isSilent: ({ memo }) => memo?.busy === true });
    expect(silent(initial, { source: 'screen', reading }).state.status).toBe('idle');
    const busy = note(initial, { busy: true });
    expect(silent(busy, { source: 'screen', reading }).state).toBe(busy);
  });

  test('has each hook tell what all of them tell, also one that it does not know', () => {
    const everyHook = reducer({
      hooks: { Took: (state) => stay(note(state, { took: true }), [accepted('x')]) },
      everyHook: (state, { id }) => stay(note(state, { id: text(id) }), [accepted('first')]),
    });
    expect(everyHook(initial, hook('Took', { id: 'a' }))).toMatchObject({
      state: { memo: { id: 'a', took: true } },
      effects: [{ prompt: 'first' }, { prompt: 'x' }],
    });
    expect(everyHook(initial, hook('Unknown', { id: 'a' }))).toMatchObject({
      state: { memo: { id: 'a' } },
      effects: [{ prompt: 'first' }],
    });
  });
});
