import type { rounds } from './crl-scene.ts'
import { median } from './load.ts'
import type { Machine } from './machine.ts'
import { printResult } from './result.ts'

/** Prints how long revocations took, from the call until the CRL is published and read back. */
export function printRevocations(
  name: string,
  target: number,
  figures: Awaited<ReturnType<typeof rounds>>,
  machine: Machine,
  smoke: boolean,
): void {
  const times = figures.flatMap(({ revocationMilliseconds }) => revocationMilliseconds)
  printResult(
    {
      name,
      value: Math.round(median(times)),
      unit: 'ms',
      target,
      slowest: Math.round(Math.max(...times)),
      entries: figures[0]?.entries,
      longestBlockMilliseconds: Math.max(...figures.map((each) => each.revocationBlockMilliseconds)),
      rounds: figures,
      machine,
    },
    'less',
    smoke,
  )
}
