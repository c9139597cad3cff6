import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { hasTool, runTool } from '../tools.ts'

/** Access keys, as clients take them. */
export type AwsKeys = { readonly id: string; readonly secret: string; readonly token?: string }

/** What went wrong, as boto3 understood it. */
export type AwsError = {
  readonly type: string
  readonly message: string
  readonly status: number
  /** Whether the service's model knows it for this service: it has a class of its own. */
  readonly modelled: boolean
}

export type AwsCall = {
  readonly service: string
  /** As the API has it, `IssueCertificate`; a paginator or a waiter as boto3 calls it. */
  readonly operation: string
  readonly input?: object
  readonly as?: 'call' | 'paginate' | 'wait' | 'presign'
  readonly keys?: AwsKeys
  readonly region?: string
}

export type Boto3 = {
  /** @returns its output: octets as Buffer, times as Date. @throws AwsFailure */
  call<T = Record<string, unknown>>(call: AwsCall): Promise<T>
  /** What it throws. */
  failure(call: AwsCall): Promise<AwsError>
  end(): Promise<void>
}

/** What boto3 threw. */
export class AwsFailure extends Error {
  readonly aws: AwsError
  constructor(aws: AwsError) {
    super(`${aws.type} (${aws.status}): ${aws.message}`)
    this.name = 'AwsFailure'
    this.aws = aws
  }
}

/** Newest service models for clients that are older than they. */
export const MODELS = join(import.meta.dirname, '../../fixtures/aws/botocore')

/** The distribution's own, whose package boto3 is; else whichever comes first on the PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3']
const withBoto3 = (): string | undefined =>
  PYTHONS.find(
    (python) => hasTool(python, '--version') && runTool(python, ['-c', 'import boto3']).status === 0,
  )

let python: string | undefined | null = null
/** Whether boto3 is there; says so loudly where it isn't, since tests are then skipped. @throws Error in CI */
export function hasBoto3(): boolean {
  if (python === null) {
    python = withBoto3()
    if (python === undefined && process.env['CHANCERY_CI'] === '1') throw new Error('boto3 is missing')
    if (python === undefined)
      process.stderr.write('\n*** boto3 is missing: tests that need it are SKIPPED ***\n')
  }
  return python !== undefined
}

/** One process of boto3 for many calls, one after the other. */
export function startBoto3(endpoint: string, keys: AwsKeys, region: string): Boto3 {
  if (!hasBoto3()) throw new Error('boto3 is missing')
  const script = join(import.meta.dirname, 'boto3-session.py')
  const child = spawn(python as string, [script], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ENDPOINT: endpoint, AWS_DATA_PATH: MODELS },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  let before: Promise<unknown> = Promise.resolve()
  const send = ({
    as = 'call',
    input = {},
    ...call
  }: AwsCall): Promise<{ output?: unknown; error?: AwsError }> => {
    const credentials = call.keys ?? keys
    const line = JSON.stringify({ region, ...call, as, credentials, input: marked(input) })
    const answer = before.then(async () => {
      child.stdin.write(`${line}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('boto3 ended')
      return JSON.parse(value) as { output?: unknown; error?: AwsError }
    })
    before = answer.catch(() => undefined)
    return answer
  }
  return {
    call: async <T>(call: AwsCall) => {
      const { output, error } = await send(call)
      if (error !== undefined) throw new AwsFailure(error)
      return unmarked(output) as T
    },
    failure: async (call) => {
      const { error, output } = await send(call)
      if (error === undefined) throw new Error(`${call.operation} succeeded: ${JSON.stringify(output)}`)
      return error
    },
    end: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'close')
    },
  }
}

/** JSON has neither octets nor times. */
function marked(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { $time: value.getTime() / 1000 }
  if (Array.isArray(value)) return value.map(marked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, marked(each)]))
}

function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked)
  if (typeof value !== 'object' || value === null) return value
  const { $bytes, $time } = value as { $bytes?: string; $time?: number }
  if ($bytes !== undefined) return Buffer.from($bytes, 'base64')
  if ($time !== undefined) return new Date($time * 1000)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unmarked(each)]))
}
