import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { KmsDevice, KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { hasSoftHsm, type SoftHsm } from '../../support/softhsm.ts'
import { openTokens } from '../../adapters/kms/pkcs11/a-token.ts'

const data = Buffer.from('to be signed')
const context = Buffer.from('context')

/** The processes that vendors' libraries run in. */
const tokenProcesses = (): number[] =>
  spawnSync('pgrep', ['-P', String(process.pid), '-f', 'token-process'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line !== '')
    .map(Number)

/** SoftHSM 2.6 overlooks the first name of the list. */
const without = (mechanism: string): string => `slots.mechanisms = -CKM_DSA,${mechanism}`

/** Node says then what it says on a machine where the module in HIDDEN is missing. */
const HIDING = `const loader = require('node:module')
const resolve = loader._resolveFilename
loader._resolveFilename = function (name, ...rest) {
  if (name !== process.env.HIDDEN) return resolve.call(this, name, ...rest)
  throw new Error("Cannot find module '" + name + "'")
}`

describe.runIf(hasSoftHsm() && process.platform === 'linux')('a PKCS #11 token', () => {
  const { hsm: aToken, open } = openTokens()
  afterEach(() => vi.useRealTimers())

  const caught = async (promise: Promise<unknown>): Promise<Error> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ name: 'ChanceryError', code: 'kms_unavailable' })
    return error as Error
  }
  const refused = async (promise: Promise<unknown>, said: RegExp, retryable: boolean): Promise<void> => {
    const error = await caught(promise)
    expect(error.message).toMatch(said)
    expect(error).toMatchObject({ details: { retryable } })
  }
  const signer = async ({ device }: { readonly device: KmsDevice }): Promise<() => Promise<Uint8Array>> => {
    const { handle } = await device.generateKeyPair('EC_prime256v1', 'authority')
    return () => device.sign(handle, 'SHA256WITHECDSA', data)
  }
  /** It is tried again once a second. */
  const works = (again: () => Promise<unknown>): Promise<unknown> =>
    vi.waitFor(again, { timeout: 20_000, interval: 100 })

  describe('at the start', () => {
    it('with a wrong PIN: the setting is named, not to be retried, and the PIN isn’t shown', async () => {
      const hsm = aToken()
      await writeFile(hsm.pinFile, '99999')
      const error = await caught(open(hsm))
      expect(error.message).toMatch(/CKR_PIN_INCORRECT; check CHANCERY_KMS_PKCS11_PIN_FILE/)
      expect(error).toMatchObject({ details: { retryable: false } })
      expect(inspect(error, { depth: 9 })).not.toContain('99999')
      expect(tokenProcesses()).toEqual([])
    })

    it.each<[string, (hsm: SoftHsm) => Promise<void>, RegExp]>([
      [
        'open to others',
        ({ pinFile }) => chmod(pinFile, 0o640),
        /is open to others \(mode 640\); run: chmod 600/,
      ],
      ['empty', ({ pinFile }) => writeFile(pinFile, '\n'), /must hold the PIN on its only line/],
      ['of two lines', ({ pinFile }) => writeFile(pinFile, '1\n2\n'), /must hold the PIN on its only line/],
      ['too large', ({ pinFile }) => writeFile(pinFile, '1'.repeat(600)), /too large/],
    ])('with a PIN file that is %s', async (_, change, said) => {
      const hsm = aToken()
      await change(hsm)
      await refused(open(hsm), said, false)
    })

    it('without a PIN file', async () => {
      await refused(
        open(aToken(), { pinFile: '/nowhere/pin' }),
        /PIN_FILE: \/nowhere\/pin can't be read \(ENOENT\)/,
        false,
      )
    })

    it('without such a token: those that are there are named', async () => {
      await refused(
        open(aToken(), { token: 'another' }),
        /token “another” \(CHANCERY_KMS_PKCS11_TOKEN\) is not there; there is “chancery” \(serial [0-9a-f]{16}\)/,
        true,
      )
    })

    it('with two tokens of that label: one is to be named by its serial number, which works', async () => {
      const hsm = aToken()
      hsm.addToken(hsm.label)
      const error = await caught(open(hsm))
      expect(error.message).toMatch(/2 tokens are labelled “chancery”; name one by its serial number/)
      const serial = /[0-9a-f]{16}/.exec(error.message)?.[0] ?? ''
      await (await open(hsm, { token: serial })).wrap(new Uint8Array(32), context)
    })

    it('without the library', async () => {
      await refused(
        open(aToken(), { module: '/nowhere.so' }),
        /CHANCERY_KMS_PKCS11_MODULE: \/nowhere.so/,
        false,
      )
    })

    it.each([
      ['installed', 'pkcs11js', /not installed; run: npm install --save-optional pkcs11js@2\.1\.7 /],
      ['compiled', './build/Release/pkcs11.node', /can't be loaded .*; run: npm rebuild pkcs11js /],
    ])('without the addon %s: the command to run is named', async (_, missing, said) => {
      const hsm = aToken()
      const hook = join(hsm.pinFile, '../hook.cjs')
      writeFileSync(hook, HIDING)
      const environment = () => ({ ...hsm.environment(), NODE_OPTIONS: `--require=${hook}`, HIDDEN: missing })
      await refused(open(hsm, { environment }), said, false)
    })

    it('without AES-GCM, which data keys are wrapped with', async () => {
      const hsm = aToken([without('CKM_AES_GCM')])
      await refused(open(hsm), /hasn't got CKM_AES_GCM/, false)
    })

    it('makes keys of what its mechanisms allow, and no others', async () => {
      const { device } = await open(aToken([without('CKM_RSA_PKCS_KEY_PAIR_GEN')]))
      expect(device.algorithms).toEqual(['EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1', 'ED25519'])
    })
  })

  it('that is pulled is to be retried, and works again when it is back, without a restart', async () => {
    const hsm = aToken()
    const provider = await open(hsm)
    const sign = await signer(provider)
    const wrapped = await provider.wrap(new Uint8Array(32), context)
    hsm.pull()
    for (const question of [sign, sign, () => provider.describe(), () => provider.unwrap(wrapped, context)]) {
      await refused(question(), /token|device/, true)
    }
    hsm.insert()
    await works(sign)
    expect(await provider.unwrap(wrapped, context)).toEqual(new Uint8Array(32))
  })

  it('under load is pulled and put back: every signature is made or refused as retryable', async () => {
    const hsm = aToken()
    const sign = await signer(await open(hsm))
    const outcomes: unknown[] = []
    let going = true
    const load = Array.from({ length: 8 }, async () => {
      while (going) {
        outcomes.push(
          await sign().then(
            () => 'signed',
            (error: unknown) => error,
          ),
        )
        await turn()
      }
    })
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(20), { timeout: 20_000 })
    hsm.pull()
    await vi.waitFor(() => expect(outcomes.at(-1)).not.toBe('signed'), { timeout: 20_000 })
    hsm.insert()
    await vi.waitFor(() => expect(outcomes.at(-1)).toBe('signed'), { timeout: 20_000 })
    going = false
    await Promise.all(load)
    for (const outcome of outcomes.filter((one) => one !== 'signed')) {
      expect(outcome).toMatchObject({ code: 'kms_unavailable', details: { retryable: true } })
    }
  })

  it('that another one took the place of, by label, is not used, and gets no key', async () => {
    const hsm = aToken()
    const provider = await open(hsm)
    const sign = await signer(provider)
    const { kekId } = await provider.describe()
    hsm.pull()
    hsm.makePlace()
    hsm.addToken(hsm.label)
    await works(() =>
      refused(sign(), new RegExp(`hasn't got key-encryption key ${kekId}: it is another token`), true),
    )
    expect(hsm.pkcs11Tool('--list-objects')).not.toContain('chancery-kek')
    hsm.insert()
    await works(sign)
  })

  it('on which two servers made the same version in one moment opens what either sealed', async () => {
    const hsm = aToken()
    const one = await open(hsm)
    const { kekId } = await one.describe()
    const dataKey = Buffer.alloc(32, 7)
    const wrapped = [await one.wrap(dataKey, context)]
    for (const id of [kekId, '00'.repeat(16)]) {
      hsm.pkcs11Tool(
        '--keygen',
        '--key-type',
        'AES:32',
        '--label',
        'chancery-kek-1',
        '--id',
        id,
        '--sensitive',
      )
      const other = await open(hsm)
      wrapped.push(await other.wrap(dataKey, context))
      for (const provider of [one, other])
        for (const each of wrapped) expect(dataKey.equals(await provider.unwrap(each, context))).toBe(true)
    }
    expect(wrapped.map((each) => each.kekId)).toEqual([kekId, kekId, '00'.repeat(16)])
  })

  it('whose key was deleted: restore its backup, not to be retried; other keys go on', async () => {
    const hsm = aToken()
    const { device } = await open(hsm)
    const [gone, stays] = [await signer({ device }), await signer({ device })]
    const { handle } = await device.generateKeyPair('EC_prime256v1', 'deleted')
    await device.sign(handle, 'SHA256WITHECDSA', data)
    hsm.pkcs11Tool('--delete-object', '--type', 'privkey', '--label', 'deleted')
    await refused(device.sign(handle, 'SHA256WITHECDSA', data), /hasn't got the key with id .*restore/, false)
    await gone()
    await stays()
  })

  it('whose PIN was changed meanwhile is not given the wrong one twice', async () => {
    const hsm = aToken()
    const sign = await signer(await open(hsm))
    hsm.pkcs11Tool('--change-pin', '--new-pin', '777777')
    hsm.pull()
    await refused(sign(), /token|device/, true)
    hsm.insert()
    await works(() => refused(sign(), /CKR_PIN_INCORRECT/, false))
    // Also when it has become right: which PIN is tried is decided at a start.
    await writeFile(hsm.pinFile, '777777')
    await refused(sign(), /CKR_PIN_INCORRECT/, false)
    expect(tokenProcesses()).toEqual([])
  })

  it('whose library crashes gets a new process, and what it was asked is asked again', async () => {
    const sign = await signer(await open(aToken()))
    const before = tokenProcesses()
    expect(before).toHaveLength(1)
    process.kill(before[0] ?? 0, 'SIGSTOP')
    const signature = sign()
    await turn()
    process.kill(before[0] ?? 0, 'SIGKILL')
    expect((await signature).length).toBeGreaterThan(60)
    expect(tokenProcesses()).not.toEqual(before)
  })

  it('whose library hangs is reported after ten seconds, and its process is replaced', async () => {
    const sign = await signer(await open(aToken()))
    const [hanging = 0] = tokenProcesses()
    process.kill(hanging, 'SIGSTOP')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const signature = refused(sign(), /didn't answer within 10 seconds/, true)
    await turn()
    vi.advanceTimersByTime(10_000)
    await signature
    vi.useRealTimers()
    await works(sign)
    expect(tokenProcesses()).not.toContain(hanging)
  })

  it('shows its PIN and the product’s variables to no process list', async () => {
    const hsm = aToken()
    await open(hsm)
    const [pid = 0] = tokenProcesses()
    const seen = ['environ', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\0')
    expect(seen).toContain('SOFTHSM2_CONF=')
    expect(seen).not.toContain(hsm.pin)
  })

  it('is left by a provider that is closed, which then says so', async () => {
    const provider: KmsProvider = await open(aToken())
    await provider.describe()
    await provider.close?.()
    expect(tokenProcesses()).toEqual([])
    await refused(provider.describe(), /closed/, true)
  })
})
