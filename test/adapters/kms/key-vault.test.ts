import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyVault, type KeyVaultOptions } from '../../../src/adapters/kms/key-vault.ts'
import { openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
import { createLocalKeyFile } from '../../../src/adapters/kms/local-key-file-writing.ts'
import { createLogger } from '../../../src/adapters/system/logger.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { KeyId } from '../../../src/core/domain/ids.ts'
import { KEY_ALGORITHM_NAMES, signaturesOf, signingOptions } from '../../../src/core/domain/key-algorithms.ts'
import type { StoredKey } from '../../../src/core/domain/keys.ts'
import type { KeyUse, KeyVault, Unwrap } from '../../../src/core/ports/key-vault.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { assembleCertificate } from '../../../src/core/x509/certificate.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { encodeCertId, issuerHashes } from '../../../src/core/x509/ocsp-cert-id.ts'
import { prepareOcsp, type Prepared } from '../../../src/core/x509/prepare.ts'
import { aPrepared } from './a-prepared.ts'
import { aContext, plainProvider } from './support.ts'

const random = createSystemRandom()
const use: KeyUse = { caller: 'token/1', service: 'acm-pca.amazonaws.com', requestId: 'r-1' }
const leaf = aContext({ purpose: 'certificate', id: '5a0c2f3e-0000-4000-8000-00000000000c' as KeyId })

type Change = Partial<KeyVaultOptions> & { readonly provider?: KmsProvider }
type Trial = { vault: KeyVault; unwraps: Unwrap[]; clock: { time: number } }
function aVault({ provider = plainProvider(), ...change }: Change = {}): Trial {
  const unwraps: Unwrap[] = []
  const clock = { time: 1_000_000 }
  const vault = createKeyVault({
    providers: { preferred: provider, all: [provider] },
    recordUnwrap: async (unwrap) => void unwraps.push(unwrap),
    clock: { now: () => clock.time },
    random,
    pbkdf2Rounds: 1000,
    ...change,
  })
  return { vault, unwraps, clock }
}
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
const signRoot = (vault: KeyVault, key: StoredKey): Promise<Uint8Array> =>
  vault.sign(key, aPrepared(key).prepared, use)
const privateKeyFrom = (der: Uint8Array, passphrase?: string) =>
  createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8', ...(passphrase && { passphrase }) })

let directory: string
let local: KmsProvider
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-vault-'))
  await createLocalKeyFile(join(directory, 'kek.json'), random)
  local = await openLocalKeyFile(join(directory, 'kek.json'), random)
})
afterAll(() => rm(directory, { recursive: true }))

/** A key that was made elsewhere, and its file. */
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const elsewhere = new Uint8Array(other.privateKey.export({ format: 'der', type: 'pkcs8' }))

