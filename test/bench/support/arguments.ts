import { parseArgs } from 'node:util'

export type BenchArguments = {
  /** Length of one window of load. */
  readonly seconds: number
  readonly windows: number
  /** Only that it runs and that the invariants hold: figures are printed, no target is judged. */
  readonly smoke: boolean
  /** Folder for CPU profiles of the server's threads. */
  readonly profile: string | undefined
  /** Node flags for the server, for experiments. */
  readonly nodeFlags: readonly string[]
}

/** What stands behind the benchmark's name on the command line. @throws TypeError for an unknown option */
export function benchArguments(): BenchArguments {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '8' },
      windows: { type: 'string', default: '3' },
      smoke: { type: 'boolean', default: false },
      profile: { type: 'string' },
      'node-flags': { type: 'string', default: '' },
    },
  })
  const seconds = Number(values.seconds)
  const windows = Number(values.windows)
  if (!(seconds >= 1 && seconds <= 600 && windows >= 1 && windows <= 50))
    throw new TypeError('--seconds takes 1 to 600, --windows 1 to 50')
  return {
    seconds,
    windows,
    smoke: values.smoke,
    profile: values.profile,
    nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
  }
}
