import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Bench } from './bench.ts';
import { figure, median } from './figure.ts';
import { bareCli } from './support/bare-cli.ts';
import { closeSessions, loopbackOf, openTerminal } from './support/terminals.ts';

const PROMPT = 'Say it. [[say done]]';

/** A handoff as the supervisor's CLI calls it, less what the worker's CLI needs by itself to start and to answer. */
export const handoff: Bench = {
  name: 'handoff',
  about: "handoff to a new worker, less the CLI's own start and turn",
  async run(ground) {
    const stack = await ground.stack('postgres');
    const own: { start: number; turn: number }[] = [];
    for (let n = 0; n < (ground.quick ? 2 : 9); n++) own.push(await bareCli(PROMPT));
    const bare = median(own.map(({ start, turn }) => start + turn));

    const supervisor = await openTerminal(stack, stack.hosts[0]!);
    const { url, token } = loopbackOf(supervisor);
    const client = new Client({ name: 'bench', version: '1.0.0' });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }) as Parameters<typeof client.connect>[0],
    );
    const walls: number[] = [];
    for (let n = -1; n < (ground.quick ? 3 : 20); n++) {
      const began = performance.now();
      const result = await client.callTool({
        name: 'handoff',
        arguments: { agent_profile: 'developer', message: `${PROMPT} ${n}`, host: stack.hosts[1]!.name },
      });
      if (n >= 0) walls.push(performance.now() - began);
      const [{ text } = { text: '' }] = result.content as { text: string }[];
      const answer = JSON.parse(text) as { output: unknown; terminal_id: string };
      if (answer.output !== 'done') throw new Error(`the handoff answered ${text}`);
      // Its worker is closed after the answer; the next one is not to start beside that.
      await stack.event(
        'the worker is closed',
        (event) => event.kind === 'terminal.closed' && event.terminal_id === answer.terminal_id,
      );
    }
    await client.close();
    await closeSessions(stack, [supervisor.session]);
    return [
      figure(
        'handoff_overhead',
        'ms',
        walls.map((wall) => wall - bare),
        { p50: 300 },
      ),
      figure('handoff_total', 'ms', walls),
      figure(
        'handoff_cli_start',
        'ms',
        own.map(({ start }) => start),
      ),
      figure(
        'handoff_cli_turn',
        'ms',
        own.map(({ turn }) => turn),
      ),
    ];
  },
};
