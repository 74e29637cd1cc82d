import { sessionName } from '@cao/contracts';
import { openFeed } from '../../calls/feed.ts';
import { hostNames } from '../../calls/host-names.ts';
import { arg, defineCommand, flag, jsonFlag } from '../../command.ts';
import { eventLine } from '../../render/event.ts';

export const command = defineCommand({
  path: ['session', 'watch'],
  summary: 'Follow what happens in a session, line by line',
  help: 'Ends when the session closes, or with Ctrl-C (exit code 130). With --json: one event per line.',
  examples: ['cao session watch NAME', 'cao session watch NAME --history --json'],
  args: { name: arg('NAME', sessionName, 'session, with or without the prefix cao-') },
  options: {
    history: flag('begin with all that has happened in it'),
    json: jsonFlag,
  },
  async run({ name, history, json }, context) {
    const { io, client, signal } = context;
    const get = async () => (await client.sessions.get({ params: { name }, signal })).session;
    const before = await get();
    let hosts = await hostNames(context);
    // A name may have had an earlier life; its events are not of this one.
    const isOfThis = (at: string) => Date.parse(at) >= Date.parse(before.created_at);
    using feed = openFeed(context, { session: before.name, ...(history ? { after: 0 } : {}) });
    await feed.subscribed;
    // It may have closed before we listened; then no event will say so, but the history does.
    const over = (await get()).state === 'closed';
    if (over && !history)
      return io.note(`session ${before.name} is closed; --history shows what happened in it`);
    for await (const event of feed) {
      if (!isOfThis(event.at)) continue;
      if (event.host_id !== null && !hosts.has(event.host_id)) hosts = await hostNames(context);
      if (json) io.jsonLine(event);
      else io.out(eventLine(io.paint, event, hosts));
      if (event.kind === 'session.closed') return;
    }
  },
});
