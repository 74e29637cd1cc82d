import { type Delays, rightShare, type Score, type StateScore } from '@cao/providers/testing';

const ms = (value: number | null) => (value === null ? '–' : String(Math.round(value))).padStart(6);
const columns = ({ p50, p99 }: Delays) => `${ms(p50)}${ms(p99)} `;
const line = (name: string, score: Omit<StateScore, 'state'>, live: boolean) =>
  [
    `  ${name.padEnd(22)}`,
    `${score.detected}/${score.phases}`.padStart(9),
    String(score.samples).padStart(9),
    `${(rightShare(score) * 100).toFixed(1)} %`.padStart(9),
    columns(score.detect).padStart(16),
    ...(live ? [columns(score.cli).padStart(16), columns(score.ours).padStart(16)] : []),
    ...Object.entries(score.instead).map(([status, times]) => ` ${status} ×${times}`),
  ]
    .join('')
    .trimEnd();

/**
 * How well the status of one CLI was told, a line per state. `live`: how late it was, and which part of that was the CLI's and
 * which ours; a corpus knows the CLI's alone.
 */
export function statusTable(title: string, score: Score, live: boolean): readonly string[] {
  const heads = live ? ['detect p50 p99', 'CLI p50 p99', 'ours p50 p99'] : ['detect p50 p99'];
  return [
    `${title.padEnd(24)} detected  samples    right${heads.map((head) => head.padStart(16)).join('')}  (ms)  told instead`,
    ...score.states.map((one) => line(one.state, one, live)),
    line('all', { ...score, instead: {} }, live),
  ];
}
