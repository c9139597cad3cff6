import type { BenchArguments } from './arguments.ts'
import { checkInvariants, marksOf, settled, type Checked } from './invariants.ts'
import { measureIssuance, warmUp, type Issuance } from './issuance.ts'
import { median, type Window } from './load.ts'
import { rounded } from './machine.ts'
import type { ServerProcess } from './server-process.ts'

type Side = Pick<Issuance, 'rate' | 'p99' | 'memoryMiB'> & {
  readonly windows: readonly Window[]
  readonly checked: Checked
}

/**
 * Windows of load on two servers in turn, so that whatever else the machine does hits both; the ratio is the median of
 * those of neighbouring windows. Stops both and checks what they left.
 */
export async function compareIssuance(
  one: ServerProcess,
  other: ServerProcess,
  bodiesFile: string,
  given: BenchArguments,
): Promise<{ of: Side; against: Side; ratio: number }> {
  const sides = [one, other].map((server) => ({
    server,
    marks: marksOf(server.database),
    parts: [] as Issuance[],
    answers: 0,
    unread: 0,
  }))
  for (const side of sides) {
    const warm = await warmUp(side.server, bodiesFile, given.smoke)
    side.answers += warm.answers
    side.unread += warm.unread
  }
  for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++)
    for (const side of sides) {
      const part = await measureIssuance(
        side.server,
        bodiesFile,
        { ...given, windows: 1, warm: true },
        side.answers,
      )
      side.parts.push(part)
      side.answers += part.answers
      side.unread += part.unread
    }
  const [of, against] = await Promise.all(
    sides.map(async ({ server, marks, parts, answers, unread }) => {
      await settled(server.database)
      await server.stop()
      return sideOf(parts, await checkInvariants(server.database, marks, answers, unread))
    }),
  )
  if (of === undefined || against === undefined) throw new Error('two sides went in')
  const ratios = of.windows.map(({ rate }, turn) => rate / (against.windows[turn]?.rate ?? NaN))
  return { of, against, ratio: median(ratios) }
}

const sideOf = (parts: readonly Issuance[], checked: Checked): Side => ({
  rate: Math.round(median(parts.map(({ rate }) => rate))),
  p99: rounded(median(parts.map(({ p99 }) => p99))),
  memoryMiB: Math.max(...parts.map(({ memoryMiB }) => memoryMiB)),
  windows: parts.flatMap(({ windows }) => windows),
  checked,
})
