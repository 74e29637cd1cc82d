import { stripVTControlCharacters } from 'node:util';
import { sanitise } from '@cao/contracts';

/**
 * Text of others, safe to print: agents and hosts choose their names, reasons and answers, and an escape sequence in
 * one would drive the reader's terminal.
 */
export const plain = (text: string): string => sanitise(text).text;

/** The same on one line. */
export const plainLine = (text: string): string => plain(text).replace(/\s*\n\s*/g, ' ⏎ ');

/** A screen with its colours taken off: as text it has no use for them. */
export const plainScreen = (text: string): string => plain(stripVTControlCharacters(text)).trimEnd();
