import { z } from 'zod';
import type { Context } from './context.ts';

/** What stands on the command line without dashes. In the order of the table; `rest` takes all that remain. */
export interface Arg<S extends z.ZodType = z.ZodType> {
  readonly label: string;
  readonly help: string;
  readonly schema: S;
  readonly rest: boolean;
}

/** What stands there with dashes. Without a label it is a switch. */
export interface Option<S extends z.ZodType = z.ZodType> {
  readonly label: string | null;
  readonly help: string;
  readonly schema: S;
  /** May be given several times; the values are a list. */
  readonly many: boolean;
}

type Values<T extends Record<string, { readonly schema: z.ZodType }>> = {
  readonly [K in keyof T]: z.output<T[K]['schema']>;
};

/**
 * One command, said once: parsing, help and the tests for completeness all read this table.
 * Keys of `options` are written `sessionName` here and `--session-name` on the command line.
 * What is deliberately absent: the console (`io.ts`) and the exit code (`exit.ts`); `run` returns or throws.
 */
export interface Command<
  A extends Record<string, Arg> = Record<string, Arg>,
  O extends Record<string, Option> = Record<string, Option>,
> {
  readonly path: readonly [string, ...string[]];
  readonly summary: string;
  /** More than one line of explanation, already wrapped. */
  readonly help?: string;
  /** At least two lines that can be run as they stand, once the placeholders in capitals are replaced. */
  readonly examples: readonly string[];
  readonly args: A;
  readonly options: O;
  run(given: Values<A> & Values<O>, context: Context): Promise<void>;
}

/** A command whose own types are forgotten; `parse` gives `run` what its table says. */
export interface AnyCommand extends Omit<Command, 'run'> {
  run(given: Readonly<Record<string, unknown>>, context: Context): Promise<void>;
}

export const defineCommand = <A extends Record<string, Arg>, O extends Record<string, Option>>(
  command: Command<A, O>,
): AnyCommand => command as unknown as AnyCommand; // the table that parses is the one that typed `run`

export const arg = <S extends z.ZodType>(label: string, schema: S, help: string): Arg<S> => ({
  label,
  help,
  schema,
  rest: false,
});
export const restArg = <S extends z.ZodType>(label: string, item: S, help: string): Arg<z.ZodArray<S>> => ({
  label,
  help,
  schema: z.array(item).min(1, 'at least one is needed'),
  rest: true,
});
export const flag = (help: string): Option<z.ZodDefault<z.ZodBoolean>> => ({
  label: null,
  help,
  schema: z.boolean().default(false),
  many: false,
});
export const value = <S extends z.ZodType>(label: string, schema: S, help: string): Option<S> => ({
  label,
  help,
  schema,
  many: false,
});
export const values = <S extends z.ZodType>(
  label: string,
  item: S,
  help: string,
): Option<z.ZodDefault<z.ZodArray<z.ZodType<z.output<S>>>>> => ({
  label,
  help,
  schema: z.array(item).default([]) as unknown as z.ZodDefault<z.ZodArray<z.ZodType<z.output<S>>>>,
  many: true,
});

export const jsonFlag = flag('print JSON instead of text; errors too');

export const dashed = (key: string): string => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
