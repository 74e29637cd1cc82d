import type { EventView, TerminalView } from '@cao/contracts';

/** What a person is shown of an event of the demo, or null: the story has fewer steps than the log. */
export function narrate(event: EventView, terminal: TerminalView): string | null {
  const who = `${terminal.agent_profile} ${terminal.id}`;
  const where = terminal.host_name ?? 'a host';
  switch (event.kind) {
    case 'terminal.placing':
      return `${who}: asked for`;
    case 'terminal.live':
      return `${who}: runs on ${where}`;
    case 'task.created':
      return `${who}: gets ${event.data.kind === 'handoff' ? 'a handoff (the supervisor waits)' : 'work'}`;
    case 'message.accepted':
      return event.data.kind === 'send_message'
        ? `${who}: has a message from ${event.data.sender}`
        : `${who}: begins its turn`;
    case 'terminal.turn_ended':
      return `${who}: ends its turn`;
    case 'task.ended':
      return `${who}: has done its work`;
    case 'terminal.closed':
      return `${who}: has gone`;
    default:
      return null;
  }
}
