import type { Screen, ScreenRow } from '@cao/contracts';
import type { ScreenReading } from '../contract.ts';

/** Of a screen without an input box. */
export const noBox = (status: ScreenReading['status'], evidence: string): ScreenReading => ({
  status,
  input: 'none',
  inputText: '',
  evidence: evidence.trim(),
});

/** Of a screen with an input box that has this text in it. */
export const withBox = (status: ScreenReading['status'], evidence: string, text: string): ScreenReading => ({
  status,
  input: text === '' ? 'empty' : 'text',
  inputText: text,
  evidence: evidence.trim(),
});

export const filledRows = ({ rows }: Screen): readonly ScreenRow[] =>
  rows.filter((row) => row.text.trim() !== '');

export const rowWith = (rows: readonly string[], sign: RegExp): string | undefined =>
  rows.find((row) => sign.test(row));