describe('generate and sign', () => {
  const WAYS = KEY_ALGORITHM_NAMES.flatMap((key) => signaturesOf(key).map((way) => [key, way] as const))
  it.each(WAYS)(
    '%s signing %s: the signature verifies under the stored public key',
    async (algorithm, way) => {
      const { vault } = aVault({ provider: local })
      const key = await vault.generate(algorithm, aContext())
      expect(key).toMatchObject({
        ...aContext(),
        algorithm,
        provider: 'local',
        kekVersion: 1,
        createdAt: 1_000_000,
      })
      const { prepared, tbs, signatureAlgorithm } = aPrepared(key, way)
      const signature = await vault.sign(key, prepared, use)
      const spki = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' })
      const { digest, padding } = signingOptions(signatureAlgorithm)
      expect(verify(digest, tbs, { key: spki, ...padding }, signature)).toBe(true)
      const certificate = new X509Certificate(assembleCertificate(tbs, signatureAlgorithm, signature))
      expect(certificate.verify(certificate.publicKey)).toBe(true)
    },
  )

  it('refuses an algorithm that is not in the table', async () => {
    const { vault } = aVault()
    await expect(vault.generate('constructor' as 'ED25519', aContext())).rejects.toMatchObject({
      code: 'request_invalid',
    })
  })

  it('signs a Prepared once', async () => {
    const { vault } = aVault()
    const key = await vault.generate('EC_prime256v1', aContext())
    const { prepared } = aPrepared(key)
    await vault.sign(key, prepared, use)
    await expect(vault.sign(key, prepared, use)).rejects.toMatchObject({ code: 'internal' })
    await expect(vault.sign(key, {} as Prepared, use)).rejects.toMatchObject({ code: 'internal' })
  })

  it('refuses another parameter set of ML-DSA than its key’s', async () => {
    const { vault } = aVault()
    const key = await vault.generate('ML_DSA_44', aContext())
    const other = await vault.generate('ML_DSA_65', aContext())
    await expect(vault.sign(key, aPrepared(other).prepared, use)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining("can't sign ML_DSA_65") as string,
    })
  })

  it("refuses an algorithm of another family, and a certificate's key", async () => {
    const { vault, unwraps } = aVault()
    const key = await vault.generate('EC_prime256v1', aContext())
    // Linted for a key of the right family, then given to this one.
    const other = await vault.generate('ED25519', aContext())
    await expect(vault.sign(key, aPrepared(other).prepared, use)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining("can't sign ED25519") as string,
    })
    const own = await vault.generate('EC_prime256v1', leaf)
    await expect(vault.sign(own, aPrepared(own).prepared, use)).rejects.toMatchObject({ code: 'internal' })
    expect(unwraps).toEqual([])
  })

  it('notices that a row names another public key', async () => {
    const { vault } = aVault()
    const key = await vault.generate('EC_prime256v1', aContext())
    const { spki } = await vault.generate('EC_prime256v1', aContext())
    await expect(vault.sign({ ...key, spki }, aPrepared(key).prepared, use)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(key.id) as string,
    })
  })

  it.each<[string, Partial<StoredKey>]>([
    ['account', { account: '999999999999' as StoredKey['account'] }],
    ['region', { region: 'us-east-1' as StoredKey['region'] }],
    ['id', { id: 'x' as KeyId }],
    ['envelope', { sealed: Buffer.alloc(200, 1) }],
    ['public key', { spki: Buffer.alloc(91) }],
    ['kekVersion', { kekVersion: 9 }],
    ['kekId', { kekId: 'other' }],
  ])("a row with another %s doesn't open, though the right one is in the cache", async (_, change) => {
    const { vault } = aVault()
    const key = await vault.generate('EC_prime256v1', aContext())
    await signRoot(vault, key)
    const changed = vault.sign({ ...key, ...change }, aPrepared(key).prepared, use)
    await expect(changed).rejects.toMatchObject({ code: 'internal' })
  })

  it('says which KMS a key wants when another one is configured', async () => {
    const { vault } = aVault()
    const key = await aVault({ provider: local }).vault.generate('EC_prime256v1', aContext())
    await expect(signRoot(vault, key)).rejects.toMatchObject({
      code: 'kms_unavailable',
      message: expect.stringMatching(/sealed by KMS local.*configured for plain/) as string,
      details: { retryable: false },
    })
  })
})

