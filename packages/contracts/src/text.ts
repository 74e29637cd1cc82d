import { z } from 'zod';

/** C0, DEL and C1. Escape sequences begin with one, and Postgres has no NUL. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** The same without TAB, LF and CR. */
const CONTROL_IN_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

const isClean = (text: string, control: RegExp): boolean => !control.test(text) && text.isWellFormed();

/** One line that is kept and shown as it came: a label, a key, a reference. Units: characters. */
export const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => isClean(text, CONTROL), 'is one line of Unicode text without control characters');

/** Lines of text that are kept as they came. Units: characters. */
export const prose = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (text) => isClean(text, CONTROL_IN_LINES),
      'is Unicode text whose only control characters are tabs and line breaks',
    );

/**
 * Text of a host or a CLI as Postgres can keep it: NUL as its picture, a lone surrogate as U+FFFD. Nothing is refused:
 * what an agent said is told, and one that says strange things must not hold up the others of its host.
 */
export const storable = (text: string): string => text.replaceAll('\0', '\u2400').toWellFormed();
