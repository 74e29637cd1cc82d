import { withSessionPrefix } from '@cao/contracts';

/** `my-task` and `cao-my-task` mean the same session everywhere. */
export const sessionRef = <S extends string | undefined>(name: S): S =>
  (name === undefined ? undefined : withSessionPrefix(name)) as S;
