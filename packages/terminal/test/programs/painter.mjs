// Shows a known screen and waits. SIGUSR1 writes one more word.
const say = (text) => process.stdout.write(text);
process.on('SIGUSR1', () => say(' more'));
process.stdin.resume();
say('\u001b]2;a title\u0007');
say(
  '\u001b[1mbold\u001b[0m \u001b[2mdim\u001b[0m \u001b[7minverse\u001b[0m \u001b[31mred\u001b[0m \u001b[38;5;244mgrey\u001b[0m\r\n',
);
say('\u001b[48;2;1;2;3mfilled\u001b[0m\r\n');
say('漢字 é done');
