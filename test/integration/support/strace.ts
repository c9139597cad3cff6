import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hasTool } from '../../support/tools.ts'

/** Whether this process may trace its children: containers often forbid it. */
export function canTrace(): boolean {
  if (!hasTool('strace', '-V')) return false
  const tried = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0
  if (!tried) process.stderr.write('\n*** strace may not trace here: tests that need it are SKIPPED ***\n')
  return tried
}

/** The command to put before another: each write and each flush goes to `file`, octets in full. */
export const tracedTo = (file: string): readonly string[] => [
  ...['strace', '-f', '-y', '-xx', '-s', '262144', '-o', file],
  ...['-e', 'trace=write,writev,sendmsg,pwrite64,fsync,fdatasync,unlink'],
]

export type Traced = {
  readonly call: string
  /** Path or kind of the descriptor, as strace shows it. */
  readonly target: string
  /** Octets written; empty for other calls. */
  readonly data: Buffer
  /** For pwrite64. */
  readonly offset: number
  readonly result: number
  /** Places of its begin and of its end in the order of all calls of all threads. */
  readonly begin: number
  readonly end: number
}

// `12 fsync(3</x>) = 0`, or in two halves when another thread came between: `<unfinished ...>`, `<... fsync resumed>`.
const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/s
const FIRST_HALF = /^(\d+) +(\w+)\((.*?) *<unfinished \.\.\.>$/s
const SECOND_HALF = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)/s

/** Reads a trace. Calls that never returned, because the process ended, are left out. */
export function readTrace(file: string): Traced[] {
  const begun = new Map<string, { begin: number; rest: string }>()
  const calls: Traced[] = []
  for (const [at, line] of readFileSync(file, 'latin1').split('\n').entries()) {
    const whole = WHOLE.exec(line)
    const half = FIRST_HALF.exec(line)
    const second = SECOND_HALF.exec(line)
    if (second !== null) {
      const [, thread = '', call = '', rest = '', result = ''] = second
      const first = begun.get(thread)
      if (first !== undefined) calls.push(traced(call, first.rest + rest, Number(result), first.begin, at))
    } else if (half !== null) {
      const [, thread = '', , rest = ''] = half
      begun.set(thread, { begin: at, rest })
    } else if (whole !== null) {
      const [, , call = '', rest = '', result = ''] = whole
      calls.push(traced(call, rest, Number(result), at, at))
    }
  }
  return calls
}

function traced(call: string, text: string, result: number, begin: number, end: number): Traced {
  const strings = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => octets(hex))
  const target = /^\d+<([^>]*)>/.exec(text)?.[1] ?? strings[0]?.toString() ?? ''
  const offset = call === 'pwrite64' ? Number(/, (\d+)$/.exec(text)?.[1]) : 0
  return { call, target: plain(target), data: Buffer.concat(strings), offset, result, begin, end }
}

const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex')
/** With -xx strace writes paths in hex, too. */
const plain = (path: string): string => (path.startsWith('\\x') ? octets(path).toString() : path)
