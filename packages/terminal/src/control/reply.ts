/** One `%begin … %end|%error` of tmux: a command list answers with one or more of them. */
export interface Block {
  readonly ok: boolean;
  readonly lines: readonly string[];
}
export type Reply = readonly Block[];

export const errorOf = (reply: Reply): string | null => {
  const failed = reply.find((block) => !block.ok);
  return failed ? failed.lines.join(' ') : null;
};
export const linesOf = (reply: Reply): string[] => reply.flatMap((block) => block.lines);
