import type { Failure, FailureKind } from '@cao/contracts';

/** The longest word of a CLI that is kept. Units: characters. */
const MAX_MESSAGE = 2_000;

/** What services and CLIs say when something is wrong, most telling first. */
const SIGNS: readonly (readonly [RegExp, FailureKind])[] = [
  [
    /quota|usage limit|credit balance|billing|out of credits|resource[_ ]?exhausted|hit your .*limit/i,
    'quota_exhausted',
  ],
  [
    /\b40[13]\b|auth|unauthori[sz]ed|api key|log ?in|logged out|forbidden|permission[_ ]denied/i,
    'not_logged_in',
  ],
  [/\b429\b|rate[_ -]?limit|too many requests/i, 'rate_limited'],
];

/** ISO 8601 in the words of a limit message; CLIs that tell a time otherwise read it themselves. */
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/;

/** Which trouble an error of a CLI is, by words that all services share. What nothing tells apart is the model's. */
export function failureOf(error: string, own: readonly (readonly [RegExp, FailureKind])[] = []): Failure {
  const kind = [...own, ...SIGNS].find(([sign]) => sign.test(error))?.[1] ?? 'model_error';
  const at = kind === 'quota_exhausted' ? INSTANT.exec(error)?.[0] : undefined;
  return {
    kind,
    message: error.slice(0, MAX_MESSAGE),
    resets_at: at && !Number.isNaN(Date.parse(at)) ? new Date(at).toISOString() : null,
  };
}