describe('each real unwrap is on record before the key is used', () => {
  it('names context, use and key-encryption key; a cached key needs no record', async () => {
    const { vault, unwraps } = aVault()
    const key = await vault.generate('EC_prime256v1', aContext())
    await signRoot(vault, key)
    await signRoot(vault, key)
    expect(unwraps).toEqual([{ context: aContext(), use, provider: 'plain', kekId: 'kek', kekVersion: 3 }])
  })

  it('waits for the record', async () => {
    let finish = (): void => undefined
    const recording = new Promise<void>((resolve) => (finish = resolve))
    let signed = false
    const { vault } = aVault({ recordUnwrap: () => recording })
    const key = await vault.generate('EC_prime256v1', aContext())
    const signature = signRoot(vault, key).then(() => (signed = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(signed).toBe(false)
    finish()
    await signature
    expect(signed).toBe(true)
  })

  it('uses nothing when the record fails, and keeps nothing', async () => {
    let broken = true
    let tries = 0
    const { vault } = aVault({
      recordUnwrap: async () => {
        tries++
        if (broken) throw new Error('disk full')
      },
    })
    const key = await vault.generate('EC_prime256v1', aContext())
    const own = await vault.generate('EC_prime256v1', leaf)
    await expect(signRoot(vault, key)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(signRoot(vault, key)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(vault.seal(own, { kind: 'pkcs8' }, use)).rejects.toMatchObject({ code: 'unavailable' })
    expect(tries).toBe(3)
    broken = false
    await signRoot(vault, key)
    expect(tries).toBe(4)
  })

  it('shares one unwrap between concurrent signatures', async () => {
    const { vault, unwraps } = aVault({ provider: local })
    const key = await vault.generate('EC_prime256v1', aContext())
    const signatures = await Promise.all(Array.from({ length: 20 }, () => signRoot(vault, key)))
    expect(signatures).toHaveLength(20)
    expect(unwraps).toHaveLength(1)
  })

  it('records each export', async () => {
    const { vault, unwraps } = aVault()
    const key = await vault.generate('EC_prime256v1', leaf)
    await vault.seal(key, { kind: 'pkcs8' }, use)
    await vault.seal(key, { kind: 'pkcs8' }, use)
    expect(unwraps).toHaveLength(2)
  })
})

describe('the cache of opened keys', () => {
  it('opens anew after its time, after forget, and when the clock went back', async () => {
    const { vault, unwraps, clock } = aVault({ cacheMillis: 1000 })
    const key = await vault.generate('EC_prime256v1', aContext())
    await signRoot(vault, key)
    clock.time += 999
    await signRoot(vault, key)
    expect(unwraps).toHaveLength(1)
    clock.time += 1
    await signRoot(vault, key)
    expect(unwraps).toHaveLength(2)
    clock.time -= 1
    await signRoot(vault, key)
    expect(unwraps).toHaveLength(3)
    vault.forget()
    await signRoot(vault, key)
    expect(unwraps).toHaveLength(4)
  })

  it('keeps the most recently used', async () => {
    const { vault, unwraps } = aVault({ cacheSize: 2 })
    const keys: StoredKey[] = []
    for (const id of ['a', 'b', 'c'])
      keys.push(await vault.generate('EC_prime256v1', aContext({ id: id as KeyId })))
    const [a, b, c] = keys as [StoredKey, StoredKey, StoredKey]
    for (const key of [a, b, a, c, a]) await signRoot(vault, key)
    expect(unwraps.map(({ context }) => context.id)).toEqual(['a', 'b', 'c'])
    await signRoot(vault, b)
    expect(unwraps.map(({ context }) => context.id)).toEqual(['a', 'b', 'c', 'b'])
  })
})

describe('seal', () => {
  const passphrase = 'correct horse battery'
  it('exports PKCS#8, encrypted and in the clear, of the very key', async () => {
    const { vault } = aVault({ provider: local })
    const key = await vault.generate('EC_prime256v1', leaf)
    const clear = privateKeyFrom(await vault.seal(key, { kind: 'pkcs8' }, use))
    const encrypted = await vault.seal(key, { kind: 'pkcs8-encrypted', passphrase }, use)
    expect(privateKeyFrom(encrypted, passphrase).equals(clear)).toBe(true)
    expect(createPublicKey(clear).export({ format: 'der', type: 'spki' }).equals(key.spki)).toBe(true)
    expect(() => privateKeyFrom(encrypted, `${passphrase}!`)).toThrow(Error)
  })

  it('exports PKCS#12', async () => {
    const { vault } = aVault()
    const key = await vault.generate('RSA_2048', leaf)
    const authority = await vault.generate('EC_prime256v1', aContext())
    const { prepared, tbs, signatureAlgorithm } = aPrepared(authority)
    const chain = [assembleCertificate(tbs, signatureAlgorithm, await vault.sign(authority, prepared, use))]
    const pfx = await vault.seal(key, { kind: 'pkcs12', passphrase, friendlyName: 'web', chain }, use)
    expect(pfx[0]).toBe(0x30)
    expect(pfx.length).toBeGreaterThan(1500)
  })

  it('refuses an empty passphrase', async () => {
    const { vault } = aVault()
    const key = await vault.generate('EC_prime256v1', leaf)
    await expect(vault.seal(key, { kind: 'pkcs8-encrypted', passphrase: '' }, use)).rejects.toMatchObject({
      code: 'request_invalid',
    })
  })

  it("never hands out an authority's key", async () => {
    const { vault, unwraps } = aVault()
    const key = await vault.generate('EC_prime256v1', aContext())
    await expect(vault.seal(key, { kind: 'pkcs8' }, use)).rejects.toMatchObject({ code: 'policy_refused' })
    expect(unwraps).toEqual([])
  })

  it('runs many derivations without losing one', async () => {
    const { vault } = aVault()
    const key = await vault.generate('EC_prime256v1', leaf)
    const form = { kind: 'pkcs8-encrypted', passphrase } as const
    const sealed = await Promise.all(Array.from({ length: 7 }, () => vault.seal(key, form, use)))
    expect(new Set(sealed.map((der) => Buffer.from(der).toString('hex'))).size).toBe(7)
    for (const der of sealed) privateKeyFrom(der, passphrase)
  })
})

describe('import', () => {
  it('seals the key of a file; it signs here, and leaves the vault no more', async () => {
    const { vault } = aVault({ provider: local })
    const file = { der: elsewhere, passphrase: undefined }
    const { key, certificates, outsideDevice } = await vault.import(file, aContext())
    expect({ certificates, outsideDevice }).toEqual({ certificates: [], outsideDevice: false })
    expect(key).toMatchObject({ ...aContext(), algorithm: 'EC_prime256v1', provider: 'local' })
    expect(Buffer.from(key.sealed).includes(elsewhere.subarray(36, 68))).toBe(false)
    const { prepared, tbs } = aPrepared(key)
    expect(verify('sha256', tbs, other.publicKey, await vault.sign(key, prepared, use))).toBe(true)
    await expect(vault.seal(key, { kind: 'pkcs8' }, use)).rejects.toMatchObject({ code: 'policy_refused' })
  })

  it('by a KMS that isn’t configured is refused by name', async () => {
    const file = { der: elsewhere, passphrase: undefined }
    await expect(aVault().vault.import(file, aContext(), 'pkcs11')).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [{ field: 'kms' }],
    })
  })
})

describe('a KMS with a device', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const provider: KmsProvider = {
    ...plainProvider(),
    device: {
      algorithms: ['EC_prime256v1'],
      generateKeyPair: async (_, label) => ({
        handle: Buffer.from(label),
        spki: pair.publicKey.export({ format: 'der', type: 'spki' }),
      }),
      publicKey: async () => pair.publicKey.export({ format: 'der', type: 'spki' }),
      sign: async (handle, algorithm, data) => {
        if (Buffer.from(handle).toString() !== aContext().id) throw new Error('token removed')
        const { digest, padding } = signingOptions(algorithm)
        return sign(digest, data, { key: pair.privateKey, ...padding })
      },
    },
  }

  it("keeps authorities' keys in it and signs there", async () => {
    const { vault, unwraps } = aVault({ provider })
    const key = await vault.generate('EC_prime256v1', aContext())
    expect(key).toMatchObject({ kekId: aContext().id, kekVersion: 0, sealed: Buffer.from(aContext().id) })
    const { prepared, tbs } = aPrepared(key)
    expect(verify('sha256', tbs, pair.publicKey, await vault.sign(key, prepared, use))).toBe(true)
    expect(unwraps).toEqual([])
  })

  it('seals certificates’ keys all the same: they are made to be handed out', async () => {
    const { vault } = aVault({ provider })
    const key = await vault.generate('EC_prime256v1', leaf)
    expect(key.kekVersion).toBe(3)
    privateKeyFrom(await vault.seal(key, { kind: 'pkcs8' }, use))
  })

  it('seals an imported authority’s key under it and signs in memory, and says so', async () => {
    const { vault, unwraps } = aVault({ provider })
    const file = { der: elsewhere, passphrase: undefined }
    const { key, outsideDevice } = await vault.import(file, aContext())
    expect(outsideDevice).toBe(true)
    expect(key.kekVersion).toBe(3)
    const { prepared, tbs } = aPrepared(key)
    expect(verify('sha256', tbs, other.publicKey, await vault.sign(key, prepared, use))).toBe(true)
    expect(unwraps).toHaveLength(1)
    await expect(vault.seal(key, { kind: 'pkcs8' }, use)).rejects.toMatchObject({ code: 'policy_refused' })
  })

  it('reports a device that fails or is gone', async () => {
    const { vault } = aVault({ provider })
    const key = await vault.generate('EC_prime256v1', aContext())
    const broken = { ...key, sealed: Buffer.from('other') }
    await expect(signRoot(vault, broken)).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: true },
    })
    await expect(signRoot(aVault().vault, key)).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: false },
    })
  })
})

