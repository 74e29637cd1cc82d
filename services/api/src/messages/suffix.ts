/** The texts that agents know: appended so that a reader sees where a message came from and how to answer. */
export const withSender = (text: string, terminalId: string): string =>
  `${text}\n\n[Message from terminal ${terminalId}. Use send_message MCP tool for any follow-up work.]`;

export const withAssigner = (text: string, terminalId: string): string =>
  `${text}\n\n[Assigned by terminal ${terminalId}. When done, send results back to terminal ${terminalId} using send_message]`;
