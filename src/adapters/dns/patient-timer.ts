/**
 * Calls `late` after so many milliseconds, but not before what has arrived by then was looked at: timers come before
 * sockets in a turn of the event loop, and a busy process must not take its own slowness for a resolver's silence.
 */
export function patientTimer(milliseconds: number, late: () => void): { stop(): void } {
  let stopped = false
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (!stopped) late()
    })
  }, milliseconds)
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