describe('an access key’s secret', () => {
  it('is sealed as it was given, and begins Signature Version 4’s chain without leaving the vault', async () => {
    const { vault, unwraps } = aVault()
    const secret = Buffer.from('AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')
    const stored = await vault.keepSecret(aContext({ purpose: 'access-key' }), secret)
    expect(Buffer.from(stored.sealed).includes(secret)).toBe(false)
    const asked = { ...use, service: 'sts.amazonaws.com' as const }
    const date = await vault.mac(stored, Buffer.from('20150830'), asked)
    expect(Buffer.from(date)).toEqual(createHmac('sha256', secret).update('20150830').digest())
    await vault.mac(stored, Buffer.from('20150831'), asked)
    expect(unwraps).toHaveLength(1)
    await expect(
      vault.mac({ ...stored, purpose: 'webhook' }, Buffer.from('20150830'), asked),
    ).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('secrets', () => {
  it('stand in nothing that is thrown or logged, whatever fails', async () => {
    const dataKeys: Uint8Array[] = []
    const watched = plainProvider({ onUnwrapped: (dataKey) => dataKeys.push(Uint8Array.from(dataKey)) })
    const lines: string[] = []
    const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
    const { vault, unwraps } = aVault({ provider: watched })
    const passphrase = 'xyzzy-plugh-never-to-be-seen'
    const key = await vault.generate('EC_prime256v1', leaf)
    const authority = await vault.generate('EC_prime256v1', aContext())
    const pkcs8Der = await vault.seal(key, { kind: 'pkcs8' }, use)
    await signRoot(vault, authority)
    const failing = aVault({
      provider: watched,
      recordUnwrap: () => Promise.reject(new ChanceryError('unavailable', 'no audit')),
    }).vault
    const thrown = await Promise.all([
      caught(vault.seal({ ...key, id: 'x' as KeyId }, { kind: 'pkcs8' }, use)),
      caught(vault.seal({ ...key, sealed: key.sealed.subarray(0, -1) }, { kind: 'pkcs8' }, use)),
      caught(vault.seal(key, { kind: 'pkcs8-encrypted', passphrase: `${passphrase}\0` }, use)),
      caught(vault.seal(key, { kind: 'pkcs12', passphrase, friendlyName: '', chain: [] }, use)),
      caught(vault.seal(authority, { kind: 'pkcs8' }, use)),
      caught(failing.seal(key, { kind: 'pkcs8' }, use)),
      caught(signRoot(failing, authority)),
      caught(vault.sign({ ...authority, spki: encodeSubject({}) }, aPrepared(authority).prepared, use)),
    ])
    for (const error of thrown) {
      expect(error).toBeInstanceOf(ChanceryError)
      logger.error({ error, unwraps, dataKeys, privateKey: pkcs8Der, passphrase }, (error as Error).message)
    }
    const scalar = privateKeyFrom(pkcs8Der).export({ format: 'jwk' }).d as string
    const secrets = [
      Buffer.from(scalar, 'base64url'),
      Buffer.from(pkcs8Der),
      ...dataKeys.map((dataKey) => Buffer.from(dataKey)),
    ]
    const said = [...lines, ...thrown.map((error) => inspect(error, { depth: 9, showHidden: true }))].join(
      '\n',
    )
    expect(dataKeys.length).toBeGreaterThan(2)
    expect(lines).toHaveLength(thrown.length)
    for (const secret of secrets) {
      for (const spelling of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        expect(said.includes(secret.toString(spelling).slice(0, 20))).toBe(false)
      }
      expect(said.includes([...secret.subarray(0, 8)].join(','))).toBe(false)
      expect(said.includes(inspect(secret.subarray(0, 8)).slice(8, 30))).toBe(false)
    }
    expect(said.includes(passphrase)).toBe(false)
  })
})

describe('what a key is for', () => {
  const answer = () =>
    prepareOcsp({
      signatureAlgorithm: 'SHA256WITHECDSA',
      responderKeyHash: new Uint8Array(20),
      producedAt: 0,
      responses: [
        {
          certId: encodeCertId(
            'sha1',
            issuerHashes('sha1', encodeSubject({}), authority.spki),
            Uint8Array.of(1),
          ),
          status: { kind: 'good' },
          thisUpdate: 0,
          nextUpdate: 1000,
        },
      ],
      nonce: undefined,
    })
  const trial = aVault()
  let authority: StoredKey
  let responder: StoredKey
  beforeAll(async () => {
    authority = await trial.vault.generate('EC_prime256v1', aContext({}))
    responder = await trial.vault.generate('EC_prime256v1', aContext({ purpose: 'responder' }))
  })

  it('a responder’s key makes answers only, and an authority’s none', async () => {
    const { prepared, tbs } = answer()
    const signature = await trial.vault.sign(responder, prepared, use)
    const publicKey = createPublicKey({ key: Buffer.from(responder.spki), format: 'der', type: 'spki' })
    expect(verify('sha256', tbs, publicKey, signature)).toBe(true)
    expect(await caught(signRoot(trial.vault, responder))).toMatchObject({ code: 'internal' })
    expect(await caught(trial.vault.sign(authority, answer().prepared, use))).toMatchObject({
      code: 'internal',
    })
  })

  it('a responder’s key never leaves the vault, and is no authority’s when its row says so', async () => {
    expect(await caught(trial.vault.seal(responder, { kind: 'pkcs8' }, use))).toMatchObject({
      code: 'policy_refused',
    })
    const claimed = { ...responder, purpose: 'authority' as const }
    expect(await caught(signRoot(trial.vault, claimed))).toMatchObject({ code: 'internal' })
  })

  it('however many responders sign, an authority’s key stays open', async () => {
    const { vault, unwraps } = aVault({ cacheSize: 2 })
    const mine = await vault.generate('EC_prime256v1', aContext({}))
    await signRoot(vault, mine)
    for (let n = 0; n < 5; n++) {
      const id = `5a0c2f3e-0000-4000-8000-0000000001${n}0` as KeyId
      const key = await vault.generate('EC_prime256v1', aContext({ purpose: 'responder', id }))
      await vault.sign(key, answer().prepared, use)
    }
    const before = unwraps.length
    await signRoot(vault, mine)
    expect(unwraps).toHaveLength(before)
  })
})
