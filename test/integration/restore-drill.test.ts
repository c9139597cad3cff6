import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { startLoad, type Held, type Load } from './support/load.ts'
import { recordsOf } from './support/records.ts'
import { fetchCrl, revokedIn } from './support/revoked-in.ts'
import { run } from './support/run.ts'
import { databaseIn, spawnServer, temporaryDirectory, type ServerProcess } from './support/servers.ts'

const PROGRAM = join(import.meta.dirname, '../../src/main/cli.ts')
/** `chancery`, as a process of its own. */
const chancery = (...args: string[]) => run(process.execPath, [PROGRAM, ...args])
const issuance = (n: number) => ({
  names: { dns: [`host-${n}.example.com`] },
  key: { algorithm: 'EC_prime256v1' as const },
})
const crlNumber = (der: Buffer): bigint => {
  // OCTET STRING around an INTEGER behind the OID 2.5.29.20 (RFC 5280 §5.2.3).
  const at = der.indexOf(Buffer.from('0603551d14', 'hex')) + 5
  const length = der[at + 3] as number
  return BigInt(`0x${der.subarray(at + 4, at + 4 + length).toString('hex')}`)
}

type Revoked = {
  readonly id: string
  readonly serial: string
  readonly reason: 'keyCompromise' | 'superseded'
}

/**
 * A server under load is backed up, goes on issuing and revoking, and is killed. The backup and the last CRL are put
 * back elsewhere: what relying parties were told of must stand.
 */
