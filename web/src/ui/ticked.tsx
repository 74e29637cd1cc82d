/** Text in which `…` marks commands, as the error table writes them. */
export function Ticked({ text }: { text: string }) {
  const parts = text.split('`').map((part, index) => ({ part, index, code: index % 2 === 1 }));
  return parts.map(({ part, index, code }) => (code ? <code key={index}>{part}</code> : part));
}
