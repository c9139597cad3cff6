import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { aServer, temporaryDirectory, type LocalServer } from '../../integration/support/servers.ts'
import { MODELS, startBoto3, type AwsKeys, type Boto3 } from './boto3.ts'

export const REGION = 'us-east-1'

/** An account of its own, with a user that may do everything there. */
export type AwsAccount = { readonly account: AccountId; readonly keys: AwsKeys; readonly userArn: string }

/** A running server with accounts whose users have access keys. */
export type AwsWorld = {
  readonly server: LocalServer
  readonly accounts: readonly AwsAccount[]
  /** The first account, in which clients act unless they are told otherwise. */
  readonly main: AwsAccount
  /** Of the main account; made at its first use. */
  readonly boto3: Boto3
  /** The environment in which unmodified tools find the server. */
  environment(account?: AwsAccount): Record<string, string>
  /** Runs the AWS CLI. @returns its output, and what it wrote to its standard error */
  cli(
    args: readonly string[],
    account?: AwsAccount,
  ): Promise<{ status: number; stdout: string; stderr: string }>
  dispose(): Promise<void>
}

const ACCOUNTS = ['111122223333', '444455556666'] as const
const keysOf = (account: string): AwsKeys => ({
  id: `AKIATEST${account}`,
  secret: `secret-of-${account}-which-is-forty-octets-long`,
})

/** @param settings of the server, besides the bootstrap file */
export async function anAwsWorld(
  settings: Readonly<Record<string, string>> = {},
  mode: 'normal' | 'simulation' = 'normal',
): Promise<AwsWorld> {
  const directory = temporaryDirectory()
  const file = join(directory, 'bootstrap.json')
  writeFileSync(file, JSON.stringify({ accounts: ACCOUNTS.map(bootstrapOf) }), { mode: 0o600 })
  const server = await aServer({ CHANCERY_BOOTSTRAP_FILE: file, ...settings }, mode)
  const accounts = ACCOUNTS.map((account) => ({
    account: account as AccountId,
    keys: keysOf(account),
    userArn: `arn:aws:iam::${account}:user/deployer`,
  }))
  const main = accounts[0] as AwsAccount
  let boto3: Boto3 | undefined
  const environment = ({ keys }: AwsAccount = main) => ({
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    AWS_ENDPOINT_URL: server.apiUrl,
    AWS_ACCESS_KEY_ID: keys.id,
    AWS_SECRET_ACCESS_KEY: keys.secret,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_DATA_PATH: MODELS,
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
  })
  return {
    server,
    accounts,
    main,
    get boto3() {
      return (boto3 ??= startBoto3(server.apiUrl, main.keys, REGION))
    },
    environment,
    cli: async (args, account = main) => {
      // Old ones read no endpoint from their environment.
      const child = spawn('aws', ['--endpoint-url', server.apiUrl, '--output', 'json', ...args], {
        env: environment(account),
      })
      let [stdout, stderr] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
      child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
      const [status] = (await once(child, 'close')) as [number]
      return { status, stdout, stderr }
    },
    dispose: async () => {
      await boto3?.end()
      await server.dispose()
      await rm(directory, { recursive: true })
    },
  }
}

const bootstrapOf = (account: string) => ({
  id: account,
  name: `account-${account}`,
  users: [
    {
      name: 'deployer',
      policies: ['AdministratorAccess'],
      accessKeys: [keysOf(account)],
    },
  ],
})