describe('a restore drill', () => {
  const place = temporaryDirectory()
  const [old, data, backup, key] = ['old', 'data', 'backup', 'apart/kms.key'].map((name) =>
    join(place, name),
  ) as [string, string, string, string]
  let authority: string
  let publicUrl: Record<string, string>
  let port: string
  let load: Load
  let before: Held[]
  let after: Held[]
  let lastCrl: Buffer<ArrayBuffer>
  const revoked: Revoked[] = []
  let server: ServerProcess

  beforeAll(async () => {
    mkdirSync(old)
    port = String(await freePort())
    publicUrl = { CHANCERY_PUBLIC_PORT: port, CHANCERY_PUBLIC_URL: `http://127.0.0.1:${port}` }
    server = await spawnServer(old, publicUrl)
    load = startLoad(server.apiUrl, 8, issuance)
    await load.answered(200)
    before = [...load.held]
    const { status, stderr } = await chancery('backup', backup, '--with-key', key, '--data-dir', old)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    await load.answered(load.held.length + 200)
    after = load.held.slice(-100)
    const revoke = async ({ id, serial }: Held, reason: Revoked['reason']): Promise<void> => {
      await server.admin.revokeCertificate({ params: { id }, body: { reason } })
      revoked.push({ id, serial, reason })
    }
    for (const held of before.slice(0, 3)) await revoke(held, 'superseded')
    for (const held of after.slice(0, 3)) await revoke(held, 'keyCompromise')
    authority = before[0]?.id.split('.')[0] ?? ''
    lastCrl = await fetchCrl(`${server.repositoryUrl}/crl/${authority}.crl`)
    // Of after the backup; by itself the server signs one every ten seconds.
    writeFileSync(join(place, 'kept.jsonl'), `${JSON.stringify(await server.admin.makeAuditCheckpoint())}\n`)
    await server.end('SIGKILL')
    await load.stop()
    writeFileSync(join(place, 'last.crl'), lastCrl)
  })
  afterAll(async () => rm(place, { recursive: true }))

  test('the backup holds what was committed, in files of mode 0600, and no key', () => {
    expect(readdirSync(backup).sort()).toEqual(['chancery.db', 'manifest.json'])
    for (const name of ['chancery.db', 'manifest.json'])
      expect(statSync(join(backup, name)).mode & 0o777, name).toBe(0o600)
    expect(statSync(key).mode & 0o777).toBe(0o600)
    const rows = new Set(recordsOf(join(backup, 'chancery.db')).certificates.map(({ serial }) => serial))
    expect(before.filter(({ serial }) => !rows.has(serial))).toEqual([])
    const kek =
      (JSON.parse(readFileSync(key, 'utf8')) as { versions: { key: string }[] }).versions[0]?.key ?? ''
    for (const name of ['chancery.db', 'manifest.json']) {
      const content = readFileSync(join(backup, name))
      expect(content.includes(kek)).toBe(false)
      expect(content.includes(Buffer.from(kek, 'base64'))).toBe(false)
    }
  })

  test.each<[string, () => Promise<{ status: number | null; stderr: string }>, RegExp]>([
    ['without its key file', () => chancery('restore', backup, '--data-dir', data), /key file is needed/],
    [
      'with another installation’s key file',
      async () => {
        const other = join(place, 'other')
        await chancery('init', '--data-dir', other)
        return chancery('restore', backup, '--key-file', join(other, 'kms.key'), '--data-dir', data)
      },
      /the local key file has no version 1 of key/,
    ],
    [
      'into a data directory that holds something',
      () => chancery('restore', backup, '--key-file', key, '--data-dir', old),
      /is not empty/,
    ],
    [
      'with a file that holds no CRL',
      async () => {
        const other = databaseIn(join(place, 'other'))
        const db = new Database(other, { readonly: true })
        const id = db
          .prepare("SELECT certificateDer FROM Authority WHERE name = 'root'")
          .pluck()
          .get() as Buffer
        db.close()
        writeFileSync(join(place, 'no.crl'), id)
        return chancery(
          'restore',
          backup,
          '--key-file',
          key,
          '--crl',
          join(place, 'no.crl'),
          '--data-dir',
          data,
        )
      },
      /no\.crl: /,
    ],
    [
      'with a CRL that was changed',
      () => {
        const changed = Buffer.from(lastCrl)
        changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
        writeFileSync(join(place, 'changed.crl'), changed)
        return chancery(
          'restore',
          backup,
          '--key-file',
          key,
          '--crl',
          join(place, 'changed.crl'),
          '--data-dir',
          data,
        )
      },
      /signature doesn’t verify/,
    ],
    [
      'when one octet of the database was changed',
      () => {
        const damaged = join(place, 'damaged')
        mkdirSync(damaged)
        for (const name of readdirSync(backup)) copyFileSync(join(backup, name), join(damaged, name))
        const content = readFileSync(join(backup, 'chancery.db'))
        content[content.length - 100] = (content.at(-100) ?? 0) ^ 1
        writeFileSync(join(damaged, 'chancery.db'), content)
        return chancery('restore', damaged, '--key-file', key, '--data-dir', data)
      },
      /is not what its manifest says/,
    ],
  ])('nothing is restored %s', async (_, attempt, said) => {
    const { status, stderr } = await attempt()
    expect(status).not.toBe(0)
    expect(stderr).toMatch(said)
    expect(existsSync(data) ? readdirSync(data) : []).toEqual([])
  })

  describe('put back elsewhere, with the key file and the last CRL', () => {
    beforeAll(async () => {
      const crl = join(place, 'last.crl')
      const done = await chancery(
        'restore',
        backup,
        '--key-file',
        key,
        '--crl',
        crl,
        '--no-crl-url',
        '--data-dir',
        data,
      )
      expect(done.stderr).toBe('')
      expect(done.stdout).toMatch(/6 revocations were added from 1 CRLs/)
      server = await spawnServer(data, publicUrl)
    })
    afterAll(async () => void (await server.end('SIGTERM')))

    test('every certificate of before the backup is there, as it was answered', () => {
      const rows = new Map(recordsOf(databaseIn(data)).certificates.map((row) => [row.serial, row]))
      expect(before.filter(({ serial, der }) => rows.get(serial)?.der.equals(der) !== true)).toEqual([])
    })

    test('RFC 5280 §5.2.3: the CRL’s number is above any that was published, and milliseconds since the epoch', async () => {
      const crl = await fetchCrl(`${server.repositoryUrl}/crl/${authority}.crl`)
      expect(crlNumber(crl)).toBeGreaterThan(crlNumber(lastCrl))
      expect(crlNumber(crl)).toBeGreaterThan(BigInt(Date.now() - 600_000))
    })

    test('revocations of after the backup stand in the new CRL, those of certificates it doesn’t know too', async () => {
      const listed = revokedIn(await fetchCrl(`${server.repositoryUrl}/crl/${authority}.crl`))
      for (const serial of revokedIn(lastCrl)) expect(listed.has(serial), serial).toBe(true)
      for (const { serial } of revoked) expect(listed.has(serial), serial).toBe(true)
      const first = revoked[0] as Revoked
      expect(await server.admin.describeCertificate({ params: { id: first.id } })).toMatchObject({
        status: 'revoked',
        revocation: { reason: first.reason },
      })
    })

    test('serials newer than the backup are unknown, loudly, until somebody has acknowledged it', async () => {
      const standing = (serial: string) => server.admin.describeSerial({ params: { authority, serial } })
      const lost = after.at(-1) as Held
      expect(await standing(lost.serial)).toMatchObject({
        status: 'unknown',
        gaps: [{ from: expect.any(String) as string, to: expect.any(String) as string }],
      })
      const { gaps = [] } = await standing(lost.serial)
      const manifest = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8')) as {
        createdAt: string
      }
      expect(gaps[0]?.from).toBe(manifest.createdAt)
      expect(await standing((before.at(-1) as Held).serial)).toMatchObject({ status: 'issued' })
      expect(await standing((revoked[0] as Revoked).serial)).toMatchObject({ status: 'revoked' })
      const bare = await standing((revoked[3] as Revoked).serial)
      expect(bare).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } })
      expect(bare.certificate).toBeUndefined()

      const warnings = async () => (await server.admin.describeInstallation({})).warnings.join('\n')
      expect(await warnings()).toMatch(/restored: .* serials answer unknown/)
      await server.admin.acknowledgeRestore({})
      expect(await warnings()).not.toMatch(/restored/)
      expect((await standing(lost.serial)).gaps).toHaveLength(1)
    })

    test('the audit chain goes on over the restore, which names the head that it continues', () => {
      const { events, integrity } = recordsOf(databaseIn(data))
      expect(integrity).toBe('ok')
      const epoch = events.findIndex(({ eventName }) => eventName === 'RestoreInstallation')
      const manifest = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8')) as {
        audit: { id: number; hash: string }
      }
      expect(epoch).toBe(manifest.audit.id)
      expect(events[epoch]).toMatchObject({ requestParameters: { auditHead: manifest.audit } })
      expect(events.slice(epoch + 1).map(({ eventName }) => eventName)).toContain(
        'PublishCertificateRevocationList',
      )
    })

    test('checkpoints of before the restore tell of it, and may be accepted', async () => {
      const checkpoints = join(place, 'kept.jsonl')
      const verify = (...more: string[]) =>
        chancery('audit', 'verify', '--checkpoint', checkpoints, '--data-dir', data, ...more)
      expect(await verify()).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('RESTORED') as string,
      })
      const accepted = await verify('--accept-restores')
      expect(accepted).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('went on from event') as string,
      })
    })

    test('it issues, and no serial twice', async () => {
      const issued = await server.admin.issueCertificate({ body: issuance(1) })
      const known = new Set([...before, ...after].map(({ serial }) => serial))
      expect(known.has(issued.serial)).toBe(false)
      expect(recordsOf(databaseIn(data)).certificates.map(({ serial }) => serial)).toContain(issued.serial)
    })
  })

  test('the last CRLs are read back from the public repository where it is still served', async () => {
    // The old data is served by somebody: a cache, a mirror, or the old machine that is only half gone.
    const mirror = await spawnServer(old, publicUrl)
    const again = join(place, 'again')
    const url = mirror.repositoryUrl
    const done = await chancery('restore', backup, '--key-file', key, '--crl-url', url, '--data-dir', again)
    await mirror.end('SIGTERM')
    expect(done.stderr).toBe('')
    const listed = new Set(
      recordsOf(databaseIn(again))
        .certificates.filter(({ state }) => state !== 0)
        .map(({ serial }) => serial),
    )
    for (const { serial } of revoked) expect(listed.has(serial)).toBe(true)
  })

  test('a key file with a passphrase opens with it, and nothing is restored without', async () => {
    const locked = (passphrase: string, ...args: string[]) =>
      run('env', [`CHANCERY_KMS_PASSPHRASE=${passphrase}`, process.execPath, PROGRAM, ...args])
    const [mine, copy, copied, put] = ['locked', 'copy', 'copied.key', 'put'].map((name) =>
      join(place, name),
    ) as [string, string, string, string]
    const right = 'a passphrase of some length'
    expect((await locked(right, 'init', '--data-dir', mine)).status).toBe(0)
    const backedUp = await locked(right, 'backup', copy, '--with-key', copied, '--data-dir', mine)
    expect(backedUp.stderr).toBe('')
    expect(
      await locked(
        'another passphrase of some length',
        'restore',
        copy,
        '--key-file',
        copied,
        '--data-dir',
        put,
      ),
    ).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('passphrase') as string,
    })
    expect(existsSync(put) ? readdirSync(put) : []).toEqual([])
    expect((await locked(right, 'restore', copy, '--key-file', copied, '--data-dir', put)).status).toBe(0)
    expect((await locked(right, 'init', '--data-dir', put)).status).toBe(0)
  })

  test('a backup’s digest is that of its file', () => {
    const manifest = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8')) as {
      database: { sha256: string; octets: number }
    }
    const content = readFileSync(join(backup, 'chancery.db'))
    expect(manifest.database).toEqual({
      octets: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    })
  })
})
