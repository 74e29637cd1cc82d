import type { ITheme } from '@xterm/xterm';

/** Dark in light surroundings too: the CLIs choose their colours for a dark terminal. */
export const screenTheme: ITheme = {
  background: '#14171c',
  foreground: '#d9dee6',
  cursor: '#8ab4ff',
  cursorAccent: '#14171c',
  selectionBackground: '#34507f',
  black: '#2a2f38',
  red: '#f07178',
  green: '#8ccf7e',
  yellow: '#e5c76b',
  blue: '#7aa7f7',
  magenta: '#c58fe6',
  cyan: '#6cc7cf',
  white: '#c5ccd6',
  brightBlack: '#7d8796',
  brightRed: '#ff9aa0',
  brightGreen: '#a9e39c',
  brightYellow: '#f5dc8e',
  brightBlue: '#a2c4ff',
  brightMagenta: '#dcb1f5',
  brightCyan: '#92dfe6',
  brightWhite: '#f4f6f9',
};
