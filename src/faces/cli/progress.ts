import { SECOND } from '../../core/domain/time.ts'
import type { World } from './world.ts'

export type Counts = { readonly done: number; readonly made: number; readonly failed: number }
export type Progress = {
  show(counts: Counts): void
  /** Takes the bar away. */
  end(): void
}

const BAR = 24
const BETWEEN = SECOND / 10

/** Minutes and seconds, with hours from the first on: `0:42`, `1:05:00`. */
export function clockOf(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / SECOND)
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** One line that shows how far it is: bar, counts, certificates a second, time left. What was skipped cost no time. */
export function progressLine(total: number, counts: Counts, elapsed: number): string {
  const { done, made, failed } = counts
  const filled = Math.floor((done / total) * BAR)
  const worked = made + failed
  const rate = elapsed > 0 ? (worked * SECOND) / elapsed : 0
  const left = rate > 0 ? ((total - done) / rate) * SECOND : undefined
  return [
    `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`,
    `${done}/${total}`,
    `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`,
    ...(left === undefined || done === total ? [] : [`${clockOf(left)} left`]),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join('  ')
}

/** A bar on the standard error when that is a terminal; nothing otherwise, or for a total of 0. */
export function progressOn(world: Pick<World, 'stderr' | 'now'>, total: number): Progress {
  const { stderr, now } = world
  if (!stderr.isTerminal || total === 0) return { show: () => undefined, end: () => undefined }
  const start = now()
  let drawn = 0
  return {
    show: (counts) => {
      if (now() - drawn < BETWEEN && counts.done < total) return
      drawn = now()
      stderr.write(
        `\r\u001b[K${progressLine(total, counts, now() - start).slice(0, Math.max(20, stderr.columns - 1))}`,
      )
    },
    end: () => stderr.write('\r\u001b[K'),
  }
}
