import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { openAwsKms } from '../../../src/adapters/kms/aws-kms.ts'
import { openHttpSigner } from '../../../src/adapters/kms/http-signer.ts'
import { createKeyVault } from '../../../src/adapters/kms/key-vault.ts'
import { CALL_LIMITS, type CallLimits } from '../../../src/adapters/kms/service-calls.ts'
import { openVaultTransit } from '../../../src/adapters/kms/vault-transit.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import type { KmsProvider, WrappedDataKey } from '../../../src/core/ports/kms-provider.ts'
import { aRoot, barePorts } from '../../core/operations/ports.ts'
import { recordedSerials, rowsOf } from '../../core/operations/database.ts'
import { startOutsideSigner } from '../../support/outside-signer.ts'
import { awsDouble, awsFault } from './doubles/aws-kms.ts'
import { stage, type Asked, type Fault, type Stage } from './doubles/stage.ts'
import { vaultDouble } from './doubles/vault-transit.ts'

const random = createSystemRandom()
const directory = mkdtempSync(join(tmpdir(), 'chancery-faults-'))
const ends: (() => Promise<void> | undefined)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})
let files = 0
const aFile = (content: string): string => {
  const path = join(directory, String(++files))
  writeFileSync(path, content)
  return path
}

/** No time passes between two attempts. */
const QUICK: CallLimits = { ...CALL_LIMITS, pause: async () => undefined }
/** Only for what never answers. */
const HURRIED: CallLimits = { ...QUICK, timeout: 50 }

/** A service with its provider, a data key that it wrapped, and a key pair in its device. */
type OnTrial = {
  readonly service: Stage
  readonly provider: KmsProvider
  readonly reopened: (limits: CallLimits) => Promise<KmsProvider>
  readonly secrets: readonly string[]
  readonly goesWrong: Readonly<Record<string, () => void>>
}

async function vault(): Promise<OnTrial> {
  const service = await vaultDouble()
  const tokenFile = aFile(service.token)
  const options = { tokenFile, key: 'chancery', mount: 'transit', namespace: undefined, caFile: undefined }
  const reopened = (limits: CallLimits): Promise<KmsProvider> =>
    openVaultTransit({ ...options, address: new URL(`${service.url}/`) }, random, limits)
  return {
    service,
    reopened,
    provider: await reopened(QUICK),
    secrets: [service.token],
    goesWrong: {
      'the token is revoked': () => writeFileSync(tokenFile, 'hvs.another'),
      'the token file is empty': () => writeFileSync(tokenFile, ' \n'),
      'the token file is gone': () => rmSync(tokenFile),
      'the keys are gone': () => service.keys.clear(),
    },
  }
}

