// Says what it received up to a Return, and ends with status 7.
let received = '';
if (process.stdin.isTTY) process.stdin.setRawMode(true);
process.stdin.on('data', (chunk) => {
  received += chunk;
  if (!/[\r\n]$/.test(received)) return; // LF while the terminal is not raw yet
  process.stdout.write(`last words: ${received.trim()}`);
  // tmux 3.3 closes a pane when its child has ended, without reading what is left of its output: give it the time.
  setTimeout(() => process.exit(7), 300);
});