async function aws(): Promise<OnTrial> {
  const service = await awsDouble()
  vi.stubEnv('AWS_ACCESS_KEY_ID', service.credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', service.credentials.secretAccessKey)
  const options = { keyId: 'alias/chancery', region: 'eu-central-1', endpoint: new URL(service.url) }
  const reopened = (limits: CallLimits): Promise<KmsProvider> => openAwsKms(options, limits)
  const each = (state: 'Disabled' | 'PendingDeletion') => () => {
    for (const key of service.keys.values()) key.state = state
  }
  return {
    service,
    reopened,
    provider: await reopened(QUICK),
    secrets: [service.credentials.secretAccessKey],
    goesWrong: {
      'the keys are disabled': each('Disabled'),
      'the keys are pending deletion': each('PendingDeletion'),
      'the keys are gone': () => service.keys.clear(),
    },
  }
}

const theSigner = startOutsideSigner()
ends.push(async () => (await theSigner).stop())

/** The signer's answers go through a stage, where they can go wrong. */
async function http(): Promise<OnTrial> {
  const signer = await theSigner
  const tokenFile = aFile(signer.token)
  const service = await stage(async ({ path, headers, body }: Asked) => {
    const { authorization = '' } = headers
    const answer = await fetch(new URL(path, signer.url), {
      method: 'POST',
      headers: { authorization },
      body,
    })
    return { status: answer.status, text: await answer.text() }
  })
  const options = { tokenFile, caFile: undefined, certFile: undefined, keyFile: undefined }
  const reopened = (limits: CallLimits): Promise<KmsProvider> =>
    openHttpSigner({ ...options, url: new URL(`${service.url}/`) }, limits)
  return {
    service,
    reopened,
    provider: await reopened(QUICK),
    secrets: [signer.token],
    goesWrong: { 'the token is revoked': () => writeFileSync(tokenFile, 'another') },
  }
}

const errors = (...all: string[]): object => ({ errors: all })
const refusal = (code: string, retryable: boolean): object => ({
  error: { code, message: 'because', retryable },
})

type Row = readonly [wrong: string, fault: Fault | undefined, retryable: boolean, says: RegExp]
/** What goes wrong with each; an undefined fault is one of `goesWrong`, by its name. */
const everywhere: readonly Row[] = [
  ['it never answers', 'hangs', true, /gave no answer within 0\.05 s/],
  ['the connection breaks', 'breaks', true, /can't be reached \(ECONNRESET\)/],
  ['it fails by itself', { status: 500, text: '' }, true, /status 500|UnknownError/],
]
const overHttp: readonly Row[] = [
  [
    'it redirects',
    { status: 307, headers: { location: 'https://evil.example/x' } },
    false,
    /redirects to https:\/\/evil\.example, which is not followed/,
  ],
  ['it answers with a page', { status: 200, text: '<html>' }, false, /must be a JSON object/],
  ['it never ends', { status: 200, text: ' '.repeat(1_048_577) }, false, /more than 1048576 octets/],
]
const TABLE: readonly { name: string; make: () => Promise<OnTrial>; rows: readonly Row[] }[] = [
  {
    name: 'vault-transit',
    make: vault,
    rows: [
      ...everywhere,
      ...overHttp,
      [
        'it is sealed',
        { status: 503, json: errors('Vault is sealed') },
        true,
        /unseal it \(“Vault is sealed”\)/,
      ],
      ['it is throttled', { status: 429, json: errors('quota exceeded') }, true, /rate limit quota/],
      ['the replica lags', { status: 412, json: errors() }, true, /status 412/],
      [
        'the policy forbids it',
        { status: 403, json: errors('permission denied') },
        false,
        /CHANCERY_KMS_VAULT_TOKEN_FILE.*policy/,
      ],
      ['the token is revoked', undefined, false, /CHANCERY_KMS_VAULT_TOKEN_FILE is no longer valid/],
      [
        'the token file is empty',
        undefined,
        false,
        /CHANCERY_KMS_VAULT_TOKEN_FILE: the file must hold one token/,
      ],
      ['the token file is gone', undefined, false, /CHANCERY_KMS_VAULT_TOKEN_FILE: .*ENOENT/],
      ['the keys are gone', undefined, false, /no such key or mount; see CHANCERY_KMS_VAULT_KEY/],
    ],
  },
  {
    name: 'aws-kms',
    make: aws,
    rows: [
      ...everywhere,
      ['it is throttled', awsFault('ThrottlingException'), true, /too many requests/],
      ['it fails inside', awsFault('KMSInternalException', 'x', 500), true, /failed by itself/],
      ['a dependency is slow', awsFault('DependencyTimeoutException', 'x', 503), true, /failed by itself/],
      [
        'the key is not available',
        awsFault('KeyUnavailableException', 'x', 500),
        true,
        /not available right now/,
      ],
      ['the policy forbids it', awsFault('AccessDeniedException'), false, /aren't allowed to/],
      ['the access key is unknown', awsFault('UnrecognizedClientException'), false, /unknown to AWS/],
      [
        'the signature is wrong',
        awsFault('InvalidSignatureException'),
        false,
        /wrong, or this machine's clock/,
      ],
      ['the credentials have expired', awsFault('ExpiredTokenException'), false, /have expired/],
      ['a quota is used up', awsFault('LimitExceededException'), false, /quota is used up/],
      [
        'AWS refuses otherwise',
        awsFault('SomethingNew', 'odd', 400),
        false,
        /status 400 \(“SomethingNew: odd”\)/,
      ],
      ['the keys are disabled', undefined, false, /disabled; enable it/],
      ['the keys are pending deletion', undefined, false, /deletion pending/],
      ['the keys are gone', undefined, false, /no such key in this region and account/],
    ],
  },
  {
    name: 'http',
    make: http,
    rows: [
      ...everywhere,
      ...overHttp,
      ['it is busy', { status: 503, json: refusal('unavailable', true) }, true, /unavailable: because/],
      ['it is throttled', { status: 429, json: {} }, true, /status 429/],
      ['its HSM is out for good', { status: 503, json: refusal('unavailable', false) }, false, /status 503/],
      [
        'it does not know the key',
        { status: 404, json: refusal('unknown_key', false) },
        false,
        /unknown_key/,
      ],
      [
        'it is another service',
        { status: 404, text: 'Not found' },
        false,
        /no such path; see CHANCERY_KMS_HTTP_URL/,
      ],
      ['the token is revoked', undefined, false, /CHANCERY_KMS_HTTP_TOKEN_FILE.*unauthenticated/],
    ],
  },
]

describe.each(TABLE)('$name', ({ make, rows }) => {
  it.each(rows)('when %s, says so, and whether to try again', async (wrong, fault, retryable, says) => {
    const { service, provider, reopened, goesWrong, secrets } = await make()
    ends.push(service.close)
    const context = Buffer.from('context')
    const wrapped = await provider.wrap(Buffer.alloc(32, 1), context)
    const { handle = Buffer.alloc(0) } = (await provider.device?.generateKeyPair('EC_prime256v1', 'a')) ?? {}
    const hurried = fault === 'hangs' ? await reopened(HURRIED) : provider
    if (fault === undefined) goesWrong[wrong]?.()
    else service.fault = () => fault
    const tried = [
      () => hurried.wrap(Buffer.alloc(32, 1), context),
      () => hurried.unwrap(wrapped, context),
      () => hurried.device?.sign(handle, 'SHA256WITHECDSA', Buffer.from('data')),
      // What is disabled still describes itself.
      ...(/disabled|pending/.test(wrong) ? [] : [() => hurried.describe()]),
    ]
    for (const attempt of tried) {
      const error: unknown = await Promise.resolve(attempt()).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ name: 'ChanceryError', code: 'kms_unavailable', details: { retryable } })
      expect((error as Error).message).toMatch(says)
      for (const secret of secrets) expect(inspect(error, { depth: 9 })).not.toContain(secret)
    }
    await provider.close?.()
    if (hurried !== provider) await hurried.close?.()
  })

  it('when it is not there, says where it should be', async () => {
    const { service, provider } = await make()
    await service.close()
    const error: unknown = await provider.describe().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'kms_unavailable', details: { retryable: true } })
    expect((error as Error).message).toMatch(/can't be reached \(ECONNREFUSED\)/)
    await provider.close?.()
  })

  it('asks again after a failure that passes, and nobody notices', async () => {
    const { service, provider } = await make()
    ends.push(service.close)
    const wrapped: WrappedDataKey = await provider.wrap(Buffer.alloc(32, 1), Buffer.from('c'))
    let failures = 2
    service.fault = () => (failures-- > 0 ? { status: 503, json: {} } : undefined)
    expect(Buffer.from(await provider.unwrap(wrapped, Buffer.from('c')))).toEqual(Buffer.alloc(32, 1))
    expect(failures).toBe(-1)
    await provider.close?.()
  })

  it('asks once only for what makes a new version', async () => {
    const { service, provider } = await make()
    ends.push(service.close)
    await provider.describe()
    const rotation = /rotate|RotateKeyOnDemand/
    const isRotation = ({ path, headers }: Asked): boolean =>
      rotation.test(path) || rotation.test(String(headers['x-amz-target']))
    service.fault = (asked) => (isRotation(asked) ? { status: 503, json: {} } : undefined)
    await expect(provider.rotate?.()).rejects.toMatchObject({ details: { retryable: true } })
    expect(service.asked.filter(isRotation)).toHaveLength(1)
    await provider.close?.()
  })

  it('with a wrong signature leaves nothing half-made behind', async () => {
    const { service, provider } = await make()
    ends.push(service.close)
    await using given = await barePorts()
    const device = provider.device
    if (device === undefined) throw new Error('no device')
    const wrong: KmsProvider = {
      ...provider,
      device: {
        ...device,
        sign: async (handle, algorithm, data) =>
          device.sign(handle, algorithm, Buffer.concat([data, Buffer.from('!')])),
      },
    }
    const kmsVault = (made: KmsProvider) =>
      createKeyVault({
        providers: { preferred: made, all: [made] },
        recordUnwrap: async () => undefined,
        clock: given.clock,
        random,
      })
    const ports = { ...given.ports, vault: kmsVault(wrong) }
    await expect(aRoot({ ports, admin: given.admin })).rejects.toMatchObject({ name: 'ChanceryError' })
    // What was to be signed is on record as abandoned; no authority acts, and nobody can read a certificate of it.
    expect([...recordedSerials(given.database).values()]).toEqual([2])
    expect(
      rowsOf(given.database, "SELECT id FROM Authority WHERE certificateDer IS NOT NULL AND name = 'r'"),
    ).toEqual([])
    const healed = { ...given.ports, vault: kmsVault(provider) }
    expect(await aRoot({ ports: healed, admin: given.admin })).toMatchObject({ status: 'ACTIVE' })
    await provider.close?.()
  })
})
